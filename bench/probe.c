/*
 * probe.c - measures what the search's own inner loop costs on this machine.
 *
 * What is timed is tree_select(), tree_enter(), tree_leave() and arena_take()
 * themselves, on a tree that lies in the nearest cache, so that a limit made of these
 * figures moves with the code. A time is the least of many short rounds: whatever
 * disturbs a round makes it longer, never shorter.
 */
#include "bench/probe.h"

#include <string.h>
#include <time.h>

#include "io/clock.h"
#include "search/rng.h"
#include "search/tree/tree.h"

#define ROUNDS       20
#define SWEEPS       5     /* over all times, so that a slow moment meets none of them alone */
#define PASSES       2000u /* per round */
#define MORE_TILES   7u    /* that the wide block has besides that of the narrow one */
#define WIDE         ((MORE_TILES + 1u) * TREE_TILE)
#define PATH         16u /* slots that marks go to, one after another */
#define MARKS        3   /* changes of a word for a slot of a path: one down, two up */
#define BLOCKS       20000u
#define BLOCK_UNITS  3u /* a header and a first tile */
#define ARENA_ROOM   ((uint64_t)1 << 30)
#define PROBE_VISITS 4096u

/* A root with one block below, everything visited. */
struct plot {
    struct tree tree;
    struct arena_chunk chunk;
    struct block *block;
    uint64_t sink; /* what is computed only to be timed ends here */
};

/* The least time of a round, by passes. */
static double bench_probe_best_of(void (*round)(struct plot *), struct plot *plot, uint32_t passes)
{
    int64_t best = INT64_MAX;

    for (int i = 0; i < ROUNDS; i++) {
        int64_t began = clock_now_ns(), took;

        round(plot);
        took = clock_now_ns() - began;
        best = took < best ? took : best;
    }
    return (double)best / passes;
}

/* --- what is timed -------------------------------------------------------------- */

static void select_round(struct plot *plot)
{
    for (uint32_t i = 0; i < PASSES; i++)
        plot->sink += tree_select(&plot->tree, &plot->chunk, &plot->tree.root, plot->block);
}

/* Selection of an only child and the key of the state it leads to. */
static void level_round(struct plot *plot)
{
    uint64_t key = plot->sink;

    for (uint32_t i = 0; i < PASSES; i++)
        key = rng_join(key, tree_select(&plot->tree, &plot->chunk, &plot->tree.root, plot->block));
    plot->sink = key;
}

/* Down a path and up again: three changes of a word for each slot. */
static void mark_round(struct plot *plot)
{
    for (uint32_t i = 0; i < PASSES; i += PATH) {
        for (uint32_t j = 0; j < PATH; j++)
            (void)tree_enter(&plot->tree, tree_child(&plot->tree, plot->block, j), 1);
        for (uint32_t j = PATH; j-- > 0;)
            tree_leave(&plot->tree, tree_child(&plot->tree, plot->block, j), 1, TREE_ONE / 2);
    }
}

/* --- a tree to time it on ------------------------------------------------------------ */

static void visit(struct plot *plot, uint64_t value)
{
    struct tree *tree = &plot->tree;
    struct slot *slot;

    (void)tree_enter(tree, &tree->root, 1);
    slot = tree_child(tree, plot->block, tree_select(tree, &plot->chunk, &tree->root, plot->block));
    (void)tree_enter(tree, slot, 1);
    tree_leave(tree, slot, 1, value);
    tree_leave(tree, &tree->root, 1, value);
}

static bool open_plot(struct plot *plot, const struct crux_setup *setup, uint32_t children,
                      uint32_t lanes)
{
    struct crux_setup own = *setup;
    struct expansion expansion = {.count = children,
                                  .depth = 1,
                                  .equal = TREE_ONE / children,
                                  .first = TREE_LEAF,
                                  .value = TREE_ONE / 2};
    struct slot *root = &plot->tree.root;

    own.children = children;
    own.simulations = PROBE_VISITS;
    own.lanes = lanes;
    own.widen = 0.0;
    *plot = (struct plot){0};
    if (!tree_open(&plot->tree, &own))
        return false;
    (void)tree_claim(&plot->tree, root, TREE_UNVISITED, TREE_EVALUATING);
    tree_set_state(&plot->tree, root, TREE_EVALUATING, TREE_LEAF);
    (void)tree_claim(&plot->tree, root, TREE_LEAF, TREE_BUILDING);
    if (!tree_publish(&plot->tree, &plot->chunk, root, &expansion))
        return false;
    plot->block = tree_block(&plot->tree, tree_tally(root).handle);
    for (uint32_t i = 0; i < PROBE_VISITS; i++)
        visit(plot, rng_mix(i) & 0xFFFF);
    return true;
}

/* The least of *best (0: none yet) and the time of round on a block of that number of children. */
static bool keep_time(double *best, void (*round)(struct plot *), const struct crux_setup *setup,
                      uint32_t children, uint32_t lanes)
{
    struct plot plot;
    bool opened = open_plot(&plot, setup, children, lanes);
    double took = opened ? bench_probe_best_of(round, &plot, PASSES) : 0.0;

    tree_close(&plot.tree);
    if (opened && (*best <= 0.0 || took < *best))
        *best = took;
    return opened;
}

/* Take blocks one after another from an arena that was not written to before. */
static bool keep_block_time(double *best)
{
    struct arena_chunk chunk = {0, 0};
    struct arena arena;
    int64_t began;
    double took;

    if (!arena_open(&arena, ARENA_ROOM, 1))
        return false;
    began = clock_now_ns();
    for (uint32_t i = 0; i < BLOCKS; i++)
        memset(arena_at(&arena, arena_take(&arena, &chunk, BLOCK_UNITS)), 1,
               (size_t)BLOCK_UNITS * ARENA_UNIT);
    took = (double)(clock_now_ns() - began) / BLOCKS;
    arena_close(&arena);
    if (*best <= 0.0 || took < *best)
        *best = took;
    return true;
}

int bench_probe(struct bench_probe *out, const struct crux_setup *setup, struct crux_error *error)
{
    struct bench_probe probe = {0};
    double narrow = 0.0, wide = 0.0;
    bool done = true;

    for (int i = 0; done && i < SWEEPS; i++)
        done = keep_time(&narrow, select_round, setup, TREE_TILE, 1) &&
               keep_time(&wide, select_round, setup, WIDE, 1) &&
               keep_time(&probe.level_ns, level_round, setup, 1, 1) &&
               keep_time(&probe.mark_ns, mark_round, setup, WIDE, 1) &&
               keep_time(&probe.shared_mark_ns, mark_round, setup, WIDE, 2) &&
               keep_block_time(&probe.block_ns);
    if (!done)
        return crux_fail(error, CRUX_MEMORY, "no memory to measure the search's inner loop");
    probe.scan_ns = (wide - narrow) / MORE_TILES;
    probe.mark_ns /= MARKS;
    probe.shared_mark_ns /= MARKS;
    *out = probe;
    return CRUX_OK;
}
