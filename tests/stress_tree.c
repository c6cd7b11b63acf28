/*
 * stress_tree.c - one tree, many threads: claims have one winner, families are whole,
 * sums are exact.
 *
 * Runs under ThreadSanitizer. Each thread walks down by selection, claims the leaf
 * it finds, publishes children or evaluates, and comes back up; it counts what it did, and
 * main compares the tree with the counts after the join.
 *
 *     stress_tree [WALKS]
 */
#include "search/tree/cold.h"
#include "search/rng.h"
#include "search/tree/tree.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define DEPTH    12u
#define CHILDREN 20u /* more than one tile: blocks grow */

static struct tree tree;

struct walker {
    pthread_t thread;
    uint64_t seed;
    int walks;
    uint64_t settled, sum, half_families;
};

static uint32_t even_prior(const struct expansion *expansion, uint32_t index)
{
    (void)index;
    return TREE_ONE / expansion->count;
}

/* What the leaf is worth; publishes or evaluates it when the claim is won. */
static bool at_leaf(struct walker *walker, struct arena_chunk *chunk, struct slot *leaf,
                    uint32_t depth, uint32_t value)
{
    struct expansion expansion = {.count = CHILDREN,
                                  .depth = depth + 1,
                                  .prior = even_prior,
                                  .first = TREE_LEAF,
                                  .value = value};

    if (tree_claim(&tree, leaf, TREE_UNVISITED, TREE_EVALUATING)) {
        tree_set_state(&tree, leaf, TREE_EVALUATING, depth == DEPTH ? TREE_TERMINAL : TREE_LEAF);
        return true;
    }
    if (tree_tally(leaf).handle == TREE_TERMINAL)
        return true;
    if (!tree_claim(&tree, leaf, TREE_LEAF, TREE_BUILDING))
        return false; /* somebody else is here: this walk comes to nothing */
    if ((rng_mix(walker->seed) & 7) == 0) {
        tree_set_state(&tree, leaf, TREE_BUILDING, TREE_LEAF); /* a call failed */
        return false;
    }
    if (!tree_publish(&tree, chunk, leaf, &expansion))
        tree_set_state(&tree, leaf, TREE_BUILDING, TREE_TERMINAL);
    return true;
}

static void walk(struct walker *walker, struct arena_chunk *chunk)
{
    struct slot *path[DEPTH + 1] = {&tree.root};
    uint32_t depth = 0, handle = tree_enter(&tree, &tree.root, 1), value;
    bool settles;

    while (handle >= ARENA_FIRST) {
        struct block *block = tree_block(&tree, handle);
        uint32_t index = tree_select(&tree, chunk, path[depth], block);

        if (block->count != CHILDREN || block->depth != depth + 1 || index >= CHILDREN) {
            walker->half_families++;
            break;
        }
        path[++depth] = tree_child(&tree, block, index);
        handle = tree_enter(&tree, path[depth], 1);
    }
    walker->seed = rng_mix(walker->seed + 1);
    value = (uint32_t)(walker->seed % (TREE_ONE + 1));
    settles = at_leaf(walker, chunk, path[depth], depth, value);
    for (uint32_t i = depth + 1; i-- > 0;) {
        if (settles)
            tree_leave(&tree, path[i], 1, value);
        else
            tree_withdraw(&tree, path[i], 1);
    }
    walker->settled += settles;
    walker->sum += settles ? value : 0;
}

static void *work(void *context)
{
    struct walker *walker = context;
    struct arena_chunk chunk = {0, 0};

    for (int i = 0; i < walker->walks; i++)
        walk(walker, &chunk);
    return NULL;
}

static int judge(const struct walker *walkers, uint32_t threads)
{
    uint64_t settled = 0, sum = 0, half = 0;
    struct tally root = tree_tally(&tree.root);
    struct crux_audit audit;
    bool holds;

    for (uint32_t i = 0; i < threads; i++) {
        settled += walkers[i].settled;
        sum += walkers[i].sum;
        half += walkers[i].half_families;
    }
    tree_audit(&tree, NULL, &audit);
    holds = root.visits == settled && root.sum == sum && half == 0 && audit.in_flight_left == 0 &&
            audit.claims_left == 0 && audit.visit_errors == 0 && audit.sum_errors == 0;
    if (!holds)
        (void)printf("broken with %u threads: visits %u of %llu, %llu half families, %llu in "
                     "flight, %llu claims, %llu sums\n",
                     threads, root.visits, (unsigned long long)settled, (unsigned long long)half,
                     (unsigned long long)audit.in_flight_left,
                     (unsigned long long)audit.claims_left, (unsigned long long)audit.sum_errors);
    return holds ? 0 : 1;
}

static int together(uint32_t threads, int walks)
{
    struct crux_setup setup = crux_setup_default();
    struct walker *walkers = calloc(threads, sizeof *walkers);
    int broken;

    setup.children = CHILDREN;
    setup.lanes = threads;
    setup.exploration = 4.0;
    setup.simulations = 4000000;
    if (walkers == NULL || !tree_open(&tree, &setup))
        return 1;
    for (uint32_t i = 0; i < threads; i++) {
        walkers[i].seed = i;
        walkers[i].walks = walks / (int)threads;
        (void)pthread_create(&walkers[i].thread, NULL, work, &walkers[i]);
    }
    for (uint32_t i = 0; i < threads; i++)
        (void)pthread_join(walkers[i].thread, NULL);
    broken = judge(walkers, threads);
    tree_close(&tree);
    free(walkers);
    return broken;
}

int main(int count, char **arguments)
{
    static const uint32_t threads[] = {2, 4, 8, 16, 64};
    int walks = count > 1 ? atoi(arguments[1]) : 60000, broken = 0;

    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
        broken += together(threads[i], walks);
    (void)printf("%d broken\n", broken);
    return broken == 0 ? 0 : 1;
}
