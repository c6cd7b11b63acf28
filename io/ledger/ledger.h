/*
 * ledger.h - every reply that was paid for, by its key, before it has any effect; and every request
 * that may be paid for, before it is sent.
 *
 *     any thread                        the ledger's writer thread
 *     ledger_intend() -> queue --> one transaction for all that is there --> kept(): send it
 *     ledger_keep() --> queue --> one transaction for all that is there --> kept()
 *     ledger_post() -->                                                   --> call()
 *     ledger_find() <-- known keys (memory) and their rows (file)
 *
 * What it is.  A part of the store of the run: a row for every sample a model has given, for every
 *              reply that could not be read and for every request of which nothing tells what it
 *              cost; and, for each tree, the order in which its simulations settled. A program
 *              killed at any instant finds there everything whose kept() was called. How that is
 *              written is the store's: the ledger knows its verbs (io/store/store.h) and no SQL,
 *              so every kind of store has a ledger.
 *
 * Intents.     Before a request is sent its worst case is in the store. What books the reply, or
 *              finds that nothing can have been billed, settles it in the same transaction. What
 *              stays was cancelled, late, cut off, or in flight when the program was killed, and
 *              counts as paid. An intent waits for a transaction of at most 200 a second, and that
 *              for no disk: it outlives the program at once, and a power cut from the next replies
 *              on, 30 ms later.
 *
 * Refusals.    A reply that was paid for and could not be read is kept whole, under the keys of all
 *              samples that were asked for. It is no reply: its keys are not known. But who asks
 *              for one of them again can look whether a better reader takes it, and then keeps
 *              the samples in its place.
 *
 * Group commit. A thread that keeps something pushes it to a queue and goes on. The writer takes
 *              all that is there into one transaction, with one flush to the disk, and then calls
 *              kept() for each entry, in order of coming. A reply to an idle ledger is written
 *              at once; a busy one writes at most 33 times per second, so that a flush,
 *              which costs far more than a row, is shared by many.
 *
 * Known keys.  The first 8 bytes of each key are kept in memory, in a table that is at most
 *              three quarters full: 11 to 22 bytes a reply, so ten million of them are 220 MB at
 *              most (keys.h says why that is a table of its own). In a fresh run almost every
 *              look-up asks for something unknown, and that must not wait for a disk. What looks
 *              known is read from the file, by the whole key.
 *
 * When it fails. On a full disk, or while another program keeps the store locked, the writer waits
 *              and tries again, and what comes meanwhile waits in the queue (io/store/patience.h).
 *              Any other error of writing, or the end of that patience, ends it: that batch and
 *              everything after it gets the error, nothing is tried again, and nothing is claimed
 *              to be kept. (After a failed flush it is unknown what is on the disk: Rebello et al.,
 *              "Can Applications Recover from fsync Failures?", ATC 2020.)
 *
 * Order of settling. Under CRUX_ORDER_ARRIVAL a tree depends on which simulation settles next. That
 *              is a list of numbers, the tree's descents in the order in which they settled; and
 *              under any order those that were withdrawn since a call was late (struct
 *              crux_arrival). It is written along with replies, every half second, and
 *              ledger_flush() makes that of a tree safe before the tree itself is kept.
 *
 * Ownership.   An entry and what it points to stay as they are until kept(), which may free
 *              them; so does a post until call(). What is found is its finder's.
 *
 * Threads.     Everything but opening and closing, on any thread; for one tree the
 *              ledger_order calls one at a time. kept() and call() may keep and post more.
 *
 * Errors.      CRUX_STORE or CRUX_MEMORY, with a sentence that names the file.
 */
#ifndef IO_LEDGER_LEDGER_H
#define IO_LEDGER_LEDGER_H

#include "io/account.h"
#include "io/store/store.h"

struct ledger;

enum { LEDGER_KEY = STORE_KEY };

#define LEDGER_NO_PROBLEM STORE_NO_PROBLEM

/* One sample. */
struct ledger_row {
    unsigned char key[LEDGER_KEY];
    const char *text;
    size_t length;
    uint32_t prompt, cached, completion, reasoning; /* tokens */
    int64_t price;
    bool first; /* of its request: counts as a call */
    bool known; /* set before kept(): the ledger had this key, and what it had stays */
};

/* A place in the queue. */
struct ledger_item {
    struct ledger_item *next;
    bool is_post;
};

/* A request that is about to be sent. */
struct ledger_intent {
    struct ledger_item item; /* the ledger's */
    const char *backend;
    uint64_t problem;         /* its ordinal, or LEDGER_NO_PROBLEM */
    const unsigned char *key; /* of its first sample */
    struct account_sum worst;
    int64_t number; /* set before kept(): what settles it says so; 0: the ledger keeps nothing */
    void (*kept)(struct ledger_intent *intent, int status, const char *sentence);
};

/* A reply that was paid for and could not be read. */
struct ledger_refusal {
    const unsigned char *keys; /* of its samples, one after the other */
    uint32_t samples;
    const char *body;
    size_t length;
    struct account_sum cost;
    bool same_again; /* asked again, the server would answer the same */
    const char *why; /* one sentence */
};

/* What belongs together: all of it is kept, or none. */
struct ledger_entry {
    struct ledger_item item; /* the ledger's */
    const char *backend;
    uint64_t problem; /* its ordinal, or LEDGER_NO_PROBLEM */
    struct ledger_row *rows;
    uint32_t count;
    const struct ledger_refusal *refusal; /* NULL: none */
    int64_t intent;                       /* 0: none; else it is settled: what it stands for ... */
    int64_t taken;                        /* 0: none; a refusal of which the rows are, settled: */
    struct account_sum left;              /* ... all that is left of either; all 0: nothing */
    bool was_there;                       /* set before kept(): taken was a refusal until now */
    void (*kept)(struct ledger_entry *entry, int status, const char *sentence);
};

/* A message to the writer thread: call() runs there, once, after kept() and call() of everything
 * that was queued before it, and before those of what comes later. status is not CRUX_OK when the
 * ledger has failed by then; nothing is written for it. */
struct ledger_post {
    struct ledger_item item; /* the ledger's */
    void (*call)(struct ledger_post *post, int status, const char *sentence);
};

/* In a store that is open for writing and outlives the ledger. NULL: nothing is kept, and
 * kept() is called all the same. */
int ledger_open(struct ledger **out, struct crux_store *store, struct crux_error *error);

/* What a store has, to do a run again from: read, and never written. */
int ledger_replay(struct ledger **out, const char *path, struct crux_error *error);

/* The same from a store that is open for reading, and outlives the ledger. */
int ledger_replay_store(struct ledger **out, struct crux_store *store, struct crux_error *error);

bool ledger_replays(const struct ledger *ledger);

/* Keeps what is in the queue, calls kept() and call(), and ends. NULL is fine. */
void ledger_close(struct ledger *ledger);

/* kept() is called from within by a ledger that keeps nothing, else by the writer thread. */
void ledger_intend(struct ledger *ledger, struct ledger_intent *intent);

void ledger_keep(struct ledger *ledger, struct ledger_entry *entry);
void ledger_post(struct ledger *ledger, struct ledger_post *post);

/* False: the ledger has no such reply. True: look for it. */
bool ledger_knows(struct ledger *ledger, const unsigned char key[LEDGER_KEY]);

/* CRUX_OK: text (ends in a NUL) is the caller's to free. CRUX_END: there is none. */
struct ledger_found {
    char *text;
    size_t length;
    uint32_t prompt, cached, completion, reasoning;
    int64_t price;
};
int ledger_find(struct ledger *ledger, const unsigned char key[LEDGER_KEY],
                struct ledger_found *out, struct crux_error *error);

/* The first 8 bytes of a key as a number, which is enough to find the reply again that it named. */
uint64_t ledger_mark(const unsigned char key[LEDGER_KEY]);

/* The reply of this backend whose key has this mark; otherwise like ledger_find(). */
int ledger_recall(struct ledger *ledger, const char *backend, uint64_t mark,
                  struct ledger_found *out, struct crux_error *error);

/* False: no reply with a sample of this key was refused. True: look for it. */
bool ledger_refused(struct ledger *ledger, const unsigned char key[LEDGER_KEY]);

/* The newest one. CRUX_OK: memory is the caller's to free, and holds all that the others point to.
 * CRUX_END: there is none, or not any more. */
struct ledger_unread {
    int64_t number; /* for struct ledger_entry.taken */
    struct ledger_refusal refusal;
    void *memory;
};
int ledger_find_refusal(struct ledger *ledger, const unsigned char key[LEDGER_KEY],
                        struct ledger_unread *out, struct crux_error *error);

/* What the run has paid so far, and how long its sessions have lasted before this one. */
struct ledger_past {
    struct account_sum paid;
    int64_t lasted_ns;
};
void ledger_past(const struct ledger *ledger, struct ledger_past *out);

/* --- the order of settling ---------------------------------------------------------- */

/* The order that is known of a tree, *count arrivals; the caller frees *out. None is known: 0. */
int ledger_order(struct ledger *ledger, uint64_t problem, struct crux_arrival **out, size_t *count,
                 struct crux_error *error);

/* Forget the known order of a tree, which is searched again from its beginning. */
void ledger_order_forget(struct ledger *ledger, uint64_t problem);

/* The next arrival of a tree after those that are known. Never fails: an error is reported by
 * ledger_flush(). */
void ledger_order_add(struct ledger *ledger, uint64_t problem, const struct crux_arrival *arrival);

/* All that was kept and added before is safe; waits for the disk. Not from within kept() or
 * call(). */
int ledger_flush(struct ledger *ledger, struct crux_error *error);

#endif
