/*
 * clock.h - what time it is, for all code outside search/ (which has a clock of its own, that
 * tests drive: struct crux_clock).
 *
 * One function a clock, so that a test may put its own in its place. Any thread.
 */
#ifndef IO_CLOCK_H
#define IO_CLOCK_H

#include <stdint.h>

#define CLOCK_SECOND_NS INT64_C(1000000000)

/* Nanoseconds of CLOCK_MONOTONIC. */
int64_t clock_now_ns(void);

/* Nanoseconds since 1970, of the wall clock: for people, never for a wait. */
int64_t clock_wall_ns(void);

#endif
