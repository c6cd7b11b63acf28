/*
 * kernel_stop.c - protocol: a run is stopped from another thread, with nothing replaced
 * (crux_stop()).
 *
 * A run has two simulations, one at a time. Its port's thread answers the first call, stops
 * the run, and answers the second one if it was asked. Asserted: the run ends, whenever the
 * stop comes; each call that was asked is answered and settled; the tree says that it was cut
 * short exactly when it was.
 */
#include "tests/weak/one_problem.h"

#include <semaphore.h>

static struct crux_call *call; /* the last that was asked */
static uint64_t ticket;
static uint32_t asked, answered;
static sem_t waiting;

static int ask(struct crux_port *port, struct crux_call *question)
{
    (void)port;
    call = question;
    ticket = question->ticket;
    asked++;
    (void)sem_post(&waiting);
    return CRUX_PENDING;
}

static void open_two(uint32_t what)
{
    static struct crux_policy policy = {.port = {"late", false, ask, NULL, NULL, NULL}};
    struct crux_setup setup = crux_setup_default();

    (void)what;
    asked = answered = 0;
    (void)sem_init(&waiting, 0, 0);
    setup.calls = 2;
    setup.per_tree = setup.workers = setup.open_trees = 1;
    open_search(&policy, setup);
}

static void run_and_tell(uint32_t thread)
{
    run_search(thread);
    (void)sem_post(&waiting);
}

static void answer_next(void)
{
    static const struct crux_proposal proposal = {.text = "24"};

    (void)sem_wait(&waiting);
    if (asked == answered)
        return; /* the run is over */
    answered++;
    call->reply = (struct crux_reply){.count = 1, .proposals = &proposal};
    weak_expect(crux_complete(call, ticket, CRUX_DONE), "each reply is taken");
}

static void answer_and_stop(uint32_t thread)
{
    (void)thread;
    answer_next();
    crux_stop(search);
    answer_next();
}

static void judge(uint32_t what)
{
    (void)what;
    weak_expect(ended_with == CRUX_STOPPED || ended_with == CRUX_OK, "stopped, or just too late");
    weak_expect(answered == asked && finished == 1, "what was asked is answered");
    weak_expect(settled == 2 || (cut_short && ended_with == CRUX_STOPPED), "the tree says so");
    crux_close(search);
}

static const struct weak_scene scenes[] = {
    {"a stop", 0, open_two, {run_and_tell, answer_and_stop}, judge, 1, WEAK_ALWAYS},
    {"a stop, two preemptions", 0, open_two, {run_and_tell, answer_and_stop}, judge, 2, WEAK_ONCE},
    {0},
};
WEAK_MAIN(scenes)
