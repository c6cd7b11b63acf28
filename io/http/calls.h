/*
 * calls.h - the records of a client's calls, and how they come from other threads.
 *
 * A record is used again when its call has ended; a ticket is its number and a count of its uses,
 * so a late cancel finds that its call is gone.
 *
 * Life of a record.
 *
 *     unused --http_calls_put()--> inbox --http_calls_take()--> the I/O thread's
 *            --http_calls_end()--> ended --http_calls_take()--> unused
 *
 * What may run together. http_calls_put() and http_calls_cancel() on any thread; the rest on
 *     the I/O thread. One short lock, held for a few assignments.
 */
#ifndef IO_HTTP_CALLS_H
#define IO_HTTP_CALLS_H

#include "io/http/http.h"

#include <pthread.h>

enum http_call_state {
    HTTP_UNUSED,
    HTTP_INBOX,
    HTTP_WAITING,
    HTTP_RESTING,
    HTTP_FLYING,
    HTTP_ENDED
};

struct http_call {
    struct http_request request;
    struct http_call *next, *previous; /* in the list of its state */
    void *flight;                      /* FLYING: its connection's side */
    uint32_t number, use;              /* the two halves of a ticket */
    enum http_call_state state;
    bool cancelled;
    bool ahead, ordered; /* WAITING: before those that were not sent; in the endpoint's order */
    uint64_t turn;       /* WAITING: the endpoint's turn that would be its own by arrival */
    uint32_t endpoint;   /* WAITING: whose queue, UINT32_MAX: nobody's; else: the last asked */
    uint32_t requests, faulty, bad, refreshed;
    uint32_t key_turn; /* which key of its endpoint it was sent with */
    int64_t submitted_ns, first_ns, sent_ns, rest_until_ns;
    int64_t first_byte_ns, last_byte_ns; /* of what came; 0: nothing yet */
};

/* A list of calls, by their next and previous (utlist.h). A zeroed one is empty. */
struct http_list {
    struct http_call *first;
    uint32_t count;
};

void http_calls_append(struct http_list *list, struct http_call *call);
void http_calls_prepend(struct http_list *list, struct http_call *call);
void http_calls_remove(struct http_list *list, struct http_call *call);

struct http_calls {
    pthread_mutex_t lock;
    struct http_call **blocks;
    uint32_t block_count;
    struct http_call *unused;
    struct http_list inbox;
    http_ticket *cancels; /* room for one a record */
    uint32_t cancel_count;
    bool closed; /* nothing is put any more */
    bool hungry; /* the I/O thread has room for more than it has */

    struct http_call *ended;     /* the I/O thread's */
    struct http_call **unwanted; /* those to cancel, as of the last http_calls_take() */
    uint32_t unwanted_count, unwanted_room;
};

bool http_calls_open(struct http_calls *calls);
void http_calls_close(struct http_calls *calls);

/* *wake: the I/O thread may be asleep and could send this now. */
int http_calls_put(struct http_calls *calls, const struct http_request *request, int64_t now_ns,
                   http_ticket *ticket, bool *wake);

/* True: the I/O thread must be woken. */
bool http_calls_cancel(struct http_calls *calls, http_ticket ticket);
void http_calls_shut(struct http_calls *calls); /* put nothing more */

/* Everything that came since: calls go to the end of inbox, and calls->unwanted are those
 * that were cancelled and have not ended. Not hungry: what comes next can wait until the
 * I/O thread wakes by itself. */
void http_calls_take(struct http_calls *calls, struct http_list *inbox, bool hungry);

/* A byte of the reply has come. */
void http_calls_byte(struct http_call *call, int64_t now_ns);

void http_calls_end(struct http_calls *calls, struct http_call *call);

#endif
