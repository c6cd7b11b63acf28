/*
 * test_words.c - sentences of errors: whole where they fit, else with both ends.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "search/crux.h"

static char *words_repeated(const char *what, size_t times)
{
    size_t length = strlen(what);
    char *all = calloc(times * length + 1, 1);

    cr_assert_not_null(all);
    for (size_t i = 0; i < times; i++)
        memcpy(all + i * length, what, length);
    return all;
}

Test(words, a_sentence_that_fits_is_whole)
{
    struct crux_error error;

    for (size_t spare = 0; spare < 3; spare++) {
        size_t length = sizeof error.text - 1 - spare;
        char *said = words_repeated("x", length);

        cr_assert_eq(crux_fail(&error, CRUX_STORE, "%s", said), CRUX_STORE);
        cr_assert_str_eq(error.text, said);
        free(said);
    }
    cr_assert_eq(crux_fail(NULL, CRUX_INVALID, "nobody asks"), CRUX_INVALID);
}

/* The name of a file may be 4096 bytes; what is wrong with it stands behind it. */
Test(words, a_long_one_keeps_both_ends)
{
    struct crux_error error;

    for (size_t length = 400; length <= 4096; length++) {
        char *path = words_repeated("p", length);
        static const char why[] = " cannot be opened: File name too long";
        size_t found;

        (void)crux_fail(&error, CRUX_STORE, "the store %s%s", path, why);
        found = strlen(error.text);
        cr_assert_lt(found, sizeof error.text);
        cr_assert_eq(strncmp(error.text, "the store ppp", 13), 0, "%s", error.text);
        cr_assert_str_eq(error.text + found - strlen(why), why);
        cr_assert_eq(strstr(error.text, "p ... p") != NULL,
                     length + strlen(why) + 10 >= sizeof error.text, "%s", error.text);
        free(path);
    }
}

/* Of characters of two, three and four bytes none is cut, wherever the middle falls. */
Test(words, characters_stay_whole)
{
    static const char *const characters[] = {"é", "数", "😀"};
    struct crux_error error;

    for (size_t kind = 0; kind < 3; kind++)
        for (size_t shift = 0; shift < 4; shift++) {
            size_t length = strlen(characters[kind]);
            char *said = words_repeated(characters[kind], 600);
            const char *at = error.text + shift;

            (void)crux_fail(&error, CRUX_INPUT, "%.*s%s", (int)shift, "abcd", said);
            while (strncmp(at, characters[kind], length) == 0)
                at += length;
            cr_assert_eq(strncmp(at, " ... ", 5), 0, "%s", error.text);
            at += 5;
            while (strncmp(at, characters[kind], length) == 0)
                at += length;
            cr_assert_eq(*at, '\0', "%s", error.text);
            free(said);
        }
}

/* A sentence may quote the one that it takes the place of. */
Test(words, a_sentence_quotes_its_predecessor)
{
    struct crux_error error = {"it broke"};

    (void)crux_fail(&error, CRUX_INPUT, "line %d: %s", 3, error.text);
    cr_assert_str_eq(error.text, "line 3: it broke");
}
