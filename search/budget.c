/*
 * budget.c - counters of a problem's simulations, policy calls and tokens, kept by its lanes.
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
    atomic_store_explicit(&open->tokens, 0, memory_order_relaxed);
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

/* Nothing new is begun then. */
static bool budget_has_no_tokens(const struct open_tree *open)
{
    uint32_t limit = open->run->setup.tokens;

    /* relaxed: a lane that sees it late begins a simulation more. */
    return limit > 0 && atomic_load_explicit(&open->tokens, memory_order_relaxed) >= limit;
}

bool budget_reserve(struct simulation *sim, uint32_t calls)
{
    struct open_tree *open = sim->lane->open;
    uint32_t limit = open->run->setup.calls;

    assert(sim->reserved == 0 && calls <= UINT8_MAX);
    if (budget_has_no_tokens(open))
        return false;
    if (limit == 0)
        return true;
    /* relaxed: the number alone counts. */
    if (atomic_fetch_add_explicit(&open->reserved, calls, memory_order_relaxed) + calls > limit) {
        atomic_fetch_sub_explicit(&open->reserved, calls, memory_order_relaxed);
        return false;
    }
    sim->reserved = (uint8_t)calls;
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

static void budget_count_tokens(struct simulation *sim)
{
    struct open_tree *open = sim->lane->open;

    assert(sim->phase >= PHASE_READY); /* it asks nothing any more */
    if (open->run->setup.tokens == 0)
        return;
    /* relaxed: the number alone counts. */
    atomic_fetch_add_explicit(&open->tokens, sim->tokens, memory_order_relaxed);
    sim->tokens = 0;
}

void budget_settle(struct simulation *sim)
{
    budget_count_tokens(sim);
    budget_unreserve(sim);
}

static double budget_share(uint64_t spent, uint64_t limit)
{
    return limit == 0 ? 0.0 : spent < limit ? (double)spent / (double)limit : 1.0;
}

double budget_share_spent(const struct lane *lane)
{
    const struct open_tree *open = lane->open;
    const struct crux_setup *setup = &open->run->setup;
    /* relaxed: the tree has one lane, and this is its worker. */
    double calls = budget_share(atomic_load_explicit(&open->reserved, memory_order_relaxed),
                                setup->calls),
           tokens = budget_share(atomic_load_explicit(&open->tokens, memory_order_relaxed),
                                 setup->tokens),
           most = budget_share(lane->settled, open->simulation_limit);

    assert(setup->lanes == 1);
    most = most > calls ? most : calls;
    return most > tokens ? most : tokens;
}

uint64_t budget_answers(const struct crux_setup *setup)
{
    if (setup->calls > 0)
        return setup->calls;
    return setup->tokens > 0 ? setup->tokens : UINT64_C(2) * setup->simulations;
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
    return !lane->spent && !budget_ended(lane->open) && !budget_has_no_tokens(lane->open) &&
           budget_has_simulation(lane);
}
