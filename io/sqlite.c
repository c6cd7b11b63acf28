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
 * if they may: the last one out then folds a dead writer's log into the file and
 * removes it, and leaves nothing lying beside the store.
 */
#include "io/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000, IMPATIENCE_MS = 100 };

struct sqlite {
    sqlite3 *connection;
    const char *path; /* as sentences call it */
    char *file;       /* the same, with no name that means something else to SQLite */
    int lock;         /* the writer's descriptor; -1: none */
    bool may_pass;    /* the last failure */
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
    {SQLITE_CORRUPT, CRUX_STORE, "it is damaged"},
    {SQLITE_READONLY, CRUX_STORE, "it cannot be written"},
    {SQLITE_TOOBIG, CRUX_STORE, "a tree is too big for it"},
    {SQLITE_NOMEM, CRUX_MEMORY, "no memory"},
};

static int last_code(const struct sqlite *db)
{
    return sqlite3_errcode(db->connection) & 0xff;
}

/* Want of room, in a sentence; NULL: it is something else. */
static const char *room_fault(int cause)
{
    switch (cause) {
    case ENOSPC:
        return "the disk is full; what was kept before is safe";
    case EDQUOT:
        return "the quota of the disk is used up; what was kept before is safe";
    case EFBIG:
        return "the limit of a file's size is reached (ulimit -f); what was kept before is safe";
    default:
        return NULL;
    }
}

/* The errno of an error of a file. SQLite keeps the last one of each file; errno itself may have
 * been changed since. */
static int cause_of(const struct sqlite *db)
{
    int cause = sqlite3_system_errno(db->connection), of_log = 0;
    sqlite3_file *log = NULL;

    if (room_fault(cause) != NULL)
        return cause;
    if (sqlite3_file_control(db->connection, NULL, SQLITE_FCNTL_JOURNAL_POINTER, &log) ==
            SQLITE_OK &&
        log != NULL && log->pMethods != NULL)
        (void)log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &of_log);
    return of_log != 0 ? of_log : cause;
}

static bool is_of_flush(const struct sqlite *db)
{
    int code = sqlite3_extended_errcode(db->connection);

    return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

/* Say what went wrong last. */
static int sqlite_fail(struct sqlite *db, struct crux_error *error)
{
    int code = last_code(db);
    bool of_file = code == SQLITE_IOERR || code == SQLITE_CANTOPEN;
    int cause = of_file ? cause_of(db) : 0;
    const char *what = code == SQLITE_IOERR ? "read or written" : "opened";
    const char *no_room = room_fault(cause);

    db->may_pass = code == SQLITE_FULL || code == SQLITE_BUSY || code == SQLITE_LOCKED ||
                   (no_room != NULL && !is_of_flush(db));
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

const char *sqlite_text(const struct sqlite_query *query, int column)
{
    const unsigned char *text = sqlite3_column_text(query->statement, column);

    return text == NULL ? "" : (const char *)text;
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

/* --- opening and closing -------------------------------------------------- */

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
    return sqlite_run(db, "PRAGMA trusted_schema = OFF; SELECT count(*) FROM sqlite_schema", error);
}

static int open_writer(struct sqlite *db, bool *taken, struct crux_error *error)
{
    db->lock = open(db->file, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (db->lock < 0)
        return crux_fail(error, CRUX_STORE, "%s cannot be opened for writing: %s", db->path,
                         strerror(errno));
    if (flock(db->lock, LOCK_EX | LOCK_NB) != 0) {
        *taken = errno == EWOULDBLOCK;
        return crux_fail(error, CRUX_STORE, "%s cannot be locked: %s", db->path, strerror(errno));
    }
    return connect_to(db, db->file, SQLITE_OPEN_READWRITE, error);
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
    if (status != CRUX_OK && db->connection != NULL &&
        (last_code(db) == SQLITE_CANTOPEN || last_code(db) == SQLITE_READONLY) &&
        strpbrk(db->file, "?#%") == NULL) /* which would need another spelling there */
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

int sqlite_open(struct sqlite **out, const char *path, bool write, bool *taken,
                struct crux_error *error)
{
    struct sqlite *db = NULL;
    int status = make(&db, path, error);

    *taken = false;
    if (status != CRUX_OK)
        return status;
    status = write ? open_writer(db, taken, error) : open_reader(db, error);
    if (status == CRUX_OK)
        *out = db;
    else
        sqlite_close(db);
    return status;
}

int sqlite_join(struct sqlite **out, const char *path, struct crux_error *error)
{
    struct sqlite *db = NULL;
    int status = make(&db, path, error);

    if (status != CRUX_OK)
        return status;
    status = connect_to(db, db->file, SQLITE_OPEN_READWRITE, error);
    if (status == CRUX_OK)
        status = sqlite_run(db, "PRAGMA synchronous = FULL", error);
    if (status == CRUX_OK)
        *out = db;
    else
        sqlite_close(db);
    return status;
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
