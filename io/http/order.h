/*
 * order.h - the calls that wait at an endpoint, by what they ask: a problem's are neighbours, and
 * among them those whose requests begin alike.
 *
 * Why.  A server keeps the beginnings of prompts that it has seen (vLLM by blocks of 16 tokens,
 *       SGLang as a tree), and forgets those that were used longest ago. What is sent in the order
 *       of its text walks the tree of a problem's prompts depth first: candidates and rollouts
 *       behind the same steps are sent one after the other, then those behind one of them, and no
 *       beginning is forgotten before all that waits behind it was sent.
 *
 * Order. By problem, then by the bytes of the body, then by the record. A walk goes on behind the
 *       call that was sent last, to the end of that problem's calls, and once more from their
 *       beginning, for those that came meanwhile. Then comes the problem of which something was
 *       sent most lately: its beginnings are the last that a server forgets. When none of those
 *       problems waits the walk is over, and turns.h begins another one.
 *
 * A call of no problem (sticky 0) is in no order; nor is one for which there was no memory: such
 * calls are sent as they came.
 *
 * Ownership. An order borrows its calls, whose requests stay as they are while they are in it.
 * Threads.   The client's I/O thread. A zeroed order is empty.
 */
#ifndef IO_HTTP_ORDER_H
#define IO_HTTP_ORDER_H

#include <stdbool.h>
#include <stdint.h>

struct http_call;

enum { HTTP_ORDER_RECENT = 64 };

struct http_order {
    struct http_call **items; /* sorted */
    uint32_t count, room;
    uint64_t recent[HTTP_ORDER_RECENT]; /* problems by when one of theirs was sent last, the
                                           latest first; 0: none yet */
    uint32_t next;                      /* the first behind the call that was sent last */
};

void http_order_close(struct http_order *order);

void http_order_add(struct http_order *order, struct http_call *call);
void http_order_remove(struct http_order *order, struct http_call *call); /* if it is in there */

/* The walk is at this call, which is in the order or would be. */
void http_order_sent(struct http_order *order, const struct http_call *call);

/* The next one of the walk; NULL: it is over. */
struct http_call *http_order_next(const struct http_order *order);

/* The first of the same problem; a call that is in no order is its own. */
struct http_call *http_order_begin(const struct http_order *order, struct http_call *call);

/* One of those that wait here, of the problem of which most lately something was sent by another
 * order; NULL: none is. */
struct http_call *http_order_for(const struct http_order *order, const struct http_order *other);

/* Was something of this problem sent lately? */
bool http_order_knows(const struct http_order *order, uint64_t problem);

#endif
