/*
 * hold.c - requests that have not been sent, held back or given up: in a store's trouble, and as
 * who steers the run says.
 */
#include <utlist.h>

#include "io/backends/inside.h"

/* A run that ends does not wait until somebody has it go on: what a pause held back is left. */
static enum served_going hold_wanted(struct crux_backends *backends)
{
    int trouble = atomic_load(&backends->trouble), steered = atomic_load(&backends->steered);
    struct crux_error why;

    if (steered == SERVED_HELD && account_reason(backends->account, &why) != CRUX_OK)
        steered = SERVED_DROPS;
    return (enum served_going)(trouble > steered ? trouble : steered);
}

static void hold_all_of(struct crux_backends *backends, enum served_going going)
{
    const struct backend *backend;

    services_hold(backends->services, going);
    LL_FOREACH (backends->first, backend)
        served_hold(backend->served, going);
    local_hold(backends->locals, going);
}

/* Without a lock, since what ends here calls back: who comes too late with an old word sees the new
 * one afterwards. */
void backends_hold(struct crux_backends *backends)
{
    enum served_going going;

    do {
        going = hold_wanted(backends);
        hold_all_of(backends, going);
    } while (going != hold_wanted(backends));
}

void backends_halted(void *context)
{
    struct crux_backends *backends = context;
    void (*stop)(void *what) = atomic_load(&backends->stop);

    if (stop != NULL)
        stop(backends->stopped);
    if (atomic_load(&backends->steered) == SERVED_HELD) /* a pause that comes now sees the reason */
        backends_hold(backends);
}

/* What is left is left. */
static void hold_go(struct crux_backends *backends, enum served_going going)
{
    int was = atomic_load(&backends->steered);

    while (was != SERVED_DROPS &&
           !atomic_compare_exchange_weak(&backends->steered, &was, (int)going))
        continue;
    backends_hold(backends);
}

void backends_pause(struct crux_backends *backends)
{
    hold_go(backends, SERVED_HELD);
}

void backends_resume(struct crux_backends *backends)
{
    hold_go(backends, SERVED_GOES);
}

/* What was admitted and is not sent yet would be paid beyond a limit that is reached by now. */
void backends_limit(struct crux_backends *backends, const struct account_limits *limits)
{
    bool paused = atomic_load(&backends->steered) == SERVED_HELD;

    if (account_limit(backends->account, limits, paused) == CRUX_LIMIT)
        hold_go(backends, SERVED_DROPS);
}

void backends_leave(struct crux_backends *backends)
{
    account_halt(backends->account, CRUX_STOPPED, "the run was stopped");
    hold_go(backends, SERVED_DROPS);
}
