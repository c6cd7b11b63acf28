/*
 * tables.h - a store in a SQLite file, as its parts share it.
 *
 *     layout.c           the tables, their versions, and going from one to the next
 *     tables.c           the file, runs, problems, trees
 *     tables_findings.c  what was learnt about trees later
 *     tables_ledger.c    the ledger's tables, over two connections of their own
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
    struct sqlite_query insert_reply, insert_text, update_session, find;
    bool empty; /* for reading: there are no such tables */
};

struct tables {
    struct crux_store base;
    struct sqlite *db; /* NULL: not open */
    struct tables_ledger ledger;
};

struct tables *tables_of(struct crux_store *store);
struct sqlite *tables_db(struct crux_store *store);

/* Is the file a store of a version that can be read, or empty? A writer's empty one gets its
 * tables. Nothing in the file is touched before it is known to be ours, or empty. */
int tables_check_layout(struct crux_store *store, struct crux_error *error);

/* Within a transaction: make what is there one of this version. */
int tables_upgrade(struct crux_store *store, struct crux_error *error);

/* The number that a query gives in its first row; CRUX_END: it gives none. */
int tables_number(struct sqlite *db, const char *sql, int64_t *out, struct crux_error *error);

#define TABLES_FINDINGS                                                                            \
    "CREATE TABLE finding(ordinal INTEGER NOT NULL REFERENCES tree, about INTEGER NOT NULL,"       \
    " path INTEGER NOT NULL, maker TEXT NOT NULL, kind TEXT NOT NULL, json TEXT NOT NULL,"         \
    " PRIMARY KEY(ordinal, about, path, maker, kind)) WITHOUT ROWID;"

/* The verbs of the same names. */
int tables_put_findings(struct crux_store *store, const struct crux_finding *findings, size_t count,
                        struct crux_error *error);
int tables_findings(struct crux_store *store, uint64_t problem, store_each_finding *each,
                    void *context, struct crux_error *error);
int tables_ledger_open(struct crux_store *store, struct crux_error *error);
void tables_ledger_close(struct crux_store *store);
int tables_ledger_begin(struct crux_store *store, struct crux_error *error);
int tables_ledger_put_reply(struct crux_store *store, const struct store_reply *reply, bool *known,
                            struct crux_error *error);
int tables_ledger_put_order(struct crux_store *store, const struct store_order *order,
                            struct crux_error *error);
int tables_ledger_put_lasted(struct crux_store *store, int64_t lasted_ns, struct crux_error *error);
int tables_ledger_end(struct crux_store *store, int status, struct crux_error *error);
int tables_ledger_keys(struct crux_store *store, store_each_key *each, void *context,
                       struct crux_error *error);
int tables_ledger_find(struct crux_store *store, const unsigned char *key, store_take_reply *take,
                       void *context, struct crux_error *error);
int tables_ledger_order(struct crux_store *store, uint64_t problem, store_each_piece *each,
                        void *context, struct crux_error *error);
int tables_ledger_costs(struct crux_store *store, struct store_costs *costs,
                        struct crux_error *error);

#endif
