/*
 * port_fixture.h - asks a port one call at a time and waits for the answer, without a search.
 *
 * What the port answers lies in port_fixture_call() until the next question; the reply is the
 * fixture's to release.
 *
 * Threads. A fixture belongs to one thread; any number of them may ask one port.
 */
#ifndef TESTS_WORLD_PORT_FIXTURE_H
#define TESTS_WORLD_PORT_FIXTURE_H

#include "search/crux.h"

struct port_fixture;

struct port_fixture *port_fixture_open(void);
void port_fixture_close(struct port_fixture *fixture);

/* Put the question, with a ticket of its own: CRUX_DONE, CRUX_PENDING or negative. */
int port_fixture_send(struct port_fixture *fixture, struct crux_port *port,
                      const struct crux_call *question);

/* Wait until a pending call has completed; with what status. */
int port_fixture_wait(struct port_fixture *fixture);

/* Both, one after the other. */
int port_fixture_ask(struct port_fixture *fixture, struct crux_port *port,
                     const struct crux_call *question);

/* The call as the port sees it. */
struct crux_call *port_fixture_call(struct port_fixture *fixture);

/* Give the reply back. */
void port_fixture_release(struct port_fixture *fixture);

#endif
