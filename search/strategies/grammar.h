/*
 * grammar.h - which kinds of step may follow which, what proposes and what scores them, and
 * which of them end a path.
 *
 * A grammar is a table of rows, one for each kind that it knows. A node of some kind is expanded
 * by the row that may follow it; a rollout is the row that ends a path.
 *
 *     steps   STEP follows the root and STEP; ANSWER follows both and ends the path
 *
 * Pure; any thread.
 */
#ifndef SEARCH_STRATEGIES_GRAMMAR_H
#define SEARCH_STRATEGIES_GRAMMAR_H

#include "search/crux.h"

#define GRAMMAR_ROOT CRUX_KINDS /* in `after`: the problem itself, before any step */

struct grammar_row {
    enum crux_kind kind;
    uint32_t after;        /* a set: bit k, it may follow a node of kind k; bit GRAMMAR_ROOT */
    enum crux_kind policy; /* setup.policies[policy] proposes it */
    enum crux_role critic; /* setup.critics[critic] says how good it looks; EXECUTION: of those
                              the one for this kind */
    bool ends;             /* with it the path is complete */
};

struct grammar {
    const char *name;
    const struct grammar_row *rows;
    uint32_t count;
};

extern const struct grammar grammar_steps;

/* The row of a kind; NULL: the grammar has none. */
const struct grammar_row *grammar_find(const struct grammar *grammar, enum crux_kind kind);

/* What a node is expanded with, by its last step (NULL: the root); NULL: nothing may follow. */
const struct grammar_row *grammar_next(const struct grammar *grammar, const struct crux_step *last);

/* What completes the path behind it; NULL: nothing may. */
const struct grammar_row *grammar_end(const struct grammar *grammar, const struct crux_step *last);

#endif
