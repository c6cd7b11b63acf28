/*
 * port_fixture.c - one asking of a port, and waiting for it.
 */
#include "tests/world/port_fixture.h"

#include <assert.h>
#include <semaphore.h>
#include <stdlib.h>

struct port_fixture {
    struct crux_asking asking; /* first: an asking is its fixture */
    sem_t done;
    int status;
};

static void port_fixture_answered(struct crux_asking *asking, int status)
{
    struct port_fixture *fixture = (struct port_fixture *)(void *)asking;

    fixture->status = status;
    (void)sem_post(&fixture->done);
}

struct port_fixture *port_fixture_open(void)
{
    struct port_fixture *fixture = calloc(1, sizeof *fixture);

    assert(fixture != NULL);
    fixture->asking.answered = port_fixture_answered;
    (void)sem_init(&fixture->done, 0, 0);
    return fixture;
}

void port_fixture_close(struct port_fixture *fixture)
{
    (void)sem_destroy(&fixture->done);
    free(fixture);
}

int port_fixture_send(struct port_fixture *fixture, struct crux_port *port,
                      const struct crux_call *question)
{
    uint64_t ticket = fixture->asking.call.ticket;

    while (sem_trywait(&fixture->done) == 0)
        continue; /* of the question before */
    fixture->asking.call = *question;
    fixture->asking.call.ticket = ticket;
    return crux_ask(port, &fixture->asking);
}

int port_fixture_wait(struct port_fixture *fixture)
{
    while (sem_wait(&fixture->done) != 0)
        continue;
    (void)sem_post(&fixture->done); /* who waits again finds it answered */
    return fixture->status;
}

int port_fixture_ask(struct port_fixture *fixture, struct crux_port *port,
                     const struct crux_call *question)
{
    int status = port_fixture_send(fixture, port, question);

    return status == CRUX_PENDING ? port_fixture_wait(fixture) : status;
}

struct crux_call *port_fixture_call(struct port_fixture *fixture)
{
    return &fixture->asking.call;
}

void port_fixture_release(struct port_fixture *fixture)
{
    crux_release(&fixture->asking);
}
