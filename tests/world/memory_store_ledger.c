/*
 * memory_store_ledger.c - the ledger in memory: a batch that fails is undone by forgetting its end.
 */
#include "tests/world/memory_store_inside.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* --- the ledger: writing -------------------------------------------------------------------- */

struct memory_store_kept *memory_store_lock(const struct crux_store *store)
{
    (void)pthread_mutex_lock(&memory_store_kept_by(store)->mutex);
    return memory_store_kept_by(store);
}

int memory_store_unlock(struct memory_store_kept *kept, int status)
{
    (void)pthread_mutex_unlock(&kept->mutex);
    return status;
}

int memory_store_ledger_open(struct crux_store *store, struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_lock(store);

    (void)error;
    if (store->write) {
        kept->has_ledger = true;
        kept->lasted_before_ns = kept->committed.lasted_ns;
    }
    return memory_store_unlock(kept, CRUX_OK);
}

void memory_store_ledger_close(struct crux_store *store)
{
    (void)store;
}

int memory_store_ledger_begin(struct crux_store *store, bool lasting, struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_lock(store);

    (void)lasting;
    (void)error;
    assert(store->write && kept->has_ledger);
    kept->now = kept->committed;
    return memory_store_unlock(kept, CRUX_OK);
}

/* Among the first count. */
static const struct memory_store_reply *memory_store_find(const struct memory_store_kept *kept,
                                                          size_t count, const unsigned char *key)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(kept->replies[i].key, key, STORE_KEY) == 0)
            return &kept->replies[i];
    return NULL;
}

int memory_store_ledger_put_reply(struct crux_store *store, const struct store_reply *reply,
                                  bool *known, struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_lock(store);
    struct memory_store_reply *made;

    if (kept->broken || kept->full)
        return memory_store_unlock(kept, crux_fail(error, CRUX_STORE, "%s: it is %s", store->path,
                                                   kept->broken ? "broken" : "full"));
    *known = memory_store_find(kept, kept->now.replies, reply->key) != NULL;
    if (*known)
        return memory_store_unlock(kept, CRUX_OK);
    kept->replies = memory_store_grow(kept->replies, kept->now.replies, sizeof *kept->replies);
    made = &kept->replies[kept->now.replies++];
    *made = (struct memory_store_reply){.reply = *reply,
                                        .backend = memory_store_text(reply->backend),
                                        .text = memory_store_copy(reply->text, reply->length)};
    memcpy(made->key, reply->key, STORE_KEY);
    return memory_store_unlock(kept, CRUX_OK);
}

int memory_store_ledger_put_order(struct crux_store *store, const struct store_order *order,
                                  struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_lock(store);

    (void)error;
    kept->pieces = memory_store_grow(kept->pieces, kept->now.pieces, sizeof *kept->pieces);
    kept->pieces[kept->now.pieces++] =
        (struct memory_store_piece){*order, memory_store_copy(order->bytes, order->length)};
    return memory_store_unlock(kept, CRUX_OK);
}

int memory_store_ledger_put_lasted(struct crux_store *store, int64_t lasted_ns,
                                   struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_lock(store);

    (void)error;
    kept->now.lasted_ns = kept->lasted_before_ns + lasted_ns;
    return memory_store_unlock(kept, CRUX_OK);
}

bool memory_store_may_pass(struct crux_store *store)
{
    struct memory_store_kept *kept = memory_store_lock(store);

    return memory_store_unlock(kept, kept->full ? 1 : 0) != 0;
}

void memory_store_undo(struct memory_store_kept *kept)
{
    for (; kept->now.replies > kept->committed.replies; kept->now.replies--) {
        free(kept->replies[kept->now.replies - 1].backend);
        free(kept->replies[kept->now.replies - 1].text);
    }
    for (; kept->now.pieces > kept->committed.pieces; kept->now.pieces--)
        free(kept->pieces[kept->now.pieces - 1].bytes);
    memory_store_undo_events(kept);
}

int memory_store_ledger_end(struct crux_store *store, int status, struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_lock(store);

    (void)error;
    if (status == CRUX_OK) {
        kept->committed = kept->now;
        kept->batches++;
    } else {
        memory_store_undo(kept);
    }
    return memory_store_unlock(kept, status);
}

/* --- the ledger: reading -------------------------------------------------------------------- */

int memory_store_ledger_keys(struct crux_store *store, store_each_key *each, void *context,
                             struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_lock(store);
    int status = CRUX_OK;

    for (size_t i = 0; i < kept->committed.replies && status == CRUX_OK; i++)
        if (!each(context, kept->replies[i].key))
            status = crux_fail(error, CRUX_MEMORY, "no memory for the keys of the ledger");
    return memory_store_unlock(kept, status);
}

/* NULL: there is none. */
static int memory_store_take(const struct memory_store_reply *found, store_take_reply *take,
                             void *context, struct crux_error *error)
{
    struct store_reply reply;

    if (found == NULL)
        return CRUX_END;
    reply = found->reply;
    reply.key = found->key;
    reply.backend = found->backend;
    reply.text = found->text;
    return take(context, &reply, error);
}

int memory_store_ledger_find(struct crux_store *store, const unsigned char *key,
                             store_take_reply *take, void *context, struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_lock(store);
    const struct memory_store_reply *found = memory_store_find(kept, kept->committed.replies, key);

    return memory_store_unlock(kept, memory_store_take(found, take, context, error));
}

int memory_store_ledger_recall(struct crux_store *store, const unsigned char *mark,
                               store_take_reply *take, void *context, struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_lock(store);
    const struct memory_store_reply *found = NULL;

    for (size_t i = 0; i < kept->committed.replies; i++)
        if (memcmp(kept->replies[i].key, mark, STORE_MARK) == 0 &&
            (found == NULL || memcmp(kept->replies[i].key, found->key, STORE_KEY) < 0))
            found = &kept->replies[i];
    return memory_store_unlock(kept, memory_store_take(found, take, context, error));
}

/* What was there when a piece said `forget` counts no more. */
int memory_store_ledger_order(struct crux_store *store, uint64_t problem, store_each_piece *each,
                              void *context, struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_lock(store);
    size_t first = 0;
    int status = CRUX_OK;

    for (size_t i = 0; i < kept->committed.pieces; i++)
        if (kept->pieces[i].order.problem == problem && kept->pieces[i].order.forget)
            first = i;
    for (size_t i = first; i < kept->committed.pieces && status == CRUX_OK; i++)
        if (kept->pieces[i].order.problem == problem &&
            !each(context, kept->pieces[i].bytes, kept->pieces[i].order.length))
            status = crux_fail(error, CRUX_MEMORY, "no memory for the order of a tree");
    return memory_store_unlock(kept, status);
}

static void memory_store_add(struct account_sum *sum, const struct account_sum *more)
{
    sum->calls += more->calls;
    sum->samples += more->samples;
    sum->prompt += more->prompt;
    sum->cached += more->cached;
    sum->completion += more->completion;
    sum->reasoning += more->reasoning;
    sum->price += more->price;
}

static struct account_sum memory_store_cost(const struct store_reply *reply)
{
    return (struct account_sum){.calls = reply->first,
                                .samples = 1,
                                .prompt = reply->prompt,
                                .cached = reply->cached,
                                .completion = reply->completion,
                                .reasoning = reply->reasoning,
                                .price = reply->price};
}

/* Who paid: a name for each. */
static const char *memory_store_payer(struct memory_store_kept *kept, const char *backend,
                                      uint64_t ordinal, enum store_payer by)
{
    const struct memory_store_problem *problem;

    if (by == STORE_BACKEND)
        return backend;
    problem = memory_store_problem_at(kept, ordinal);
    return problem != NULL ? problem->id : "";
}

enum { SHELF_PAYERS = 16 };

struct memory_store_bill {
    const char *name;
    struct account_sum paid;
};

/* Backends by name; problems by price, then by tokens, then by id. */
static int compare_backends(const void *a, const void *b)
{
    return strcmp(((const struct memory_store_bill *)a)->name,
                  ((const struct memory_store_bill *)b)->name);
}

static int compare_problems(const void *a, const void *b)
{
    const struct memory_store_bill *x = a, *y = b;
    uint64_t m = x->paid.prompt + x->paid.completion, n = y->paid.prompt + y->paid.completion;

    if (x->paid.price != y->paid.price)
        return x->paid.price < y->paid.price ? 1 : -1;
    return m != n ? (m < n ? 1 : -1) : compare_backends(a, b);
}

static void memory_store_charge(struct memory_store_bill bills[SHELF_PAYERS], size_t *count,
                                const char *name, const struct account_sum *cost)
{
    size_t at = 0;

    while (at < *count && strcmp(bills[at].name, name) != 0)
        at++;
    assert(at < SHELF_PAYERS);
    if (at == *count)
        bills[(*count)++] = (struct memory_store_bill){.name = name};
    memory_store_add(&bills[at].paid, cost);
}

static size_t memory_store_bills(struct memory_store_kept *kept, enum store_payer by,
                                 struct memory_store_bill bills[SHELF_PAYERS])
{
    size_t count = 0;

    for (size_t i = 0; i < kept->committed.replies; i++) {
        const struct account_sum cost = memory_store_cost(&kept->replies[i].reply);

        memory_store_charge(
            bills, &count,
            memory_store_payer(kept, kept->replies[i].backend, kept->replies[i].reply.problem, by),
            &cost);
    }
    for (size_t i = 0; i < kept->committed.events; i++) {
        const struct memory_store_event *event = &kept->events[i];
        struct account_sum cost;
        bool refused;

        if (memory_store_stands(kept, i, &cost, &refused))
            memory_store_charge(
                bills, &count, memory_store_payer(kept, event->backend, event->problem, by), &cost);
    }
    qsort(bills, count, sizeof *bills, by == STORE_BACKEND ? compare_backends : compare_problems);
    return count;
}

static void memory_store_each_cost(struct memory_store_kept *kept, struct store_costs *costs,
                                   enum store_payer by)
{
    struct memory_store_bill bills[SHELF_PAYERS];
    size_t count = memory_store_bills(kept, by, bills);

    for (size_t i = 0; i < count; i++) {
        costs->problems += by == STORE_PROBLEM && bills[i].name[0] != '\0';
        if (by == STORE_BACKEND || i < costs->most)
            costs->each(costs->context, by, bills[i].name, &bills[i].paid);
    }
}

int memory_store_ledger_costs(struct crux_store *store, struct store_costs *costs,
                              struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_lock(store);

    (void)error;
    costs->paid = costs->refused = costs->unsettled = (struct account_sum){.calls = 0};
    costs->lasted_ns = kept->committed.lasted_ns;
    costs->problems = 0;
    for (size_t i = 0; i < kept->committed.replies; i++) {
        const struct account_sum cost = memory_store_cost(&kept->replies[i].reply);

        memory_store_add(&costs->paid, &cost);
    }
    for (size_t i = 0; i < kept->committed.events; i++) {
        struct account_sum cost;
        bool refused;

        if (!memory_store_stands(kept, i, &cost, &refused))
            continue;
        memory_store_add(&costs->paid, &cost);
        memory_store_add(refused ? &costs->refused : &costs->unsettled, &cost);
    }
    if (costs->each != NULL) {
        memory_store_each_cost(kept, costs, STORE_BACKEND);
        memory_store_each_cost(kept, costs, STORE_PROBLEM);
    }
    return memory_store_unlock(kept, CRUX_OK);
}
