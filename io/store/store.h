/*
 * store.h - what a store must be able to do, whatever it is made of.
 *
 * store.c is the half that every kind of store shares: it packs trees, reads lines,
 * compares configurations, remembers states, and lets its calls wait for each
 * other. A backend is the other half: it keeps rows and gives them back. It puts
 * struct crux_store first and grows after it. There is one, a SQLite file; another
 * needs a table of verbs and a way to recognize its paths in crux_store_open().
 * (tests/world/memory_store.h is a second one, in memory, for tests.)
 *
 *     problems, trees, findings  <-- io/store/store.c    verbs one at a time, under the mutex
 *     replies, orders            <-- io/ledger/          the verbs ledger_...: see Threads
 *
 * Ownership. A backend makes the struct and frees it in close(); of what is in it,
 *            it owns verbs, path and write. What a row holds, or an each() is given, lives
 *            for the length of the call.
 * Threads.   The shared half holds the mutex around every verb but those of the ledger. It
 *            may be taken again by its holder, so each() may call the store. The ledger's
 *            writing verbs are called by its writer thread between store_enter() and
 *            store_leave(): then neither ever finds the file locked, and neither starves. Its
 *            reading verbs are called without the mutex, by one thread at a time, and beside
 *            all others: they must not wait for what is being written. So a backend has a
 *            connection for trees, one for the ledger's writer, one for its readers.
 *            What must not be lost is written by store_patiently() (patience.h), without the
 *            mutex while it waits.
 * Errors.    A verb that fails leaves the store as it was, and its sentence names
 *            the store. each() answering non-zero ends a walk and is returned.
 */
#ifndef IO_STORE_STORE_H
#define IO_STORE_STORE_H

#include "io/account.h"
#include "io/crux_io.h"
#include "io/hash.h"
#include "io/store/patience.h"

#include <pthread.h>

struct json;

/* What a run is called, and by what it was begun (crux_io.h: begun_...). */
struct store_names {
    char run_id[17], config_hash[65], begun_sha256[HASH_HEX];
    uint64_t begun_lines;
};

/* The run of a store. Strings are their holder's to free. */
struct store_run {
    char *configuration, *settings, *input_sha256, *input_name;
    uint64_t skipped;
    struct store_names names; /* filled in by the shared half */
};

/* Its texts; it is empty then. */
void store_free_run(struct store_run *run);

/* A run about to begin, and which problems belong to it. */
struct store_begin {
    const struct crux_run *run;
    const char *settings; /* the run's, and what the store keeps beside them */
    const struct store_names *names;
    const struct crux_problems *problems;
    uint64_t first;                                /* the lowest ordinal that is new */
    bool (*wanted)(void *context, const char *id); /* NULL: all */
    void *context;
    bool fills; /* those of them that are there already stay as they are */
};

/* A problem with its packed tree; frame is NULL while there is none. */
struct store_row {
    uint64_t ordinal;
    const char *id, *line;
    const void *frame;
    size_t size;
};

/* Of problems those that are wanted: below 0, or 0 for most, says nothing. */
struct store_wanted {
    int64_t after; /* only those with a higher ordinal */
    int state;     /* enum crux_problem_state */
    int right;     /* 1: with a right path; 0: finished without one */
    uint32_t most; /* 1 or more */
};

/* A problem with what the store knows of it beside its tree. */
struct store_item {
    struct store_row row;
    enum crux_problem_state state;
    int reason;          /* enum crux_reason; below 0: it waits */
    const char *failure; /* why it failed, or has no pairs */
    uint64_t simulations, calls, prompt_tokens, completion_tokens, pairs, rights;
    int64_t price, search_ns;
};

/* The same, with the problem as it was read and its answers by verdict. */
struct store_listed {
    const struct store_item *item;
    const struct crux_problem *problem;
    uint64_t answers[CRUX_WRONG + 1];
};

/* --- of the ledger (io/ledger/ledger.h says what all this means) ---------------------- */

enum { STORE_KEY = HASH_BYTES, STORE_MARK = 8 }; /* a mark: the first bytes of a key */

#define STORE_NO_PROBLEM UINT64_MAX

/* A sample that a backend has given. */
struct store_reply {
    const unsigned char *key; /* STORE_KEY bytes */
    const char *backend;
    uint64_t problem; /* its ordinal, or STORE_NO_PROBLEM */
    const char *text;
    size_t length;
    uint32_t prompt, cached, completion, reasoning; /* tokens */
    int64_t price;
    bool first; /* of its request */
};

/* A request that is about to be sent: what it may cost at most. */
struct store_intent {
    const unsigned char *key; /* of its first sample */
    const char *backend;
    uint64_t problem;
    const struct account_sum *worst;
};

/* A reply that was paid for and could not be read, with the keys of its samples, one after the
 * other. */
struct store_refusal {
    int64_t number; /* of one that is found; a new one gets its own */
    const unsigned char *keys;
    uint32_t samples;
    const char *backend;
    uint64_t problem;
    const char *body;
    size_t length;
    struct account_sum cost;
    bool same_again; /* asked again, the server would answer the same */
    const char *why; /* one sentence */
};

/* A piece of the order in which a tree's simulations settled, in bytes that only the ledger
 * understands. */
struct store_order {
    uint64_t problem;
    bool forget; /* the pieces that are there */
    const unsigned char *bytes;
    size_t length;
};

/* What was paid, by backend or by problem. name is the backend's, or the problem's id; "" where
 * there is none. */
enum store_payer { STORE_BACKEND, STORE_PROBLEM };

typedef void store_each_cost(void *context, enum store_payer by, const char *name,
                             const struct account_sum *paid);

struct store_costs {
    struct account_sum paid;      /* in all: for replies, and ... */
    struct account_sum refused;   /* ... of it for replies that could not be read, and ... */
    struct account_sum unsettled; /* ... the worst cases of requests of which nothing tells it */
    int64_t lasted_ns;            /* all sessions */

    /* NULL: the rest is not wanted. It is called for every backend, by name, then for the dearest
     * problems: by price, then by tokens, then by ordinal. */
    store_each_cost *each;
    void *context;
    uint32_t most;     /* problems that each() is called for */
    uint64_t problems; /* for which something was paid */
};

/* A finished tree that is to be kept, packed, and what is known about it from the first. */
struct store_tree {
    const struct crux_tree *tree;
    const void *frame;
    size_t size;
    const struct crux_finding *findings;
    size_t finding_count;
};

typedef int store_take_reply(void *context, const struct store_reply *reply,
                             struct crux_error *error);
typedef int store_take_refusal(void *context, const struct store_refusal *refusal,
                               struct crux_error *error);
typedef bool store_each_key(void *context, const unsigned char *key);
typedef bool store_each_piece(void *context, const unsigned char *bytes, size_t length);

typedef int store_each_state(void *context, uint64_t ordinal, enum crux_problem_state state);
typedef int store_each_row(void *context, const struct store_row *row, struct crux_error *error);
typedef int store_each_finding(void *context, const struct crux_finding *finding,
                               struct crux_error *error);
typedef int store_each_lacking(void *context, const char *id, enum crux_problem_state state);
typedef int store_each_failure(void *context, const char *sentence, uint64_t count);
typedef int store_each_item(void *context, const struct store_item *item, struct crux_error *error);
typedef int store_each_listed(void *context, const struct store_listed *listed,
                              struct crux_error *error);

struct store_verbs {
    void (*close)(struct crux_store *store); /* a writer's last pulse has no process then */

    /* Make a store of an earlier version one of this version, all or nothing. */
    int (*migrate)(struct crux_store *store, struct crux_error *error);

    int (*load_run)(struct crux_store *store, struct store_run *out,
                    struct crux_error *error); /* CRUX_END: none has begun */
    int (*save_run)(struct crux_store *store, const struct store_begin *begin,
                    struct crux_error *error); /* with its problems, all or nothing */
    int (*extend_run)(struct crux_store *store, const struct store_begin *begin,
                      struct crux_error *error); /* input and settings become these, and problems
                                                    are added, all or nothing; migrates, too */
    int (*save_settings)(struct crux_store *store, const char *settings, struct crux_error *error);

    /* Tree, findings and state, all or nothing. */
    int (*keep)(struct crux_store *store, const struct store_tree *kept, struct crux_error *error);
    int (*reopen_broken)(struct crux_store *store, struct crux_error *error);
    int (*states)(struct crux_store *store, store_each_state *each, void *context,
                  struct crux_error *error); /* by ordinal */

    /* Was it a full disk or a lock that made the last of keep() and put_findings() fail? Then
     * nothing is written, and it may pass. */
    bool (*may_pass)(struct crux_store *store);

    /* By ordinal: every problem, whatever its state, without its tree. CRUX_END ends the walk. */
    int (*problems)(struct crux_store *store, store_each_row *each, void *context,
                    struct crux_error *error);
    /* By ordinal: every finished problem; or the problem of that id, in any state. */
    int (*rows)(struct crux_store *store, const char *id, store_each_row *each, void *context,
                struct crux_error *error);
    /* The finished problem with the lowest ordinal above after, or none. */
    int (*row_after)(struct crux_store *store, int64_t after, store_each_row *each, void *context,
                     struct crux_error *error);
    int (*lacking)(struct crux_store *store, store_each_lacking *each, void *context,
                   struct crux_error *error); /* what is not finished, by ordinal */
    int (*failures)(struct crux_store *store, store_each_failure *each, void *context,
                    struct crux_error *error);
    int (*list)(struct crux_store *store, const struct store_wanted *wanted, store_each_item *each,
                void *context, struct crux_error *error); /* by ordinal; CRUX_END ends the walk */
    int (*refusals)(struct crux_store *store, store_each_failure *each, void *context,
                    struct crux_error *error); /* replies that could not be read, by why */
    int (*near)(struct crux_store *store, const char *id, char *out, size_t size,
                struct crux_error *error); /* ids that stand beside it: "`a`, `b`", or "" */

    /* All or nothing; in a store of an earlier version after making it one of this version, in
     * the same transaction. The walk is in the order that crux_io.h says. */
    int (*put_findings)(struct crux_store *store, const struct crux_finding *findings, size_t count,
                        struct crux_error *error);
    int (*findings)(struct crux_store *store, uint64_t problem, store_each_finding *each,
                    void *context, struct crux_error *error);

    int (*save_pulse)(struct crux_store *store, const struct crux_pulse *pulse,
                      struct crux_error *error);
    int (*totals)(struct crux_store *store, struct crux_summary *out,
                  struct crux_error *error); /* its numbers and the last pulse */

    /* The ledger is opened at most once in a store, before its other verbs are called, and
     * closed with the store or before. In a store that is open for writing it is made if there
     * is none, and a session begins. A reader of a store without one finds nothing in it. */
    int (*ledger_open)(struct crux_store *store, struct crux_error *error);
    void (*ledger_close)(struct crux_store *store);

    /* A batch: begun, filled, ended. Committed when status is CRUX_OK, else undone as a whole;
     * the status of both. What is committed survives the end of the process; and a power cut, as
     * does all that was committed before it, when it is lasting. */
    int (*ledger_begin)(struct crux_store *store, bool lasting, struct crux_error *error);
    int (*ledger_put_reply)(struct crux_store *store, const struct store_reply *reply, bool *known,
                            struct crux_error *error); /* known: the key was there, and stays */
    int (*ledger_put_intent)(struct crux_store *store, const struct store_intent *intent,
                             int64_t *number, struct crux_error *error); /* above 0 */
    int (*ledger_put_refusal)(struct crux_store *store, const struct store_refusal *refusal,
                              struct crux_error *error);
    /* What an intent still stands for, or a refusal whose body was read after all and goes: all 0,
     * and its row goes, too. there: it was there. */
    int (*ledger_settle_intent)(struct crux_store *store, int64_t number,
                                const struct account_sum *left, struct crux_error *error);
    int (*ledger_settle_refusal)(struct crux_store *store, int64_t number,
                                 const struct account_sum *left, bool *there,
                                 struct crux_error *error);
    int (*ledger_put_order)(struct crux_store *store, const struct store_order *order,
                            struct crux_error *error);
    int (*ledger_put_lasted)(struct crux_store *store, int64_t lasted_ns,
                             struct crux_error *error); /* of this session */
    int (*ledger_end)(struct crux_store *store, int status, struct crux_error *error);
    bool (*ledger_may_pass)(struct crux_store *store); /* the same of the last batch that failed */

    /* What is committed. each() false ends it: there is no memory, CRUX_MEMORY. */
    int (*ledger_keys)(struct crux_store *store, store_each_key *each, void *context,
                       struct crux_error *error);
    int (*ledger_find)(struct crux_store *store, const unsigned char *key, store_take_reply *take,
                       void *context, struct crux_error *error); /* CRUX_END: it is not there */
    /* The first reply by key of those whose key begins so, with its backend. */
    int (*ledger_recall)(struct crux_store *store, const unsigned char mark[STORE_MARK],
                         store_take_reply *take, void *context, struct crux_error *error);
    int (*ledger_refused)(struct crux_store *store, store_each_key *each, void *context,
                          struct crux_error *error); /* the keys of refusals that have a body */
    int (*ledger_find_refusal)(struct crux_store *store, const unsigned char *key,
                               store_take_refusal *take, void *context,
                               struct crux_error *error); /* the newest; CRUX_END: there is none */
    int (*ledger_order)(struct crux_store *store, uint64_t problem, store_each_piece *each,
                        void *context, struct crux_error *error); /* as they were put */
    int (*ledger_costs)(struct crux_store *store, struct store_costs *costs,
                        struct crux_error *error); /* all of one instant */
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
    pthread_mutex_t next;     /* held by the thread that gets the mutex next */
    struct store_mark *marks; /* by ordinal */
    size_t mark_count, mark_room;
    struct store_patience patience;
    struct store_run run; /* as a summary reports it; configuration NULL: not yet */
};

/* A store in a file may have others beside it, which go where it goes: the endings of their names,
 * behind its own. NULL: no more. */
const char *store_companion(size_t index);
bool store_is_companion(const char *name);

/* A page of the problems of a store, by ordinal. Nothing of the store is held from one page to the
 * next, so that a reader who takes his time keeps no writer's log from being folded in. */
int store_list(struct crux_store *store, const struct store_wanted *wanted, store_each_listed *each,
               void *context, struct crux_error *error);

/* Replies of the ledger that could not be read, by why, most frequent first; each() non-zero ends
 * the walk. */
int store_refusals(struct crux_store *store, store_each_failure *each, void *context,
                   struct crux_error *error);

/* What the program that writes a store tells of itself, a line of JSON in a file beside it: how its
 * session is doing, in more than the pulse has room for (io/cli/live.h). Advice for people, and no
 * part of the store: it may be of any age, torn or gone, so the process in it is to be compared
 * with the pulse's. text NULL: it has ended, and the file goes. */
#define STORE_TOLD      "-live"
#define STORE_TOLD_NEXT STORE_TOLD "~" /* until it is whole */
void store_tell(struct crux_store *store, const char *text);
char *store_told(const struct crux_store *store); /* NULL: nothing; the caller frees */

/* crux_store_keep() with findings about that tree, as crux_store_put_findings() takes them, in one
 * transaction. They are dropped with a tree that failed, which is not finished. */
int store_keep(struct crux_store *store, const struct crux_tree *tree,
               const struct crux_finding *findings, size_t count, struct crux_error *error);

/* Add a change to those that a run's settings tell (CRUX_CHANGES): a JSON object. CRUX_END: no run
 * has begun in the store. */
int store_note_change(struct crux_store *store, const char *change, struct crux_error *error);

/* Those of several stores, a JSON array of them, as one run would tell them: the last ones, oldest
 * first. The caller frees; NULL: no memory. */
struct json *store_order_changes(const struct json *changes);

/* Between these, no other thread writes the file; not from within a verb. */
void store_enter(struct crux_store *store);
void store_leave(struct crux_store *store);

/* The shared half of a store whose backend has just been opened; that is closed on failure. */
int store_complete(struct crux_store **out, struct crux_store *backend, struct crux_error *error);

#endif
