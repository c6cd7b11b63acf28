/*
 * stress_search.c - whole searches with many workers: nothing lost, nothing left.
 *
 * Runs under ThreadSanitizer. Workers count, main judges after they are joined.
 * Worlds answer at once and late, out of order and from threads of their own; trees have
 * a lane each or are shared by many.
 *
 *     stress_search [ROUNDS]
 */
#include "tests/world/world.h"

#include <stdio.h>
#include <stdlib.h>

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
    setup.outcome = &world->outcome;
    setup.workers = workers;
    setup.lanes = lanes;
    setup.simulations = 300;
    setup.children = 12;
    setup.open_trees = lanes > 1 ? 2 : 0;
    setup.per_tree = lanes > 1 ? 4 * lanes : 8;
    setup.in_flight = 16;
    return setup;
}

/* One run over ten problems; the digest is that of all its trees. */
static uint64_t run(uint32_t workers, uint32_t lanes, bool late, enum crux_order order,
                    uint32_t fail_of)
{
    struct world_script script = {
        .branching = 12, .depth = 6, .right_of = 7, .fail_of = fail_of, .dead_of = fail_of};
    struct world world;
    struct world_source source;
    struct world_sink sink;
    struct world_late *slow = NULL;
    struct crux_search *search = NULL;
    struct crux_error error = {""};
    struct crux_setup setup;

    world_open(&world, &script);
    world_source_open(&source, 10);
    world_sink_open(&sink);
    setup = setup_for(&world, workers, lanes);
    setup.order = order;
    if (late) {
        slow = world_late_open(&world.policy.port, 4, workers);
        setup.policies[CRUX_STEP] = (struct crux_policy *)(void *)world_late_port(slow);
    }
    expect(crux_open(&search, &setup, &error) == CRUX_OK, "opens", workers, lanes, late);
    expect(crux_run(search, &source.source, &sink.sink, &error) == CRUX_OK, "runs", workers, lanes,
           late);
    crux_close(search);
    if (slow != NULL)
        world_late_close(slow);
    expect(sink.trees == 10, "every problem ends once", workers, lanes, late);
    expect(sink.violations == 0, "sums exact, nothing in flight, nothing claimed", workers, lanes,
           late);
    expect(world.outstanding == 0, "every reply is released once", workers, lanes, late);
    expect(fail_of > 0 || sink.simulations == 3000, "every simulation settles", workers, lanes,
           late);
    world_source_close(&source);
    return sink.digest;
}

int main(int count, char **arguments)
{
    static const uint32_t threads[] = {2, 4, 8, 16, 64};
    int rounds = count > 1 ? atoi(arguments[1]) : 1;
    uint64_t expected = run(1, 1, false, CRUX_ORDER_ISSUED, 0);

    for (int round = 0; round < rounds; round++) {
        for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
            uint64_t late = run(threads[i], 1, true, CRUX_ORDER_ISSUED, 0);

            expect(run(threads[i], 1, false, CRUX_ORDER_ISSUED, 0) == expected, "same trees",
                   threads[i], 1, false);
            expect(late == expected, "same trees", threads[i], 1, true);
            (void)run(threads[i], 1, true, CRUX_ORDER_ARRIVAL, 13);
            (void)run(threads[i], threads[i], false, CRUX_ORDER_ARRIVAL, 0);
            (void)run(threads[i], threads[i], true, CRUX_ORDER_ARRIVAL, 0);
        }
    }
    (void)printf("%d violations\n", violations);
    return violations == 0 ? 0 : 1;
}
