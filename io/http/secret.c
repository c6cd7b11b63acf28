/*
 * secret.c - replaces an API key in texts that come back from a server: the key as it is, in
 * base64 and in other encodings, all computed once.
 *
 * In base64 a text looks different at each of three offsets from its beginning, and its first
 * and last digits depend on its neighbours. So of each offset the digits in the middle,
 * which depend on the key alone, are looked for.
 */
#include "io/http/secret.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "io/child_environment.h"

enum { FORMS = 6, KEY_MOST = 8192, SHORTEST = 6, WORD_MOST = 20 };

/* What is looked for and sent. */
struct secret_key {
    struct secret_key *former; /* that was in the file before, still on its way maybe */
    char *header;
    char *forms[FORMS]; /* the first is the key itself */
};

struct http_secret {
    struct secret_key key;
    char *name; /* of its header; NULL: Authorization */
    char *file; /* NULL: a variable's */
    uint32_t turn;
};

/* --- forms ----------------------------------------------------------------------------- */

static char *url_form(const char *key, const char *digits)
{
    char *form = malloc(3 * strlen(key) + 1), *at = form;

    if (form == NULL)
        return NULL;
    for (; *key != '\0'; key++) {
        unsigned char byte = (unsigned char)*key;

        if (isalnum(byte) || strchr("-._~", byte) != NULL) {
            *at++ = *key;
        } else {
            *at++ = '%';
            *at++ = digits[byte >> 4];
            *at++ = digits[byte & 15];
        }
    }
    *at = '\0';
    return form;
}

/* The digits of key in base64 that do not depend on the `before` bytes before it, nor on
 * what follows. */
static char *base64_form(const char *key, size_t before)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length = strlen(key), first = (before * 8 + 5) / 6, end = (before + length) * 8 / 6;
    char *form = malloc(2 * length + 4), *at = form;

    if (form == NULL)
        return NULL;
    for (size_t digit = first; digit < end; digit++) {
        unsigned value = 0;

        for (size_t bit = digit * 6; bit < digit * 6 + 6; bit++) {
            size_t place = bit - before * 8;

            unsigned byte = (unsigned char)key[place / 8];

            value = value << 1 | (byte >> (7 - place % 8) & 1u);
        }
        *at++ = digits[value];
    }
    *at = '\0';
    return form;
}

static int make_forms(struct secret_key *secret, const char *name, struct crux_error *error)
{
    const char *key = secret->forms[0];
    bool bearer = name == NULL || strcasecmp(name, "Authorization") == 0;

    secret->forms[1] = url_form(key, "0123456789ABCDEF");
    secret->forms[2] = url_form(key, "0123456789abcdef");
    for (size_t before = 0; before < 3; before++)
        secret->forms[3 + before] = base64_form(key, before);
    if (asprintf(&secret->header, "%s: %s%s", bearer ? "Authorization" : name,
                 bearer ? "Bearer " : "", key) < 0) {
        secret->header = NULL;
        return crux_fail(error, CRUX_MEMORY, "no memory for an API key");
    }
    for (size_t i = 0; i < FORMS; i++)
        if (secret->forms[i] == NULL)
            return crux_fail(error, CRUX_MEMORY, "no memory for an API key");
    return CRUX_OK;
}

/* --- where it comes from ------------------------------------------------------------------ */

/* A secret that is mounted cannot be changed by who reads it, nor its mode. */
static bool nobody_may_write(int file, const struct stat *about)
{
    struct statvfs disk;

    return (about->st_mode & 0222) == 0 ||
           (fstatvfs(file, &disk) == 0 && (disk.f_flag & ST_RDONLY) != 0);
}

/* Who writes the key where its place belongs has its name there: longer than words are, or with as
 * many hyphens as a UUID, and no path. */
static bool may_be_the_key(const char *name)
{
    size_t run = 0, longest = 0, hyphens = 0, length = strlen(name);

    for (const char *at = name; *at != '\0'; at++) {
        run = isalnum((unsigned char)*at) != 0 ? run + 1 : 0;
        longest = run > longest ? run : longest;
        hyphens += *at == '-';
    }
    return strchr("/.~", *name) == NULL && (longest >= WORD_MOST || (length == 36 && hyphens == 4));
}

static void fail_no_file(const char *path, int cause, struct crux_error *error)
{
    if (cause == ENOENT && may_be_the_key(path))
        (void)crux_fail(error, CRUX_INVALID,
                        "the file that should hold the API key is not there; its name is not "
                        "repeated here, since it may be the key itself");
    else
        (void)crux_fail(error, CRUX_INVALID, "%s: %s", path, strerror(cause));
}

static char *http_secret_read_file(const char *path, struct crux_error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), cause = errno;
    char *key = calloc(1, KEY_MOST);
    struct stat about;
    ssize_t length;

    if (file < 0) {
        fail_no_file(path, cause, error);
    } else if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
        (void)crux_fail(error, CRUX_INVALID, "%s: a file with an API key is a regular file", path);
    } else if ((about.st_mode & 077) != 0 && !nobody_may_write(file, &about)) {
        (void)crux_fail(error, CRUX_INVALID,
                        "%s: others may read this API key; make it yours with chmod 600 (only one "
                        "that nobody may write, like a mounted secret, is taken as it is)",
                        path);
    } else if (key != NULL) {
        length = read(file, key, KEY_MOST - 1);
        (void)close(file);
        if (length >= 0)
            return key;
        file = -1;
        (void)crux_fail(error, CRUX_INVALID, "%s: %s", path, strerror(errno));
    } else {
        (void)crux_fail(error, CRUX_MEMORY, "no memory for an API key");
    }
    if (file >= 0)
        (void)close(file);
    free(key);
    return NULL;
}

static char *read_variable(const char *variable, struct crux_error *error)
{
    const char *value = getenv(variable);
    char *key;

    if (value == NULL) {
        (void)crux_fail(error, CRUX_INVALID,
                        "the environment variable %s, which should hold the API key, is not set",
                        may_be_the_key(variable)
                            ? "(its name is not repeated here: it may be the key itself)"
                            : variable);
        return NULL;
    }
    key = child_environment_hide(variable) ? strdup(value) : NULL; /* no program of ours gets it */
    if (key == NULL)
        (void)crux_fail(error, CRUX_MEMORY, "no memory for an API key");
    return key;
}

/* Blanks around it are not the key's; a header takes no others. */
static int http_secret_check(char *key, const char *where, struct crux_error *error)
{
    size_t begin = strspn(key, " \t\r\n"), length;

    memmove(key, key + begin, strlen(key) - begin + 1);
    length = strlen(key);
    while (length > 0 && strchr(" \t\r\n", key[length - 1]) != NULL)
        key[--length] = '\0';
    for (size_t i = 0; i < length; i++)
        if (key[i] <= ' ' || key[i] > '~')
            return crux_fail(error, CRUX_INVALID,
                             "%s: an API key has no blanks, control characters or accents inside",
                             where);
    if (length < SHORTEST)
        return crux_fail(error, CRUX_INVALID, "%s: an API key has at least %d characters", where,
                         SHORTEST);
    return CRUX_OK;
}

static void http_secret_forget(char *text)
{
    if (text != NULL)
        explicit_bzero(text, strlen(text));
    free(text);
}

static void forget_key(struct secret_key *key)
{
    for (size_t i = 0; i < FORMS; i++)
        http_secret_forget(key->forms[i]);
    http_secret_forget(key->header);
    *key = (struct secret_key){.header = NULL};
}

static int read_key(struct secret_key *out, const struct http_secret *secret, const char *variable,
                    struct crux_error *error)
{
    struct secret_key key = {.header = NULL};
    int status;

    key.forms[0] = secret->file != NULL ? http_secret_read_file(secret->file, error)
                                        : read_variable(variable, error);
    status = key.forms[0] == NULL
                 ? CRUX_INVALID
                 : http_secret_check(key.forms[0], secret->file != NULL ? secret->file : variable,
                                     error);
    if (status == CRUX_OK)
        status = make_forms(&key, secret->name, error);
    if (status == CRUX_OK)
        *out = key;
    else
        forget_key(&key);
    return status;
}

static bool copy_name(char **to, const char *from)
{
    *to = from != NULL ? strdup(from) : NULL;
    return *to != NULL || from == NULL;
}

int http_secret_open(struct http_secret **out, const char *variable, const char *file,
                     const char *header, struct crux_error *error)
{
    struct http_secret *secret;
    int status = CRUX_OK;

    if (variable == NULL && file == NULL) {
        *out = NULL;
        return CRUX_OK;
    }
    if (variable != NULL && file != NULL)
        return crux_fail(error, CRUX_INVALID,
                         "the API key is in the variable %s or in the file %s, not in both",
                         variable, file);
    secret = calloc(1, sizeof *secret);
    if (secret == NULL || !copy_name(&secret->file, file) || !copy_name(&secret->name, header))
        status = crux_fail(error, CRUX_MEMORY, "no memory for an API key");
    if (status == CRUX_OK)
        status = read_key(&secret->key, secret, variable, error);
    if (status != CRUX_OK)
        http_secret_close(secret);
    else
        *out = secret;
    return status;
}

void http_secret_close(struct http_secret *secret)
{
    if (secret == NULL)
        return;
    while (secret->key.former != NULL) {
        struct secret_key *former = secret->key.former;

        secret->key.former = former->former;
        forget_key(former);
        free(former);
    }
    forget_key(&secret->key);
    free(secret->name);
    free(secret->file);
    free(secret);
}

const char *http_secret_header(const struct http_secret *secret)
{
    return secret->key.header;
}

bool http_secret_again(struct http_secret *secret)
{
    struct secret_key key = {.header = NULL}, *former;

    if (secret == NULL || secret->file == NULL || read_key(&key, secret, NULL, NULL) != CRUX_OK)
        return false;
    former = strcmp(key.forms[0], secret->key.forms[0]) != 0 ? malloc(sizeof *former) : NULL;
    if (former == NULL) {
        forget_key(&key);
        return false;
    }
    *former = secret->key;
    key.former = former;
    secret->key = key;
    secret->turn++;
    return true;
}

uint32_t http_secret_turn(const struct http_secret *secret)
{
    return secret != NULL ? secret->turn : 0;
}

/* --- wiping -------------------------------------------------------------------------------- */

static bool wipe_of(const struct secret_key *key, char *bytes, size_t length)
{
    bool found = false;

    for (size_t i = 0; i < FORMS && key->forms[i] != NULL; i++) {
        size_t size = strlen(key->forms[i]);
        char *at = bytes;

        while ((at = memmem(at, length - (size_t)(at - bytes), key->forms[i], size)) != NULL) {
            memset(at, '*', size);
            found = true;
        }
    }
    return found;
}

bool http_secret_wipe(const struct http_secret *secret, char *bytes, size_t length)
{
    const struct secret_key *key = secret != NULL ? &secret->key : NULL;
    bool found = false;

    for (; key != NULL; key = key->former)
        found |= wipe_of(key, bytes, length);
    return found;
}
