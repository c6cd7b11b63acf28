/*
 * crew.h - the workers, and the places that hold one problem after another.
 *
 *     ready lanes --> worker: lane_run() --> waits | again | done
 *          ^                                   |              |
 *          '---- an answer, schedule_notify() -'     last lane of a tree: finish_tree(),
 *                                                    next problem into the same place
 *
 * Three limits: calls in flight in all (admission.h), simulations in flight per tree (the lane's
 * window), open trees (the places). When calls are short, lanes queue for them; sending waits,
 * descending never does. When more calls may be in flight than at the beginning, more trees are
 * open, too, unless the setup says how many; there is room for those of CREW_GROWS times as many
 * calls.
 *
 * What may run together. crew_open(), crew_run(), crew_close() by one thread, one after another;
 * what steers (crux_steer.h) from any thread between opening and closing, crew_resume() also from a
 * signal handler; the rest by the workers that crew_run() starts.
 * Progress. Workers sleep on a semaphore. The source is asked under a lock, once per problem; the
 * same lock is taken to open more trees.
 */
#ifndef SEARCH_CREW_H
#define SEARCH_CREW_H

#include "search/admission.h"
#include "search/finish/finish.h"
#include "search/run.h"

#include <pthread.h>

enum { CREW_GROWS = 8 };

struct crew {
    struct run run;
    struct schedule schedule;
    struct admission admission;
    struct finish_counts counts;
    struct crux_source *source;
    struct crux_sink *sink;
    struct open_tree *open;
    uint32_t places;     /* in open */
    uint32_t open_count; /* of them in use; with the lock of the source */
    uint32_t open_most;  /* as many as may be, which is fewer where memory has run out */
    pthread_mutex_t source_lock;
    bool source_ended;
    _Atomic int64_t next_look_ns; /* at the deadlines of calls */
    _Atomic uint32_t trees_left;  /* places that may still hold a tree */
    _Atomic bool over;
};

/* The setup was checked (setup.h). On failure crew_close() is still due. */
int crew_open(struct crew *crew, const struct crux_setup *setup, struct crux_error *error);
int crew_run(struct crew *crew, struct crux_error *error);
void crew_close(struct crew *crew);

/* No call takes a place any more; once the run is halted it cannot be paused, so that what was held
 * back ends. */
void crew_pause(struct crew *crew);
void crew_resume(struct crew *crew);

/* More calls than before open more trees; fewer close none. */
void crew_set_in_flight(struct crew *crew, uint32_t most);

/* Every lane looks around: at a limit, at a word that calls off what is in flight. */
void crew_wake_all(struct crew *crew);

/* The source has more: places that have ended begin again, and more trees are open if more calls
 * may be in flight. False: the run is over. */
bool crew_more(struct crew *crew);

/* What crux.h calls a search. */
struct crux_search {
    struct crew crew;
};

#endif
