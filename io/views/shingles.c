/*
 * shingles.c - words and their shingles are hashed as they go by; no normalised text is made.
 */
#include "io/views/shingles.h"

#include <stdlib.h>
#include <string.h>

#include "io/draw.h"
#include "io/numbers.h"
#include "io/utf8.h"

enum { SHINGLES_WORDS = 3, SHINGLES_FIRST_ROOM = 256, SHINGLES_WORD_BELOW = 0x2E80 };

static uint64_t shingles_join(uint64_t hash, uint64_t word)
{
    return draw_mix((hash ^ word) * 0x9E3779B97F4A7C15u + 1);
}

/* --- words ------------------------------------------------------------------------------- */

enum shingles_kind { SHINGLES_BLANK, SHINGLES_LETTER, SHINGLES_SIGN };

/* What the character at the front is, its bytes, and its number without regard to case. */
static enum shingles_kind shingles_character(const char *at, size_t left, size_t *width,
                                             uint32_t *point)
{
    *width = utf8_character(at, left, point);
    if (*width == 0) { /* no text: bytes that are as they are */
        *width = 1;
        *point = (unsigned char)*at;
    }
    if (*point >= 0x80)
        return *point < SHINGLES_WORD_BELOW ? SHINGLES_LETTER : SHINGLES_SIGN;
    if (*point >= 'A' && *point <= 'Z')
        *point += 'a' - 'A';
    if ((*point >= 'a' && *point <= 'z') || (*point >= '0' && *point <= '9'))
        return SHINGLES_LETTER;
    return *point != 0 && strchr("+-*/=<>^%", (int)*point) != NULL ? SHINGLES_SIGN : SHINGLES_BLANK;
}

/* The hash of the next word; false: there is none. */
static bool shingles_word(const char **at, const char *end, uint64_t *word)
{
    enum shingles_kind kind = SHINGLES_BLANK;
    uint32_t point;
    size_t width;

    while (*at < end && kind == SHINGLES_BLANK) {
        kind = shingles_character(*at, (size_t)(end - *at), &width, &point);
        *at += width;
    }
    if (kind == SHINGLES_BLANK)
        return false;
    *word = shingles_join(kind, point);
    while (kind == SHINGLES_LETTER && *at < end &&
           shingles_character(*at, (size_t)(end - *at), &width, &point) == SHINGLES_LETTER) {
        *word = shingles_join(*word, point);
        *at += width;
    }
    return true;
}

/* --- what is no word ------------------------------------------------------------------------ */

/* Pictures by what the line calls them; numbers in any order. */
static uint64_t shingles_beside(const struct crux_problem *problem)
{
    struct numbers_problem numbers;
    uint64_t hash = problem->image_count, sum = 0;

    for (uint32_t i = 0; i < problem->image_count; i++)
        hash = shingles_join(hash, draw_text(problem->images[i], strlen(problem->images[i])));
    if (!numbers_problem_read(&numbers, problem->line))
        return hash;
    for (uint32_t i = 0; i < numbers.count; i++)
        sum += draw_mix((uint64_t)numbers.numbers[i] + 1);
    hash = shingles_join(hash, sum);
    return shingles_join(hash, (uint64_t)numbers.target * 2 + numbers.use_all);
}

/* --- the set ---------------------------------------------------------------------------------- */

static int shingles_add(struct shingles *shingles, uint64_t hash, struct crux_error *error)
{
    if (shingles->count == shingles->room) {
        size_t room = shingles->room == 0 ? SHINGLES_FIRST_ROOM : shingles->room * 2;
        uint64_t *grown = realloc(shingles->hashes, room * sizeof *grown);

        if (grown == NULL)
            return crux_fail(error, CRUX_MEMORY, "no memory for the words of a problem");
        shingles->hashes = grown;
        shingles->room = room;
    }
    shingles->hashes[shingles->count++] = hash;
    return CRUX_OK;
}

static int shingles_compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void shingles_sort(struct shingles *shingles)
{
    size_t kept = 1;

    qsort(shingles->hashes, shingles->count, sizeof *shingles->hashes, shingles_compare);
    for (size_t i = 1; i < shingles->count; i++)
        if (shingles->hashes[i] != shingles->hashes[kept - 1])
            shingles->hashes[kept++] = shingles->hashes[i];
    shingles->count = kept;
}

int shingles_read(struct shingles *shingles, const struct crux_problem *problem,
                  struct crux_error *error)
{
    const char *at = problem->prompt == NULL ? "" : problem->prompt, *end = at + strlen(at);
    uint64_t beside = shingles_beside(problem), last[SHINGLES_WORDS] = {0}, word;
    int status = CRUX_OK;
    size_t words = 0;

    shingles->count = 0;
    shingles->whole = beside;
    while (status == CRUX_OK && shingles_word(&at, end, &word)) {
        uint64_t hash = beside;

        memmove(last, last + 1, sizeof last - sizeof *last);
        last[SHINGLES_WORDS - 1] = word;
        shingles->whole = shingles_join(shingles->whole, word);
        for (int i = 0; i < SHINGLES_WORDS; i++)
            hash = shingles_join(hash, last[i]);
        if (++words >= SHINGLES_WORDS)
            status = shingles_add(shingles, hash, error);
    }
    if (status == CRUX_OK && words < SHINGLES_WORDS)
        status = shingles_add(shingles, shingles->whole, error);
    if (status == CRUX_OK)
        shingles_sort(shingles);
    return status;
}

void shingles_close(struct shingles *shingles)
{
    free(shingles->hashes);
    *shingles = (struct shingles){.hashes = NULL};
}

void shingles_sketch(const struct shingles *shingles, uint64_t out[SHINGLES_SKETCH])
{
    for (uint64_t i = 0; i < SHINGLES_SKETCH; i++) {
        uint64_t turn = draw(1, i), factor = draw(2, i) | 1, least = UINT64_MAX;

        for (size_t j = 0; j < shingles->count; j++) {
            uint64_t hash = (shingles->hashes[j] ^ turn) * factor;

            least = hash < least ? hash : least;
        }
        out[i] = least;
    }
}

double shingles_alike(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count)
{
    size_t i = 0, j = 0, common = 0;

    while (i < a_count && j < b_count) {
        uint64_t x = a[i], y = b[j];

        common += x == y;
        i += x <= y;
        j += y <= x;
    }
    return (double)common / (double)(a_count + b_count - common);
}
