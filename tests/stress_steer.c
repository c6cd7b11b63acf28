/*
 * stress_steer.c - searches that are steered by several threads at once: nothing lost, nothing
 * twice, nothing left, and under CRUX_ORDER_ISSUED the same trees.
 *
 * Runs under ThreadSanitizer. Threads pause, resume, change places and limits and ask for more as
 * fast as they can while ports answer late and out of order; half of the runs are stopped or called
 * off meanwhile.
 *
 *     stress_steer [ROUNDS]
 */
#include "search/crux_steer.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "search/rng.h"
#include "tests/world/late_port.h"
#include "tests/world/world.h"

enum { PROBLEMS = 16, STEERERS = 3, SIMULATIONS = 80 };

enum ending { BY_ITSELF, BY_STOP, BY_CALLING_OFF, ENDINGS };

static int violations;

static void expect(bool holds, const char *promise, enum ending ending, uint64_t round)
{
    if (holds)
        return;
    violations++;
    (void)printf("broken: %s (ending %d, round %llu)\n", promise, (int)ending,
                 (unsigned long long)round);
}

struct steering {
    struct crux_search *search;
    _Atomic bool over;
    enum ending ending;
    uint64_t round;
    _Atomic uint32_t turns;
    _Atomic uint32_t seeds;
};

static void steer_once(struct steering *steering, uint64_t draw)
{
    struct crux_search *search = steering->search;
    struct crux_steering seen;

    switch (draw % 6) {
    case 0:
        crux_pause(search);
        break;
    case 1:
        (void)crux_set_in_flight(search, (uint32_t)(1 + draw / 8 % 40), NULL);
        break;
    case 2:
        (void)crux_set_limit_ns(search, (int64_t)(draw / 8 % 2) * INT64_C(3600000000000), NULL);
        break;
    case 3:
        (void)crux_more(search);
        break;
    default:
        crux_resume(search);
        break;
    }
    crux_steered(search, &seen);
    expect(seen.in_flight > 0 && seen.in_flight <= 40, "places are as they were said",
           steering->ending, steering->round);
}

static void *steer(void *context)
{
    struct steering *steering = context;
    uint64_t seed = rng_join(steering->round, steering->seeds++);

    for (uint64_t turn = 0; !steering->over; turn++) {
        steer_once(steering, rng_join(seed, turn));
        if (steering->turns++ == 200 && steering->ending == BY_STOP)
            crux_stop(steering->search);
        if (steering->turns == 300 && steering->ending == BY_CALLING_OFF)
            crux_call_off(steering->search);
        (void)sched_yield();
    }
    crux_resume(steering->search);
    return NULL;
}

/* A watch that keeps the run from being left paused for good: the last word is always to go on. */
static void *go_on(void *context)
{
    struct steering *steering = context;

    while (!steering->over) {
        crux_resume(steering->search);
        (void)sched_yield();
    }
    return NULL;
}

static struct crux_setup setup_for(struct late_port *slow, struct world *world)
{
    struct crux_setup setup = crux_setup_default();

    setup.policies[CRUX_STEP] = (struct crux_policy *)(void *)late_port_of(slow);
    setup.critics[CRUX_ROLE_OUTCOME] = &world->outcome;
    setup.order = CRUX_ORDER_ISSUED;
    setup.workers = 4;
    setup.simulations = SIMULATIONS;
    setup.children = 6;
    setup.per_tree = 8;
    setup.in_flight = 4; /* eight trees, and more when it is raised */
    return setup;
}

static void judge(const struct world_sink *sink, const struct world *world, int status,
                  const struct steering *steering)
{
    enum ending ending = steering->ending;
    uint64_t round = steering->round;

    expect(status == CRUX_OK || (ending != BY_ITSELF && status == CRUX_STOPPED), "ends well",
           ending, round);
    expect(sink->violations == 0, "sums exact, nothing in flight, nothing claimed", ending, round);
    expect(world->outstanding == 0, "every reply is released once", ending, round);
    expect(sink->trees <= PROBLEMS && (ending != BY_ITSELF || sink->trees == PROBLEMS),
           "every problem ends once", ending, round);
    expect(ending != BY_ITSELF || sink->simulations == (uint64_t)SIMULATIONS * PROBLEMS,
           "every simulation settles", ending, round);
}

static uint64_t run(enum ending ending, uint64_t round, bool steered)
{
    const struct world_script script = {.branching = 6, .depth = 6, .right_of = 7};
    struct steering steering = {.ending = ending, .round = round};
    struct world world;
    struct world_source source;
    struct world_sink sink;
    struct crux_error error = {""};
    struct crux_setup setup;
    struct late_port *slow;
    pthread_t threads[STEERERS + 1];
    int status;

    world_open(&world, &script);
    world_source_open(&source, PROBLEMS);
    world_sink_open(&sink);
    slow = late_port_open(&world.policy.port, 4, round);
    setup = setup_for(slow, &world);
    expect(crux_open(&steering.search, &setup, &error) == CRUX_OK, "opens", ending, round);
    for (int i = 0; steered && i <= STEERERS; i++)
        (void)pthread_create(&threads[i], NULL, i < STEERERS ? steer : go_on, &steering);
    status = crux_run(steering.search, &source.source, &sink.sink, &error);
    steering.over = true;
    for (int i = 0; steered && i <= STEERERS; i++)
        (void)pthread_join(threads[i], NULL);
    crux_close(steering.search);
    late_port_close(slow);
    judge(&sink, &world, status, &steering);
    world_source_close(&source);
    return sink.digest;
}

int main(int count, char **words)
{
    uint64_t rounds = count > 1 ? strtoull(words[1], NULL, 10) : 2;
    uint64_t expected = run(BY_ITSELF, 0, false);

    for (uint64_t round = 0; round < rounds; round++)
        for (int ending = 0; ending < ENDINGS; ending++) {
            uint64_t digest = run((enum ending)ending, round, true);

            expect(ending != BY_ITSELF || digest == expected, "the same trees", BY_ITSELF, round);
        }
    (void)printf("%llu rounds, %d violations\n", (unsigned long long)rounds, violations);
    return violations > 0;
}
