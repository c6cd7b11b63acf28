/*
 * kernel_run.c - protocol: a whole run, with nothing replaced (crux.h).
 *
 * A host runs a search and closes it as soon as it has ended; a port answers the calls from
 * a thread of its own, to which it hands them over properly. Asserted: each reply is taken,
 * each simulation settles once, the run ends, and nobody touches the search after it was
 * closed (memory that was freed), though the port's thread may still be on its way out.
 */
#include "tests/weak/one_problem.h"

#include <semaphore.h>

static struct crux_call *calls[2];
static uint64_t tickets[2];
static uint32_t asked;
static sem_t waiting;

static int ask(struct crux_port *port, struct crux_call *call)
{
    (void)port;
    calls[asked] = call;
    tickets[asked++] = call->ticket;
    (void)sem_post(&waiting);
    return CRUX_PENDING;
}

static void open_for(uint32_t count)
{
    static struct crux_policy policy = {.port = {"late", false, ask, NULL, NULL, NULL}};
    struct crux_setup setup = crux_setup_default();

    asked = 0;
    (void)sem_init(&waiting, 0, 0);
    setup.calls = setup.per_tree = count;
    setup.workers = setup.open_trees = 1;
    open_search(&policy, setup);
}

static void run_and_close(uint32_t thread)
{
    run_search(thread);
    crux_close(search);
}

static void answer(uint32_t number)
{
    static const struct crux_proposal proposal = {.text = "24"};

    (void)sem_wait(&waiting);
    calls[number]->reply = (struct crux_reply){.count = 1, .proposals = &proposal};
    weak_expect(crux_complete(calls[number], tickets[number], CRUX_DONE), "each reply is taken");
}

static void answer_one(uint32_t thread)
{
    (void)thread;
    answer(0);
}

static void answer_two(uint32_t thread)
{
    (void)thread;
    answer(0);
    answer(1);
}

static void judge(uint32_t count)
{
    weak_expect(ended_with == CRUX_OK, "the run ends well");
    weak_expect(finished == 1 && settled == count, "with all answers of one problem");
}

static const struct weak_scene scenes[] = {
    {"one call", 1, open_for, {run_and_close, answer_one}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"two calls", 2, open_for, {run_and_close, answer_two}, judge, WEAK_ALL, WEAK_ONCE},
    {0},
};
WEAK_MAIN(scenes)
