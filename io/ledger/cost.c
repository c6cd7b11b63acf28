/*
 * cost.c - the sums that `crux cost` prints, read from the store.
 */
#include "io/ledger/cost.h"

static void hand_on_cost(void *context, enum store_payer by, const char *name,
                         const struct account_sum *paid)
{
    const struct ledger_cost *cost = context;
    const struct ledger_line line = {name, *paid};

    cost->each(cost->context, by == STORE_BACKEND ? LEDGER_BY_BACKEND : LEDGER_BY_PROBLEM, &line);
}

int ledger_cost_open(struct ledger_cost *cost, struct crux_store *store, struct crux_error *error)
{
    struct store_costs costs = {
        .each = cost->each != NULL ? hand_on_cost : NULL, .context = cost, .most = cost->most};
    int status;

    status = store->verbs->ledger_costs(store, &costs, error);
    cost->past = (struct ledger_past){costs.paid, costs.lasted_ns};
    cost->refused = costs.refused;
    cost->unsettled = costs.unsettled;
    cost->problems = costs.problems;
    return status;
}

int ledger_cost_of(struct ledger_cost *cost, struct crux_store *store, struct crux_error *error)
{
    int status = store->verbs->ledger_open(store, error);

    if (status == CRUX_OK)
        status = ledger_cost_open(cost, store, error);
    store->verbs->ledger_close(store);
    return status;
}

int ledger_cost_read(struct ledger_cost *cost, const char *path, struct crux_error *error)
{
    struct crux_store *store = NULL;
    int status = crux_store_open(&store, path, false, error);

    if (status == CRUX_OK)
        status = ledger_cost_of(cost, store, error);
    crux_store_close(store);
    return status;
}

double ledger_cost_cached(const struct ledger_cost *cost)
{
    const struct account_sum *paid = &cost->past.paid;
    uint64_t untold = cost->unsettled.prompt; /* worst cases tell of no cache */

    return paid->cached > 0 && paid->prompt > untold
               ? (double)paid->cached / (double)(paid->prompt - untold)
               : -1.0;
}
