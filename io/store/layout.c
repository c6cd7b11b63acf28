/*
 * layout.c - the tables of a store's SQLite file: how they are made, their versions, and going
 * from one version to the next.
 */
#include "io/store/layout.h"

enum { STORE_VERSION = 2 };

#define TABLES_FINDINGS                                                                            \
    "CREATE TABLE finding(ordinal INTEGER NOT NULL REFERENCES tree, about INTEGER NOT NULL,"       \
    " path INTEGER NOT NULL, maker TEXT NOT NULL, kind TEXT NOT NULL, json TEXT NOT NULL,"         \
    " PRIMARY KEY(ordinal, about, path, maker, kind)) WITHOUT ROWID;"

/* --- the layout ----------------------------------------------------------- */

static const char tables_layout[] =
    "CREATE TABLE store(version INTEGER NOT NULL);"
    "INSERT INTO store VALUES(2);"
    "CREATE TABLE run(one INTEGER PRIMARY KEY CHECK(one = 1), id TEXT NOT NULL,"
    " config_hash TEXT NOT NULL, configuration TEXT NOT NULL, settings TEXT NOT NULL,"
    " input_sha256 TEXT NOT NULL, input_name TEXT NOT NULL, skipped INTEGER NOT NULL);"
    "CREATE TABLE problem(ordinal INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    " line TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0, reason INTEGER, failure TEXT,"
    " simulations INTEGER NOT NULL DEFAULT 0, calls INTEGER NOT NULL DEFAULT 0,"
    " prompt_tokens INTEGER NOT NULL DEFAULT 0, completion_tokens INTEGER NOT NULL DEFAULT 0,"
    " price INTEGER NOT NULL DEFAULT 0, pairs INTEGER NOT NULL DEFAULT 0,"
    " rights INTEGER NOT NULL DEFAULT 0, search_ns INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE tree(ordinal INTEGER PRIMARY KEY REFERENCES problem, frame BLOB NOT NULL);"
    "CREATE TABLE pulse(one INTEGER PRIMARY KEY CHECK(one = 1), started_ns INTEGER NOT NULL,"
    " now_ns INTEGER NOT NULL, waiting_at_start INTEGER NOT NULL, process INTEGER NOT NULL,"
    " simulations INTEGER NOT NULL, calls INTEGER NOT NULL, withdrawn INTEGER NOT NULL,"
    " trees_open INTEGER NOT NULL, trees_done INTEGER NOT NULL, trees_failed INTEGER NOT NULL,"
    " pairs INTEGER NOT NULL, rights INTEGER NOT NULL, in_flight INTEGER NOT NULL,"
    " prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL,"
    " price INTEGER NOT NULL);" TABLES_FINDINGS;

/* What makes a store of version 1 one of version 2. */
static const char tables_upgrade_from_1[] = TABLES_FINDINGS "UPDATE store SET version = 2";

_Static_assert(STORE_VERSION == 2, "layout and upgrade say which version it is");

int layout_number(struct sqlite *db, const char *sql, int64_t *out, struct crux_error *error)
{
    struct sqlite_query query = sqlite_query(db, sql, "");
    int status = sqlite_next(&query, error);

    if (status == CRUX_OK)
        *out = sqlite_integer(&query, 0);
    sqlite_end(&query);
    return status;
}

static int tables_check_version(struct crux_store *store, struct crux_error *error)
{
    int64_t ours = 0, version = -1;
    int status = layout_number(
        tables_db(store), "SELECT count(*) FROM sqlite_schema WHERE name = 'store'", &ours, error);

    if (status == CRUX_OK && ours == 1)
        status = layout_number(tables_db(store), "SELECT version FROM store", &version, error);
    if (status < 0)
        return status;
    if (version == -1)
        return crux_fail(error, CRUX_STORE, "%s is a SQLite database, but no store of crux",
                         store->path);
    if (version < 1 || version > STORE_VERSION)
        return crux_fail(error, CRUX_STORE,
                         "%s is a store of version %lld; this program reads versions 1 to %d",
                         store->path, (long long)version, STORE_VERSION);
    return CRUX_OK;
}

int layout_upgrade(struct crux_store *store, struct crux_error *error)
{
    struct sqlite *db = tables_db(store);
    int64_t version = 0;
    int status = layout_number(db, "SELECT version FROM store", &version, error);

    if (status != CRUX_OK)
        return status;
    return version == 1 ? sqlite_run(db, tables_upgrade_from_1, error) : CRUX_OK;
}

static int tables_make_layout(struct sqlite *db, struct crux_error *error)
{
    int status = sqlite_begin(db, error);

    if (status == CRUX_OK)
        status = sqlite_run(db, tables_layout, error);
    return sqlite_commit(db, status, error);
}

int layout_check(struct crux_store *store, struct crux_error *error)
{
    struct sqlite *db = tables_db(store);
    int64_t tables = 0;
    int status = layout_number(db, "SELECT count(*) FROM sqlite_schema", &tables, error);

    if (status == CRUX_OK && tables > 0)
        status = tables_check_version(store, error);
    else if (status == CRUX_OK && !store->write)
        status = crux_fail(error, CRUX_STORE, "%s is empty: no run has begun in it", store->path);
    if (status != CRUX_OK || !store->write)
        return status;
    status = sqlite_share(db, error);
    return status == CRUX_OK && tables == 0 ? tables_make_layout(db, error) : status;
}
