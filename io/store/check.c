/*
 * check.c - reads a whole store: what is damaged, and what is left.
 *
 * It leans on nothing that may be damaged itself: every table is read row by row, whatever else is
 * wrong, and never by an index.
 */
#include "io/crux_io.h"
#include "io/sqlite.h"
#include "io/store/seals.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { CHECK_COMPLAINTS = 3 }; /* of SQLite's, in words */

struct check {
    const char *path;
    void (*each)(void *context, bool damaged, const char *sentence);
    void *context;
    struct sqlite *db;
    bool damaged;   /* something was found */
    bool rows_lost; /* in a table, not only in an index */
    struct crux_error first;
    char left[400];
};

__attribute__((format(printf, 2, 3))) static void check_tell(struct check *check,
                                                             const char *format, ...)
{
    char sentence[500];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    if (!check->damaged)
        (void)crux_fail(&check->first, CRUX_STORE, "%s", sentence);
    check->damaged = true;
    if (check->each != NULL)
        check->each(check->context, true, sentence);
}

/* --- the file's own order ----------------------------------------------------------------- */

static void check_pages(struct check *check)
{
    struct sqlite_query query = sqlite_query(check->db, "PRAGMA integrity_check(100)", "");
    struct crux_error why;
    unsigned complaints = 0;
    int status;

    while ((status = sqlite_next(&query, &why)) == CRUX_OK &&
           strcmp(sqlite_text(&query, 0), "ok") != 0)
        if (complaints++ < CHECK_COMPLAINTS)
            check_tell(check, "%s is damaged: %.300s", check->path, sqlite_text(&query, 0));
    sqlite_end(&query);
    if (status < 0)
        check_tell(check, "%s", why.text);
    if (complaints > CHECK_COMPLAINTS)
        check_tell(check, "%s is damaged at %u more places", check->path,
                   complaints - CHECK_COMPLAINTS);
}

/* --- tables ------------------------------------------------------------------------------- */

struct table_check {
    uint64_t whole, changed;
    int64_t written; /* rows that it should have; -1: nobody knows */
    char first[64];  /* row that is not what was written */
    int status;      /* of reading on */
    struct crux_error why;
};

static void count_rows(struct check *check, const struct sealed_table *table,
                       struct table_check *out)
{
    char sql[2048];
    struct sqlite_query query;

    (void)snprintf(sql, sizeof sql,
                   "SELECT seal IS sealed('%s', %s), %.*s FROM main.%s NOT INDEXED", table->name,
                   table->columns, (int)strcspn(table->columns, ","), table->columns, table->name);
    query = sqlite_query(check->db, sql, "");
    while ((out->status = sqlite_next(&query, &out->why)) == CRUX_OK) {
        if (sqlite_integer(&query, 0) == 1)
            out->whole++;
        else if (out->changed++ == 0)
            (void)snprintf(out->first, sizeof out->first, "%.60s", sqlite_text(&query, 1));
    }
    sqlite_end(&query);
}

static int64_t rows_written(struct check *check, const char *table)
{
    struct sqlite_query query = sqlite_query(
        check->db,
        "SELECT count FROM seals WHERE +name = ? AND seal IS sealed('seals', name, count, sum)",
        "t", table);
    int64_t rows = sqlite_next(&query, NULL) == CRUX_OK ? sqlite_integer(&query, 0) : -1;

    sqlite_end(&query);
    return rows;
}

static void check_table(struct check *check, const struct sealed_table *table)
{
    struct table_check rows = {.written = rows_written(check, table->name)};
    size_t used = strlen(check->left);
    uint64_t there;

    count_rows(check, table, &rows);
    there = rows.whole + rows.changed;
    if (rows.changed > 0)
        check_tell(check,
                   "table %s: %" PRIu64 " rows are not what was written, the first is row %s",
                   table->name, rows.changed, rows.first);
    if (rows.status < 0)
        check_tell(check, "table %s cannot be read beyond %" PRIu64 " rows: %s", table->name, there,
                   rows.why.text);
    else if (rows.written < 0)
        check_tell(check, "table %s: how many rows it had is not known any more", table->name);
    else if (there != (uint64_t)rows.written)
        check_tell(check, "table %s has %" PRIu64 " rows, and %" PRId64 " were written",
                   table->name, there, rows.written);
    check->rows_lost |= rows.changed > 0 || rows.status < 0 || (int64_t)there != rows.written;
    if (rows.written > 0 || there > 0)
        (void)snprintf(check->left + used, sizeof check->left - used,
                       "%s%s %" PRIu64 " of %" PRId64, used > 0 ? ", " : "", table->name,
                       rows.whole, rows.written < (int64_t)there ? (int64_t)there : rows.written);
}

static void check_say_left(struct check *check)
{
    char sentence[700];

    if (!check->damaged || check->each == NULL || check->left[0] == '\0')
        return;
    if (check->rows_lost)
        (void)snprintf(sentence, sizeof sentence,
                       "rows that are whole, table by table: %s. Any SQLite shell reads them; crux "
                       "reads the store again when it is put back from a copy",
                       check->left);
    else
        (void)snprintf(sentence, sizeof sentence,
                       "every row that it has is whole (%s). If only an index is damaged, "
                       "`sqlite3 %s REINDEX` makes it anew, and nothing is lost",
                       check->left, check->path);
    check->each(check->context, false, sentence);
}

/* What everybody says who opens it, then the whole file. */
int crux_store_check(const char *path,
                     void (*each)(void *context, bool damaged, const char *sentence), void *context,
                     struct crux_error *error)
{
    struct check check = {.path = path, .each = each, .context = context};
    struct crux_store *store = NULL;
    struct crux_error why;
    int64_t sealed = 0;
    bool taken;
    int status = crux_store_open(&store, path, false, &why);

    crux_store_close(store);
    if (status != CRUX_OK)
        check_tell(&check, "%s", why.text);
    if (sqlite_open(&check.db, path, false, &taken, &why) != CRUX_OK)
        return crux_fail(error, CRUX_STORE, "%s", check.damaged ? check.first.text : why.text);
    check_pages(&check);
    (void)sqlite_number(check.db, "SELECT count(*) FROM sqlite_schema WHERE name = 'seals'",
                        &sealed, NULL);
    for (size_t i = 0; seals_table(i) != NULL && sealed > 0; i++)
        check_table(&check, seals_table(i));
    sqlite_close(check.db);
    check_say_left(&check);
    return check.damaged ? crux_fail(error, CRUX_STORE, "%s", check.first.text) : CRUX_OK;
}

/* A run's row that is gone has been counted. */
static int runs_written(struct sqlite *db, int64_t *out, struct crux_error *error)
{
    int64_t sealed = 0;
    int status = sqlite_number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'seals'",
                               &sealed, error);

    if (status == CRUX_OK && sealed > 0)
        status = sqlite_number(
            db, "SELECT coalesce((SELECT count FROM seals WHERE +name = 'run'), 1)", out, error);
    else if (status == CRUX_OK)
        status = sqlite_number(db, "SELECT count(*) FROM run", out, error);
    return status;
}

/* Nothing has begun, or the log that says so has lost what it had: whoever opens it is told. */
static bool has_lost_log(struct sqlite *db)
{
    struct count_beside beside;
    struct count has;
    struct sqlite_query query = sqlite_query(db, "SELECT count FROM store", "");
    bool counted = false;

    count_look(&beside, sqlite_file(db));
    if (sqlite_next(&query, NULL) == CRUX_OK)
        counted = count_parse(&has, sqlite_text(&query, 0), strlen(sqlite_text(&query, 0)));
    sqlite_end(&query);
    return count_lost(&beside, counted ? &has : NULL) != NULL;
}

/* What is no store of ours is for others to refuse. */
int crux_store_begun(const char *path, bool *out, struct crux_error *error)
{
    struct sqlite *db = NULL;
    int64_t tables = 0, runs = 0;
    bool taken;
    int status = sqlite_open(&db, path, false, &taken, error);

    if (status != CRUX_OK)
        return status;
    status = sqlite_number(db, "SELECT count(*) FROM sqlite_schema", &tables, error);
    if (status == CRUX_OK && tables > 0)
        status = sqlite_number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'run'", &runs,
                               error);
    if (status == CRUX_OK && tables > 0 && runs > 0)
        status = runs_written(db, &runs, error);
    else
        runs = tables;
    if (status == CRUX_OK)
        *out = runs > 0 || has_lost_log(db);
    sqlite_close(db);
    return status;
}
