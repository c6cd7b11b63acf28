/*
 * features.c - reads a candidate and its context into hashed features.
 */
#include "critics/linear/features.h"

#include "critics/numbers/facts.h"
#include "io/draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a feature is about: the first thing that is hashed of it. */
enum linear_about {
    ABOUT_ALWAYS = 1,
    ABOUT_KIND,
    ABOUT_TERMINAL,
    ABOUT_DEPTH,
    ABOUT_LENGTH,
    ABOUT_TOKENS,
    ABOUT_LOGPROB,
    ABOUT_WORD,
    ABOUT_WORDS,
    ABOUT_GRAM,
    ABOUT_REPEATED,
    ABOUT_NEW_NUMBERS,
    ABOUT_PATH_WORD,
    ABOUT_PROMPT_WORD,
    ABOUT_FACT
};

enum {
    GRAM_LEAST = 3,
    GRAM_MOST = 4,
    GRAM_ENDS = 256,
    SHARES = 8,
    NUMBERS_COUNTED = 4,
    DEPTHS = 16
};

/* --- the list ---------------------------------------------------------------------------- */

static void linear_add(struct linear_features *out, uint64_t feature)
{
    if (out->count == out->room) {
        uint32_t room = out->room == 0 ? 256 : 2 * out->room;
        uint32_t *more = realloc(out->index, room * sizeof *more);

        if (more == NULL) {
            out->lost = true;
            return;
        }
        out->index = more;
        out->room = room;
    }
    out->index[out->count++] = (uint32_t)(draw_mix(feature) >> (64 - LINEAR_BITS));
}

static void add_about(struct linear_features *out, enum linear_about about, uint64_t what)
{
    linear_add(out, draw(about, what));
}

static int by_index(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void sort_once(struct linear_features *out)
{
    uint32_t kept = 0;

    qsort(out->index, out->count, sizeof *out->index, by_index);
    for (uint32_t i = 0; i < out->count; i++)
        if (kept == 0 || out->index[kept - 1] != out->index[i])
            out->index[kept++] = out->index[i];
    out->count = kept;
}

/* --- words -------------------------------------------------------------------------------- */

/* A word is a run of letters and digits, or a single other character; letters beyond ASCII are
 * letters. Blanks part words. */
static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_letter(char c)
{
    return (lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c) || (unsigned char)c >= 0x80;
}

struct word {
    uint64_t hash;
    bool number; /* begins with a digit */
};

/* The next word of a text, which *at moves behind. False: there is none. */
static bool next_word(const char **at, const char *end, struct word *out)
{
    const char *c = *at;
    uint64_t hash = 0;

    while (c < end && (unsigned char)*c <= ' ')
        c++;
    if (c == end)
        return false;
    out->number = is_digit(*c);
    if (!is_letter(*c))
        hash = draw(hash, (unsigned char)*c++);
    else
        while (c < end && is_letter(*c))
            hash = draw(hash, (unsigned char)lower(*c++));
    out->hash = hash;
    *at = c;
    return true;
}

/* Words that were said, in a set that may take one for another. */
struct heard_words {
    uint64_t bits[64];
};

static void hear_text(struct heard_words *heard, const char *text, size_t length)
{
    const char *at = text, *end = text + length;
    struct word word;

    while (next_word(&at, end, &word))
        heard->bits[word.hash >> 58] |= UINT64_C(1) << (word.hash >> 52 & 63);
}

static bool was_heard(const struct heard_words *heard, struct word word)
{
    return heard->bits[word.hash >> 58] >> (word.hash >> 52 & 63) & 1;
}

/* --- of the candidate and its context ------------------------------------------------------- */

static void add_grams_of(struct linear_features *out, const char *text, size_t length)
{
    for (size_t start = 0; start + GRAM_LEAST <= length; start++) {
        uint64_t gram = 0;

        for (size_t i = 0; i < GRAM_MOST && start + i < length; i++) {
            gram = gram << 8 | (unsigned char)lower(text[start + i]);
            if (i + 1 >= GRAM_LEAST)
                add_about(out, ABOUT_GRAM, gram);
        }
    }
}

/* A long text is known by how it begins and ends: its words are seen all the same. */
static void add_grams(struct linear_features *out, const char *text, size_t length)
{
    if (length <= 2 * (size_t)GRAM_ENDS) {
        add_grams_of(out, text, length);
        return;
    }
    add_grams_of(out, text, GRAM_ENDS);
    add_grams_of(out, text + length - GRAM_ENDS, GRAM_ENDS);
}

/* Words of the candidate, alone and in pairs, and how many of them come from its context. */
static void add_words(struct linear_features *out, const struct crux_step *last,
                      const struct heard_words *heard)
{
    const char *at = last->text, *end = last->text + last->length;
    uint64_t before = 0, words = 0, again = 0, new_numbers = 0;
    struct word word;

    for (; next_word(&at, end, &word); words++) {
        add_about(out, ABOUT_WORD, word.hash);
        add_about(out, ABOUT_WORDS, draw(before, word.hash));
        again += was_heard(heard, word);
        new_numbers += word.number && !was_heard(heard, word);
        before = word.hash;
    }
    add_about(out, ABOUT_REPEATED, words > 0 ? again * SHARES / words : SHARES + 1);
    add_about(out, ABOUT_NEW_NUMBERS,
              new_numbers < NUMBERS_COUNTED ? new_numbers : NUMBERS_COUNTED);
}

/* How many binary digits it has: a magnitude. */
static uint64_t bits_of(uint32_t value)
{
    return value == 0 ? 0 : (uint64_t)(32 - __builtin_clz(value));
}

static void add_measures(struct linear_features *out, const struct crux_step *last)
{
    double logprob = (double)last->logprob;

    add_about(out, ABOUT_KIND, last->kind);
    add_about(out, ABOUT_TERMINAL, draw(last->kind, last->terminal));
    add_about(out, ABOUT_DEPTH, last->depth < DEPTHS ? last->depth : DEPTHS);
    add_about(out, ABOUT_LENGTH, bits_of(last->length));
    add_about(out, ABOUT_TOKENS, bits_of(last->tokens));
    if (logprob < 0.0)
        add_about(out, ABOUT_LOGPROB, (uint64_t)fmin(floor(-4.0 * logprob), 64.0));
}

static void add_candidate(struct linear_features *out, const struct crux_problem *problem,
                          const struct crux_step *last)
{
    struct heard_words heard = {.bits = {0}};

    if (problem->prompt != NULL)
        hear_text(&heard, problem->prompt, strlen(problem->prompt));
    if (last->previous != NULL)
        hear_text(&heard, last->previous->text, last->previous->length);
    add_measures(out, last);
    add_words(out, last, &heard);
    add_grams(out, last->text, last->length);
}

/* --- of the whole path ---------------------------------------------------------------------- */

static void add_text_words(struct linear_features *out, enum linear_about about, const char *text,
                           size_t length)
{
    const char *at = text, *end = text + length;
    struct word word;

    while (next_word(&at, end, &word))
        add_about(out, about, word.hash);
}

static void add_path(struct linear_features *out, const struct crux_problem *problem,
                     const struct crux_step *last)
{
    if (problem->prompt != NULL)
        add_text_words(out, ABOUT_PROMPT_WORD, problem->prompt, strlen(problem->prompt));
    for (const struct crux_step *step = last; step != NULL; step = step->previous)
        add_text_words(out, ABOUT_PATH_WORD, step->text, step->length);
}

/* --- all ------------------------------------------------------------------------------------ */

static void linear_tell_fact(void *context, uint64_t fact)
{
    add_about(context, ABOUT_FACT, fact);
}

bool linear_features_of(struct linear_features *out, const struct crux_problem *problem,
                        const struct crux_step *last, bool whole)
{
    out->count = 0;
    out->lost = false;
    out->place = last != NULL ? draw_text(last->text, last->length) : 0;
    add_about(out, ABOUT_ALWAYS, 0);
    if (last != NULL)
        add_candidate(out, problem, last);
    if (whole)
        add_path(out, problem, last);
    (void)numbers_facts(problem, last, linear_tell_fact, out, &out->place);
    if (out->lost)
        return false;
    sort_once(out);
    return true;
}

void linear_features_free(struct linear_features *features)
{
    free(features->index);
    *features = (struct linear_features){.index = NULL};
}
