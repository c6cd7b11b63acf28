/*
 * crux_steer.h - a search while it runs: held back, let go, given other limits, called off.
 *
 *     another thread                     crux_run()
 *     crux_pause()              ------>  no call begins; those in flight are answered and taken
 *     crux_set_in_flight(, n)   ------>  n calls at a time from now on
 *     crux_resume()             ------>  goes on
 *     crux_stop(), crux_call_off() --->  begins nothing new; and does not wait for what is out
 *
 * Steering changes when calls are sent and how far a run goes, never what a tree is: under
 * CRUX_ORDER_ISSUED the trees are the same bytes whatever is steered, as they are for any
 * in_flight. No call is taken away and none is made twice.
 *
 * Threads. All of it from any thread, and by several at a time, from crux_open() to crux_close();
 *          before crux_run() it holds for the run that comes. Lock-free, but for crux_more() and
 *          crux_set_in_flight(), which take the lock under which the source is asked: from
 *          anywhere but the source's next(), and with no lock held that next() takes.
 * Errors.  As in crux.h.
 */
#ifndef CRUX_STEER_H
#define CRUX_STEER_H

#include "search/crux.h"

#ifdef __cplusplus
extern "C" {
#endif

/* When it returns no call begins any more until crux_resume(); trees descend as far as they can.
 * Instant ports, whose calls are never in flight, are asked on while something else in the setup is
 * not instant. Time goes on: limits and deadlines of calls in flight pass. A search that was
 * stopped or has reached a limit cannot be paused: what was held back ends. */
CRUX_API void crux_pause(struct crux_search *search);
CRUX_API void crux_resume(struct crux_search *search);

/* Calls in flight from now on, 1 .. 65,536, else CRUX_INVALID. Fewer than there are: none begins
 * before enough of them have been answered. Where setup.open_trees is 0, more calls
 * open more trees, up to as many as 8 times setup.in_flight opens, and as memory allows; the source
 * is asked for them, here. Fewer close none. */
CRUX_API int crux_set_in_flight(struct crux_search *search, uint32_t in_flight,
                                struct crux_error *error);

/* setup.limit_ns from now on, counted as there; 0: no limit. One that is over already ends the
 * run. A limit that has ended the run is no more to be changed. */
CRUX_API int crux_set_limit_ns(struct crux_search *search, int64_t limit_ns,
                               struct crux_error *error);

/* The source has problems again though it has said CRUX_END: it is asked, here, and so many trees
 * are open as calls in flight want by now. False: the run is over, or it is being stopped, and
 * nothing is asked. */
CRUX_API bool crux_more(struct crux_search *search);

/* As crux_stop(), and calls in flight are cancelled: what they bring after that is for the next
 * run. May be said again. Not from a signal handler. */
CRUX_API void crux_call_off(struct crux_search *search);

/* How it is steered; each figure exact, all of them not of one instant. */
struct crux_steering {
    bool paused, stopped; /* stopped: or a limit was reached, or it failed */
    uint32_t in_flight;   /* calls that may be in flight */
    int64_t limit_ns;     /* 0: none */
};
CRUX_API void crux_steered(const struct crux_search *search, struct crux_steering *out);

#ifdef __cplusplus
}
#endif

#endif
