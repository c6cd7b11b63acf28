/*
 * sqlite_row.c - binds the values of a row to a statement of another file, by SQLite.
 */
#include "io/sqlite_row.h"

#include <sqlite3.h>

/* A value that does not fit is told when the query is run: it has no statement any more. */
static void sqlite_row_keep(struct sqlite_query *query, int code)
{
    if (code != SQLITE_OK)
        sqlite_end(query);
}

void sqlite_row_bind(struct sqlite_query *query, const struct sqlite_query *row, int columns)
{
    if (query->statement == NULL)
        return;
    (void)sqlite3_reset(query->statement); /* reports again what sqlite_next() has reported */
    for (int i = 0; i < columns && query->statement != NULL; i++)
        sqlite_row_keep(query, sqlite3_bind_value(query->statement, i + 1,
                                                  sqlite3_column_value(row->statement, i)));
}

void sqlite_row_set_integer(struct sqlite_query *query, int at, int64_t value)
{
    if (query->statement != NULL)
        sqlite_row_keep(query, sqlite3_bind_int64(query->statement, at, value));
}

void sqlite_row_set_bytes(struct sqlite_query *query, int at, const void *bytes, size_t size)
{
    if (query->statement != NULL)
        sqlite_row_keep(query,
                        sqlite3_bind_blob64(query->statement, at, bytes, size, SQLITE_TRANSIENT));
}
