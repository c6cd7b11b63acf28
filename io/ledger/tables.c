/*
 * tables.c - the ledger's SQL.
 *
 * Statements for rows are prepared once: a busy run keeps thousands of rows a second. The
 * order of a transaction is that of the entries, so ids tell in which order replies came.
 */
#include "io/ledger/tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LEDGER_VERSION = 1 };

static const char layout[] =
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
static int read_version(struct sqlite *db, int64_t *out, struct crux_error *error)
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

static int check_version(struct sqlite *db, const char *path, bool *empty, struct crux_error *error)
{
    int64_t version = 0;
    int status = read_version(db, &version, error);

    *empty = version == 0;
    if (status == CRUX_OK && version != 0 && version != LEDGER_VERSION)
        return crux_fail(error, CRUX_STORE,
                         "%s has a ledger of version %lld; this program reads version %d", path,
                         (long long)version, LEDGER_VERSION);
    return status;
}

static int64_t wall_clock_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int begin_session(struct sqlite *db, bool empty, struct crux_error *error)
{
    int status = sqlite_begin(db, error);

    if (status == CRUX_OK && empty)
        status = sqlite_run(db, layout, error);
    if (status == CRUX_OK)
        status = sqlite_finish(
            sqlite_query(db, "INSERT INTO sessions(started_ns) VALUES(?)", "i", wall_clock_ns()),
            error);
    return sqlite_commit(db, status, error);
}

/* --- opening and closing -------------------------------------------------------------- */

static int open_writer(struct ledger_tables *tables, const char *path, struct crux_error *error)
{
    bool empty = false;
    int status = sqlite_join(&tables->writer, path, error);

    if (status == CRUX_OK)
        status = check_version(tables->writer, path, &empty, error);
    if (status == CRUX_OK)
        status = begin_session(tables->writer, empty, error);
    if (status != CRUX_OK)
        return status;
    tables->insert_reply = sqlite_query(tables->writer,
                                        "INSERT OR IGNORE INTO replies(key, backend, problem,"
                                        " first, prompt, cached, completion, reasoning, price)"
                                        " VALUES(?, ?, nullif(?, -1), ?, ?, ?, ?, ?, ?)",
                                        "");
    tables->insert_text = sqlite_query(
        tables->writer, "INSERT INTO texts(id, text) VALUES(last_insert_rowid(), ?)", "");
    tables->update_session = sqlite_query(tables->writer,
                                          "UPDATE sessions SET lasted_ns = ?"
                                          " WHERE id = (SELECT max(id) FROM sessions)",
                                          "");
    return CRUX_OK;
}

int ledger_tables_read(struct sqlite **out, const char *path, bool *empty, struct crux_error *error)
{
    struct sqlite *db = NULL;
    bool taken;
    int status = sqlite_open(&db, path, false, &taken, error);

    if (status == CRUX_OK)
        status = check_version(db, path, empty, error);
    if (status == CRUX_OK)
        *out = db;
    else
        sqlite_close(db);
    return status;
}

int ledger_tables_open(struct ledger_tables *out, const char *path, bool write,
                       struct crux_error *error)
{
    struct ledger_tables tables = {.writer = NULL};
    int status = write ? open_writer(&tables, path, error) : CRUX_OK;

    if (status == CRUX_OK)
        status = ledger_tables_read(&tables.reader, path, &tables.empty, error);
    if (status == CRUX_OK && !tables.empty)
        tables.find = sqlite_query(tables.reader,
                                   "SELECT text, prompt, cached, completion, reasoning, price"
                                   " FROM replies JOIN texts USING(id) WHERE key = ?",
                                   "");
    if (status == CRUX_OK)
        *out = tables;
    else
        ledger_tables_close(&tables);
    return status;
}

void ledger_tables_close(struct ledger_tables *tables)
{
    sqlite_end(&tables->find);
    sqlite_end(&tables->insert_reply);
    sqlite_end(&tables->insert_text);
    sqlite_end(&tables->update_session);
    sqlite_close(tables->reader);
    sqlite_close(tables->writer);
    *tables = (struct ledger_tables){.writer = NULL};
}

/* --- what is there -------------------------------------------------------------------- */

int ledger_tables_keys(struct ledger_tables *tables,
                       bool (*each_key)(void *context, const unsigned char *key), void *context,
                       struct crux_error *error)
{
    struct sqlite_query query;
    int status;

    if (tables->empty)
        return CRUX_OK;
    query = sqlite_query(tables->reader, "SELECT key FROM replies", "");
    while ((status = sqlite_next(&query, error)) == CRUX_OK) {
        size_t size = 0;
        const void *key = sqlite_bytes(&query, 0, &size);

        if (size == LEDGER_KEY && !each_key(context, key)) {
            status = crux_fail(error, CRUX_MEMORY, "no memory for the keys of the ledger");
            break;
        }
    }
    sqlite_end(&query);
    return status == CRUX_END ? CRUX_OK : status;
}

int ledger_tables_past(struct ledger_tables *tables, struct ledger_past *out,
                       struct crux_error *error)
{
    struct account_sum *paid = &out->paid;
    struct sqlite_query query;
    int status;

    *out = (struct ledger_past){.lasted_ns = 0};
    if (tables->empty)
        return CRUX_OK;
    query = sqlite_query(tables->reader,
                         "SELECT sum(first), count(*), sum(prompt), sum(cached), sum(completion),"
                         " sum(reasoning), sum(price), (SELECT sum(lasted_ns) FROM sessions)"
                         " FROM replies",
                         "");
    status = sqlite_next(&query, error);
    if (status == CRUX_OK) {
        *paid = (struct account_sum){
            .calls = (uint64_t)sqlite_integer(&query, 0),
            .samples = (uint64_t)sqlite_integer(&query, 1),
            .prompt = (uint64_t)sqlite_integer(&query, 2),
            .cached = (uint64_t)sqlite_integer(&query, 3),
            .completion = (uint64_t)sqlite_integer(&query, 4),
            .reasoning = (uint64_t)sqlite_integer(&query, 5),
            .price = sqlite_integer(&query, 6),
        };
        out->lasted_ns = sqlite_integer(&query, 7);
    }
    sqlite_end(&query);
    return status < 0 ? status : CRUX_OK;
}

/* --- a batch -------------------------------------------------------------------------- */

static int run_once(struct sqlite_query *query, struct crux_error *error)
{
    int status = sqlite_next(query, error);

    return status < 0 ? status : CRUX_OK;
}

static int keep_row(struct ledger_tables *tables, const struct ledger_entry *entry,
                    struct ledger_row *row, struct crux_error *error)
{
    struct sqlite_query *reply = &tables->insert_reply, *text = &tables->insert_text;
    int64_t problem = entry->problem == LEDGER_NO_PROBLEM ? -1 : (int64_t)entry->problem;
    int status;

    sqlite_again(reply, "btiiiiiii", row->key, (size_t)LEDGER_KEY, entry->backend, problem,
                 (int64_t)row->first, (int64_t)row->prompt, (int64_t)row->cached,
                 (int64_t)row->completion, (int64_t)row->reasoning, row->price);
    status = sqlite_next(reply, error);
    row->known = status == CRUX_END && sqlite_changed(tables->writer) == 0;
    if (status < 0 || row->known)
        return status < 0 ? status : CRUX_OK;
    sqlite_again(text, "b", row->text, row->length);
    return run_once(text, error);
}

static int keep_entry(struct ledger_tables *tables, const struct ledger_entry *entry,
                      struct crux_error *error)
{
    int status = CRUX_OK;

    for (uint32_t i = 0; i < entry->count && status == CRUX_OK; i++)
        status = keep_row(tables, entry, &entry->rows[i], error);
    return status;
}

static int keep_tree(struct sqlite *db, const struct ledger_tree *tree, struct crux_error *error)
{
    int64_t problem = (int64_t)tree->problem;
    int status = CRUX_OK;

    if (tree->forget)
        status = sqlite_finish(
            sqlite_query(db, "DELETE FROM arrivals WHERE problem = ?", "i", problem), error);
    if (status == CRUX_OK && tree->length > 0)
        status =
            sqlite_finish(sqlite_query(db, "INSERT INTO arrivals(problem, descents) VALUES(?, ?)",
                                       "ib", problem, (const void *)tree->bytes, tree->length),
                          error);
    return status;
}

int ledger_tables_keep(struct ledger_tables *tables, const struct ledger_batch *batch,
                       struct crux_error *error)
{
    struct sqlite *db = tables->writer;
    int status = sqlite_begin(db, error);

    for (struct ledger_item *item = batch->items; item != NULL && status == CRUX_OK;
         item = item->next)
        if (!item->is_post)
            status = keep_entry(tables, (struct ledger_entry *)(void *)item, error);
    for (const struct ledger_tree *tree = batch->trees; tree != NULL && status == CRUX_OK;
         tree = tree->next)
        status = keep_tree(db, tree, error);
    if (status == CRUX_OK) {
        sqlite_again(&tables->update_session, "i", batch->lasted_ns);
        status = run_once(&tables->update_session, error);
    }
    return sqlite_commit(db, status, error);
}

/* --- looking up ----------------------------------------------------------------------- */

static int take_found(struct ledger_found *out, const struct sqlite_query *query,
                      struct crux_error *error)
{
    const void *text = sqlite_bytes(query, 0, &out->length);
    uint32_t *const tokens[] = {&out->prompt, &out->cached, &out->completion, &out->reasoning};

    out->text = malloc(out->length + 1);
    if (out->text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a reply of the ledger");
    if (out->length > 0)
        memcpy(out->text, text, out->length);
    out->text[out->length] = '\0';
    for (int i = 0; i < 4; i++)
        *tokens[i] = (uint32_t)sqlite_integer(query, i + 1);
    out->price = sqlite_integer(query, 5);
    return CRUX_OK;
}

int ledger_tables_find(struct ledger_tables *tables, const unsigned char *key,
                       struct ledger_found *out, struct crux_error *error)
{
    struct ledger_found found = {.text = NULL};
    int status;

    if (tables->empty)
        return CRUX_END;
    sqlite_again(&tables->find, "b", (const void *)key, (size_t)LEDGER_KEY);
    status = sqlite_next(&tables->find, error);
    if (status != CRUX_OK)
        return status;
    status = take_found(&found, &tables->find, error);
    (void)sqlite_next(&tables->find, NULL); /* its end, so that it holds no old state of the file */
    if (status == CRUX_OK)
        *out = found;
    return status;
}

int ledger_tables_order(struct ledger_tables *tables, uint64_t problem, uint64_t **out,
                        size_t *count, struct crux_error *error)
{
    uint64_t *numbers = NULL;
    size_t length = 0;
    struct sqlite_query query;
    int status = CRUX_END;

    if (!tables->empty) {
        query = sqlite_query(tables->reader,
                             "SELECT descents FROM arrivals WHERE problem = ? ORDER BY id", "i",
                             (int64_t)problem);
        while ((status = sqlite_next(&query, error)) == CRUX_OK) {
            size_t size = 0;
            const void *bytes = sqlite_bytes(&query, 0, &size);

            if (!ledger_orders_read(&numbers, &length, bytes, size)) {
                status = crux_fail(error, CRUX_MEMORY, "no memory for the order of a tree");
                break;
            }
        }
        sqlite_end(&query);
    }
    if (status < 0) {
        free(numbers);
        return status;
    }
    *out = numbers;
    *count = length;
    return CRUX_OK;
}
