/*
 * tell.h - says how a run is doing, where a person looks: on a terminal one line of standard error
 * that is written anew each second, as wide as the terminal is then (live.h); else, or where the
 * terminal can do nothing (TERM=dumb), a plain line every five seconds.
 *
 * Threads. One at a time.
 */
#ifndef IO_CLI_TELL_H
#define IO_CLI_TELL_H

#include "io/cli/live.h"
#include "io/cli/pace.h"
#include "search/crux.h"

struct crux_backends;

struct tell {
    bool shown, terminal;
    bool drawn; /* there is a line on the terminal that is not ended */
    unsigned beats;
    int64_t began_ns;
    struct pace tokens, simulations, units;
    struct crux_backends *backends; /* NULL: nothing is paid for */
    struct crux_backend_sum {
        uint64_t calls, known, tokens;
        int64_t price;
    } before; /* what they had paid when it began */
};

/* shown: false, nothing is written. backends may be NULL, and are asked while it tells. */
void tell_begin(struct tell *tell, bool shown, struct crux_backends *backends);

/* What the backends know of this session, into calls, known, tokens, price, heard; how long it
 * takes already; and of the calls in flight, which the caller has filled in, those that no server
 * has yet become unsent. */
void tell_ask_backends(const struct tell *tell, struct live *live);

/* About once a second: the paces, of tokens, simulations and of units of work; the last for the
 * estimate. */
double tell_note(struct tell *tell, struct live *live, double units);
void tell_beat(struct tell *tell, const struct live *live);

/* The whole beat of a pass over items that are much alike: done of all of noun, and what is asked.
 */
struct tell_items {
    const char *noun;
    uint64_t done, all, in_flight, failed;
};
void tell_items(struct tell *tell, const struct tell_items *items);

/* Take the line off the terminal: it ends, or something else is written there. */
void tell_clear(struct tell *tell);

#endif
