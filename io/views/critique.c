/*
 * critique.c - the view `critique`: where right and wrong paths part, after MMC
 * (arXiv 2504.11009, section on collecting critiques).
 *
 * Here are all records of a tree, also those of which nobody knows where they go wrong: a record
 * says how its first wrong step is known, and has an index only where it is. Nothing is decided
 * here about what is right; what is, is decided in record.h for all views.
 *
 * MMC keeps one selected right path per tree; here each wrong path has the right one
 * from which it parts latest, and paths inside rollouts count. Right paths are positives, as MMC
 * has them.
 */
#include "io/views/columns.h"
#include "io/views/location.h"

#define COLUMN(name, value) COLUMNS_WRITE(record, record, name, value)

/* --- columns: the paths --------------------------------------------------------------------- */

/* The right path, which is the record's own in a positive one. */
static const struct path *right_path(const struct record *record)
{
    return record->pair != NULL ? &record->right : &record->path;
}

/* Likewise the wrong one; a positive record has none. */
static const struct path *wrong_path(const struct record *record)
{
    static const struct path none;

    return record->pair != NULL ? &record->path : &none;
}

static void put_rest(struct json_row *out, const struct path *path, size_t from)
{
    path_put(out, path, from, path->count);
}

COLUMN(put_prefix_steps, path_put(out, &record->path, 0, record->prefix))
COLUMN(put_wrong_steps, put_rest(out, wrong_path(record), record->prefix))
COLUMN(put_right_steps, put_rest(out, right_path(record), record->prefix))
COLUMN(put_diverge_depth, json_row_integer(out, (int64_t)record->prefix))
COLUMN(put_wrong_tokens, columns_put_tokens(out, record, wrong_path(record)))
COLUMN(put_wrong_logprobs, columns_put_logprobs(out, record, wrong_path(record)))
COLUMN(put_right_tokens, columns_put_tokens(out, record, right_path(record)))
COLUMN(put_right_logprobs, columns_put_logprobs(out, record, right_path(record)))

/* --- columns: values where the paths part ---------------------------------------------------- */

/* In the place of a node that the tree does not have. */
static const struct crux_node no_node;

static const void *view_critique_node_at(const struct record *record, uint32_t node)
{
    return node == CRUX_NO_NODE ? &no_node : &record->about.what->tree->nodes[node];
}

static const void *prefix_node(const void *row, const void *around, const void *item)
{
    const struct record *record = row;
    const struct path *path = &record->path;
    size_t shared = record->prefix < path->known ? record->prefix : path->known;

    (void)around;
    (void)item;
    return view_critique_node_at(record, shared == 0 ? 0 : path->nodes[shared - 1]);
}

static const void *wrong_node(const void *row, const void *around, const void *item)
{
    const struct record *record = row;

    (void)around;
    (void)item;
    return view_critique_node_at(record, path_node(wrong_path(record), record->prefix));
}

static const void *right_node(const void *row, const void *around, const void *item)
{
    const struct record *record = row;

    (void)around;
    (void)item;
    return view_critique_node_at(record, path_node(right_path(record), record->prefix));
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

COLUMN(put_text, view_step(out, record_text(record)))
COLUMN(put_verdict, json_row_integer(out, record->pair == NULL))
COLUMN(put_error_type, view_text(out, record->critique.error_type))
COLUMN(put_corrected_step, view_step(out, record->critique.corrected_step))
COLUMN(put_style, view_text(out, record->critique.style))
COLUMN(put_writer, view_text(out, record->critique.model))
COLUMN(put_points_at, json_row_integer(out, record->critique.step))
COLUMN(put_annotator, view_text(out, record_annotator(record)))
COLUMN(put_template, view_text(out, ""))
COLUMN(put_seed, json_row_integer(out, record->about.run->seed))
COLUMN(put_verified, json_row_bool(out, record->critique.method[0] != '\0'))
COLUMN(put_method, view_text(out, record->critique.method))
COLUMN(put_run_id, view_text(out, record->about.run->run_id))
COLUMN(put_node_ids, node_ids_of(out, &record->path))
COLUMN(put_critics, critics_of(out, record->about.run))
COLUMN(put_config_hash, view_text(out, record->about.run->config_hash))

static const struct view_field critique_fields[] = {
    COLUMNS_ID,
    COLUMNS_PROBLEM_ID,
    {0, "prompt", VIEW_TEXT, "the problem", {columns_prompt}},
    COLUMNS_IMAGES,
    {0,
     "numbers",
     VIEW_INTEGERS,
     "what may be used, each once; empty outside domain numbers",
     {columns_numbers}},
    {0, "target", VIEW_INTEGER, "what must be made; 0 outside domain numbers", {columns_target}},
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
     "the first wrong step, counted from 0 over `prefix_steps` and `wrong_steps` together; -1: "
     "none, in a positive record, or nobody knows which, as `location` says",
     {columns_first_error}},
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
    {1, "style", VIEW_TEXT, "of `crux annotate`; empty: written by the run itself", {put_style}},
    {1, "model", VIEW_TEXT, "which model wrote it; empty: none", {put_writer}},
    {1,
     "points_at",
     VIEW_INTEGER,
     "the step that it calls the first wrong one, from 0, a claim and no label; -1: none",
     {put_points_at}},
    {0, "annotator", VIEW_RECORD, "who wrote the critique", {NULL}},
    {1,
     "model",
     VIEW_TEXT,
     "the annotating critic or pass as configured; empty or `none`: nobody",
     {put_annotator}},
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
    {1, "tree_id", VIEW_TEXT, "the tree, as in view trees its `problem_id`", {columns_problem_id}},
    {1,
     "node_ids",
     VIEW_INTEGERS,
     "nodes along the wrong path (positive: the right one), a step each, as far as there are any",
     {put_node_ids}},
    {1, "policy_model", VIEW_TEXT, "the policy as configured", {columns_model}},
    {1, "critic_ids", VIEW_TEXTS, "the critics as configured", {put_critics}},
    {1, "config_hash", VIEW_TEXT, "SHA-256 of the configuration", {put_config_hash}},
    LOCATION_COLUMNS,
    COLUMNS_SUPPORT,
    {0, "verification", VIEW_RECORD, "what the critique was worth to one who refines", {NULL}},
    COLUMNS_VERIFIED(1),
    {0,
     "wrong_tokens",
     VIEW_INTEGERS,
     "of each step of the whole wrong path, as the policy counts; 0 if not known",
     {put_wrong_tokens}},
    {0,
     "wrong_logprobs",
     VIEW_REALS,
     "likewise, mean of a token's; 0.0 if not known",
     {put_wrong_logprobs}},
    {0, "right_tokens", VIEW_INTEGERS, "of the whole right path", {put_right_tokens}},
    {0, "right_logprobs", VIEW_REALS, "likewise", {put_right_logprobs}},
    COLUMNS_COUNTS,
    COLUMNS_INVENTED,
    COLUMNS_ANSWERS,
    COLUMNS_SOURCE,
};

/* --- records ------------------------------------------------------------------------------ */

static int put_critique(void *context, const struct record *record, struct crux_error *error)
{
    return view_put(context, record, record->pair != NULL ? VIEW_WRONG : VIEW_RIGHT, error);
}

static int critique_rows(const struct view_tree *what, const struct view_run *run,
                         struct view_out *out, struct crux_error *error)
{
    int status = record_walk(what, run, put_critique, out, error);

    return status == CRUX_OK ? record_walk_injected(what, run, put_critique, out, error) : status;
}

const struct view view_critique = {
    .name = "critique",
    .help = "where right and wrong paths part: the first wrong step if it is known, and a critique",
    .story =
        "A negative record is a wrong path and the right path from which it parts latest. Where "
        "the two part nothing need be wrong: they may part in wording. So `first_error_index` is "
        "there only where somebody knows it, and `location` says who and how: the domain has "
        "proved it, or from the step before right answers were completed and from the step itself "
        "none was, with the counts. Where that is not so the index is -1, and the record is in no "
        "view that labels steps. `critique` is what an annotator says; the step at which it points "
        "is its claim. A positive record is a right path, with nothing to correct: its *answer* is "
        "right, and `support` has what else is known of its steps; where that speaks against one, "
        "nothing is said of them. Each distinct wrong path is in "
        "one record, each distinct right path in one positive record; a problem without a right "
        "path has none.",
    .checking =
        "Take a record with `wrong_steps` and an index of 0 or more. Write down `prefix_steps` and "
        "`wrong_steps` under each other and count from 0: number `first_error_index` is the first "
        "wrong step. `prefix_steps` followed by `right_steps` is a right answer with the same "
        "beginning. If `location.how` is `estimated` or `agreed`, its `probes` have right "
        "completions of that many steps and none of one more. If it is `proved`, in domain "
        "numbers, every step replaces two of the numbers that are left by their result, so "
        "arithmetic checks it line by line: the right answer ends in `target`, the wrong one does "
        "not; after the step in question no order of operations on what is left makes `target`, "
        "and after `critique.corrected_step` in its place one does.",
    .fields = critique_fields,
    .field_count = sizeof critique_fields / sizeof critique_fields[0],
    .rows = critique_rows,
};
