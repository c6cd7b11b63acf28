/*
 * arrivals.c - the order in which a tree's simulations settled (struct crux_arrivals), written to
 * and read from the ledger.
 */
#include "io/backends/arrivals.h"

static int begin_tree(struct crux_arrivals *self, const struct crux_problem *problem,
                      struct crux_arrival **order, size_t *count, struct crux_error *error)
{
    struct arrivals *arrivals = (struct arrivals *)(void *)self;

    if (ledger_replays(arrivals->ledger))
        return ledger_order(arrivals->ledger, problem->ordinal, order, count, error);
    ledger_order_forget(arrivals->ledger, problem->ordinal);
    return CRUX_OK;
}

static void add_arrival(struct crux_arrivals *self, const struct crux_problem *problem,
                        const struct crux_arrival *arrival)
{
    struct arrivals *arrivals = (struct arrivals *)(void *)self;

    if (!ledger_replays(arrivals->ledger))
        ledger_order_add(arrivals->ledger, problem->ordinal, arrival);
}

int arrivals_attach(struct arrivals *arrivals, struct ledger *ledger, struct crux_setup *setup,
                    struct crux_error *error)
{
    bool replays = ledger_replays(ledger);

    if (setup->lanes == 1) {
        *arrivals = (struct arrivals){{begin_tree, add_arrival}, ledger};
        setup->arrivals = &arrivals->port;
        if (replays)
            setup->deadline_ns = 0; /* what was late then is late again, and nothing else */
        return CRUX_OK;
    }
    if (!replays || setup->order != CRUX_ORDER_ARRIVAL)
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID,
                     "a replay cannot follow trees that several workers have shared in order of "
                     "arrival: with more than one (--workers-per-tree) no order is kept");
}
