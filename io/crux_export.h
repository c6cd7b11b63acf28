/*
 * crux_export.h - data sets: views of finished trees as a folder, and what an export tells of
 * itself.
 *
 * A part of crux_io.h, which includes it: include that.
 *
 * Threads. One at a time. Errors. As there.
 */
#ifndef CRUX_EXPORT_H
#define CRUX_EXPORT_H

#include "search/crux.h"

#ifdef __cplusplus
extern "C" {
#endif

struct crux_store;

/* What was paid; price in billionths of the currency. */
struct crux_paid {
    uint64_t calls, prompt_tokens, completion_tokens;
    int64_t price;
};

/* From answers to examples: how many paths are left at each step of the way, and what that has
 * cost. answers -> pairs -> located -> annotated -> verified -> kept */
struct crux_funnel {
    uint64_t trees, without_right, without_wrong; /* trees without an answer of that verdict */
    uint64_t right, wrong, unknown;               /* answers, by their verdict */
    uint64_t rights;                              /* distinct right paths */
    uint64_t pairs;      /* distinct wrong paths that part from a right one */
    uint64_t located[5]; /* of these, by how their first wrong step is known: not, between,
                            estimated, agreed, proved */
    uint64_t annotated;  /* that have a critique */
    uint64_t verified;   /* whose critique was tried */
    uint64_t kept_wrong, kept_right;    /* paths that become rows */
    struct crux_paid search, passes[5]; /* by the search; to locate, to annotate, to verify, to put
                                           false details in, to find them */
};

/* What of a tree becomes rows, in the views that choose. */
struct crux_choice {
    double gap;     /* preference: least difference of two values (iTool: 0.1) ... */
    double overlap; /* ... most words that two steps share, of the one that has fewer (iTool: 0.95);
                       sft: that two answers to one problem share ... */
    double floor;   /* ... and least value of the better step (0) */
    uint32_t diverse;            /* sft: right answers to a problem, at most (1) */
    double margin;               /* ranking: least difference of two values (0: any) ... */
    uint32_t visits;             /* ... least visits of both (1) ... */
    enum crux_siblings siblings; /* ... and with which lower siblings the best is paired (all) */
};

CRUX_API struct crux_choice crux_choice_default(void);

/* --- the page --- */

/* One HTML file with problems of stores (shards of one run), to be opened in a browser: an index of
 * them, whatever their state, and of those that have a tree the tree, its pairs and what was learnt
 * of them. It asks for nothing from anywhere. No time, path or host is in it: same trees, same
 * bytes. `html` among the views of an export writes the same, of all problems, as index.html at the
 * top of the folder.
 *
 * The page holds the nodes of the trees in the order of the input until there is no more room. Of a
 * tree that is too large these come first: the path to the best answer, those of pairs, then the
 * nodes with most visits. What is left out is counted on the page, and in *out. */
#define CRUX_PAGE_NODES 50000

struct crux_page {
    struct crux_store **stores;
    size_t store_count;
    const char *const *ids; /* which problems, and in which order; the stores' first must have a
                               tree of each, else CRUX_INPUT */
    size_t id_count;        /* 0: all of all stores, in the order of the input */
    uint64_t nodes;         /* that the page may hold; 0: CRUX_PAGE_NODES */
    bool (*stopped)(void);  /* as above */

    /* Takes the next bytes of the page; a negative answer ends it. */
    int (*put)(void *context, const char *bytes, size_t length, struct crux_error *error);
    void *context;
};

struct crux_paged {
    uint64_t problems;                  /* in the index */
    uint64_t bodies, nodes;             /* trees, and nodes, that are on the page */
    uint64_t left_problems;             /* trees of which nothing is */
    uint64_t left_nodes, left_rollouts; /* that are not, in all */
};

CRUX_API int crux_page_write(const struct crux_page *page, struct crux_paged *out,
                             struct crux_error *error);

/* --- data sets --- */

/* Write views of the trees of stores (shards of one run; merged in the order of
 * the input) as a folder that Hugging Face `datasets` loads as it stands:
 * README.md, manifest.json, data/VIEW/train-00000-of-00001.jsonl. The folder is
 * built beside its place and renamed; one that is there is replaced only with
 * force. What is lacking is written to *out and counted in the manifest. No time, path or host is
 * written: same trees, same bytes.
 *
 * Problems that are like an earlier one are counted, and so are those that are like one of the
 * files in against: word by word, or in a share of their sets of three words in a row (Jaccard), of
 * dedup or of 0.8. Problems with other pictures, numbers or targets are not alike. */
struct crux_export {
    struct crux_store **stores;
    size_t store_count;
    const char *const *views; /* names; see crux_view_name() */
    size_t view_count;
    const char *to;
    bool force;
    const char *keep_if; /* an expression over what is known of a path, in views whose rows are
                            paths; NULL: all are kept */
    const char *located; /* an index becomes a label when it is known at least so: `estimated`,
                            `agreed` or `proved`; NULL: estimated */
    bool injected;       /* paths with false details (`crux inject`) become rows, too, marked so */
    const struct crux_choice *choice; /* NULL: crux_choice_default() */
    bool (*stopped)(void); /* asked again and again; true: it is given up, CRUX_STOPPED, and leaves
                              nothing. NULL: never */

    const char *split; /* "train=0.9,test=0.1": problems are split, by a hash of their id and
                          seed; one that is like an earlier one goes where that is. NULL: all is
                          train */
    const int64_t *split_seed;  /* NULL: the run's seed */
    double dedup;               /* above 0, at most 1: a problem that is as much like an earlier one
                                   is left out. 0: it is counted only */
    const char *const *against; /* files of problems, read strictly, as crux_problems_read() does */
    size_t against_count;
    bool drop_contaminated; /* leave problems out that are like one of theirs */
    bool compress; /* seal each file as one zstd frame; CRUX_INVALID for a view whose readers take
                      none */
    uint64_t page_nodes; /* that the page may hold, if `html` is among the views; 0:
                            CRUX_PAGE_NODES */
};

#define CRUX_VIEWS_MOST  64 /* of one export: there are fewer, and none is named twice */
#define CRUX_SPLITS_MOST 8

struct crux_exported {
    struct crux_funnel funnel;                               /* of the trees that were exported */
    uint64_t rows[CRUX_VIEWS_MOST];                          /* by position in views */
    uint64_t right[CRUX_VIEWS_MOST], wrong[CRUX_VIEWS_MOST]; /* of these; views may have others */
    uint64_t trees;                                          /* that were exported */
    uint64_t broken;     /* problems whose calls failed permanently: not exported */
    uint64_t unfinished; /* problems that still wait: not exported */
    uint64_t input;      /* problems of the whole input; 0: stores of an earlier version
                            that lack a shard do not say */
    char lacks[600];     /* the shards that none of the stores is, and the first problems without a
                            tree; "": nothing is lacking */

    uint64_t same, alike;        /* finished problems that say what an earlier one says, word by
                                    word; that are like it */
    uint64_t contaminated;       /* that are like one of the files */
    char contaminated_with[600]; /* the first of them, with theirs */
    uint64_t deduped, decontaminated; /* left out for that */
    struct crux_paged paged; /* if `html` is among the views: its rows are problems with a tree on
                                the page */
    size_t split_count;
    struct {
        char name[32];
        uint64_t problems;
        uint64_t rows[CRUX_VIEWS_MOST];
    } splits[CRUX_SPLITS_MOST];
};

CRUX_API int crux_export(const struct crux_export *what, struct crux_exported *out,
                         struct crux_error *error);

/* The rows of one view instead of a folder, one after the other, each a line of JSON without its
 * end: the bytes of the folder's file. One tree is in memory at a time. `to` and `force` say
 * nothing here; CRUX_INVALID with several views, split or compress. Trees that are alike are looked
 * for, and counted, only with dedup or against; then temporary files are made in $TMPDIR, or /tmp.
 * That no problem is finished yet is no failure: there are no rows then.
 *
 * A negative status of row() ends it and is returned. After a failure, as a damaged tree is, the
 * rows so far have been good. Those of a tree whose reading fails are not begun. */
typedef int crux_export_row(void *context, const char *row, size_t length,
                            struct crux_error *error);
CRUX_API int crux_export_rows(const struct crux_export *what, crux_export_row *row, void *context,
                              struct crux_exported *out, struct crux_error *error);

/* What a set of stores lacks to be the whole of a run, in the words of an export. */
struct crux_lack {
    uint64_t input; /* problems of the whole input; 0: not known */
    uint64_t finished, broken, unfinished;
    char lacks[600]; /* as in struct crux_exported */
};

CRUX_API int crux_lacking(struct crux_store *const *stores, size_t count, struct crux_lack *out,
                          struct crux_error *error);

/* The views there are, but for `html`, which has no rows; NULL after the last. */
CRUX_API const char *crux_view_name(size_t index);
CRUX_API const char *crux_view_help(size_t index);

/* A name in keep_if, and what it stands for; NULL after the last. */
CRUX_API const char *crux_keep_name(size_t index, const char **meaning);

/* A tree as one JSON object, like a row of the view `trees`: without what lies beside it ... */
CRUX_API char *crux_tree_json(const struct crux_tree *tree, bool indent);

/* ... and with it: what that view writes of a store's tree, and `show --json` prints. Caller frees.
 */
CRUX_API int crux_store_tree_json(char **out, struct crux_store *store,
                                  const struct crux_tree *tree, bool indent,
                                  struct crux_error *error);

#ifdef __cplusplus
}
#endif

#endif
