/*
 * sqlite_row.h - a row of one SQLite file is written into another, whatever its values are.
 *
 *     sqlite_row_bind(&insert, &select, 4);
 *     sqlite_row_set_integer(&insert, 5, offset);
 *     status = sqlite_next(&insert, error);
 *
 * A part of sqlite.h, for stores alone. Ownership. Values are copied. Threads. As there.
 */
#ifndef IO_SQLITE_ROW_H
#define IO_SQLITE_ROW_H

#include "io/sqlite.h"

/* Run a query again, with the first columns of a row of another for its first values. The others
 * keep what they had. */
void sqlite_row_bind(struct sqlite_query *query, const struct sqlite_query *row, int columns);

/* One value, from 1, of a query that has not been run since it was last bound. */
void sqlite_row_set_integer(struct sqlite_query *query, int at, int64_t value);
void sqlite_row_set_bytes(struct sqlite_query *query, int at, const void *bytes, size_t size);

#endif
