/*
 * tables_ledger.c - the ledger's tables in a SQLite store, beside those of the run.
 *
 *     ledger     version of this layout
 *     replies    a row for every sample: its key, its backend, its problem, what it took
 *     texts      what it said, by the same id: apart, so that sums do not read it
 *     intents    requests that were about to be sent, with what each may cost at most: here while
 *                nothing tells what it did cost
 *     refusals   replies that were paid for and could not be read; their keys in refused, what came
 *                in bodies (tables_unread.c)
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
#include "io/store/seals.h"
#include "io/store/tables.h"

/* --- opening and closing -------------------------------------------------------------- */

/* Nothing is written before there is something to keep: the run may not have begun. */
static int open_ledger_writer(struct tables_ledger *ledger, const char *path,
                              struct crux_error *error)
{
    int status = sqlite_join(&ledger->writer, path, error);

    ledger->lasting = true; /* as it is opened */
    ledger->opened_ns = clock_wall_ns();
    return status == CRUX_OK ? layout_check_ledger(ledger->writer, path, error) : status;
}

/* Has each index the entries that the table has rows? Keys need no such check: what the ledger
 * knows and the index does not find is missed by then. */
static int check_arrivals(struct crux_store *store, struct crux_error *error)
{
    static const char sql[] =
        "SELECT (SELECT seal_sum(sealed('', id, problem)) FROM arrivals INDEXED BY arrivals_of) ="
        " (SELECT seal_sum(sealed('', id, problem)) FROM whole_arrivals)";
    int64_t same = 1;
    int status = sqlite_number(tables_of(store)->ledger.reader, sql, &same, error);

    if (status == CRUX_OK && same == 0)
        return crux_fail(error, CRUX_STORE,
                         "%s: it is damaged: index arrivals_of is not that of its table; "
                         "`crux doctor --store %s` says what is left",
                         store->path, store->path);
    return status;
}

static int check_ledger(struct crux_store *store, struct crux_error *error)
{
    static const char *const tables[] = {"ledger",  "replies",  "arrivals", "sessions",
                                         "intents", "refusals", "refused",  "bodies"};
    int status = CRUX_OK;

    if (!tables_of(store)->sealed)
        return CRUX_OK;
    for (size_t i = 0; i < sizeof tables / sizeof *tables && status == CRUX_OK; i++)
        status = seals_check(store, tables_of(store)->ledger.reader, tables[i], error);
    return status == CRUX_OK ? check_arrivals(store, error) : status;
}

int tables_ledger_attach(struct crux_store *store, struct crux_error *error)
{
    struct tables_ledger *ledger = &tables_of(store)->ledger;
    bool sealed =
        tables_of(store)->sealed; /* before it is attached, which may find it sealed since */
    int status = CRUX_OK;

    if (!ledger->reader_sealed)
        status = seals_attach(store, ledger->reader, error);
    ledger->reader_sealed = status == CRUX_OK && sealed;
    return status;
}

/* The columns that take_found() takes. */
#define FOUND                                                                                      \
    "SELECT (SELECT text FROM whole_texts WHERE whole_texts.id = whole_replies.id), prompt,"       \
    " cached, completion, reasoning, price, backend, key FROM whole_replies WHERE "

static int open_ledger_reader(struct crux_store *store, struct crux_error *error)
{
    struct tables_ledger *ledger = &tables_of(store)->ledger;
    bool taken;
    int status = sqlite_open(&ledger->reader, store->path, false, &taken, error);

    if (status == CRUX_OK)
        status = layout_check_ledger(ledger->reader, store->path, error);
    if (status == CRUX_OK)
        status = tables_ledger_attach(store, error);
    if (status == CRUX_OK)
        status = check_ledger(store, error);
    if (status == CRUX_OK)
        ledger->find = sqlite_query(ledger->reader, FOUND "key = ?", "");
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
        status = open_ledger_reader(store, error);
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
    sqlite_end(&ledger->insert_intent);
    sqlite_end(&ledger->delete_intent);
    sqlite_end(&ledger->update_session);
    seals_close(&ledger->writing);
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

/* Statements for rows are prepared once, and seal their rows themselves. */
static void prepare_ledger(struct tables_ledger *ledger)
{
    ledger->insert_reply = sqlite_query(
        ledger->writer,
        "INSERT OR IGNORE INTO replies VALUES(?1, ?2, ?3, nullif(?4, -1), ?5, ?6, ?7, ?8, ?9, ?10,"
        " sealed('replies', ?1, ?2, ?3, nullif(?4, -1), ?5, ?6, ?7, ?8, ?9, ?10))",
        "");
    ledger->insert_text = sqlite_query(
        ledger->writer, "INSERT INTO texts VALUES(?1, ?2, sealed('texts', ?1, ?2))", "");
    ledger->update_session =
        sqlite_query(ledger->writer, "UPDATE sessions SET lasted_ns = ? WHERE id = ?", "");
    ledger->insert_intent =
        sqlite_query(ledger->writer,
                     "INSERT INTO intents VALUES(?1, ?2, ?3, nullif(?4, -1), ?5, ?6, ?7, ?8,"
                     " sealed('intents', ?1, ?2, ?3, nullif(?4, -1), ?5, ?6, ?7, ?8))",
                     "");
    ledger->delete_intent = sqlite_query(ledger->writer, "DELETE FROM intents WHERE id = ?", "");
}

/* The first batch of a session gives it a row. */
static int begin_ledger_session(struct tables_ledger *ledger, struct crux_error *error)
{
    int64_t intents = 0;
    int status =
        sqlite_finish(sqlite_query(ledger->writer, "INSERT INTO sessions(started_ns) VALUES(?)",
                                   "i", ledger->opened_ns),
                      error);

    if (status == CRUX_OK)
        status =
            sqlite_number(ledger->writer, "SELECT max(id) FROM sessions", &ledger->session, error);
    if (status == CRUX_OK)
        status = sqlite_number(ledger->writer, "SELECT coalesce(max(id), 0) FROM replies",
                               &ledger->replies, error);
    if (status == CRUX_OK)
        status = sqlite_number(ledger->writer, "SELECT coalesce(max(id), 0) FROM intents", &intents,
                               error);
    if (intents > ledger->intents)
        ledger->intents = intents;
    if (status == CRUX_OK && ledger->insert_reply.statement == NULL)
        prepare_ledger(ledger);
    return status;
}

/* Without waiting for the disk a commit is in the system's hands, so it outlives the process. */
int tables_ledger_begin(struct crux_store *store, bool lasting, struct crux_error *error)
{
    struct tables_ledger *ledger = &tables_of(store)->ledger;
    int status = CRUX_OK;

    assert(ledger->writer != NULL);
    tables_set_patience(store, ledger->writer);
    if (lasting != ledger->lasting)
        status = sqlite_run(ledger->writer,
                            lasting ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
                            error);
    if (status != CRUX_OK)
        return status;
    ledger->lasting = lasting;
    status = seals_begin(store, ledger->writer, error);
    if (status == CRUX_OK && ledger->session == 0)
        status = begin_ledger_session(ledger, error);
    return status;
}

int tables_ledger_put_reply(struct crux_store *store, const struct store_reply *reply, bool *known,
                            struct crux_error *error)
{
    struct tables_ledger *ledger = &tables_of(store)->ledger;
    struct sqlite_query *row = &ledger->insert_reply, *text = &ledger->insert_text;
    int64_t problem = reply->problem == STORE_NO_PROBLEM ? -1 : (int64_t)reply->problem;
    int status;

    assert(ledger->writer != NULL && reply->key != NULL && reply->backend != NULL);
    sqlite_again(row, "ibtiiiiiii", ledger->replies + 1, reply->key, (size_t)STORE_KEY,
                 reply->backend, problem, (int64_t)reply->first, (int64_t)reply->prompt,
                 (int64_t)reply->cached, (int64_t)reply->completion, (int64_t)reply->reasoning,
                 reply->price);
    status = sqlite_next(row, error);
    *known = status == CRUX_END && sqlite_changed(ledger->writer) == 0;
    if (status < 0 || *known)
        return status < 0 ? status : CRUX_OK;
    sqlite_tally_inserted(ledger->writer, "replies");
    ledger->replies++;
    sqlite_again(text, "ib", ledger->replies, reply->text, reply->length);
    status = run_prepared(text, error);
    if (status == CRUX_OK)
        sqlite_tally_inserted(ledger->writer, "texts");
    return status;
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

    sqlite_again(&ledger->update_session, "ii", lasted_ns, ledger->session);
    return run_prepared(&ledger->update_session, error);
}

int tables_ledger_end(struct crux_store *store, int status, struct crux_error *error)
{
    struct tables_ledger *ledger = &tables_of(store)->ledger;

    status = seals_commit(store, ledger->writer, status, error);
    if (status != CRUX_OK)
        ledger->session = 0; /* its row may be undone, too */
    return status;
}

bool tables_ledger_may_pass(struct crux_store *store)
{
    return sqlite_may_pass(tables_of(store)->ledger.writer);
}

/* --- looking up ----------------------------------------------------------------------- */

int tables_ledger_each_key(struct crux_store *store, const char *words, store_each_key *each,
                           void *context, struct crux_error *error)
{
    const struct tables_ledger *ledger = &tables_of(store)->ledger;
    struct sqlite_query query = sqlite_query(ledger->reader, words, "");
    int status;

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

int tables_ledger_keys(struct crux_store *store, store_each_key *each, void *context,
                       struct crux_error *error)
{
    return tables_ledger_each_key(store, "SELECT key FROM whole_replies", each, context, error);
}

/* Only what is known is looked for; or one key among 10^12 that looks known. */
static int fail_not_found(struct crux_store *store, const unsigned char *key,
                          struct crux_error *error)
{
    struct sqlite_query query =
        sqlite_query(tables_of(store)->ledger.reader, "SELECT 1 FROM whole_replies WHERE +key = ?",
                     "b", (const void *)key, (size_t)STORE_KEY);
    int status = sqlite_next(&query, error);

    sqlite_end(&query);
    if (status != CRUX_OK)
        return status;
    return crux_fail(error, CRUX_STORE,
                     "%s: it is damaged: the index of table replies does not find a key that is in "
                     "it; `crux doctor --store %s` says what is left",
                     store->path, store->path);
}

static int take_found(struct crux_store *store, const struct sqlite_query *find,
                      store_take_reply *take, void *context, struct crux_error *error)
{
    size_t size = 0;
    struct store_reply reply = {.key = sqlite_bytes(find, 7, &size),
                                .backend = sqlite_text(find, 6),
                                .problem = STORE_NO_PROBLEM};
    uint32_t *const tokens[] = {&reply.prompt, &reply.cached, &reply.completion, &reply.reasoning};

    if (sqlite_is_null(find, 0))
        return crux_fail(error, CRUX_STORE,
                         "%s: it is damaged: a reply's row in table texts is not there; "
                         "`crux doctor --store %s` says what is left",
                         store->path, store->path);
    reply.text = sqlite_bytes(find, 0, &reply.length);
    for (int i = 0; i < 4; i++)
        *tokens[i] = (uint32_t)sqlite_integer(find, i + 1);
    reply.price = sqlite_integer(find, 5);
    return take(context, &reply, error);
}

int tables_ledger_find(struct crux_store *store, const unsigned char *key, store_take_reply *take,
                       void *context, struct crux_error *error)
{
    struct sqlite_query *find = &tables_of(store)->ledger.find;
    int status = tables_ledger_attach(store, error);

    if (status != CRUX_OK)
        return status;
    sqlite_again(find, "b", (const void *)key, (size_t)STORE_KEY);
    status = sqlite_next(find, error);
    if (status == CRUX_END)
        return fail_not_found(store, key, error);
    if (status == CRUX_OK)
        status = take_found(store, find, take, context, error);
    (void)sqlite_next(find, NULL); /* its end, so that it holds no old state of the file */
    return status;
}

int tables_ledger_recall(struct crux_store *store, const unsigned char mark[STORE_MARK],
                         store_take_reply *take, void *context, struct crux_error *error)
{
    unsigned char last[STORE_KEY];
    struct sqlite_query query;
    int status = tables_ledger_attach(store, error);

    if (status != CRUX_OK)
        return status;
    memset(last, 0xff, sizeof last);
    memcpy(last, mark, STORE_MARK);
    query =
        sqlite_query(tables_of(store)->ledger.reader, FOUND "key BETWEEN ? AND ? ORDER BY key",
                     "bb", (const void *)mark, (size_t)STORE_MARK, (const void *)last, sizeof last);
    status = sqlite_next(&query, error);
    if (status == CRUX_OK)
        status = take_found(store, &query, take, context, error);
    sqlite_end(&query);
    return status;
}

int tables_ledger_order(struct crux_store *store, uint64_t problem, store_each_piece *each,
                        void *context, struct crux_error *error)
{
    const struct tables_ledger *ledger = &tables_of(store)->ledger;
    struct sqlite_query query;
    int status;

    query = sqlite_query(ledger->reader,
                         "SELECT descents FROM whole_arrivals WHERE problem = ? ORDER BY id", "i",
                         (int64_t)problem);
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
    "sum(calls), sum(samples), sum(prompt), sum(cached), sum(completion), sum(reasoning),"         \
    " sum(price)"

#define NAMED_SUMS                                                                                 \
    "sum(calls) AS calls, sum(samples) AS samples, sum(prompt) AS prompt, sum(cached) AS cached,"  \
    " sum(completion) AS completion, sum(reasoning) AS reasoning, sum(price) AS price"

/* All that was paid, one row a sample, refusal or intent. */
#define PAID                                                                                       \
    "(SELECT backend, problem, first AS calls, 1 AS samples, prompt, cached, completion,"          \
    " reasoning, price FROM whole_replies"                                                         \
    " UNION ALL SELECT backend, problem, calls, 0, prompt, cached, completion, reasoning, price"   \
    " FROM whole_refusals"                                                                         \
    " UNION ALL SELECT backend, problem, calls, 0, prompt, 0, completion, 0, price"                \
    " FROM whole_intents) AS paid"

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

static int read_sum(struct sqlite *db, const char *sql, struct account_sum *out,
                    struct crux_error *error)
{
    struct sqlite_query query = sqlite_query(db, sql, "");
    int status = sqlite_next(&query, error);

    if (status == CRUX_OK)
        *out = sums_at(&query, 0);
    sqlite_end(&query);
    return status < 0 ? status : CRUX_OK;
}

static int read_sums(struct sqlite *db, struct store_costs *costs, struct crux_error *error)
{
    static const char refused[] = "SELECT sum(calls), 0, sum(prompt), sum(cached), sum(completion),"
                                  " sum(reasoning), sum(price) FROM whole_refusals";
    static const char unsettled[] = "SELECT sum(calls), 0, sum(prompt), 0, sum(completion), 0,"
                                    " sum(price) FROM whole_intents";
    int status = read_sum(db, "SELECT " SUMS " FROM " PAID, &costs->paid, error);

    if (status == CRUX_OK)
        status = read_sum(db, refused, &costs->refused, error);
    if (status == CRUX_OK)
        status = read_sum(db, unsettled, &costs->unsettled, error);
    if (status == CRUX_OK)
        status = sqlite_number(db, "SELECT sum(lasted_ns) FROM whole_sessions", &costs->lasted_ns,
                               error);
    return status;
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
        "SELECT backend, " SUMS " FROM " PAID " GROUP BY backend ORDER BY backend";
    static const char problems[] = /* those that the store does not have are one line */
        "SELECT id, " SUMS " FROM (SELECT (SELECT id FROM whole_problem"
        " WHERE ordinal = paid.problem) AS id, problem, " NAMED_SUMS " FROM " PAID
        " GROUP BY problem) GROUP BY id"
        " ORDER BY sum(price) DESC, sum(prompt) + sum(completion) DESC, min(problem) LIMIT ?";
    int64_t count = 0;
    int status = sqlite_number(db, "SELECT count(DISTINCT problem) FROM " PAID, &count, error);

    costs->problems = (uint64_t)count;
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

    costs->paid = costs->refused = costs->unsettled = (struct account_sum){.calls = 0};
    costs->lasted_ns = 0;
    costs->problems = 0;
    status = sqlite_run(ledger->reader, "SAVEPOINT costs", error);
    if (status == CRUX_OK)
        status = read_sums(ledger->reader, costs, error);
    if (status == CRUX_OK && costs->each != NULL)
        status = read_payers(ledger->reader, costs, error);
    (void)sqlite_run(ledger->reader, "RELEASE costs", NULL);
    return status;
}
