/*
 * trees.h - a pass over the finished trees of a store: what is to be learnt of some of their paths,
 * asked with many questions in flight, and kept beside the trees as findings.
 *
 *     store --tree--> work->items() --items, one a path--> next() --question--> port
 *                                                      ^                       |
 *                                                      '---- answered() <------'
 *     all items of a tree are done --finding() of each--> store
 *
 * A work says about which paths of a tree it has something to learn, what is asked about each, and
 * what is written down. Here is the rest: so many trees are open that the questions in flight stay
 * as many as allowed; a path that has a finding of this kind and maker already is left out;
 * findings are kept when all items of their tree are done, after the replies that they stand on. So
 * a pass that was killed goes on where it was: trees that are done are not looked at again, and
 * what was asked about others is in the ledger.
 *
 * Repeats.    What an item asks may depend on what it was answered, and on nothing else; seeds are
 *             as passes.h has them. Trees are opened in the order of the input.
 * Ownership.  The store is the caller's. A tree, with what was learnt of it before and with its
 *             paths, lives until its last item is done. Items are the work's, from items() to
 *             free_item(), which a pass that is stopped calls before they are done.
 * Threads.    Those of its pass: one.
 * Errors.     As in crux.h. An item whose calls failed for good has no finding: it is counted, and
 *             the same pass asks again.
 */
#ifndef IO_PASSES_TREES_H
#define IO_PASSES_TREES_H

#include "io/learnt.h"
#include "io/passes/passes.h"
#include "io/paths.h"

struct trees;
struct trees_item;
struct trees_work;

/* An open tree. */
struct trees_tree {
    struct trees *of;
    struct crux_tree *tree;
    struct learnt learnt;            /* before this pass */
    struct paths paths;              /* of the tree */
    struct trees_item *items, *last; /* as they were added */
    uint32_t left;                   /* of them: not done */
    struct trees_tree *previous, *next;
};

/* Something to learn about a path. The work's own grows after it; zeroed before trees_add(). */
struct trees_item {
    struct trees_tree *of;
    uint32_t rollout;
    const char *maker; /* of its finding, the work's, while the item lives; NULL: as all others */
    char *failure;     /* by the work, from malloc(): why there is no finding; NULL: there is one */
    bool empty;        /* by the work: its finding says that there is nothing to say */
    bool ready, done;
    struct trees_item *next, *next_ready;
};

/* Add what there is to learn of a tree, by trees_add(). */
typedef int trees_items(struct trees_work *self, struct trees_tree *tree, struct crux_error *error);

/* The next question about an item. CRUX_OK; CRUX_PENDING: none before one of its own, in flight, is
 * answered, or trees_wake(); CRUX_END: it is done, and nothing of it is in flight; or negative. */
typedef int trees_next(struct trees_work *self, struct trees_item *item,
                       struct passes_question **out, struct crux_error *error);

/* As passes_answered(), of a question about this item. */
typedef int trees_answered(struct trees_work *self, struct trees_item *item,
                           struct passes_question *question, int status, struct crux_error *error);

/* What is kept of an item that is done and has not failed, an object from malloc(); NULL: nothing
 * can be said of it, and the next pass looks at it again. */
typedef int trees_finding(struct trees_work *self, struct trees_item *item, char **json,
                          struct crux_error *error);

struct trees_work {
    enum learnt_kind kind; /* of the findings */
    const char *maker;
    trees_items *items;
    trees_next *next;
    trees_answered *answered;
    trees_finding *finding;
    void (*free_item)(struct trees_item *item);
    /* For trees_estimate(): the policy or annotator calls that an item can take. */
    void (*estimate)(struct trees_work *self, const struct trees_item *item, uint64_t *least,
                     uint64_t *most);
};

struct trees_setup {
    struct crux_store *store; /* open for writing */
    struct trees_work *work;
    uint32_t in_flight; /* of the pass; twice as many items are open, or those of one tree */
    uint64_t limit;     /* trees to look at; 0: all */
    /* Every reply that has come is kept, or this says why not; NULL: nothing is paid for. */
    int (*flush)(void *context, struct crux_error *error);
    void *context;
};

struct trees_counts {
    uint64_t trees;    /* looked at */
    uint64_t items;    /* made; of these ... */
    uint64_t kept;     /* ... have their finding, */
    uint64_t nothing;  /* ... have none, or one that says nothing, */
    uint64_t failed;   /* ... failed for good */
    uint64_t before;   /* paths that had their finding before */
    char failure[400]; /* of the first that failed: problem, path and why; "": none */
};

int trees_open(struct trees **out, const struct trees_setup *setup, struct crux_error *error);
void trees_close(struct trees *trees); /* NULL is fine */

/* What the pass would do, without asking: all trees are opened, one after the other, and the calls
 * of their items added up. In place of a pass. */
int trees_estimate(struct trees *trees, uint64_t *least, uint64_t *most, struct crux_error *error);

/* For passes_run(). */
struct passes_work *trees_passes_work(struct trees *trees);

/* After passes_run(), whatever it said: keep what whole trees have given and is not kept yet. */
int trees_end(struct trees *trees, struct crux_error *error);

const struct trees_counts *trees_counted(const struct trees *trees);

/* From items(): is a finding about this rollout wanted? False: it has one. */
bool trees_wants(struct trees_tree *tree, uint32_t rollout);

/* Likewise of an item that has a maker of its own. */
bool trees_wants_by(struct trees_tree *tree, uint32_t rollout, const char *maker);

/* From answered(): what an item of the same tree waits for has come. */
void trees_wake(struct trees_item *item);

/* From items(): the item is the tree's now. */
void trees_add(struct trees_tree *tree, struct trees_item *item, uint32_t rollout);

#endif
