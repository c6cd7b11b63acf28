/*
 * test_scan.c - plain C and what this machine does best give the same scores, bit for bit.
 *
 * Slots are drawn from a hash, every field over its whole range and often at its ends. On
 * a machine without vectors for it both ways are the same one, and the tests still
 * compare it with select.h.
 */
#include "search/rng.h"
#include "search/tree/scan.h"
#include "search/tree/tree.h"

#include <criterion/criterion.h>
#include <string.h>

#define SLOTS 200u

static struct slot slots[SLOTS];
static struct select_rule rule;

/* A number below limit, now and then 0, 1 or the highest. */
static uint64_t draw(uint64_t *seed, uint64_t limit)
{
    *seed = rng_mix(*seed + 1);
    switch (*seed % 8) {
    case 0:
        return 0;
    case 1:
        return 1;
    case 2:
        return limit - 1;
    default:
        return rng_mix(*seed) % limit;
    }
}

static void fill(uint64_t seed, bool all_tried)
{
    for (uint32_t i = 0; i < SLOTS; i++) {
        uint64_t visits = draw(&seed, (uint64_t)1 << 24), sum = draw(&seed, visits * TREE_ONE + 1);
        uint64_t pending = draw(&seed, 65536), prior = draw(&seed, 65536);

        if (all_tried && visits == 0)
            pending = 1;
        atomic_store(&slots[i].tally, visits << TREE_SUM_BITS | (visits > 0 ? sum : 0));
        atomic_store(&slots[i].link, draw(&seed, (uint64_t)1 << 32) << 32 | pending << 16 | prior);
    }
}

static struct select_parent parent_of(uint64_t seed)
{
    struct crux_setup setup = crux_setup_default();

    setup.selection = (enum crux_selection)(seed % 3);
    setup.correction = (enum crux_correction)(seed / 3 % 2);
    setup.first = (enum crux_first_play)(seed / 6 % 3);
    setup.first_play = 0.25;
    setup.exploration = (double)(seed % 7);
    rule = select_rule_of(&setup);
    return select_parent_of(&rule, (float)(seed % 100000), 1.0F, (float)(seed % 11) / 10);
}

static void look(const struct scan *scan, const struct select_parent *parent, uint32_t count,
                 struct scan_view *view, float *score)
{
    *view = (struct scan_view){.best = SCAN_NONE, .highest = -INFINITY};
    (score != NULL ? scan->scores : scan->take_best)(parent, slots, count, view, score);
}

/* Every score is that of select.h, in every rule, for any number of children. */
Test(scan, both_ways_give_the_scores_of_the_rule)
{
    struct scan plain = scan_choose(true), fast = scan_choose(false);

    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct select_parent parent = parent_of(seed);
        struct scan_view one, other;
        float score[SLOTS + SCAN_TILE], same[SLOTS + SCAN_TILE];
        uint32_t count = (uint32_t)(seed % SLOTS) + 1;

        fill(seed * 1000, seed % 2 == 0);
        look(&plain, &parent, count, &one, score);
        look(&fast, &parent, count, &other, same);
        cr_assert_eq(one.count, other.count);
        cr_assert_eq(one.untried, other.untried);
        cr_assert_eq(memcmp(score, same, one.count * sizeof *score), 0, "seed %d", (int)seed);
        for (uint32_t i = 0; i < one.count; i++)
            cr_assert_eq(score[i], scan_slot(&parent, &slots[i], 0));
    }
}

/* Both choose the same child: the highest, the first of equal ones, no closed one. */
Test(scan, both_ways_choose_the_same_child)
{
    struct scan plain = scan_choose(true), fast = scan_choose(false);

    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct select_parent parent = parent_of(seed);
        struct scan_view one, other, sized;
        float score[SLOTS + SCAN_TILE];
        uint32_t count = (uint32_t)(seed % SLOTS) + 1;

        fill(seed * 1000, seed % 2 == 0);
        look(&plain, &parent, count, &one, NULL);
        look(&fast, &parent, count, &other, NULL);
        look(&plain, &parent, count, &sized, score);
        cr_assert_eq(one.best, other.best);
        cr_assert_eq(one.count, other.count);
        cr_assert_eq(plain.best(score, sized.count), one.best);
        cr_assert_eq(fast.best(score, sized.count), one.best);
        if (one.best != SCAN_NONE)
            cr_assert_neq(atomic_load(&slots[one.best].link) & 0xFFFF, 0);
    }
}

/* A scan ends with the tile in which somebody is untried. */
Test(scan, nothing_is_looked_at_behind_an_untried_child)
{
    struct scan ways[] = {scan_choose(true), scan_choose(false)};
    struct select_parent parent = parent_of(1);

    for (size_t way = 0; way < 2; way++) {
        for (uint32_t untried = 0; untried < 64; untried++) {
            struct scan_view view;

            for (uint32_t i = 0; i < SLOTS; i++) {
                atomic_store(&slots[i].tally, (uint64_t)5 << TREE_SUM_BITS);
                atomic_store(&slots[i].link, 100);
            }
            atomic_store(&slots[untried].tally, 0);
            look(&ways[way], &parent, 64, &view, NULL);
            cr_assert_eq(view.count, untried / SCAN_TILE * SCAN_TILE + SCAN_TILE);
            cr_assert_eq(view.untried, 1);
        }
    }
}

/* Where all are closed there is no best. */
Test(scan, all_barred_is_none)
{
    struct scan ways[] = {scan_choose(true), scan_choose(false)};
    struct select_parent parent = parent_of(1);

    for (size_t way = 0; way < 2; way++) {
        for (uint32_t count = 1; count < 40; count++) {
            struct scan_view view;
            float score[SLOTS + SCAN_TILE];

            memset(slots, 0, sizeof slots);
            look(&ways[way], &parent, count, &view, NULL);
            cr_assert_eq(view.best, SCAN_NONE);
            cr_assert_eq(view.count, count);
            look(&ways[way], &parent, count, &view, score);
            cr_assert_eq(ways[way].best(score, count), SCAN_NONE);
        }
    }
}

/* A score that is put is the one that is found. */
Test(scan, put_replaces_one_score)
{
    struct scan ways[] = {scan_choose(true), scan_choose(false)};

    for (size_t way = 0; way < 2; way++) {
        for (uint32_t i = 0; i < 30; i++) {
            float score[30 + SCAN_TILE] = {0};

            ways[way].put(score, i, 2.0F);
            cr_assert_eq(ways[way].best(score, 30), i);
            ways[way].put(score, i, -1.0F);
            cr_assert_eq(ways[way].best(score, 30), i == 0 ? 1 : 0);
        }
    }
}

/* What share() must do, one choice at a time: the best, then a mark on it. */
static uint32_t share_slowly(const struct select_parent *parent, bool whole, struct scan_view *view,
                             float *score, uint32_t *choices, uint32_t count)
{
    struct scan plain = scan_choose(true);
    uint32_t marks[SCAN_TILE] = {0}, chosen = 0;

    look(&plain, parent, SCAN_TILE, view, score);
    while (chosen < count && (whole || view->untried > 0)) {
        uint32_t best = plain.best(score, SCAN_TILE);
        struct tally tally;

        if (best == SCAN_NONE)
            break;
        tally = tree_tally(&slots[best]);
        view->untried -= marks[best]++ == 0 && tally.visits + tally.pending == 0;
        plain.put(score, best, scan_slot(parent, &slots[best], marks[best]));
        choices[chosen++] = best;
    }
    return chosen;
}

/* Simulations that share a tile choose as they would one after another. */
Test(scan, sharing_a_tile_is_choosing_one_after_another)
{
    struct scan fast = scan_choose(false);

    for (uint64_t seed = 0; seed < 4000 && fast.share != NULL; seed++) {
        struct select_parent parent = parent_of(seed);
        uint32_t count = (uint32_t)(seed % 20) + 1, slow[20], quick[20], done;
        struct scan_view one, other = {.best = SCAN_NONE, .highest = -INFINITY};
        float score[2 * SCAN_TILE], same[2 * SCAN_TILE];
        bool whole = seed % 3 == 0;

        fill(seed * 1000, seed % 2 == 0);
        if (seed % 100 == 0) /* all equal, or all closed */
            memset(slots, 0, sizeof slots);
        for (uint32_t i = 0; i < SCAN_TILE && seed % 200 == 0; i++)
            atomic_store(&slots[i].link, 100);
        done = share_slowly(&parent, whole, &one, score, slow, count);
        cr_assert_eq(fast.share(&parent, slots, whole, &other, same, quick, count), done);
        cr_assert_eq(memcmp(slow, quick, done * sizeof *slow), 0, "seed %d", (int)seed);
        for (uint32_t i = 0; i < SCAN_TILE; i++)
            cr_assert_eq(score[i], same[i], "seed %d", (int)seed);
        cr_assert_eq(other.count, one.count);
        cr_assert_eq(other.untried, one.untried);
    }
}
