/*
 * clock.c - the machine's clocks, in nanoseconds.
 */
#include "io/clock.h"

#include <time.h>

int64_t clock_now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * CLOCK_SECOND_NS + now.tv_nsec;
}

int64_t clock_wall_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * CLOCK_SECOND_NS + now.tv_nsec;
}
