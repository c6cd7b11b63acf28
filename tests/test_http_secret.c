/*
 * test_http_secret.c - what http/secret.h promises: where a key may come from, and that it is
 * found in every form.
 */
#include "io/http/secret.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY "sk-a/b+c=d_0123456789"

static struct http_secret *secret_of(const char *key)
{
    struct http_secret *secret = NULL;
    struct crux_error error = {""};

    (void)setenv("CRUX_TEST_KEY", key, 1);
    cr_assert_eq(http_secret_open(&secret, "CRUX_TEST_KEY", NULL, NULL, &error), CRUX_OK, "%s",
                 error.text);
    return secret;
}

static int open_file(const char *content, mode_t mode, struct crux_error *error)
{
    char path[] = "/tmp/crux-key-XXXXXX";
    int file = mkstemp(path), status;
    struct http_secret *secret = NULL;

    cr_assert_geq(file, 0);
    cr_assert_eq(write(file, content, strlen(content)), (ssize_t)strlen(content));
    (void)fchmod(file, mode);
    (void)close(file);
    status = http_secret_open(&secret, NULL, path, NULL, error);
    (void)unlink(path);
    if (status == CRUX_OK)
        cr_expect_str_eq(http_secret_header(secret), "Authorization: Bearer " KEY);
    http_secret_close(secret);
    return status;
}

/* --- where it comes from ----------------------------------------------------------------- */

/* From a variable or a file, without the blanks around it. */
Test(source, a_key_comes_from_a_variable_or_a_file)
{
    struct http_secret *secret = secret_of(" " KEY "\n");
    struct crux_error error = {""};

    cr_expect_str_eq(http_secret_header(secret), "Authorization: Bearer " KEY);
    http_secret_close(secret);
    cr_expect_eq(open_file(KEY "\n", 0600, &error), CRUX_OK, "%s", error.text);
    cr_expect_eq(open_file(KEY, 0400, &error), CRUX_OK, "%s", error.text);
}

/* No variable and no file: no key, and that is fine. */
Test(source, there_may_be_none)
{
    struct http_secret *secret = (struct http_secret *)&secret;
    char text[] = "text";

    cr_expect_eq(http_secret_open(&secret, NULL, NULL, NULL, NULL), CRUX_OK);
    cr_expect_null(secret);
    cr_expect_not(http_secret_wipe(NULL, text, 4));
    http_secret_close(NULL);
}

/* A file that others may read is refused; so is what is no key. Sentences do not repeat it. */
Test(source, what_is_refused_is_not_repeated)
{
    struct http_secret *secret = NULL;
    struct crux_error error = {""};

    cr_expect_eq(open_file(KEY, 0640, &error), CRUX_INVALID);
    cr_expect_not_null(strstr(error.text, "chmod 600"), "%s", error.text);
    cr_expect_eq(open_file(KEY, 0604, &error), CRUX_INVALID);
    cr_expect_eq(open_file("two words", 0600, &error), CRUX_INVALID);
    cr_expect_null(strstr(error.text, "words"), "%s", error.text);
    cr_expect_eq(open_file("one\r\nX-Evil: 1", 0600, &error), CRUX_INVALID);
    cr_expect_eq(open_file("", 0600, &error), CRUX_INVALID);
    cr_expect_eq(http_secret_open(&secret, NULL, "/nowhere/key", NULL, &error), CRUX_INVALID);
    cr_expect_eq(http_secret_open(&secret, NULL, "/tmp", NULL, &error), CRUX_INVALID);
    cr_expect_eq(http_secret_open(&secret, "CRUX_TEST_UNSET", NULL, NULL, &error), CRUX_INVALID);
    cr_expect_not_null(strstr(error.text, "CRUX_TEST_UNSET"), "%s", error.text);
    cr_expect_eq(http_secret_open(&secret, "A", "b", NULL, &error), CRUX_INVALID);
    cr_expect_null(secret);
}

/* A file that nobody may write is a mounted secret, whoever may read it. */
Test(source, a_mounted_secret)
{
    struct crux_error error = {""};

    cr_expect_eq(open_file(KEY, 0444, &error), CRUX_OK, "%s", error.text);
    cr_expect_eq(open_file(KEY, 0644, &error), CRUX_INVALID);
    cr_expect_eq(open_file(KEY, 0464, &error), CRUX_INVALID);
}

/* It may have a header of its own, without the word Bearer. */
Test(source, a_header_of_its_own)
{
    struct http_secret *secret = NULL;

    (void)setenv("CRUX_TEST_KEY", KEY, 1);
    cr_assert_eq(http_secret_open(&secret, "CRUX_TEST_KEY", NULL, "api-key", NULL), CRUX_OK);
    cr_expect_str_eq(http_secret_header(secret), "api-key: " KEY);
    cr_expect_not(http_secret_again(secret)); /* a variable does not change */
    http_secret_close(secret);
    cr_expect_not(http_secret_again(NULL));
}

static void write_key(const char *path, const char *key)
{
    FILE *file = fopen(path, "w");

    cr_assert_not_null(file);
    (void)fputs(key, file);
    (void)fclose(file);
}

/* A file is read again: another key counts from then on, the one before is still wiped; the same
 * key, and what is no key, change nothing. */
Test(source, read_again)
{
    char path[] = "/tmp/crux-key-XXXXXX", text[] = "old-key-1 new-key-2";
    int file = mkstemp(path);
    struct http_secret *secret = NULL;

    cr_assert_geq(file, 0);
    (void)close(file);
    write_key(path, "old-key-1");
    cr_assert_eq(http_secret_open(&secret, NULL, path, NULL, NULL), CRUX_OK);
    cr_expect_not(http_secret_again(secret));
    write_key(path, "");
    cr_expect_not(http_secret_again(secret));
    cr_expect_eq(http_secret_turn(secret), 0);
    write_key(path, "new-key-2");
    cr_expect(http_secret_again(secret));
    cr_expect_not(http_secret_again(secret));
    cr_expect_eq(http_secret_turn(secret), 1);
    cr_expect_str_eq(http_secret_header(secret), "Authorization: Bearer new-key-2");
    cr_expect(http_secret_wipe(secret, text, strlen(text)));
    cr_expect_str_eq(text, "********* *********");
    http_secret_close(secret);
    (void)unlink(path);
}

/* --- wiping --------------------------------------------------------------------------------- */

static void expect_wiped(const struct http_secret *secret, const char *text, const char *wiped)
{
    char bytes[400];
    bool found;

    (void)snprintf(bytes, sizeof bytes, "%s", text);
    found = http_secret_wipe(secret, bytes, strlen(bytes));
    cr_expect_str_eq(bytes, wiped);
    cr_expect_eq(found, strcmp(text, wiped) != 0, "%s", text);
}

/* The key is overwritten as it is, as often as it is there, and as it stands in a URL. */
Test(wipe, the_key_and_its_url_form)
{
    struct http_secret *secret = secret_of(KEY);

    expect_wiped(secret, "no key here", "no key here");
    expect_wiped(secret, "<" KEY KEY ">", "<******************************************>");
    expect_wiped(secret, "k=sk-a%2Fb%2Bc%3Dd_0123456789", "k=***************************");
    expect_wiped(secret, "k=sk-a%2fb%2bc%3dd_0123456789", "k=***************************");
    http_secret_close(secret);
}

/* Base64, as RFC 4648 writes it. */
static void encode(const char *text, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i += 3, out += 4) {
        unsigned word = (unsigned)(unsigned char)text[i] << 16;

        word |= i + 1 < length ? (unsigned)(unsigned char)text[i + 1] << 8 : 0;
        word |= i + 2 < length ? (unsigned)(unsigned char)text[i + 2] : 0;
        out[0] = digits[word >> 18];
        out[1] = digits[word >> 12 & 63];
        out[2] = i + 1 < length ? digits[word >> 6 & 63] : '=';
        out[3] = i + 2 < length ? digits[word & 63] : '=';
    }
    *out = '\0';
}

/* In base64 the key is found with any number of bytes before and after it. Of its first and
 * last digits, which others share, those may stay. */
Test(wipe, base64_at_every_offset)
{
    struct http_secret *secret = secret_of(KEY);

    for (int before = 0; before < 9; before++)
        for (int after = 0; after < 4; after++) {
            char text[100], coded[200];
            size_t stars = 0;

            (void)snprintf(text, sizeof text, "%.*s%s%.*s", before, "Bearer ::", KEY, after,
                           "\n\n\n");
            encode(text, coded);
            cr_expect(http_secret_wipe(secret, coded, strlen(coded)), "%d, %d", before, after);
            for (const char *at = coded; *at != '\0'; at++)
                stars += *at == '*';
            cr_expect_geq(stars, strlen(KEY) * 4 / 3 - 1, "%d, %d: %s", before, after, coded);
        }
    http_secret_close(secret);
}
