/*
 * admission.h - places among the calls in flight, over the whole run.
 *
 * A call that may have to be waited for takes a place first and gives it back when it has
 * completed. A lane that finds none queues for one: sending waits, descending never does.
 *
 * What may run together. take and pass_on by any worker, give_back from any thread.
 * Progress. Lock-free.
 */
#ifndef SEARCH_ADMISSION_H
#define SEARCH_ADMISSION_H

#include "search/schedule.h"

struct admission {
    struct schedule *schedule;
    uint32_t most;        /* calls in flight, 1 .. 65,536 */
    struct ready starved; /* lanes with calls that no place was left for */
    _Alignas(64) _Atomic uint64_t in_flight;
    _Atomic uint64_t starving; /* numbers in `starved` */
};

/* For the lanes of a schedule that is open. False: no memory. */
bool admission_open(struct admission *admission, struct schedule *schedule, uint32_t most);
void admission_close(struct admission *admission);

/* A place. False: there is none; the lane will be notified when there may be. */
bool admission_take(struct admission *admission, struct lane *lane);
void admission_give_back(struct admission *admission);

/* When there is a place and a lane waits for one, notify that lane. A lane that had its chance and
 * did not need it calls this, so that no place is forgotten; one that has closed since it
 * asked is passed over. */
void admission_pass_on(struct admission *admission);

#endif
