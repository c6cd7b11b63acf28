/*
 * asker.c - one record of a simulation, and as much of a lane and a crew around it
 * as crux_complete() touches.
 *
 * The lane is marked as queued already, so that a delivery wakes no worker: there is
 * none. Whether the record was delivered is seen in the lane's mailbox.
 */
#include "tests/world/asker.h"

#include "search/lane.h"

#include <assert.h>
#include <sched.h>
#include <stdlib.h>

struct asker {
    struct crew crew;
    struct lane lane;
    struct simulation sim;
};

struct asker *asker_open(void)
{
    struct asker *asker = aligned_alloc(64, (sizeof *asker + 63) / 64 * 64);

    assert(asker != NULL);
    *asker = (struct asker){.lane = {.state = LANE_QUEUED}};
    asker->lane.crew = &asker->crew;
    asker->sim.lane = &asker->lane;
    return asker;
}

void asker_close(struct asker *asker)
{
    free(asker);
}

int asker_send(struct asker *asker, struct crux_port *port, const struct crux_call *question)
{
    struct simulation *sim = &asker->sim;
    uint64_t ticket = sim->call.ticket + 1;
    int status;

    assert(atomic_load(&sim->waiting) == 0);
    sim->call = *question;
    sim->call.ticket = ticket;
    sim->call.reply = (struct crux_reply){0};
    atomic_store(&asker->crew.in_flight, 1);
    atomic_store(&asker->lane.mailbox, NULL);
    atomic_store(&sim->waiting, ticket);
    status = port->ask(port, &sim->call);
    if (status != CRUX_PENDING)
        atomic_store(&sim->waiting, 0);
    return status;
}

int asker_wait(struct asker *asker)
{
    while (atomic_load(&asker->lane.mailbox) == NULL || atomic_load(&asker->crew.completing) > 0)
        (void)sched_yield();
    return asker->sim.status;
}

int asker_ask(struct asker *asker, struct crux_port *port, const struct crux_call *question)
{
    int status = asker_send(asker, port, question);

    return status == CRUX_PENDING ? asker_wait(asker) : status;
}

struct crux_call *asker_call(struct asker *asker)
{
    return &asker->sim.call;
}

void asker_release(struct asker *asker, struct crux_port *port)
{
    if (port->release != NULL)
        port->release(port, &asker->sim.call.reply);
}
