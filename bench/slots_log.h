/*
 * slots_log.h - what a model server's own log says of a run: how full its slots were, and
 * what was asked for twice.
 *
 *     log of the server --+
 *     ledger of the run --+--> bench_slots_log_read() --> figures
 *
 * A request takes n slots from the moment when it was given them until it gave them back.
 * Time counts from the first moment when all slots were taken until `until_ns`. Of this
 * window a request fills its slot-seconds when it was answered with 200 and the ledger has its key:
 * what was refused, broken off, or answered to nobody is idleness.
 *
 * Threads. Pure but for the file.
 * Errors.  CRUX_STORE and a sentence that names the line.
 */
#ifndef BENCH_SLOTS_LOG_H
#define BENCH_SLOTS_LOG_H

#include "io/ledger/ledger.h"

struct bench_slots_log {
    uint64_t requests, answered; /* answered: with 200 */
    uint64_t samples;            /* of requests that were answered */
    uint64_t lost;               /* answered, and not in the ledger */
    uint64_t twice;              /* requests whose key came before */
    double fill, seconds; /* of the window; seconds 0: there is none, and fill says nothing */
    bool full;            /* all slots were taken at some moment before until_ns; if at none
                             at all, the window begins with the first request */
};

int bench_slots_log_read(struct bench_slots_log *out, const char *path, uint32_t slots,
                         int64_t until_ns, struct ledger *ledger, struct crux_error *error);

#endif
