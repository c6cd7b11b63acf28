/*
 * prm800k.c - the view `prm800k`: solutions labelled step by step with their alternatives, in the
 * form of PRM800K (arXiv 2305.20050).
 *
 * The completions of a step are the path's own, which is the chosen one, and those that other
 * paths of the tree have in its place. An alternative is here only with a rating that its own row
 * gives it: so all labels of a tree are gathered before its first row. One that two rows rate
 * differently is left out.
 */
#include "io/views/columns.h"

#include <stdlib.h>

#include "io/seal.h"
#include "io/steps.h"

/* A step behind certain others, with its label. */
struct prm800k_step {
    uint64_t before, key; /* seals of the steps before it; of these and it */
    size_t order;         /* among all of the tree: as they were met */
    struct crux_text text;
    bool right;
    bool disputed; /* another row rates it otherwise */
};

/* All of a tree, first as they are met, then by what stands before them and order, each once. */
struct prm800k_tree {
    struct prm800k_step *steps;
    size_t count, room;
    struct view_out *out;
};

struct prm800k_row {
    struct record record;
    const struct prm800k_tree *tree;
    struct prm800k_step *own; /* those of the path that have labels */
};

/* --- gathering ----------------------------------------------------------------------------- */

static int prm800k_no_memory(const struct record *record, struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for the labels of problem %s",
                     record->about.what->tree->problem->id);
}

/* The steps of a record that have labels. */
static void prm800k_read(const struct record *record, struct prm800k_step *steps, size_t order)
{
    uint64_t key = SEAL_NONE;

    for (size_t i = 0; i < record_labels(record); i++) {
        struct crux_text bare = steps_bare(record->path.steps[i]);
        uint64_t before = key;

        key = seal_add(key, 's', bare.start, bare.length);
        steps[i] = (struct prm800k_step){
            before, key, order + i, bare, record_label(record, i) == CRUX_RIGHT, false};
    }
}

static int prm800k_gather(void *context, const struct record *record, struct crux_error *error)
{
    struct prm800k_tree *tree = context;
    size_t count;

    if (!record_is_labelled(record))
        return CRUX_OK;
    count = record_labels(record);
    if (tree->room - tree->count < count) {
        size_t room = 2 * (tree->count + count);
        struct prm800k_step *grown = realloc(tree->steps, room * sizeof *grown);

        if (grown == NULL)
            return prm800k_no_memory(record, error);
        tree->steps = grown;
        tree->room = room;
    }
    prm800k_read(record, tree->steps + tree->count, tree->count);
    tree->count += count;
    return CRUX_OK;
}

static int prm800k_compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int prm800k_by_key(const void *a, const void *b)
{
    const struct prm800k_step *x = a, *y = b;
    int order = prm800k_compare(x->key, y->key);

    return order != 0 ? order : prm800k_compare(x->order, y->order);
}

static int prm800k_by_place(const void *a, const void *b)
{
    const struct prm800k_step *x = a, *y = b;
    int order = prm800k_compare(x->before, y->before);

    return order != 0 ? order : prm800k_compare(x->order, y->order);
}

/* Of equal steps behind equal ones the first is kept. */
static void prm800k_settle(struct prm800k_tree *tree)
{
    size_t kept = 0;

    if (tree->count == 0)
        return;
    qsort(tree->steps, tree->count, sizeof *tree->steps, prm800k_by_key);
    for (size_t i = 1; i < tree->count; i++) {
        struct prm800k_step *last = &tree->steps[kept];

        if (tree->steps[i].key == last->key)
            last->disputed |= tree->steps[i].right != last->right;
        else
            tree->steps[++kept] = tree->steps[i];
    }
    tree->count = kept + 1;
    qsort(tree->steps, tree->count, sizeof *tree->steps, prm800k_by_place);
}

/* --- columns: completions of a step --------------------------------------------------------- */

/* The first step of the tree that stands behind those. */
static const struct prm800k_step *prm800k_find(const struct prm800k_tree *tree, uint64_t before)
{
    size_t low = 0, high = tree->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (tree->steps[middle].before < before)
            low = middle + 1;
        else
            high = middle;
    }
    return tree->steps + low;
}

static const void *prm800k_next_step(const void *row, const void *around, const void *item)
{
    const struct prm800k_row *labelled = row;
    const struct prm800k_step *next =
        item == NULL ? labelled->own : (const struct prm800k_step *)item + 1;

    (void)around;
    return next == labelled->own + record_labels(&labelled->record) ? NULL : next;
}

/* The path's own, then the others that may stand in its place. */
static const void *prm800k_next_completion(const void *row, const void *around, const void *item)
{
    const struct prm800k_tree *tree = ((const struct prm800k_row *)row)->tree;
    const struct prm800k_step *own = around, *next = item;

    if (next == NULL)
        return own;
    next = next == own ? prm800k_find(tree, own->before) : next + 1;
    while (next < tree->steps + tree->count && next->before == own->before &&
           (next->key == own->key || next->disputed))
        next++;
    return next < tree->steps + tree->count && next->before == own->before ? next : NULL;
}

#define COLUMN(name, value) COLUMNS_WRITE(prm800k_row, labelled, name, value)
#define STEP_COLUMN(name, value)                                                                   \
    static void name(struct json_row *out, const void *row, const void *item)                      \
    {                                                                                              \
        const struct prm800k_step *step = item;                                                    \
                                                                                                   \
        (void)row;                                                                                 \
        (void)step;                                                                                \
        value;                                                                                     \
    }

STEP_COLUMN(prm800k_text, json_row_step(out, step->text.start, step->text.length))
STEP_COLUMN(prm800k_rating, json_row_integer(out, step->right ? 1 : -1))
STEP_COLUMN(prm800k_no, json_row_bool(out, false))
STEP_COLUMN(prm800k_zero, json_row_integer(out, 0))
STEP_COLUMN(prm800k_labeler, view_text(out, "00000000-0000-0000-0000-000000000000"))
STEP_COLUMN(prm800k_timestamp, view_text(out, "1970-01-01T00:00:00.000000"))
COLUMN(prm800k_whole_steps,
       columns_put_bare(out, &labelled->record.path, labelled->record.path.count))
COLUMN(prm800k_answer, view_text(out, record_answer(&labelled->record)->answer))
COLUMN(prm800k_score, json_row_real(out, record_answer(&labelled->record)->reward))
COLUMN(prm800k_reason, view_text(out, labelled->record.pair != NULL ? "found_error" : "solution"))

static const struct view_field prm800k_fields[] = {
    COLUMNS_ID,
    COLUMNS_PROBLEM_ID,
    COLUMNS_FIELD("labeler", VIEW_TEXT, "nobody: the nil UUID", prm800k_labeler),
    COLUMNS_FIELD("timestamp", VIEW_TEXT, "no time: 1970", prm800k_timestamp),
    COLUMNS_FIELD("generation", VIEW_INTEGER, "0", prm800k_zero),
    COLUMNS_FIELD("is_quality_control_question", VIEW_BOOL, "false", prm800k_no),
    COLUMNS_FIELD("is_initial_screening_question", VIEW_BOOL, "false", prm800k_no),
    {0, "question", VIEW_RECORD, "the problem and the whole solution", {NULL}},
    {1, "problem", VIEW_TEXT, "the problem", {columns_problem}},
    {1,
     "ground_truth_answer",
     VIEW_TEXT,
     "the reference answer; empty if there is none",
     {columns_reference_answer}},
    {1, "pre_generated_steps", VIEW_TEXTS, "the solution, step by step", {prm800k_whole_steps}},
    {1, "pre_generated_answer", VIEW_TEXT, "its answer", {prm800k_answer}},
    {1,
     "pre_generated_verifier_score",
     VIEW_REAL,
     "its reward by the outcome critic, 0 to 1",
     {prm800k_score}},
    {0, "label", VIEW_RECORD, "what is known of its steps", {NULL}},
    {1,
     "steps",
     VIEW_RECORDS,
     "the steps, up to and with the first wrong one",
     {.next = prm800k_next_step}},
    {2,
     "completions",
     VIEW_RECORDS,
     "the solution's own step, then those of other rows in its place",
     {.next = prm800k_next_completion}},
    {3, "text", VIEW_TEXT, "the step", {prm800k_text}},
    {3, "rating", VIEW_INTEGER, "1: it is right, -1: it is wrong", {prm800k_rating}},
    {3, "flagged", VIEW_BOOL, "false", {prm800k_no}},
    {2, "chosen_completion", VIEW_INTEGER, "0: the solution's own", {prm800k_zero}},
    {1, "total_time", VIEW_INTEGER, "0", {prm800k_zero}},
    {1,
     "finish_reason",
     VIEW_TEXT,
     "`found_error` or, of a right one, `solution`",
     {prm800k_reason}},
    COLUMNS_STEPS,
    COLUMNS_ANSWERS,
    COLUMNS_IMAGES,
};

/* --- rows ----------------------------------------------------------------------------------- */

static int prm800k_put(void *context, const struct record *record, struct crux_error *error)
{
    const struct prm800k_tree *tree = context;
    struct prm800k_row row = {.record = *record, .tree = tree};
    int status;

    if (!record_is_labelled(record))
        return CRUX_OK;
    row.own = calloc(record->path.count + 1, sizeof *row.own);
    if (row.own == NULL)
        return prm800k_no_memory(record, error);
    prm800k_read(record, row.own, 0);
    status = view_put(tree->out, &row, record->pair != NULL ? VIEW_WRONG : VIEW_RIGHT, error);
    free(row.own);
    return status;
}

static int prm800k_rows(const struct view_tree *what, const struct view_run *run,
                        struct view_out *out, struct crux_error *error)
{
    struct prm800k_tree tree = {.out = out};
    int status = record_walk(what, run, prm800k_gather, &tree, error);

    prm800k_settle(&tree);
    if (status == CRUX_OK)
        status = record_walk(what, run, prm800k_put, &tree, error);
    free(tree.steps);
    return status;
}

const struct view view_prm800k = {
    .name = "prm800k",
    .help = "steps with ratings and their alternatives, in the form of PRM800K",
    .story =
        "A row is a solution up to and with its first wrong step. Each step has its own text as "
        "the chosen completion, rated 1 or -1, and the other steps that the tree has in its place, "
        "as far as a row of theirs rates them. Who labelled and when is nobody and never. Rows are "
        "those of view prm, and a rating of 1 means what a label 1 means there.",
    .checking = "The chosen completions of `label.steps`, one after the other, are the beginning "
                "of `question.pre_generated_steps`. With `finish_reason` `found_error` the last "
                "one is rated -1 and those before it 1. An alternative is the chosen completion of "
                "another row with the same steps before it, and has its rating.",
    .fields = prm800k_fields,
    .field_count = sizeof prm800k_fields / sizeof prm800k_fields[0],
    .rows = prm800k_rows,
};
