/*
 * memory_store_inside.h - what a store in memory keeps, for the two files that keep it.
 */
#ifndef TESTS_WORLD_MEMORY_STORE_INSIDE_H
#define TESTS_WORLD_MEMORY_STORE_INSIDE_H

#include "tests/world/memory_store.h"

struct memory_store_problem {
    uint64_t ordinal;
    char *id, *line, *failure;
    enum crux_problem_state state;
    struct crux_tree numbers; /* of its tree; points to nothing */
    void *frame;
    size_t size;
};

struct memory_store_reply {
    struct store_reply reply; /* points to what follows */
    unsigned char key[STORE_KEY];
    char *backend, *text;
};

struct memory_store_piece {
    struct store_order order;
    unsigned char *bytes;
};

struct memory_store_finding {
    struct crux_finding finding;
    char *maker, *kind, *json;
};

/* What of the ledger there is: counts, so that a batch that fails is undone by taking them back. */
struct memory_store_extent {
    size_t replies, pieces;
    int64_t lasted_ns;
};

struct memory_store_kept {
    struct memory_store_kept *next;
    char *name;
    struct store_run run;
    struct memory_store_problem *problems;
    size_t problem_count;
    struct memory_store_finding *findings;
    size_t finding_count;
    struct crux_pulse pulse;

    pthread_mutex_t mutex; /* of all below: the ledger's verbs come without the store's */
    bool has_ledger, broken, full;
    struct memory_store_reply *replies;
    struct memory_store_piece *pieces;
    struct memory_store_extent now, committed;
    int64_t lasted_before_ns;
    uint64_t batches;
};

struct memory_store {
    struct crux_store base;
    struct memory_store_kept *kept;
};

struct memory_store_kept *memory_store_kept_by(const struct crux_store *store);
void *memory_store_grow(void *items, size_t count, size_t size);
void *memory_store_copy(const void *bytes, size_t size);
char *memory_store_text(const char *text);
struct memory_store_problem *memory_store_problem_at(struct memory_store_kept *kept,
                                                     uint64_t ordinal);

/* Let go of what a batch has put and not committed. */
bool memory_store_may_pass(struct crux_store *store);
void memory_store_undo(struct memory_store_kept *kept);

/* The verbs of the same names. */
int memory_store_ledger_open(struct crux_store *store, struct crux_error *error);
void memory_store_ledger_close(struct crux_store *store);
int memory_store_ledger_begin(struct crux_store *store, struct crux_error *error);
int memory_store_ledger_put_reply(struct crux_store *store, const struct store_reply *reply,
                                  bool *known, struct crux_error *error);
int memory_store_ledger_put_order(struct crux_store *store, const struct store_order *order,
                                  struct crux_error *error);
int memory_store_ledger_put_lasted(struct crux_store *store, int64_t lasted_ns,
                                   struct crux_error *error);
int memory_store_ledger_end(struct crux_store *store, int status, struct crux_error *error);
int memory_store_ledger_keys(struct crux_store *store, store_each_key *each, void *context,
                             struct crux_error *error);
int memory_store_ledger_find(struct crux_store *store, const unsigned char *key,
                             store_take_reply *take, void *context, struct crux_error *error);
int memory_store_ledger_order(struct crux_store *store, uint64_t problem, store_each_piece *each,
                              void *context, struct crux_error *error);
int memory_store_ledger_costs(struct crux_store *store, struct store_costs *costs,
                              struct crux_error *error);

#endif
