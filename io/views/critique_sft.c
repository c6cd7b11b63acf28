/*
 * critique_sft.c - the view `critique-sft`: chats in which a critic is shown a solution and says
 * what is wrong with it, to train one.
 *
 * Of the records of view critique these are missing: wrong paths of which nothing is said; those
 * whose critique points at another step than the one that is known to be the first wrong one; and
 * right paths whose steps something speaks against, since it would be said of them that none needs
 * a correction.
 */
#include "io/views/columns.h"

#include <string.h>

#define COLUMN(name, value) COLUMNS_WRITE(record, record, name, value)

/* --- what is said ----------------------------------------------------------------------------- */

static void critique_sft_question(struct json_row *out, const struct record *record)
{
    json_row_begin_text(out);
    columns_add_problem(out, record->about.what->tree->problem);
    columns_add(out, "\n\nSolution:\n");
    columns_add_numbered(out, &record->path, 1);
    columns_add(out,
                "\nIs this solution right? Say which step is wrong first, if one is, and why.");
    json_row_end_text(out);
}

static void critique_sft_answer(struct json_row *out, const struct record *record)
{
    const char *text = record_text(record);

    json_row_begin_text(out);
    columns_add_step(out, (struct crux_text){text, strlen(text)});
    if (record_is_located(record)) {
        columns_add(out, "\nFirst wrong step: ");
        columns_add_number(out, (uint64_t)record->location.step + 1);
    }
    columns_add(out, record->pair != NULL ? "\nVerdict: wrong" : "\nVerdict: right");
    json_row_end_text(out);
}

COLUMN(critique_sft_user, critique_sft_question(out, record))
COLUMN(critique_sft_assistant, critique_sft_answer(out, record))

static const void *critique_sft_next(const void *row, const void *around, const void *item)
{
    static const struct columns_turn turns[] = {
        {"user", critique_sft_user}, {"assistant", critique_sft_assistant}, {NULL, NULL}};

    (void)row;
    (void)around;
    return columns_turn_after(turns, item);
}

COLUMN(critique_sft_verdict, json_row_integer(out, record->pair == NULL))
COLUMN(critique_sft_annotator, view_text(out, record_annotator(record)))

static const struct view_field critique_sft_fields[] = {
    COLUMNS_ID,
    COLUMNS_PROBLEM_ID,
    {0,
     "messages",
     VIEW_RECORDS,
     "problem and numbered steps, and what is to be said of them",
     {.next = critique_sft_next}},
    COLUMNS_TURN,
    COLUMNS_FIELD("verdict", VIEW_INTEGER, "1: the answer is right, 0: it is wrong",
                  critique_sft_verdict),
    COLUMNS_FIELD("annotator", VIEW_TEXT, "the annotating critic or pass; empty or `none`: nobody",
                  critique_sft_annotator),
    COLUMNS_VERIFIED(0),
    COLUMNS_STEPS,
    COLUMNS_ANSWERS,
    COLUMNS_SOURCE,
    COLUMNS_IMAGES,
};

/* --- rows ----------------------------------------------------------------------------------- */

static bool critique_sft_has(const struct record *record)
{
    if (record->pair == NULL)
        return record_is_labelled(record);
    return record->critique.text[0] != '\0' &&
           (!record_is_located(record) || record->critique.step < 0 ||
            record->critique.step == record->location.step);
}

static int critique_sft_put(void *context, const struct record *record, struct crux_error *error)
{
    if (!critique_sft_has(record))
        return CRUX_OK;
    return view_put(context, record, record->pair != NULL ? VIEW_WRONG : VIEW_RIGHT, error);
}

static int critique_sft_rows(const struct view_tree *what, const struct view_run *run,
                             struct view_out *out, struct crux_error *error)
{
    int status = record_walk(what, run, critique_sft_put, out, error);

    return status == CRUX_OK ? record_walk_injected(what, run, critique_sft_put, out, error)
                             : status;
}

const struct view view_critique_sft = {
    .name = "critique-sft",
    .help = "chats in which a solution is criticised, to train a critic",
    .story =
        "A row is a solution as a user shows it, and its critique as an assistant's answer, with "
        "the number of the first wrong step (from 1, as in the question) where that is known, and "
        "the verdict. Wrong solutions without a critique are not here, nor those whose critique "
        "points at another step than the one that is known to be wrong, nor right ones with steps "
        "that a critic or completions speak against.",
    .checking = "Read the question, judge the step that the answer names, and compare. "
                "`with_right` of `with_count` answers were right that a policy refined with the "
                "critique, `without_right` of `without_count` without it.",
    .fields = critique_sft_fields,
    .field_count = sizeof critique_sft_fields / sizeof critique_sft_fields[0],
    .rows = critique_sft_rows,
};
