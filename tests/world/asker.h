/*
 * asker.h - asks a port one call at a time and waits for the answer, without a search.
 *
 * What the port answers lies in asker_call() until the next question; the reply is the asker's to
 * release.
 *
 * Threads. An asker belongs to one thread; any number of them may ask one port.
 */
#ifndef TESTS_ASKER_H
#define TESTS_ASKER_H

#include "search/crux.h"

struct asker;

struct asker *asker_open(void);
void asker_close(struct asker *asker);

/* Put the question, with a ticket of its own: CRUX_DONE, CRUX_PENDING or negative. */
int asker_send(struct asker *asker, struct crux_port *port, const struct crux_call *question);

/* Wait until a pending call has completed; with what status. */
int asker_wait(struct asker *asker);

/* Both, one after the other. */
int asker_ask(struct asker *asker, struct crux_port *port, const struct crux_call *question);

/* The call as the port sees it. */
struct crux_call *asker_call(struct asker *asker);

/* Give the reply back. */
void asker_release(struct asker *asker);

#endif
