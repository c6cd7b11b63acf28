/*
 * text.h - the steps of the numbers games as text.
 *
 * A step is written `10 - 4 = 6 (left: 4 6 9)`: the numbers after it in ascending order, fractions
 * as `8/3`. There is one way to write a step, and only that is read.
 *
 * Pure, any thread.
 */
#ifndef CRITICS_NUMBERS_TEXT_H
#define CRITICS_NUMBERS_TEXT_H

#include "critics/numbers/rules.h"

#define NUMBERS_STEP_BYTES 448u /* room for any step, its NUL included: nine fractions of 40 */

/* The length of what was written. */
size_t numbers_print_rational(char *out, size_t room, struct rational value);
size_t numbers_print_step(char out[NUMBERS_STEP_BYTES], const struct numbers_operation *operation,
                          const struct numbers_state *after);

/* Check the text of one step against the state before it; LEGAL applies it. */
enum numbers_fault numbers_step(struct numbers_state *state, const char *text, size_t length,
                                struct numbers_operation *operation);

/* What a line says that it does and leaves; of the form of a step, but held against nothing, so
 * its result may be wrong. False: it has another form. */
bool numbers_line_of(const char *text, size_t length, struct numbers_operation *operation,
                     struct numbers_state *left);

/* The state named by a step's own `(left: ...)`, in whatever order. False: it names none. */
bool numbers_left_of(const char *text, size_t length, struct numbers_state *state);

#endif
