/*
 * kernel_ticket.c - protocol: who takes a call's ticket owns its record (crux_complete()).
 *
 * A port hands its calls over without any order of memory, one word each; all that the
 * answering thread may touch, it may touch because of the ticket. Meanwhile the lane gives
 * the call up, since its time is over, and the port completes it from there. Asserted: one of
 * the two is believed, a ticket of another asking never; the record comes back once, and
 * whole (else it is a race); the run ends.
 */
#include "tests/weak/one_problem.h"

#include <stdatomic.h>

#define TICKET_BITS 16u

static _Atomic uint64_t word; /* a call's address above, its ticket below. relaxed throughout */
static uint32_t answered, given_up;
static int64_t time_ns;

static int ask(struct crux_port *port, struct crux_call *call)
{
    (void)port;
    atomic_store_explicit(&word, (uint64_t)(uintptr_t)call << TICKET_BITS | call->ticket,
                          memory_order_relaxed);
    return CRUX_PENDING;
}

static void cancel(struct crux_port *port, struct crux_call *call)
{
    (void)port;
    given_up += crux_complete(call, call->ticket, CRUX_CANCELLED);
}

static int64_t now_ns(struct crux_clock *self)
{
    (void)self;
    return ++time_ns;
}

static void open_hasty(uint32_t what)
{
    static struct crux_policy policy = {.port = {"bare", false, ask, cancel, NULL, NULL}};
    static struct crux_clock clock = {now_ns, NULL};
    struct crux_setup setup = crux_setup_default();

    (void)what;
    atomic_store(&word, 0);
    answered = given_up = 0;
    time_ns = 0;
    setup.calls = setup.per_tree = setup.workers = setup.open_trees = 1;
    setup.deadline_ns = 1;
    setup.clock = &clock;
    open_search(&policy, setup);
}

static void answer(uint32_t thread)
{
    uint64_t found = atomic_load_explicit(&word, memory_order_relaxed);
    uint64_t ticket = found & ((1u << TICKET_BITS) - 1);
    struct crux_call *call = (struct crux_call *)(uintptr_t)(found >> TICKET_BITS);

    (void)thread;
    if (call == NULL)
        return;
    weak_expect(!crux_complete(call, 0, CRUX_FAILED), "no ticket is 0");
    weak_expect(!crux_complete(call, ticket + 1, CRUX_FAILED), "nor one of the next asking");
    answered += crux_complete(call, ticket, CRUX_FAILED);
}

static void judge(uint32_t what)
{
    (void)what;
    weak_expect(answered + given_up == 1, "one of them is believed");
    weak_expect(ended_with == CRUX_OK && finished == 1 && settled == 0, "and the run ends");
    crux_close(search);
}

static const struct weak_scene scenes[] = {
    {"an answer or a deadline", 0, open_hasty, {run_search, answer}, judge, WEAK_ALL, WEAK_ALWAYS},
    {0},
};
WEAK_MAIN(scenes)
