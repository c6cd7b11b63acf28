/*
 * stress_store.c - one store that threads write to while others read it.
 *
 * Runs under ThreadSanitizer. Half of the threads keep finished trees through the one
 * writer, as the workers of a run do; each of the others opens the store for itself, as
 * `crux status` and `crux show` do, and reads while it grows. Main judges after the join:
 * every tree is there once, and no reader saw half of one or fewer than before.
 *
 *     stress_store [TREES]
 */
#include "tests/world/puzzle.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct crux_run run = {
    .configuration = "{\"seed\": 1}",
    .settings = "{\"workers\": 2}",
    .input_sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    .input_name = "puzzles.jsonl",
};

static char path[] = "/tmp/crux-stress-store-XXXXXX/run.db";
static struct crux_store *writer;
static struct puzzle *puzzles;
static uint32_t count; /* of puzzles */
static _Atomic uint32_t next, writing;

struct hand {
    pthread_t thread;
    uint64_t looks;
    uint64_t failed; /* calls that did not succeed */
    uint64_t broken; /* trees in halves, and counts that went back */
};

static void *keep(void *context)
{
    struct hand *hand = context;
    uint32_t mine;

    while ((mine = next++) < count)
        hand->failed += crux_store_keep(writer, &puzzles[mine].tree, NULL) != CRUX_OK;
    writing--;
    return NULL;
}

static bool is_whole(const struct crux_tree *tree)
{
    const struct puzzle *puzzle = &puzzles[tree->problem->ordinal];

    return strcmp(tree->problem->id, puzzle->id) == 0 && tree->node_count == 4 &&
           tree->rollout_count == 5 && tree->pair_count == 2 &&
           strcmp(tree->nodes[3].text, puzzle->nodes[3].text) == 0;
}

static uint64_t look(struct hand *hand, struct crux_store *store)
{
    struct crux_summary summary = {.finished = 0};
    struct crux_tree *tree = NULL;
    int64_t after = -1;
    uint64_t seen = 0;

    hand->failed += crux_store_summary(store, &summary, NULL) != CRUX_OK;
    for (; crux_store_next(store, after, &tree, NULL) == CRUX_OK; seen++) {
        after = (int64_t)tree->problem->ordinal;
        hand->broken += !is_whole(tree);
        crux_tree_free(tree);
    }
    hand->broken += seen < summary.finished;
    hand->looks++;
    return seen;
}

static void *read_all(void *context)
{
    struct hand *hand = context;
    struct crux_store *store = NULL;
    uint64_t before = 0, seen;

    if (crux_store_open(&store, path, false, NULL) != CRUX_OK) {
        hand->failed++;
        return NULL;
    }
    do {
        seen = look(hand, store);
        hand->broken += seen < before;
        before = seen;
    } while (writing > 0);
    crux_store_close(store);
    return NULL;
}

static int judge(const struct hand *hands, uint32_t threads)
{
    struct crux_summary summary = {.finished = 0};
    uint64_t failed = 0, broken = 0;
    bool holds;

    for (uint32_t i = 0; i < threads; i++) {
        failed += hands[i].failed;
        broken += hands[i].broken;
    }
    holds = crux_store_summary(writer, &summary, NULL) == CRUX_OK && summary.finished == count &&
            failed == 0 && broken == 0;
    if (!holds)
        (void)printf("broken with %u threads: %llu of %u trees, %llu calls failed, %llu views "
                     "were torn\n",
                     threads, (unsigned long long)summary.finished, count,
                     (unsigned long long)failed, (unsigned long long)broken);
    return holds ? 0 : 1;
}

static int together(uint32_t threads)
{
    struct hand *hands = calloc(threads, sizeof *hands);
    int broken;

    if (hands == NULL)
        return 1;
    writer = puzzle_store(path, &run, puzzles, count, NULL);
    next = 0;
    writing = threads / 2;
    for (uint32_t i = 0; i < threads; i++)
        (void)pthread_create(&hands[i].thread, NULL, i % 2 == 0 ? keep : read_all, &hands[i]);
    for (uint32_t i = 0; i < threads; i++)
        (void)pthread_join(hands[i].thread, NULL);
    broken = judge(hands, threads);
    crux_store_close(writer);
    (void)unlink(path);
    free(hands);
    return broken;
}

int main(int argument_count, char **arguments)
{
    static const uint32_t threads[] = {2, 4, 8, 16, 64};
    char *slash = strrchr(path, '/');
    int broken = 0;

    count = argument_count > 1 ? (uint32_t)atoi(arguments[1]) : 40;
    puzzles = calloc(count, sizeof *puzzles);
    *slash = '\0';
    if (puzzles == NULL || mkdtemp(path) == NULL)
        return 1;
    *slash = '/';
    for (uint32_t i = 0; i < count; i++)
        puzzle_make(&puzzles[i], i);
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
        broken += together(threads[i]);
    free(puzzles);
    *slash = '\0';
    (void)rmdir(path);
    (void)printf("%d broken\n", broken);
    return broken == 0 ? 0 : 1;
}
