/*
 * schedule.h - which lane has something to do, and waking it.
 *
 *     notify --> ready set, one post of `work` --> a worker runs the lane --> let go
 *
 * No worker owns a tree: a lane with something to do is in the ready set, and the next free
 * worker takes it. So a reply that comes in costs one bit and one post of a semaphore.
 *
 * What may run together. Everything but open and close; schedule_notify() and
 *          schedule_deliver() from any thread, the others by the worker that runs the lane.
 * Progress. notify and deliver: lock-free. next: lock-free (a retry means that another worker
 *          took the lane).
 */
#ifndef SEARCH_SCHEDULE_H
#define SEARCH_SCHEDULE_H

#include "search/open_tree.h"
#include "search/ready.h"

#include <semaphore.h>

struct schedule {
    struct lane *lanes;
    uint32_t lane_count;
    struct ready ready;          /* lanes that have something to do */
    sem_t work;                  /* one post for every number put into ready */
    _Atomic uint32_t delivering; /* threads of ports that are in here */
};

/* Makes lane_count closed lanes. False: no memory. */
bool schedule_open(struct schedule *schedule, uint32_t lane_count);
void schedule_close(struct schedule *schedule);

/* The lane has something to do. False: it is closed, nothing came of it. */
bool schedule_notify(struct schedule *schedule, struct lane *lane);
void schedule_notify_all(struct schedule *schedule);

/* A lane with something to do, for the worker that has taken one post of `work`: RUNNING. */
struct lane *schedule_next(struct schedule *schedule);

/* The worker that ran the lane lets go of it: to sleep, unless it has more to do or was
 * notified meanwhile. */
void schedule_let_go(struct lane *lane, bool more);

/* CLOSED -> QUEUED: a tree begins, or its lane 0 waits for answers about it. */
void schedule_open_lane(struct lane *lane);

/* RUNNING or AGAIN -> CLOSED: no notice queues it before its next tree. True: there was one,
 * which may have been a place among the calls that another lane waits for. */
bool schedule_close_lane(struct lane *lane);

/* Put a record whose call has completed into its lane's mailbox. */
void schedule_deliver(struct simulation *sim);

/* A thread of a port touches the crew between these two, and until it has left the run does not
 * end: schedule_wait_for_deliveries() waits for the last one. */
void schedule_enter_delivery(struct schedule *schedule);
void schedule_leave_delivery(struct schedule *schedule);
void schedule_wait_for_deliveries(struct schedule *schedule);

/* In a tree that lanes share: one of them has settled, or is done; wake those that are parked. */
void schedule_wake_others(struct open_tree *open);

/* Park a lane until another one of its tree has settled. False: one has, since `settles`. */
bool schedule_park(struct lane *lane, uint64_t settles);

#endif
