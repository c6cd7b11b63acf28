/*
 * heard.h - what came of a backend's replies, besides answers: how many were of no use and why, and
 * how many begin anew.
 *
 * For people who watch a run: counts of this session, from its first request on, whatever became of
 * the calls later. A request that was turned away and sent again counts each time, so that a server
 * which turns away all of them is seen while they still wait. Replies of the ledger that nothing
 * could be made of count as those that come: they are no better.
 *
 * Other rooms get this header with served.h.
 *
 * Threads. Any.
 */
#ifndef IO_SERVED_HEARD_H
#define IO_SERVED_HEARD_H

#include <stdint.h>

struct served;

enum served_fault {
    SERVED_BUSY,       /* the server asked for patience (429, 503) */
    SERVED_FAULTY,     /* another fault of server or connection */
    SERVED_UNREADABLE, /* a reply that is not as it must be */
    SERVED_DENIED,     /* the request was refused (400, 401, ...) */
    SERVED_LATE,       /* there was no answer before its deadline */
    SERVED_EMPTY,      /* there was nothing in it to use: no step, no answer, no verdict */
    SERVED_FAULTS
};

/* One word, as written in every output: "busy", "unreadable". */
const char *served_fault_name(enum served_fault fault);

struct served_heard {
    uint64_t faults[SERVED_FAULTS];
    uint64_t continued, restarts; /* texts that should go on with another, and those of them that
                                     begin it anew (io/restarts.h): as they come, each by itself,
                                     where a finished tree counts those that say the same once */
};

/* The sum over all faults. */
uint64_t served_heard_faults(const struct served_heard *heard);

/* A policy has read texts that should go on with another. */
void served_went_on(struct served *served, uint64_t continued, uint64_t restarts);

/* Adds what this backend has heard. */
void served_add_heard(struct served *served, struct served_heard *sum);

#endif
