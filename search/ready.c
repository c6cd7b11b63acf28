/*
 * ready.c - a lock-free set of small numbers, one bit each: the thread that clears it has it.
 */
#include "search/ready.h"

#include <assert.h>
#include <stdlib.h>

bool ready_open(struct ready *ready, uint32_t numbers)
{
    assert(numbers > 0);
    ready->count = (numbers + 63) / 64;
    ready->words = calloc(ready->count, sizeof *ready->words);
    atomic_init(&ready->turn, 0);
    return ready->words != NULL;
}

void ready_close(struct ready *ready)
{
    free(ready->words);
    ready->words = NULL;
}

bool ready_add(struct ready *ready, uint32_t number)
{
    uint64_t bit = (uint64_t)1 << (number % 64);

    assert(number / 64 < ready->count);
    /* seq_cst: with the load in take_from() and the flags around both, a
     * thread that adds and then looks for room, and one that makes room and then looks
     * here, cannot both miss each other (admission_take(), admission_give_back()). */
    return (atomic_fetch_or_explicit(&ready->words[number / 64], bit, memory_order_seq_cst) &
            bit) == 0;
}

static uint32_t take_from(_Atomic uint64_t *word, uint32_t rotate)
{
    uint64_t bits;

    assert(rotate < 64);
    while ((bits = atomic_load_explicit(word, memory_order_seq_cst)) != 0) {
        /* The first at or after rotate, else the first of all. */
        uint64_t after = bits & (~(uint64_t)0 << rotate);
        uint32_t bit = (uint32_t)__builtin_ctzll(after != 0 ? after : bits);
        /* acquire: pairs with ready_add(). */
        uint64_t was = atomic_fetch_and_explicit(word, ~((uint64_t)1 << bit), memory_order_acquire);

        if (was >> bit & 1)
            return bit;
    }
    return READY_NONE;
}

uint32_t ready_take(struct ready *ready)
{
    /* relaxed: the turn is only for fairness. */
    uint32_t turn = atomic_fetch_add_explicit(&ready->turn, 1, memory_order_relaxed);
    uint32_t from = turn / 64 % ready->count;

    assert(ready->words != NULL);
    for (uint32_t i = 0; i < ready->count; i++) {
        uint32_t word = (from + i) % ready->count;
        uint32_t bit = take_from(&ready->words[word], turn % 64);

        if (bit != READY_NONE)
            return word * 64 + bit;
    }
    return READY_NONE;
}
