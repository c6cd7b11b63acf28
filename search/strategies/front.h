/*
 * front.h - searches that go down level by level: what strategies plan, beam and particles share.
 *
 * A pass begins at the root and has a front: the places it is at.
 *
 *     level   every place that goes on is expanded, once, and what comes of it is scored; when all
 *             have settled, the strategy chooses the next front among their children
 *     end     a place that is complete, that is as deep as may be, or behind which the calls that
 *             are left lead to no answer, gets its answer: at a complete one the path itself, else
 *             one forced concluding step
 *             An answer that is not good enough is asked for again, with what was said of it, as
 *             often as setup.reflect says: it stands at the root, for it is written anew as a whole
 *     pass    over when every place has ended. Another one begins, with fresh samples at the nodes
 *             that it comes to, until simulations, calls or passes are spent, or many in a row
 *             have found nothing to ask, though what is drawn was drawn anew
 *
 * A simulation is one expansion, or one answer; only the latter settles a value. What is chosen
 * depends on the tree at the end of a level alone, so the tree is the same whatever came first.
 *
 * Where a node has children already, more are asked for, behind those that were asked before, and
 * what it has of them is dropped (widen.h). Children by rule are there once.
 *
 * Threads. By the worker that runs the only lane of the tree.
 */
#ifndef SEARCH_STRATEGIES_FRONT_H
#define SEARCH_STRATEGIES_FRONT_H

#include "search/strategies/strategy.h"

/* What a search level by level refuses of a setup. */
#define FRONT_REFUSES                                                                              \
    (STRATEGY_NO_ROLLOUTS | STRATEGY_GUMBEL | STRATEGY_WIDENING | STRATEGY_TRANSPOSITIONS |        \
     STRATEGY_BRANCHING | STRATEGY_SHARED_TREES)

enum front_way {
    FRONT_GOES, /* expand it */
    FRONT_ENDS, /* answer it */
    FRONT_HOLDS /* it can go no further, and waits until all can */
};

struct front_place {
    struct slot *slot;
    const struct cold_node *node;
    uint64_t key;      /* of its state */
    uint16_t *choices; /* that lead there: depth of them */
    uint32_t depth;
    uint32_t share;  /* particles that stand there; 1 in the others */
    uint32_t before; /* children that it had when the level began */
    double score;    /* by which it was chosen */
    enum front_way way;
    bool asks; /* in this level, something is asked there that was not sent yet */

    struct crux_revision revision; /* of its last answer, that one; else none */
    uint32_t reflections;          /* how often that was asked for again */
};

struct front;

/* What makes a strategy of it. */
struct front_rule {
    uint32_t (*width)(const struct crux_setup *setup); /* places at most, 1 or more */
    /* Name the next front, by front_take(). */
    void (*choose)(struct open_tree *open, struct front *front);
    bool holds; /* places that can go no further wait for the others, and end together */
};

struct front {
    const struct front_rule *rule;
    const struct crux_setup *setup;
    struct front_place *places, *next; /* width each */
    uint16_t *choices;                 /* theirs */
    uint32_t width, count, next_count;
    uint32_t issued; /* places up to here have nothing more to ask */
    uint32_t open;   /* simulations in flight */
    uint64_t pass;   /* from 1 */
    bool fruitful;   /* the pass has asked for something */
    uint32_t barren; /* passes in a row, up to the last one, that have not */
};

/* A child of a place. */
struct front_child {
    struct slot *slot;
    const struct cold_node *node;
    uint32_t index; /* among all children of the place */
};

/* For rows of strategies: what they have in common, and their functions. */
#define FRONT_ROW                                                                                  \
    .refuses = FRONT_REFUSES, .levels = true, .revises = true, .needs = front_needs,               \
    .simulations = front_simulations, .begin = front_begin, .close = front_close,                  \
    .wants = front_wants, .descend = front_descend, .next = front_next,                            \
    .samples_before = front_samples, .settled = front_settled

struct tree_needs front_needs(const struct crux_setup *setup);
bool front_open(void **state, const struct crux_setup *setup, const struct front_rule *rule);
void front_begin(struct open_tree *open);
void front_close(void *state);
uint64_t front_simulations(const struct crux_setup *setup);
bool front_wants(const struct lane *lane);
void front_descend(struct simulation **group, uint32_t count);
void front_next(struct simulation *sim);
void front_settled(struct simulation *sim);
uint32_t front_samples(const struct simulation *sim);

/* From the root, where path_begin() has been, down to the node that these choices lead to, entering
 * every slot on the way; false: no memory. */
bool front_walk(struct simulation *sim, const uint16_t *choices, uint32_t depth);

/* --- for choose() ------------------------------------------------------------------------ */

/* How many children a place has. */
uint32_t front_child_count(const struct open_tree *open, const struct front_place *place);

/* Child number index. False: it is closed, since calls failed there for good. */
bool front_child_at(struct open_tree *open, const struct front_place *place, uint32_t index,
                    struct front_child *out);

/* What is known of how good a child is: what a critic gave it, else below 0. */
double front_score(const struct front_child *child);

/* Was it followed before, and answered for? Of sub-goals, which stay the same, it is never said. */
bool front_is_worn(const struct front_child *child);

/* Take a child into the next front, at position `at` of at most `width`; those from there on move
 * back, and the last of a full front leaves it. */
struct front_place *front_take(struct open_tree *open, struct front *front,
                               const struct front_place *parent, const struct front_child *child,
                               uint32_t at);

/* A place as it is, behind the others. There must be room. */
struct front_place *front_keep(struct front *front, const struct front_place *place);

/* A number in [0, 1) that belongs to a place, this pass and n. */
double front_draw(const struct front *front, const struct front_place *place, uint64_t n);

#endif
