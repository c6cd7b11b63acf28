/*
 * verifier_rl.c - the view `verifier-rl`: a solution as a prompt and the index of its first wrong
 * step as the truth, for trainers that reward a verifier by rule.
 */
#include "io/views/columns.h"

#define COLUMN(name, value) COLUMNS_WRITE(record, record, name, value)

/* --- columns ------------------------------------------------------------------------------ */

static void verifier_rl_question(struct json_row *out, const struct record *record)
{
    json_row_begin_text(out);
    columns_add_problem(out, record->about.what->tree->problem);
    columns_add(out, "\n\nSolution:\n");
    columns_add_numbered(out, &record->path, 0);
    columns_add(out, "\nWhich step is wrong first? Put its number in \\boxed{}; \\boxed{-1} if "
                     "every step is right.");
    json_row_end_text(out);
}

COLUMN(verifier_rl_user, verifier_rl_question(out, record))

static const void *verifier_rl_next(const void *row, const void *around, const void *item)
{
    static const struct columns_turn turns[] = {{"user", verifier_rl_user}, {NULL, NULL}};

    (void)row;
    (void)around;
    return columns_turn_after(turns, item);
}

COLUMN(verifier_rl_source, view_text(out, "crux/verifier"))
COLUMN(verifier_rl_ability, view_text(out, "verification"))
COLUMN(verifier_rl_style, view_text(out, "rule"))
COLUMN(verifier_rl_ordinal,
       json_row_integer(out, (int64_t)record->about.what->tree->problem->ordinal))
COLUMN(verifier_rl_steps, json_row_integer(out, (int64_t)record->path.count))

static const struct view_field verifier_rl_fields[] = {
    COLUMNS_ID,
    COLUMNS_PROBLEM_ID,
    COLUMNS_FIELD("data_source", VIEW_TEXT, "`crux/verifier`", verifier_rl_source),
    {0,
     "prompt",
     VIEW_RECORDS,
     "problem, steps numbered from 0, and the question",
     {.next = verifier_rl_next}},
    COLUMNS_TURN,
    COLUMNS_FIELD("ability", VIEW_TEXT, "`verification`", verifier_rl_ability),
    COLUMNS_FIELD("ground_truth", VIEW_INTEGER,
                  "the first wrong step, from 0; -1: the answer is right, and nothing speaks "
                  "against a step",
                  columns_first_error),
    {0, "reward_model", VIEW_RECORD, "the same as verl reads it", {NULL}},
    {1, "style", VIEW_TEXT, "`rule`", {verifier_rl_style}},
    {1, "ground_truth", VIEW_INTEGER, "likewise", {columns_first_error}},
    {0, "extra_info", VIEW_RECORD, "what a reward function is told besides", {NULL}},
    {1, "index", VIEW_INTEGER, "the problem's position in the input", {verifier_rl_ordinal}},
    {1, "id", VIEW_TEXT, "`id` again", {columns_id}},
    {1, "steps", VIEW_INTEGER, "how many steps the solution has", {verifier_rl_steps}},
    COLUMNS_STEPS,
    COLUMNS_ANSWERS,
    COLUMNS_IMAGES,
};

/* --- rows ----------------------------------------------------------------------------------- */

static int verifier_rl_put(void *context, const struct record *record, struct crux_error *error)
{
    if (!record_is_labelled(record))
        return CRUX_OK;
    return view_put(context, record, record->pair != NULL ? VIEW_WRONG : VIEW_RIGHT, error);
}

static int verifier_rl_rows(const struct view_tree *what, const struct view_run *run,
                            struct view_out *out, struct crux_error *error)
{
    return record_walk(what, run, verifier_rl_put, out, error);
}

const struct view view_verifier_rl = {
    .name = "verifier-rl",
    .help = "solutions as prompts, with the index of the first wrong step for a reward by rule",
    .story =
        "A row is a solution with its steps numbered from 0 as a prompt, and as `ground_truth` the "
        "index of its first wrong step, for GRPO and its kin; one reward function for verl, TRL "
        "and verifiers is `examples/verifier_reward.py`. Wrong solutions of which no first wrong "
        "step is known are not here. -1 means that the answer is right and that nothing that was "
        "asked (execution critic, judge, completions) speaks against a step. A right answer is no "
        "proof of right steps: where nothing was asked it may be right by luck.",
    .checking = "Count the steps of the prompt from 0: the one whose number is `ground_truth` is "
                "the first wrong one. `located` says how that is known.",
    .fields = verifier_rl_fields,
    .field_count = sizeof verifier_rl_fields / sizeof verifier_rl_fields[0],
    .rows = verifier_rl_rows,
};
