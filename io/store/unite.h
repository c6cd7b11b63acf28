/*
 * unite.h - several stores become one: crux_merge(), and what its parts share.
 *
 *     unite.c       the new store's place, and the way: look, copy, close, rename
 *     unite_look.c  every store is opened once: may they be merged, and who has which problem?
 *     unite_rows.c  the rows of one store are copied into the new one
 *
 * Stores are looked at one after the other and copied one after the other, so only two are open
 * at a time, however many there are. Nobody writes one while it is open here; one that was written
 * in between is told by its count of commits.
 *
 * Each problem has one source: where it is done, else the first that has it. Rows about problems
 * (problem, tree, finding, arrivals) are taken from there. Rows of the ledger are taken from all,
 * their numbers moved behind those that are there, for what was paid was paid.
 *
 * Memory.  16 bytes a problem, a row, and SQLite's cache.
 * Threads. One at a time.
 * Errors.  As crux_merge.h says.
 */
#ifndef IO_STORE_UNITE_H
#define IO_STORE_UNITE_H

#include <sys/types.h>

#include "io/crux_merge.h"
#include "io/store/tables.h"

struct json;

struct unite_source {
    const char *path;
    dev_t device;
    ino_t file;
    bool counted; /* it is of a version that counts its commits ... */
    struct count count;
    bool names_run; /* the run's row is taken from here */
};

struct unite_mark {
    uint64_t ordinal;
    uint32_t source;
    uint8_t state; /* enum crux_problem_state */
};

struct unite {
    const struct crux_merge *what;
    struct unite_source *sources; /* what->store_count */
    struct unite_mark *marks;     /* by ordinal, one each, after unite_look() */
    size_t mark_count, mark_room;
    struct json *parts;   /* of all stores that are parts */
    struct json *changes; /* of all stores, that were made while they were written */
    bool whole;           /* one is the whole of its run */
    int64_t input;        /* problems of the input; 0: no store says */
    struct crux_merged merged;
};

/* A store that is open for reading and that nobody can begin to write. */
struct unite_held {
    struct crux_store *store;
    int lock; /* -1: none */
};

int unite_hold(struct unite_held *out, const char *path, struct crux_error *error);
void unite_release(struct unite_held *held); /* one that failed, too */

/* The count of a store's commits, whether it has one. */
int unite_count(struct crux_store *store, bool *counted, struct count *out,
                struct crux_error *error);

/* Fills in all but merged. */
int unite_look(struct unite *unite, struct crux_error *error);

/* Where the problem is taken from; NULL: it is in no store. */
const struct unite_mark *unite_find(const struct unite *unite, uint64_t ordinal);

/* Within a transaction of the new store: all rows of one source. */
int unite_copy(struct unite *unite, size_t source, struct crux_store *from, struct crux_store *to,
               struct crux_error *error);

#endif
