/*
 * stress_passes.c - a pass whose answers come from several threads, out of order and some twice.
 *
 * Runs under ThreadSanitizer. Every third pass is stopped in the middle, from a thread that
 * answers. Main judges after each pass: every question that was asked was answered once.
 *
 *     stress_passes [ROUNDS]
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/passes/passes.h"
#include "tests/world/late_port.h"

enum { ROUNDS = 6, QUESTIONS = 2000, SLOTS = 64 };

struct stressed {
    struct passes_work work; /* first */
    struct crux_port *port;
    struct passes_question questions[SLOTS];
    bool busy[SLOTS];
    uint32_t asked, answered;
};

/* The critic: it stops the pass with its stop_at-th answer. */
static struct {
    struct crux_port port;
    _Atomic uint32_t count;
    uint32_t stop_at;
    struct passes *passes;
} stopper;

static const double certain = 1.0;
static int violations;

static void passes_expect(bool holds, const char *promise)
{
    if (holds)
        return;
    violations++;
    (void)printf("broken: %s\n", promise);
}

static int stopper_ask(struct crux_port *port, struct crux_call *call)
{
    (void)port;
    if (atomic_fetch_add(&stopper.count, 1) + 1 == stopper.stop_at)
        passes_stop(stopper.passes);
    call->reply.count = 1;
    call->reply.scores = &certain;
    return CRUX_DONE;
}

static void stopper_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    passes_expect(reply->scores == &certain, "a reply goes back as it was given");
}

static int stressed_next(struct passes_work *work, struct passes_question **out,
                         struct crux_error *error)
{
    struct stressed *stressed = (struct stressed *)(void *)work;
    uint32_t slot = 0;

    (void)error;
    if (stressed->asked == QUESTIONS)
        return CRUX_END;
    while (slot < SLOTS && stressed->busy[slot])
        slot++;
    if (slot == SLOTS)
        return crux_fail(error, CRUX_FAILED, "more are in flight than allowed");
    stressed->busy[slot] = true;
    *out = &stressed->questions[slot];
    (*out)->port = stressed->port;
    (*out)->asking.call.verb = CRUX_SCORE;
    (*out)->asking.call.count = 1;
    (*out)->asking.call.seed = passes_seed(1, "stress", stressed->asked++);
    return CRUX_OK;
}

static int stressed_answered(struct passes_work *work, struct passes_question *question, int status,
                             struct crux_error *error)
{
    struct stressed *stressed = (struct stressed *)(void *)work;
    size_t slot = (size_t)(question - stressed->questions);

    (void)error;
    passes_expect(stressed->busy[slot], "each answer is told once");
    passes_expect(status == CRUX_OK && question->asking.call.reply.scores == &certain,
                  "a reply is as it was given");
    stressed->busy[slot] = false;
    stressed->answered++;
    return CRUX_OK;
}

static void passes_round(uint32_t round)
{
    static struct stressed stressed;
    const struct passes_setup setup = {.in_flight = SLOTS};
    struct late_port *late;
    struct crux_error error = {""};
    int status;

    memset(&stressed, 0, sizeof stressed);
    stressed.work = (struct passes_work){stressed_next, stressed_answered, NULL};
    stopper.port =
        (struct crux_port){.name = "stopper", .ask = stopper_ask, .release = stopper_release};
    atomic_store(&stopper.count, 0);
    stopper.stop_at = round % 3 == 0 ? QUESTIONS / 2 : 0;
    late = late_port_open(&stopper.port, 1 + round % 4, round);
    stressed.port = late_port_of(late);
    if (passes_open(&stopper.passes, &setup, &error) != CRUX_OK)
        exit(2);
    status = passes_run(stopper.passes, &stressed.work, &error);
    passes_close(stopper.passes);
    late_port_close(late);
    passes_expect(status == (round % 3 == 0 ? CRUX_STOPPED : CRUX_OK), error.text);
    passes_expect(stressed.answered == stressed.asked, "all that was asked was answered");
    passes_expect(round % 3 == 0 ? stressed.asked >= QUESTIONS / 2 : stressed.asked == QUESTIONS,
                  "all was asked, or what came before the stop");
}

int main(int count, char **arguments)
{
    uint32_t rounds = count > 1 ? (uint32_t)strtoul(arguments[1], NULL, 10) : ROUNDS;

    for (uint32_t round = 0; round < rounds; round++)
        passes_round(round);
    (void)printf("%u passes, %d violations\n", rounds, violations);
    return violations > 0;
}
