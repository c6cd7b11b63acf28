/*
 * lessons.h - what policy numbers learns from the documents on a path: which operations they
 * work through, and where such an operation could be done again.
 *
 * A document is a worked combination: lines written as steps of the game are
 * (critics/numbers/text.h), among others that are passed over. Nothing is carried out or looked
 * up beyond the text: a lesson says that somebody did this operation, not where it leads from
 * the numbers at hand.
 *
 * Values; pure, any thread.
 */
#ifndef POLICIES_NUMBERS_LESSONS_H
#define POLICIES_NUMBERS_LESSONS_H

#include "critics/numbers/rules.h"
#include "search/crux.h"

#define LESSONS_MOST 48u /* those of later documents are kept */

struct lesson {
    struct numbers_operation operation;
    uint32_t count;          /* numbers that there were before it */
    uint32_t rank_a, rank_b; /* how many of these were smaller than each operand */
};

struct lessons {
    struct lesson each[LESSONS_MOST];
    uint32_t count;
};

/* Of the documents up to last, which may be NULL. */
void lessons_read(struct lessons *out, const struct crux_step *last);

/* How much a step gains, in nats, by the closest lesson: the same operation on the same numbers,
 * one of the same sign that makes the same number, one of the same sign between numbers of the same
 * ranks among as many. 0: there is none. */
double lessons_bonus(const struct lessons *lessons, const struct numbers_state *state,
                     const struct numbers_operation *operation);

#endif
