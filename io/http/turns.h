/*
 * turns.h - which of the calls that wait is sent next to an endpoint that has room.
 *
 *     1  one that was sent before: retries are ahead
 *     2  the oldest, when half the time to its deadline is over, or thousands of later ones were
 *        sent before it: each has its turn
 *     3  the next one of the walk through the problems that were begun (order.h)
 *     4  the first of the oldest one's problem, which so is begun
 *
 * So an endpoint works on as few problems as keep it busy, and on those depth first. By option
 * (http_options.arrival) it is always the oldest. Both FastTTS (arXiv 2509.00195) and DPTS
 * (arXiv 2502.16235) found twice the throughput by an order of this kind.
 *
 * A call stays with its endpoint, whose cache knows its prefix, as long as that one keeps up; no
 * setting has to say beforehand how fast each of them is. An endpoint for which nothing waits takes
 * from one that is down or far behind: of the problems that it has begun with, else of one that the
 * other has not begun with.
 *
 * Threads. The client's I/O thread.
 */
#ifndef IO_HTTP_TURNS_H
#define IO_HTTP_TURNS_H

#include "io/http/queue.h"

/* It stays where it is. NULL: there is none for this endpoint. */
struct http_call *http_turns_next(struct http_queue *queue, uint32_t endpoint);

#endif
