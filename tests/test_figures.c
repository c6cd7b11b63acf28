/*
 * test_figures.c - what io/passes/figures.h promises: figures worked out by hand, and the least
 * number of verdicts to change against all rankings there are.
 */
#include <criterion/criterion.h>

#include <math.h>

#include "io/draw.h"
#include "io/passes/figures.h"

#define NEAR 0.0001

static void insist_near(double found, double wanted)
{
    cr_expect_lt(fabs(found - wanted), NEAR, "%.6f is not %.6f", found, wanted);
}

/* Values of Wilson's formula as its paper's successors print them. */
Test(figures, wilson)
{
    static const struct {
        uint64_t right, of;
        double low, high;
    } known[] = {{5, 10, 0.23659, 0.76341},
                 {0, 10, 0.0, 0.27754},
                 {10, 10, 0.72246, 1.0},
                 {1, 1, 0.20655, 1.0},
                 {1, 29, 0.00611, 0.17177}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct figures_share share = figures_wilson(known[i].right, known[i].of);

        insist_near(share.value, (double)known[i].right / (double)known[i].of);
        insist_near(share.low, known[i].low);
        insist_near(share.high, known[i].high);
    }
}

/* Values of Clopper and Pearson's interval: at the ends by its closed form, 1 - 0.025^(1/n), in
 * between as tables have them. */
Test(figures, exact)
{
    static const struct {
        uint32_t right, of;
        double low, high;
    } known[] = {{0, 0, 0.0, 1.0},          {0, 1, 0.0, 0.975},        {1, 1, 0.025, 1.0},
                 {0, 35, 0.0, 0.10003},     {0, 36, 0.0, 0.09739},     {10, 10, 0.69150, 1.0},
                 {5, 10, 0.18709, 0.81291}, {1, 29, 0.00087, 0.17764}, {4, 4000, 0.00027, 0.00256}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct figures_share share = figures_exact(known[i].right, known[i].of);

        insist_near(share.low, known[i].low);
        insist_near(share.high, known[i].high);
    }
    insist_near(figures_exact(3990, 4000).low, 0.99541);
}

Test(figures, f1)
{
    insist_near(figures_f1(1.0, 1.0), 1.0);
    insist_near(figures_f1(0.5, 1.0), 2.0 / 3.0);
    cr_expect_eq(figures_f1(0.0, 0.0), 0.0);
    cr_expect_eq(figures_f1(0.0, 1.0), 0.0);
}

/* --- the bootstrap -------------------------------------------------------------------------- */

/* A critic that is always right is so in every draw; the same hits give the same interval. */
Test(figures, bootstrap_of_one_that_is_always_right)
{
    struct figures_hit hits[40];
    struct figures_share share;

    for (uint32_t i = 0; i < 40; i++)
        hits[i] = (struct figures_hit){i / 2, i % 2 == 0, true};
    cr_assert_eq(figures_bootstrap_f1(&share, hits, 40, 20, NULL), CRUX_OK);
    cr_expect(share.value == 1.0 && share.low == 1.0 && share.high == 1.0);
}

/* The interval has the value in it, is wider where there are fewer problems, and is the whole where
 * there is one. */
Test(figures, bootstrap_goes_by_problems)
{
    struct figures_hit hits[800];
    struct figures_share many, few, one;

    for (uint32_t i = 0; i < 800; i++)
        hits[i] = (struct figures_hit){i / 2, i % 2 == 0, draw(1, i / 2) % 2 == 0};
    cr_assert_eq(figures_bootstrap_f1(&many, hits, 800, 400, NULL), CRUX_OK);
    cr_expect(many.low < many.value && many.value < many.high);
    for (uint32_t i = 0; i < 800; i++)
        hits[i].group /= 40;
    cr_assert_eq(figures_bootstrap_f1(&few, hits, 800, 10, NULL), CRUX_OK);
    cr_expect_eq(few.value, many.value);
    for (uint32_t i = 0; i < 800; i++) {
        hits[i].group = 0;
        hits[i].right = i % 4 < 2;
    }
    cr_assert_eq(figures_bootstrap_f1(&one, hits, 800, 1, NULL), CRUX_OK);
    cr_expect(one.low == 0.0 && one.high == 1.0);
}

/* Draws that lack one of the kinds say nothing. */
Test(figures, bootstrap_of_two_problems)
{
    const struct figures_hit hits[] = {{0, false, true}, {1, true, true}};
    struct figures_share share;

    cr_assert_eq(figures_bootstrap_f1(&share, hits, 2, 2, NULL), CRUX_OK);
    cr_expect(share.value == 1.0 && share.low == 1.0 && share.high == 1.0);
}

/* --- calibration -------------------------------------------------------------------------------
 */

Test(figures, calibration)
{
    struct figures_calibration calibration = {{0}, {0}, {0}};

    cr_expect_lt(figures_ece(&calibration), 0.0);
    figures_calibrate(&calibration, 1.0, true);
    figures_calibrate(&calibration, 0.0, false);
    cr_expect_eq(figures_ece(&calibration), 0.0);
    figures_calibrate(&calibration, 0.75, true); /* one bin: half of them are true, 0.75 was said */
    figures_calibrate(&calibration, 0.75, false);
    insist_near(figures_ece(&calibration), 0.5 / 4);
}

/* --- consistency ---------------------------------------------------------------------------------
 */

static struct figures_preferences blank(uint32_t count)
{
    struct figures_preferences preferences = figures_unasked();

    preferences.count = count;
    return preferences;
}

static void prefer(struct figures_preferences *preferences, int i, int j, int there, int back)
{
    preferences->y[i][j] = there;
    preferences->y[j][i] = back;
}

/* A cycle of three without contradictions: one verdict of the three has to go, in both orders. */
Test(figures, a_cycle)
{
    struct figures_preferences cycle = blank(3);

    prefer(&cycle, 0, 1, 1, -1);
    prefer(&cycle, 1, 2, 1, -1);
    prefer(&cycle, 2, 0, 1, -1);
    cr_expect_eq(figures_ipi(&cycle), 0.0);
    cr_expect_eq(figures_tov(&cycle), 2);
}

/* A judge that likes the first one: every pair contradicts itself, and one verdict of each goes. */
Test(figures, a_bias_for_the_first)
{
    struct figures_preferences biased = blank(3);

    for (int i = 0; i < 3; i++)
        for (int j = i + 1; j < 3; j++)
            prefer(&biased, i, j, 1, 1);
    cr_expect_eq(figures_ipi(&biased), 1.0);
    cr_expect_eq(figures_tov(&biased), 3);
}

/* What was not asked is no contradiction and needs no change; where nothing was asked in both
 * orders there is no IPI. */
Test(figures, what_was_not_asked)
{
    struct figures_preferences some = blank(4);

    cr_expect_lt(figures_ipi(&some), 0.0);
    cr_expect_eq(figures_tov(&some), 0);
    some.y[0][1] = 1;
    cr_expect_lt(figures_ipi(&some), 0.0);
    prefer(&some, 2, 3, 0, 0);
    cr_expect_eq(figures_ipi(&some), 0.0);
    cr_expect_eq(figures_tov(&some), 0);
    some.y[1][0] = 0;
    cr_expect_eq(figures_ipi(&some), 0.5);
    cr_expect_eq(figures_tov(&some), 1);
}

/* Each answer gets a level: all weak orders are among these. */
static uint32_t misfits_of(const struct figures_preferences *preferences, uint32_t code)
{
    uint32_t level[4], misfits = 0;

    for (uint32_t i = 0; i < preferences->count; i++, code /= preferences->count)
        level[i] = code % preferences->count;
    for (uint32_t i = 0; i < preferences->count; i++)
        for (uint32_t j = 0; j < preferences->count; j++)
            if (i != j && preferences->y[i][j] != FIGURES_UNASKED)
                misfits += preferences->y[i][j] != (level[i] > level[j]) - (level[i] < level[j]);
    return misfits;
}

/* The exact figure is the least over every ranking with ties. */
Test(figures, tov_is_the_least_of_all_rankings)
{
    for (uint32_t round = 0; round < 600; round++) {
        struct figures_preferences drawn = blank(2 + round % 3);
        uint32_t least = UINT32_MAX, codes = 1;

        for (uint32_t i = 0; i < drawn.count; i++, codes *= drawn.count)
            for (uint32_t j = 0; j < drawn.count; j++)
                drawn.y[i][j] = (int)(draw(round, 16 * i + j) % 4) - 1;
        for (uint32_t code = 0; code < codes; code++) {
            uint32_t misfits = misfits_of(&drawn, code);

            least = misfits < least ? misfits : least;
        }
        cr_assert_eq(figures_tov(&drawn), least, "round %u", round);
    }
}

/* As many answers as there may be. */
Test(figures, tov_of_many)
{
    struct figures_preferences many = blank(FIGURES_ANSWERS);

    for (int i = 0; i < FIGURES_ANSWERS; i++)
        for (int j = i + 1; j < FIGURES_ANSWERS; j++)
            prefer(&many, i, j, 1, -1);
    cr_expect_eq(figures_tov(&many), 0);
    prefer(&many, 0, 11, 1, 1);
    cr_expect_eq(figures_tov(&many), 1);
}
