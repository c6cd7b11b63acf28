/*
 * strategy.h - what a strategy is: where the next simulations go, and what each of them asks.
 *
 * A strategy is a row: its name, what of a setup it refuses, its state for each open tree, and
 * the two questions that the search asks it.
 *
 *     descend()  walks a group of simulations from the root to the leaves it chooses, enters
 *                every slot on the way (sim->slots, sim->choices, sim->depth, the key and last
 *                step of sim->call.state), sets sim->node and sim->found, for an expansion
 *                sim->wanted, and claims each leaf that must not be shared (leaf.h)
 *     next()     the reply of a phase was taken: which phase is next (phase.h)
 *
 * All strategies share simulate.c, the ports, the budget and the order of settling, so that
 * they can be compared at equal cost. What may follow what is the grammar's (grammar.h).
 *
 * Threads. descend() and next() by the worker that runs the lane; in a shared tree several of
 *          them at once. begin() and expands() as said below. Rows are constant; strategy_add()
 *          before the first search is opened.
 */
#ifndef SEARCH_STRATEGIES_STRATEGY_H
#define SEARCH_STRATEGIES_STRATEGY_H

#include "search/simulate.h"

struct open_tree;
struct grammar;

/* What of a setup a strategy may refuse: a set. */
enum strategy_refusal {
    STRATEGY_NO_ROLLOUTS = 1 << 0, /* rollouts 0 */
    STRATEGY_GUMBEL = 1 << 1,
    STRATEGY_WIDENING = 1 << 2,
    STRATEGY_TRANSPOSITIONS = 1 << 3,
    STRATEGY_SHARED_TREES = 1 << 4, /* more than one lane */
    STRATEGY_BRANCHING = 1 << 5     /* children by entropy */
};

struct strategy {
    const char *name;
    unsigned refuses;
    bool samples; /* every simulation draws one answer: sample sim->started of its state */
    bool revises; /* it asks for revisions (sim->revision) */
    bool levels;  /* its expansions evaluate nothing: they are no simulations that count */
    const struct grammar *grammar; /* its own; NULL: that of the setup */

    /* Simulations that it has in flight in one tree at most; NULL: as many as per_tree says. */
    uint32_t (*width)(const struct crux_setup *setup);

    /* What it needs of a tree; NULL: what mcts does. */
    struct tree_needs (*needs)(const struct crux_setup *setup);

    /* Simulations per problem, 1 or more. */
    uint64_t (*simulations)(const struct crux_setup *setup);

    /* Memory for each open tree, made once. *state NULL: it needs none. False: no memory. The
     * last three may be NULL. begin(): before the first descent of each problem. */
    bool (*open)(void **state, const struct crux_setup *setup);
    void (*begin)(struct open_tree *open);
    void (*close)(void *state);

    /* May a group go down now? NULL: whenever the window has room. False until some simulation
     * has settled: with none in the window it must answer true, or the tree would stand still. */
    bool (*wants)(const struct lane *lane);

    void (*descend)(struct simulation **group, uint32_t count);
    void (*next)(struct simulation *sim);

    /* Samples that were asked for before at the leaf that a record expands; NULL: as many as it has
     * children. */
    uint32_t (*samples_before)(const struct simulation *sim);

    /* In the turn of an expansion, before its children can be seen; or NULL. */
    void (*expands)(struct simulation *sim, const struct expansion *expansion);

    /* In the turn of a simulation, READY or FAILED, after it has settled or was withdrawn; or NULL.
     * For strategies that refuse shared trees. */
    void (*settled)(struct simulation *sim);
};

/* The row with this number: an enum crux_strategy, or what strategy_add() has answered. NULL:
 * there is none. */
const struct strategy *strategy_row(unsigned number);

/* How many rows there are; their numbers are 0 .. strategy_count() - 1. */
unsigned strategy_count(void);

/* One row more; its number is what setup.strategy takes. The row must live as long as any search.
 * Not beside an open search. */
unsigned strategy_add(const struct strategy *row);

#endif
