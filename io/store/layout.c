/*
 * layout.c - the tables of a store's SQLite file and what each version has added to them.
 */
#include "io/store/layout.h"

/* --- the run's tables ------------------------------------------------------------------- */

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

_Static_assert(LAYOUT_VERSION == 3, "the layout says which version it is");

/* --- the ledger's ----------------------------------------------------------------------- */

enum { LEDGER_VERSION = 2 };

/* What a ledger of version 1 had not. */
#define TABLES_UNREAD                                                                              \
    "CREATE TABLE intents(id INTEGER PRIMARY KEY, key BLOB NOT NULL, backend TEXT NOT NULL,"       \
    " problem INTEGER, calls INTEGER NOT NULL, prompt INTEGER NOT NULL,"                           \
    " completion INTEGER NOT NULL, price INTEGER NOT NULL);"                                       \
    "CREATE TABLE refusals(id INTEGER PRIMARY KEY, backend TEXT NOT NULL, problem INTEGER,"        \
    " calls INTEGER NOT NULL, prompt INTEGER NOT NULL, cached INTEGER NOT NULL,"                   \
    " completion INTEGER NOT NULL, reasoning INTEGER NOT NULL, price INTEGER NOT NULL,"            \
    " same_again INTEGER NOT NULL, why TEXT NOT NULL);"                                            \
    "CREATE TABLE refused(key BLOB NOT NULL, refusal INTEGER NOT NULL REFERENCES refusals,"        \
    " PRIMARY KEY(key, refusal)) WITHOUT ROWID;"                                                   \
    "CREATE TABLE bodies(id INTEGER PRIMARY KEY REFERENCES refusals, keys BLOB NOT NULL,"          \
    " body BLOB NOT NULL);"

static const char ledger_layout[] =
    "CREATE TABLE ledger(version INTEGER NOT NULL);"
    "INSERT INTO ledger VALUES(2);"
    "CREATE TABLE replies(id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE,"
    " backend TEXT NOT NULL, problem INTEGER, first INTEGER NOT NULL, prompt INTEGER NOT NULL,"
    " cached INTEGER NOT NULL, completion INTEGER NOT NULL, reasoning INTEGER NOT NULL,"
    " price INTEGER NOT NULL);"
    "CREATE TABLE texts(id INTEGER PRIMARY KEY REFERENCES replies, text BLOB NOT NULL);"
    "CREATE TABLE arrivals(id INTEGER PRIMARY KEY, problem INTEGER NOT NULL,"
    " descents BLOB NOT NULL);"
    "CREATE INDEX arrivals_of ON arrivals(problem);"
    "CREATE TABLE sessions(id INTEGER PRIMARY KEY, started_ns INTEGER NOT NULL,"
    " lasted_ns INTEGER NOT NULL DEFAULT 0);" TABLES_UNREAD;

/* What makes a ledger of version 1 one of version 2. */
static const char ledger_upgrade_from_1[] = TABLES_UNREAD "UPDATE ledger SET version = 2";

_Static_assert(LEDGER_VERSION == 2, "layout and upgrade say which version it is");

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

int layout_check_ledger(struct sqlite *db, const char *path, struct crux_error *error)
{
    int64_t version = 0;
    int status = read_ledger_version(db, &version, error);

    if (status == CRUX_OK && (version < 0 || version > LEDGER_VERSION))
        return crux_fail(error, CRUX_STORE,
                         "%s has a ledger of version %lld; this program reads versions 1 to %d",
                         path, (long long)version, LEDGER_VERSION);
    return status;
}

static int complete_ledger(struct sqlite *db, struct crux_error *error)
{
    int64_t version = 0;
    int status = read_ledger_version(db, &version, error);

    if (status == CRUX_OK && version < LEDGER_VERSION)
        status = sqlite_run(db, version == 0 ? ledger_layout : ledger_upgrade_from_1, error);
    return status;
}

/* --- all -------------------------------------------------------------------------------- */

int layout_complete(struct sqlite *db, struct crux_error *error)
{
    int status = sqlite_run(db, tables_layout, error);

    if (status == CRUX_OK)
        status = complete_ledger(db, error);
    return status == CRUX_OK ? sqlite_run(db, layout_sealed, error) : status;
}
