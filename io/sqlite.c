/*
 * sqlite.c - SQLite files and statements, by SQLite: no other file includes its header.
 *
 * SQLite's own locks last only as long as a transaction, but a store has one writer
 * for as long as that one lives. So the writer holds an flock() on a descriptor of
 * its own, taken before SQLite opens the file and given up after SQLite has closed
 * it: POSIX drops a process's locks on a file when *any* descriptor of it is
 * closed, SQLite's locks are of that kind, and flock()'s are not. For the same
 * reason nothing else here ever opens the file.
 *
 * Readers may not change anything (query_only), yet open the file as a writer would
 * if they may: they share what a writer has in its log.
 */
#include "io/sqlite.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/no_room.h"
#include "io/seal.h"

enum { PATIENCE_MS = 10000, IMPATIENCE_MS = 100, TALLIES = 32 };

struct sqlite {
    sqlite3 *connection;
    const char *path; /* as sentences call it */
    char *file;       /* the same, with no name that means something else to SQLite */
    int lock;         /* the writer's descriptor; -1: none */
    bool may_pass;    /* the last failure */
    struct sqlite_tally tallies[TALLIES];
    size_t tally_count;
    uint64_t sealed; /* by the last sealed() */
    char text[];
};

/* --- errors --------------------------------------------------------------- */

static const struct {
    int code; /* of SQLite, without its extension */
    int status;
    const char *sentence;
} failures[] = {
    {SQLITE_FULL, CRUX_STORE, "the disk is full; what was kept before is safe"},
    {SQLITE_BUSY, CRUX_STORE, "another program keeps it locked"},
    {SQLITE_LOCKED, CRUX_STORE, "another program keeps it locked"},
    {SQLITE_NOTADB, CRUX_STORE, "it is no SQLite database, so no store of crux"},
    {SQLITE_READONLY, CRUX_STORE, "it cannot be written"},
    {SQLITE_TOOBIG, CRUX_STORE, "a tree is too big for it"},
    {SQLITE_NOMEM, CRUX_MEMORY, "no memory"},
};

static int last_code(const struct sqlite *db)
{
    return sqlite3_errcode(db->connection) & 0xff;
}

/* The errno of an error of a file. SQLite keeps the last one of each; errno itself may be new. */
static int cause_of(const struct sqlite *db)
{
    int cause = sqlite3_system_errno(db->connection), of_log = 0;
    sqlite3_file *log = NULL;

    if (no_room_fault(cause) != NULL)
        return cause;
    if (sqlite3_file_control(db->connection, NULL, SQLITE_FCNTL_JOURNAL_POINTER, &log) ==
            SQLITE_OK &&
        log != NULL && log->pMethods != NULL)
        (void)log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &of_log);
    else /* it is written without one */
        (void)sqlite3_file_control(db->connection, NULL, SQLITE_FCNTL_LAST_ERRNO, &of_log);
    return of_log != 0 ? of_log : cause;
}

static bool is_of_flush(const struct sqlite *db)
{
    int code = sqlite3_extended_errcode(db->connection);

    return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

/* A row that is not what was written has said so itself. */
static int fail_damaged(const struct sqlite *db, struct crux_error *error)
{
    const char *what = sqlite3_errmsg(db->connection);

    if (strncmp(what, "row ", 4) != 0)
        what = "what SQLite finds in it cannot be";
    return crux_fail(error, CRUX_STORE,
                     "%s: it is damaged: %s; `crux doctor --store %s` says what is left", db->path,
                     what, db->path);
}

/* Say what went wrong last. */
static int sqlite_fail(struct sqlite *db, struct crux_error *error)
{
    int code = last_code(db);
    bool of_file = code == SQLITE_IOERR || code == SQLITE_CANTOPEN;
    int cause = of_file ? cause_of(db) : 0;
    const char *what = code == SQLITE_IOERR ? "read or written" : "opened";
    const char *no_room = no_room_fault(cause);

    db->may_pass = code == SQLITE_FULL || code == SQLITE_BUSY || code == SQLITE_LOCKED ||
                   (no_room != NULL && !is_of_flush(db));
    if (code == SQLITE_CORRUPT)
        return fail_damaged(db, error);
    if (no_room != NULL)
        return crux_fail(error, CRUX_STORE, "%s: %s", db->path, no_room);
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
        if (failures[i].code == code)
            return crux_fail(error, failures[i].status, "%s: %s", db->path, failures[i].sentence);
    if (of_file)
        return crux_fail(error, CRUX_STORE, "%s cannot be %s: %s", db->path, what,
                         cause != 0 ? strerror(cause) : sqlite3_errmsg(db->connection));
    return crux_fail(error, CRUX_STORE, "%s: %s", db->path, sqlite3_errmsg(db->connection));
}

/* --- queries -------------------------------------------------------------- */

/* Bind arguments as types says: i int64_t, t text or NULL, b bytes and their size_t. */
static int bind(sqlite3_stmt *statement, const char *types, va_list arguments)
{
    int code = SQLITE_OK;

    for (int at = 1; *types != '\0' && code == SQLITE_OK; at++, types++) {
        const void *bytes;

        if (*types == 'i') {
            code = sqlite3_bind_int64(statement, at, va_arg(arguments, int64_t));
        } else if (*types == 't') {
            code = sqlite3_bind_text(statement, at, va_arg(arguments, const char *), -1,
                                     SQLITE_STATIC);
        } else {
            bytes = va_arg(arguments, const void *);
            code =
                sqlite3_bind_blob64(statement, at, bytes, va_arg(arguments, size_t), SQLITE_STATIC);
        }
    }
    return code;
}

struct sqlite_query sqlite_query(struct sqlite *db, const char *sql, const char *types, ...)
{
    sqlite3_stmt *statement = NULL;
    va_list arguments;
    int code = sqlite3_prepare_v2(db->connection, sql, -1, &statement, NULL);

    va_start(arguments, types);
    if (code == SQLITE_OK)
        code = bind(statement, types, arguments);
    va_end(arguments);
    if (code != SQLITE_OK) {
        (void)sqlite3_finalize(statement);
        statement = NULL;
    }
    return (struct sqlite_query){db, statement};
}

void sqlite_again(struct sqlite_query *query, const char *types, ...)
{
    va_list arguments;

    if (query->statement == NULL)
        return;
    (void)sqlite3_reset(query->statement); /* reports again what sqlite_next() has reported */
    va_start(arguments, types);
    if (bind(query->statement, types, arguments) != SQLITE_OK)
        sqlite_end(query);
    va_end(arguments);
}

int sqlite_next(struct sqlite_query *query, struct crux_error *error)
{
    int code = query->statement == NULL ? SQLITE_ERROR : sqlite3_step(query->statement);

    if (code == SQLITE_ROW)
        return CRUX_OK;
    return code == SQLITE_DONE ? CRUX_END : sqlite_fail(query->db, error);
}

int64_t sqlite_integer(const struct sqlite_query *query, int column)
{
    return sqlite3_column_int64(query->statement, column);
}

double sqlite_real(const struct sqlite_query *query, int column)
{
    return sqlite3_column_double(query->statement, column);
}

const char *sqlite_text(const struct sqlite_query *query, int column)
{
    const unsigned char *text = sqlite3_column_text(query->statement, column);

    return text == NULL ? "" : (const char *)text;
}

bool sqlite_is_null(const struct sqlite_query *query, int column)
{
    return sqlite3_column_type(query->statement, column) == SQLITE_NULL;
}

const void *sqlite_bytes(const struct sqlite_query *query, int column, size_t *size)
{
    const void *bytes = sqlite3_column_blob(query->statement, column);

    *size = (size_t)sqlite3_column_bytes(query->statement, column);
    return bytes;
}

void sqlite_end(struct sqlite_query *query)
{
    (void)sqlite3_finalize(query->statement);
    query->statement = NULL;
}

int sqlite_finish(struct sqlite_query query, struct crux_error *error)
{
    int status;

    do
        status = sqlite_next(&query, error);
    while (status == CRUX_OK);
    sqlite_end(&query);
    return status == CRUX_END ? CRUX_OK : status;
}

int sqlite_number(struct sqlite *db, const char *sql, int64_t *out, struct crux_error *error)
{
    struct sqlite_query query = sqlite_query(db, sql, "");
    int status = sqlite_next(&query, error);

    if (status == CRUX_OK)
        *out = sqlite_integer(&query, 0);
    sqlite_end(&query);
    return status;
}

int sqlite_run(struct sqlite *db, const char *sql, struct crux_error *error)
{
    return sqlite3_exec(db->connection, sql, NULL, NULL, NULL) == SQLITE_OK
               ? CRUX_OK
               : sqlite_fail(db, error);
}

int64_t sqlite_changed(struct sqlite *db)
{
    return sqlite3_changes64(db->connection);
}

int sqlite_begin(struct sqlite *db, struct crux_error *error)
{
    db->tally_count = 0;
    return sqlite_run(db, "BEGIN IMMEDIATE", error);
}

int sqlite_commit(struct sqlite *db, int status, struct crux_error *error)
{
    if (status == CRUX_OK)
        status = sqlite_run(db, "COMMIT", error);
    if (!sqlite3_get_autocommit(db->connection)) /* a full disk may have undone it already */
        (void)sqlite3_exec(db->connection, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

void sqlite_wait_for_locks(struct sqlite *db, bool wait)
{
    (void)sqlite3_busy_timeout(db->connection, wait ? PATIENCE_MS : IMPATIENCE_MS);
}

bool sqlite_may_pass(const struct sqlite *db)
{
    return db->may_pass;
}

/* --- seals ---------------------------------------------------------------- */

/* A table's name, then a row's values from another argument on. */
static uint64_t seal_of(sqlite3_value *table, sqlite3_value **values, int count)
{
    uint64_t seal =
        seal_add(SEAL_NONE, 'n', sqlite3_value_text(table), (size_t)sqlite3_value_bytes(table));

    for (int i = 0; i < count; i++) {
        int type = sqlite3_value_type(values[i]);
        int64_t integer = type == SQLITE_INTEGER ? sqlite3_value_int64(values[i]) : 0;

        if (type == SQLITE_INTEGER)
            seal = seal_add(seal, 'i', &integer, sizeof integer);
        else if (type == SQLITE_NULL)
            seal = seal_add(seal, '0', "", 0);
        else
            seal = seal_add(seal, type == SQLITE_BLOB ? 'b' : 't', sqlite3_value_blob(values[i]),
                            (size_t)sqlite3_value_bytes(values[i]));
    }
    return seal;
}

static void sql_sealed(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct sqlite *db = sqlite3_user_data(context);

    db->sealed = seal_of(values[0], values + 1, count - 1);
    sqlite3_result_int64(context, (int64_t)db->sealed);
}

static void sql_whole(sqlite3_context *context, int count, sqlite3_value **values)
{
    char sentence[120];

    if (sqlite3_value_type(values[1]) == SQLITE_INTEGER &&
        (uint64_t)sqlite3_value_int64(values[1]) == seal_of(values[0], values + 2, count - 2)) {
        sqlite3_result_int(context, 1);
        return;
    }
    (void)snprintf(sentence, sizeof sentence, "row %.40s of table %.40s is not what was written",
                   (const char *)sqlite3_value_text(values[2]),
                   (const char *)sqlite3_value_text(values[0]));
    sqlite3_result_error(context, sentence, -1);
    sqlite3_result_error_code(context, SQLITE_CORRUPT);
}

static void sql_seal_sum_step(sqlite3_context *context, int count, sqlite3_value **values)
{
    uint64_t *sum = sqlite3_aggregate_context(context, sizeof *sum);

    (void)count;
    if (sum != NULL)
        *sum += (uint64_t)sqlite3_value_int64(values[0]);
}

static void sql_seal_sum_end(sqlite3_context *context)
{
    const uint64_t *sum = sqlite3_aggregate_context(context, 0);

    sqlite3_result_int64(context, sum != NULL ? (int64_t)*sum : 0);
}

static struct sqlite_tally *tally_of(struct sqlite *db, const char *table)
{
    for (size_t i = 0; i < db->tally_count; i++)
        if (strcmp(db->tallies[i].table, table) == 0)
            return &db->tallies[i];
    assert(db->tally_count < TALLIES && strlen(table) < sizeof db->tallies[0].table);
    db->tallies[db->tally_count] = (struct sqlite_tally){.rows = 0};
    (void)strcpy(db->tallies[db->tally_count].table, table);
    return &db->tallies[db->tally_count++];
}

static void sql_tally(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct sqlite *db = sqlite3_user_data(context);
    struct sqlite_tally *tally = tally_of(db, (const char *)sqlite3_value_text(values[0]));

    (void)count;
    tally->rows += (sqlite3_value_type(values[2]) != SQLITE_NULL) -
                   (sqlite3_value_type(values[1]) != SQLITE_NULL);
    tally->sum += (uint64_t)sqlite3_value_int64(values[2]) - /* a NULL is 0 */
                  (uint64_t)sqlite3_value_int64(values[1]);
}

void sqlite_tally_inserted(struct sqlite *db, const char *table)
{
    struct sqlite_tally *tally = tally_of(db, table);

    tally->rows++;
    tally->sum += db->sealed;
}

size_t sqlite_tallies(const struct sqlite *db, const struct sqlite_tally **out)
{
    *out = db->tallies;
    return db->tally_count;
}

static int add_functions(struct sqlite *db)
{
    static const int pure = SQLITE_UTF8 | SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC;
    sqlite3 *to = db->connection;
    int code = sqlite3_create_function(to, "sealed", -1, pure, db, sql_sealed, NULL, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_create_function(to, "whole", -1, pure, NULL, sql_whole, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_create_function(to, "seal_sum", 1, pure, NULL, NULL, sql_seal_sum_step,
                                       sql_seal_sum_end);
    if (code == SQLITE_OK)
        code = sqlite3_create_function(to, "tally", 3, SQLITE_UTF8 | SQLITE_INNOCUOUS, db,
                                       sql_tally, NULL, NULL);
    return code;
}

/* --- opening and closing -------------------------------------------------- */

void sqlite_fold(struct sqlite *db)
{
    (void)sqlite3_db_config(db->connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
}

const char *sqlite_file(const struct sqlite *db)
{
    return sqlite3_db_filename(db->connection, "main");
}

void sqlite_close(struct sqlite *db)
{
    if (db == NULL)
        return;
    (void)sqlite3_close(db->connection);
    if (db->lock >= 0)
        (void)close(db->lock);
    free(db);
}

/* Connect, and look into the file: SQLite itself puts that off. */
static int connect_to(struct sqlite *db, const char *name, int flags, struct crux_error *error)
{
    int code = sqlite3_open_v2(name, &db->connection, flags | SQLITE_OPEN_NOMUTEX, NULL);

    if (db->connection == NULL)
        return crux_fail(error, CRUX_MEMORY, "%s: no memory", db->path);
    if (code != SQLITE_OK)
        return sqlite_fail(db, error);
    (void)sqlite3_busy_timeout(db->connection, PATIENCE_MS);
    (void)sqlite3_db_config(db->connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (add_functions(db) != SQLITE_OK)
        return sqlite_fail(db, error);
    return sqlite_run(db,
                      "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;"
                      "PRAGMA recursive_triggers = ON; SELECT count(*) FROM sqlite_schema",
                      error);
}

/* The log belongs to a name, the file may have several: what one name's log has, the other name
 * would write over. */
static int check_names(const struct sqlite *db, struct crux_error *error)
{
    struct statx found = {.stx_nlink = 1};

    if (statx(db->lock, "", AT_EMPTY_PATH, STATX_NLINK | STATX_TYPE, &found) != 0)
        return CRUX_OK;
    if (!S_ISREG(found.stx_mode))
        return crux_fail(error, CRUX_STORE, "%s cannot be opened: it is no file", db->path);
    if (found.stx_nlink > 1)
        return crux_fail(error, CRUX_STORE,
                         "%s has %u names (hard links), and what is written under one is lost "
                         "under the others: remove them, or write in a copy",
                         db->path, found.stx_nlink);
    if ((found.stx_attributes & found.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0)
        return crux_fail(error, CRUX_STORE,
                         "%s is a mount of its own, so its log would lie elsewhere: mount the "
                         "folder that it lies in, not the file",
                         db->path);
    return CRUX_OK;
}

static int sqlite_open_writer(struct sqlite *db, bool *taken, struct crux_error *error)
{
    db->lock = open(db->file, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (db->lock < 0)
        return crux_fail(error, CRUX_STORE, "%s cannot be opened for writing: %s", db->path,
                         strerror(errno));
    if (flock(db->lock, LOCK_EX | LOCK_NB) != 0) {
        *taken = errno == EWOULDBLOCK;
        return crux_fail(error, CRUX_STORE, "%s cannot be locked: %s", db->path, strerror(errno));
    }
    if (check_names(db, error) != CRUX_OK)
        return CRUX_STORE;
    return connect_to(db, db->file, SQLITE_OPEN_READWRITE, error);
}

/* As a URI the name says the same; others would need another spelling. */
static bool is_plain(const struct sqlite *db)
{
    return strpbrk(db->file, "?#%") == NULL;
}

/* A folder that cannot be written has no room for the index that readers share. A
 * file that no process can change needs none, unless a log with more lies beside it. */
static int open_unchanging(struct sqlite *db, struct crux_error *error)
{
    char *log = sqlite3_mprintf("%s-wal", db->file);
    char *name = sqlite3_mprintf("file:%s?immutable=1", db->file);
    struct stat found;
    int status = CRUX_MEMORY;

    if (log == NULL || name == NULL) {
        (void)crux_fail(error, status, "%s: no memory", db->path);
    } else if (stat(log, &found) == 0 && found.st_size > 0) {
        status = crux_fail(error, CRUX_STORE,
                           "%s has a log beside it (-wal), which can be read only in a folder that "
                           "can be written: copy both there",
                           db->path);
    } else {
        (void)sqlite3_close(db->connection);
        db->connection = NULL;
        status = connect_to(db, name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, error);
    }
    sqlite3_free(log);
    sqlite3_free(name);
    return status;
}

static int open_reader(struct sqlite *db, struct crux_error *error)
{
    struct stat found;
    int status;

    if (stat(db->file, &found) != 0)
        return crux_fail(error, CRUX_STORE, "%s cannot be opened: %s", db->path, strerror(errno));
    if (!S_ISREG(found.st_mode))
        return crux_fail(error, CRUX_STORE, "%s cannot be opened: it is no file", db->path);
    status = connect_to(db, db->file, SQLITE_OPEN_READWRITE, error);
    if (status != CRUX_OK && db->connection != NULL && is_plain(db) &&
        (last_code(db) == SQLITE_CANTOPEN || last_code(db) == SQLITE_READONLY))
        status = open_unchanging(db, error);
    return status == CRUX_OK ? sqlite_run(db, "PRAGMA query_only = ON", error) : status;
}

/* Not connected yet. */
static int make(struct sqlite **out, const char *path, struct crux_error *error)
{
    size_t length = strlen(path);
    struct sqlite *db = calloc(1, sizeof *db + 2 * length + sizeof "./" + 1);

    if (db == NULL)
        return crux_fail(error, CRUX_MEMORY, "%s: no memory", path);
    db->lock = -1;
    db->path = memcpy(db->text, path, length);
    db->file = db->text + length + 1;
    (void)stpcpy(stpcpy(db->file, path[0] == '/' ? "" : "./"), path);
    *out = db;
    return CRUX_OK;
}

/* What begins as make() did ends here. */
static int sqlite_opened(struct sqlite **out, struct sqlite *db, int status)
{
    if (status == CRUX_OK)
        *out = db;
    else
        sqlite_close(db);
    return status;
}

int sqlite_open(struct sqlite **out, const char *path, bool write, bool *taken,
                struct crux_error *error)
{
    struct sqlite *db = NULL;
    int status = make(&db, path, error);

    *taken = false;
    if (status == CRUX_OK)
        status = write ? sqlite_open_writer(db, taken, error) : open_reader(db, error);
    return sqlite_opened(out, db, status);
}

int sqlite_open_unchanging(struct sqlite **out, const char *path, struct crux_error *error)
{
    struct sqlite *db = NULL;
    int status = make(&db, path, error);

    if (status == CRUX_OK)
        status = is_plain(db) ? open_unchanging(db, error)
                              : connect_to(db, db->file, SQLITE_OPEN_READONLY, error);
    return sqlite_opened(out, db, status);
}

int sqlite_join(struct sqlite **out, const char *path, struct crux_error *error)
{
    struct sqlite *db = NULL;
    int status = make(&db, path, error);

    if (status == CRUX_OK)
        status = connect_to(db, db->file, SQLITE_OPEN_READWRITE, error);
    if (status == CRUX_OK)
        status = sqlite_run(db, "PRAGMA synchronous = FULL", error);
    return sqlite_opened(out, db, status);
}

int sqlite_share(struct sqlite *db, struct crux_error *error)
{
    struct sqlite_query query = sqlite_query(db, "PRAGMA journal_mode = WAL", "");
    int status = sqlite_next(&query, error);

    if (status == CRUX_OK && strcmp(sqlite_text(&query, 0), "wal") != 0)
        status =
            crux_fail(error, CRUX_STORE,
                      "%s lies on a file system that cannot share it between programs", db->path);
    sqlite_end(&query);
    return status == CRUX_OK ? sqlite_run(db, "PRAGMA synchronous = FULL", error) : status;
}
