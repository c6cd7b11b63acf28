/*
 * stress_shared.c - workers that meet: in one tree, over one place, at a stop.
 *
 * Runs under ThreadSanitizer. Each scene is a way for workers to miss each other:
 *
 *     parked    lanes that share a tree park when all leaves are taken; the port answers
 *               at once but may be waited for, so that they meet as fast as they can
 *     failing   calls fail permanently in a tree that lanes share
 *     starved   many trees and one place among the calls in flight
 *     stopped   a stop and looks from another thread while all is under way
 *     given_up  calls hang until their deadline, in a tree that lanes share
 *
 * Whoever sleeps for ever is found by the time limit of the test. Main judges after the
 * run, with what every run promises.
 *
 *     stress_shared [ROUNDS]
 */
#include "tests/world/hanging_policy.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

static int broken;

static void expect(bool holds, const char *scene, const char *promise, uint32_t threads)
{
    if (holds)
        return;
    broken++;
    (void)printf("broken: %s: %s (%u threads)\n", scene, promise, threads);
}

static void insist(struct search_fixture *fixture, const char *scene, uint32_t threads, int status)
{
    const char *fault = search_fixture_fault(fixture);

    expect(fixture->status == status, scene, fixture->error.text, threads);
    expect(fault == NULL, scene, fault, threads);
}

static struct search_fixture shared(enum search_fixture_pace pace, uint32_t threads)
{
    struct search_fixture fixture = search_fixture_of(pace);

    fixture.script.branching = fixture.setup.children = 2;
    fixture.script.depth = 12;
    fixture.setup.workers = threads;
    fixture.setup.lanes = threads;
    fixture.setup.per_tree = threads;
    fixture.setup.simulations = 64 * threads; /* as many as each lane takes at a time */
    fixture.setup.open_trees = 2;
    return fixture;
}

static void parked(uint32_t threads)
{
    struct search_fixture fixture = shared(WORLD_INSTANT, threads);

    fixture.wait_for_instant = true;
    fixture.problems = 320 / threads;
    search_fixture_run(&fixture);
    insist(&fixture, "parked", threads, CRUX_OK);
    expect(fixture.sink.simulations == (uint64_t)fixture.problems * 64 * threads, "parked",
           "every simulation settles", threads);
}

static void failing(uint32_t threads)
{
    for (int pace = WORLD_INSTANT; pace < WORLD_PACES; pace++) {
        struct search_fixture fixture = shared((enum search_fixture_pace)pace, threads);

        fixture.script.fail_of = 30;
        fixture.setup.simulations = 200;
        fixture.problems = 3;
        search_fixture_run(&fixture);
        insist(&fixture, "failing", threads, CRUX_OK);
        expect(fixture.sink.trees == fixture.problems, "failing", "every problem ends once",
               threads);
    }
}

static void starved(uint32_t threads)
{
    struct search_fixture fixture = search_fixture_of(WORLD_LATE);

    fixture.setup.workers = threads;
    fixture.setup.in_flight = 1;
    fixture.setup.open_trees = 40;
    fixture.setup.simulations = 3;
    fixture.problems = 44;
    search_fixture_run(&fixture);
    insist(&fixture, "starved", threads, CRUX_OK);
    expect(fixture.sink.simulations == 132, "starved", "every simulation settles", threads);
}

static void *stop_soon(void *context)
{
    struct search_fixture *fixture = context;
    struct crux_view view = {0};

    while (view.simulations < 300) {
        crux_look(fixture->search, &view);
        (void)sched_yield();
    }
    crux_stop(fixture->search);
    return NULL;
}

/* A search begins with its first problem: from there it can be looked at. */
struct opening {
    struct crux_source source;
    struct search_fixture *fixture;
    struct crux_problem problem;
    pthread_t thread;
    bool begun;
};

static int next(struct crux_source *self, const struct crux_problem **out, struct crux_error *error)
{
    struct opening *opening = (struct opening *)(void *)self;

    (void)error;
    if (!opening->begun)
        (void)pthread_create(&opening->thread, NULL, stop_soon, opening->fixture);
    opening->begun = true;
    *out = &opening->problem;
    return CRUX_OK;
}

static void stopped(uint32_t threads)
{
    for (int pace = WORLD_INSTANT; pace < WORLD_PACES; pace++) {
        struct search_fixture fixture = search_fixture_of((enum search_fixture_pace)pace);
        struct opening opening = {{next}, &fixture, {.id = "p", .prompt = ""}, 0, false};

        fixture.setup.workers = threads;
        fixture.source = &opening.source;
        fixture.helper = &opening.thread;
        search_fixture_run(&fixture);
        insist(&fixture, "stopped", threads, CRUX_STOPPED);
    }
}

static void given_up(uint32_t threads)
{
    for (int hurry = HANGING_GIVES_UP; hurry <= HANGING_ANSWERS_LATER; hurry++) {
        struct search_fixture fixture = shared(WORLD_INSTANT, threads);
        struct hanging_policy hanging;

        hanging_policy_open(&hanging, &fixture);
        hanging.every = 6;
        hanging.hurry = (enum hanging_policy_hurry)hurry;
        fixture.setup.workers = threads;
        fixture.setup.simulations = 300;
        fixture.problems = 2;
        search_fixture_run(&fixture);
        insist(&fixture, "given up", threads, CRUX_OK);
        expect(hanging.cancelled == hanging.hung, "given up", "what hangs is cancelled", threads);
        expect(hanging.wrong_tickets + hanging.wrong_cancels == 0, "given up",
               "tickets and calls are not mistaken for others", threads);
        expect(fixture.view.simulations + fixture.view.withdrawn == 600, "given up",
               "a simulation settles or is withdrawn", threads);
    }
}

int main(int count, char **arguments)
{
    static void (*const scenes[])(uint32_t) = {parked, failing, starved, stopped, given_up};
    static const uint32_t threads[] = {2, 4, 8, 16, 64};
    int rounds = count > 1 ? atoi(arguments[1]) : 1;

    for (int round = 0; round < rounds; round++)
        for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
            for (size_t j = 0; j < sizeof scenes / sizeof *scenes; j++)
                scenes[j](threads[i]);
    (void)printf("%d broken\n", broken);
    return broken == 0 ? 0 : 1;
}
