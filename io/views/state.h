/*
 * state.h - the text of a node: the problem and the steps down to it, as plain text.
 *
 *     the problem, a line break, and of each step its bare text and a line break
 *
 * So what comes next can be put behind it as it is, and a tokenizer cuts where it begins. Of steps
 * that are cut by tokens (view_run.pieces) the blanks are the model's, and a tokenizer cut there
 * before: these are put behind each other as they are, but for blanks with which the first begins,
 * and a blank between two belongs to the step that has it.
 *
 * Ownership. The caller's struct; state_close() takes one that failed, too. The tree must stay.
 * Threads.   One at a time: it has room for one path.
 * Errors.    CRUX_MEMORY.
 */
#ifndef IO_VIEWS_STATE_H
#define IO_VIEWS_STATE_H

#include "io/views/view.h"

struct state {
    const struct crux_tree *tree;
    bool pieces;
    bool solution;  /* steps of the solution alone; false, as it is opened: sub-goals and what they
                       have brought, too */
    uint32_t *path; /* room for the deepest */
};

int state_open(struct state *out, const struct crux_tree *tree, const struct view_run *run,
               struct crux_error *error);
void state_close(struct state *state);

/* To a text that was begun: the steps down to a node, with a line break between two if these are
 * bare. */
void state_add_steps(struct json_row *out, const struct state *state, uint32_t node);

/* As a whole text. */
void state_put(struct json_row *out, const struct state *state, uint32_t node);

/* The step of a node without blanks at its ends; "" of the root. */
struct crux_text state_step(const struct crux_tree *tree, uint32_t node);

/* As a text, the step as it comes behind the state of the node above. */
void state_put_step(struct json_row *out, const struct state *state, uint32_t node);

#endif
