/*
 * query.c - the texts of queries.
 */
#include "policies/numbers/query.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* As much as the operations that a player likes best, so that it is among a few that are drawn. */
#define LIKING_OF_ALL 1.0

uint32_t query_choose(const struct taste *taste, const struct numbers_state *state, uint64_t seed,
                      struct choice out[QUERY_MOST])
{
    uint32_t count = taste_choose(taste, state, seed, out + 1);

    out[0] = (struct choice){.liking = taste->sharpness * LIKING_OF_ALL};
    for (uint32_t i = 1; i <= count; i++)
        out[i].order++;
    taste_draw(out, count + 1, seed);
    return count + 1;
}

static size_t query_print_text(char *out, size_t at, const char *text)
{
    size_t length = strlen(text);

    assert(at + length < QUERY_BYTES);
    memcpy(out + at, text, length + 1);
    return at + length;
}

static size_t query_print_number(char *out, size_t at, struct rational value)
{
    return at + numbers_print_rational(out + at, QUERY_BYTES - at, value);
}

static const char *name_of_sign(char sign)
{
    switch (sign) {
    case '+':
        return "sum";
    case '-':
        return "difference";
    case '*':
        return "product";
    default:
        return "quotient";
    }
}

static void query_print_operation(char *out, size_t at, const struct numbers_operation *operation)
{
    at = query_print_text(out, at, " by the ");
    at = query_print_text(out, at, name_of_sign(operation->sign));
    at = query_print_text(out, at, " of ");
    at = query_print_number(out, at, operation->a);
    at = query_print_text(out, at, " and ");
    (void)query_print_number(out, at, operation->b);
}

void query_print(char out[QUERY_BYTES], const struct choice *query,
                 const struct numbers_state *state, int64_t target)
{
    size_t at = query_print_text(out, 0, "make ");

    at = query_print_number(out, at, (struct rational){target, 1});
    at = query_print_text(out, at, " from");
    for (uint32_t i = 0; i < state->count; i++) {
        at = query_print_text(out, at, " ");
        at = query_print_number(out, at, state->left[i]);
    }
    if (query->order != 0)
        query_print_operation(out, at, &query->operation);
}
