/*
 * layout.c - the tables of a store's SQLite file: how they are made, their versions, and going
 * from one version to the next.
 */
#include "io/store/layout.h"

#include <stdio.h>

#include "io/store/seals.h"
#include "io/store/tables_ledger.h"

enum { STORE_VERSION = 3 };

/* --- the layout ----------------------------------------------------------- */

/* As of version 2; what came later is added to it, whether it is new or has been there. */
static const char tables_layout[] =
    "CREATE TABLE IF NOT EXISTS store(version INTEGER NOT NULL);"
    "INSERT INTO store SELECT 2 WHERE NOT EXISTS (SELECT 1 FROM store);"
    "CREATE TABLE IF NOT EXISTS run(one INTEGER PRIMARY KEY CHECK(one = 1), id TEXT NOT NULL,"
    " config_hash TEXT NOT NULL, configuration TEXT NOT NULL, settings TEXT NOT NULL,"
    " input_sha256 TEXT NOT NULL, input_name TEXT NOT NULL, skipped INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS problem(ordinal INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    " line TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0, reason INTEGER, failure TEXT,"
    " simulations INTEGER NOT NULL DEFAULT 0, calls INTEGER NOT NULL DEFAULT 0,"
    " prompt_tokens INTEGER NOT NULL DEFAULT 0, completion_tokens INTEGER NOT NULL DEFAULT 0,"
    " price INTEGER NOT NULL DEFAULT 0, pairs INTEGER NOT NULL DEFAULT 0,"
    " rights INTEGER NOT NULL DEFAULT 0, search_ns INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE IF NOT EXISTS tree(ordinal INTEGER PRIMARY KEY REFERENCES problem,"
    " frame BLOB NOT NULL);"
    "CREATE TABLE IF NOT EXISTS pulse(one INTEGER PRIMARY KEY CHECK(one = 1),"
    " started_ns INTEGER NOT NULL,"
    " now_ns INTEGER NOT NULL, waiting_at_start INTEGER NOT NULL, process INTEGER NOT NULL,"
    " simulations INTEGER NOT NULL, calls INTEGER NOT NULL, withdrawn INTEGER NOT NULL,"
    " trees_open INTEGER NOT NULL, trees_done INTEGER NOT NULL, trees_failed INTEGER NOT NULL,"
    " pairs INTEGER NOT NULL, rights INTEGER NOT NULL, in_flight INTEGER NOT NULL,"
    " prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL,"
    " price INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS finding(ordinal INTEGER NOT NULL REFERENCES tree,"
    " about INTEGER NOT NULL,"
    " path INTEGER NOT NULL, maker TEXT NOT NULL, kind TEXT NOT NULL, json TEXT NOT NULL,"
    " PRIMARY KEY(ordinal, about, path, maker, kind)) WITHOUT ROWID;";

/* Since version 3; seals.h says what it is for. */
static const char layout_sealed[] =
    "ALTER TABLE store ADD COLUMN writing INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE store ADD COLUMN count TEXT;"
    "ALTER TABLE store ADD COLUMN seal INTEGER;"
    "UPDATE store SET version = 3;"
    "CREATE TABLE seals(name TEXT NOT NULL, count INTEGER NOT NULL, sum INTEGER NOT NULL,"
    " seal INTEGER NOT NULL)";

_Static_assert(STORE_VERSION == 3, "the layout says which version it is");

int layout_number(struct sqlite *db, const char *sql, int64_t *out, struct crux_error *error)
{
    struct sqlite_query query = sqlite_query(db, sql, "");
    int status = sqlite_next(&query, error);

    if (status == CRUX_OK)
        *out = sqlite_integer(&query, 0);
    sqlite_end(&query);
    return status;
}

static int count_tables(struct sqlite *db, const char *name, int64_t *out, struct crux_error *error)
{
    struct sqlite_query query = sqlite_query(
        db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?", "t", name);
    int status = sqlite_next(&query, error);

    if (status == CRUX_OK)
        *out = sqlite_integer(&query, 0);
    sqlite_end(&query);
    return status;
}

static int tables_check_version(struct crux_store *store, struct crux_error *error)
{
    struct sqlite *db = tables_db(store);
    int64_t ours = 0, sealed = 0, version = -1;
    int status = count_tables(db, "store", &ours, error);

    if (status == CRUX_OK && ours == 1)
        status = layout_number(db, "SELECT version FROM store", &version, error);
    if (status >= 0)
        status = count_tables(db, "seals", &sealed, error);
    if (status < 0)
        return status;
    if (version == -1)
        return crux_fail(error, CRUX_STORE, "%s is a SQLite database, but no store of crux",
                         store->path);
    if (version < 1 || version > STORE_VERSION)
        return crux_fail(error, CRUX_STORE,
                         "%s is a store of version %lld; this program reads versions 1 to %d",
                         store->path, (long long)version, STORE_VERSION);
    if ((sealed == 1) != (version >= 3))
        return crux_fail(error, CRUX_STORE,
                         "%s: it is damaged: it says that it is of version %lld, and is not",
                         store->path, (long long)version);
    tables_of(store)->sealed = sealed == 1;
    return CRUX_OK;
}

int layout_complete(struct sqlite *db, struct crux_error *error)
{
    char sql[100];
    int status = sqlite_run(db, tables_layout, error);

    if (status == CRUX_OK)
        status = tables_ledger_make(db, error);
    for (size_t i = 0; seals_table(i) != NULL && status == CRUX_OK; i++) {
        (void)snprintf(sql, sizeof sql, "ALTER TABLE %s ADD COLUMN seal INTEGER",
                       seals_table(i)->name);
        status = sqlite_run(db, sql, error);
    }
    return status == CRUX_OK ? sqlite_run(db, layout_sealed, error) : status;
}

/* Is there a run, and all of it? */
static int check_begun(struct crux_store *store, struct crux_error *error)
{
    static const char *const small[] = {"run", "pulse", "problem"};
    int64_t runs = 0;
    int status = CRUX_OK;

    for (size_t i = 0; i < sizeof small / sizeof *small && status == CRUX_OK; i++)
        status = seals_check(store, tables_db(store), small[i], error);
    if (status == CRUX_OK)
        status = layout_number(tables_db(store), "SELECT count(*) FROM whole_run", &runs, error);
    if (status == CRUX_OK && runs == 0 && !store->write)
        return layout_fail_empty(store, error);
    return status;
}

int layout_fail_empty(const struct crux_store *store, struct crux_error *error)
{
    return crux_fail(error, CRUX_STORE, "%s is empty: no run has begun in it", store->path);
}

int layout_check(struct crux_store *store, const struct count_beside *beside,
                 struct crux_error *error)
{
    struct sqlite *db = tables_db(store);
    int64_t tables = 0;
    int status = layout_number(db, "SELECT count(*) FROM sqlite_schema", &tables, error);

    if (status == CRUX_OK && tables > 0)
        status = tables_check_version(store, error);
    if (status == CRUX_OK)
        status = seals_check_count(store, beside, error);
    if (status == CRUX_OK && tables == 0 && !store->write)
        return layout_fail_empty(store, error);
    if (status == CRUX_OK)
        status = seals_attach(store, db, error);
    if (status == CRUX_OK && tables > 0)
        status = check_begun(store, error);
    return status == CRUX_OK && store->write ? sqlite_share(db, error) : status;
}
