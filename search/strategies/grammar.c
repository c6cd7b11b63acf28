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

const struct grammar grammar_steps = {"steps", grammar_steps_rows,
                                      sizeof grammar_steps_rows / sizeof *grammar_steps_rows};

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
