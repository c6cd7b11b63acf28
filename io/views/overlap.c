/*
 * overlap.c - sets of words, sorted, and what two of them share.
 */
#include "io/views/overlap.h"

#include <stdlib.h>
#include <string.h>

static bool overlap_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int overlap_order(const void *x, const void *y)
{
    const struct crux_text *a = x, *b = y;
    size_t shorter = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->start, b->start, shorter);

    return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

/* Put the words of a text behind the others; NULL words: only count them. */
static size_t overlap_cut(struct crux_text *words, struct crux_text text)
{
    const char *at = text.start, *end = text.start + text.length;
    size_t count = 0;

    for (;;) {
        const char *start;

        while (at < end && overlap_is_blank(*at))
            at++;
        if (at == end)
            return count;
        for (start = at; at < end && !overlap_is_blank(*at);)
            at++;
        if (words != NULL)
            words[count] = (struct crux_text){start, (size_t)(at - start)};
        count++;
    }
}

int overlap_open(struct overlap_words *out, const struct crux_text *texts, size_t count,
                 struct crux_error *error)
{
    size_t all = 0, distinct = 0;

    *out = (struct overlap_words){NULL, 0};
    for (size_t i = 0; i < count; i++)
        all += overlap_cut(NULL, texts[i]);
    out->words = calloc(all + 1, sizeof *out->words);
    if (out->words == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the words of a text");
    all = 0;
    for (size_t i = 0; i < count; i++)
        all += overlap_cut(out->words + all, texts[i]);
    qsort(out->words, all, sizeof *out->words, overlap_order);
    for (size_t i = 0; i < all; i++)
        if (distinct == 0 || overlap_order(&out->words[distinct - 1], &out->words[i]) != 0)
            out->words[distinct++] = out->words[i];
    out->count = distinct;
    return CRUX_OK;
}

void overlap_close(struct overlap_words *words)
{
    free(words->words);
    *words = (struct overlap_words){NULL, 0};
}

double overlap_of(const struct overlap_words *a, const struct overlap_words *b)
{
    size_t fewer = a->count < b->count ? a->count : b->count, both = 0, i = 0, j = 0;

    while (i < a->count && j < b->count) {
        int order = overlap_order(&a->words[i], &b->words[j]);

        both += order == 0;
        i += order <= 0;
        j += order >= 0;
    }
    return fewer == 0 ? 1.0 : (double)both / (double)fewer;
}
