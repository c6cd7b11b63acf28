/*
 * rules.h - the rules of the numbers games: Game of 24 and Countdown.
 *
 * What it is.  The referee. A state is the numbers that are left, kept sorted; a
 * step takes two of them and puts their sum, difference, product or quotient in
 * their place; how it is written is said in text.h. All arithmetic is exact
 * (critics/rational.h), and what does not fit is not legal.
 *
 * States and rationals are values; the functions are pure, any thread.
 */
#ifndef CRITICS_NUMBERS_RULES_H
#define CRITICS_NUMBERS_RULES_H

#include "critics/rational.h"
#include "io/numbers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUMBERS_LEGAL_MOST 90u /* operations in any state: 15 pairs x 6 */

struct numbers_state {
    struct rational left[NUMBERS_MOST]; /* ascending; zeros behind the last */
    uint32_t count;
};

struct numbers_operation {
    struct rational a, b, result;
    char sign; /* + - * / */
};

/* Everything that can be wrong with the text of a step. */
enum numbers_fault {
    NUMBERS_LEGAL,
    NUMBERS_MALFORMED,     /* not written like a step */
    NUMBERS_NOT_AVAILABLE, /* a number that is not left, or one used twice */
    NUMBERS_DIVISION,      /* by zero */
    NUMBERS_OVERFLOW,      /* exact arithmetic ran out of bits */
    NUMBERS_WRONG_RESULT,
    NUMBERS_WRONG_LEFT, /* the numbers named after `left:` */
    NUMBERS_AFTER_END,  /* the answer was complete before */
    NUMBERS_FAULTS
};

const char *numbers_fault_name(enum numbers_fault fault);

/* Room for one more is the caller's promise. */
void numbers_insert(struct numbers_state *state, struct rational value);
bool numbers_same(const struct numbers_state *a, const struct numbers_state *b);

/* The state of a problem before the first step. False: it has no numbers, or one out of
 * range. */
bool numbers_begin(const struct numbers_problem *problem, struct numbers_state *state);

/* Is nothing left to do: one number, or, where not all must be used, the target made? */
bool numbers_complete(const struct numbers_problem *problem, const struct numbers_state *state);
bool numbers_reached(const struct numbers_problem *problem, const struct numbers_state *state);

/* a sign b. LEGAL, DIVISION or OVERFLOW. */
enum numbers_fault numbers_compute(struct numbers_operation *operation);

/* All operations whose steps differ in text, in a fixed order. */
uint32_t numbers_legal(const struct numbers_state *state,
                       struct numbers_operation out[NUMBERS_LEGAL_MOST]);

/* Are both operands there? LEGAL or NOT_AVAILABLE. */
enum numbers_fault numbers_check_operands(const struct numbers_state *state,
                                          const struct numbers_operation *operation);

/* Take the operands out, put the result in. The operands must be there. */
void numbers_apply(struct numbers_state *state, const struct numbers_operation *operation);

#endif
