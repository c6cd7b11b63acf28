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

/* What happened to intents and refusals, in order: what still stands is found by going through. */
enum memory_store_what { MEMORY_INTENT, MEMORY_SETTLED, MEMORY_REFUSAL, MEMORY_TAKEN };

struct memory_store_event {
    enum memory_store_what what;
    int64_t number;
    struct account_sum sum; /* its worst case, its cost, or what is left of either */
    char *backend;
    uint64_t problem;
    struct store_refusal refusal; /* points to what follows */
    void *keys, *body;
    char *why;
};

struct memory_store_finding {
    struct crux_finding finding;
    char *maker, *kind, *json;
};

/* What of the ledger there is: counts, so that a batch that fails is undone by taking them back. */
struct memory_store_extent {
    size_t replies, pieces, events;
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
    struct memory_store_event *events;
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
void memory_store_undo_events(struct memory_store_kept *kept);

/* Between these the mutex of the kept one is held; unlock answers status. */
struct memory_store_kept *memory_store_lock(const struct crux_store *store);
int memory_store_unlock(struct memory_store_kept *kept, int status);

/* What the index-th event still costs, and whether it is a refusal. False: nothing. */
bool memory_store_stands(const struct memory_store_kept *kept, size_t index,
                         struct account_sum *out, bool *refused);

/* The verbs of the same names. */
int memory_store_ledger_open(struct crux_store *store, struct crux_error *error);
void memory_store_ledger_close(struct crux_store *store);
int memory_store_ledger_begin(struct crux_store *store, bool lasting, struct crux_error *error);
int memory_store_ledger_put_reply(struct crux_store *store, const struct store_reply *reply,
                                  bool *known, struct crux_error *error);
int memory_store_ledger_put_intent(struct crux_store *store, const struct store_intent *intent,
                                   int64_t *number, struct crux_error *error);
int memory_store_ledger_put_refusal(struct crux_store *store, const struct store_refusal *refusal,
                                    struct crux_error *error);
int memory_store_ledger_settle_intent(struct crux_store *store, int64_t number,
                                      const struct account_sum *left, struct crux_error *error);
int memory_store_ledger_settle_refusal(struct crux_store *store, int64_t number,
                                       const struct account_sum *left, bool *there,
                                       struct crux_error *error);
int memory_store_ledger_refused(struct crux_store *store, store_each_key *each, void *context,
                                struct crux_error *error);
int memory_store_ledger_find_refusal(struct crux_store *store, const unsigned char *key,
                                     store_take_refusal *take, void *context,
                                     struct crux_error *error);
int memory_store_ledger_put_order(struct crux_store *store, const struct store_order *order,
                                  struct crux_error *error);
int memory_store_ledger_put_lasted(struct crux_store *store, int64_t lasted_ns,
                                   struct crux_error *error);
int memory_store_ledger_end(struct crux_store *store, int status, struct crux_error *error);
int memory_store_ledger_keys(struct crux_store *store, store_each_key *each, void *context,
                             struct crux_error *error);
int memory_store_ledger_find(struct crux_store *store, const unsigned char *key,
                             store_take_reply *take, void *context, struct crux_error *error);
int memory_store_ledger_recall(struct crux_store *store, const unsigned char *mark,
                               store_take_reply *take, void *context, struct crux_error *error);
int memory_store_ledger_order(struct crux_store *store, uint64_t problem, store_each_piece *each,
                              void *context, struct crux_error *error);
int memory_store_ledger_costs(struct crux_store *store, struct store_costs *costs,
                              struct crux_error *error);

#endif
