/*
 * grammar.h - which kinds of step may follow which, what proposes and what scores them, and
 * which of them end a path.
 *
 * A grammar is a table of rows, one for each kind that it knows. A node of some kind is expanded
 * by the row that may follow it; a rollout is the row that ends a path.
 *
 *     steps        STEP follows the root and STEP; ANSWER follows both and ends the path
 *     cr-planner   REASON, GENQUERY and RETRIEVE follow the root, RATIONALE, QUERY and DOC, all
 * that are legal beside each other; RATIONALE follows REASON, QUERY GENQUERY, DOC RETRIEVE; ANSWER
 * follows all and ends the path (CR-Planner, arXiv 2410.01428, table 6)
 *
 *     rag          DOC follows the root and DOC; ANSWER follows both and ends the path. Strategy
 *                  rag's own
 *
 * The paper has every sub-goal follow every execution, yet its critics read a rationale before a
 * query, and a query before a document. So GENQUERY is legal behind a rationale and RETRIEVE behind
 * a query, wherever on the path; a setup may allow both everywhere.
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
    bool rule;             /* it follows by rule: no policy is asked, and all rows by rule that may
                              follow a node are its children, as far as they are legal */
    bool ends;             /* with it the path is complete */
};

struct grammar {
    const char *name;
    const struct grammar_row *rows;
    uint32_t count;
};

extern const struct grammar grammar_steps, grammar_cr_planner, grammar_rag;

/* The grammar of a setup. */
const struct grammar *grammar_of(const struct crux_setup *setup);

/* The kinds that follow last by rule, in the order of rows, at most CRUX_KINDS of them; how many.
 */
uint32_t grammar_by_rule(const struct grammar *grammar, const struct crux_setup *setup,
                         const struct crux_step *last, enum crux_kind kinds[CRUX_KINDS]);

/* The row of a kind; NULL: the grammar has none. */
const struct grammar_row *grammar_find(const struct grammar *grammar, enum crux_kind kind);

/* What a node is expanded with, by its last step (NULL: the root); NULL: nothing may follow. By
 * rule: the first of several. */
const struct grammar_row *grammar_next(const struct grammar *grammar, const struct crux_step *last);

/* What completes the path behind it; NULL: nothing may. */
const struct grammar_row *grammar_end(const struct grammar *grammar, const struct crux_step *last);

#endif
