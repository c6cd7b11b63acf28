/*
 * kernel_parking.c - protocol: a lane of a shared tree parks until another one has settled
 * (crew.h).
 *
 * One lane wants a leaf that the other lane holds. It looks at the settles, looks at the leaf,
 * and parks; the other one frees the leaf and takes a turn, as lane_run() and lane_settle() do.
 * Asserted: it is not left parked over a leaf that is free (it would sleep for ever),
 * nobody is counted as parked in the end, and who runs a lane sees all that was done in it
 * before (else it is a race).
 */
#include "tests/weak/crew_alone.h"

static _Atomic uint32_t held; /* marks on the leaf; read by an addition, as tree_enter() does */
static uint32_t runs[2];      /* of each lane, by the thread that runs it */

static enum progress took_back(struct simulation *sim)
{
    (void)sim;
    return PROGRESS_WAITS;
}

int finish_tree(struct open_tree *open, struct crux_sink *sink, struct finish_counts *counts,
                struct crux_error *error)
{
    (void)open, (void)sink, (void)counts, (void)error;
    return CRUX_OK;
}

static enum lane_end hold(struct lane *lane)
{
    (void)atomic_fetch_sub_explicit(&held, 1, memory_order_relaxed);
    schedule_wake_others(lane->open);
    return LANE_DONE;
}

static enum lane_end want(struct lane *lane)
{
    uint64_t settles = atomic_load(&lane->open->settles);

    if (atomic_fetch_add_explicit(&held, 0, memory_order_relaxed) == 0)
        return LANE_DONE;
    return schedule_park(lane, settles) ? LANE_WAITS : LANE_MORE;
}

enum lane_end lane_run(struct lane *lane)
{
    runs[lane->number]++;
    return lane->number == 0 ? hold(lane) : want(lane);
}

static void open_held(uint32_t workers)
{
    struct size size = {.trees = 1, .lanes = 2, .workers = workers, .places = 1, .problems = 1};

    atomic_store(&held, 1);
    runs[0] = runs[1] = 0;
    open_crew(size);
    if (workers == 2)
        return;
    /* Lane 0 is not run here: its work is done from outside. */
    (void)ready_take(&crew.schedule.ready);
    (void)sem_trywait(&crew.schedule.work);
    atomic_store(&crew.open[0].lanes_left, 1);
    atomic_store(&crew.schedule.lanes[0].state, LANE_RUNNING);
}

static void settle_outside(uint32_t thread)
{
    (void)thread;
    (void)hold(&crew.schedule.lanes[0]);
}

static void judge(uint32_t workers)
{
    (void)workers;
    weak_expect(held == 0 && crew.over, "the leaf is free and the tree is done");
    weak_expect(crew.open[0].parked == 0, "nobody is parked");
}

static const struct weak_scene scenes[] = {
    {"one settles, one parks",
     1,
     open_held,
     {work_here, settle_outside},
     judge,
     WEAK_ALL,
     WEAK_ALWAYS},
    {"two workers", 2, open_held, {work_here, work_here}, judge, WEAK_ALL, WEAK_ALWAYS},
    {0},
};
WEAK_MAIN(scenes)
