/*
 * inside.h - the ledger's own record, for the files of its room.
 */
#ifndef IO_LEDGER_INSIDE_H
#define IO_LEDGER_INSIDE_H

#include <pthread.h>

#include "io/ledger/keys.h"
#include "io/ledger/ledger.h"
#include "io/ledger/order.h"

enum ledger_use {
    LEDGER_IDLE,   /* there is no store: nothing is kept or known */
    LEDGER_KEEPS,  /* writes to its store, and reads it */
    LEDGER_REPLAYS /* reads its store */
};

struct ledger {
    enum ledger_use use;
    struct crux_store *store; /* NULL: idle */
    bool owns_store;
    struct ledger_past past;
    int64_t opened_ns;

    pthread_mutex_t reading; /* held around the store's reading verbs */
    pthread_mutex_t lock;    /* of all below */
    pthread_cond_t changed;  /* for the writer */
    pthread_cond_t written;  /* for threads in ledger_flush() */
    struct ledger_keys keys, refused;
    struct ledger_item *first, **last; /* the queue */
    struct ledger_item *intents, **last_intent;
    struct ledger_orders orders;
    int64_t orders_ns; /* when the first of them came */
    int64_t paced_ns;  /* replies are not written before ... */
    int64_t intend_ns; /* ... nor are intents */
    uint64_t asked;    /* flushes wanted ... */
    uint64_t done;     /* ... and done */
    bool closing;
    int status; /* not CRUX_OK: it has failed ... */
    struct crux_error error;

    pthread_t writer;
    bool started;
};

#endif
