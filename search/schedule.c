/*
 * schedule.c - the scheduler: which lane runs next, and how a reply wakes a sleeping one.
 */
#include "search/schedule.h"

#include "search/run.h"

#include <assert.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

bool schedule_open(struct schedule *schedule, uint32_t lane_count)
{
    assert(lane_count > 0);
    (void)sem_init(&schedule->work, 0, 0);
    schedule->lane_count = lane_count;
    schedule->lanes = aligned_alloc(64, lane_count * sizeof *schedule->lanes);
    if (schedule->lanes == NULL)
        return false;
    memset(schedule->lanes, 0, lane_count * sizeof *schedule->lanes);
    for (uint32_t i = 0; i < lane_count; i++)
        atomic_init(&schedule->lanes[i].state, LANE_CLOSED);
    return ready_open(&schedule->ready, lane_count);
}

void schedule_close(struct schedule *schedule)
{
    ready_close(&schedule->ready);
    free(schedule->lanes);
    schedule->lanes = NULL;
    (void)sem_destroy(&schedule->work);
}

/* --- ready, running, idle --------------------------------------------------------- */

static void schedule_make_ready(struct schedule *schedule, struct lane *lane)
{
    /* A lane is queued once at a time, so every number added has its own post. */
    bool added;

    assert(lane->number < schedule->lane_count);
    added = ready_add(&schedule->ready, lane->number);

    assert(added);
    (void)added;
    (void)sem_post(&schedule->work);
}

bool schedule_notify(struct schedule *schedule, struct lane *lane)
{
    /* seq_cst: comes after what is reported; pairs with schedule_next(), which sets RUNNING
     * before the lane looks. acquire below: pairs with the release in schedule_let_go(). */
    int state = atomic_load_explicit(&lane->state, memory_order_seq_cst);

    for (;;) {
        if (state == LANE_CLOSED)
            return false;
        if (state == LANE_QUEUED || state == LANE_AGAIN)
            return true;
        if (state == LANE_IDLE) {
            if (atomic_compare_exchange_weak_explicit(&lane->state, &state, LANE_QUEUED,
                                                      memory_order_acquire, memory_order_relaxed)) {
                schedule_make_ready(schedule, lane);
                return true;
            }
        } else if (atomic_compare_exchange_weak_explicit(&lane->state, &state, LANE_AGAIN,
                                                         memory_order_relaxed,
                                                         memory_order_relaxed)) {
            return true;
        }
    }
}

void schedule_notify_all(struct schedule *schedule)
{
    for (uint32_t i = 0; i < schedule->lane_count; i++)
        (void)schedule_notify(schedule, &schedule->lanes[i]);
}

struct lane *schedule_next(struct schedule *schedule)
{
    struct lane *lane;
    uint32_t number;

    /* There is one for every post; another worker may be a step ahead of us in the same word,
     * so a round can find none. */
    while ((number = ready_take(&schedule->ready)) == READY_NONE)
        (void)sched_yield();
    assert(number < schedule->lane_count);
    lane = &schedule->lanes[number];
    assert(atomic_load_explicit(&lane->state, memory_order_relaxed) == LANE_QUEUED);
    /* seq_cst: before the lane looks at its mailbox; pairs with schedule_notify(). */
    atomic_store_explicit(&lane->state, LANE_RUNNING, memory_order_seq_cst);
    return lane;
}

void schedule_let_go(struct lane *lane, bool more)
{
    int running = LANE_RUNNING;

    /* release: the thread that queues the lane next hands on all that was done in it. */
    if (!more && atomic_compare_exchange_strong_explicit(
                     &lane->state, &running, LANE_IDLE, memory_order_release, memory_order_relaxed))
        return;
    assert(more || running == LANE_AGAIN);
    atomic_store_explicit(&lane->state, LANE_QUEUED, memory_order_relaxed); /* ready_add() orders */
    schedule_make_ready(lane->schedule, lane);
}

void schedule_open_lane(struct lane *lane)
{
    assert(atomic_load_explicit(&lane->state, memory_order_relaxed) == LANE_CLOSED);
    /* Never IDLE in between: a notice could queue it then and hand on less than was written
     * here. relaxed: ready_add() orders. */
    atomic_store_explicit(&lane->state, LANE_QUEUED, memory_order_relaxed);
    schedule_make_ready(lane->schedule, lane);
}

bool schedule_close_lane(struct lane *lane)
{
    /* relaxed: the count of lanes left hands the lane on. */
    int was = atomic_exchange_explicit(&lane->state, LANE_CLOSED, memory_order_relaxed);

    assert(was == LANE_RUNNING || was == LANE_AGAIN);
    return was == LANE_AGAIN;
}

/* --- mail ------------------------------------------------------------------------------ */

void schedule_enter_delivery(struct schedule *schedule)
{
    /* relaxed: the run cannot end before what is delivered is taken, which orders this. */
    atomic_fetch_add_explicit(&schedule->delivering, 1, memory_order_relaxed);
}

void schedule_leave_delivery(struct schedule *schedule)
{
    /* release: pairs with the acquire in schedule_wait_for_deliveries(). */
    uint32_t was = atomic_fetch_sub_explicit(&schedule->delivering, 1, memory_order_release);

    assert(was > 0); /* it was entered */
    (void)was;
}

void schedule_deliver(struct simulation *sim)
{
    struct lane *lane = sim->lane;
    struct schedule *schedule = lane->schedule;
    struct simulation *newest;

    schedule_enter_delivery(schedule);
    newest = atomic_load_explicit(&lane->mailbox, memory_order_relaxed);
    do {
        sim->next = newest;
        /* seq_cst: comes before the look at the lane's state in schedule_notify(); pairs
         * with lane_collect(), which comes after the change of that state. */
    } while (!atomic_compare_exchange_weak_explicit(&lane->mailbox, &newest, sim,
                                                    memory_order_seq_cst, memory_order_relaxed));
    (void)schedule_notify(schedule, lane);
    schedule_leave_delivery(schedule);
}

void schedule_wait_for_deliveries(struct schedule *schedule)
{
    /* acquire: pairs with the release in schedule_leave_delivery(). */
    while (atomic_load_explicit(&schedule->delivering, memory_order_acquire) != 0)
        (void)sched_yield();
}

/* --- lanes that share a tree ------------------------------------------------------------- */

void schedule_wake_others(struct open_tree *open)
{
    uint32_t lanes = open->run->setup.lanes;

    if (lanes == 1 || open->instant)
        return;
    /* seq_cst with schedule_park(): either we see it parked, or it sees our settle. What is
     * exchanged below only decides which thread notifies. */
    atomic_fetch_add_explicit(&open->settles, 1, memory_order_seq_cst);
    if (atomic_load_explicit(&open->parked, memory_order_seq_cst) == 0)
        return;
    for (uint32_t i = 0; i < lanes; i++) {
        if (atomic_exchange_explicit(&open->lanes[i].parked, false, memory_order_relaxed)) {
            atomic_fetch_sub_explicit(&open->parked, 1, memory_order_relaxed);
            (void)schedule_notify(open->schedule, &open->lanes[i]);
        }
    }
}

bool schedule_park(struct lane *lane, uint64_t settles)
{
    struct open_tree *open = lane->open;

    assert(open->run->setup.lanes > 1);
    assert(!open->instant);
    /* A lane that something else has woken still counts as parked: it is counted once. */
    if (!atomic_exchange_explicit(&lane->parked, true, memory_order_relaxed))
        atomic_fetch_add_explicit(&open->parked, 1, memory_order_seq_cst);
    if (atomic_load_explicit(&open->settles, memory_order_seq_cst) == settles)
        return true;
    if (atomic_exchange_explicit(&lane->parked, false, memory_order_relaxed))
        atomic_fetch_sub_explicit(&open->parked, 1, memory_order_relaxed);
    return false;
}
