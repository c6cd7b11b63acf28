/*
 * tables.h - a store in a SQLite file: what its parts share, and how it is opened.
 *
 *     layout.h           the tables, and what each version has added to them
 *     seals.h            checksums of rows and counts of tables
 *     count.h            what was committed, told beside the file
 *     version.h          whether a file is a store that can be read
 *     tables.c           the file, problems, trees
 *     tables_run.h       the run, and what its problems are
 *     tables_findings.h  findings on finished trees
 *     tables_ledger.h    the ledger's tables, over two connections of their own
 *
 * Threads. As store.h says: each connection is used by one thread at a time.
 */
#ifndef IO_STORE_TABLES_H
#define IO_STORE_TABLES_H

#include <stdatomic.h>

#include "io/sqlite.h"
#include "io/store/count.h"
#include "io/store/store.h"

/* A connection that writes, as seals.h has it. */
struct tables_writing {
    bool attached; /* its triggers are there */
    struct sqlite_query save_seal, save_count;
};

enum { TABLES_MOST = 24 };

struct tables_ledger {
    struct sqlite *writer; /* NULL: for reading only */
    struct sqlite *reader; /* NULL: not open */
    struct sqlite_query insert_reply, insert_text, insert_intent, delete_intent, update_session,
        find;
    int64_t opened_ns, session; /* the session's id, 0: it has no row yet */
    int64_t replies, intents;   /* the highest numbers */
    bool lasting;               /* the writer waits for the disk at each commit */
    struct tables_writing writing;
    bool reader_sealed; /* the reader's views are those of sealed tables */
};

struct tables {
    struct crux_store base;
    struct sqlite *db;  /* NULL: not open */
    atomic_bool sealed; /* seals.h: it has all tables, and they are sealed; false once, then true:
                           the ledger's readers look at it while a commit makes it so */
    struct tables_writing writing;
    struct { /* what `seals` and `store` say, once they have been read for writing */
        bool known;
        struct count count;
        int64_t rows[TABLES_MOST];
        uint64_t sums[TABLES_MOST];
    } counted;
    bool looked; /* nothing is amiss with it and its log */
    bool findings_checked, numbers_checked;
    int count; /* the count file while we write; -1: nothing is written yet */
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

/* A new store in an empty file that is nobody else's, written without a log: it is a store only
 * when it has been closed well (unite.h). */
int tables_make(struct crux_store **out, const char *path, struct crux_error *error);

/* A SQLite file as a store. The members that store.c fills in are left 0. */
int tables_open(struct crux_store **out, const char *path, bool write, struct crux_error *error);

#endif
