/*
 * transfers.h - requests on their way, by libcurl: the network's side of a queue.
 *
 *     begin    a call of the queue's is sent
 *     work     sockets that are ready and libcurl's timers are served; http_queue_came() hears of
 *              each transfer that has ended
 *
 * It also does for the queue what only the network can: its drop() and salvage().
 *
 * Ownership. Queue and poll are the client's and outlive it.
 * Threads.   The client's I/O thread, but for opening before that is started, and closing after it
 *            has ended.
 * Errors.    Opening: CRUX_MEMORY. A request that cannot be begun has come as FAULTY.
 */
#ifndef IO_HTTP_TRANSFERS_H
#define IO_HTTP_TRANSFERS_H

#include "io/http/poll.h"
#include "io/http/queue.h"

struct http_transfers;

/* The queue's endpoints may come and go. */
int http_transfers_open(struct http_transfers **out, struct http_queue *queue,
                        struct http_poll *poll, struct crux_error *error);

/* What is on its way must have been given up. NULL is fine. */
void http_transfers_close(struct http_transfers *transfers);

/* As many connections may rest as requests may be in flight. */
void http_transfers_allow(struct http_transfers *transfers, uint32_t in_flight);

/* Send a call that http_queue_next() gave. */
void http_transfers_begin(struct http_transfers *transfers, struct http_call *call);

/* True: a transfer has ended, and more may have. */
bool http_transfers_work(struct http_transfers *transfers, const struct http_ready *ready,
                         int count);

/* When to work, whatever sockets do; INT64_MAX: no such time. */
int64_t http_transfers_timer(const struct http_transfers *transfers);

#endif
