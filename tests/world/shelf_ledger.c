/*
 * shelf_ledger.c - the ledger in memory: a batch that fails is undone by forgetting its end.
 */
#include "tests/world/shelf_inside.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* --- the ledger: writing -------------------------------------------------------------------- */

static struct shelf_kept *shelf_lock(const struct crux_store *store)
{
    (void)pthread_mutex_lock(&shelf_kept_by(store)->mutex);
    return shelf_kept_by(store);
}

static int shelf_unlock(struct shelf_kept *kept, int status)
{
    (void)pthread_mutex_unlock(&kept->mutex);
    return status;
}

int shelf_ledger_open(struct crux_store *store, struct crux_error *error)
{
    struct shelf_kept *kept = shelf_lock(store);

    (void)error;
    if (store->write) {
        kept->has_ledger = true;
        kept->lasted_before_ns = kept->committed.lasted_ns;
    }
    return shelf_unlock(kept, CRUX_OK);
}

void shelf_ledger_close(struct crux_store *store)
{
    (void)store;
}

int shelf_ledger_begin(struct crux_store *store, struct crux_error *error)
{
    struct shelf_kept *kept = shelf_lock(store);

    (void)error;
    assert(store->write && kept->has_ledger);
    kept->now = kept->committed;
    return shelf_unlock(kept, CRUX_OK);
}

/* Among the first count. */
static const struct shelf_reply *shelf_find(const struct shelf_kept *kept, size_t count,
                                            const unsigned char *key)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(kept->replies[i].key, key, STORE_KEY) == 0)
            return &kept->replies[i];
    return NULL;
}

int shelf_ledger_put_reply(struct crux_store *store, const struct store_reply *reply, bool *known,
                           struct crux_error *error)
{
    struct shelf_kept *kept = shelf_lock(store);
    struct shelf_reply *made;

    if (kept->broken)
        return shelf_unlock(kept, crux_fail(error, CRUX_STORE, "%s: it is broken", store->path));
    *known = shelf_find(kept, kept->now.replies, reply->key) != NULL;
    if (*known)
        return shelf_unlock(kept, CRUX_OK);
    kept->replies = shelf_grow(kept->replies, kept->now.replies, sizeof *kept->replies);
    made = &kept->replies[kept->now.replies++];
    *made = (struct shelf_reply){.reply = *reply,
                                 .backend = shelf_text(reply->backend),
                                 .text = shelf_copy(reply->text, reply->length)};
    memcpy(made->key, reply->key, STORE_KEY);
    return shelf_unlock(kept, CRUX_OK);
}

int shelf_ledger_put_order(struct crux_store *store, const struct store_order *order,
                           struct crux_error *error)
{
    struct shelf_kept *kept = shelf_lock(store);

    (void)error;
    kept->pieces = shelf_grow(kept->pieces, kept->now.pieces, sizeof *kept->pieces);
    kept->pieces[kept->now.pieces++] =
        (struct shelf_piece){*order, shelf_copy(order->bytes, order->length)};
    return shelf_unlock(kept, CRUX_OK);
}

int shelf_ledger_put_lasted(struct crux_store *store, int64_t lasted_ns, struct crux_error *error)
{
    struct shelf_kept *kept = shelf_lock(store);

    (void)error;
    kept->now.lasted_ns = kept->lasted_before_ns + lasted_ns;
    return shelf_unlock(kept, CRUX_OK);
}

void shelf_undo(struct shelf_kept *kept)
{
    for (; kept->now.replies > kept->committed.replies; kept->now.replies--) {
        free(kept->replies[kept->now.replies - 1].backend);
        free(kept->replies[kept->now.replies - 1].text);
    }
    for (; kept->now.pieces > kept->committed.pieces; kept->now.pieces--)
        free(kept->pieces[kept->now.pieces - 1].bytes);
}

int shelf_ledger_end(struct crux_store *store, int status, struct crux_error *error)
{
    struct shelf_kept *kept = shelf_lock(store);

    (void)error;
    if (status == CRUX_OK) {
        kept->committed = kept->now;
        kept->batches++;
    } else {
        shelf_undo(kept);
    }
    return shelf_unlock(kept, status);
}

/* --- the ledger: reading -------------------------------------------------------------------- */

int shelf_ledger_keys(struct crux_store *store, store_each_key *each, void *context,
                      struct crux_error *error)
{
    struct shelf_kept *kept = shelf_lock(store);
    int status = CRUX_OK;

    for (size_t i = 0; i < kept->committed.replies && status == CRUX_OK; i++)
        if (!each(context, kept->replies[i].key))
            status = crux_fail(error, CRUX_MEMORY, "no memory for the keys of the ledger");
    return shelf_unlock(kept, status);
}

int shelf_ledger_find(struct crux_store *store, const unsigned char *key, store_take_reply *take,
                      void *context, struct crux_error *error)
{
    struct shelf_kept *kept = shelf_lock(store);
    const struct shelf_reply *found = shelf_find(kept, kept->committed.replies, key);
    struct store_reply reply;

    if (found == NULL)
        return shelf_unlock(kept, CRUX_END);
    reply = found->reply;
    reply.key = found->key;
    reply.backend = found->backend;
    reply.text = found->text;
    return shelf_unlock(kept, take(context, &reply, error));
}

/* What was there when a piece said `forget` counts no more. */
int shelf_ledger_order(struct crux_store *store, uint64_t problem, store_each_piece *each,
                       void *context, struct crux_error *error)
{
    struct shelf_kept *kept = shelf_lock(store);
    size_t first = 0;
    int status = CRUX_OK;

    for (size_t i = 0; i < kept->committed.pieces; i++)
        if (kept->pieces[i].order.problem == problem && kept->pieces[i].order.forget)
            first = i;
    for (size_t i = first; i < kept->committed.pieces && status == CRUX_OK; i++)
        if (kept->pieces[i].order.problem == problem &&
            !each(context, kept->pieces[i].bytes, kept->pieces[i].order.length))
            status = crux_fail(error, CRUX_MEMORY, "no memory for the order of a tree");
    return shelf_unlock(kept, status);
}

static void shelf_add(struct account_sum *sum, const struct store_reply *reply)
{
    sum->calls += reply->first;
    sum->samples++;
    sum->prompt += reply->prompt;
    sum->cached += reply->cached;
    sum->completion += reply->completion;
    sum->reasoning += reply->reasoning;
    sum->price += reply->price;
}

/* Who paid for a reply: a name for each. */
static const char *shelf_payer(struct shelf_kept *kept, size_t reply, enum store_payer by)
{
    const struct shelf_problem *problem;

    if (by == STORE_BACKEND)
        return kept->replies[reply].backend;
    problem = shelf_problem_at(kept, kept->replies[reply].reply.problem);
    return problem != NULL ? problem->id : "";
}

enum { SHELF_PAYERS = 16 };

struct shelf_bill {
    const char *name;
    struct account_sum paid;
};

/* Backends by name; problems by price, then by tokens, then by id. */
static int compare_backends(const void *a, const void *b)
{
    return strcmp(((const struct shelf_bill *)a)->name, ((const struct shelf_bill *)b)->name);
}

static int compare_problems(const void *a, const void *b)
{
    const struct shelf_bill *x = a, *y = b;
    uint64_t m = x->paid.prompt + x->paid.completion, n = y->paid.prompt + y->paid.completion;

    if (x->paid.price != y->paid.price)
        return x->paid.price < y->paid.price ? 1 : -1;
    return m != n ? (m < n ? 1 : -1) : compare_backends(a, b);
}

static size_t shelf_bills(struct shelf_kept *kept, enum store_payer by,
                          struct shelf_bill bills[SHELF_PAYERS])
{
    size_t count = 0;

    for (size_t i = 0; i < kept->committed.replies; i++) {
        const char *name = shelf_payer(kept, i, by);
        size_t at = 0;

        while (at < count && strcmp(bills[at].name, name) != 0)
            at++;
        assert(at < SHELF_PAYERS);
        if (at == count)
            bills[count++] = (struct shelf_bill){.name = name};
        shelf_add(&bills[at].paid, &kept->replies[i].reply);
    }
    qsort(bills, count, sizeof *bills, by == STORE_BACKEND ? compare_backends : compare_problems);
    return count;
}

static void shelf_each_cost(struct shelf_kept *kept, struct store_costs *costs, enum store_payer by)
{
    struct shelf_bill bills[SHELF_PAYERS];
    size_t count = shelf_bills(kept, by, bills);

    for (size_t i = 0; i < count; i++) {
        costs->problems += by == STORE_PROBLEM && bills[i].name[0] != '\0';
        if (by == STORE_BACKEND || i < costs->most)
            costs->each(costs->context, by, bills[i].name, &bills[i].paid);
    }
}

int shelf_ledger_costs(struct crux_store *store, struct store_costs *costs,
                       struct crux_error *error)
{
    struct shelf_kept *kept = shelf_lock(store);

    (void)error;
    costs->paid = (struct account_sum){.calls = 0};
    costs->lasted_ns = kept->committed.lasted_ns;
    costs->problems = 0;
    for (size_t i = 0; i < kept->committed.replies; i++)
        shelf_add(&costs->paid, &kept->replies[i].reply);
    if (costs->each != NULL) {
        shelf_each_cost(kept, costs, STORE_BACKEND);
        shelf_each_cost(kept, costs, STORE_PROBLEM);
    }
    return shelf_unlock(kept, CRUX_OK);
}
