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
 * Log.       What is committed stands in a log beside the file (-wal) until it is folded in. The
 *            last one out folds it in only if sqlite_fold() was called: a log that has not been
 *            looked at stays as it is.
 * Seals.     Statements may call sealed(TABLE, VALUE...), the checksum of a row; whole(TABLE, SEAL,
 *            VALUE...), which ends the statement with CRUX_STORE and a sentence unless SEAL is
 *            that; and seal_sum(SEAL), the sum of many modulo 2^64. Temporary triggers may call
 *            tally(TABLE, OLD, NEW) with a row's seals, NULL where there is no row.
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
void sqlite_fold(struct sqlite *db);  /* when it is closed, if it is the last one out */

/* Open a file that nobody changes any more, for reading: no locks are taken. One with a log beside
 * it is refused. */
int sqlite_open_unchanging(struct sqlite **out, const char *path, struct crux_error *error);

/* The file's own name, behind all links: its log's begins with it. */
const char *sqlite_file(const struct sqlite *db);

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
double sqlite_real(const struct sqlite_query *query, int column);
const char *sqlite_text(const struct sqlite_query *query, int column); /* NULL is "" */
bool sqlite_is_null(const struct sqlite_query *query, int column);
const void *sqlite_bytes(const struct sqlite_query *query, int column, size_t *size);
void sqlite_end(struct sqlite_query *query);

/* Run a query for what it does, and end it. */
int sqlite_finish(struct sqlite_query query, struct crux_error *error);
int sqlite_run(struct sqlite *db, const char *sql, struct crux_error *error);
int64_t sqlite_changed(struct sqlite *db); /* rows, by the last statement */

/* The number in a query's first row; CRUX_END: it has no row. */
int sqlite_number(struct sqlite *db, const char *sql, int64_t *out, struct crux_error *error);

/* Another program's lock is waited for, ten seconds; or told almost at once. */
void sqlite_wait_for_locks(struct sqlite *db, bool wait);

/* The last failure was for want of room or another program's lock, so the same may succeed later.
 * Not one of a flush, after which it is unknown what is on the disk. */
bool sqlite_may_pass(const struct sqlite *db);

/* What tally() has been told since sqlite_begin(), one item a table. */
struct sqlite_tally {
    char table[24];
    int64_t rows;
    uint64_t sum;
};

size_t sqlite_tallies(const struct sqlite *db, const struct sqlite_tally **out);

/* Tally the row that the last statement has inserted with the last sealed(): what a trigger would
 * do, for less. */
void sqlite_tally_inserted(struct sqlite *db, const char *table);

/* A transaction: commit it when status is CRUX_OK, else undo it; the status of both. */
int sqlite_begin(struct sqlite *db, struct crux_error *error);
int sqlite_commit(struct sqlite *db, int status, struct crux_error *error);

#endif
