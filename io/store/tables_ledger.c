/*
 * tables_ledger.c - the ledger's tables in a SQLite store, beside those of the run.
 *
 *     ledger     version of this layout
 *     replies    a row for every sample: its key, its backend, its problem, what it took
 *     texts      what it said, by the same id: apart, so that sums do not read it
 *     arrivals   the order in which the simulations of a tree settled, in pieces
 *     sessions   how long each process has worked for the run
 *
 * Statements for rows are prepared once: a busy run keeps thousands of rows a second. The
 * order of a transaction is that of its calls, so ids show in which order replies came.
 */
#include "io/store/tables_ledger.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "io/clock.h"
#include "io/store/layout.h"
#include "io/store/tables.h"

enum { LEDGER_VERSION = 1 };

static const char tables_ledger_layout[] =
    "CREATE TABLE ledger(version INTEGER NOT NULL);"
    "INSERT INTO ledger VALUES(1);"
    "CREATE TABLE replies(id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE,"
    " backend TEXT NOT NULL, problem INTEGER, first INTEGER NOT NULL, prompt INTEGER NOT NULL,"
    " cached INTEGER NOT NULL, completion INTEGER NOT NULL, reasoning INTEGER NOT NULL,"
    " price INTEGER NOT NULL);"
    "CREATE TABLE texts(id INTEGER PRIMARY KEY REFERENCES replies, text BLOB NOT NULL);"
    "CREATE TABLE arrivals(id INTEGER PRIMARY KEY, problem INTEGER NOT NULL,"
    " descents BLOB NOT NULL);"
    "CREATE INDEX arrivals_of ON arrivals(problem);"
    "CREATE TABLE sessions(id INTEGER PRIMARY KEY, started_ns INTEGER NOT NULL,"
    " lasted_ns INTEGER NOT NULL DEFAULT 0)";

_Static_assert(LEDGER_VERSION == 1, "the layout says which version it is");

/* --- the layout ----------------------------------------------------------------------- */

/* The version that is there; 0: none is. */
static int read_ledger_version(struct sqlite *db, int64_t *out, struct crux_error *error)
{
    struct sqlite_query query =
        sqlite_query(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'ledger'", "");
    int status = sqlite_next(&query, error);
    int64_t there = status == CRUX_OK ? sqlite_integer(&query, 0) : 0;

    sqlite_end(&query);
    *out = 0;
    if (status < 0 || there == 0)
        return status;
    query = sqlite_query(db, "SELECT version FROM ledger", "");
    status = sqlite_next(&query, error);
    *out = status == CRUX_OK ? sqlite_integer(&query, 0) : -1;
    sqlite_end(&query);
    return status < 0 ? status : CRUX_OK;
}

static int check_ledger_version(struct sqlite *db, const char *path, bool *empty,
                                struct crux_error *error)
{
    int64_t version = 0;
    int status = read_ledger_version(db, &version, error);

    *empty = version == 0;
    if (status == CRUX_OK && version != 0 && version != LEDGER_VERSION)
        return crux_fail(error, CRUX_STORE,
                         "%s has a ledger of version %lld; this program reads version %d", path,
                         (long long)version, LEDGER_VERSION);
    return status;
}

static int begin_ledger_session(struct sqlite *db, bool empty, struct crux_error *error)
{
    int status = sqlite_begin(db, error);

    if (status == CRUX_OK && empty)
        status = sqlite_run(db, tables_ledger_layout, error);
    if (status == CRUX_OK)
        status = sqlite_finish(
            sqlite_query(db, "INSERT INTO sessions(started_ns) VALUES(?)", "i", clock_wall_ns()),
            error);
    return sqlite_commit(db, status, error);
}

/* --- opening and closing -------------------------------------------------------------- */

static int open_ledger_writer(struct tables_ledger *ledger, const char *path,
                              struct crux_error *error)
{
    bool empty = false;
    int status = sqlite_join(&ledger->writer, path, error);

    if (status == CRUX_OK)
        status = check_ledger_version(ledger->writer, path, &empty, error);
    if (status == CRUX_OK)
        status = begin_ledger_session(ledger->writer, empty, error);
    if (status != CRUX_OK)
        return status;
    ledger->insert_reply = sqlite_query(ledger->writer,
                                        "INSERT OR IGNORE INTO replies(key, backend, problem,"
                                        " first, prompt, cached, completion, reasoning, price)"
                                        " VALUES(?, ?, nullif(?, -1), ?, ?, ?, ?, ?, ?)",
                                        "");
    ledger->insert_text = sqlite_query(
        ledger->writer, "INSERT INTO texts(id, text) VALUES(last_insert_rowid(), ?)", "");
    ledger->update_session = sqlite_query(ledger->writer,
                                          "UPDATE sessions SET lasted_ns = ?"
                                          " WHERE id = (SELECT max(id) FROM sessions)",
                                          "");
    return CRUX_OK;
}

static int open_ledger_reader(struct tables_ledger *ledger, const char *path,
                              struct crux_error *error)
{
    bool taken;
    int status = sqlite_open(&ledger->reader, path, false, &taken, error);

    if (status == CRUX_OK)
        status = check_ledger_version(ledger->reader, path, &ledger->empty, error);
    if (status == CRUX_OK && !ledger->empty)
        ledger->find = sqlite_query(ledger->reader,
                                    "SELECT text, prompt, cached, completion, reasoning, price"
                                    " FROM replies JOIN texts USING(id) WHERE key = ?",
                                    "");
    return status;
}

int tables_ledger_open(struct crux_store *store, struct crux_error *error)
{
    struct tables_ledger *ledger = &tables_of(store)->ledger;
    int status = CRUX_OK;

    assert(ledger->reader == NULL && ledger->writer == NULL);
    if (store->write)
        status = open_ledger_writer(ledger, store->path, error);
    if (status == CRUX_OK)
        status = open_ledger_reader(ledger, store->path, error);
    if (status != CRUX_OK)
        tables_ledger_close(store);
    return status;
}

void tables_ledger_close(struct crux_store *store)
{
    struct tables_ledger *ledger = &tables_of(store)->ledger;

    sqlite_end(&ledger->find);
    sqlite_end(&ledger->insert_reply);
    sqlite_end(&ledger->insert_text);
    sqlite_end(&ledger->update_session);
    sqlite_close(ledger->reader);
    sqlite_close(ledger->writer);
    *ledger = (struct tables_ledger){.writer = NULL};
}

/* --- a batch -------------------------------------------------------------------------- */

static int run_prepared(struct sqlite_query *query, struct crux_error *error)
{
    int status = sqlite_next(query, error);

    return status < 0 ? status : CRUX_OK;
}

int tables_ledger_begin(struct crux_store *store, struct crux_error *error)
{
    struct sqlite *db = tables_of(store)->ledger.writer;

    assert(db != NULL);
    tables_set_patience(store, db);
    return sqlite_begin(db, error);
}

int tables_ledger_put_reply(struct crux_store *store, const struct store_reply *reply, bool *known,
                            struct crux_error *error)
{
    struct tables_ledger *ledger = &tables_of(store)->ledger;
    struct sqlite_query *row = &ledger->insert_reply, *text = &ledger->insert_text;
    int64_t problem = reply->problem == STORE_NO_PROBLEM ? -1 : (int64_t)reply->problem;
    int status;

    assert(ledger->writer != NULL && reply->key != NULL && reply->backend != NULL);
    sqlite_again(row, "btiiiiiii", reply->key, (size_t)STORE_KEY, reply->backend, problem,
                 (int64_t)reply->first, (int64_t)reply->prompt, (int64_t)reply->cached,
                 (int64_t)reply->completion, (int64_t)reply->reasoning, reply->price);
    status = sqlite_next(row, error);
    *known = status == CRUX_END && sqlite_changed(ledger->writer) == 0;
    if (status < 0 || *known)
        return status < 0 ? status : CRUX_OK;
    sqlite_again(text, "b", reply->text, reply->length);
    return run_prepared(text, error);
}

int tables_ledger_put_order(struct crux_store *store, const struct store_order *order,
                            struct crux_error *error)
{
    struct sqlite *db = tables_of(store)->ledger.writer;
    int64_t problem = (int64_t)order->problem;
    int status = CRUX_OK;

    if (order->forget)
        status = sqlite_finish(
            sqlite_query(db, "DELETE FROM arrivals WHERE problem = ?", "i", problem), error);
    if (status == CRUX_OK && order->length > 0)
        status =
            sqlite_finish(sqlite_query(db, "INSERT INTO arrivals(problem, descents) VALUES(?, ?)",
                                       "ib", problem, (const void *)order->bytes, order->length),
                          error);
    return status;
}

int tables_ledger_put_lasted(struct crux_store *store, int64_t lasted_ns, struct crux_error *error)
{
    struct tables_ledger *ledger = &tables_of(store)->ledger;

    sqlite_again(&ledger->update_session, "i", lasted_ns);
    return run_prepared(&ledger->update_session, error);
}

int tables_ledger_end(struct crux_store *store, int status, struct crux_error *error)
{
    return sqlite_commit(tables_of(store)->ledger.writer, status, error);
}

bool tables_ledger_may_pass(struct crux_store *store)
{
    return sqlite_may_pass(tables_of(store)->ledger.writer);
}

/* --- looking up ----------------------------------------------------------------------- */

int tables_ledger_keys(struct crux_store *store, store_each_key *each, void *context,
                       struct crux_error *error)
{
    const struct tables_ledger *ledger = &tables_of(store)->ledger;
    struct sqlite_query query;
    int status;

    if (ledger->empty)
        return CRUX_OK;
    query = sqlite_query(ledger->reader, "SELECT key FROM replies", "");
    while ((status = sqlite_next(&query, error)) == CRUX_OK) {
        size_t size = 0;
        const void *key = sqlite_bytes(&query, 0, &size);

        if (size == STORE_KEY && !each(context, key)) {
            status = crux_fail(error, CRUX_MEMORY, "no memory for the keys of the ledger");
            break;
        }
    }
    sqlite_end(&query);
    return status == CRUX_END ? CRUX_OK : status;
}

int tables_ledger_find(struct crux_store *store, const unsigned char *key, store_take_reply *take,
                       void *context, struct crux_error *error)
{
    struct tables_ledger *ledger = &tables_of(store)->ledger;
    struct sqlite_query *find = &ledger->find;
    struct store_reply reply = {.key = key, .problem = STORE_NO_PROBLEM};
    uint32_t *const tokens[] = {&reply.prompt, &reply.cached, &reply.completion, &reply.reasoning};
    int status;

    if (ledger->empty)
        return CRUX_END;
    sqlite_again(find, "b", (const void *)key, (size_t)STORE_KEY);
    status = sqlite_next(find, error);
    if (status != CRUX_OK)
        return status;
    reply.text = sqlite_bytes(find, 0, &reply.length);
    for (int i = 0; i < 4; i++)
        *tokens[i] = (uint32_t)sqlite_integer(find, i + 1);
    reply.price = sqlite_integer(find, 5);
    status = take(context, &reply, error);
    (void)sqlite_next(find, NULL); /* its end, so that it holds no old state of the file */
    return status;
}

int tables_ledger_order(struct crux_store *store, uint64_t problem, store_each_piece *each,
                        void *context, struct crux_error *error)
{
    const struct tables_ledger *ledger = &tables_of(store)->ledger;
    struct sqlite_query query;
    int status;

    if (ledger->empty)
        return CRUX_OK;
    query =
        sqlite_query(ledger->reader, "SELECT descents FROM arrivals WHERE problem = ? ORDER BY id",
                     "i", (int64_t)problem);
    while ((status = sqlite_next(&query, error)) == CRUX_OK) {
        size_t size = 0;
        const void *bytes = sqlite_bytes(&query, 0, &size);

        if (!each(context, bytes, size)) {
            status = crux_fail(error, CRUX_MEMORY, "no memory for the order of a tree");
            break;
        }
    }
    sqlite_end(&query);
    return status == CRUX_END ? CRUX_OK : status;
}

/* --- what was paid -------------------------------------------------------------------- */

#define SUMS                                                                                       \
    "sum(first), count(*), sum(prompt), sum(cached), sum(completion), sum(reasoning), sum(price)"

static struct account_sum sums_at(const struct sqlite_query *query, int column)
{
    return (struct account_sum){
        .calls = (uint64_t)sqlite_integer(query, column),
        .samples = (uint64_t)sqlite_integer(query, column + 1),
        .prompt = (uint64_t)sqlite_integer(query, column + 2),
        .cached = (uint64_t)sqlite_integer(query, column + 3),
        .completion = (uint64_t)sqlite_integer(query, column + 4),
        .reasoning = (uint64_t)sqlite_integer(query, column + 5),
        .price = sqlite_integer(query, column + 6),
    };
}

static int read_sums(struct sqlite *db, struct store_costs *costs, struct crux_error *error)
{
    struct sqlite_query query =
        sqlite_query(db, "SELECT " SUMS ", (SELECT sum(lasted_ns) FROM sessions) FROM replies", "");
    int status = sqlite_next(&query, error);

    if (status == CRUX_OK) {
        costs->paid = sums_at(&query, 0);
        costs->lasted_ns = sqlite_integer(&query, 7);
    }
    sqlite_end(&query);
    return status < 0 ? status : CRUX_OK;
}

/* A name, then the sums; ends the query. */
static int each_cost(struct sqlite_query query, const struct store_costs *costs,
                     enum store_payer by, struct crux_error *error)
{
    int status;

    while ((status = sqlite_next(&query, error)) == CRUX_OK) {
        const struct account_sum paid = sums_at(&query, 1);

        costs->each(costs->context, by, sqlite_text(&query, 0), &paid);
    }
    sqlite_end(&query);
    return status < 0 ? status : CRUX_OK;
}

static int read_payers(struct sqlite *db, struct store_costs *costs, struct crux_error *error)
{
    static const char backends[] =
        "SELECT backend, " SUMS " FROM replies GROUP BY backend ORDER BY backend";
    static const char problems[] =
        "SELECT (SELECT id FROM problem WHERE ordinal = replies.problem), " SUMS
        " FROM replies GROUP BY problem"
        " ORDER BY sum(price) DESC, sum(prompt) + sum(completion) DESC, problem LIMIT ?";
    struct sqlite_query query = sqlite_query(db, "SELECT count(DISTINCT problem) FROM replies", "");
    int status = sqlite_next(&query, error);

    if (status == CRUX_OK)
        costs->problems = (uint64_t)sqlite_integer(&query, 0);
    sqlite_end(&query);
    if (status == CRUX_OK)
        status = each_cost(sqlite_query(db, backends, ""), costs, STORE_BACKEND, error);
    if (status == CRUX_OK && costs->most > 0)
        status = each_cost(sqlite_query(db, problems, "i", (int64_t)costs->most), costs,
                           STORE_PROBLEM, error);
    return status;
}

int tables_ledger_costs(struct crux_store *store, struct store_costs *costs,
                        struct crux_error *error)
{
    const struct tables_ledger *ledger = &tables_of(store)->ledger;
    int status;

    costs->paid = (struct account_sum){.calls = 0};
    costs->lasted_ns = 0;
    costs->problems = 0;
    if (ledger->empty)
        return CRUX_OK;
    status = sqlite_run(ledger->reader, "SAVEPOINT costs", error);
    if (status == CRUX_OK)
        status = read_sums(ledger->reader, costs, error);
    if (status == CRUX_OK && costs->each != NULL)
        status = read_payers(ledger->reader, costs, error);
    (void)sqlite_run(ledger->reader, "RELEASE costs", NULL);
    return status;
}
