/*
 * test_gumbel.c - the root of Gumbel MuZero, choice by choice.
 *
 * Most promises are looked at without a tree: views of arms that a scripted bandit
 * fills in. What is expected is worked out by hand or by the equation that gumbel.h
 * cites.
 */
#include "search/strategies/gumbel.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/rng.h"

#define ARMS_MOST 64u

static struct crux_setup setup;
static struct gumbel gumbel;
static struct gumbel_view views[ARMS_MOST];

/* m arms of `children`, and n simulations that go through them. */
static void open_root(uint32_t m, uint32_t children, uint32_t n, uint64_t key)
{
    setup = crux_setup_default();
    setup.root = CRUX_ROOT_GUMBEL;
    setup.root_children = m;
    setup.children = children;
    setup.simulations = n + 1;
    cr_assert(gumbel_open(&gumbel, &setup));
    gumbel_draw(&gumbel, key, NULL, children, 0.5);
    memset(views, 0, sizeof views);
}

static uint32_t arm_of(uint32_t child)
{
    uint32_t arm = 0;

    while (gumbel.arms[arm].child != child)
        arm++;
    return arm;
}

static uint32_t follow(void)
{
    uint32_t child = UINT32_MAX;

    cr_assert(gumbel_follow(&gumbel, views, &child, 1));
    return arm_of(child);
}

static void come_back(uint32_t arm, double value)
{
    struct gumbel_view *view = &views[arm];

    view->pending--;
    view->mean += (value - view->mean) / ++view->visits;
}

/* --- the sequence --------------------------------------------------------------- */

/* One simulation at a time, whatever the arms are worth: before the i-th one its arm has
 * been tried as often as the sequence says. */
static void insist_sequence(uint32_t m, uint32_t n, const uint32_t *visits)
{
    for (uint64_t key = 0; key < 20; key++) {
        open_root(m, m, n, key);
        for (uint32_t i = 0; i < n; i++) {
            uint32_t arm = follow();

            cr_assert_eq(views[arm].visits, visits[i], "m %u, n %u, simulation %u: %u visits", m, n,
                         i, views[arm].visits);
            come_back(arm, (double)(rng_join(key, i) >> 40) * 0x1p-24);
        }
        gumbel_close(&gumbel);
    }
}

/* Eight arms, 24 simulations: 24 / (3 x 8) = 1 round of eight, 24 / (3 x 4) = 2 of four,
 * 24 / (3 x 2) = 4 of two. */
Test(gumbel, eight_arms_share_just_enough)
{
    const uint32_t visits[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1,
                               2, 2, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6};

    insist_sequence(8, 24, visits);
}

/* Seven arms are halved to three, and those to two: rounds of 24 / 21 = 1, 24 / 9 = 2,
 * then two until the end. */
Test(gumbel, seven_arms_are_halved_to_three)
{
    const uint32_t visits[] = {0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2,
                               2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8};

    insist_sequence(7, 24, visits);
}

/* Four arms, 20 simulations: 20 / (2 x 4) = 2 rounds of four, 20 / (2 x 2) = 5 of two; the
 * two that are left over go to the last two. */
Test(gumbel, what_is_left_over_goes_to_the_last_two)
{
    const uint32_t visits[] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7};

    insist_sequence(4, 20, visits);
}

/* Fewer simulations than phases need: the plan is cut off, every round is one. */
Test(gumbel, a_small_budget_cuts_the_plan_off)
{
    const uint32_t visits[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2};

    insist_sequence(8, 13, visits);
    insist_sequence(8, 2, visits);
}

/* One arm has all simulations, two share them. */
Test(gumbel, one_arm_has_them_all)
{
    const uint32_t one[] = {0, 1, 2, 3, 4}, two[] = {0, 0, 1, 1, 2, 2, 3};

    insist_sequence(1, 5, one);
    insist_sequence(2, 7, two);
}

/* --- the score -------------------------------------------------------------------- */

/* Among arms that are tried equally often the one with gumbel + log prior + (50 + max N) q
 * is followed; one that nothing is known of is worth v_mix. */
Test(gumbel, the_best_score_is_followed)
{
    const double mean[] = {0.3, 0.6, 0.55, 0.0};
    const uint32_t visits[] = {3, 3, 1, 0};
    uint32_t chosen, best = 0;
    double mixed, score[4];

    open_root(4, 4, 30, 7);
    for (uint32_t i = 0; i < 4; i++)
        views[i] =
            (struct gumbel_view){.visits = visits[i], .pending = 3 - visits[i], .mean = mean[i]};
    /* The value of the root is 0.5, priors are all 1/4: v_mix = (0.5 + 7 x mean of three) / 8. */
    mixed = (0.5 + 7.0 * (0.3 + 0.6 + 0.55) / 3.0) / 8.0;
    for (uint32_t i = 0; i < 4; i++) {
        score[i] = gumbel.arms[i].bias + 53.0 * (visits[i] > 0 ? mean[i] : mixed);
        best = score[i] > score[best] ? i : best;
    }
    chosen = follow();
    for (uint32_t i = 0; i < 4; i++)
        cr_assert_float_eq(views[i].score, score[i], 1e-9, "arm %u", i);
    cr_assert_eq(chosen, best);
    gumbel_close(&gumbel);
}

/* Before anything is known the arms are tried in the order in which they were drawn. */
Test(gumbel, arms_are_tried_as_drawn)
{
    open_root(8, 30, 64, 3);
    for (uint32_t i = 0; i < 8; i++)
        cr_assert_eq(follow(), i);
    gumbel_close(&gumbel);
}

/* --- in flight ---------------------------------------------------------------------- */

/* Several at once are chosen as one after another, each of them marked. */
Test(gumbel, a_group_is_one_after_another)
{
    struct gumbel_view alone[ARMS_MOST];
    uint32_t together[24];

    open_root(8, 8, 24, 11);
    cr_assert(gumbel_follow(&gumbel, views, together, 24));
    memcpy(alone, views, sizeof alone);
    memset(views, 0, sizeof views);
    for (uint32_t i = 0; i < 24; i++)
        cr_assert_eq(gumbel.arms[follow()].child, together[i]);
    for (uint32_t i = 0; i < 8; i++)
        cr_assert_eq(views[i].pending, alone[i].pending);
    gumbel_close(&gumbel);
}

/* A simulation that is withdrawn leaves its arm the next to be followed, also when others
 * have gone on to the next round. */
Test(gumbel, what_was_withdrawn_comes_next)
{
    open_root(4, 4, 16, 5);
    for (uint32_t i = 0; i < 6; i++)
        (void)follow();
    views[3].pending = 0;
    cr_assert_eq(follow(), 3);
    gumbel_close(&gumbel);
}

/* A closed arm is never followed, and its place among the survivors goes to the next. */
Test(gumbel, a_barred_arm_makes_room)
{
    uint32_t tried = 0;

    open_root(8, 8, 24, 2);
    for (uint32_t i = 0; i < 8; i++)
        come_back(follow(), 0.5);
    views[0].closed = true; /* the best of all: nothing but noise tells them apart */
    for (uint32_t i = 0; i < 16; i++) {
        uint32_t arm = follow();

        cr_assert_neq(arm, 0);
        tried += views[arm].visits == 1;
        come_back(arm, 0.5);
    }
    cr_assert_eq(tried, 4, "still the better half");
    gumbel_close(&gumbel);
}

/* Survivors that are closed all at once give way to those that were left behind. */
Test(gumbel, those_left_behind_come_back)
{
    open_root(4, 4, 32, 9);
    for (uint32_t i = 0; i < 20; i++)
        come_back(follow(), 0.5);
    for (uint32_t i = 0; i < 4; i++)
        views[i].closed = views[i].visits > 4;
    cr_assert_leq(views[follow()].visits, 4);
    gumbel_close(&gumbel);
}

/* When all are closed there is nothing to follow. */
Test(gumbel, nothing_is_left_when_all_are_barred)
{
    uint32_t child;

    open_root(3, 9, 10, 1);
    for (uint32_t i = 0; i < 3; i++)
        views[i].closed = true;
    cr_assert_not(gumbel_follow(&gumbel, views, &child, 1));
    gumbel_close(&gumbel);
}

/* --- the draw ------------------------------------------------------------------------- */

/* The same key draws the same arms, another key others. */
Test(gumbel, the_key_decides_the_draw)
{
    uint32_t first[8], differ = 0;

    open_root(8, 40, 64, 21);
    for (uint32_t i = 0; i < 8; i++)
        first[i] = gumbel.arms[i].child;
    gumbel_draw(&gumbel, 21, NULL, 40, 0.5);
    for (uint32_t i = 0; i < 8; i++)
        cr_assert_eq(gumbel.arms[i].child, first[i]);
    gumbel_draw(&gumbel, 22, NULL, 40, 0.5);
    for (uint32_t i = 0; i < 8; i++)
        differ += gumbel.arms[i].child != first[i];
    cr_assert_gt(differ, 4);
    gumbel_close(&gumbel);
}

/* A family of four with priors 1/2, 1/4, 3/16, 1/16. */
static struct family *uneven(void)
{
    static const float prior[] = {0.5F, 0.25F, 0.1875F, 0.0625F};
    struct family *family = calloc(1, sizeof *family + 4 * sizeof family->node[0]);

    cr_assert_not_null(family);
    family->count = 4;
    for (uint32_t i = 0; i < 4; i++)
        family->node[i].prior = prior[i];
    return family;
}

/* Over many trees the first arm is a draw from the priors, and the second one from what
 * the first leaves of them: the draw is without replacement. */
Test(gumbel, arms_are_drawn_by_prior_without_replacement)
{
    const uint32_t trees = 20000;
    struct family *family = uneven();
    double first[4] = {0}, second[4] = {0};

    open_root(2, 4, 16, 0);
    for (uint32_t i = 0; i < trees; i++) {
        gumbel_draw(&gumbel, rng_join(77, i), family, 4, 0.5);
        first[gumbel.arms[0].child] += 1.0 / trees;
        second[gumbel.arms[1].child] += 1.0 / trees;
    }
    for (uint32_t i = 0; i < 4; i++) {
        double prior = (double)family->node[i].prior, expected = 0.0;

        for (uint32_t j = 0; j < 4; j++)
            if (j != i)
                expected +=
                    (double)family->node[j].prior * prior / (1.0 - (double)family->node[j].prior);
        /* four standard deviations of a share of 20,000 */
        cr_assert_float_eq(first[i], prior, 0.015, "child %u first: %g", i, first[i]);
        cr_assert_float_eq(second[i], expected, 0.015, "child %u second: %g", i, second[i]);
    }
    free(family);
    gumbel_close(&gumbel);
}

/* A prior of 0 makes an arm unlikely, not impossible, and no number infinite. */
Test(gumbel, a_prior_of_zero_is_only_small)
{
    struct family *family = uneven();

    family->node[3].prior = 0.0F;
    open_root(4, 4, 16, 0);
    gumbel_draw(&gumbel, 1, family, 4, 0.5);
    for (uint32_t i = 0; i < 4; i++)
        cr_assert(isfinite(gumbel.arms[i].bias) && gumbel.arms[i].prior > 0.0F);
    free(family);
    gumbel_close(&gumbel);
}

/* No more arms than children; the block needs slots up to the last of them. */
Test(gumbel, slots_reach_to_the_last_arm)
{
    uint32_t last = 0;

    open_root(16, 5, 64, 4);
    cr_assert_eq(gumbel.count, 5);
    cr_assert_eq(gumbel.slots, 5);
    gumbel_close(&gumbel);
    open_root(4, 50, 64, 4);
    for (uint32_t i = 0; i < gumbel.count; i++)
        last = gumbel.arms[i].child > last ? gumbel.arms[i].child : last;
    cr_assert_eq(gumbel.count, 4);
    cr_assert_eq(gumbel.slots, last + 1);
    gumbel_close(&gumbel);
}

/* A limit on calls is a limit on the plan: phases end early enough for it. */
Test(gumbel, calls_limit_the_plan)
{
    open_root(8, 8, 800, 0);
    cr_assert_gt(gumbel.phases[0].visits, 1);
    gumbel_close(&gumbel);
    setup.calls = 24;
    cr_assert(gumbel_open(&gumbel, &setup));
    gumbel_draw(&gumbel, 0, NULL, 8, 0.5);
    cr_assert_eq(gumbel.phases[0].visits, 1);
    cr_assert_eq(gumbel.phases[1].visits, 3);
    gumbel_close(&gumbel);
}

/* --- what it is good for ---------------------------------------------------------------- */

/* Means of 8 arms, a different one the best in each world. */
static double mean_of(uint64_t world, uint32_t child)
{
    return child == rng_mix(world) % 8 ? 0.65 : 0.5;
}

/* What the n-th simulation at a child brings, at any asking: its mean and noise of 0.15,
 * nearly normal (a sum of 12 even draws has variance 1). */
static double simulate(uint64_t world, uint32_t child, uint32_t n)
{
    uint64_t seed = rng_join(rng_join(world, child), n);
    double noise = -6.0, value;

    for (uint32_t i = 0; i < 12; i++)
        noise += (double)(rng_join(seed, i) >> 11) * 0x1p-53;
    value = mean_of(world, child) + 0.15 * noise;
    return value < 0.0 ? 0.0 : value > 1.0 ? 1.0 : value;
}

/* The arm that was followed most, ties to the higher mean: how a finished tree answers. */
static uint32_t answer(const struct gumbel_view *arms, uint32_t count)
{
    uint32_t best = 0;

    for (uint32_t i = 1; i < count; i++)
        if (arms[i].visits > arms[best].visits ||
            (arms[i].visits == arms[best].visits && arms[i].mean > arms[best].mean))
            best = i;
    return best;
}

static bool gumbel_finds(uint64_t world, uint32_t budget)
{
    uint32_t found;

    open_root(8, 8, budget, world);
    for (uint32_t i = 0; i < budget; i++) {
        uint32_t arm = follow();

        come_back(arm, simulate(world, gumbel.arms[arm].child, views[arm].visits));
    }
    found = gumbel.arms[answer(views, 8)].child;
    gumbel_close(&gumbel);
    return mean_of(world, found) > 0.6;
}

static uint32_t uct_choice(const struct gumbel_view *arms, uint32_t total)
{
    uint32_t best = 0;
    double most = -1.0;

    for (uint32_t i = 0; i < 8; i++) {
        double worth = arms[i].visits == 0
                           ? 1e9
                           : arms[i].mean + sqrt(2.0 * log((double)total) / arms[i].visits);

        if (worth > most) {
            most = worth;
            best = i;
        }
    }
    return best;
}

static bool uct_finds(uint64_t world, uint32_t budget)
{
    struct gumbel_view arms[8] = {0};

    for (uint32_t i = 0; i < budget; i++) {
        uint32_t child = uct_choice(arms, i + 1);

        arms[child].pending++;
        memcpy(&views[child], &arms[child], sizeof arms[child]);
        come_back(child, simulate(world, child, arms[child].visits));
        memcpy(&arms[child], &views[child], sizeof arms[child]);
    }
    return mean_of(world, answer(arms, 8)) > 0.6;
}

/* On one workload on which it should: 8 arms of equal priors, all considered, 16
 * simulations, graded rewards with little noise. With twice as many simulations, with
 * rewards of 0 and 1, or with the best arm left out of the draw, UCT was found to be as
 * good or better: it is the small budget that halving is for. */
Test(gumbel, sixteen_simulations_find_more_than_uct)
{
    uint32_t by_gumbel = 0, by_uct = 0;

    for (uint64_t world = 0; world < 2000; world++) {
        by_gumbel += gumbel_finds(world, 16);
        by_uct += uct_finds(world, 16);
    }
    cr_assert_gt(by_gumbel, by_uct + 60, "%u of 2000 against %u", by_gumbel, by_uct);
}

/* --- at a tree ------------------------------------------------------------------------------ */

static struct tree tree;
static struct arena_chunk chunk;

/* A root with 12 children: its block begins with 8 slots. */
static struct block *open_tree_root(void)
{
    struct expansion expansion = {
        .count = 12, .depth = 1, .equal = TREE_ONE / 12, .first = TREE_UNVISITED};

    open_root(12, 12, 40, 6);
    cr_assert(tree_open(&tree, &setup));
    (void)tree_claim(&tree, &tree.root, TREE_UNVISITED, TREE_EVALUATING);
    tree_set_state(&tree, &tree.root, TREE_EVALUATING, TREE_LEAF);
    (void)tree_claim(&tree, &tree.root, TREE_LEAF, TREE_BUILDING);
    cr_assert(tree_publish(&tree, &chunk, &tree.root, &expansion));
    return tree_block(&tree, tree_tally(&tree.root).handle);
}

static void close_tree_root(void)
{
    tree_close(&tree);
    gumbel_close(&gumbel);
}

/* Statistics come from the root's slots: marks, visits and means. */
Test(gumbel, it_reads_the_roots_slots)
{
    struct block *block = open_tree_root();
    uint32_t good = gumbel.arms[7].child, choices[12], again;

    tree_grow(&tree, &chunk, block);
    cr_assert_geq(tree_slots(block), gumbel.slots);
    cr_assert(gumbel_select(&gumbel, &tree, block, choices, 12));
    for (uint32_t i = 0; i < 12; i++) {
        struct slot *slot = tree_child(&tree, block, choices[i]);

        cr_assert_eq(choices[i], gumbel.arms[i].child, "tried as drawn");
        (void)tree_enter(&tree, slot, 1);
        if (choices[i] != good)
            tree_leave(&tree, slot, 1, tree_fixed(0.25));
    }
    cr_assert(gumbel_select(&gumbel, &tree, block, &again, 1));
    cr_assert_neq(again, good, "it is on its way: worth v_mix, not the best by much");
    tree_leave(&tree, tree_child(&tree, block, good), 1, tree_fixed(0.9));
    cr_assert(gumbel_select(&gumbel, &tree, block, &again, 1));
    cr_assert_eq(again, good);
    tree_close_node(tree_child(&tree, block, good));
    cr_assert(gumbel_select(&gumbel, &tree, block, &again, 1));
    cr_assert_neq(again, good);
    close_tree_root();
}

/* Arms whose slots are not made yet are passed over; the others are followed in order. */
Test(gumbel, arms_without_slots_are_passed_over)
{
    struct block *block = open_tree_root();
    uint32_t choices[8], next = 0;

    cr_assert_eq(tree_slots(block), TREE_TILE);
    cr_assert(gumbel_select(&gumbel, &tree, block, choices, 8));
    for (uint32_t i = 0; i < 12; i++)
        if (gumbel.arms[i].child < TREE_TILE)
            cr_assert_eq(choices[next++], gumbel.arms[i].child);
    cr_assert_eq(next, 8);
    close_tree_root();
}
