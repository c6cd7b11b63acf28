/*
 * patience.h - a store that cannot be written for now: the disk is full, or another program keeps
 * the file locked.
 *
 *     attempt --fails, may pass--> WAITS: nothing new is paid for ----> attempt, at growing
 *        |                           |        |                         intervals
 *        |        a stop, crux_store_hurry()  patience is at its end
 *        |                           v        v
 *        '--written--> GOES_ON     LEAVES   FAILS
 *
 * What it is.  One for each store. Who writes something that must not be lost writes it by
 *              store_patiently() and has it in memory meanwhile: so all that was paid for is
 *              kept as long as the process lives. Space is often made within minutes.
 *
 * When it fails. Patience counts from the first sign of the trouble and is the same for all that
 *              wait. After a stop it is a few seconds more, after a second one it is over. What
 *              fails for another reason, a failed flush above all, is not tried again: it is
 *              unknown then what is on the disk.
 *
 * Threads.     store_patiently() on any, several at a time; without the store's mutex, which an
 *              attempt takes for itself. trouble() is called with a lock of its own, one at a
 *              time: it hands on and returns. Hurrying is async-signal-safe.
 */
#ifndef IO_STORE_PATIENCE_H
#define IO_STORE_PATIENCE_H

#include <pthread.h>
#include <stdatomic.h>

#include "io/crux_io.h"

/* What those hear who pay. A failure that is not tried again is not told: its writer knows. */
enum store_trouble {
    STORE_WAITS,   /* begin nothing that will have to be kept */
    STORE_LEAVES,  /* the same, and give up what has not been begun: the run is being stopped */
    STORE_FAILS,   /* the same, for good */
    STORE_GOES_ON, /* as before */
    STORE_TROUBLES
};

typedef void store_trouble_hook(void *context, enum store_trouble trouble, const char *sentence);

struct store_patience {
    pthread_mutex_t lock;     /* of all below but hurried */
    int64_t most_ns;          /* 0: what fails once has failed */
    int64_t since_ns;         /* of the trouble; 0: there is none */
    enum store_trouble state; /* as was told last */
    struct crux_store_watch watch;
    store_trouble_hook *trouble; /* NULL: nobody pays for anything */
    void *context;
    atomic_uint hurried;
    int64_t hurried_ns; /* when that was first seen; 0: it was not */
};

void store_patience_open(struct store_patience *patience);
void store_patience_close(struct store_patience *patience);

/* Whoever pays for what is kept; NULL: nobody any more. */
void store_on_trouble(struct crux_store *store, store_trouble_hook *trouble, void *context);

/* *may_pass, set on failure: the disk was full, or the file locked; nothing was written. */
typedef int store_attempt(void *context, bool *may_pass, struct crux_error *error);

/* Attempt until it succeeds, or fails for good, or patience is at its end: its last status. */
int store_patiently(struct crux_store *store, store_attempt *attempt, void *context,
                    struct crux_error *error);

#endif
