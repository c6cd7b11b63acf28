/*
 * stress_notes.c - finished trees wait for an annotator's thread, with many workers.
 *
 * Runs under ThreadSanitizer. Trees end while others are searched, and their notes come when they
 * come; every third run is stopped in the middle. Main judges after the workers are joined.
 *
 *     stress_notes [ROUNDS]
 */
#include "critics/crux_critics.h"
#include "tests/world/panel.h"
#include "tests/world/world.h"

#include <stdio.h>
#include <stdlib.h>

#define NOTES_PROBLEMS 24u

static int violations;

static void notes_expect(bool holds, const char *promise, uint32_t workers)
{
    if (holds)
        return;
    violations++;
    (void)printf("broken: %s (%u workers)\n", promise, workers);
}

static int note_ask(struct crux_port *port, struct crux_call *call)
{
    struct crux_note *note = malloc(sizeof *note);

    (void)port;
    if (note == NULL)
        return CRUX_MEMORY;
    *note = (struct crux_note){.first_error = call->pair->prefix,
                               .text = "it parts here",
                               .error_type = "",
                               .corrected_step = "",
                               .method = ""};
    call->reply = (struct crux_reply){.note = note, .owner = note};
    return CRUX_DONE;
}

static void note_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    free(reply->owner);
}

/* Stops the run when so many trees are finished. */
struct stopping_sink {
    struct crux_sink sink;
    struct world_sink *inner;
    struct crux_search *search;
    _Atomic uint32_t left;
};

static int stopping_finished(struct crux_sink *self, const struct crux_tree *tree,
                             struct crux_error *error)
{
    struct stopping_sink *sink = (struct stopping_sink *)(void *)self;

    if (atomic_fetch_sub(&sink->left, 1) == 1)
        crux_stop(sink->search);
    return sink->inner->sink.finished(&sink->inner->sink, tree, error);
}

static void notes_run(uint32_t workers, uint32_t stop_after)
{
    struct crux_critic at_once = {{"at-once", true, note_ask, NULL, note_release, NULL},
                                  1u << CRUX_ANNOTATE,
                                  false,
                                  false,
                                  false};
    struct crux_critic *scribe = scribe_open(&at_once, 1000);
    const struct world_script script = {.branching = 4, .depth = 4, .right_of = 3};
    struct world world;
    struct world_source source;
    struct world_sink inner;
    struct stopping_sink sink = {{stopping_finished}, &inner, NULL, stop_after};
    struct crux_setup setup = crux_setup_default();
    struct crux_error error = {""};
    int status, wanted = stop_after < NOTES_PROBLEMS ? CRUX_STOPPED : CRUX_OK;

    world_open(&world, &script);
    world_source_open(&source, NOTES_PROBLEMS);
    world_sink_open(&inner);
    setup.policies[CRUX_STEP] = &world.policy;
    setup.critics[CRUX_ROLE_OUTCOME] = &world.outcome;
    setup.critics[CRUX_ROLE_ANNOTATE] = scribe;
    setup.workers = workers;
    setup.simulations = 60;
    setup.in_flight = 3;
    notes_expect(crux_open(&sink.search, &setup, &error) == CRUX_OK, "opens", workers);
    status = crux_run(sink.search, &source.source, &sink.sink, &error);
    notes_expect(status == wanted || status == CRUX_OK, "runs or is stopped", workers);
    crux_close(sink.search);
    crux_critic_close(scribe);
    notes_expect(status == CRUX_STOPPED || inner.trees == NOTES_PROBLEMS, "all trees end", workers);
    notes_expect(inner.violations == 0, "sums exact, nothing in flight", workers);
    notes_expect(world.outstanding == 0, "every reply is released", workers);
    world_source_close(&source);
}

int main(int count, char **words)
{
    int rounds = count > 1 ? atoi(words[1]) : 6;

    for (int i = 0; i < rounds; i++) {
        notes_run(2, NOTES_PROBLEMS + 1);
        notes_run(8, NOTES_PROBLEMS + 1);
        notes_run(4, 5);
    }
    (void)printf("%d broken\n", violations);
    return violations > 0;
}
