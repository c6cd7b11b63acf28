/*
 * math_shepherd.c - the view `math-shepherd`: steps that each end in a tag, and the same text with
 * a label in place of each tag, as Math-Shepherd (arXiv 2312.08935) was published.
 *
 * Readers find labels by the position of the tag. So a text that has it already makes no row, and
 * line breaks inside of a step become blanks, as a line is a step. A row ends with the first wrong
 * step, as in view prm.
 */
#include "io/views/columns.h"

#include <string.h>

#include "io/steps.h"

#define SHEPHERD_TAG        "\xd0\xba\xd0\xb8"

#define COLUMN(name, value) COLUMNS_WRITE(record, record, name, value)

/* --- columns ------------------------------------------------------------------------------ */

static void shepherd_add_step(struct json_row *out, struct crux_text step)
{
    struct crux_text left = steps_bare(step);
    const char *end;

    while ((end = memchr(left.start, '\v', left.length)) != NULL) {
        size_t length = (size_t)(end - left.start);

        json_row_add_text(out, left.start, length);
        columns_add(out, " ");
        left = (struct crux_text){end + 1, left.length - length - 1};
    }
    json_row_add_text(out, left.start, left.length);
}

static const char *shepherd_label(const struct record *record, size_t i)
{
    return record_label(record, i) == CRUX_RIGHT ? "+" : "-";
}

static void shepherd_put(struct json_row *out, const struct record *record, bool labels)
{
    json_row_begin_text(out);
    columns_add_problem(out, record->about.what->tree->problem);
    for (size_t i = 0; i < record_labels(record); i++) {
        columns_add(out, i == 0 ? " Step " : "\nStep ");
        columns_add_number(out, i + 1);
        columns_add(out, ": ");
        shepherd_add_step(out, record->path.steps[i]);
        columns_add(out, " ");
        columns_add(out, labels ? shepherd_label(record, i) : SHEPHERD_TAG);
    }
    json_row_end_text(out);
}

COLUMN(shepherd_input, shepherd_put(out, record, false))
COLUMN(shepherd_labels, shepherd_put(out, record, true))
COLUMN(shepherd_task, view_text(out, "crux"))

static const struct view_field shepherd_fields[] = {
    COLUMNS_ID,
    COLUMNS_PROBLEM_ID,
    COLUMNS_FIELD("input", VIEW_TEXT,
                  "the problem, then a line for each step, which ends in the tag `" SHEPHERD_TAG
                  "`",
                  shepherd_input),
    COLUMNS_FIELD("label", VIEW_TEXT,
                  "the same with `+`, the step is right, or `-`, it is wrong, in place of each tag",
                  shepherd_labels),
    COLUMNS_FIELD("task", VIEW_TEXT, "`crux`", shepherd_task),
    COLUMNS_STEPS,
    COLUMNS_ANSWERS,
    COLUMNS_IMAGES,
};

/* --- rows ----------------------------------------------------------------------------------- */

static bool shepherd_is_tagged(const struct record *record)
{
    const char *prompt = record->about.what->tree->problem->prompt;

    if (prompt != NULL && strstr(prompt, SHEPHERD_TAG) != NULL)
        return true;
    for (size_t i = 0; i < record_labels(record); i++)
        if (memmem(record->path.steps[i].start, record->path.steps[i].length, SHEPHERD_TAG,
                   strlen(SHEPHERD_TAG)) != NULL)
            return true;
    return false;
}

static int shepherd_put_row(void *context, const struct record *record, struct crux_error *error)
{
    if (!record_is_labelled(record) || shepherd_is_tagged(record))
        return CRUX_OK;
    return view_put(context, record, record->pair != NULL ? VIEW_WRONG : VIEW_RIGHT, error);
}

static int shepherd_rows(const struct view_tree *what, const struct view_run *run,
                         struct view_out *out, struct crux_error *error)
{
    return record_walk(what, run, shepherd_put_row, out, error);
}

const struct view view_math_shepherd = {
    .name = "math-shepherd",
    .help = "steps that end in a tag, and their labels, in the form of Math-Shepherd",
    .story =
        "A row is a solution up to and with its first wrong step. `input` has a line for each "
        "step, which ends in the tag `" SHEPHERD_TAG "`; `label` is the same text with `+` or `-` "
        "in place of the tags. Line breaks inside of a step are blanks here. Rows are those of "
        "view prm, without those whose texts have the tag themselves.",
    .checking = "Put the tag in place of each `+` or `-` at the end of a line of `label`: that is "
                "`input`. The step of the last line is the first wrong one if its label is `-`.",
    .fields = shepherd_fields,
    .field_count = sizeof shepherd_fields / sizeof shepherd_fields[0],
    .rows = shepherd_rows,
};
