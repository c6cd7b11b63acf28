/*
 * arrivals.h - the order in which a tree's simulations settled, and which of them were late: kept
 * in the ledger while a run goes on, followed when it is replayed. So a replay has no deadlines.
 *
 * Threads. As struct crux_arrivals says.
 */
#ifndef IO_BACKENDS_ARRIVALS_H
#define IO_BACKENDS_ARRIVALS_H

#include "io/ledger/ledger.h"

struct arrivals {
    struct crux_arrivals port; /* first: what the search sees is its arrivals */
    struct ledger *ledger;
};

/* With one lane a tree the setup gets it, and both outlive the search. A replay of trees that
 * several lanes have shared under order ARRIVAL is CRUX_INVALID: no order is kept of them. */
int arrivals_attach(struct arrivals *arrivals, struct ledger *ledger, struct crux_setup *setup,
                    struct crux_error *error);

#endif
