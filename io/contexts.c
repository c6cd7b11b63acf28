/*
 * contexts.c - the table of contexts, and walking back along a path with it.
 */
#include "io/contexts.h"

#include <assert.h>

#define BIT(kind)           (1U << (kind))
#define CONTEXTS_EXECUTIONS (BIT(CRUX_RATIONALE) | BIT(CRUX_QUERY) | BIT(CRUX_DOC))
#define CONTEXTS_STEPS      (CONTEXTS_EXECUTIONS | BIT(CRUX_STEP) | BIT(CRUX_ANSWER))

static const struct contexts_row {
    const char *name;
    struct contexts begin;
} contexts_rows[CRUX_KINDS] = {
    [CRUX_STEP] = {"step", {CONTEXTS_STEPS, 0}},
    [CRUX_ANSWER] = {"step", {CONTEXTS_STEPS, 0}},
    [CRUX_REASON] = {"subgoal", {CONTEXTS_EXECUTIONS, 0}},
    [CRUX_GENQUERY] = {"subgoal", {CONTEXTS_EXECUTIONS, 0}},
    [CRUX_RETRIEVE] = {"subgoal", {CONTEXTS_EXECUTIONS, 0}},
    [CRUX_RATIONALE] = {"rationale", {BIT(CRUX_RATIONALE), 0}},
    [CRUX_QUERY] = {"query", {BIT(CRUX_RATIONALE), BIT(CRUX_RATIONALE)}},
    [CRUX_DOC] = {"doc",
                  {BIT(CRUX_RATIONALE) | BIT(CRUX_QUERY), BIT(CRUX_RATIONALE) | BIT(CRUX_QUERY)}},
};

struct contexts contexts_of(enum crux_kind candidate)
{
    assert((unsigned)candidate < CRUX_KINDS);
    return contexts_rows[candidate].begin;
}

bool contexts_take(struct contexts *context, enum crux_kind kind)
{
    bool takes;

    assert((unsigned)kind < CRUX_KINDS);
    takes = (context->kinds & BIT(kind)) != 0;
    if (takes && (context->latest & BIT(kind)) != 0)
        context->kinds &= ~BIT(kind);
    return takes;
}

const char *contexts_name(enum crux_kind candidate)
{
    assert((unsigned)candidate < CRUX_KINDS);
    return contexts_rows[candidate].name;
}
