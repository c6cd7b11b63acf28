/*
 * late_port.h - threads between a caller and a port: they answer in an order of their own,
 * some calls twice.
 */
#ifndef TESTS_WORLD_LATE_PORT_H
#define TESTS_WORLD_LATE_PORT_H

#include "search/crux.h"

struct late_port;

/* inner is the caller's and outlives it. A seed gives the order in which calls are drawn. */
struct late_port *late_port_open(struct crux_port *inner, uint32_t threads, uint64_t seed);
void late_port_close(struct late_port *late);

/* The port to ask; it is that of a struct crux_policy. */
struct crux_port *late_port_of(struct late_port *late);

/* Second completions that were turned away. */
uint64_t late_port_refused(const struct late_port *late);

#endif
