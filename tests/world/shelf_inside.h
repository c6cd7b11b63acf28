/*
 * shelf_inside.h - what a store in memory keeps, for the two files that keep it.
 */
#ifndef TESTS_SHELF_INSIDE_H
#define TESTS_SHELF_INSIDE_H

#include "tests/world/shelf.h"

struct shelf_problem {
    uint64_t ordinal;
    char *id, *line, *failure;
    enum crux_problem_state state;
    struct crux_tree numbers; /* of its tree; points to nothing */
    void *frame;
    size_t size;
};

struct shelf_reply {
    struct store_reply reply; /* points to what follows */
    unsigned char key[STORE_KEY];
    char *backend, *text;
};

struct shelf_piece {
    struct store_order order;
    unsigned char *bytes;
};

struct shelf_finding {
    struct crux_finding finding;
    char *maker, *kind, *json;
};

/* What of the ledger there is: counts, so that a batch that fails is undone by taking them back. */
struct shelf_extent {
    size_t replies, pieces;
    int64_t lasted_ns;
};

struct shelf_kept {
    struct shelf_kept *next;
    char *name;
    struct store_run run;
    struct shelf_problem *problems;
    size_t problem_count;
    struct shelf_finding *findings;
    size_t finding_count;
    struct crux_pulse pulse;

    pthread_mutex_t mutex; /* of all below: the ledger's verbs come without the store's */
    bool has_ledger, broken;
    struct shelf_reply *replies;
    struct shelf_piece *pieces;
    struct shelf_extent now, committed;
    int64_t lasted_before_ns;
    uint64_t batches;
};

struct shelf {
    struct crux_store base;
    struct shelf_kept *kept;
};

struct shelf_kept *shelf_kept_by(const struct crux_store *store);
void *shelf_grow(void *items, size_t count, size_t size);
void *shelf_copy(const void *bytes, size_t size);
char *shelf_text(const char *text);
struct shelf_problem *shelf_problem_at(struct shelf_kept *kept, uint64_t ordinal);

/* Let go of what a batch has put and not committed. */
void shelf_undo(struct shelf_kept *kept);

/* The verbs of the same names. */
int shelf_ledger_open(struct crux_store *store, struct crux_error *error);
void shelf_ledger_close(struct crux_store *store);
int shelf_ledger_begin(struct crux_store *store, struct crux_error *error);
int shelf_ledger_put_reply(struct crux_store *store, const struct store_reply *reply, bool *known,
                           struct crux_error *error);
int shelf_ledger_put_order(struct crux_store *store, const struct store_order *order,
                           struct crux_error *error);
int shelf_ledger_put_lasted(struct crux_store *store, int64_t lasted_ns, struct crux_error *error);
int shelf_ledger_end(struct crux_store *store, int status, struct crux_error *error);
int shelf_ledger_keys(struct crux_store *store, store_each_key *each, void *context,
                      struct crux_error *error);
int shelf_ledger_find(struct crux_store *store, const unsigned char *key, store_take_reply *take,
                      void *context, struct crux_error *error);
int shelf_ledger_order(struct crux_store *store, uint64_t problem, store_each_piece *each,
                       void *context, struct crux_error *error);
int shelf_ledger_costs(struct crux_store *store, struct store_costs *costs,
                       struct crux_error *error);

#endif
