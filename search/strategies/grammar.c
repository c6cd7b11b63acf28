/*
 * grammar.c - which kind of step may follow which: the tables, and looking them up.
 */
#include "search/strategies/grammar.h"

#include <assert.h>
#include <stddef.h>

#define GRAMMAR_AFTER(kind) (1u << (kind))

static const struct grammar_row grammar_steps_rows[] = {
    {.kind = CRUX_STEP,
     .after = GRAMMAR_AFTER(GRAMMAR_ROOT) | GRAMMAR_AFTER(CRUX_STEP),
     .policy = CRUX_STEP,
     .critic = CRUX_ROLE_EXECUTION,
     .ends = false},
    {.kind = CRUX_ANSWER,
     .after = GRAMMAR_AFTER(GRAMMAR_ROOT) | GRAMMAR_AFTER(CRUX_STEP),
     .policy = CRUX_ANSWER,
     .critic = CRUX_ROLE_OUTCOME,
     .ends = true},
};

/* The problem, and whatever was carried out. */
#define GRAMMAR_ANYWHERE                                                                           \
    (GRAMMAR_AFTER(GRAMMAR_ROOT) | GRAMMAR_AFTER(CRUX_RATIONALE) | GRAMMAR_AFTER(CRUX_QUERY) |     \
     GRAMMAR_AFTER(CRUX_DOC))

#define GRAMMAR_SUBGOAL(of)                                                                        \
    {                                                                                              \
        .kind = (of), .after = GRAMMAR_ANYWHERE, .policy = (of), .critic = CRUX_ROLE_SUBGOAL,      \
        .rule = true                                                                               \
    }
#define GRAMMAR_EXECUTION(of, subgoal)                                                             \
    {                                                                                              \
        .kind = (of), .after = GRAMMAR_AFTER(subgoal), .policy = (of),                             \
        .critic = CRUX_ROLE_EXECUTION                                                              \
    }

static const struct grammar_row grammar_cr_planner_rows[] = {
    GRAMMAR_SUBGOAL(CRUX_REASON),
    GRAMMAR_SUBGOAL(CRUX_GENQUERY),
    GRAMMAR_SUBGOAL(CRUX_RETRIEVE),
    GRAMMAR_EXECUTION(CRUX_RATIONALE, CRUX_REASON),
    GRAMMAR_EXECUTION(CRUX_QUERY, CRUX_GENQUERY),
    GRAMMAR_EXECUTION(CRUX_DOC, CRUX_RETRIEVE),
    {.kind = CRUX_ANSWER,
     .after = GRAMMAR_ANYWHERE | GRAMMAR_AFTER(CRUX_REASON) | GRAMMAR_AFTER(CRUX_GENQUERY) |
              GRAMMAR_AFTER(CRUX_RETRIEVE),
     .policy = CRUX_ANSWER,
     .critic = CRUX_ROLE_OUTCOME,
     .ends = true},
};

const struct grammar grammar_steps = {"steps", grammar_steps_rows,
                                      sizeof grammar_steps_rows / sizeof *grammar_steps_rows};

const struct grammar grammar_cr_planner = {"cr-planner", grammar_cr_planner_rows,
                                           sizeof grammar_cr_planner_rows /
                                               sizeof *grammar_cr_planner_rows};

static const struct grammar_row grammar_rag_rows[] = {
    {.kind = CRUX_DOC,
     .after = GRAMMAR_AFTER(GRAMMAR_ROOT) | GRAMMAR_AFTER(CRUX_DOC),
     .policy = CRUX_DOC,
     .critic = CRUX_ROLE_EXECUTION},
    {.kind = CRUX_ANSWER,
     .after = GRAMMAR_AFTER(GRAMMAR_ROOT) | GRAMMAR_AFTER(CRUX_DOC),
     .policy = CRUX_ANSWER,
     .critic = CRUX_ROLE_OUTCOME,
     .ends = true},
};

const struct grammar grammar_rag = {"rag", grammar_rag_rows,
                                    sizeof grammar_rag_rows / sizeof *grammar_rag_rows};

const struct grammar *grammar_of(const struct crux_setup *setup)
{
    assert((unsigned)setup->grammar < CRUX_GRAMMARS);
    return setup->grammar == CRUX_GRAMMAR_CR_PLANNER ? &grammar_cr_planner : &grammar_steps;
}

const struct grammar_row *grammar_find(const struct grammar *grammar, enum crux_kind kind)
{
    assert((unsigned)kind < CRUX_KINDS);
    for (uint32_t i = 0; i < grammar->count; i++)
        if (grammar->rows[i].kind == kind)
            return &grammar->rows[i];
    return NULL;
}

static const struct grammar_row *grammar_after(const struct grammar *grammar,
                                               const struct crux_step *last, bool ends)
{
    uint32_t bit = GRAMMAR_AFTER(last != NULL ? last->kind : GRAMMAR_ROOT);

    assert(last == NULL || last->kind < CRUX_KINDS);
    for (uint32_t i = 0; i < grammar->count; i++)
        if ((grammar->rows[i].after & bit) != 0 && grammar->rows[i].ends == ends)
            return &grammar->rows[i];
    return NULL;
}

const struct grammar_row *grammar_next(const struct grammar *grammar, const struct crux_step *last)
{
    return grammar_after(grammar, last, false);
}

const struct grammar_row *grammar_end(const struct grammar *grammar, const struct crux_step *last)
{
    return grammar_after(grammar, last, true);
}

/* --- by rule ---------------------------------------------------------------------------- */

static bool grammar_has(const struct crux_step *last, enum crux_kind kind)
{
    while (last != NULL && last->kind != kind)
        last = last->previous;
    return last != NULL;
}

static bool grammar_is_legal(const struct crux_setup *setup, enum crux_kind kind,
                             const struct crux_step *last)
{
    if ((setup->subgoals >> kind & 1) == 0)
        return false;
    if (kind == CRUX_GENQUERY)
        return setup->free_query || grammar_has(last, CRUX_RATIONALE);
    if (kind == CRUX_RETRIEVE)
        return setup->free_retrieve || grammar_has(last, CRUX_QUERY);
    return true;
}

uint32_t grammar_by_rule(const struct grammar *grammar, const struct crux_setup *setup,
                         const struct crux_step *last, enum crux_kind kinds[CRUX_KINDS])
{
    uint32_t bit = GRAMMAR_AFTER(last != NULL ? last->kind : GRAMMAR_ROOT), count = 0;

    for (uint32_t i = 0; i < grammar->count; i++) {
        const struct grammar_row *row = &grammar->rows[i];

        if (row->rule && (row->after & bit) != 0 && grammar_is_legal(setup, row->kind, last))
            kinds[count++] = row->kind;
    }
    return count;
}
