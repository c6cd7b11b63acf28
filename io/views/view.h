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
 *            list, 0 or -1, never null. No times, nothing of the machine.
 * Ownership. A view owns nothing. A row belongs to the view_emit() that it is given
 *            to, which frees it also when it fails.
 * Threads.   Views are constant and their functions pure: any thread.
 * Errors.    A row that could not be built is given to emit all the same; its
 *            json_text() is NULL, and that is where it is judged.
 */
#ifndef IO_VIEWS_VIEW_H
#define IO_VIEWS_VIEW_H

#include "io/crux_io.h"
#include "io/json.h"
#include "io/learnt.h"

/* What the rows need to know of the run that made their trees. */
struct view_run {
    const char *run_id;
    const char *config_hash;
    char *policy_model;         /* as configured; several: each with its kind */
    char *annotator;            /* as configured; "": no critic writes critiques */
    int64_t seed;               /* of the run */
    enum learnt_how least;      /* an index becomes a label if it is known as certainly as this;
                                   NOT: any that is known */
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

struct view_tree {
    const struct crux_tree *tree;
    const struct view_thought *thoughts; /* those before nodes, then those before rollouts */
    size_t thought_count;
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
    VIEW_TEXTS,    /* list of text */
    VIEW_INTEGERS, /* list of integers */
    VIEW_REALS,    /* list of numbers */
    VIEW_RECORD,   /* its fields follow in the table, one deeper */
    VIEW_RECORDS   /* list of records, likewise */
};

/* The value of a field. row is what the view gave to view_row(); item what next() found for the
 * nearest record above that has one, else NULL. */
typedef struct json *view_write(const void *row, const void *item);

/* What the fields of a record are about. Of a list of records, the one after item (NULL: the
 * first); NULL ends it. */
typedef const void *view_next(const void *row, const void *item);

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

/* Takes row. A negative status ends the rows. */
typedef int view_emit(void *context, struct json *row, struct crux_error *error);

struct view {
    const char *name;                /* as --view takes it; also its folder and its config */
    const char *help;                /* one line */
    const char *story;               /* for the card: what a row is */
    const char *checking;            /* for the card: how to check one row by hand */
    const struct view_field *fields; /* in the order of the rows' members */
    size_t field_count;
    int (*rows)(const struct view_tree *what, const struct view_run *run, view_emit *emit,
                void *context, struct crux_error *error);
};

/* One row: every field of the view's table, written. */
struct json *view_row(const struct view *view, const void *row);

extern const struct view view_critique, view_processbench, view_trees;

/* A text of the tree; "" for NULL. */
struct json *view_text(const char *text);

/* A step of the tree, or a text that quotes steps (steps_json()); "" for NULL. */
struct json *view_step(const char *text);

/* The id of a row about a path: the problem's, a letter and the path's number among those of it. */
struct json *view_path_id(const struct crux_problem *problem, char letter, uint32_t number);

/* What the problem's line says of the numbers games: a JSON array, empty outside of them; the
 * target, 0 outside. */
struct json *view_numbers(const struct crux_problem *problem);
struct json *view_target(const struct crux_problem *problem);

#endif
