/*
 * ledger.c - the ledger's queue and its writer thread: one lock, which is never held while the
 * disk works.
 *
 * What a batch has written becomes known before its kept() is called: kept() may ask again, and
 * must find what has just been kept.
 */
#include "io/ledger/ledger.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/clock.h"
#include "io/ledger/inside.h"
#include "io/ledger/rows.h"
#include "io/store/store.h"

#define ORDER_EVERY  (CLOCK_SECOND_NS / 2) /* the order of settling waits no longer than this */
#define PACE_NS      (CLOCK_SECOND_NS * 3 / 100) /* from one transaction to the next */
#define INTENT_NS    (CLOCK_SECOND_NS / 200)     /* the same, where it only has intents */
#define NOT_ASKED_NS INT64_MAX

static void ledger_lock(struct ledger *ledger)
{
    (void)pthread_mutex_lock(&ledger->lock);
}

static void ledger_unlock(struct ledger *ledger)
{
    (void)pthread_mutex_unlock(&ledger->lock);
}

/* --- the writer ------------------------------------------------------------------------ */

struct batch {
    struct ledger_item *items, *intents;
    struct ledger_tree *trees;
    uint64_t round; /* flushes wanted when it was taken */
    int64_t began_ns;
    int status;
    struct crux_error error;
};

/* The time by which the orders must be written. */
static int64_t orders_due_ns(const struct ledger *ledger)
{
    if (ledger->asked > ledger->done)
        return 0;
    return ledger->orders.trees == NULL ? NOT_ASKED_NS : ledger->orders_ns + ORDER_EVERY;
}

/* The time of the next write. Entries for a busy ledger wait, to share a transaction. */
static int64_t writer_due_ns(const struct ledger *ledger)
{
    int64_t due = orders_due_ns(ledger);

    if (ledger->closing || due == 0)
        return 0;
    if (ledger->first != NULL && ledger->paced_ns < due)
        due = ledger->paced_ns;
    return ledger->intents != NULL && ledger->intend_ns < due ? ledger->intend_ns : due;
}

static void writer_wait(struct ledger *ledger)
{
    int64_t due;

    while ((due = writer_due_ns(ledger)) > clock_now_ns()) {
        struct timespec until = {.tv_sec = due / CLOCK_SECOND_NS, .tv_nsec = due % CLOCK_SECOND_NS};

        if (due == NOT_ASKED_NS)
            (void)pthread_cond_wait(&ledger->changed, &ledger->lock);
        else
            (void)pthread_cond_timedwait(&ledger->changed, &ledger->lock, &until);
    }
}

/* With the lock. Entries that are not due yet wait, also when intents are taken. */
static void writer_take_items(struct ledger *ledger, struct batch *batch)
{
    bool flushes = ledger->closing || ledger->asked > ledger->done;

    if (!flushes && ledger->paced_ns > batch->began_ns)
        return;
    batch->items = ledger->first;
    batch->round = ledger->asked;
    ledger->first = NULL;
    ledger->last = &ledger->first;
}

/* Take what is due of the queues; false: they are empty, and will stay so. */
static bool writer_take(struct ledger *ledger, struct batch *batch)
{
    ledger_lock(ledger);
    writer_wait(ledger);
    *batch = (struct batch){.intents = ledger->intents,
                            .round = ledger->done,
                            .began_ns = clock_now_ns(),
                            .status = ledger->status,
                            .error = ledger->error};
    ledger->intents = NULL;
    ledger->last_intent = &ledger->intents;
    writer_take_items(ledger, batch);
    if (ledger->closing || orders_due_ns(ledger) <= batch->began_ns)
        batch->trees = ledger_orders_take(&ledger->orders);
    ledger_unlock(ledger);
    return batch->items != NULL || batch->intents != NULL || batch->trees != NULL ||
           !ledger->closing;
}

/* Has it something that must outlive a power cut? */
static bool batch_has_rows(const struct batch *batch)
{
    struct ledger_item *item = batch->items;

    while (item != NULL && (item->is_post || !ledger_rows_any(ledger_rows_entry(item))))
        item = item->next;
    return item != NULL || batch->trees != NULL;
}

struct writing {
    struct crux_store *store;
    struct ledger_lot lot;
};

static int writer_attempt(void *context, bool *may_pass, struct crux_error *error)
{
    const struct writing *writing = context;
    struct crux_store *store = writing->store;
    int status;

    store_enter(store);
    status = ledger_rows_write(store, &writing->lot, error);
    *may_pass = status != CRUX_OK && store->verbs->ledger_may_pass(store);
    store_leave(store);
    return status;
}

static void commit_batch(struct ledger *ledger, struct batch *batch)
{
    struct writing writing = {
        ledger->store, {batch->items, batch->intents, batch->trees, batch_has_rows(batch), 0}};

    if (ledger->use != LEDGER_KEEPS || batch->status != CRUX_OK ||
        (batch->intents == NULL && !writing.lot.lasting))
        return;
    writing.lot.lasted_ns = clock_now_ns() - ledger->opened_ns;
    batch->status = store_patiently(ledger->store, writer_attempt, &writing, &batch->error);
}

/* False: no memory. */
static bool remember_entry(struct ledger *ledger, const struct ledger_entry *entry)
{
    const struct ledger_refusal *refusal = entry->refusal;
    bool ok = true;

    for (uint32_t i = 0; i < entry->count && ok; i++)
        ok = ledger_keys_add(&ledger->keys, entry->rows[i].key);
    for (uint32_t i = 0; refusal != NULL && i < refusal->samples && ok; i++)
        ok = ledger_keys_add(&ledger->refused, refusal->keys + (size_t)i * LEDGER_KEY);
    return ok;
}

static void remember_batch(struct ledger *ledger, struct batch *batch)
{
    if (ledger->use != LEDGER_KEEPS)
        return;
    for (struct ledger_item *item = batch->items; item != NULL; item = item->next)
        if (!item->is_post && batch->status == CRUX_OK &&
            !remember_entry(ledger, ledger_rows_entry(item)))
            batch->status =
                crux_fail(&batch->error, CRUX_MEMORY, "no memory for the keys of the ledger");
}

/* The batch is safe, or the ledger has failed. */
static void publish_batch(struct ledger *ledger, struct batch *batch)
{
    ledger_lock(ledger);
    if (batch->status == CRUX_OK)
        remember_batch(ledger, batch);
    if (ledger->status == CRUX_OK && batch->status != CRUX_OK) {
        ledger->status = batch->status;
        ledger->error = batch->error;
    }
    ledger->done = batch->round;
    if (batch_has_rows(batch) && ledger->use == LEDGER_KEEPS)
        ledger->paced_ns = batch->began_ns + PACE_NS;
    ledger->intend_ns = batch->began_ns + INTENT_NS;
    (void)pthread_cond_broadcast(&ledger->written);
    ledger_unlock(ledger);
}

static void answer_batch(struct batch *batch)
{
    struct ledger_item *item = batch->items, *intent = batch->intents;
    const char *sentence = batch->status == CRUX_OK ? "" : batch->error.text;

    while (intent != NULL) {
        struct ledger_item *next = intent->next;
        struct ledger_intent *kept = (struct ledger_intent *)(void *)intent;

        kept->kept(kept, batch->status, sentence);
        intent = next;
    }
    while (item != NULL) {
        struct ledger_item *next = item->next; /* what is called may free it */
        struct ledger_entry *entry = ledger_rows_entry(item);
        struct ledger_post *post = (struct ledger_post *)(void *)item;

        if (entry != NULL)
            entry->kept(entry, batch->status, sentence);
        else
            post->call(post, batch->status, sentence);
        item = next;
    }
    ledger_orders_free(batch->trees);
}

static void *ledger_writer(void *context)
{
    struct ledger *ledger = context;
    struct batch batch;

    while (writer_take(ledger, &batch)) {
        commit_batch(ledger, &batch);
        publish_batch(ledger, &batch);
        answer_batch(&batch);
    }
    return NULL;
}

/* --- opening and closing ---------------------------------------------------------------- */

static bool ledger_add_key(void *context, const unsigned char *key)
{
    return ledger_keys_add(context, key);
}

static int ledger_load(struct ledger *ledger, struct crux_error *error)
{
    struct crux_store *store = ledger->store;
    struct store_costs costs = {.each = NULL};
    int status = store->verbs->ledger_open(store, error);

    if (status == CRUX_OK)
        status = store->verbs->ledger_keys(store, ledger_add_key, &ledger->keys, error);
    if (status == CRUX_OK)
        status = store->verbs->ledger_refused(store, ledger_add_key, &ledger->refused, error);
    if (status == CRUX_OK)
        status = store->verbs->ledger_costs(store, &costs, error);
    ledger->past = (struct ledger_past){costs.paid, costs.lasted_ns};
    return status;
}

static int ledger_start(struct ledger *ledger, struct crux_error *error)
{
    int cause = pthread_create(&ledger->writer, NULL, ledger_writer, ledger);

    if (cause != 0)
        return crux_fail(error, CRUX_MEMORY, "cannot start the ledger's thread: %s",
                         strerror(cause));
    ledger->started = true;
    return CRUX_OK;
}

static struct ledger *ledger_make(enum ledger_use use, struct crux_store *store)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);
    pthread_condattr_t monotonic;

    if (ledger == NULL)
        return NULL;
    ledger->use = use;
    ledger->store = store;
    ledger->opened_ns = clock_now_ns();
    ledger->last = &ledger->first;
    ledger->last_intent = &ledger->intents;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&ledger->reading, NULL);
    (void)pthread_mutex_init(&ledger->lock, NULL);
    (void)pthread_cond_init(&ledger->changed, &monotonic);
    (void)pthread_cond_init(&ledger->written, NULL);
    (void)pthread_condattr_destroy(&monotonic);
    return ledger;
}

static int ledger_begin(struct ledger **out, enum ledger_use use, struct crux_store *store,
                        struct crux_error *error)
{
    struct ledger *ledger = ledger_make(use, store);
    int status = CRUX_OK;

    if (ledger == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the ledger");
    if (store != NULL)
        status = ledger_load(ledger, error);
    if (status == CRUX_OK)
        status = ledger_start(ledger, error);
    if (status == CRUX_OK)
        *out = ledger;
    else
        ledger_close(ledger);
    return status;
}

int ledger_open(struct ledger **out, struct crux_store *store, struct crux_error *error)
{
    if (store == NULL)
        return ledger_begin(out, LEDGER_IDLE, NULL, error);
    if (!store->write)
        return crux_fail(error, CRUX_STORE,
                         "%s is open for reading and cannot keep what models reply", store->path);
    return ledger_begin(out, LEDGER_KEEPS, store, error);
}

int ledger_replay_store(struct ledger **out, struct crux_store *store, struct crux_error *error)
{
    assert(!store->write);
    return ledger_begin(out, LEDGER_REPLAYS, store, error);
}

int ledger_replay(struct ledger **out, const char *path, struct crux_error *error)
{
    struct crux_store *store = NULL;
    int status = crux_store_open(&store, path, false, error);

    if (status != CRUX_OK)
        return status;
    status = ledger_replay_store(out, store, error);
    if (status == CRUX_OK)
        (*out)->owns_store = true;
    else
        crux_store_close(store);
    return status;
}

bool ledger_replays(const struct ledger *ledger)
{
    return ledger->use == LEDGER_REPLAYS;
}

void ledger_close(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    ledger_lock(ledger);
    ledger->closing = true;
    (void)pthread_cond_signal(&ledger->changed);
    ledger_unlock(ledger);
    if (ledger->started)
        (void)pthread_join(ledger->writer, NULL);
    ledger_orders_free(ledger_orders_take(&ledger->orders));
    if (ledger->store != NULL)
        ledger->store->verbs->ledger_close(ledger->store);
    if (ledger->owns_store)
        crux_store_close(ledger->store);
    ledger_keys_close(&ledger->keys);
    ledger_keys_close(&ledger->refused);
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

static void ledger_queue(struct ledger *ledger, struct ledger_item *item, bool is_post)
{
    *item = (struct ledger_item){.is_post = is_post};
    ledger_lock(ledger);
    if (ledger->first == NULL)
        (void)pthread_cond_signal(&ledger->changed);
    *ledger->last = item;
    ledger->last = &item->next;
    ledger_unlock(ledger);
}

void ledger_intend(struct ledger *ledger, struct ledger_intent *intent)
{
    assert(intent->kept != NULL && intent->backend != NULL && intent->key != NULL);
    intent->number = 0;
    if (ledger->use != LEDGER_KEEPS) {
        intent->kept(intent, CRUX_OK, "");
        return;
    }
    intent->item = (struct ledger_item){.next = NULL};
    ledger_lock(ledger);
    if (ledger->intents == NULL)
        (void)pthread_cond_signal(&ledger->changed);
    *ledger->last_intent = &intent->item;
    ledger->last_intent = &intent->item.next;
    ledger_unlock(ledger);
}

void ledger_keep(struct ledger *ledger, struct ledger_entry *entry)
{
    assert(entry->kept != NULL && (!ledger_rows_any(entry) || entry->backend != NULL));
    ledger_queue(ledger, &entry->item, false);
}

void ledger_post(struct ledger *ledger, struct ledger_post *post)
{
    assert(post->call != NULL);
    ledger_queue(ledger, &post->item, true);
}

bool ledger_knows(struct ledger *ledger, const unsigned char key[LEDGER_KEY])
{
    bool knows;

    ledger_lock(ledger);
    knows = ledger_keys_has(&ledger->keys, key);
    ledger_unlock(ledger);
    return knows;
}

int ledger_find(struct ledger *ledger, const unsigned char key[LEDGER_KEY],
                struct ledger_found *out, struct crux_error *error)
{
    struct crux_store *store = ledger->store;
    int status;

    if (!ledger_knows(ledger, key))
        return CRUX_END;
    (void)pthread_mutex_lock(&ledger->reading);
    status = store->verbs->ledger_find(store, key, ledger_rows_take, out, error);
    (void)pthread_mutex_unlock(&ledger->reading);
    return status;
}

/* --- replies that were refused ------------------------------------------------------------- */

bool ledger_refused(struct ledger *ledger, const unsigned char key[LEDGER_KEY])
{
    bool refused;

    ledger_lock(ledger);
    refused = ledger_keys_has(&ledger->refused, key);
    ledger_unlock(ledger);
    return refused;
}

int ledger_find_refusal(struct ledger *ledger, const unsigned char key[LEDGER_KEY],
                        struct ledger_unread *out, struct crux_error *error)
{
    struct crux_store *store = ledger->store;
    int status;

    if (!ledger_refused(ledger, key))
        return CRUX_END;
    (void)pthread_mutex_lock(&ledger->reading);
    status = store->verbs->ledger_find_refusal(store, key, ledger_rows_take_refusal, out, error);
    (void)pthread_mutex_unlock(&ledger->reading);
    return status;
}

/* --- the order of settling ---------------------------------------------------------------- */

struct descents {
    struct crux_arrival *arrivals;
    size_t count;
};

static bool ledger_add_piece(void *context, const unsigned char *bytes, size_t length)
{
    struct descents *descents = context;

    return ledger_orders_read(&descents->arrivals, &descents->count, bytes, length);
}

int ledger_order(struct ledger *ledger, uint64_t problem, struct crux_arrival **out, size_t *count,
                 struct crux_error *error)
{
    struct crux_store *store = ledger->store;
    struct descents descents = {NULL, 0};
    int status = CRUX_OK;

    if (store != NULL) {
        (void)pthread_mutex_lock(&ledger->reading);
        status = store->verbs->ledger_order(store, problem, ledger_add_piece, &descents, error);
        (void)pthread_mutex_unlock(&ledger->reading);
    }
    if (status != CRUX_OK) {
        free(descents.arrivals);
        return status;
    }
    *out = descents.arrivals;
    *count = descents.count;
    return CRUX_OK;
}

/* With the lock: something has come; ok: there was memory for it. */
static void ledger_order_changed(struct ledger *ledger, bool was_empty, bool ok)
{
    if (!ok && ledger->status == CRUX_OK)
        ledger->status =
            crux_fail(&ledger->error, CRUX_MEMORY, "no memory for the order of a tree");
    if (was_empty) {
        ledger->orders_ns = clock_now_ns();
        (void)pthread_cond_signal(&ledger->changed);
    }
}

void ledger_order_add(struct ledger *ledger, uint64_t problem, const struct crux_arrival *arrival)
{
    bool was_empty;

    if (ledger->use != LEDGER_KEEPS)
        return;
    ledger_lock(ledger);
    was_empty = ledger->orders.trees == NULL;
    ledger_order_changed(ledger, was_empty, ledger_orders_add(&ledger->orders, problem, arrival));
    ledger_unlock(ledger);
}

void ledger_order_forget(struct ledger *ledger, uint64_t problem)
{
    bool was_empty;

    if (ledger->use != LEDGER_KEEPS)
        return;
    ledger_lock(ledger);
    was_empty = ledger->orders.trees == NULL;
    ledger_order_changed(ledger, was_empty, ledger_orders_forget(&ledger->orders, problem));
    ledger_unlock(ledger);
}

int ledger_flush(struct ledger *ledger, struct crux_error *error)
{
    uint64_t round;
    int status;

    assert(!pthread_equal(pthread_self(), ledger->writer)); /* not from within kept() or call() */
    ledger_lock(ledger);
    round = ++ledger->asked;
    (void)pthread_cond_signal(&ledger->changed);
    while (ledger->done < round)
        (void)pthread_cond_wait(&ledger->written, &ledger->lock);
    status = ledger->status;
    if (status != CRUX_OK)
        (void)crux_fail(error, status, "%s", ledger->error.text);
    ledger_unlock(ledger);
    return status;
}
