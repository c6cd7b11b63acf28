/*
 * stress_search.c - whole searches with many workers: nothing lost, nothing left.
 *
 * Runs under ThreadSanitizer. Workers count, main judges after they are joined.
 * Worlds answer at once and late, out of order and from threads of their own; trees have
 * a lane each or are shared by many.
 *
 * The last chapter is one tree without texts, in which all workers meet as fast as they can;
 * its last line says how many runs, simulations and violations there were. With CRUX_DEEP=1
 * that is 10^6 simulations by 64 threads, 100 times, for a release build.
 *
 *     stress_search [ROUNDS]
 */
#include "search/rng.h"
#include "tests/world/deep.h"
#include "tests/world/late_port.h"
#include "tests/world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t thread_counts[] = {2, 4, 8, 16, 64};

#define PROBLEMS 6u

enum { THREAD_COUNTS = sizeof thread_counts / sizeof thread_counts[0] };

static int violations;

static void expect(bool holds, const char *promise, uint32_t workers, uint32_t lanes, bool late)
{
    if (holds)
        return;
    violations++;
    (void)printf("broken: %s (%u workers, %u lanes, %s)\n", promise, workers, lanes,
                 late ? "late" : "instant");
}

static struct crux_setup setup_for(struct world *world, uint32_t workers, uint32_t lanes)
{
    struct crux_setup setup = crux_setup_default();

    setup.policies[CRUX_STEP] = &world->policy;
    setup.critics[CRUX_ROLE_OUTCOME] = &world->outcome;
    setup.workers = workers;
    setup.lanes = lanes;
    setup.simulations = 300;
    setup.children = 12;
    setup.open_trees = lanes > 1 ? 2 : 0;
    setup.per_tree = lanes > 1 ? 4 * lanes : 8;
    setup.in_flight = 16;
    return setup;
}

/* One run over some problems; the digest is that of all its trees. tokens: a limit that ends about
 * all of them; 0: none. */
static uint64_t run_within(uint32_t workers, uint32_t lanes, bool late, enum crux_order order,
                           uint32_t fail_of, enum crux_strategy strategy, uint32_t tokens)
{
    struct world_script script = {.branching = 12,
                                  .depth = 6,
                                  .right_of = 7,
                                  .fail_of = fail_of,
                                  .dead_of = fail_of,
                                  .knows_entropy = true,
                                  .entropy = 0.5,
                                  .opinions = strategy == CRUX_REFINE};
    struct world world;
    struct world_source source;
    struct world_sink sink;
    struct late_port *slow = NULL;
    struct crux_search *search = NULL;
    struct crux_error error = {""};
    struct crux_setup setup;

    world_open(&world, &script);
    world_source_open(&source, PROBLEMS);
    world_sink_open(&sink);
    setup = setup_for(&world, workers, lanes);
    setup.order = order;
    setup.strategy = strategy;
    setup.calls = strategy == CRUX_MCTS ? 0 : setup.simulations;
    setup.tokens = tokens;
    if (order == CRUX_ORDER_ARRIVAL && strategy == CRUX_MCTS)
        setup.branch_high = 1.0; /* half of the runs ask twice */
    if (late) {
        slow = late_port_open(&world.policy.port, 4, workers);
        setup.policies[CRUX_STEP] = (struct crux_policy *)(void *)late_port_of(slow);
    }
    expect(crux_open(&search, &setup, &error) == CRUX_OK, "opens", workers, lanes, late);
    expect(crux_run(search, &source.source, &sink.sink, &error) == CRUX_OK, "runs", workers, lanes,
           late);
    crux_close(search);
    if (slow != NULL)
        late_port_close(slow);
    expect(sink.trees == PROBLEMS, "every problem ends once", workers, lanes, late);
    expect(sink.violations == 0, "sums exact, nothing in flight, nothing claimed", workers, lanes,
           late);
    expect(world.outstanding == 0, "every reply is released once", workers, lanes, late);
    expect(fail_of > 0 || tokens > 0 || strategy >= CRUX_PLAN ||
               sink.simulations == UINT64_C(300) * PROBLEMS,
           "every simulation settles", workers, lanes, late);
    world_source_close(&source);
    return sink.digest;
}

static uint64_t run(uint32_t workers, uint32_t lanes, bool late, enum crux_order order,
                    uint32_t fail_of, enum crux_strategy strategy)
{
    return run_within(workers, lanes, late, order, fail_of, strategy, 0);
}

static void together(uint32_t threads, uint64_t expected)
{
    uint64_t late = run(threads, 1, true, CRUX_ORDER_ISSUED, 0, CRUX_MCTS);

    expect(run(threads, 1, false, CRUX_ORDER_ISSUED, 0, CRUX_MCTS) == expected, "same trees",
           threads, 1, false);
    expect(late == expected, "same trees", threads, 1, true);
    (void)run(threads, 1, true, CRUX_ORDER_ARRIVAL, 13, CRUX_MCTS);
    (void)run(threads, threads, false, CRUX_ORDER_ARRIVAL, 0, CRUX_MCTS);
    (void)run(threads, threads, true, CRUX_ORDER_ARRIVAL, 0, CRUX_MCTS);
    (void)run_within(threads, threads, true, CRUX_ORDER_ARRIVAL, 0, CRUX_MCTS, 1000);
    (void)run_within(threads, threads, false, CRUX_ORDER_ARRIVAL, 0, CRUX_MCTS, 1000);
    (void)run(threads, 1, true, CRUX_ORDER_ARRIVAL, 0, CRUX_REFINE);
    expect(run(threads, 1, true, CRUX_ORDER_ISSUED, 0, CRUX_REFINE) ==
               run(threads, 1, false, CRUX_ORDER_ISSUED, 0, CRUX_REFINE),
           "same chains", threads, 1, true);
    for (int strategy = CRUX_PLAN; strategy <= CRUX_PARTICLES; strategy++) {
        (void)run(threads, 1, true, CRUX_ORDER_ARRIVAL, 13, (enum crux_strategy)strategy);
        expect(run(threads, 1, true, CRUX_ORDER_ISSUED, 0, (enum crux_strategy)strategy) ==
                   run(threads, 1, false, CRUX_ORDER_ISSUED, 0, (enum crux_strategy)strategy),
               "same levels", threads, 1, true);
    }
}

/* --- one tree for all ---------------------------------------------------------------- */

#define WIDTH 20u /* more than two tiles: blocks grow */
#define DEPTH 24u

static int propose(struct crux_port *port, struct crux_call *call)
{
    uint32_t left = WIDTH - (call->sample < WIDTH ? call->sample : WIDTH);

    (void)port;
    if (call->state.depth < DEPTH)
        call->reply.count = call->count < left ? call->count : left;
    call->reply.knows_entropy = call->state.key % 4 != 0;
    call->reply.entropy = (float)(rng_mix(call->state.key) >> 40) * 0x1p-23F; /* 0 .. 2 */
    return CRUX_DONE;
}

static int score(struct crux_port *port, struct crux_call *call)
{
    static _Thread_local double value;

    (void)port;
    value = (double)(rng_mix(call->state.key) >> 11) * 0x1p-53;
    call->reply.count = 1;
    call->reply.scores = &value;
    return CRUX_DONE;
}

struct score_card {
    uint64_t runs, simulations, violations;
};

/* Groups that go down together meet other groups, in nodes that grow as they are visited, or ask
 * twice for their children; run by run with and without either. */
static void search_one_tree(struct score_card *card, uint32_t threads, uint32_t simulations)
{
    struct crux_policy policy = {.port = {"nameless", true, propose, NULL, NULL, NULL},
                                 .tells_entropy = true};
    struct crux_critic critic = {
        {"nameless", true, score, NULL, NULL, NULL}, 1u << CRUX_SCORE, false, false, false};
    struct crux_setup setup = crux_setup_default();
    struct crux_search *search = NULL;
    struct crux_error error = {""};
    struct world_source source;
    struct world_sink sink;
    bool holds;

    setup.policies[CRUX_STEP] = &policy;
    setup.critics[CRUX_ROLE_VALUE] = &critic;
    setup.rollouts = 0;
    setup.children = WIDTH;
    setup.depth = DEPTH;
    setup.simulations = simulations;
    setup.workers = setup.lanes = threads;
    setup.group = card->runs % 2 == 0 ? 1 : 4;
    setup.widen = card->runs % 4 < 2 ? 0.0 : 2.0;
    setup.branch_high = card->runs % 4 == 1 ? 1.0 : 0.0;
    setup.per_tree = 2 * setup.group * threads;
    setup.open_trees = 1;
    setup.summary_only = true;
    world_source_open(&source, 1);
    world_sink_open(&sink);
    holds = crux_open(&search, &setup, &error) == CRUX_OK &&
            crux_run(search, &source.source, &sink.sink, &error) == CRUX_OK &&
            sink.simulations == simulations;
    crux_close(search);
    world_source_close(&source);
    card->runs++;
    card->simulations += sink.simulations;
    card->violations += sink.violations + !holds;
    if (sink.violations > 0 || !holds)
        (void)printf("broken: one tree (%u threads, group %u, widen %g, branch %g): %llu "
                     "violations, %llu of %u "
                     "simulations %s\n",
                     threads, setup.group, setup.widen, setup.branch_high,
                     (unsigned long long)sink.violations, (unsigned long long)sink.simulations,
                     simulations, error.text);
}

static void one_tree_for_all(void)
{
    const bool deep = is_deep();
    struct score_card card = {0, 0, 0};

    for (size_t i = 0; i < THREAD_COUNTS; i++)
        for (int j = 0; j < 4; j++)
            search_one_tree(&card, thread_counts[i], 5000);
    if (deep) {
        violations += (int)card.violations;
        card = (struct score_card){0, 0, 0};
        while (card.runs < 100)
            search_one_tree(&card, 64, 1000000);
    }
    violations += (int)card.violations;
    (void)printf("one tree for all%s: %llu runs, %llu simulations, %llu violations\n",
                 deep ? ", 64 threads" : "", (unsigned long long)card.runs,
                 (unsigned long long)card.simulations, (unsigned long long)card.violations);
}

int main(int count, char **arguments)
{
    int rounds = count > 1 ? atoi(arguments[1]) : 1;
    uint64_t expected = run(1, 1, false, CRUX_ORDER_ISSUED, 0, CRUX_MCTS);

    for (int round = 0; round < rounds; round++)
        for (size_t i = 0; i < THREAD_COUNTS; i++)
            together(thread_counts[i], expected);
    one_tree_for_all();
    (void)printf("%d violations\n", violations);
    return violations == 0 ? 0 : 1;
}
