/*
 * ready.h - a set of numbers that any thread adds to and any thread takes from.
 *
 * One bit a number, so adding twice is adding once, nothing is allocated, and
 * there is no order in memory to get wrong. Takers go round, so that every
 * number has its turn.
 *
 * What may run together. Everything but open and close. Progress: ready_add() is
 * wait-free, ready_take() lock-free (a retry means another taker got the number).
 */
#ifndef SEARCH_READY_H
#define SEARCH_READY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define READY_NONE UINT32_MAX

struct ready {
    _Atomic uint64_t *words;
    uint32_t count;        /* words */
    _Atomic uint32_t turn; /* word where the next taker begins */
};

/* For numbers 0 .. numbers - 1, at least one of them. False: no memory. */
bool ready_open(struct ready *ready, uint32_t numbers);
void ready_close(struct ready *ready);

/* True: it was not in the set. */
bool ready_add(struct ready *ready, uint32_t number);

/* A number that was in the set, READY_NONE when a whole round found none. */
uint32_t ready_take(struct ready *ready);

#endif
