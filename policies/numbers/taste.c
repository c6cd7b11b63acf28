/*
 * taste.c - habits of a player, as numbers, and drawing by them.
 */
#include "policies/numbers/taste.h"

#include "io/draw.h"

#include <math.h>
#include <stdlib.h>

/* -log(-log(u)) for a u inside (0, 1). */
static double gumbel(uint64_t word)
{
    return -log(-log(draw_uniform(word)));
}

static bool is_whole(struct rational value)
{
    return value.under == 1;
}

static bool divides(int64_t target, struct rational value)
{
    return is_whole(value) && value.over > 0 && target % value.over == 0;
}

/* How much a player likes a step, in nats; by its result alone. */
static double taste_of(const struct numbers_operation *operation, int64_t target)
{
    struct rational result = operation->result;
    double size = fabs((double)result.over / (double)result.under);
    double scale = fabs((double)target) + 1.0;
    double liking = 0.0;

    liking -= is_whole(result) ? 0.0 : 2.0;
    liking -= result.over < 0 ? 1.5 : 0.0;
    liking -= result.over == 0 ? 1.0 : 0.0;
    liking += divides(target, result) ? 0.7 : 0.0;
    liking -= size > 2.0 * scale ? 1.0 : 0.0;
    return liking;
}

static int by_numbers_key(const void *a, const void *b)
{
    const struct choice *x = a, *y = b;

    if (x->key != y->key)
        return x->key > y->key ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

void taste_draw(struct choice *choices, uint32_t count, uint64_t seed)
{
    for (uint32_t i = 0; i < count; i++)
        choices[i].key = choices[i].liking + gumbel(draw(seed, choices[i].order));
    qsort(choices, count, sizeof *choices, by_numbers_key);
}

uint32_t taste_choose(const struct taste *taste, const struct numbers_state *state, uint64_t seed,
                      struct choice out[NUMBERS_LEGAL_MOST])
{
    struct numbers_operation legal[NUMBERS_LEGAL_MOST];
    uint32_t count = numbers_legal(state, legal);

    for (uint32_t i = 0; i < count; i++) {
        double bonus = lessons_bonus(taste->lessons, state, &legal[i]);

        out[i] = (struct choice){.operation = legal[i],
                                 .liking = taste->sharpness *
                                           (taste_of(&legal[i], taste->target) + bonus),
                                 .order = i};
    }
    taste_draw(out, count, seed);
    return count;
}

double taste_total(const struct choice *choices, uint32_t count)
{
    double total = 0.0;

    for (uint32_t i = 0; i < count; i++)
        total += exp(choices[i].liking);
    return total;
}
