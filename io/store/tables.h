/*
 * tables.h - a store in a SQLite file: what its parts share, and how it is opened.
 *
 *     layout.h           the tables, their versions, and the upgrade from one to the next
 *     tables.c           the file, runs, problems, trees
 *     tables_findings.h  findings on finished trees
 *     tables_ledger.h    the ledger's tables, over two connections of their own
 *
 * Threads. As store.h says: each connection is used by one thread at a time.
 */
#ifndef IO_STORE_TABLES_H
#define IO_STORE_TABLES_H

#include "io/sqlite.h"
#include "io/store/store.h"

struct tables_ledger {
    struct sqlite *writer; /* NULL: for reading only */
    struct sqlite *reader; /* NULL: not open */
    struct sqlite_query insert_reply, insert_text, insert_intent, delete_intent, update_session,
        find;
    int64_t intents; /* the highest number of an intent */
    int64_t version; /* of what is read; 0: there are no such tables */
    bool lasting;    /* the writer waits for the disk at each commit */
};

struct tables {
    struct crux_store base;
    struct sqlite *db; /* NULL: not open */
    struct tables_ledger ledger;
};

static inline struct tables *tables_of(struct crux_store *store)
{
    return (struct tables *)(void *)store;
}

static inline struct sqlite *tables_db(struct crux_store *store)
{
    return tables_of(store)->db;
}

/* With patience (patience.h) a lock is told at once, for the sending has to stop; without, it is
 * waited for here. */
static inline void tables_set_patience(const struct crux_store *store, struct sqlite *db)
{
    sqlite_wait_for_locks(db, store->patience.most_ns == 0);
}

/* A SQLite file as a store. The members that store.c fills in are left 0. */
int tables_open(struct crux_store **out, const char *path, bool write, struct crux_error *error);

#endif
