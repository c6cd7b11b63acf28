/*
 * kto.c - the view `kto`: whole answers, each with whether it is right, for trainers that learn
 * from answers that are no pairs.
 */
#include "io/views/columns.h"

COLUMNS_WRITE(record, record, kto_label, json_row_bool(out, record->pair == NULL))

static const struct view_field kto_fields[] = {
    COLUMNS_ID,
    COLUMNS_PROBLEM_ID,
    {0, "prompt", VIEW_TEXT, "the problem and a line break", {columns_problem_line}},
    {0,
     "completion",
     VIEW_TEXT,
     "the answer, from its first step to its last",
     {columns_joined_steps}},
    {0, "label", VIEW_BOOL, "the answer is right", {kto_label}},
    COLUMNS_STEPS,
    COLUMNS_ANSWERS,
    COLUMNS_IMAGES,
};

/* An answer without a step is no completion. */
static int kto_put(void *context, const struct record *record, struct crux_error *error)
{
    struct view_out *out = context;

    if (record->path.count == 0)
        return CRUX_OK;
    return view_put(out, record, record->pair == NULL ? VIEW_RIGHT : VIEW_WRONG, error);
}

static int kto_rows(const struct view_tree *what, const struct view_run *run, struct view_out *out,
                    struct crux_error *error)
{
    return record_walk(what, run, kto_put, out, error);
}

const struct view view_kto = {
    .name = "kto",
    .help = "whole answers, each with whether it is right",
    .story = "A row is a whole answer, right or wrong as its outcome was judged; one that nobody "
             "could judge is in no row. The wrong ones are those that part from a right answer to "
             "the same problem: a problem without a right one has none here.",
    .checking = "`completion` is an answer to `prompt`. Where `label` is true its last step says "
                "`reference_answer`, or what is the same; where it is false it does not.",
    .fields = kto_fields,
    .field_count = sizeof kto_fields / sizeof kto_fields[0],
    .rows = kto_rows,
};
