/*
 * cost.h - the account that a ledger keeps of a run: in all, by backend, by problem.
 *
 * Reads a store, also while its run goes on. All of it is of one instant.
 *
 * Errors. CRUX_STORE or CRUX_MEMORY and a sentence that names the file.
 */
#ifndef IO_LEDGER_COST_H
#define IO_LEDGER_COST_H

#include "io/ledger/ledger.h"

struct ledger_line {
    const char *name; /* of the backend, or the problem's id; "" where there is none */
    struct account_sum paid;
};

enum ledger_by { LEDGER_BY_BACKEND, LEDGER_BY_PROBLEM };

struct ledger_cost {
    struct ledger_past past;
    struct account_sum refused;   /* of past.paid: for replies that could not be read; and ... */
    struct account_sum unsettled; /* ... the worst cases of requests of which nothing tells what
                                     they cost: in flight now, or cut off, cancelled, late */
    uint64_t problems;            /* for which something was paid */

    /* Called for every backend by name, then for the dearest problems: by price, then by
     * tokens. NULL: the sums alone are wanted. */
    uint32_t most; /* problems */
    void (*each)(void *context, enum ledger_by by, const struct ledger_line *line);
    void *context;
};

/* A store without a ledger has paid nothing. */
int ledger_cost_read(struct ledger_cost *cost, const char *path, struct crux_error *error);

/* The same from a store that is open for reading, and has no ledger open. */
int ledger_cost_of(struct ledger_cost *cost, struct crux_store *store, struct crux_error *error);

/* The same from a store whose ledger is open, before anybody else asks it. */
int ledger_cost_open(struct ledger_cost *cost, struct crux_store *store, struct crux_error *error);

/* Of the prompt tokens of replies that are kept, the share that servers had in their caches, 0 ..
 * 1; below 0: no reply tells of any. */
double ledger_cost_cached(const struct ledger_cost *cost);

#endif
