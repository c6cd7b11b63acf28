/*
 * seals.c - checksums of rows and counts of tables in a SQLite store.
 */
#include "io/store/seals.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "io/store/layout.h"

#define BY_NUMBER "rowid = new.rowid"

static const struct sealed_table sealed_tables[] = {
    {"run", "one, id, config_hash, configuration, settings, input_sha256, input_name, skipped",
     BY_NUMBER, false},
    {"problem",
     "ordinal, id, line, state, reason, failure, simulations, calls, prompt_tokens,"
     " completion_tokens, price, pairs, rights, search_ns",
     BY_NUMBER, false},
    {"tree", "ordinal, frame", BY_NUMBER, false},
    {"pulse",
     "one, started_ns, now_ns, waiting_at_start, process, simulations, calls, withdrawn,"
     " trees_open, trees_done, trees_failed, pairs, rights, in_flight, prompt_tokens,"
     " completion_tokens, price",
     BY_NUMBER, false},
    {"finding", "ordinal, about, path, maker, kind, json",
     "ordinal = new.ordinal AND about = new.about AND path = new.path AND maker = new.maker"
     " AND kind = new.kind",
     false},
    {"ledger", "version", BY_NUMBER, false},
    {"replies", "id, key, backend, problem, first, prompt, cached, completion, reasoning, price",
     BY_NUMBER, true},
    {"texts", "id, text", BY_NUMBER, true},
    {"intents", "id, key, backend, problem, calls, prompt, completion, price", BY_NUMBER, true},
    {"refusals",
     "id, backend, problem, calls, prompt, cached, completion, reasoning, price, same_again, why",
     BY_NUMBER, false},
    {"refused", "key, refusal", "key = new.key AND refusal = new.refusal", false},
    {"bodies", "id, keys, body", BY_NUMBER, false},
    {"arrivals", "id, problem, descents", BY_NUMBER, false},
    {"sessions", "id, started_ns, lasted_ns", BY_NUMBER, false},
};

enum { SEALED_TABLES = sizeof sealed_tables / sizeof *sealed_tables, SEALS_SQL = 4096 };

_Static_assert((int)SEALED_TABLES <= (int)TABLES_MOST, "there is a place for each count");

const struct sealed_table *seals_table(size_t index)
{
    return index < SEALED_TABLES ? &sealed_tables[index] : NULL;
}

/* --- views and triggers ---------------------------------------------------------------- */

/* The columns that a table of an earlier version has, and NULL for those that it lacks; all of
 * them: there is no such table. */
static int columns_there(struct sqlite *db, const struct sealed_table *table, char *out,
                         size_t room, bool *there, struct crux_error *error)
{
    char columns[SEALS_SQL / 4], *rest = columns, *column;
    size_t length = 0;
    int status = CRUX_OK;

    (void)strcpy(columns, table->columns);
    *there = false;
    while (status == CRUX_OK && (column = strsep(&rest, ",")) != NULL) {
        struct sqlite_query query =
            sqlite_query(db, "SELECT 1 FROM pragma_table_info(?) WHERE name = ?", "tt", table->name,
                         column + strspn(column, " "));

        status = sqlite_next(&query, error);
        sqlite_end(&query);
        *there |= status == CRUX_OK;
        length +=
            (size_t)snprintf(out + length, room - length, "%s%s%s", length > 0 ? ", " : "",
                             status == CRUX_OK ? "" : "NULL AS ", column + strspn(column, " "));
        status = status < 0 ? status : CRUX_OK;
    }
    return status;
}

static int make_view(struct sqlite *db, const struct sealed_table *table, bool sealed,
                     struct crux_error *error)
{
    char sql[SEALS_SQL], columns[SEALS_SQL / 2];
    bool there = true;
    int status = CRUX_OK;

    if (sealed)
        (void)snprintf(sql, sizeof sql,
                       "CREATE TEMP VIEW whole_%s AS SELECT %s, seal FROM main.%s"
                       " WHERE whole('%s', seal, %s)",
                       table->name, table->columns, table->name, table->name, table->columns);
    else
        status = columns_there(db, table, columns, sizeof columns, &there, error);
    if (!sealed)
        (void)snprintf(sql, sizeof sql, "CREATE TEMP VIEW whole_%s AS SELECT %s, 0 AS seal%s%s%s",
                       table->name, columns, there ? " FROM main." : "", there ? table->name : "",
                       there ? "" : " WHERE 0");
    return status == CRUX_OK ? sqlite_run(db, sql, error) : status;
}

static int make_insert_triggers(struct sqlite *db, const struct sealed_table *table,
                                struct crux_error *error)
{
    const char *name = table->name;
    char sql[SEALS_SQL];

    (void)snprintf(
        sql, sizeof sql,
        "CREATE TEMP TRIGGER seal_new_%s AFTER INSERT ON main.%s WHEN new.seal IS NULL BEGIN"
        " UPDATE %s SET seal = sealed('%s', %s) WHERE %s; END;"
        "CREATE TEMP TRIGGER count_new_%s AFTER INSERT ON main.%s WHEN new.seal IS NOT NULL BEGIN"
        " SELECT tally('%s', NULL, new.seal); END;",
        name, name, name, name, table->columns, table->row, name, name, name);
    return sqlite_run(db, sql, error);
}

static int make_triggers(struct sqlite *db, const struct sealed_table *table,
                         struct crux_error *error)
{
    const char *name = table->name, *columns = table->columns;
    char sql[SEALS_SQL];
    int status = table->by_hand ? CRUX_OK : make_insert_triggers(db, table, error);

    (void)snprintf(sql, sizeof sql,
                   "CREATE TEMP TRIGGER seal_other_%s AFTER UPDATE OF %s ON main.%s BEGIN"
                   " UPDATE %s SET seal = sealed('%s', %s) WHERE %s; END;"
                   "CREATE TEMP TRIGGER count_other_%s AFTER UPDATE OF seal ON main.%s BEGIN"
                   " SELECT tally('%s', old.seal, new.seal); END;"
                   "CREATE TEMP TRIGGER count_gone_%s AFTER DELETE ON main.%s BEGIN"
                   " SELECT tally('%s', old.seal, NULL); END;",
                   name, columns, name, name, name, columns, table->row, name, name, name, name,
                   name, name);
    return status == CRUX_OK ? sqlite_run(db, sql, error) : status;
}

/* Triggers before views: they lean on no view. */
static int drop_all(struct sqlite *db, struct crux_error *error)
{
    static const char *const kinds[] = {"seal_new", "count_new", "seal_other", "count_other",
                                        "count_gone"};
    char sql[200];
    int status = CRUX_OK;

    for (size_t i = 0; i < SEALED_TABLES && status == CRUX_OK; i++) {
        const char *name = sealed_tables[i].name;

        for (size_t j = 0; j < sizeof kinds / sizeof *kinds && status == CRUX_OK; j++) {
            (void)snprintf(sql, sizeof sql, "DROP TRIGGER IF EXISTS temp.%s_%s", kinds[j], name);
            status = sqlite_run(db, sql, error);
        }
        (void)snprintf(sql, sizeof sql, "DROP VIEW IF EXISTS temp.whole_%s", name);
        if (status == CRUX_OK)
            status = sqlite_run(db, sql, error);
    }
    return status;
}

static int attach_as(struct sqlite *db, bool sealed, bool write, struct crux_error *error)
{
    int status = drop_all(db, error);

    for (size_t i = 0; i < SEALED_TABLES && status == CRUX_OK; i++) {
        status = make_view(db, &sealed_tables[i], sealed, error);
        if (status == CRUX_OK && sealed && write)
            status = make_triggers(db, &sealed_tables[i], error);
    }
    return status;
}

/* What is made is in memory, so that a connection for reading may have it. */
int seals_attach(struct crux_store *store, struct sqlite *db, struct crux_error *error)
{
    bool write = db != tables_of(store)->ledger.reader && store->write;
    int status = write ? CRUX_OK : sqlite_run(db, "PRAGMA query_only = OFF", error);

    if (status == CRUX_OK)
        status = attach_as(db, tables_of(store)->sealed, write, error);
    return write || status != CRUX_OK ? status : sqlite_run(db, "PRAGMA query_only = ON", error);
}

/* --- the count of commits --------------------------------------------------------------- */

static int fail_count(struct crux_store *store, struct crux_error *error)
{
    return crux_fail(error, CRUX_STORE,
                     "%s: it is damaged: the row of table store is not what was written",
                     store->path);
}

/* The store's own row. */
static int load_count(struct crux_store *store, struct sqlite *db, struct count *out, bool *writing,
                      struct crux_error *error)
{
    struct sqlite_query query = sqlite_query(
        db, "SELECT count, writing FROM store WHERE whole('store', seal, version, writing, count)",
        "");
    int status = sqlite_next(&query, error);

    if (status == CRUX_OK &&
        !count_parse(out, sqlite_text(&query, 0), strlen(sqlite_text(&query, 0))))
        status = CRUX_END;
    if (status == CRUX_OK)
        *writing = sqlite_integer(&query, 1) != 0;
    sqlite_end(&query);
    return status == CRUX_END ? fail_count(store, error) : status;
}

#define SAVE_COUNT                                                                                 \
    "UPDATE store SET writing = ?1, count = ?2, seal = sealed('store', version, ?1, ?2)"

static int save_count(struct sqlite *db, const struct count *count, bool writing,
                      struct crux_error *error)
{
    char line[COUNT_LINE];

    count_print(line, count);
    return sqlite_finish(sqlite_query(db, SAVE_COUNT, "it", (int64_t)writing, line), error);
}

static int fail_lost(struct crux_store *store, const struct count *had, const struct count *has,
                     struct crux_error *error)
{
    const char *file = sqlite_file(tables_db(store));

    return crux_fail(error, CRUX_STORE,
                     "%s: its log (%s-wal) is damaged or gone: the last commit had %" PRIu64
                     " replies, and %" PRIu64 " are left. Put file and log back from a copy; or go "
                     "on with what is left after `: > %s-count`",
                     store->path, file, had->replies, has->replies, file);
}

static int fail_alone(struct crux_store *store, struct crux_error *error)
{
    const char *file = sqlite_file(tables_db(store));

    return crux_fail(error, CRUX_STORE,
                     "%s was being written when its program was killed, and its log (%s-wal) is "
                     "not beside it: bring it here, or name the store as it was named then. If it "
                     "is lost, go on with what is left after `: > %s-count`",
                     store->path, file, file);
}

int seals_check_count(struct crux_store *store, const struct count_beside *beside,
                      struct crux_error *error)
{
    struct count counted = {.id = 0};
    const struct count *has = tables_of(store)->sealed ? &counted : NULL, *lost;
    bool writing = false;
    int status = CRUX_OK;

    if (has != NULL)
        status = load_count(store, tables_db(store), &counted, &writing, error);
    if (status != CRUX_OK || beside->file == COUNT_SILENT)
        return status;
    lost = count_lost(beside, has);
    if (lost != NULL)
        return fail_lost(store, lost, &counted, error);
    return writing && !beside->log && !count_is_of(beside, has) ? fail_alone(store, error)
                                                                : CRUX_OK;
}

/* --- counting what a transaction changes --------------------------------------------------- */

/* The first count of a store, and each table's. */
static int make_counts(struct sqlite *db, struct crux_error *error)
{
    struct count count = {.commits = 0};
    int status;

    if (getrandom(&count.id, sizeof count.id, 0) != sizeof count.id)
        return crux_fail(error, CRUX_STORE, "no random number for a store: %s", strerror(errno));
    status = save_count(db, &count, true, error);
    for (size_t i = 0; i < SEALED_TABLES && status == CRUX_OK; i++)
        status = sqlite_finish(
            sqlite_query(db, "INSERT INTO seals VALUES(?1, 0, 0, sealed('seals', ?1, 0, 0))", "t",
                         sealed_tables[i].name),
            error);
    return status;
}

static int add_columns(struct sqlite *db, struct crux_error *error)
{
    char sql[100];
    int status = CRUX_OK;

    for (size_t i = 0; i < SEALED_TABLES && status == CRUX_OK; i++) {
        (void)snprintf(sql, sizeof sql, "ALTER TABLE %s ADD COLUMN seal INTEGER",
                       sealed_tables[i].name);
        status = sqlite_run(db, sql, error);
    }
    return status;
}

/* The rows that are there: their table is counted by it, too. */
static int seal_rows(struct sqlite *db, struct crux_error *error)
{
    char sql[SEALS_SQL];
    int status = CRUX_OK;

    for (size_t i = 0; i < SEALED_TABLES && status == CRUX_OK; i++) {
        (void)snprintf(sql, sizeof sql, "UPDATE %s SET seal = sealed('%s', %s)",
                       sealed_tables[i].name, sealed_tables[i].name, sealed_tables[i].columns);
        status = sqlite_run(db, sql, error);
    }
    return status;
}

static int begin_sealed(struct crux_store *store, struct sqlite *db, bool attached,
                        struct crux_error *error)
{
    struct tables *tables = tables_of(store);
    int status = CRUX_OK;

    if (!tables->sealed) {
        status = drop_all(db, error);
        if (status == CRUX_OK)
            status = layout_complete(db, error);
        if (status == CRUX_OK)
            status = add_columns(db, error);
        if (status == CRUX_OK)
            status = make_counts(db, error);
        if (status == CRUX_OK)
            status = attach_as(db, true, true, error);
        if (status == CRUX_OK)
            status = seal_rows(db, error);
    } else if (!attached) {
        status = attach_as(db, true, true, error);
    }
    return status;
}

static struct tables_writing *writing_of(struct crux_store *store, const struct sqlite *db)
{
    struct tables *tables = tables_of(store);

    return db == tables->db ? &tables->writing : &tables->ledger.writing;
}

/* What was made in a transaction that is undone is made again. */
static void forget_writing(struct crux_store *store, const struct sqlite *db)
{
    seals_close(writing_of(store, db));
    tables_of(store)->counted.known = false;
}

void seals_close(struct tables_writing *writing)
{
    sqlite_end(&writing->save_seal);
    sqlite_end(&writing->save_count);
    writing->attached = false;
}

int seals_begin(struct crux_store *store, struct sqlite *db, struct crux_error *error)
{
    struct tables_writing *writing = writing_of(store, db);
    int status = sqlite_begin(db, error);

    assert(store->write);
    if (status != CRUX_OK)
        return status;
    status = begin_sealed(store, db, writing->attached, error);
    if (status != CRUX_OK) {
        status = sqlite_commit(db, status, error);
        forget_writing(store, db);
        return status;
    }
    if (!writing->attached) {
        writing->save_seal =
            sqlite_query(db,
                         "UPDATE seals SET count = ?2, sum = ?3, seal = sealed('seals', ?1, ?2, ?3)"
                         " WHERE name = ?1",
                         "");
        writing->save_count = sqlite_query(db, SAVE_COUNT, "");
    }
    writing->attached = true;
    return CRUX_OK;
}

/* One writer has the store, so what it has read once stays as it writes it. */
static int load_counted(struct crux_store *store, struct sqlite *db, struct crux_error *error)
{
    struct tables *tables = tables_of(store);
    bool writing;
    int status = load_count(store, db, &tables->counted.count, &writing, error);

    for (size_t i = 0; i < SEALED_TABLES && status == CRUX_OK; i++) {
        struct sqlite_query query = sqlite_query(
            db,
            "SELECT count, sum FROM seals WHERE +name = ? AND whole('seals', seal, name, count,"
            " sum)",
            "t", sealed_tables[i].name);

        status = sqlite_next(&query, error);
        if (status == CRUX_OK) {
            tables->counted.rows[i] = sqlite_integer(&query, 0);
            tables->counted.sums[i] = (uint64_t)sqlite_integer(&query, 1);
        }
        sqlite_end(&query);
        if (status == CRUX_END)
            status = crux_fail(error, CRUX_STORE, "%s: it is damaged: table %s is not counted",
                               store->path, sealed_tables[i].name);
    }
    tables->counted.known = status == CRUX_OK;
    return status;
}

static size_t seals_index_of(const char *table)
{
    size_t i = 0;

    while (i + 1 < SEALED_TABLES && strcmp(sealed_tables[i].name, table) != 0)
        i++;
    return i;
}

static int seals_run_again(struct sqlite_query *query, struct crux_error *error)
{
    int status = sqlite_next(query, error);

    return status < 0 ? status : CRUX_OK;
}

/* Add what a table's rows have changed by. */
static int add_tally(struct crux_store *store, struct sqlite_query *save,
                     const struct sqlite_tally *tally, struct crux_error *error)
{
    struct tables *tables = tables_of(store);
    size_t i = seals_index_of(tally->table);

    tables->counted.rows[i] += tally->rows;
    tables->counted.sums[i] += tally->sum;
    if (strcmp(tally->table, "replies") == 0)
        tables->counted.count.replies = (uint64_t)tables->counted.rows[i];
    sqlite_again(save, "tii", tally->table, tables->counted.rows[i],
                 (int64_t)tables->counted.sums[i]);
    return seals_run_again(save, error);
}

static int count_commit(struct crux_store *store, struct sqlite *db, struct crux_error *error)
{
    struct tables_writing *writing = writing_of(store, db);
    struct count *count = &tables_of(store)->counted.count;
    const struct sqlite_tally *tallies;
    size_t tables = sqlite_tallies(db, &tallies);
    char line[COUNT_LINE];
    int status = CRUX_OK;

    if (!tables_of(store)->counted.known)
        status = load_counted(store, db, error);
    for (size_t i = 0; i < tables && status == CRUX_OK; i++)
        status = add_tally(store, &writing->save_seal, &tallies[i], error);
    if (status != CRUX_OK)
        return status;
    count->commits++;
    count_print(line, count);
    sqlite_again(&writing->save_count, "it", INT64_C(1), line);
    return seals_run_again(&writing->save_count, error);
}

/* Before a writer's first commit: the count file, which knows of those before it. */
static int note_writer(struct crux_store *store, const struct sqlite *db, const struct count *count,
                       struct crux_error *error)
{
    struct count before = *count;

    before.commits--;
    tables_of(store)->count = count_keep(sqlite_file(db), &before);
    if (tables_of(store)->count >= 0)
        return CRUX_OK;
    return crux_fail(error, CRUX_STORE, "%s-count cannot be written: %s", store->path,
                     strerror(errno));
}

int seals_commit(struct crux_store *store, struct sqlite *db, int status, struct crux_error *error)
{
    struct tables *tables = tables_of(store);
    bool first = tables->count < 0;

    if (status == CRUX_OK)
        status = count_commit(store, db, error);
    if (status == CRUX_OK && first)
        status = note_writer(store, db, &tables->counted.count, error);
    status = sqlite_commit(db, status, error);
    if (status != CRUX_OK) {
        forget_writing(store, db);
        return status;
    }
    tables->sealed = true;
    if (db == tables->db || tables->ledger.lasting)
        count_put(tables->count, &tables->counted.count);
    /* Fold it in, so that the file alone is known to be a store that was being written. */
    if (first)
        (void)sqlite_run(db, "PRAGMA wal_checkpoint(PASSIVE)", NULL);
    return CRUX_OK;
}

void seals_end(struct crux_store *store)
{
    struct tables *tables = tables_of(store);
    struct sqlite *db = tables->db;
    struct count count;
    bool writing;
    int status = CRUX_OK;

    if (tables->count < 0)
        return;
    status = sqlite_begin(db, NULL);
    if (status == CRUX_OK)
        status = load_count(store, db, &count, &writing, NULL);
    if (status == CRUX_OK)
        status = save_count(db, &count, false, NULL);
    status = sqlite_commit(db, status, NULL);
    (void)close(tables->count);
    tables->count = -1;
    if (status == CRUX_OK)
        count_remove(sqlite_file(db));
}

/* --- checking ------------------------------------------------------------------------------- */

int seals_check(struct crux_store *store, struct sqlite *db, const char *table,
                struct crux_error *error)
{
    char sql[512];
    struct sqlite_query query;
    int64_t rows, counted;
    bool same;
    int status;

    if (!tables_of(store)->sealed)
        return CRUX_OK;
    (void)snprintf(sql, sizeof sql,
                   "SELECT n, coalesce(count, -1), sum = s FROM (SELECT count(*) AS n,"
                   " seal_sum(seal) AS s FROM whole_%s) LEFT JOIN (SELECT count, sum FROM seals"
                   " WHERE +name = '%s' AND whole('seals', seal, name, count, sum))",
                   table, table);
    query = sqlite_query(db, sql, "");
    status = sqlite_next(&query, error);
    rows = status == CRUX_OK ? sqlite_integer(&query, 0) : 0;
    counted = status == CRUX_OK ? sqlite_integer(&query, 1) : 0;
    same = status == CRUX_OK && sqlite_integer(&query, 2) == 1;
    sqlite_end(&query);
    if (status != CRUX_OK || (rows == counted && same))
        return status;
    return crux_fail(error, CRUX_STORE,
                     "%s: it is damaged: table %s has %" PRId64 " rows, and %" PRId64
                     " were written; `crux doctor --store %s` says what is left",
                     store->path, table, rows, counted, store->path);
}
