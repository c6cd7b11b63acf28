/*
 * contexts.h - what of a path a step is rated by: the contexts of CR-Planner's four critics
 * (arXiv 2410.01428, section 2.3), said once for whoever trains them, asks them or writes their
 * data.
 *
 *     candidate                     its context, of the steps before it
 *     RATIONALE    D_Rationale      all RATIONALEs
 *     QUERY        D_Query          the latest RATIONALE
 *     DOC          D_Doc            the latest RATIONALE and the latest QUERY
 *     a sub-goal   D_SubGoal        all executions: RATIONALEs, QUERYs and DOCs
 *     STEP, ANSWER                  all steps but sub-goals: plain reasoning has no parts
 *
 * The problem belongs to every context and is no step.
 *
 *     struct contexts context = contexts_of(CRUX_DOC);
 *     for (step = before; step != NULL; step = step->previous)
 *         if (contexts_take(&context, step->kind)) ...
 *
 * Pure; any thread.
 */
#ifndef IO_CONTEXTS_H
#define IO_CONTEXTS_H

#include "search/crux.h"

/* A walk from the step before a candidate back to the first one. */
struct contexts {
    uint32_t kinds;  /* a set: those that belong to it, ... */
    uint32_t latest; /* ... and those of them of which the latest alone does */
};

struct contexts contexts_of(enum crux_kind candidate);

/* Is the next step on the way back one of the context? */
bool contexts_take(struct contexts *context, enum crux_kind kind);

/* The name of a candidate's context in outputs: rationale, query, doc, subgoal; step. */
const char *contexts_name(enum crux_kind candidate);

#endif
