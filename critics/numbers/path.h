/*
 * path.h - a whole path of steps, checked one by one by the referee.
 *
 * A walk begins with a problem's numbers and takes the text of one step after
 * another; at the first fault it stays where it is and remembers why. It also
 * keeps the expression that the steps make, which is the answer's canonical form.
 *
 * Values; any thread. A walk holds texts of its own and points to nothing.
 */
#ifndef CRITICS_NUMBERS_PATH_H
#define CRITICS_NUMBERS_PATH_H

#include "critics/numbers/rules.h"
#include "search/crux.h"

#define NUMBERS_EXPRESSION_BYTES 400u

/* An expression and the number it makes, as long as that is not used up. */
struct numbers_term {
    struct rational value;
    char outer; /* its last sign; ' ' for a plain number */
    char text[NUMBERS_EXPRESSION_BYTES];
};

struct numbers_walk {
    const struct numbers_problem *problem;
    struct numbers_state state;
    struct numbers_term terms[NUMBERS_MOST]; /* one for each number that is left */
    uint32_t steps;                          /* taken without fault */
    enum numbers_fault fault;                /* of the step after those */
    bool in_words; /* the first step is a sentence: this is another language than the game's */
};

/* False: the problem has no numbers. */
bool numbers_walk_begin(struct numbers_walk *walk, const struct numbers_problem *problem);

/* One more step; false once there is a fault. */
bool numbers_walk_step(struct numbers_walk *walk, const char *text, size_t length);

/* All lines of text. */
bool numbers_walk_lines(struct numbers_walk *walk, const char *text);

/* The steps of a chain that are part of the solution, first to last; an ANSWER is a step a line.
 * Sub-goals, queries and documents are passed over, whatever they say. */
bool numbers_walk_chain(struct numbers_walk *walk, const struct crux_step *last);

/* The expression that was made, and what it comes to: `(10 - 4) * 4 = 24`. */
void numbers_walk_answer(const struct numbers_walk *walk, char *out, size_t room);

#endif
