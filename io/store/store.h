/*
 * store.h - what a store must be able to do, whatever it is made of.
 *
 * store.c is the half that every kind of store shares: it packs trees, reads lines,
 * compares configurations, remembers states, and lets its calls wait for each
 * other. A backend is the other half: it keeps rows and gives them back. It puts
 * struct crux_store first and grows after it. There is one, a SQLite file; another
 * needs a table of verbs and a way to tell its paths apart in crux_store_open().
 *
 * Ownership. A backend makes the struct and frees it in close(); of what is in it,
 *            it owns verbs, path and write. What a row or an each() is told lives
 *            for the length of the call.
 * Threads.   The shared half holds the mutex around every verb. It may be taken
 *            again by its holder, so each() may call the store. Whoever else writes the
 *            same file (the ledger) does so between store_enter() and store_leave(): then
 *            neither ever finds it locked, and both come to their turn.
 * Errors.    A verb that fails leaves the store as it was, and its sentence names
 *            the store. each() answering non-zero ends a walk and is returned.
 */
#ifndef IO_STORE_STORE_H
#define IO_STORE_STORE_H

#include "io/crux_io.h"

#include <pthread.h>

/* The run of a store. Strings are their holder's to free. */
struct store_run {
    char *configuration, *settings, *input_sha256, *input_name;
    uint64_t skipped;
    char run_id[17], config_hash[65];
};

/* A run about to begin, and which problems belong to it. */
struct store_begin {
    const struct crux_run *run;
    const char *run_id, *config_hash;
    const struct crux_problems *problems;
    bool (*wanted)(void *context, const char *id); /* NULL: all */
    void *context;
};

/* A problem with its packed tree; frame is NULL while there is none. */
struct store_row {
    uint64_t ordinal;
    const char *id, *line;
    const void *frame;
    size_t size;
};

typedef int store_each_state(void *context, uint64_t ordinal, enum crux_problem_state state);
typedef int store_each_row(void *context, const struct store_row *row, struct crux_error *error);
typedef int store_each_failure(void *context, const char *sentence, uint64_t count);

struct store_verbs {
    void (*close)(struct crux_store *store);

    int (*load_run)(struct crux_store *store, struct store_run *out,
                    struct crux_error *error); /* CRUX_END: none has begun */
    int (*save_run)(struct crux_store *store, const struct store_begin *begin,
                    struct crux_error *error); /* with its problems, all or nothing */
    int (*save_settings)(struct crux_store *store, const char *settings, struct crux_error *error);

    /* Tree and state, all or nothing. */
    int (*keep)(struct crux_store *store, const struct crux_tree *tree, const void *frame,
                size_t size, struct crux_error *error);
    int (*reopen_broken)(struct crux_store *store, struct crux_error *error);
    int (*states)(struct crux_store *store, store_each_state *each, void *context,
                  struct crux_error *error); /* by ordinal */

    /* By ordinal: every finished problem; or the problem of that id, in any state. */
    int (*rows)(struct crux_store *store, const char *id, store_each_row *each, void *context,
                struct crux_error *error);
    /* The finished problem with the lowest ordinal above after, or none. */
    int (*row_after)(struct crux_store *store, int64_t after, store_each_row *each, void *context,
                     struct crux_error *error);
    int (*failures)(struct crux_store *store, store_each_failure *each, void *context,
                    struct crux_error *error);
    int (*near)(struct crux_store *store, const char *id, char *out, size_t size,
                struct crux_error *error); /* ids that stand beside it: "`a`, `b`", or "" */

    int (*save_pulse)(struct crux_store *store, const struct crux_pulse *pulse,
                      struct crux_error *error);
    int (*totals)(struct crux_store *store, struct crux_summary *out,
                  struct crux_error *error); /* its numbers and the last pulse */
};

/* What the shared half remembers of a problem. */
struct store_mark {
    uint64_t ordinal;
    enum crux_problem_state state;
};

struct crux_store {
    const struct store_verbs *verbs;
    char *path;
    bool write;
    pthread_mutex_t mutex;
    pthread_mutex_t turn;     /* held by whoever is next */
    struct store_mark *marks; /* by ordinal */
    size_t mark_count, mark_room;
    struct store_run run; /* as told in a summary; configuration NULL: not yet */
};

/* For a moment nobody else writes the file; not from within a verb. */
void store_enter(struct crux_store *store);
void store_leave(struct crux_store *store);

/* A SQLite file. The shared half's members are left 0. */
int tables_open(struct crux_store **out, const char *path, bool write, struct crux_error *error);

#endif
