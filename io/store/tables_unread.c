/*
 * tables_unread.c - what was paid, or may have been, and is no reply: intents of requests, and
 * replies that could not be read.
 *
 * Most intents live for one or two batches, so their statements are prepared; refusals are rare.
 */
#include "io/store/tables_ledger.h"

#include <assert.h>

#include "io/store/tables.h"

static int64_t unread_problem(uint64_t problem)
{
    return problem == STORE_NO_PROBLEM ? -1 : (int64_t)problem;
}

static bool is_nothing(const struct account_sum *left)
{
    return left->calls == 0 && left->prompt == 0 && left->completion == 0 && left->price == 0;
}

/* --- intents ---------------------------------------------------------------------------- */

static int run_again(struct sqlite_query *query, struct crux_error *error)
{
    int status = sqlite_next(query, error);

    return status < 0 ? status : CRUX_OK;
}

int tables_ledger_put_intent(struct crux_store *store, const struct store_intent *intent,
                             int64_t *number, struct crux_error *error)
{
    struct tables_ledger *ledger = &tables_of(store)->ledger;
    const struct account_sum *worst = intent->worst;
    int status;

    assert(ledger->writer != NULL);
    *number = ++ledger->intents;
    sqlite_again(&ledger->insert_intent, "ibtiiiii", *number, (const void *)intent->key,
                 (size_t)STORE_KEY, intent->backend, unread_problem(intent->problem),
                 (int64_t)worst->calls, (int64_t)worst->prompt, (int64_t)worst->completion,
                 worst->price);
    status = run_again(&ledger->insert_intent, error);
    if (status == CRUX_OK)
        sqlite_tally_inserted(ledger->writer, "intents");
    return status;
}

int tables_ledger_settle_intent(struct crux_store *store, int64_t number,
                                const struct account_sum *left, struct crux_error *error)
{
    struct tables_ledger *ledger = &tables_of(store)->ledger;

    if (is_nothing(left)) {
        sqlite_again(&ledger->delete_intent, "i", number);
        return run_again(&ledger->delete_intent, error);
    }
    return sqlite_finish(sqlite_query(ledger->writer,
                                      "UPDATE intents SET calls = ?, prompt = ?, completion = ?,"
                                      " price = ? WHERE id = ?",
                                      "iiiii", (int64_t)left->calls, (int64_t)left->prompt,
                                      (int64_t)left->completion, left->price, number),
                         error);
}

/* --- refusals ---------------------------------------------------------------------------- */

static int put_refusal_row(struct sqlite *db, const struct store_refusal *refusal, int64_t *number,
                           struct crux_error *error)
{
    const struct account_sum *cost = &refusal->cost;
    int status = sqlite_number(db, "SELECT coalesce(max(id), 0) + 1 FROM refusals", number, error);

    if (status != CRUX_OK)
        return status;
    return sqlite_finish(
        sqlite_query(db,
                     "INSERT INTO refusals VALUES(?, ?, nullif(?, -1), ?, ?, ?, ?, ?, ?, ?, ?,"
                     " NULL)",
                     "itiiiiiiiit", *number, refusal->backend, unread_problem(refusal->problem),
                     (int64_t)cost->calls, (int64_t)cost->prompt, (int64_t)cost->cached,
                     (int64_t)cost->completion, (int64_t)cost->reasoning, cost->price,
                     (int64_t)refusal->same_again, refusal->why),
        error);
}

int tables_ledger_put_refusal(struct crux_store *store, const struct store_refusal *refusal,
                              struct crux_error *error)
{
    struct sqlite *db = tables_of(store)->ledger.writer;
    int64_t number = 0;
    int status = put_refusal_row(db, refusal, &number, error);

    for (uint32_t i = 0; i < refusal->samples && status == CRUX_OK; i++)
        status = sqlite_finish(
            sqlite_query(db, "INSERT OR IGNORE INTO refused(key, refusal) VALUES(?, ?)", "bi",
                         (const void *)(refusal->keys + (size_t)i * STORE_KEY), (size_t)STORE_KEY,
                         number),
            error);
    if (status == CRUX_OK)
        status = sqlite_finish(sqlite_query(db, "INSERT INTO bodies VALUES(?, ?, ?, NULL)", "ibb",
                                            number, (const void *)refusal->keys,
                                            (size_t)refusal->samples * STORE_KEY,
                                            (const void *)refusal->body, refusal->length),
                               error);
    return status;
}

int tables_ledger_settle_refusal(struct crux_store *store, int64_t number,
                                 const struct account_sum *left, bool *there,
                                 struct crux_error *error)
{
    struct sqlite *db = tables_of(store)->ledger.writer;
    int status =
        sqlite_finish(sqlite_query(db, "DELETE FROM bodies WHERE id = ?", "i", number), error);

    *there = status == CRUX_OK && sqlite_changed(db) > 0;
    if (status != CRUX_OK || !*there)
        return status;
    status = sqlite_finish(sqlite_query(db, "DELETE FROM refused WHERE refusal = ?", "i", number),
                           error);
    if (status != CRUX_OK)
        return status;
    if (is_nothing(left))
        return sqlite_finish(sqlite_query(db, "DELETE FROM refusals WHERE id = ?", "i", number),
                             error);
    return sqlite_finish(
        sqlite_query(db,
                     "UPDATE refusals SET calls = ?, prompt = ?, cached = 0, completion = ?,"
                     " reasoning = 0, price = ? WHERE id = ?",
                     "iiiii", (int64_t)left->calls, (int64_t)left->prompt,
                     (int64_t)left->completion, left->price, number),
        error);
}

int tables_ledger_refused(struct crux_store *store, store_each_key *each, void *context,
                          struct crux_error *error)
{
    return tables_ledger_each_key(store, "SELECT key FROM whole_refused", each, context, error);
}

/* The columns of tables_ledger_find_refusal(). */
static struct store_refusal refusal_at(const struct sqlite_query *query)
{
    struct store_refusal refusal = {
        .number = sqlite_integer(query, 0),
        .cost = {.calls = (uint64_t)sqlite_integer(query, 1),
                 .prompt = (uint64_t)sqlite_integer(query, 2),
                 .cached = (uint64_t)sqlite_integer(query, 3),
                 .completion = (uint64_t)sqlite_integer(query, 4),
                 .reasoning = (uint64_t)sqlite_integer(query, 5),
                 .price = sqlite_integer(query, 6)},
        .same_again = sqlite_integer(query, 7) != 0,
        .why = sqlite_text(query, 8),
        .problem = STORE_NO_PROBLEM,
    };
    size_t size = 0;

    refusal.keys = sqlite_bytes(query, 9, &size);
    refusal.samples = (uint32_t)(size / STORE_KEY);
    refusal.body = sqlite_bytes(query, 10, &refusal.length);
    return refusal;
}

int tables_ledger_find_refusal(struct crux_store *store, const unsigned char *key,
                               store_take_refusal *take, void *context, struct crux_error *error)
{
    const struct tables_ledger *ledger = &tables_of(store)->ledger;
    struct sqlite_query query;
    int status = tables_ledger_attach(store, error);

    if (status != CRUX_OK)
        return status;
    query = sqlite_query(
        ledger->reader,
        "SELECT whole_refusals.id, calls, prompt, cached, completion, reasoning, price,"
        " same_again, why, keys, body FROM whole_refused"
        " JOIN whole_refusals ON whole_refusals.id = refusal"
        " JOIN whole_bodies ON whole_bodies.id = refusal"
        " WHERE key = ? ORDER BY refusal DESC LIMIT 1",
        "b", (const void *)key, (size_t)STORE_KEY);
    status = sqlite_next(&query, error);
    if (status == CRUX_OK) {
        const struct store_refusal refusal = refusal_at(&query);

        status = take(context, &refusal, error);
    }
    sqlite_end(&query);
    return status;
}
