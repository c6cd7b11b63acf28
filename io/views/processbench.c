/*
 * processbench.c - the view `processbench`: whole solutions with their first wrong step, in the
 * form of ProcessBench (arXiv 2412.06559), as tools that evaluate critics read it.
 *
 * A label is what is known. So of the wrong paths only those are here whose first wrong step was
 * proved; one that was estimated, or that no right path shows to be one, is left out and never
 * labelled. A right path is here with -1: its answer was judged right, and nothing says that a step
 * of it is wrong.
 */
#include "io/views/view.h"

#include "io/numbers.h"
#include "io/paths.h"

/* One row before it is JSON. */
struct solution {
    const struct crux_tree *tree;
    const struct view_run *run;
    char letter;     /* w or r, and ... */
    uint32_t number; /* ... its number, as in view critique */
    struct path path;
    int64_t first_error; /* -1: none */
};

/* --- columns ------------------------------------------------------------------------------ */

/* A column of a solution, by the expression that makes its value. */
#define COLUMN(name, value)                                                                        \
    static void name(struct json_row *out, const void *row, const void *item)                      \
    {                                                                                              \
        const struct solution *solution = row;                                                     \
                                                                                                   \
        (void)item;                                                                                \
        value;                                                                                     \
    }

COLUMN(solution_id, view_path_id(out, solution->tree->problem, solution->letter, solution->number))
COLUMN(solution_generator, view_text(out, solution->run->policy_model))
COLUMN(solution_problem, view_text(out, solution->tree->problem->prompt))
COLUMN(solution_steps, path_put(out, &solution->path, 0, solution->path.count))
COLUMN(solution_is_right, json_row_bool(out, solution->letter == 'r'))

/* Outside of the numbers games: "". */
static void solution_use_of(struct json_row *out, const struct crux_problem *problem)
{
    struct numbers_problem numbers;

    if (!numbers_problem_read(&numbers, problem->line))
        view_text(out, "");
    else
        view_text(out, numbers.use_all ? "all" : "any");
}

COLUMN(solution_label, json_row_integer(out, solution->first_error))
COLUMN(solution_numbers, view_numbers(out, solution->tree->problem))
COLUMN(solution_target, view_target(out, solution->tree->problem))
COLUMN(solution_use, solution_use_of(out, solution->tree->problem))

static const struct view_field solution_fields[] = {
    {0,
     "id",
     VIEW_TEXT,
     "unique: the problem, then `w` (wrong) or `r` (right) and a number, as in view critique",
     {solution_id}},
    {0, "generator", VIEW_TEXT, "the policy as configured", {solution_generator}},
    {0, "problem", VIEW_TEXT, "the problem", {solution_problem}},
    {0, "steps", VIEW_TEXTS, "the whole solution, step by step", {solution_steps}},
    {0, "final_answer_correct", VIEW_BOOL, "the answer was judged right", {solution_is_right}},
    {0,
     "label",
     VIEW_INTEGER,
     "the first wrong step, counted from 0 and proved; -1: no step is known to be wrong",
     {solution_label}},
    {0,
     "numbers",
     VIEW_INTEGERS,
     "what may be used, each once; empty outside domain numbers",
     {solution_numbers}},
    {0, "target", VIEW_INTEGER, "what must be made; 0 outside domain numbers", {solution_target}},
    {0,
     "use",
     VIEW_TEXT,
     "`all` or `any`: must every number be used? Empty outside domain numbers",
     {solution_use}},
};

/* --- solutions ---------------------------------------------------------------------------- */

static int put_solution(struct solution *solution, const struct paths *paths, uint32_t rollout,
                        struct view_out *out, struct crux_error *error)
{
    int status = paths_read(paths, rollout, &solution->path, error);

    if (status == CRUX_OK && solution->first_error >= (int64_t)solution->path.count)
        status = crux_fail(error, CRUX_STORE, "problem %s: pair %u does not fit its paths",
                           solution->tree->problem->id, solution->number);
    if (status == CRUX_OK)
        status = view_put(out, solution, solution->letter == 'r' ? VIEW_RIGHT : VIEW_WRONG, error);
    path_close(&solution->path);
    return status;
}

static int processbench_rows(const struct view_tree *what, const struct view_run *run,
                             struct view_out *out, struct crux_error *error)
{
    const struct crux_tree *tree = what->tree;
    struct paths paths;
    int status = paths_open(&paths, tree, error);

    for (uint32_t i = 0; i < tree->pair_count && status == CRUX_OK; i++) {
        const struct crux_pair *pair = &tree->pairs[i];
        struct solution wrong = {tree, run, 'w', i, {.steps = NULL}, pair->first_error};

        if (pair->exact)
            status = put_solution(&wrong, &paths, pair->wrong, out, error);
    }
    for (uint32_t i = 0; i < tree->right_count && status == CRUX_OK; i++) {
        struct solution right = {tree, run, 'r', i, {.steps = NULL}, -1};

        status = put_solution(&right, &paths, tree->rights[i], out, error);
    }
    paths_close(&paths);
    return status;
}

const struct view view_processbench = {
    .name = "processbench",
    .help = "whole solutions with their first wrong step, in the form of ProcessBench",
    .story = "A row is a whole solution: a right one, or a wrong one whose first wrong step is "
             "proved. Wrong solutions of which that is only estimated are left out, and so are all "
             "of a problem without a right one. The first six members are those of ProcessBench "
             "(arXiv 2412.06559), so what evaluates critics on that reads this, too.",
    .checking = "Take a row with a `label` of 0 or more and count `steps` from 0: the steps before "
                "that number can still be gone on with to a right answer, and from that step on no "
                "right answer can be reached. In domain numbers arithmetic shows it.",
    .fields = solution_fields,
    .field_count = sizeof solution_fields / sizeof solution_fields[0],
    .rows = processbench_rows,
};
