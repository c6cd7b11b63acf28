/*
 * admission.h - places among the calls in flight, over the whole run; more of them or fewer while
 * it goes on, or none at all.
 *
 * A call that may have to be waited for takes a place first and gives it back when it has
 * completed. A lane that finds none queues for one: sending waits, descending never does.
 *
 * What may run together. take and pass_on by any worker; the others from any thread.
 * admission_resume() also from a signal handler. Progress. Lock-free.
 */
#ifndef SEARCH_ADMISSION_H
#define SEARCH_ADMISSION_H

#include "search/schedule.h"

struct admission {
    struct schedule *schedule;
    struct ready starved; /* lanes with calls that no place was left for */
    /* In one word, so that a place is taken only while it may be: bits 0 .. 31 the calls in
     * flight, 32 .. 62 how many there may be, 63 that none may be added. */
    _Alignas(64) _Atomic uint64_t places;
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

/* So many places from now on, 1 .. 65,536. Fewer than are taken: nobody loses one, and none is
 * given until enough of them have come back. */
void admission_set_most(struct admission *admission, uint32_t most);

/* When it returns no place is given any more, until admission_resume(). What was written before
 * that is seen by a pause that comes after it. True: it was paused. */
void admission_pause(struct admission *admission);
bool admission_resume(struct admission *admission);

/* All of one instant. */
struct admission_view {
    uint32_t in_flight, most;
    bool paused;
};
struct admission_view admission_look(const struct admission *admission);

#endif
