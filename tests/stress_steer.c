/*
 * stress_steer.c - searches that are steered by several threads at once: nothing lost, nothing
 * twice, nothing left, and under CRUX_ORDER_ISSUED the same trees.
 *
 * Runs under ThreadSanitizer. Threads pause, resume, change places and limits and ask for more as
 * fast as they can while ports answer late and out of order, through two runs of each search and
 * what is between them; most are stopped, called off or failed by their source meanwhile.
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

enum ending { BY_ITSELF, BY_STOP, BY_CALLING_OFF, BY_FAILING, ENDINGS };

/* What has a state for each open tree, or several workers in it. */
static const struct kind {
    enum crux_strategy strategy;
    enum crux_selection selection;
    enum crux_root root;
    uint32_t lanes; /* with more than one the trees are not the same ones */
} kinds[] = {
    {CRUX_MCTS, CRUX_PUCT, CRUX_ROOT_RULE, 1}, {CRUX_MCTS, CRUX_PUCT, CRUX_ROOT_GUMBEL, 1},
    {CRUX_MCTS, CRUX_PUCT, CRUX_ROOT_RULE, 3}, {CRUX_SAMPLE, CRUX_PUCT, CRUX_ROOT_RULE, 1},
    {CRUX_BEAM, CRUX_PUCT, CRUX_ROOT_RULE, 1}, {CRUX_PLAN, CRUX_PUCT, CRUX_ROOT_RULE, 1},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

struct found {
    uint64_t digest, simulations;
};

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

/* One that has so many problems, and may fail behind them. */
struct short_source {
    struct crux_source source;
    struct world_source all;
    uint32_t end;
    bool fails;
};

static int short_next(struct crux_source *self, const struct crux_problem **out,
                      struct crux_error *error)
{
    struct short_source *source = (struct short_source *)self;

    if (source->all.next < source->end)
        return source->all.source.next(&source->all.source, out, error);
    return source->fails ? crux_fail(error, CRUX_INPUT, "no line there") : CRUX_END;
}

static struct crux_setup setup_for(const struct kind *kind, struct late_port *slow,
                                   struct world *world)
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
    setup.strategy = kind->strategy;
    setup.selection = kind->selection;
    setup.root = kind->root;
    setup.lanes = kind->lanes;
    return setup;
}

static void judge(const struct world_sink *sink, const struct world *world, int status,
                  const struct steering *steering)
{
    enum ending ending = steering->ending;
    uint64_t round = steering->round;

    expect(status == (ending == BY_ITSELF    ? CRUX_OK
                      : ending == BY_FAILING ? CRUX_INPUT
                                             : CRUX_STOPPED) ||
               (status == CRUX_OK && ending != BY_FAILING), /* it was over before it was stopped */
           "ends well", ending, round);
    expect(sink->violations == 0, "sums exact, nothing in flight, nothing claimed", ending, round);
    expect(world->outstanding == 0, "every reply is released once", ending, round);
    expect(sink->trees <= PROBLEMS && (ending != BY_ITSELF || sink->trees == PROBLEMS),
           "every problem ends once", ending, round);
}

/* Two runs, one after another, of half of the problems each. */
static int run_twice(struct crux_search *search, struct short_source *source,
                     struct world_sink *sink, struct steering *steering)
{
    struct crux_error error = {""};
    int status = crux_run(search, &source->source, &sink->sink, &error);

    expect(status != CRUX_OK || sink->trees == PROBLEMS / 2, "the first half ends",
           steering->ending, steering->round);
    source->end = PROBLEMS;
    source->fails = steering->ending == BY_FAILING;
    return crux_run(search, &source->source, &sink->sink, &error);
}

static struct found run(const struct kind *kind, enum ending ending, uint64_t round, bool steered)
{
    const struct world_script script = {.branching = 6, .depth = 6, .right_of = 7};
    struct steering steering = {.ending = ending, .round = round};
    struct short_source source = {.source = {short_next}, .end = PROBLEMS / 2};
    struct world world;
    struct world_sink sink;
    struct crux_error error = {""};
    struct crux_setup setup;
    struct late_port *slow;
    pthread_t threads[STEERERS + 1];
    int status;

    world_open(&world, &script);
    world_source_open(&source.all, PROBLEMS);
    world_sink_open(&sink);
    slow = late_port_open(&world.policy.port, 4, round);
    setup = setup_for(kind, slow, &world);
    status = crux_open(&steering.search, &setup, &error);
    if (status != CRUX_OK) {
        (void)printf("%s\n", error.text);
        exit(1);
    }
    for (int i = 0; steered && i <= STEERERS; i++)
        (void)pthread_create(&threads[i], NULL, i < STEERERS ? steer : go_on, &steering);
    status = run_twice(steering.search, &source, &sink, &steering);
    steering.over = true;
    for (int i = 0; steered && i <= STEERERS; i++)
        (void)pthread_join(threads[i], NULL);
    crux_close(steering.search);
    late_port_close(slow);
    judge(&sink, &world, status, &steering);
    world_source_close(&source.all);
    return (struct found){sink.digest, sink.simulations};
}

static void try_kind(const struct kind *kind, uint64_t rounds)
{
    const struct found expected = run(kind, BY_ITSELF, 0, false);

    expect(kind->strategy != CRUX_MCTS || expected.simulations == SIMULATIONS * PROBLEMS,
           "every simulation settles", BY_ITSELF, 0);
    for (uint64_t round = 0; round < rounds; round++)
        for (int ending = 0; ending < ENDINGS; ending++) {
            const struct found found = run(kind, (enum ending)ending, round, true);

            if (ending != BY_ITSELF)
                continue;
            expect(found.simulations == expected.simulations, "as many simulations", BY_ITSELF,
                   round);
            expect(kind->lanes > 1 || found.digest == expected.digest, "the same trees", BY_ITSELF,
                   round);
        }
}

int main(int count, char **words)
{
    uint64_t rounds = count > 1 ? strtoull(words[1], NULL, 10) : 1;

    for (int kind = 0; kind < KINDS; kind++)
        try_kind(&kinds[kind], rounds);
    (void)printf("%llu rounds, %d violations\n", (unsigned long long)rounds, violations);
    return violations > 0;
}
