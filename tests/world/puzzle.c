/*
 * puzzle.c - a finished tree of one puzzle, as constants.
 */
#include "tests/world/puzzle.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct crux_node nodes[] = {
    {CRUX_NO_NODE, 0, 8, 0, 0.5, 1.0, -1.0, 1.0, 0.0, "", CRUX_STEP, false, false, 0},
    {0, 1, 5, 9, 0.75, 0.5, 1.0, 0.875, 0.0, "4 * 6 = 24 (left: 1 1 24)", CRUX_STEP, false, false,
     0},
    {1, 2, 3, 9, 1.0, 1.0, 0.5, 1.0, 0.0, "24 * 1 = 24 (left: 1 24)", CRUX_STEP, false, false, 0},
    {0, 1, 3, 9, 0.25, 0.5, 0.0, 0.125, 0.0, "1 + 1 = 2 (left: 2 4 6)", CRUX_STEP, false, false, 0},
};

static const struct crux_rollout rollouts[] = {
    {2, "24 * 1 = 24 (left: 24)", "24", 1.0, CRUX_RIGHT, 0},
    {2, "24 - 1 = 23 (left: 23)", "23", 0.0, CRUX_WRONG, 0},
    {3, "2 + 4 = 6 (left: 6 6)\n6 + 6 = 12 (left: 12)", "12", 0.0, CRUX_WRONG, 0},
    {1, "24 * 1 = 24 (left: 1 24)\n24 / 1 = 24 (left: 24)", "24", 1.0, CRUX_RIGHT, 0},
    {1, "1 - 1 = 0 (left: 0 24)\n0 * 24 = 0 (left: 0)", "", 0.5, CRUX_UNKNOWN, 0},
};

static const struct crux_pair pairs[] = {
    {1, 0, 2, 2, true, "From 1 24 the step 24 - 1 leaves 23.", "dead-end", "24 * 1 = 24 (left: 24)",
     "exhaustive search"},
    {2, 0, 0, 1, false, "", "", "", ""},
};

void puzzle_make(struct puzzle *out, uint64_t ordinal)
{
    memset(out, 0, sizeof *out);
    (void)snprintf(out->id, sizeof out->id, "puzzle-%" PRIu64, ordinal);
    (void)snprintf(out->line, sizeof out->line,
                   "{\"id\": \"%s\", \"problem\": \"Make 24 from 1, 1, 4, 6.\", "
                   "\"numbers\": [1, 1, 4, 6]}",
                   out->id);
    out->problem = (struct crux_problem){
        .id = out->id, .prompt = "Make 24 from 1, 1, 4, 6.", .ordinal = ordinal, .line = out->line};
    memcpy(out->nodes, nodes, sizeof nodes);
    memcpy(out->rollouts, rollouts, sizeof rollouts);
    memcpy(out->pairs, pairs, sizeof pairs);
    out->rights[1] = 3;
    out->tree = (struct crux_tree){.problem = &out->problem,
                                   .reason = CRUX_REASON_BUDGET,
                                   .node_count = 4,
                                   .rollout_count = 5,
                                   .pair_count = 2,
                                   .right_count = 2,
                                   .nodes = out->nodes,
                                   .rollouts = out->rollouts,
                                   .pairs = out->pairs,
                                   .rights = out->rights,
                                   .simulations = 8,
                                   .calls = 11,
                                   .prompt_tokens = 70,
                                   .completion_tokens = 30,
                                   .price = 5,
                                   .search_ns = 987654321,
                                   .arena_bytes = 123456789,
                                   .failure = ""};
}

/* --- a store of puzzles ----------------------------------------------------------------- */

struct crux_store *puzzle_store(const char *path, const struct crux_run *run,
                                const struct puzzle *puzzles, size_t count,
                                bool (*wanted)(void *context, const char *id))
{
    struct crux_problem *items = calloc(count, sizeof *items);
    struct crux_problems problems = {.items = items, .count = count};
    struct crux_store *store = NULL;

    assert(items != NULL);
    for (size_t i = 0; i < count; i++)
        items[i] = puzzles[i].problem;
    assert(crux_store_open(&store, path, true, NULL) == CRUX_OK);
    assert(crux_store_begin(store, run, &problems, wanted, NULL, NULL) == CRUX_OK);
    free(items);
    return store;
}
