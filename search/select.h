/*
 * select.h - which child to follow: the selection rules as pure functions.
 *
 * Each rule gives a child a score; the child with the highest one is followed,
 * ties go to the lower index. All use the correction of WU-UCT (Liu et al.
 * 2020, "Watch the Unobserved"): N counts simulations that came back, O those
 * that are still below; the mean knows N only, the exploration term N + O. So
 * a simulation in flight makes a child less urgent without telling a lie about
 * its value.
 *
 * Pure; any thread.
 */
#ifndef SEARCH_SELECT_H
#define SEARCH_SELECT_H

#include "search/crux.h"

#include <math.h>

/* What selection sees of a child. */
struct select_child {
    float visits;  /* N */
    float pending; /* O */
    float sum;     /* of the values that came back, each in [0, 1] */
    float prior;   /* in (0, 1] */
};

/* What is the same for all children of a node; made once a scan. */
struct select_parent {
    float weight; /* of the exploration term: see select_parent_of() */
    float mean;   /* of the node: the value of a child that nobody has seen */
};

#define SELECT_FIRST 1e30f /* before every child that was tried */

/* total: N + O of the node itself, the simulation that asks included. */
static inline struct select_parent select_parent_of(enum crux_selection rule, float exploration,
                                                    float total, float mean)
{
    switch (rule) {
    case CRUX_UCT:
        return (struct select_parent){exploration * sqrtf(2.0F * logf(total)), mean};
    case CRUX_PUCT:
        return (struct select_parent){exploration * sqrtf(total), mean};
    case CRUX_GREEDY:
        break;
    }
    return (struct select_parent){0.0F, mean};
}

/* WU-UCT, eq. 4: V + beta sqrt(2 ln(N_p + O_p) / (N + O)); untried children first,
 * as in UCB1 (Auer et al. 2002). */
static inline float select_uct(struct select_parent parent, struct select_child child)
{
    float tries = child.visits + child.pending;
    float mean = child.visits > 0.0F ? child.sum / child.visits : parent.mean;

    if (tries <= 0.0F)
        return SELECT_FIRST;
    return mean + parent.weight / sqrtf(tries);
}

/* PUCT (Silver et al. 2017): Q + C P sqrt(N_p) / (1 + N), with N + O for N in the
 * second term; an untried child is worth what its parent is. */
static inline float select_puct(struct select_parent parent, struct select_child child)
{
    float mean = child.visits > 0.0F ? child.sum / child.visits : parent.mean;

    return mean + parent.weight * child.prior / (1.0F + child.visits + child.pending);
}

/* MMC (arXiv 2504.11009): the best value, after every child was tried once. It has
 * no exploration term that a simulation in flight could lower, so here a pending one
 * counts as a visit worth nothing until it comes back; one at a time, that is
 * exactly the rule of the paper. */
static inline float select_greedy(struct select_parent parent, struct select_child child)
{
    float tries = child.visits + child.pending;

    (void)parent;
    return tries > 0.0F ? child.sum / tries : SELECT_FIRST;
}

#endif
