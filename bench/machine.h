/*
 * machine.h - what this machine's memory and atomics cost, whatever runs on it.
 *
 * Every time is the least of several repetitions, in nanoseconds. A time that cannot be
 * had (a hand-over on one processor) is 0. Memory is taken for the time of the
 * measurement: at most 1 GiB and a sixteenth, and at most half of what is free.
 */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include "search/crux.h"

struct bench_machine {
    double near_ns, middle_ns, far_ns; /* a dependent load: of 512 KiB, 8 MiB, far_bytes */
    double far_by_8_ns, far_by_16_ns;  /* the same, with 8 and 16 chains side by side, per load */
    double add_ns, rmw_ns;             /* a plain add in memory; fetch_add that nobody disturbs */
    double handover_ns;                /* a line from one processor to another, one way */
    uint64_t far_bytes, cache_bytes;   /* cache: of one processor alone (the second level) */
};

/* What the formula of limits.c needs: far_by_16_ns, cache_bytes, and handover_ns. */
int bench_machine_brief(struct bench_machine *out, struct crux_error *error);

/* All of it. */
int bench_machine_whole(struct bench_machine *out, struct crux_error *error);

#endif
