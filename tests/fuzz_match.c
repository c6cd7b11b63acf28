/*
 * fuzz_match.c - any bytes as two answers: the rules of equality hold for all of them.
 *
 * The bytes are cut at the first newline. Both parts are read, and compared as they
 * are; then all of it is searched for a final answer. An answer is equal to itself,
 * two are the same whichever is named first, and a canonical form is no longer than
 * a form may be.
 */
#include "critics/match/answer.h"
#include "critics/match/token.h"
#include "critics/match/compare.h"

#include <stdlib.h>
#include <string.h>

static void insist(bool true_here)
{
    if (!true_here)
        abort();
}

static struct match_form *read(const char *text, size_t length)
{
    struct match_form *form = match_read(text, length);

    insist(form != NULL);
    insist(strlen(match_text(form)) + 1 < MATCH_TEXT);
    if (match_text(form)[0] != '\0') {
        insist(match_compare(form, form, 0.0) == MATCH_EQUAL);
        insist(match_compare(form, form, 1e-3) == MATCH_EQUAL);
    }
    return form;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *cut = size > 0 ? memchr(text, '\n', size) : NULL;
    size_t first = cut != NULL ? (size_t)(cut - text) : size;
    struct match_form *a = read(text, first);
    struct match_form *b = cut != NULL ? read(cut + 1, size - first - 1) : read(text, first / 2);
    struct crux_text found = match_find(text, size);

    insist(match_compare_both(a, b) == match_compare_both(b, a));
    insist(found.length <= size);
    match_free(a);
    match_free(b);
    return 0;
}
