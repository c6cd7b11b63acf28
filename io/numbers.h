/*
 * numbers.h - what the line of a problem says of the numbers games: numbers, target, use.
 *
 * The search does not know these members; the parts of the program that need them
 * read them from the problem's own line (struct crux_problem): the policy and the critics of the
 * games, the prompt that is written for a line without one, a program that is asked, the columns of
 * a view. All of them read through numbers_problem_read(), so that a line means the same to all.
 *
 * It is read anew for each call: a walk over the line's bytes, without memory.
 *
 * Values; pure, any thread.
 */
#ifndef IO_NUMBERS_H
#define IO_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

#define NUMBERS_MOST         6u /* in a problem */
#define NUMBERS_USUAL_TARGET 24 /* of a problem that names none */

struct numbers_problem {
    int64_t numbers[NUMBERS_MOST]; /* what may be used, each once */
    uint32_t count;                /* of them; 0: it is no problem of numbers */
    bool use_all;                  /* every number must be used */
    int64_t target;                /* what must be made */
};

/* False, and *out is all 0: line is NULL, has no `numbers`, or they, `target` or `use` are not
 * as crux_io.h says (apart from the ranges of integers: any of 64 bits are taken). */
bool numbers_problem_read(struct numbers_problem *out, const char *line);

#endif
