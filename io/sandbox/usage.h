/*
 * usage.h - what the processes of a jail use right now, read from the jail's own /proc.
 *
 * A figure is of one instant: what a process used that has ended counts with whoever reaped it.
 * Threads. Any; nothing is kept.
 */
#ifndef IO_SANDBOX_USAGE_H
#define IO_SANDBOX_USAGE_H

#include "io/sandbox/jail.h"

struct usage {
    uint64_t
        memory; /* bytes that are no file's, of all processes; what they share counts for each */
    int64_t cpu_ns;     /* of the processor, since the jail began */
    bool busy;          /* one of their threads wants a processor, or waits for a disk */
    uint32_t processes; /* 0: it cannot be read (the jail has ended, or not begun) */
};

/* Nothing before jail_look_in(). */
void usage_look(struct usage *out, const struct jail *jail);

#endif
