/*
 * select.h - which child to follow: the selection rules as pure functions.
 *
 * Each rule gives a child a score; the child with the highest one is followed,
 * ties go to the lower index. All use the correction of WU-UCT (Liu et al.
 * 2020, "Watch the Unobserved"): N counts simulations that came back, O those
 * that are still below; the mean knows N only, the exploration term N + O. So
 * a simulation in flight makes a child less urgent without falsifying
 * its value. Virtual loss, which does falsify it, is there for comparison: it
 * lets the mean count O as visits worth nothing.
 *
 * These lines are the definition; scan.c computes the same, eight at a time.
 *
 * Pure; any thread.
 */
#ifndef SEARCH_TREE_SELECT_H
#define SEARCH_TREE_SELECT_H

#include "search/crux.h"

#include <assert.h>
#include <math.h>

/* What selection sees of a child. */
struct select_child {
    float visits;  /* N */
    float pending; /* O */
    float sum;     /* values that came back, each in [0, 1], added up */
    float prior;   /* in (0, 1] */
};

/* What is the same for a whole tree. */
struct select_rule {
    enum crux_selection rule;
    float exploration;
    float loss; /* 1: virtual loss, 0: none */
    /* An untried child is worth first_share of its parent's mean and first_more. */
    float first_share, first_more;
};

/* What is the same for all children of a node; made once a scan. */
struct select_parent {
    enum crux_selection rule;
    float weight; /* of the exploration term */
    float mean;   /* of the node: the value of a child from which nothing came back */
    float first;  /* the value of an untried child (first-play urgency) */
    float loss;
};

#define SELECT_FIRST 1e30f /* before every child that was tried */

static inline struct select_rule select_rule_of(const struct crux_setup *setup)
{
    struct select_rule rule = {
        .rule = setup->selection,
        .exploration = (float)setup->exploration,
        .loss = setup->correction == CRUX_VIRTUAL_LOSS ? 1.0F : 0.0F,
    };

    assert(setup->exploration >= 0.0);
    assert(setup->first_play >= 0.0 && setup->first_play <= 1.0);
    if (setup->first == CRUX_FIRST_VALUE) {
        rule.first_more = (float)setup->first_play;
    } else if (setup->first == CRUX_FIRST_PARENT || setup->selection == CRUX_PUCT ||
               setup->selection == CRUX_BUDGET) {
        rule.first_share = 1.0F;
        rule.first_more = setup->first == CRUX_FIRST_PARENT ? -(float)setup->first_play : 0.0F;
    } else {
        rule.first_more = SELECT_FIRST;
    }
    return rule;
}

/*
 * visits, pending: N and O of the node itself, the simulations that ask among the pending:
 * so with uct the sum of both is at least 1, and its logarithm no negative number.
 *
 * The parent's own count makes every child more urgent that was little visited. WU-UCT
 * puts N + O there. For puct that was measured to cost gain with many in flight (bench
 * latency: 94 instead of 98 % with 128 in flight of 4,000), for it explores as if the
 * answers were there; so puct takes N, and the one that asks. One at a time all of it
 * is the same.
 */
static inline struct select_parent select_parent_of(const struct select_rule *rule, float visits,
                                                    float pending, float mean)
{
    float total = rule->rule == CRUX_PUCT && rule->loss <= 0.0F ? visits + 1.0F : visits + pending;
    struct select_parent parent = {
        .rule = rule->rule,
        .mean = mean,
        .first = rule->first_share * mean + rule->first_more,
        .loss = rule->loss,
    };

    assert((rule->rule != CRUX_UCT && rule->rule != CRUX_BUDGET) ||
           total >= 1.0F); /* the one that asks is among them */
    if (rule->rule == CRUX_PUCT)
        parent.weight = rule->exploration * sqrtf(total);
    else if (rule->rule == CRUX_UCT || rule->rule == CRUX_BUDGET)
        parent.weight = rule->exploration * sqrtf(2.0F * logf(total));
    return parent;
}

/* Of what came back; with virtual loss also of what has not. */
static inline float select_mean(const struct select_parent *parent, struct select_child child,
                                float none)
{
    float seen = child.visits + parent->loss * child.pending;

    return seen > 0.0F ? child.sum / seen : none;
}

/* WU-UCT, eq. 4: V + beta sqrt(2 ln(N_p + O_p) / (N + O)); untried children first,
 * as in UCB1 (Auer et al. 2002). */
static inline float select_uct(const struct select_parent *parent, struct select_child child)
{
    float tries = child.visits + child.pending;

    if (tries <= 0.0F)
        return parent->first;
    return select_mean(parent, child, parent->mean) + parent->weight / sqrtf(tries);
}

/* PUCT (Silver et al. 2017): Q + C sqrt(N_p) P / (1 + N), with N + O for N in the
 * second term. What belongs to the child is divided first: it need not wait for the
 * parent's square root. */
static inline float select_puct(const struct select_parent *parent, struct select_child child)
{
    return select_mean(parent, child, parent->first) +
           parent->weight * (child.prior / (1.0F + (child.visits + child.pending)));
}

/* MMC (arXiv 2504.11009): the best value, after every child was tried once. It has
 * no exploration term that a simulation in flight could lower, so here a pending one
 * counts as a visit worth nothing until it comes back; one at a time, that is
 * exactly the rule of the paper. */
static inline float select_greedy(const struct select_parent *parent, struct select_child child)
{
    float tries = child.visits + child.pending;

    return tries > 0.0F ? child.sum / tries : parent->first;
}

/* BG-MCTS (arXiv 2602.09574) before anything is spent; what the budget makes of it, see
 * strategies/steer.h. A child that was not tried yet counts as visited once, as the paper's are. */
static inline float select_budget(const struct select_parent *parent, struct select_child child)
{
    return select_mean(parent, child, parent->first) +
           parent->weight * (child.prior / sqrtf(1.0F + (child.visits + child.pending)));
}

static inline float select_score(const struct select_parent *parent, struct select_child child)
{
    switch (parent->rule) {
    case CRUX_UCT:
        return select_uct(parent, child);
    case CRUX_PUCT:
        return select_puct(parent, child);
    case CRUX_BUDGET:
        return select_budget(parent, child);
    case CRUX_GREEDY:
        break;
    }
    return select_greedy(parent, child);
}

#endif
