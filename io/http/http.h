/*
 * http.h - thousands of HTTP calls in flight, each of which ends exactly once.
 *
 *     any thread                       the client's I/O thread
 *     http_submit() --> inbox --> queue of its endpoint --> in flight --> done()
 *                                    ^                          |
 *                                    '------- resting <---------'  busy, faulty, bad payload
 *
 * What it is.  One thread that owns all connections. A call is one question; it may take
 *              several requests to get an answer, here or at another endpoint, and the
 *              client decides when to send which (retry.h, adapt.h,
 *              endpoints.h). Nothing is handed to the network before there is
 *              room for it, so waiting costs a record and no connection.
 *
 * Order.       What is sent next is no promise, and nothing may depend on it. It is chosen for the
 *              servers' caches of prompts: turns.h. An endpoint is given what it works on at a time
 *              and 128 samples more, if its slots are known.
 *
 * Ownership.   A request's texts stay the caller's, unchanged, until done() is called.
 *              A reply lives for the length of done(), which may keep the body: see
 *              struct http_reply.
 *
 * Threads.     http_submit(), http_cancel(), http_hold(), http_set_in_flight(), http_look() and
 *              http_stop() from any thread at any time, also from done(); http_join() and
 *              http_part() from any thread, but not from done(). http_close() once, after which
 *              nothing. done() and check() run on the I/O thread one at a time: while they run
 *              nothing is sent, so they hand on and return. They may not close.
 *
 * Promises.    done() is called exactly once for every submitted call, also after cancel and
 *              close; within a second of the deadline. No request is sent to an endpoint
 *              before the time that its Retry-After named. A redirect is not followed. A 401
 *              makes the file of the key be read again; with another key in it the request is sent
 *              again.
 *              What is answered to a request that was given up is never seen.
 *
 * Secrets.     A key is in the headers of requests to its own endpoint and nowhere else: see
 *              secret.h. Where it would go unencrypted through a proxy, opening is refused.
 *              Replies are wiped of it before done() sees them.
 *
 * Errors.      Opening answers CRUX_INVALID with a sentence. Later errors are reported by
 *              the reply's class and sentence.
 */
#ifndef IO_HTTP_HTTP_H
#define IO_HTTP_HTTP_H

#include "io/crux_io.h"
#include "io/http/endpoints.h"
#include "io/http/heads.h" /* for other rooms, which enter by this header */
#include "io/http/retry.h"
#include "search/crux.h"

struct http_client;

struct http_options {
    const struct http_server *servers;
    uint32_t server_count;
    uint32_t in_flight; /* requests, over all servers, 1 .. 65,536 */

    struct crux_client client; /* its retries are of calls that were FAULTY ... */
    uint32_t bad_most;         /* ... and these when BAD */
    int64_t idle_ns;           /* a connection that rested longer is not used again */
    uint64_t body_most;        /* bytes */
    bool http1;                /* never HTTP/2 */
    bool arrival;              /* what waits is sent as it came, whatever servers keep of prompts */
    bool joins; /* endpoints may come later (http_join()): there may be none to begin with */
};

struct http_options http_options_default(void);

/* A body is the pieces one after the other: an image that many calls share is one piece. */
struct http_piece {
    const char *bytes;
    size_t length;
};

/* What a call has behind it that has ended to be submitted again. Zeroed: nothing. */
struct http_tries {
    uint32_t requests, faulty, bad, refreshed;
    uint32_t endpoint; /* that was asked last, with requests */
};

struct http_reply {
    enum http_class class;
    bool again;   /* only for calls whose requests are billed one by one: this one may have been,
                     and the client would send another: submit it again, with these tries */
    bool unknown; /* a request was sent and may have been worked on, and no reply tells */
    struct http_tries tries;
    bool overflow; /* REFUSED since the context is too small */
    bool nobody;   /* no endpoint is left that could answer: no other call will do better */
    int status;    /* of HTTP, or the one that a 200's body names; 0: none came */
    char *body;    /* of the last reply, ends in a NUL; NULL: none came. done() may keep it:
                      it sets body to NULL here and frees it later with free() */
    size_t length;
    uint32_t endpoint;    /* which server, by its position; the one last asked */
    uint32_t requests;    /* sent for this call */
    int64_t waited_ns;    /* from submission to the first request; all of it when none was sent */
    int64_t took_ns;      /* of the last request */
    int64_t total_ns;     /* from submission until now */
    const char *sentence; /* why, unless DONE */
};

typedef void http_done(void *context, struct http_reply *reply);

/* Is a 200 the reply that was asked for? It is called for every one that has a body which says of
 * no error, whatever its form. Negative with a sentence: it is BAD. */
typedef int http_check(void *context, const char *body, size_t length, struct crux_error *error);

enum { HTTP_PIECES = 9, HTTP_HEADERS = 4 };

#define HTTP_ANY_ENDPOINT UINT32_MAX

struct http_request {
    const char *path; /* "chat/completions" below an endpoint's base, "/health" below its root */
    struct http_piece pieces[HTTP_PIECES];
    uint32_t piece_count;              /* 0: a GET */
    const char *key;                   /* Idempotency-Key, NULL: none */
    const char *headers[HTTP_HEADERS]; /* "Name: value", up to the first NULL */
    uint64_t sticky;   /* of a problem: calls with the same one share an endpoint, and are sent
                          together; 0: any */
    uint32_t samples;  /* that it asks for; 0 counts as one */
    uint32_t endpoint; /* this one only, or HTTP_ANY_ENDPOINT */
    bool once;         /* one request, whatever comes of it */
    bool billed; /* what a request may have cost is booked before another is sent: then the call
                    ends, and http_reply.again says that it should be submitted again, with ... */
    struct http_tries tries; /* ... what it had behind it */
    int64_t deadline_ns;     /* of CLOCK_MONOTONIC; 0: none */
    uint64_t body_most;      /* bytes of a reply; 0: as many as the client takes */
    http_check *check;       /* NULL: none */
    http_done *done;
    void *context; /* of both */
};

/* Names a call to http_cancel(), also when it has ended. */
typedef uint64_t http_ticket;

int http_open(struct http_client **out, const struct http_options *options,
              struct crux_error *error);

/* CRUX_OK; CRUX_MEMORY or CRUX_CANCELLED (the client was stopped): then done() is not called. */
int http_submit(struct http_client *client, const struct http_request *request,
                http_ticket *ticket);

/* Nothing is sent to this endpoint any more, and what waits for it goes to the others. From done()
 * only. How many are left to which something can be sent, or 1 when others may join. */
uint32_t http_leave(struct http_client *client, uint32_t endpoint);

/* Is it the same server, however its address is written: http://a:80, HTTP://A/, http://a/v1? Names
 * of hosts are not looked up. Of servers that are not bare. */
bool http_same_address(const char *one, const char *other);

/* Would it be taken? Its sentence says what is wrong with its address, headers or key. */
int http_check_server(const struct http_server *server, struct crux_error *error);

/* Another server of the same model: from now on calls are sent there. *endpoint: its position.
 * CRUX_INVALID, with a sentence: its address or key is not taken, it is an endpoint already, or
 * there are HTTP_ENDPOINTS_MOST; CRUX_CANCELLED: the client is stopped. For a client whose options
 * say that others join. */
int http_join(struct http_client *client, const struct http_server *server, uint32_t *endpoint,
              struct crux_error *error);

/* Nothing new is sent to this endpoint, until it joins again; what waits for it goes to the others
 * now, or waits for one; what is in flight there is answered as ever. A call that may go nowhere
 * else ends, FATAL. */
void http_part(struct http_client *client, uint32_t endpoint);

/* Its address, as sentences have it; from done() only. */
const char *http_endpoint_url(const struct http_client *client, uint32_t endpoint);

/* The call ends soon, CANCELLED unless it was faster. A call that has ended is left alone. */
void http_cancel(struct http_client *client, http_ticket ticket);

/* GOES: as usual. HELD: no request is sent; calls wait, and what is in flight is answered. DROPS:
 * nor is any, and calls that wait or come end, CANCELLED. */
enum http_going { HTTP_GOES, HTTP_HELD, HTTP_DROPS };
void http_hold(struct http_client *client, enum http_going going);

/* So many requests in flight from now on, over all servers, 1 .. 65,536, else CRUX_INVALID; also
 * where so many need more open files than the system allows. None is taken away. */
int http_set_in_flight(struct http_client *client, uint32_t in_flight, struct crux_error *error);

/* Take no more calls, end those that wait, give those in flight so long to end. */
void http_stop(struct http_client *client, int64_t grace_ns);

/* Stop unless that was done, wait for the end, free everything. NULL is fine. */
void http_close(struct http_client *client);

/* How it is doing, as of less than a tenth of a second ago. */
struct http_view {
    uint64_t requests;            /* sent */
    uint64_t ended[HTTP_CLASSES]; /* calls, by how */
    uint64_t tried[HTTP_CLASSES]; /* requests, by what came of them */
    uint32_t in_flight, waiting, resting;
};

struct http_endpoint_view {
    uint32_t in_flight, limit, waiting;
    uint32_t samples,
        slots;         /* that requests in flight ask for; it works on at a time, 0: unknown */
    int64_t gated_ns;  /* nothing is sent for so long; 0: it is open */
    bool well;         /* the last that came from it was an answer */
    char trouble[320]; /* what was last wrong; "": nothing */
};

void http_look(struct http_client *client, struct http_view *out);
void http_look_at(struct http_client *client, uint32_t endpoint, struct http_endpoint_view *out);

#endif
