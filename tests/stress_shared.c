/*
 * stress_shared.c - workers that meet: in one tree, over one place, at a stop.
 *
 * Runs under ThreadSanitizer. Each scene is a way for workers to miss each other:
 *
 *     parked    lanes that share a tree park when all leaves are taken; the port answers
 *               at once but may be waited for, so that they meet as fast as they can
 *     failing   calls fail for good in a tree that lanes share
 *     starved   many trees and one place among the calls in flight
 *     stopped   a stop and looks from another thread while all is under way
 *     given_up  calls hang until their deadline, in a tree that lanes share
 *
 * Whoever sleeps for ever is found by the time limit of the test. Main judges after the
 * run, with what every run promises.
 *
 *     stress_shared [ROUNDS]
 */
#include "tests/world/slow.h"

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

static void insist(struct trial *trial, const char *scene, uint32_t threads, int status)
{
    const char *fault = trial_fault(trial);

    expect(trial->status == status, scene, trial->error.text, threads);
    expect(fault == NULL, scene, fault, threads);
}

static struct trial shared(enum trial_pace pace, uint32_t threads)
{
    struct trial trial = trial_of(pace);

    trial.script.branching = trial.setup.children = 2;
    trial.script.depth = 12;
    trial.setup.workers = threads;
    trial.setup.lanes = threads;
    trial.setup.per_tree = threads;
    trial.setup.simulations = 64 * threads; /* as many as each lane takes at a time */
    trial.setup.open_trees = 2;
    return trial;
}

static void parked(uint32_t threads)
{
    struct trial trial = shared(WORLD_INSTANT, threads);

    trial.wait_for_instant = true;
    trial.problems = 320 / threads;
    trial_run(&trial);
    insist(&trial, "parked", threads, CRUX_OK);
    expect(trial.sink.simulations == (uint64_t)trial.problems * 64 * threads, "parked",
           "every simulation settles", threads);
}

static void failing(uint32_t threads)
{
    for (int pace = WORLD_INSTANT; pace < WORLD_PACES; pace++) {
        struct trial trial = shared((enum trial_pace)pace, threads);

        trial.script.fail_of = 30;
        trial.setup.simulations = 200;
        trial.problems = 3;
        trial_run(&trial);
        insist(&trial, "failing", threads, CRUX_OK);
        expect(trial.sink.trees == trial.problems, "failing", "every problem ends once", threads);
    }
}

static void starved(uint32_t threads)
{
    struct trial trial = trial_of(WORLD_LATE);

    trial.setup.workers = threads;
    trial.setup.in_flight = 1;
    trial.setup.open_trees = 40;
    trial.setup.simulations = 3;
    trial.problems = 44;
    trial_run(&trial);
    insist(&trial, "starved", threads, CRUX_OK);
    expect(trial.sink.simulations == 132, "starved", "every simulation settles", threads);
}

static void *stop_soon(void *context)
{
    struct trial *trial = context;
    struct crux_view view = {0};

    while (view.simulations < 300) {
        crux_look(trial->search, &view);
        (void)sched_yield();
    }
    crux_stop(trial->search);
    return NULL;
}

/* A search begins with its first problem: from there it can be looked at. */
struct opening {
    struct crux_source source;
    struct trial *trial;
    struct crux_problem problem;
    pthread_t thread;
    bool begun;
};

static int next(struct crux_source *self, const struct crux_problem **out, struct crux_error *error)
{
    struct opening *opening = (struct opening *)(void *)self;

    (void)error;
    if (!opening->begun)
        (void)pthread_create(&opening->thread, NULL, stop_soon, opening->trial);
    opening->begun = true;
    *out = &opening->problem;
    return CRUX_OK;
}

static void stopped(uint32_t threads)
{
    for (int pace = WORLD_INSTANT; pace < WORLD_PACES; pace++) {
        struct trial trial = trial_of((enum trial_pace)pace);
        struct opening opening = {{next}, &trial, {.id = "p", .prompt = ""}, 0, false};

        trial.setup.workers = threads;
        trial.source = &opening.source;
        trial.helper = &opening.thread;
        trial_run(&trial);
        insist(&trial, "stopped", threads, CRUX_STOPPED);
    }
}

static void given_up(uint32_t threads)
{
    for (int hurry = SLOW_GIVES_UP; hurry <= SLOW_ANSWERS_LATER; hurry++) {
        struct trial trial = shared(WORLD_INSTANT, threads);
        struct slow slow;

        slow_open(&slow, &trial);
        slow.every = 6;
        slow.hurry = (enum slow_hurry)hurry;
        trial.setup.workers = threads;
        trial.setup.simulations = 300;
        trial.problems = 2;
        trial_run(&trial);
        insist(&trial, "given up", threads, CRUX_OK);
        expect(slow.cancelled == slow.hung, "given up", "what hangs is cancelled", threads);
        expect(slow.wrong_tickets + slow.wrong_cancels == 0, "given up",
               "tickets and calls are not mistaken for others", threads);
        expect(trial.view.simulations + trial.view.withdrawn == 600, "given up",
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
