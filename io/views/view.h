/*
 * view.h - what a view is: a function from finished trees to rows of a data set.
 *
 * A view sees one tree at a time and knows nothing of folders, files or other
 * trees. It has a table of its fields, each with the function that writes its value;
 * rows, the card's `features`, the card's list of meanings and the tests of every row
 * are made from that one table, so a field that is written and one that is declared
 * cannot part.
 *
 * Rows.      One schema for every line: every field is in every row, with the type
 *            that the table says. What does not apply is an empty text, an empty
 *            list, 0 or -1, never null but in a VIEW_PLACE. No times, nothing of the machine.
 * Ownership. A view owns nothing. The text of a row is view_out's, until the next row.
 * Threads.   Views are constant and their functions pure: any thread.
 * Errors.    A field's function answers nothing: view_put() judges the row as a whole, with a
 *            sentence that names the problem.
 */
#ifndef IO_VIEWS_VIEW_H
#define IO_VIEWS_VIEW_H

#include "io/crux_io.h"
#include "io/json.h"
#include "io/json_row.h"
#include "io/learnt.h"

struct record;

/* Which paths become rows: *out, of a record (record.h). */
struct view_filter {
    int (*takes)(struct view_filter *self, const struct record *record, bool *out,
                 struct crux_error *error);
};

/* What the rows need to know of the run that made their trees. */
struct view_run {
    const char *run_id;
    const char *config_hash;
    char *policy_model;         /* as configured; several: each with its kind */
    char *between;              /* what stands between two steps of a whole answer (between.h) */
    bool pieces;                /* steps are cut by tokens: none is trimmed, and nothing is between
                                   two, in prefixes neither */
    char *annotator;            /* as configured; "": no critic writes critiques */
    int64_t seed;               /* of the run */
    enum learnt_how least;      /* an index becomes a label if it is known as certainly as this;
                                   NOT: any that is known */
    bool injected;              /* rows of paths with false details in them, too */
    struct view_filter *keep;   /* which paths become rows; NULL: all */
    struct crux_choice choice;  /* what becomes a row, in the views that choose */
    bool images;                /* may a problem have pictures? If not, no row has VIEW_IMAGES */
    struct json *configuration; /* object, option to value */
};

/* Read from a store's summary. Its strings must outlive the run. */
int view_run_open(struct view_run *out, const struct crux_summary *summary,
                  struct crux_error *error);
void view_run_close(struct view_run *run);

/* What a view makes rows of: a finished tree, and what lies beside it: what was thought about steps
 * of it, which are findings of kind `thoughts`, and what passes have learnt of its paths. */
struct view_thought {
    uint32_t node, rollout; /* before which of these; the other is CRUX_NO_NODE */
    const char *text;
};

/* The tokens that a step or the rest of an answer was sampled as: findings of kind `tokens`. */
struct view_tokens {
    uint32_t node, rollout; /* of which of these; the other is CRUX_NO_NODE */
    const int64_t *ids;     /* numbers, as the server knows them */
    const double *logprobs; /* of each */
    size_t count;
};

struct view_tree {
    const struct crux_tree *tree;
    const struct view_thought *thoughts; /* those before nodes, then those before rollouts */
    size_t thought_count;
    const struct view_tokens *tokens; /* likewise */
    size_t token_count;
    struct learnt learnt;
};

/* Read what lies beside a tree of the store, which stays its owner's. */
int view_tree_open(struct view_tree *out, struct crux_store *store, const struct crux_tree *tree,
                   struct crux_error *error);
void view_tree_close(struct view_tree *what);

enum view_type {
    VIEW_TEXT,
    VIEW_INTEGER,
    VIEW_REAL,
    VIEW_BOOL,
    VIEW_PLACE, /* integer, a position in a list, or null: nowhere. For readers that ask for null */
    VIEW_TEXTS, /* list of text */
    VIEW_IMAGES,   /* likewise: pictures. No column of the data set where no problem has any */
    VIEW_PICTURES, /* the same as a list of records, each {"image": text}; `write` writes all */
    VIEW_INTEGERS, /* list of integers */
    VIEW_REALS,    /* list of numbers */
    VIEW_RECORD,   /* its fields follow in the table, one deeper */
    VIEW_RECORDS   /* list of records, likewise */
};

/* The value of a field. row is what the view gave to view_put(); item what next() found for the
 * nearest record above that has one, else NULL. */
typedef void view_write(struct json_row *out, const void *row, const void *item);

/* What the fields of a record are about. Of a list of records, the one after item (NULL: the
 * first); NULL ends it. around: what the nearest record around is about, as item of view_write. */
typedef const void *view_next(const void *row, const void *around, const void *item);

struct view_field {
    unsigned depth; /* 0: a column; 1: a field of the record above, ... */
    const char *name;
    enum view_type type;
    const char *meaning; /* for the card: a phrase, maybe with Markdown, without '|' */
    union {
        view_write *write;
        view_next *next; /* RECORDS; RECORD: NULL, its fields are about the item of the one above */
    } how;
};

/* Is it a column only where a problem has pictures? */
bool view_is_of_pictures(const struct view_field *field);

/* What a row is about, for the balance of a data set. */
enum view_side { VIEW_NEITHER, VIEW_RIGHT, VIEW_WRONG };

/* Takes a row: one line of JSON, without its end. A negative status ends the rows. */
typedef int view_emit(void *context, const char *row, size_t length, enum view_side side,
                      struct crux_error *error);

/* Where rows go; zeroed but for emit and context. view_out_close() frees the buffer. */
struct view_out {
    view_emit *emit;
    void *context;
    struct json_row row;
    const struct view *view; /* that is being written ... */
    const struct view_tree *what;
    const struct view_run *run;
};

/* A file of a view, for what lies beside it. */
struct view_file {
    const char *split, *name; /* name: without the folder */
    uint64_t rows;
    bool images; /* its rows have VIEW_IMAGES */
};

struct view {
    const char *name;                /* as --view takes it; also its folder and its config */
    const char *help;                /* one line */
    const char *story;               /* for the card: what a row is */
    const char *checking;            /* for the card: how to check one row by hand */
    const struct view_field *fields; /* in the order of the rows' members */
    size_t field_count;
    /* Gives every row to view_put(). */
    int (*rows)(const struct view_tree *what, const struct view_run *run, struct view_out *out,
                struct crux_error *error);

    /* For what reads the files of this view; zero: like any other. */
    const char *file_ending; /* NULL: ".jsonl" */
    bool plain_only;         /* it takes no compressed files */
    const char *extra_name;  /* a file beside those of rows; NULL: none ... */
    char *(*extra_text)(const struct view_file *files, size_t count); /* ... and what is in it: the
                                                 caller frees; NULL without memory */
};

/* All rows of a tree in one view. */
int view_rows(const struct view *view, const struct view_tree *what, const struct view_run *run,
              struct view_out *out, struct crux_error *error);
void view_out_close(struct view_out *out);

/* Write a row, every field of the view's table, and hand it to emit. row is what the fields'
 * functions are given. */
int view_put(struct view_out *out, const void *row, enum view_side side, struct crux_error *error);

extern const struct view view_critique, view_critique_sft, view_verifier_sft, view_verifier_rl;
extern const struct view view_prm, view_prm_soft, view_prm800k, view_math_shepherd;
extern const struct view view_processbench, view_trees;
extern const struct view view_preference, view_preference_chat, view_kto, view_ranking,
    view_nemo_rl, view_sft, view_value, view_traces, view_verl, view_llama_factory;

/* A text of the tree; "" for NULL. */
void view_text(struct json_row *out, const char *text);

/* A step of the tree, or a text that quotes steps (json_row_step()); "" for NULL. */
void view_step(struct json_row *out, const char *text);

/* A text that has a step on each line: a list of them, without the empty ones. */
void view_lines(struct json_row *out, const char *text);

/* A place in a list of the tree; -1 for CRUX_NO_NODE. */
void view_place(struct json_row *out, uint32_t index);

/* A critic's score, -1 where it gave none; those of an opinion on each step. */
void view_score(struct json_row *out, double score);
void view_rewards(struct json_row *out, const struct crux_opinion *opinion);

/* What a remark is about, a rollout or else a node: the place of the one, -1 for the other. */
bool view_is_of_rollout(const struct crux_remark *remark);
void view_remark_node(struct json_row *out, const struct crux_remark *remark);
void view_remark_rollout(struct json_row *out, const struct crux_remark *remark);

/* The id of a row about a path: the problem's, a letter and the path's number among those of it. */
void view_path_id(struct json_row *out, const struct crux_problem *problem, char letter,
                  uint32_t number);

/* The problem's pictures, as its line names them. */
void view_images(struct json_row *out, const struct crux_problem *problem);

/* What the problem's line says of the numbers games: a list, empty outside of them; the target, 0
 * outside. */
void view_numbers(struct json_row *out, const struct crux_problem *problem);
void view_target(struct json_row *out, const struct crux_problem *problem);

#endif
