/*
 * ledger.c - one queue, one writer thread, one lock that is never held while the disk works.
 *
 * What a batch has written becomes known before anybody is told: kept() may ask again,
 * and must find what it has just kept.
 */
#include "io/ledger/ledger.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/ledger/keys.h"
#include "io/ledger/order.h"
#include "io/ledger/tables.h"
#include "io/store/store.h"

#define SECOND_NS    INT64_C(1000000000)
#define ORDER_EVERY  (SECOND_NS / 2)       /* what was settled waits no longer */
#define PACE_NS      (SECOND_NS * 3 / 100) /* from one transaction to the next */
#define NOT_ASKED_NS INT64_MAX

struct ledger {
    struct crux_store *store; /* NULL: nothing is kept */
    bool replays;
    struct ledger_tables tables;
    struct ledger_past past;
    int64_t opened_ns;

    pthread_mutex_t reading; /* of what tables have to read with */
    pthread_mutex_t lock;    /* of all below */
    pthread_cond_t changed;  /* for the writer */
    pthread_cond_t written;  /* for those who flush */
    struct ledger_keys keys;
    struct ledger_entry *first, **last; /* the queue */
    struct ledger_orders orders;
    int64_t orders_ns; /* when the first of them came */
    int64_t paced_ns;  /* replies are not written before */
    uint64_t asked;    /* flushes wanted ... */
    uint64_t done;     /* ... and done */
    bool closing;
    int status; /* not CRUX_OK: it has failed ... */
    struct crux_error error;

    pthread_t writer;
    bool started;
};

static int64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

static void lock(struct ledger *ledger)
{
    (void)pthread_mutex_lock(&ledger->lock);
}

static void unlock(struct ledger *ledger)
{
    (void)pthread_mutex_unlock(&ledger->lock);
}

/* --- the writer ------------------------------------------------------------------------ */

struct batch {
    struct ledger_entry *entries;
    struct ledger_tree *trees;
    uint64_t round; /* flushes wanted when it was taken */
    int64_t began_ns;
    int status;
    struct crux_error error;
};

/* When the orders must be written at the latest. */
static int64_t due_ns(const struct ledger *ledger)
{
    if (ledger->asked > ledger->done)
        return 0;
    return ledger->orders.count == 0 ? NOT_ASKED_NS : ledger->orders_ns + ORDER_EVERY;
}

/* When there is something to write. What comes to a busy ledger waits for company. */
static int64_t work_ns(const struct ledger *ledger)
{
    int64_t due = due_ns(ledger);

    if (ledger->closing || due == 0)
        return 0;
    return ledger->first != NULL && ledger->paced_ns < due ? ledger->paced_ns : due;
}

static void wait_for_work(struct ledger *ledger)
{
    int64_t due;

    while ((due = work_ns(ledger)) > now_ns()) {
        struct timespec until = {.tv_sec = due / SECOND_NS, .tv_nsec = due % SECOND_NS};

        if (due == NOT_ASKED_NS)
            (void)pthread_cond_wait(&ledger->changed, &ledger->lock);
        else
            (void)pthread_cond_timedwait(&ledger->changed, &ledger->lock, &until);
    }
}

/* All that is there; false: nothing is, and nothing will come. */
static bool take(struct ledger *ledger, struct batch *batch)
{
    lock(ledger);
    wait_for_work(ledger);
    *batch = (struct batch){.entries = ledger->first, .round = ledger->asked, .began_ns = now_ns()};
    ledger->first = NULL;
    ledger->last = &ledger->first;
    if (ledger->closing || due_ns(ledger) <= now_ns())
        batch->trees = ledger_orders_take(&ledger->orders);
    batch->status = ledger->status;
    batch->error = ledger->error;
    unlock(ledger);
    return batch->entries != NULL || batch->trees != NULL || !ledger->closing;
}

static bool has_rows(const struct batch *batch)
{
    const struct ledger_entry *entry = batch->entries;

    while (entry != NULL && entry->count == 0)
        entry = entry->next;
    return entry != NULL || batch->trees != NULL;
}

static void commit(struct ledger *ledger, struct batch *batch)
{
    struct ledger_batch work = {batch->entries, batch->trees, now_ns() - ledger->opened_ns};

    if (ledger->store == NULL || batch->status != CRUX_OK || !has_rows(batch))
        return;
    store_enter(ledger->store);
    batch->status = ledger_tables_keep(&ledger->tables, &work, &batch->error);
    store_leave(ledger->store);
}

static void remember(struct ledger *ledger, struct batch *batch)
{
    if (ledger->store == NULL)
        return;
    for (const struct ledger_entry *entry = batch->entries; entry != NULL; entry = entry->next)
        for (uint32_t i = 0; i < entry->count && batch->status == CRUX_OK; i++)
            if (!ledger_keys_add(&ledger->keys, entry->rows[i].key))
                batch->status =
                    crux_fail(&batch->error, CRUX_MEMORY, "no memory for the keys of the ledger");
}

/* The batch is safe, or the ledger has failed. */
static void publish(struct ledger *ledger, struct batch *batch)
{
    lock(ledger);
    if (batch->status == CRUX_OK)
        remember(ledger, batch);
    if (ledger->status == CRUX_OK && batch->status != CRUX_OK) {
        ledger->status = batch->status;
        ledger->error = batch->error;
    }
    ledger->done = batch->round;
    ledger->paced_ns = batch->began_ns + (has_rows(batch) && ledger->store != NULL ? PACE_NS : 0);
    (void)pthread_cond_broadcast(&ledger->written);
    unlock(ledger);
}

static void tell(struct batch *batch)
{
    struct ledger_entry *entry = batch->entries;
    const char *sentence = batch->status == CRUX_OK ? "" : batch->error.text;

    while (entry != NULL) {
        struct ledger_entry *next = entry->next; /* kept() may free it */

        entry->kept(entry, batch->status, sentence);
        entry = next;
    }
    ledger_orders_free(batch->trees);
}

static void *write_all(void *context)
{
    struct ledger *ledger = context;
    struct batch batch;

    while (take(ledger, &batch)) {
        commit(ledger, &batch);
        publish(ledger, &batch);
        tell(&batch);
    }
    return NULL;
}

/* --- opening and closing ---------------------------------------------------------------- */

static bool add_key(void *context, const unsigned char *key)
{
    return ledger_keys_add(context, key);
}

static int open_tables(struct ledger *ledger, const char *path, bool write,
                       struct crux_error *error)
{
    int status = ledger_tables_open(&ledger->tables, path, write, error);

    if (status == CRUX_OK)
        status = ledger_tables_keys(&ledger->tables, add_key, &ledger->keys, error);
    if (status == CRUX_OK)
        status = ledger_tables_past(&ledger->tables, &ledger->past, error);
    return status;
}

static int start(struct ledger *ledger, struct crux_error *error)
{
    int cause = pthread_create(&ledger->writer, NULL, write_all, ledger);

    if (cause != 0)
        return crux_fail(error, CRUX_MEMORY, "cannot start the ledger's thread: %s",
                         strerror(cause));
    ledger->started = true;
    return CRUX_OK;
}

static struct ledger *make(struct crux_store *store, bool replays)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);
    pthread_condattr_t monotonic;

    if (ledger == NULL)
        return NULL;
    ledger->store = store;
    ledger->replays = replays;
    ledger->opened_ns = now_ns();
    ledger->last = &ledger->first;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&ledger->reading, NULL);
    (void)pthread_mutex_init(&ledger->lock, NULL);
    (void)pthread_cond_init(&ledger->changed, &monotonic);
    (void)pthread_cond_init(&ledger->written, NULL);
    (void)pthread_condattr_destroy(&monotonic);
    return ledger;
}

static int open_ledger(struct ledger **out, struct crux_store *store, const char *replay,
                       struct crux_error *error)
{
    struct ledger *ledger = make(store, replay != NULL);
    int status = CRUX_OK;

    if (ledger == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the ledger");
    if (replay != NULL)
        status = open_tables(ledger, replay, false, error);
    else if (store != NULL)
        status = open_tables(ledger, store->path, true, error);
    if (status == CRUX_OK)
        status = start(ledger, error);
    if (status == CRUX_OK)
        *out = ledger;
    else
        ledger_close(ledger);
    return status;
}

int ledger_open(struct ledger **out, struct crux_store *store, struct crux_error *error)
{
    if (store != NULL && !store->write)
        return crux_fail(error, CRUX_STORE,
                         "%s is open for reading and cannot keep what models reply", store->path);
    return open_ledger(out, store, NULL, error);
}

int ledger_replay(struct ledger **out, const char *path, struct crux_error *error)
{
    return open_ledger(out, NULL, path, error);
}

bool ledger_replays(const struct ledger *ledger)
{
    return ledger->replays;
}

void ledger_close(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    lock(ledger);
    ledger->closing = true;
    (void)pthread_cond_signal(&ledger->changed);
    unlock(ledger);
    if (ledger->started)
        (void)pthread_join(ledger->writer, NULL);
    ledger_orders_free(ledger_orders_take(&ledger->orders));
    ledger_tables_close(&ledger->tables);
    ledger_keys_close(&ledger->keys);
    (void)pthread_cond_destroy(&ledger->written);
    (void)pthread_cond_destroy(&ledger->changed);
    (void)pthread_mutex_destroy(&ledger->lock);
    (void)pthread_mutex_destroy(&ledger->reading);
    free(ledger);
}

void ledger_past(const struct ledger *ledger, struct ledger_past *out)
{
    *out = ledger->past;
}

/* --- replies ---------------------------------------------------------------------------- */

void ledger_keep(struct ledger *ledger, struct ledger_entry *entry)
{
    entry->next = NULL;
    lock(ledger);
    if (ledger->first == NULL)
        (void)pthread_cond_signal(&ledger->changed);
    *ledger->last = entry;
    ledger->last = &entry->next;
    unlock(ledger);
}

void ledger_post(struct ledger *ledger, struct ledger_entry *entry)
{
    entry->count = 0;
    ledger_keep(ledger, entry);
}

bool ledger_knows(struct ledger *ledger, const unsigned char key[LEDGER_KEY])
{
    bool knows;

    lock(ledger);
    knows = ledger_keys_has(&ledger->keys, key);
    unlock(ledger);
    return knows;
}

int ledger_find(struct ledger *ledger, const unsigned char key[LEDGER_KEY],
                struct ledger_found *out, struct crux_error *error)
{
    int status;

    if (!ledger_knows(ledger, key))
        return CRUX_END;
    (void)pthread_mutex_lock(&ledger->reading);
    status = ledger_tables_find(&ledger->tables, key, out, error);
    (void)pthread_mutex_unlock(&ledger->reading);
    return status;
}

/* --- the order of settling ---------------------------------------------------------------- */

int ledger_order(struct ledger *ledger, uint64_t problem, uint64_t **out, size_t *count,
                 struct crux_error *error)
{
    int status;

    if (ledger->tables.reader == NULL) {
        *out = NULL;
        *count = 0;
        return CRUX_OK;
    }
    (void)pthread_mutex_lock(&ledger->reading);
    status = ledger_tables_order(&ledger->tables, problem, out, count, error);
    (void)pthread_mutex_unlock(&ledger->reading);
    return status;
}

/* With the lock: something has come; ok: there was memory for it. */
static void order_changed(struct ledger *ledger, bool was_empty, bool ok)
{
    if (!ok && ledger->status == CRUX_OK)
        ledger->status =
            crux_fail(&ledger->error, CRUX_MEMORY, "no memory for the order of a tree");
    if (was_empty) {
        ledger->orders_ns = now_ns();
        (void)pthread_cond_signal(&ledger->changed);
    }
}

void ledger_order_add(struct ledger *ledger, uint64_t problem, uint64_t descent)
{
    bool was_empty;

    if (ledger->store == NULL)
        return;
    lock(ledger);
    was_empty = ledger->orders.count == 0;
    order_changed(ledger, was_empty, ledger_orders_add(&ledger->orders, problem, descent));
    unlock(ledger);
}

void ledger_order_forget(struct ledger *ledger, uint64_t problem)
{
    bool was_empty;

    if (ledger->store == NULL)
        return;
    lock(ledger);
    was_empty = ledger->orders.count == 0;
    order_changed(ledger, was_empty, ledger_orders_forget(&ledger->orders, problem));
    unlock(ledger);
}

int ledger_flush(struct ledger *ledger, struct crux_error *error)
{
    uint64_t round;
    int status;

    lock(ledger);
    round = ++ledger->asked;
    (void)pthread_cond_signal(&ledger->changed);
    while (ledger->done < round)
        (void)pthread_cond_wait(&ledger->written, &ledger->lock);
    status = ledger->status;
    if (status != CRUX_OK)
        (void)crux_fail(error, status, "%s", ledger->error.text);
    unlock(ledger);
    return status;
}
