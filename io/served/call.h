/*
 * call.h - one request for some neighbouring samples of a question, from the account to
 * the ledger.
 *
 *     WAITING  --served_call_launch(), call_ready()--> ADMITTED   its worst case is set aside
 *     WAITING  --call_recall()-----------------------> REFUSED    the ledger has a refused reply
 *     WAITING  --call_refuse(), served_call_withdraw()--> REFUSED
 *     ADMITTED --call_intended()---------------------> SENT       its worst case is in the ledger,
 *                                                                 and the transport has it
 *     ADMITTED --call_send(), call_intended()--------> ENDED      not to be composed, or unwanted
 *     SENT     --served_call_ended()-----------------> ENDED      a reply, or none
 *     REFUSED, ENDED --call_land()-------------------> LANDED     ENDED is paid for first
 *     ENDED    --call_land()-------------------------> WAITING    paid for, and to be sent once
 * more
 *
 * However it ends, it goes through the ledger's queue, as a post when nothing is to be written. So
 * every call lands on the writer thread, one at a time and after its rows are safe.
 *
 * Ownership. Freed by the pending question when that is over; landed() frees nothing.
 * Threads.   One after the other, ordered by the account, the transport and the ledger's queue;
 *            only served_call_cancel() and _withdraw() come from elsewhere.
 */
#ifndef IO_SERVED_CALL_H
#define IO_SERVED_CALL_H

#include "io/hash.h"
#include "io/account.h"
#include "io/served/evidence.h"
#include "io/served/flight.h"

#include <pthread.h>
#include <stdatomic.h>

struct process;
struct sandbox;
struct served_transport;

/* Requests that may be refused for what others do not have: other members, and more than one
 * sample. What came of one shape says nothing of another. */
enum { SERVED_SHAPES = 4 };

struct served {
    char *name, *model, *command;
    struct served_prices prices;
    struct ledger *ledger;
    struct account *account;
    struct account_payer *payer; /* this backend, in the account */
    struct ledger *own_ledger;   /* these when the options named none */
    struct account *own_account;
    const struct served_transport *transport;
    struct http_client *http; /* one of these three; in a replay none */
    struct process *process;
    struct sandbox *sandbox;
    struct hash base; /* of every key: the backend and its model or command */
    atomic_uint_fast64_t questions, known, shared, missing;
    atomic_bool one_by_one;       /* its servers give fewer samples than are asked for together */
    atomic_uint_fast64_t refused; /* calls, each for a reason of its own */
    atomic_uint_fast64_t unreadable, empty, continued, restarts; /* as heard.h has them */
    pthread_mutex_t lock; /* of the flight, and of all of a pending question that others change */
    struct served_flight flight;
    struct evidence evidence[SERVED_SHAPES]; /* with the lock; guards are the first one's */
    char *named;   /* the model, as replies name it; of the thread of the connections ... */
    uint64_t left; /* ... and so are the endpoints that were left out, a bit each */
    char **aliases;
    uint32_t alias_count;
    void (*say)(void *context, const char *sentence);
    void *say_context;
};

enum served_call_state {
    SERVED_WAITING,
    SERVED_ADMITTED,
    SERVED_SENT,
    SERVED_REFUSED,
    SERVED_ENDED,
    SERVED_LANDED
};

/* Which questions fail with a call that brought no reply. */
enum served_reach {
    SERVED_ALL,      /* all that wait for its samples */
    SERVED_ITS_OWN,  /* it was cancelled or late: others ask again */
    SERVED_OVERFLOW, /* for all; as in struct served_answer */
    SERVED_RUN       /* no other call will do better: the run ends */
};

/* How a transport's work on a call ended. */
struct served_end {
    int status; /* CRUX_OK: served_call_split() has succeeded; else negative */
    enum served_reach reach;
    int halts;            /* RUN: the status of the run */
    const char *sentence; /* not CRUX_OK: why */
    bool unknown;         /* something was sent, and no reply tells what it cost */
    bool again; /* the transport would send another request, now that this one is booked */
    char *body; /* not CRUX_OK: the reply that is refused, the call's to free; NULL: none came */
    size_t length;
    bool free; /* the body has cost nothing, unless it says so */
};

struct served_call {
    struct ledger_entry entry;   /* first: an entry is its call */
    struct ledger_post post;     /* in its place when there is nothing to keep */
    struct ledger_intent intent; /* before it is sent */
    struct ledger_refusal refusal;
    struct ledger_unread unread; /* the refused reply that it reads again */
    struct served_pending *pending;
    struct served_call *next; /* of its question */
    uint32_t first, count;    /* its slots */
    char key[HASH_HEX];
    void (*landed)(struct served_call *call); /* it is over; on the writer thread */

    atomic_int state; /* enum served_call_state */
    struct account_call admission;
    struct evidence_case one;  /* what is known of its end; the transport's ... */
    struct served_end refused; /* ... and that end, until it is ruled on */
    struct served_request request;
    uint64_t ticket;         /* the transport's, with the lock of served */
    struct http_tries tries; /* of requests before this one */
    struct served_reading reading;
    struct account_sum spent; /* once it has ended */
    uint32_t came;            /* samples, the first ones */
    unsigned char *keys;      /* of all its samples, one after the other */
    char *body;               /* refused */
    struct served_choice *choices;
    struct ledger_row *rows;
    bool split; /* the last reply was */
    bool again; /* it is to be sent once more */

    struct served_choice *more; /* all that the refused reply has, and their rows; ... */
    struct ledger_row *more_rows;
    uint32_t place; /* ... its own begin here */

    int status; /* once it has ended: this, and ... */
    enum served_reach reach;
    int halts;
    struct crux_error error; /* ... why */
};

/* NULL: no memory. */
struct served_call *served_call_make(struct served_pending *pending, uint32_t first, uint32_t count,
                                     void (*landed)(struct served_call *call));
void served_call_free(struct served_call *call);

/* Ask, unless the ledger has a refused reply that can be read now, or that would come again. */
void served_call_launch(struct served_call *call);

/* It is not wanted any more: an end comes soon. With the lock of served ... */
void served_call_cancel(struct served_call *call);
/* ... and without it. */
void served_call_withdraw(struct served_call *call);

/* By its transport: cut a reply into choices; after a failure there are none, and another reply
 * may come. Then, once: how it ended. */
int served_call_split(struct served_call *call, const char *body, size_t length,
                      struct crux_error *error);

void served_call_ended(struct served_call *call, const struct served_end *end);

#endif
