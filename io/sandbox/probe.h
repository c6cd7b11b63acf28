/*
 * probe.h - does a jail of this plan hold on this machine?
 *
 * It starts one and tries its walls from inside (prober.py). Blocks for as long, a second at most
 * where nothing is wrong.
 */
#ifndef IO_SANDBOX_PROBE_H
#define IO_SANDBOX_PROBE_H

#include "io/sandbox/jail.h"

/* CRUX_INVALID: which wall does not hold, or why no jail starts, and what can be done. */
int probe_jail(const struct jail_plan *plan, struct crux_error *error);

#endif
