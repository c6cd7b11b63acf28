/*
 * asker.c - one asking of a port, and waiting for it.
 */
#include "tests/world/asker.h"

#include <assert.h>
#include <semaphore.h>
#include <stdlib.h>

struct asker {
    struct crux_asking asking; /* first: an asking is its asker */
    sem_t done;
    int status;
};

static void asker_answered(struct crux_asking *asking, int status)
{
    struct asker *asker = (struct asker *)(void *)asking;

    asker->status = status;
    (void)sem_post(&asker->done);
}

struct asker *asker_open(void)
{
    struct asker *asker = calloc(1, sizeof *asker);

    assert(asker != NULL);
    asker->asking.answered = asker_answered;
    (void)sem_init(&asker->done, 0, 0);
    return asker;
}

void asker_close(struct asker *asker)
{
    (void)sem_destroy(&asker->done);
    free(asker);
}

int asker_send(struct asker *asker, struct crux_port *port, const struct crux_call *question)
{
    uint64_t ticket = asker->asking.call.ticket;

    while (sem_trywait(&asker->done) == 0)
        continue; /* of the question before */
    asker->asking.call = *question;
    asker->asking.call.ticket = ticket;
    return crux_ask(port, &asker->asking);
}

int asker_wait(struct asker *asker)
{
    while (sem_wait(&asker->done) != 0)
        continue;
    (void)sem_post(&asker->done); /* who waits again finds it answered */
    return asker->status;
}

int asker_ask(struct asker *asker, struct crux_port *port, const struct crux_call *question)
{
    int status = asker_send(asker, port, question);

    return status == CRUX_PENDING ? asker_wait(asker) : status;
}

struct crux_call *asker_call(struct asker *asker)
{
    return &asker->asking.call;
}

void asker_release(struct asker *asker)
{
    crux_release(&asker->asking);
}
