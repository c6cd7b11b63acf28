/*
 * expression.h - an expression over named values, as a user writes it: `refined_right >= 3 and
 * ...`.
 *
 * It is one of SQLite's: numbers, texts in '...', comparisons, and, or, not, arithmetic, in,
 * between, is null, min(), max(), abs(), coalesce(). What is not known is NULL, and so is what
 * depends on it.
 *
 * Ownership. Names and texts stay the caller's: names as long as the expression, values for a call.
 * Threads.   One at a time.
 * Errors.    CRUX_INVALID: what SQLite says of the expression, with its text. CRUX_MEMORY.
 */
#ifndef IO_EXPRESSION_H
#define IO_EXPRESSION_H

#include "search/crux.h"

struct expression;

/* A number, or with text that; neither: NaN, NULL. */
struct expression_value {
    double number;
    const char *text;
};

enum expression_truth { EXPRESSION_FALSE, EXPRESSION_TRUE, EXPRESSION_UNKNOWN };

int expression_open(struct expression **out, const char *text, const char *const *names,
                    size_t count, struct crux_error *error);
void expression_close(struct expression *expression); /* NULL is fine */

/* Its truth for values, in the order of the names. */
int expression_truth(struct expression *expression, const struct expression_value *values,
                     enum expression_truth *out, struct crux_error *error);

#endif
