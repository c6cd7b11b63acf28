/*
 * state.h - the text of a node: the problem and the steps down to it, as plain text.
 *
 *     the problem, a line break, and of each step its bare text and a line break
 *
 * So what comes next can be put behind it as it is, and a tokenizer cuts where it begins.
 *
 * Ownership. The caller's struct; state_close() takes one that failed, too. The tree must stay.
 * Threads.   One at a time: it has room for one path.
 * Errors.    CRUX_MEMORY.
 */
#ifndef IO_VIEWS_STATE_H
#define IO_VIEWS_STATE_H

#include "io/json_row.h"
#include "search/crux.h"

struct state {
    const struct crux_tree *tree;
    uint32_t *path; /* room for the deepest */
};

int state_open(struct state *out, const struct crux_tree *tree, struct crux_error *error);
void state_close(struct state *state);

/* As a whole text. */
void state_put(struct json_row *out, const struct state *state, uint32_t node);

/* The step of a node without blanks at its ends; "" of the root. */
struct crux_text state_step(const struct crux_tree *tree, uint32_t node);
void state_put_step(struct json_row *out, const struct crux_tree *tree, uint32_t node);

#endif
