/*
 * hold.c - requests that have not been sent, held back or given up: in a store's trouble, and as
 * who steers the run says.
 */
#include <utlist.h>

#include "io/backends/inside.h"

static enum served_going hold_wanted(struct crux_backends *backends)
{
    int trouble = atomic_load(&backends->trouble), steered = atomic_load(&backends->steered);

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

void backends_leave(struct crux_backends *backends)
{
    account_halt(backends->account, CRUX_STOPPED, "the run was stopped");
    hold_go(backends, SERVED_DROPS);
}
