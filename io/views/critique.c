/*
 * critique.c - the view `critique`: where right and wrong paths part, after MMC
 * (arXiv 2504.11009, section on collecting critiques).
 *
 * A negative and a positive record are one struct before they are one row: what
 * differs is decided in of_pair() and of_right(), and the table of fields writes both, so
 * all lines have one schema. Nothing is decided here about
 * what is right: paths, verdicts, first wrong steps and critiques were decided when
 * the tree was finished.
 *
 * MMC keeps one selected right path per tree; here each wrong path has the right one
 * from which it parts latest, and paths inside rollouts count.
 */
#include "io/views/view.h"

#include "io/paths.h"

static const char no_correction[] = "The answer is right. No step needs a correction.";

/* One row before it is JSON. */
struct critique_record {
    const struct crux_tree *tree;
    const struct view_run *run;
    char letter;     /* w or r */
    uint32_t number; /* of the pair, or of the right path */
    size_t prefix;   /* steps shared */
    struct path wrong, right;
    int64_t first_error;
    bool verdict;
    const char *text, *error_type, *corrected_step, *method;
    bool verified;
};

/* --- columns ------------------------------------------------------------------------------ */

/* A column of a record, by the expression that makes its value. */
#define COLUMN(name, value)                                                                        \
    static void name(struct json_row *out, const void *row, const void *item)                      \
    {                                                                                              \
        const struct critique_record *record = row;                                                \
                                                                                                   \
        (void)record;                                                                              \
        (void)item;                                                                                \
        value;                                                                                     \
    }

COLUMN(put_id, view_path_id(out, record->tree->problem, record->letter, record->number))
COLUMN(put_problem_id, view_text(out, record->tree->problem->id))
COLUMN(put_prompt, view_text(out, record->tree->problem->prompt))
COLUMN(put_images, view_images(out, record->tree->problem))
COLUMN(put_numbers, view_numbers(out, record->tree->problem))
COLUMN(put_target, view_target(out, record->tree->problem))
COLUMN(put_prefix_steps, path_put(out, &record->wrong, 0, record->prefix))
COLUMN(put_wrong_steps, path_put(out, &record->wrong, record->prefix, record->wrong.count))
COLUMN(put_right_steps, path_put(out, &record->right, record->prefix, record->right.count))
COLUMN(put_first_error, json_row_integer(out, record->first_error))
COLUMN(put_diverge_depth, json_row_integer(out, (int64_t)record->prefix))

/* --- columns: values where the paths part ---------------------------------------------------- */

/* In the place of a node that the tree does not have. */
static const struct crux_node no_node;

static const void *view_critique_node_at(const struct critique_record *record, uint32_t node)
{
    return node == CRUX_NO_NODE ? &no_node : &record->tree->nodes[node];
}

static const void *prefix_node(const void *row, const void *item)
{
    const struct critique_record *record = row;
    const struct path *wrong = &record->wrong;
    size_t shared = record->prefix < wrong->known ? record->prefix : wrong->known;

    (void)item;
    return view_critique_node_at(record, shared == 0 ? 0 : wrong->nodes[shared - 1]);
}

static const void *wrong_node(const void *row, const void *item)
{
    const struct critique_record *record = row;

    (void)item;
    return view_critique_node_at(record, path_node(&record->wrong, record->prefix));
}

static const void *right_node(const void *row, const void *item)
{
    const struct critique_record *record = row;

    (void)item;
    return view_critique_node_at(record, path_node(&record->right, record->prefix));
}

static void put_mean(struct json_row *out, const void *row, const void *item)
{
    (void)row;
    json_row_real(out, ((const struct crux_node *)item)->value);
}

static void put_visits(struct json_row *out, const void *row, const void *item)
{
    (void)row;
    json_row_integer(out, ((const struct crux_node *)item)->visits);
}

/* --- columns: the critique and where it comes from ----------------------------------------- */

static void node_ids_of(struct json_row *out, const struct path *path)
{
    json_row_begin_list(out);
    for (size_t i = 0; i < path->known; i++)
        json_row_integer(out, path->nodes[i]);
    json_row_end_list(out);
}

static void critics_of(struct json_row *out, const struct view_run *run)
{
    const struct json *critics = json_get(run->configuration, "critic");

    json_row_begin_list(out);
    for (size_t i = 0; i < json_count(critics); i++)
        view_text(out, json_as_string(json_at(critics, i)));
    json_row_end_list(out);
}

COLUMN(put_text, view_step(out, record->text))
COLUMN(put_verdict, json_row_integer(out, record->verdict))
COLUMN(put_error_type, view_text(out, record->error_type))
COLUMN(put_corrected_step, view_step(out, record->corrected_step))
COLUMN(put_annotator, view_text(out, record->run->annotator))
COLUMN(put_template, view_text(out, ""))
COLUMN(put_seed, json_row_integer(out, record->run->seed))
COLUMN(put_verified, json_row_bool(out, record->verified))
COLUMN(put_method, view_text(out, record->method))
COLUMN(put_run_id, view_text(out, record->run->run_id))
COLUMN(put_node_ids, node_ids_of(out, record->verdict ? &record->right : &record->wrong))
COLUMN(put_policy, view_text(out, record->run->policy_model))
COLUMN(put_critics, critics_of(out, record->run))
COLUMN(put_config_hash, view_text(out, record->run->config_hash))

static const struct view_field critique_fields[] = {
    {0,
     "id",
     VIEW_TEXT,
     "unique: the problem, then `w` (negative) or `r` (positive) and a number",
     {put_id}},
    {0, "problem_id", VIEW_TEXT, "the problem's id in the input", {put_problem_id}},
    {0, "prompt", VIEW_TEXT, "the problem", {put_prompt}},
    {0,
     "images",
     VIEW_IMAGES,
     "pictures of the problem, as its line names them: paths from that file's folder, or `data:` "
     "URLs",
     {put_images}},
    {0,
     "numbers",
     VIEW_INTEGERS,
     "what may be used, each once; empty outside domain numbers",
     {put_numbers}},
    {0, "target", VIEW_INTEGER, "what must be made; 0 outside domain numbers", {put_target}},
    {0,
     "prefix_steps",
     VIEW_TEXTS,
     "the steps that both paths share; empty in a positive record",
     {put_prefix_steps}},
    {0,
     "wrong_steps",
     VIEW_TEXTS,
     "the rest of the wrong path; empty in a positive record",
     {put_wrong_steps}},
    {0,
     "right_steps",
     VIEW_TEXTS,
     "the rest of the right path; in a positive record all of its steps",
     {put_right_steps}},
    {0,
     "first_error_index",
     VIEW_INTEGER,
     "the first wrong step, counted from 0 over `prefix_steps` and `wrong_steps` together; -1 in "
     "a positive record",
     {put_first_error}},
    {0, "diverge_depth", VIEW_INTEGER, "how many steps the two paths share", {put_diverge_depth}},
    {0, "value", VIEW_RECORD, "what the search found where the paths part", {NULL}},
    {1,
     "prefix",
     VIEW_RECORD,
     "the deepest node of the tree on the shared steps",
     {.next = prefix_node}},
    {2, "mean", VIEW_REAL, "mean reward of the simulations through it, 0 to 1", {put_mean}},
    {2, "visits", VIEW_INTEGER, "how many they were", {put_visits}},
    {1,
     "wrong",
     VIEW_RECORD,
     "the wrong path's next step; 0.0 and 0 if the tree has no node for it",
     {.next = wrong_node}},
    {2, "mean", VIEW_REAL, "likewise", {put_mean}},
    {2, "visits", VIEW_INTEGER, "likewise", {put_visits}},
    {1, "right", VIEW_RECORD, "the right path's next step, likewise", {.next = right_node}},
    {2, "mean", VIEW_REAL, "likewise", {put_mean}},
    {2, "visits", VIEW_INTEGER, "likewise", {put_visits}},
    {0, "critique", VIEW_RECORD, "what is to be learned", {NULL}},
    {1, "text", VIEW_TEXT, "the critique; empty if none was written", {put_text}},
    {1, "verdict", VIEW_INTEGER, "1: the answer is right, 0: it is wrong", {put_verdict}},
    {1, "error_type", VIEW_TEXT, "a short word; empty if none", {put_error_type}},
    {1,
     "corrected_step",
     VIEW_TEXT,
     "what to write instead of the first wrong step; empty if none",
     {put_corrected_step}},
    {0, "annotator", VIEW_RECORD, "who wrote the critique", {NULL}},
    {1, "model", VIEW_TEXT, "the annotating critic as configured; empty: nobody", {put_annotator}},
    {1, "template_id", VIEW_TEXT, "its prompt; empty: it needs none", {put_template}},
    {1, "seed", VIEW_INTEGER, "the run's seed", {put_seed}},
    {0, "checks", VIEW_RECORD, "what was checked", {NULL}},
    {1,
     "correction_verified",
     VIEW_BOOL,
     "`corrected_step` was checked, by `method`",
     {put_verified}},
    {1, "method", VIEW_TEXT, "how; empty: not at all", {put_method}},
    {0, "provenance", VIEW_RECORD, "where the record comes from", {NULL}},
    {1, "run_id", VIEW_TEXT, "hash of the configuration and the input", {put_run_id}},
    {1, "tree_id", VIEW_TEXT, "the tree, as in view trees its `problem_id`", {put_problem_id}},
    {1,
     "node_ids",
     VIEW_INTEGERS,
     "nodes along the wrong path (positive: the right one), a step each, as far as there are any",
     {put_node_ids}},
    {1, "policy_model", VIEW_TEXT, "the policy as configured", {put_policy}},
    {1, "critic_ids", VIEW_TEXTS, "the critics as configured", {put_critics}},
    {1, "config_hash", VIEW_TEXT, "SHA-256 of the configuration", {put_config_hash}},
};

/* --- records ------------------------------------------------------------------------------ */

static void close_record(struct critique_record *record)
{
    path_close(&record->wrong);
    path_close(&record->right);
}

static int of_pair(struct critique_record *record, const struct paths *paths,
                   const struct crux_pair *pair, struct crux_error *error)
{
    int status = paths_read(paths, pair->wrong, &record->wrong, error);

    if (status == CRUX_OK)
        status = paths_read(paths, pair->right, &record->right, error);
    if (status != CRUX_OK)
        return status;
    if (pair->prefix > record->right.count || pair->prefix > record->wrong.count ||
        (pair->exact && pair->first_error >= record->wrong.count))
        return crux_fail(error, CRUX_STORE, "problem %s: pair %u does not fit its paths",
                         record->tree->problem->id, record->number);
    record->letter = 'w';
    record->prefix = pair->prefix;
    record->first_error = pair->exact ? (int64_t)pair->first_error : -1;
    record->text = pair->critique;
    record->error_type = pair->error_type;
    record->corrected_step = pair->corrected_step;
    record->verified = pair->method[0] != '\0';
    record->method = pair->method;
    return CRUX_OK;
}

static int of_right(struct critique_record *record, const struct paths *paths, uint32_t rollout,
                    struct crux_error *error)
{
    record->letter = 'r';
    record->first_error = -1;
    record->verdict = true;
    record->text = no_correction;
    return paths_read(paths, rollout, &record->right, error);
}

static int critique_rows(const struct view_tree *what, const struct view_run *run,
                         struct view_out *out, struct crux_error *error)
{
    const struct crux_tree *tree = what->tree;
    struct paths paths;
    int status = paths_open(&paths, tree, error);

    for (uint32_t i = 0; status == CRUX_OK && i < tree->pair_count + tree->right_count; i++) {
        bool negative = i < tree->pair_count;
        struct critique_record record = {
            .tree = tree, .run = run, .number = negative ? i : i - tree->pair_count};

        status = negative ? of_pair(&record, &paths, &tree->pairs[record.number], error)
                          : of_right(&record, &paths, tree->rights[record.number], error);
        if (status == CRUX_OK)
            status = view_put(out, &record, negative ? VIEW_WRONG : VIEW_RIGHT, error);
        close_record(&record);
    }
    paths_close(&paths);
    return status;
}

const struct view view_critique = {
    .name = "critique",
    .help = "where right and wrong paths part: the first wrong step, why, and what to do instead",
    .story =
        "A negative record is a wrong path and the right path from which it parts latest, with "
        "the first wrong step and a critique of it. A positive record is a right path, with "
        "nothing to correct. Each distinct wrong path is in one record, each distinct right path "
        "in one positive record; a problem without a right path has none.",
    .checking =
        "Take a record with `wrong_steps`. Write down `prefix_steps` and `wrong_steps` under each "
        "other and count from 0: number `first_error_index` is the step that the critique is "
        "about. `prefix_steps` followed by `right_steps` is a right answer with the same "
        "beginning. In domain numbers every step replaces two of the numbers that are left by "
        "their result, so arithmetic checks it line by line: the right answer ends in `target`, "
        "the wrong one does not; after the step in question no order of operations on what is "
        "left makes `target`, and after `critique.corrected_step` in its place one does.",
    .fields = critique_fields,
    .field_count = sizeof critique_fields / sizeof critique_fields[0],
    .rows = critique_rows,
};
