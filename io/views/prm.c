/*
 * prm.c - the view `prm`: steps with their labels, in the stepwise form that axolotl's trainer of
 * process reward models takes (and TRL's took).
 *
 * A row ends with the first wrong step: of what stands behind it nobody knows whether it is right,
 * as ProcessBench and ThinkPRM have it, too; columns of steps go on to the end. Labels are 0 or 1,
 * since trainers cast them to integers; what is softer stands in columns of its own.
 */
#include "io/views/columns.h"

static void prm_steps(struct json_row *out, const void *row, const void *item)
{
    const struct record *record = row;

    (void)item;
    columns_put_bare(out, &record->path, record_labels(record));
}

static void prm_labels(struct json_row *out, const void *row, const void *item)
{
    const struct record *record = row;

    (void)item;
    json_row_begin_list(out);
    for (size_t i = 0; i < record_labels(record); i++)
        json_row_integer(out, record_label(record, i) == CRUX_RIGHT);
    json_row_end_list(out);
}

static const struct view_field prm_fields[] = {
    COLUMNS_ID,
    COLUMNS_PROBLEM_ID,
    COLUMNS_FIELD("prompt", VIEW_TEXT, "the problem and a line break", columns_problem_line),
    COLUMNS_FIELD("completions", VIEW_TEXTS,
                  "the solution's steps, up to and with the first wrong one", prm_steps),
    COLUMNS_FIELD("labels", VIEW_INTEGERS, "of each: 1, it is right, or 0, it is wrong",
                  prm_labels),
    COLUMNS_STEPS,
    COLUMNS_ANSWERS,
    COLUMNS_IMAGES,
};

static int prm_put(void *context, const struct record *record, struct crux_error *error)
{
    if (!record_is_labelled(record))
        return CRUX_OK;
    return view_put(context, record, record->pair != NULL ? VIEW_WRONG : VIEW_RIGHT, error);
}

static int prm_rows(const struct view_tree *what, const struct view_run *run, struct view_out *out,
                    struct crux_error *error)
{
    return record_walk(what, run, prm_put, out, error);
}

const struct view view_prm = {
    .name = "prm",
    .help = "steps with labels 0 and 1, for trainers of process reward models",
    .story =
        "A row is a solution up to and with its first wrong step, and a label for each step. "
        "Wrong solutions of which no first wrong step is known are not here. Of a right solution "
        "all labels are 1: its answer is right and nothing that was asked speaks against a step, "
        "which is no proof that each is right. `step_values` are the soft labels: the share of "
        "right completions through a step, of `step_counts` of them; behind few a share says "
        "little, and those of the search itself are drawn where it hoped for most.",
    .checking = "Read `completions` in order: the one labelled 0, which is the last, is the first "
                "wrong step. `located` says how that is known.",
    .fields = prm_fields,
    .field_count = sizeof prm_fields / sizeof prm_fields[0],
    .rows = prm_rows,
};
