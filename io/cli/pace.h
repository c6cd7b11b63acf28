/*
 * pace.h - how fast something went in the last half minute.
 *
 * A sum that only grows is noted about once a second; the pace is what came since the oldest note
 * that is kept, for each second. A server that has come to a stop shows within that time, and an
 * average over the whole run would hide it for hours.
 *
 * Threads. One at a time.
 */
#ifndef IO_CLI_PACE_H
#define IO_CLI_PACE_H

#include <stdint.h>

enum { PACE_KEPT = 31 };

struct pace { /* zeroed: nothing is known */
    int64_t at_ns[PACE_KEPT];
    double sums[PACE_KEPT];
    uint32_t count; /* all that were ever noted */
};

/* now_ns: of a clock that never jumps. */
void pace_note(struct pace *pace, int64_t now_ns, double sum);

/* For each second; 0: nothing is known, or nothing came. */
double pace_of(const struct pace *pace);

#endif
