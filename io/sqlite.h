/*
 * sqlite.h - a SQLite file, as far as a store needs one.
 *
 *     struct sqlite_query query = sqlite_query(db, "SELECT n FROM t WHERE id = ?", "t", id);
 *
 *     while ((status = sqlite_next(&query, error)) == CRUX_OK)
 *         use(sqlite_integer(&query, 0));
 *     sqlite_end(&query);
 *
 * Writers.   One at a time, for as long as it has the file open, across processes.
 * Readers.   Any number, beside the writer or without one; they cannot change
 *            anything.
 * Ownership. What is bound to a query stays the caller's and must live until
 *            sqlite_end(); what a column gives lives until the next row.
 * Threads.   One at a time for each file.
 * Errors.    CRUX_STORE or CRUX_MEMORY, with a sentence that begins with the path.
 */
#ifndef IO_SQLITE_H
#define IO_SQLITE_H

#include "search/crux.h"

struct sqlite;

/* Open for writing, made if it is not there, or what is there for reading. *taken
 * is set when that fails because another writer has it. */
int sqlite_open(struct sqlite **out, const char *path, bool write, bool *taken,
                struct crux_error *error);
void sqlite_close(struct sqlite *db); /* NULL is fine */

/* Open for writing beside a writer of the same process, which stays open longer. What the two
 * write must take turns. */
int sqlite_join(struct sqlite **out, const char *path, struct crux_error *error);

/* Let readers go on while this writer writes; what it commits survives a power cut. */
int sqlite_share(struct sqlite *db, struct crux_error *error);

struct sqlite_query {
    struct sqlite *db;
    void *statement; /* NULL: it could not be prepared; sqlite_next() says why */
};

/* types has a letter for every ? in sql: i int64_t, t text or NULL, b bytes and
 * their size_t. */
struct sqlite_query sqlite_query(struct sqlite *db, const char *sql, const char *types, ...);
int sqlite_next(struct sqlite_query *query, struct crux_error *error); /* CRUX_END: no more */
void sqlite_again(struct sqlite_query *query, const char *types, ...); /* with other values */
int64_t sqlite_integer(const struct sqlite_query *query, int column);
const char *sqlite_text(const struct sqlite_query *query, int column); /* NULL is "" */
const void *sqlite_bytes(const struct sqlite_query *query, int column, size_t *size);
void sqlite_end(struct sqlite_query *query);

/* Run a query for what it does, and end it. */
int sqlite_finish(struct sqlite_query query, struct crux_error *error);
int sqlite_run(struct sqlite *db, const char *sql, struct crux_error *error);
int64_t sqlite_changed(struct sqlite *db); /* rows, by the last statement */

/* Another program's lock is waited for, ten seconds; or told almost at once. */
void sqlite_wait_for_locks(struct sqlite *db, bool wait);

/* The last failure was for want of room or another program's lock, so the same may succeed later.
 * Not one of a flush, after which it is unknown what is on the disk. */
bool sqlite_may_pass(const struct sqlite *db);

/* A transaction: commit it when status is CRUX_OK, else undo it; the status of both. */
int sqlite_begin(struct sqlite *db, struct crux_error *error);
int sqlite_commit(struct sqlite *db, int status, struct crux_error *error);

#endif
