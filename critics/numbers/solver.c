/*
 * solver.c - exhaustive search of the numbers games: can the target still be made?
 *
 * States that were decided are remembered, so that the many orders in which the
 * same numbers can be reached cost one search. States of two numbers are decided
 * faster than they are looked up and are not kept.
 *
 * The table is our own and not uthash: a state is its own key and lies in the table itself,
 * found without following a pointer. uthash would add a handle of 56 bytes and an allocation
 * per state to what is looked up in the innermost loop of the search.
 */
#include "critics/numbers/solver.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST  1024u
#define ROOM_MOST   (1u << 20) /* places; what finds none is searched again */
#define IMPOSSIBLE  100u
#define UNKNOWN_WAY 99u

struct known {
    struct numbers_state state; /* count 0: free */
    uint32_t steps;             /* to the target; IMPOSSIBLE, UNKNOWN_WAY */
};

struct numbers_solver {
    struct numbers_problem problem; /* target and rule alone */
    struct known *known;
    uint32_t room, used;
};

struct numbers_solver *numbers_solver_open(const struct numbers_problem *problem)
{
    struct numbers_solver *solver = calloc(1, sizeof *solver);

    if (solver == NULL)
        return NULL;
    solver->problem =
        (struct numbers_problem){.use_all = problem->use_all, .target = problem->target};
    solver->room = ROOM_FIRST;
    solver->known = calloc(solver->room, sizeof *solver->known);
    if (solver->known == NULL) {
        free(solver);
        return NULL;
    }
    return solver;
}

void numbers_solver_close(struct numbers_solver *solver)
{
    if (solver == NULL)
        return;
    free(solver->known);
    free(solver);
}

bool numbers_solver_fits(const struct numbers_solver *solver, const struct numbers_problem *problem)
{
    return solver->problem.target == problem->target && solver->problem.use_all == problem->use_all;
}

bool numbers_solver_full(const struct numbers_solver *solver)
{
    return solver->used * 2 >= ROOM_MOST;
}

/* --- memory ------------------------------------------------------------------------ */

static uint64_t hash_of(const struct numbers_state *state)
{
    uint64_t hash = state->count;

    for (uint32_t i = 0; i < state->count; i++) {
        hash = (hash ^ (uint64_t)state->left[i].over) * 0x9E3779B97F4A7C15u;
        hash = (hash ^ (uint64_t)state->left[i].under ^ hash >> 32) * 0xBF58476D1CE4E5B9u;
    }
    return hash ^ hash >> 29;
}

static struct known *numbers_solver_place_of(struct known *known, uint32_t room,
                                             const struct numbers_state *state)
{
    uint32_t at = (uint32_t)hash_of(state) & (room - 1);

    while (known[at].state.count != 0 && !numbers_same(&known[at].state, state))
        at = (at + 1) & (room - 1);
    return &known[at];
}

static bool numbers_solver_make_room(struct numbers_solver *solver)
{
    uint32_t room = solver->room * 2;
    struct known *known;

    if (solver->used * 2 < solver->room)
        return true;
    if (room > ROOM_MOST || (known = calloc(room, sizeof *known)) == NULL)
        return false;
    for (uint32_t i = 0; i < solver->room; i++)
        if (solver->known[i].state.count != 0)
            *numbers_solver_place_of(known, room, &solver->known[i].state) = solver->known[i];
    free(solver->known);
    solver->known = known;
    solver->room = room;
    return true;
}

static void remember(struct numbers_solver *solver, const struct numbers_state *state,
                     uint32_t steps)
{
    if (state->count <= 2 || !numbers_solver_make_room(solver))
        return;
    *numbers_solver_place_of(solver->known, solver->room, state) = (struct known){*state, steps};
    solver->used++;
}

/* --- search -------------------------------------------------------------------------- */

static uint32_t steps_to_target(struct numbers_solver *solver, const struct numbers_state *state);

/* The fewer steps; an unknown way is better than an impossible one. */
static uint32_t numbers_solver_best_of(struct numbers_solver *solver,
                                       const struct numbers_state *state,
                                       struct numbers_operation *first)
{
    struct numbers_operation legal[NUMBERS_LEGAL_MOST];
    uint32_t count = numbers_legal(state, legal), best = IMPOSSIBLE;

    for (uint32_t i = 0; i < count; i++) {
        struct numbers_state after = *state;
        uint32_t steps;

        numbers_apply(&after, &legal[i]);
        steps = steps_to_target(solver, &after);
        if (steps + (steps < UNKNOWN_WAY) >= best)
            continue;
        best = steps + (steps < UNKNOWN_WAY);
        if (first != NULL && best < UNKNOWN_WAY)
            *first = legal[i];
        if (best == 1 || (best < UNKNOWN_WAY && solver->problem.use_all))
            break; /* none is shorter */
    }
    return best;
}

/* Did an operation of this state overflow? Then not everything was tried. */
static bool overflows(const struct numbers_state *state)
{
    static const char signs[] = "+-*/";

    for (uint32_t i = 0; i < state->count; i++) {
        for (uint32_t j = 0; j < state->count; j++) {
            for (const char *sign = signs; i != j && *sign != '\0'; sign++) {
                struct numbers_operation operation = {
                    .a = state->left[i], .b = state->left[j], .sign = *sign};

                if (numbers_compute(&operation) == NUMBERS_OVERFLOW)
                    return true;
            }
        }
    }
    return false;
}

/* Large numbers alone can overflow; most states need no look. */
static bool may_overflow(const struct numbers_state *state)
{
    const int64_t safe = INT64_C(1) << 30;

    for (uint32_t i = 0; i < state->count; i++)
        if (state->left[i].over > safe || state->left[i].over < -safe ||
            state->left[i].under > safe)
            return true;
    return false;
}

static uint32_t steps_to_target(struct numbers_solver *solver, const struct numbers_state *state)
{
    uint32_t steps;

    if (numbers_reached(&solver->problem, state))
        return 0;
    if (state->count <= 1)
        return IMPOSSIBLE;
    if (state->count > 2) {
        const struct known *known = numbers_solver_place_of(solver->known, solver->room, state);

        if (known->state.count != 0)
            return known->steps;
    }
    steps = numbers_solver_best_of(solver, state, NULL);
    if (steps == IMPOSSIBLE && may_overflow(state) && overflows(state))
        steps = UNKNOWN_WAY;
    remember(solver, state, steps);
    return steps;
}

enum numbers_reach numbers_reach(struct numbers_solver *solver, const struct numbers_state *state,
                                 struct numbers_operation *first)
{
    uint32_t steps = steps_to_target(solver, state);

    if (steps == 0)
        return NUMBERS_YES;
    if (steps >= UNKNOWN_WAY)
        return steps == UNKNOWN_WAY ? NUMBERS_UNKNOWN : NUMBERS_NO;
    if (first != NULL)
        (void)numbers_solver_best_of(solver, state, first);
    return NUMBERS_YES;
}
