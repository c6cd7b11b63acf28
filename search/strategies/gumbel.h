/*
 * gumbel.h - which child of the root is followed, in the manner of Gumbel MuZero
 * (Danihelka et al. 2022, "Policy improvement by planning with Gumbel", section 3).
 *
 * What it is.  When the root is expanded, m of its children are drawn without
 * replacement (the Gumbel-top-k trick: the m highest of Gumbel noise + log prior).
 * These arms share the simulations by sequential halving (Karnin et al. 2013): all
 * m are tried, then the better half of them, and so on down to two. An arm's score is
 *
 *     gumbel + log prior + sigma(q),  sigma(q) = (c_visit + max N) c_scale q    (eq. 8)
 *
 * with c_visit 50 and c_scale 1, q its mean, or v_mix (appendix D, eq. 33) while it has
 * none. So few simulations find a good child, and what they find is an improvement over
 * the prior whatever the budget.
 *
 * The plan.  A phase has k survivors and a count of visits that each must reach. It is
 * over when k arms have reached it; until then the next simulation goes to the arm with
 * the best score among those that are tried exactly as often as the k-th most tried one.
 * One simulation at a time, that gives the sequence of visits of the paper's own code
 * (mctx, get_sequence_of_considered_visits). It looks at the counts there are (N + O)
 * and at no number of the simulation, so a simulation that is withdrawn, a child that
 * is closed, and several lanes at one root leave no hole in it: the arm that is missing
 * a visit is the next to get one, the place of a closed one goes to the next best.
 *
 * Randomness.  The noise is a hash of the tree's key and the child; nothing is drawn
 * twice and nothing depends on a thread.
 *
 * How to use it.
 *     gumbel_open()    with the tree's memory, when setup.root is CRUX_ROOT_GUMBEL
 *     gumbel_draw()    in the turn that expands the root, before the block is published
 *     gumbel_select()  at depth 0, in place of the rule
 *
 * Who owns what.  A gumbel belongs to one tree and owns its arms.
 * Threads.    draw by the holder of the root's claim; select from any lane after it has
 *             entered the root and found its block: the acquire there pairs with the
 *             release that publishes the block, and the arms were written before it.
 *             follow is pure.
 * Progress.   select is wait-free: O(m log n) for m arms and n simulations, no memory.
 */
#ifndef SEARCH_STRATEGIES_GUMBEL_H
#define SEARCH_STRATEGIES_GUMBEL_H

#include "search/tree/cold.h"
#include "search/tree/tree.h"

#define GUMBEL_MOST   4096u /* arms */
#define GUMBEL_PHASES 13u   /* 4,096 arms are halved to 2 in 12 */

struct gumbel_arm {
    double bias; /* gumbel + log prior */
    float prior; /* greater than 0 */
    uint32_t child;
};

struct gumbel_phase {
    uint32_t survivors; /* k */
    uint32_t visits;    /* that each of them must reach */
};

struct gumbel {
    struct gumbel_arm *arms; /* the highest bias first */
    uint32_t room;           /* children of the root at most */
    uint32_t considered;     /* arms at most */
    uint32_t budget;         /* simulations that pass through the root's children */
    uint32_t count;          /* m: arms; 0 before gumbel_draw() */
    uint32_t slots;          /* that the root's block must have for all arms to be there */
    double own;              /* value of the root itself */
    struct gumbel_phase phases[GUMBEL_PHASES]; /* the last one never ends */
};

/* Memory for any family of the setup. False: there is none. */
bool gumbel_open(struct gumbel *gumbel, const struct crux_setup *setup);
void gumbel_close(struct gumbel *gumbel);

/* Draw the arms among count children with the priors of family (NULL: all the same).
 * key: of the root's state. own: the mean of the root's own evaluations, in [0, 1]. */
void gumbel_draw(struct gumbel *gumbel, uint64_t key, const struct family *family, uint32_t count,
                 double own);

/*
 * Which children the next `count` simulations go on to from the root, whose first block
 * this is: choices[i] for the i-th, made as if those before it were on their way already.
 * False: every arm is closed or has no slot yet; then the selection rule chooses among
 * all children. An arm without a slot is passed over, so grow the block first where it
 * has fewer than gumbel->slots. Children that come by widening are no arms.
 */
bool gumbel_select(const struct gumbel *gumbel, const struct tree *tree, struct block *block,
                   uint32_t *choices, uint32_t count);

/* What is known of an arm. */
struct gumbel_view {
    uint32_t visits, pending; /* N, O */
    double mean;              /* of the values that came back, in [0, 1] */
    bool closed;
    double score; /* filled in by gumbel_follow() */
};

/* The choice itself, over one view for every arm: marks what it chooses as pending. */
bool gumbel_follow(const struct gumbel *gumbel, struct gumbel_view *views, uint32_t *choices,
                   uint32_t count);

#endif
