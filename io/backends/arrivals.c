/*
 * arrivals.c - crux_settling on a ledger.
 */
#include "io/backends/arrivals.h"

static int begin_tree(struct crux_settling *self, const struct crux_problem *problem,
                      uint64_t **order, size_t *count, struct crux_error *error)
{
    struct arrivals *arrivals = (struct arrivals *)(void *)self;

    if (ledger_replays(arrivals->ledger))
        return ledger_order(arrivals->ledger, problem->ordinal, order, count, error);
    ledger_order_forget(arrivals->ledger, problem->ordinal);
    return CRUX_OK;
}

static void add_arrival(struct crux_settling *self, const struct crux_problem *problem,
                        uint64_t number)
{
    struct arrivals *arrivals = (struct arrivals *)(void *)self;

    if (!ledger_replays(arrivals->ledger))
        ledger_order_add(arrivals->ledger, problem->ordinal, number);
}

int arrivals_attach(struct arrivals *arrivals, struct ledger *ledger, struct crux_setup *setup,
                    struct crux_error *error)
{
    if (setup->order != CRUX_ORDER_ARRIVAL)
        return CRUX_OK;
    if (setup->lanes == 1) {
        *arrivals = (struct arrivals){{begin_tree, add_arrival}, ledger};
        setup->settling = &arrivals->settling;
        return CRUX_OK;
    }
    if (!ledger_replays(ledger))
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID,
                     "--replay cannot follow trees that several workers have shared in order of "
                     "arrival: --lanes above 1 has no order that is kept");
}
