/*
 * call.h - one request for some neighbouring samples of a question, from the account to
 * the ledger.
 *
 *     launch --> admitted (account) --> submitted (http) --> ended --> kept (ledger) --> landed
 *                    |                                         ^
 *                    '--- refused, or not to be composed ------'
 *
 * However it ends, it goes through the ledger's queue, without rows when nothing came. So every
 * call lands on the writer thread, one at a time and after its rows are safe.
 *
 * Threads. made and freed by served.c; landed() frees nothing: the asking does, when all is over.
 */
#ifndef IO_SERVED_CALL_H
#define IO_SERVED_CALL_H

#include "io/hash.h"
#include "io/served/flight.h"

#include <pthread.h>
#include <stdatomic.h>

struct served {
    char *name, *model;
    struct served_prices prices;
    struct ledger *ledger;
    struct account *account;
    struct account_payer *payer; /* this backend, in the account */
    struct http_client *http;    /* NULL: a replay */
    struct hash base;            /* of every key: name and model */
    atomic_uint_fast64_t questions, known, shared, missing;
    pthread_mutex_t lock; /* of the flight, and of every asking's members that others change */
    struct served_flight flight;
};

struct served_call {
    struct ledger_entry entry; /* first: an entry is its call */
    struct served_asking *asking;
    struct served_call *next; /* of its asking */
    uint32_t first, count;    /* its slots */
    char key[HASH_HEX];

    struct account_call admission;
    bool admitted;
    struct served_request request;
    bool submitted;
    http_ticket ticket;
    struct served_choice *choices;
    struct ledger_row *rows;

    int status;    /* once it has ended */
    int halts;     /* no other call will do better: the run ends with this status; CRUX_OK: not */
    bool private;  /* it ended for a reason that is its own asker's */
    bool overflow; /* as in struct served_answer */
    struct crux_error error;
};

/* NULL: no memory. */
struct served_call *served_call_make(struct served_asking *asking, uint32_t first, uint32_t count);
void served_call_free(struct served_call *call);

void served_call_launch(struct served_call *call);

/* Nobody wants it: an end comes soon. With the lock of served ... */
void served_call_cancel(struct served_call *call);
/* ... and without it. */
void served_call_withdraw(struct served_call *call);

/* By served.c: the call is over; on the writer thread. */
void served_call_landed(struct served_call *call);

#endif
