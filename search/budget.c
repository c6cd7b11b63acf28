/*
 * budget.c - counters of a problem's simulations and policy calls, taken from by its lanes.
 */
#include "search/budget.h"

#include "search/run.h"
#include "search/strategies/strategy.h"

#include <assert.h>

#define BUDGET_HANDED_OUT 64u /* simulations that a lane takes from its tree's budget at a time */

void budget_reset(struct open_tree *open)
{
    uint64_t limit = open->run->strategy->simulations(&open->run->setup);

    assert(limit > 0);
    open->simulation_limit = limit < TREE_VISITS_MOST ? limit : TREE_VISITS_MOST;
    /* relaxed, all of it: no lane looks before the lanes are notified. */
    atomic_store_explicit(&open->begun, 0, memory_order_relaxed);
    atomic_store_explicit(&open->reserved, 0, memory_order_relaxed);
    atomic_store_explicit(&open->ended, -1, memory_order_relaxed);
}

bool budget_has_simulation(struct lane *lane)
{
    struct open_tree *open = lane->open;
    uint64_t begun;

    assert(open->simulation_limit > 0);
    if (lane->again > 0 || lane->taken < lane->taken_end)
        return true;
    /* relaxed: the number alone is what is handed out. */
    if (atomic_load_explicit(&open->begun, memory_order_relaxed) >= open->simulation_limit)
        return false;
    begun = atomic_fetch_add_explicit(&open->begun, BUDGET_HANDED_OUT, memory_order_relaxed);
    lane->taken = begun;
    lane->taken_end = begun + BUDGET_HANDED_OUT;
    if (lane->taken_end > open->simulation_limit)
        lane->taken_end = open->simulation_limit;
    return lane->taken < lane->taken_end;
}

uint64_t budget_take_simulation(struct lane *lane)
{
    assert(lane->again > 0 || lane->taken < lane->taken_end);
    if (lane->again == 0)
        return lane->taken++;
    lane->again--;
    return 0;
}

bool budget_reserve(struct simulation *sim, uint32_t calls)
{
    struct open_tree *open = sim->lane->open;
    uint32_t limit = open->run->setup.calls;

    assert(sim->reserved == 0);
    if (limit == 0)
        return true;
    /* relaxed: the number alone counts. */
    if (atomic_fetch_add_explicit(&open->reserved, calls, memory_order_relaxed) + calls > limit) {
        atomic_fetch_sub_explicit(&open->reserved, calls, memory_order_relaxed);
        return false;
    }
    sim->reserved = calls;
    return true;
}

void budget_unreserve(struct simulation *sim)
{
    assert(sim->reserved == 0 || sim->lane->open->run->setup.calls > 0);
    if (sim->reserved == 0)
        return;
    atomic_fetch_sub_explicit(&sim->lane->open->reserved, sim->reserved, memory_order_relaxed);
    sim->reserved = 0;
    sim->lane->spent = false;
}

bool budget_spend(struct run *run)
{
    uint64_t limit = run->setup.limit_calls;

    if (limit == 0)
        return true;
    /* relaxed: the number alone counts. */
    if (atomic_fetch_add_explicit(&run->calls, 1, memory_order_relaxed) < limit)
        return true;
    run_halt(run, HALT_CALLS);
    return false;
}

void budget_end(struct open_tree *open, enum crux_reason reason)
{
    int none = -1;

    assert((unsigned)reason < CRUX_REASONS);
    (void)atomic_compare_exchange_strong_explicit(&open->ended, &none, (int)reason,
                                                  memory_order_relaxed, memory_order_relaxed);
}

bool budget_ended(const struct open_tree *open)
{
    /* relaxed: a lane that sees it late begins a simulation more. */
    return atomic_load_explicit(&open->ended, memory_order_relaxed) >= 0;
}

bool budget_wants_more(struct lane *lane)
{
    return !lane->spent && !budget_ended(lane->open) && budget_has_simulation(lane);
}
