/*
 * server.h - a model server that answers late, in virtual time.
 *
 * What it is.  The value critic of a hash tree per problem, a clock, and a heap of what is
 * due when. A call occupies a slot from ask() until its latency has passed on the
 * server's own clock; that clock stands still while the search works and jumps to
 * the next due call when it has nothing to do (struct crux_clock, idle()). So hours
 * of model calls take seconds, and a run repeats exactly.
 *
 * The world.   Every problem is a tree of its own, named by its ordinal: key(root) = mix(seed
 * + ordinal), key(child i) = mix(key + (i + 1) * 0x9E3779B97F4A7C15), mix is the finaliser of
 * splitmix64; an edge is worth the top 24 bits of its key as a fraction. The truth about a
 * node at depth j is 0.5 + sum of (edge - 0.5) / depth over its path; the critic
 * answers it with noise, drawn from the key, clipped to [0, 1].
 *
 * Slots.       The search's in_flight is the admission; the server only counts. Slot fill is
 * busy slot-seconds over slots x time, from the moment when all were busy for the
 * first time; see bench_server_fill().
 *
 * Ownership.   The critic and the clock live as long as the server.
 * Threads.     One worker only: the server has no lock.
 */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include "search/crux.h"

/* How long a call takes; the mean is a second of virtual time before stragglers. STRAGGLERS:
 * log-normal, and one call in a hundred takes ten times as long. */
enum bench_latency_law { BENCH_CONSTANT, BENCH_LOGNORMAL, BENCH_STRAGGLERS };

struct bench_world {
    uint32_t depth;
    double noise; /* width of the uniform noise on what the critic answers */
    uint64_t seed;
    enum bench_latency_law law;
    uint32_t slots;      /* calls at a time that make it full */
    uint32_t room;       /* calls at a time that it can hold, at least slots */
    uint64_t calls_most; /* over all problems: room to remember what was asked */
    bool one_by_one;     /* problems come one at a time: fill is counted for each */
};

struct bench_server;

/* CRUX_MEMORY is the only failure. */
int bench_server_open(struct bench_server **out, const struct bench_world *world,
                      struct crux_error *error);
void bench_server_close(struct bench_server *server); /* NULL is fine */

struct crux_critic *bench_server_critic(struct bench_server *server);
struct crux_clock *bench_server_clock(struct bench_server *server);

/* What the node really is worth. */
double bench_server_truth(const struct bench_world *world, uint64_t ordinal,
                          const uint16_t *choices, uint32_t depth);

/* A problem is opened now. */
void bench_server_opens(struct bench_server *server);

/* From the first full occupancy until the last problem was opened; one by one: for each
 * problem until its last call began. What was never full counts from its beginning. */
double bench_server_fill(struct bench_server *server);

struct bench_server_counts {
    uint64_t calls, duplicates; /* duplicates: nodes that were asked about before */
    int64_t full_resident;      /* bytes of this process when all slots were first busy */
};

struct bench_server_counts bench_server_counts(const struct bench_server *server);

#endif
