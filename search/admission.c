/*
 * admission.c - the counter that limits calls in flight, and the queue of lanes that wait for it.
 */
#include "search/admission.h"

#include <assert.h>

#define ADMISSION_ONE_MOST (UINT64_C(1) << 32)
#define ADMISSION_PAUSED   (UINT64_C(1) << 63)

static uint32_t admission_flying(uint64_t places)
{
    return (uint32_t)places;
}

static uint32_t admission_most(uint64_t places)
{
    return (uint32_t)((places & ~ADMISSION_PAUSED) / ADMISSION_ONE_MOST);
}

static bool admission_has_place(uint64_t places)
{
    return (places & ADMISSION_PAUSED) == 0 && admission_flying(places) < admission_most(places);
}

bool admission_open(struct admission *admission, struct schedule *schedule, uint32_t most)
{
    assert(most > 0);
    admission->schedule = schedule;
    atomic_init(&admission->places, most * ADMISSION_ONE_MOST);
    return ready_open(&admission->starved, schedule->lane_count);
}

void admission_close(struct admission *admission)
{
    ready_close(&admission->starved);
}

void admission_pass_on(struct admission *admission)
{
    while (atomic_load_explicit(&admission->starving, memory_order_seq_cst) != 0 &&
           admission_has_place(atomic_load_explicit(&admission->places, memory_order_seq_cst))) {
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
    uint64_t places = atomic_load_explicit(&admission->places, memory_order_relaxed);

    assert(lane->number < admission->schedule->lane_count);
    while (admission_has_place(places))
        if (atomic_compare_exchange_weak_explicit(&admission->places, &places, places + 1,
                                                  memory_order_relaxed, memory_order_relaxed))
            return true;
    atomic_fetch_add_explicit(&admission->starving, 1, memory_order_seq_cst);
    if (!ready_add(&admission->starved, lane->number))
        atomic_fetch_sub_explicit(&admission->starving, 1, memory_order_relaxed);
    /* A place may have come free before we stood in the queue: look again. seq_cst
     * here, in admission_give_back(), where places grow, and in admission_pass_on() makes one of
     * the two see the other; the other changes of both numbers only count. */
    admission_pass_on(admission);
    return false;
}

void admission_give_back(struct admission *admission)
{
    uint64_t was = atomic_fetch_sub_explicit(&admission->places, 1, memory_order_seq_cst);

    assert(admission_flying(was) > 0); /* one was taken; maybe when there were more places */
    (void)was;
    admission_pass_on(admission);
}

/* --- steering ----------------------------------------------------------------------------- */

void admission_set_most(struct admission *admission, uint32_t most)
{
    uint64_t places = atomic_load_explicit(&admission->places, memory_order_relaxed), to;

    assert(most > 0 && most <= INT32_MAX);
    do {
        to = (places & ADMISSION_PAUSED) | most * ADMISSION_ONE_MOST | admission_flying(places);
    } while (!atomic_compare_exchange_weak_explicit(&admission->places, &places, to,
                                                    memory_order_seq_cst, memory_order_relaxed));
    admission_pass_on(admission);
}

void admission_pause(struct admission *admission)
{
    /* acquire: pairs with the release in admission_resume(): who comes after it sees why. */
    (void)atomic_fetch_or_explicit(&admission->places, ADMISSION_PAUSED, memory_order_acquire);
}

bool admission_resume(struct admission *admission)
{
    /* seq_cst with admission_take(), which is a release, too. */
    uint64_t was =
        atomic_fetch_and_explicit(&admission->places, ~ADMISSION_PAUSED, memory_order_seq_cst);

    admission_pass_on(admission);
    return (was & ADMISSION_PAUSED) != 0;
}

struct admission_view admission_look(const struct admission *admission)
{
    uint64_t places = atomic_load_explicit(&admission->places, memory_order_relaxed);

    return (struct admission_view){admission_flying(places), admission_most(places),
                                   (places & ADMISSION_PAUSED) != 0};
}
