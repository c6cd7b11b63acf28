/*
 * check.c - checks whether a store is damaged, by SQLite's own check of its file; what a run's
 * rows mean is not checked.
 */
#include "io/crux_io.h"
#include "io/sqlite.h"

#include <string.h>

int crux_store_check(const char *path, struct crux_error *error)
{
    struct sqlite_query query;
    struct sqlite *db = NULL;
    bool taken;
    int status = sqlite_open(&db, path, false, &taken, error);

    if (status != CRUX_OK)
        return status;
    query = sqlite_query(db, "PRAGMA integrity_check(1)", "");
    status = sqlite_next(&query, error);
    if (status == CRUX_OK && strcmp(sqlite_text(&query, 0), "ok") != 0)
        status =
            crux_fail(error, CRUX_STORE, "%s is damaged: %.300s", path, sqlite_text(&query, 0));
    sqlite_end(&query);
    sqlite_close(db);
    return status == CRUX_END ? CRUX_OK : status;
}
