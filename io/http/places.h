/*
 * places.h - where the calls of a queue are, and how each of them ends.
 *
 * A call is in one list at most: of those that wait at an endpoint, that rest, or that fly. These
 * functions alone move it from one to another, so that each endpoint's counts agree with its lists.
 *
 *     wait, wait_again, rest    a call that is in no list goes into one
 *     leave                     out of the list that it is in
 *     end                       a call that is in no list ends: done() hears of it
 *     end_unanswered, _without  it leaves its list and ends, and its last request brought nothing
 *     drop                      the same of a call that may fly: its request is given up first
 *
 * Threads. The client's I/O thread.
 */
#ifndef IO_HTTP_PLACES_H
#define IO_HTTP_PLACES_H

#include "io/http/queue.h"

struct http_endpoint *http_places_endpoint(struct http_queue *queue, uint32_t number);

/* That it asks for, 1 or more. */
uint32_t http_places_samples(const struct http_call *call);

/* first: ahead of those that wait there. Where that endpoint is no more, it goes to its home; where
 * there is none (UINT32_MAX, too) it waits for one to come. */
void http_places_wait(struct http_queue *queue, struct http_call *call, uint32_t number,
                      bool first);

/* A retry goes to another endpoint if there is one, ahead of calls that have not been sent; but
 * behind them while that one lets nothing through, so that no call spends all its retries there. */
void http_places_wait_again(struct http_queue *queue, struct http_call *call);

/* For the time that comes before retry number round. */
void http_places_rest(struct http_queue *queue, struct http_call *call, uint32_t round);

void http_places_leave(struct http_queue *queue, struct http_call *call);

/* The caller has set what the reply is; the call's own history is added here. */
void http_places_end(struct http_queue *queue, struct http_call *call, const char *why,
                     struct http_reply *reply);
void http_places_end_unanswered(struct http_queue *queue, struct http_call *call,
                                struct http_reply *reply, const char *why);
void http_places_end_without(struct http_queue *queue, struct http_call *call,
                             enum http_class class, const char *why);
void http_places_drop(struct http_queue *queue, struct http_call *call, enum http_class class,
                      const char *why);

#endif
