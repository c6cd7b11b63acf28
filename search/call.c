/*
 * call.c - asking a policy or critic: a ticket makes sure that each call completes exactly once.
 *
 * The ticket is the whole protocol. It stands in `waiting` from before the port is asked until
 * the call has completed, and the thread that takes it out owns the asking: the port's thread, or
 * crux_ask() itself when the answer came at once.
 */
#include "search/crux.h"

#include <assert.h>
#include <stdatomic.h>

int crux_ask(struct crux_port *port, struct crux_asking *asking)
{
    struct crux_call *call = &asking->call;
    int status;

    assert(port->instant || asking->answered != NULL);
    assert(atomic_load_explicit(&asking->waiting, memory_order_relaxed) == 0);
    assert((unsigned)call->verb < CRUX_VERBS);
    asking->port = port;
    call->reply = (struct crux_reply){0};
    call->ticket++;
    /* release: pairs with the acquire in crux_complete(): the thread that takes the ticket
     * sees the call. The record is parked from here: it may complete before ask() returns. */
    atomic_store_explicit(&asking->waiting, call->ticket, memory_order_release);
    status = port->ask(port, call);
    assert(status != CRUX_PENDING || !port->instant);
    if (status != CRUX_PENDING)
        atomic_store_explicit(&asking->waiting, 0, memory_order_relaxed);
    return status;
}

bool crux_complete(struct crux_call *call, uint64_t ticket, int status)
{
    struct crux_asking *asking = (struct crux_asking *)(void *)call;
    uint64_t expected = ticket;

    assert(status != CRUX_PENDING);
    /* acquire: pairs with the release in crux_ask(). The thread that takes the ticket
     * owns the record until it is delivered; all others are late. */
    if (ticket == 0 ||
        !atomic_compare_exchange_strong_explicit(&asking->waiting, &expected, 0,
                                                 memory_order_acquire, memory_order_relaxed))
        return false;
    asking->answered(asking, status);
    return true;
}

void crux_cancel(struct crux_asking *asking)
{
    struct crux_port *port = asking->port;

    /* relaxed: the port itself knows whether the call is still pending. */
    if (port != NULL && port->cancel != NULL &&
        atomic_load_explicit(&asking->waiting, memory_order_relaxed) != 0)
        port->cancel(port, &asking->call);
}

void crux_release(struct crux_asking *asking)
{
    assert(asking->port != NULL);
    if (asking->port->release != NULL)
        asking->port->release(asking->port, &asking->call.reply);
}
