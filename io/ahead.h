/*
 * ahead.h - how many calls are under way so that a server always has as many as it may have.
 *
 *     a place is taken --> booked, in the ledger --> | waits --> the server | --> in the ledger -->
 * back a write to the disk       '---- in flight ----'       and another one
 *
 * A call holds its place among the calls under way for longer than the server has it: before, what
 * it may cost is written to the disk, and its reply after that. Were there only as many places as
 * the server may have calls, it would wait for our disk each time that one of them ends. So there
 * are more, and those that are booked already wait in the client (io/http), which holds the limit
 * and sends the next one in the moment in which a reply has come.
 *
 * This decides when calls are sent and nothing else: how many simulations a tree has open is its
 * window's.
 *
 * Pure; any thread.
 */
#ifndef IO_AHEAD_H
#define IO_AHEAD_H

#include <stdint.h>

/* A fourth more, for servers that take as long as four writes or longer; and some for those who
 * have few, since two or three replies may come at once. */
enum { AHEAD_SHARE = 4, AHEAD_LEAST = 4 };

/* Places for the calls of a backend that may have in_flight of them at its servers. */
static inline uint64_t ahead_of(uint64_t in_flight)
{
    return in_flight + in_flight / AHEAD_SHARE + AHEAD_LEAST;
}

/* Calls that backends may have at a time, all together. */
struct ahead_room {
    uint64_t at_servers;
    uint64_t places; /* and with those that are booked ahead */
};

static inline void ahead_add(struct ahead_room *sum, uint64_t in_flight)
{
    sum->at_servers += in_flight;
    sum->places += ahead_of(in_flight);
}

#endif
