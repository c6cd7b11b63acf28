/*
 * gumbel.c - Gumbel's rule at the root: arms are drawn once, then halved by their visits.
 *
 * All that costs logarithms happens when the root is expanded. A choice reads the
 * arms' slots into a snapshot on the stack, since passes over slots that others change
 * would not agree with each other, and decides on that.
 */
#include "search/strategies/gumbel.h"

#include "search/rng.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define C_VISIT     50.0 /* as in the paper, section 3.4 */
#define C_SCALE     1.0
#define LEAST_PRIOR (1.0F / TREE_ONE)        /* what a slot makes of 0 */
#define STREAM      UINT64_C(0x67756D62656C) /* sets the noise apart from the children's keys */

bool gumbel_open(struct gumbel *gumbel, const struct crux_setup *setup)
{
    uint32_t room = setup->widen > 0.0 ? TREE_CHILDREN_MOST : setup->children;
    uint32_t below = setup->simulations - 1; /* one evaluates the root */

    assert(setup->simulations > 0);
    *gumbel = (struct gumbel){
        .arms = calloc(room, sizeof *gumbel->arms),
        .room = room,
        .considered = setup->root_children < GUMBEL_MOST ? setup->root_children : GUMBEL_MOST,
        .budget = setup->calls > 0 && setup->calls < below ? setup->calls : below,
    };
    return gumbel->arms != NULL;
}

void gumbel_close(struct gumbel *gumbel)
{
    free(gumbel->arms);
    gumbel->arms = NULL;
}

/* --- drawing ------------------------------------------------------------------ */

/* A number inside (0, 1) from the upper 53 bits. */
static double uniform(uint64_t word)
{
    return ((double)(word >> 11) + 0.5) * 0x1p-53;
}

static double noise(uint64_t key, uint32_t child)
{
    return -log(-log(uniform(rng_join(rng_join(key, STREAM), child))));
}

static int by_bias(const void *a, const void *b)
{
    const struct gumbel_arm *x = a, *y = b;

    if (x->bias != y->bias)
        return x->bias > y->bias ? -1 : 1;
    return (x->child > y->child) - (x->child < y->child);
}

static uint32_t log2_up(uint32_t number)
{
    uint32_t bits = 0;

    assert(number > 0);
    while (((uint64_t)1 << bits) < number)
        bits++;
    return bits;
}

/* mctx, seq_halving.py: every phase gets the same share of the budget, and at least a
 * round; never fewer than two survivors, and the last two have what is left. */
static void plan(struct gumbel *gumbel)
{
    uint32_t survivors = gumbel->count, shares = log2_up(gumbel->count), visits = 0, phase = 0;

    assert(gumbel->count > 0 && gumbel->count <= GUMBEL_MOST);
    for (; survivors > 2; phase++) {
        uint32_t rounds = gumbel->budget / (shares * survivors);

        visits += rounds > 0 ? rounds : 1;
        assert(phase + 1 < GUMBEL_PHASES);
        gumbel->phases[phase] = (struct gumbel_phase){survivors, visits};
        survivors = survivors / 2 > 2 ? survivors / 2 : 2;
    }
    gumbel->phases[phase] = (struct gumbel_phase){survivors, UINT32_MAX};
}

void gumbel_draw(struct gumbel *gumbel, uint64_t key, const struct family *family, uint32_t count,
                 double own)
{
    assert(count > 0 && count <= gumbel->room);
    assert(own >= 0.0 && own <= 1.0);
    for (uint32_t i = 0; i < count; i++) {
        float prior = family != NULL ? family->node[i].prior : 1.0F / (float)count;

        prior = prior > LEAST_PRIOR ? prior : LEAST_PRIOR;
        gumbel->arms[i] = (struct gumbel_arm){noise(key, i) + log((double)prior), prior, i};
    }
    qsort(gumbel->arms, count, sizeof *gumbel->arms, by_bias);
    gumbel->own = own;
    gumbel->count = count < gumbel->considered ? count : gumbel->considered;
    gumbel->slots = 0;
    for (uint32_t i = 0; i < gumbel->count; i++)
        if (gumbel->arms[i].child >= gumbel->slots)
            gumbel->slots = gumbel->arms[i].child + 1;
    plan(gumbel);
}

/* --- choosing ------------------------------------------------------------------- */

static uint32_t tries(const struct gumbel_view *view)
{
    return view->visits + view->pending;
}

/* Eq. 33, over the arms: what an arm that nothing is known of is worth. */
static double mixed_value(const struct gumbel *gumbel, const struct gumbel_view *views)
{
    double visits = 0.0, priors = 0.0, values = 0.0;

    for (uint32_t i = 0; i < gumbel->count; i++) {
        if (views[i].visits == 0)
            continue;
        visits += views[i].visits;
        priors += (double)gumbel->arms[i].prior;
        values += (double)gumbel->arms[i].prior * views[i].mean;
    }
    return visits > 0.0 ? (gumbel->own + visits * values / priors) / (1.0 + visits) : gumbel->own;
}

static void gumbel_score(const struct gumbel *gumbel, struct gumbel_view *views)
{
    double mixed = mixed_value(gumbel, views), scale;
    uint32_t most = 0;

    for (uint32_t i = 0; i < gumbel->count; i++)
        most = views[i].visits > most ? views[i].visits : most;
    scale = (C_VISIT + most) * C_SCALE;
    for (uint32_t i = 0; i < gumbel->count; i++)
        views[i].score =
            gumbel->arms[i].bias + scale * (views[i].visits > 0 ? views[i].mean : mixed);
}

/* Arms that can be followed and have been tried at least `least` times. */
static uint32_t tried(const struct gumbel *gumbel, const struct gumbel_view *views, uint32_t least)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < gumbel->count; i++)
        found += !views[i].closed && tries(&views[i]) >= least;
    return found;
}

/* How often the k-th most tried arm was tried: at least `least`. */
static uint32_t kth_most(const struct gumbel *gumbel, const struct gumbel_view *views, uint32_t k,
                         uint32_t least)
{
    uint32_t above = least + 1;

    assert(k > 0);
    for (uint32_t i = 0; i < gumbel->count; i++)
        if (!views[i].closed && tries(&views[i]) >= above)
            above = tries(&views[i]) + 1;
    while (above - least > 1) {
        uint32_t middle = least + (above - least) / 2;

        if (tried(gumbel, views, middle) >= k)
            least = middle;
        else
            above = middle;
    }
    return least;
}

/* The count that the next arm must have now. At least one arm is not closed. */
static uint32_t wanted(const struct gumbel *gumbel, const struct gumbel_view *views)
{
    const struct gumbel_phase *phase = gumbel->phases;
    uint32_t begun = 0; /* the count with which the phase began */

    assert(tried(gumbel, views, 0) > 0);
    for (;; phase++) {
        uint32_t there = tried(gumbel, views, begun);
        uint32_t k = phase->survivors < there ? phase->survivors : there;

        if (phase->visits == UINT32_MAX || tried(gumbel, views, phase->visits) < k)
            return kth_most(gumbel, views, k, begun);
        begun = phase->visits;
    }
}

static uint32_t best(const struct gumbel *gumbel, const struct gumbel_view *views, uint32_t count)
{
    uint32_t found = UINT32_MAX;

    for (uint32_t i = 0; i < gumbel->count; i++)
        if (!views[i].closed && tries(&views[i]) == count &&
            (found == UINT32_MAX || views[i].score > views[found].score))
            found = i;
    return found;
}

bool gumbel_follow(const struct gumbel *gumbel, struct gumbel_view *views, uint32_t *choices,
                   uint32_t count)
{
    assert(gumbel->count > 0 && gumbel->count <= GUMBEL_MOST);
    if (tried(gumbel, views, 0) == 0)
        return false;
    gumbel_score(gumbel, views);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t arm = best(gumbel, views, wanted(gumbel, views));

        assert(arm != UINT32_MAX);
        choices[i] = gumbel->arms[arm].child;
        views[arm].pending++;
    }
    return true;
}

bool gumbel_select(const struct gumbel *gumbel, const struct tree *tree, struct block *block,
                   uint32_t *choices, uint32_t count)
{
    struct gumbel_view views[GUMBEL_MOST];
    uint32_t slots = tree_slots(block);

    assert(gumbel->count > 0 && gumbel->count <= GUMBEL_MOST);
    for (uint32_t i = 0; i < gumbel->count; i++) {
        uint32_t child = gumbel->arms[i].child;
        struct tally tally = {0};

        if (child < slots)
            tally = tree_tally(tree_child(tree, block, child));
        views[i] = (struct gumbel_view){
            .visits = tally.visits,
            .pending = tally.pending,
            .mean = tally.visits > 0 ? (double)tally.sum / tally.visits / TREE_ONE : 0.0,
            .closed = tally.prior == 0,
        };
    }
    return gumbel_follow(gumbel, views, choices, count);
}
