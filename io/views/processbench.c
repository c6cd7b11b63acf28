/*
 * processbench.c - the view `processbench`: whole solutions with their first wrong step, in the
 * form of ProcessBench (arXiv 2412.06559), as tools that evaluate critics read it.
 *
 * A label is what is known. So of the wrong paths only those are here whose first wrong step is
 * known; and of the right ones, which have -1, those against whose steps nothing speaks.
 */
#include "io/views/columns.h"

#include "io/numbers.h"

#define COLUMN(name, value) COLUMNS_WRITE(record, record, name, value)

/* --- columns ------------------------------------------------------------------------------ */

COLUMN(processbench_steps, path_put(out, &record->path, 0, record->path.count))
COLUMN(processbench_is_right, json_row_bool(out, record->pair == NULL))

/* Outside of the numbers games: "". */
static void processbench_use_of(struct json_row *out, const struct crux_problem *problem)
{
    struct numbers_problem numbers;

    if (!numbers_problem_read(&numbers, problem->line))
        view_text(out, "");
    else
        view_text(out, numbers.use_all ? "all" : "any");
}

COLUMN(processbench_use, processbench_use_of(out, record->about.what->tree->problem))

static const struct view_field processbench_fields[] = {
    COLUMNS_ID,
    COLUMNS_FIELD("generator", VIEW_TEXT, "the policy as configured", columns_model),
    COLUMNS_FIELD("problem", VIEW_TEXT, "the problem", columns_prompt),
    COLUMNS_FIELD("steps", VIEW_TEXTS, "the whole solution, step by step", processbench_steps),
    COLUMNS_FIELD("final_answer_correct", VIEW_BOOL, "the answer was judged right",
                  processbench_is_right),
    COLUMNS_FIELD("label", VIEW_INTEGER,
                  "the first wrong step, counted from 0; -1: no step is known to be wrong",
                  columns_first_error),
    COLUMNS_FIELD("numbers", VIEW_INTEGERS,
                  "what may be used, each once; empty outside domain numbers", columns_numbers),
    COLUMNS_FIELD("target", VIEW_INTEGER, "what must be made; 0 outside domain numbers",
                  columns_target),
    COLUMNS_FIELD("use", VIEW_TEXT,
                  "`all` or `any`: must every number be used? Empty outside domain numbers",
                  processbench_use),
    COLUMNS_PROBLEM_ID,
    COLUMNS_STEPS,
    COLUMNS_ANSWERS,
    COLUMNS_IMAGES,
};

/* --- rows ----------------------------------------------------------------------------------- */

static int processbench_put(void *context, const struct record *record, struct crux_error *error)
{
    if (!record_is_labelled(record))
        return CRUX_OK;
    return view_put(context, record, record->pair != NULL ? VIEW_WRONG : VIEW_RIGHT, error);
}

static int processbench_rows(const struct view_tree *what, const struct view_run *run,
                             struct view_out *out, struct crux_error *error)
{
    return record_walk(what, run, processbench_put, out, error);
}

const struct view view_processbench = {
    .name = "processbench",
    .help = "whole solutions with their first wrong step, in the form of ProcessBench",
    .story =
        "A row is a whole solution: a right one, or a wrong one whose first wrong step is known, "
        "which `located` says how: proved, or by completions. Wrong solutions of which nobody "
        "knows it are left out; so are right ones where a critic of steps or completions speak "
        "against a step, and all of a problem without a right one. The -1 of a right one is no "
        "proof that each of its steps is right. The first six members are those of ProcessBench "
        "(arXiv 2412.06559), so what evaluates critics on that reads this, too.",
    .checking =
        "Take a row with a `label` of 0 or more and count `steps` from 0: that one is the first "
        "wrong step. If it is `proved`, the steps before it can still be gone on with to a right "
        "answer, and from it on no right answer can be reached; in domain numbers arithmetic shows "
        "it. If it is estimated, `step_rights` of `step_counts` completions were right behind the "
        "step before it, and none behind it.",
    .fields = processbench_fields,
    .field_count = sizeof processbench_fields / sizeof processbench_fields[0],
    .rows = processbench_rows,
};
