/*
 * admission.c - the counter that limits calls in flight, and the queue of lanes that wait for it.
 */
#include "search/admission.h"

#include <assert.h>

bool admission_open(struct admission *admission, struct schedule *schedule, uint32_t most)
{
    assert(most > 0);
    admission->schedule = schedule;
    admission->most = most;
    return ready_open(&admission->starved, schedule->lane_count);
}

void admission_close(struct admission *admission)
{
    ready_close(&admission->starved);
}

void admission_pass_on(struct admission *admission)
{
    while (atomic_load_explicit(&admission->starving, memory_order_seq_cst) != 0 &&
           atomic_load_explicit(&admission->in_flight, memory_order_seq_cst) < admission->most) {
        uint32_t number = ready_take(&admission->starved);

        if (number == READY_NONE)
            return;
        assert(number < admission->schedule->lane_count);
        atomic_fetch_sub_explicit(&admission->starving, 1, memory_order_relaxed);
        if (schedule_notify(admission->schedule, &admission->schedule->lanes[number]))
            return;
    }
}

bool admission_take(struct admission *admission, struct lane *lane)
{
    uint64_t flying = atomic_load_explicit(&admission->in_flight, memory_order_relaxed);

    assert(lane->number < admission->schedule->lane_count);
    while (flying < admission->most)
        if (atomic_compare_exchange_weak_explicit(&admission->in_flight, &flying, flying + 1,
                                                  memory_order_relaxed, memory_order_relaxed))
            return true;
    atomic_fetch_add_explicit(&admission->starving, 1, memory_order_seq_cst);
    if (!ready_add(&admission->starved, lane->number))
        atomic_fetch_sub_explicit(&admission->starving, 1, memory_order_relaxed);
    /* A place may have come free before we stood in the queue: look again. seq_cst
     * here, in admission_give_back() and in admission_pass_on() makes one of the two see the
     * other; the other changes of both numbers only count. */
    admission_pass_on(admission);
    return false;
}

void admission_give_back(struct admission *admission)
{
    uint64_t was = atomic_fetch_sub_explicit(&admission->in_flight, 1, memory_order_seq_cst);

    assert(was > 0 && was <= admission->most); /* one was taken */
    (void)was;
    admission_pass_on(admission);
}
