/*
 * critique.c - the view `critique`: where right and wrong paths part, after MMC
 * (arXiv 2504.11009, section on collecting critiques).
 *
 * A negative and a positive record are one struct before they are one row: what
 * differs is decided in of_pair() and of_right(), and to_row() is the only place
 * that writes members, so all lines have one schema. Nothing is decided here about
 * what is right: paths, verdicts, first wrong steps and critiques were settled when
 * the tree was finished.
 *
 * MMC keeps one selected right path a tree; here each wrong path has the right one
 * from which it parts latest, and paths inside rollouts count.
 */
#include "io/views/view.h"

#include <stdio.h>
#include <stdlib.h>

static const struct view_field fields[] = {
    {0, "id", VIEW_TEXT, "unique: the problem, then `w` (negative) or `r` (positive) and a number"},
    {0, "problem_id", VIEW_TEXT, "the problem's id in the input"},
    {0, "prompt", VIEW_TEXT, "the problem"},
    {0, "images", VIEW_TEXTS, "images of the problem; empty: there are none"},
    {0, "numbers", VIEW_INTEGERS, "what may be used, each once; empty outside domain numbers"},
    {0, "target", VIEW_INTEGER, "what must be made; 0 outside domain numbers"},
    {0, "prefix_steps", VIEW_TEXTS, "the steps that both paths share; empty in a positive record"},
    {0, "wrong_steps", VIEW_TEXTS, "the rest of the wrong path; empty in a positive record"},
    {0, "right_steps", VIEW_TEXTS,
     "the rest of the right path; in a positive record all of its steps"},
    {0, "first_error_index", VIEW_INTEGER,
     "the first wrong step, counted from 0 over `prefix_steps` and `wrong_steps` together; -1 in "
     "a positive record"},
    {0, "diverge_depth", VIEW_INTEGER, "how many steps the two paths share"},
    {0, "value", VIEW_RECORD, "what the search found where the paths part"},
    {1, "prefix", VIEW_RECORD, "the deepest node of the tree on the shared steps"},
    {2, "mean", VIEW_REAL, "mean reward of the simulations through it, 0 to 1"},
    {2, "visits", VIEW_INTEGER, "how many they were"},
    {1, "wrong", VIEW_RECORD,
     "the wrong path's next step; 0.0 and 0 if it is in no node but in the text of a rollout"},
    {2, "mean", VIEW_REAL, "likewise"},
    {2, "visits", VIEW_INTEGER, "likewise"},
    {1, "right", VIEW_RECORD, "the right path's next step, likewise"},
    {2, "mean", VIEW_REAL, "likewise"},
    {2, "visits", VIEW_INTEGER, "likewise"},
    {0, "critique", VIEW_RECORD, "what is to be learned"},
    {1, "text", VIEW_TEXT, "the critique; empty if none was written"},
    {1, "verdict", VIEW_INTEGER, "1: the answer is right, 0: it is wrong"},
    {1, "error_type", VIEW_TEXT, "a short word; empty if none"},
    {1, "corrected_step", VIEW_TEXT,
     "what to write instead of the first wrong step; empty if none"},
    {0, "annotator", VIEW_RECORD, "who wrote the critique"},
    {1, "model", VIEW_TEXT, "the annotating critic as configured; empty: nobody"},
    {1, "template_id", VIEW_TEXT, "its prompt; empty: it needs none"},
    {1, "seed", VIEW_INTEGER, "the run's seed"},
    {0, "checks", VIEW_RECORD, "what was checked"},
    {1, "correction_verified", VIEW_BOOL, "`corrected_step` was checked, by `method`"},
    {1, "method", VIEW_TEXT,
     "how; `estimated`: not at all, and the first wrong step is not proved either"},
    {0, "provenance", VIEW_RECORD, "where the record comes from"},
    {1, "run_id", VIEW_TEXT, "hash of the configuration and the input"},
    {1, "tree_id", VIEW_TEXT, "the tree, as in view trees its `problem_id`"},
    {1, "node_ids", VIEW_INTEGERS,
     "nodes along the wrong path (positive: the right one), a step each; later steps are in the "
     "text of a rollout"},
    {1, "policy_model", VIEW_TEXT, "the policy as configured"},
    {1, "critic_ids", VIEW_TEXTS, "the critics as configured"},
    {1, "config_hash", VIEW_TEXT, "SHA-256 of the configuration"},
};

static const char no_correction[] = "The answer is right. No step needs a correction.";

struct path {
    struct crux_text *steps;
    size_t count;
};

/* One row before it is JSON. */
struct record {
    const struct crux_tree *tree;
    const struct view_run *run;
    char letter;     /* w or r */
    uint32_t number; /* of the pair, or of the right path */
    size_t prefix;   /* steps shared */
    struct path wrong, right;
    uint32_t along; /* rollout: whose nodes are named */
    uint32_t prefix_node, wrong_node, right_node;
    int64_t first_error;
    bool verdict;
    const char *text, *error_type, *corrected_step, *method;
    bool verified;
};

/* --- paths and nodes ------------------------------------------------------------------ */

static int read_path(const struct crux_tree *tree, uint32_t rollout, struct path *out,
                     struct crux_error *error)
{
    out->count = crux_path_steps(tree, rollout, NULL, 0);
    out->steps = calloc(out->count + 1, sizeof *out->steps);
    if (out->steps == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a path of problem %s",
                         tree->problem->id);
    (void)crux_path_steps(tree, rollout, out->steps, out->count);
    return CRUX_OK;
}

/* The node that stands for so many steps of the rollout's path, if the tree has it. */
static uint32_t node_at(const struct crux_tree *tree, uint32_t rollout, size_t depth)
{
    uint32_t node = tree->rollouts[rollout].node;

    if (tree->nodes[node].depth < depth)
        return CRUX_NO_NODE;
    while (tree->nodes[node].depth > depth)
        node = tree->nodes[node].parent;
    return node;
}

/* The deepest node on the shared steps: one path may leave the tree before the other. */
static uint32_t deepest_shared(const struct crux_tree *tree, const struct crux_pair *pair)
{
    for (size_t depth = pair->prefix; depth > 0; depth--) {
        uint32_t node = node_at(tree, pair->wrong, depth);

        if (node == CRUX_NO_NODE)
            node = node_at(tree, pair->right, depth);
        if (node != CRUX_NO_NODE)
            return node;
    }
    return 0;
}

/* --- JSON --------------------------------------------------------------------------------- */

static struct json *of_steps(const struct path *path, size_t from)
{
    struct json *array = json_new_array();

    for (size_t i = from; i < path->count; i++)
        json_add(array, json_of_text(path->steps[i].start, path->steps[i].length));
    return array;
}

static struct json *of_prefix(const struct record *record)
{
    struct path shared = {record->wrong.steps, record->prefix};

    return of_steps(&shared, 0);
}

static struct json *of_value(const struct crux_tree *tree, uint32_t node)
{
    bool none = node == CRUX_NO_NODE;
    struct json *object = json_new_object();

    json_put(object, "mean", json_of_real(none ? 0.0 : tree->nodes[node].value));
    json_put(object, "visits", json_of_integer(none ? 0 : tree->nodes[node].visits));
    return object;
}

static struct json *of_values(const struct record *record)
{
    struct json *object = json_new_object();

    json_put(object, "prefix", of_value(record->tree, record->prefix_node));
    json_put(object, "wrong", of_value(record->tree, record->wrong_node));
    json_put(object, "right", of_value(record->tree, record->right_node));
    return object;
}

static struct json *of_critique(const struct record *record)
{
    struct json *object = json_new_object();

    json_put(object, "text", view_text(record->text));
    json_put(object, "verdict", json_of_integer(record->verdict));
    json_put(object, "error_type", view_text(record->error_type));
    json_put(object, "corrected_step", view_text(record->corrected_step));
    return object;
}

static struct json *of_annotator(const struct view_run *run)
{
    struct json *object = json_new_object();

    json_put(object, "model", view_text(run->annotator));
    json_put(object, "template_id", json_of_string(""));
    json_put(object, "seed", json_of_integer(run->seed));
    return object;
}

static struct json *of_checks(const struct record *record)
{
    struct json *object = json_new_object();

    json_put(object, "correction_verified", json_of_bool(record->verified));
    json_put(object, "method", view_text(record->method));
    return object;
}

static struct json *of_nodes(const struct record *record)
{
    const struct crux_tree *tree = record->tree;
    uint32_t depth = tree->nodes[tree->rollouts[record->along].node].depth;
    struct json *array = json_new_array();

    for (uint32_t i = 1; i <= depth; i++)
        json_add(array, json_of_integer(node_at(tree, record->along, i)));
    return array;
}

static struct json *of_critics(const struct view_run *run)
{
    const struct json *critics = json_get(run->configuration, "critic");
    struct json *array = json_new_array();

    for (size_t i = 0; i < json_count(critics); i++)
        json_add(array, json_of_string(json_as_string(json_at(critics, i))));
    return array;
}

static struct json *of_provenance(const struct record *record)
{
    struct json *object = json_new_object();

    json_put(object, "run_id", json_of_string(record->run->run_id));
    json_put(object, "tree_id", view_text(record->tree->problem->id));
    json_put(object, "node_ids", of_nodes(record));
    json_put(object, "policy_model", view_text(record->run->policy_model));
    json_put(object, "critic_ids", of_critics(record->run));
    json_put(object, "config_hash", json_of_string(record->run->config_hash));
    return object;
}

static struct json *of_id(const struct record *record)
{
    char id[512];

    (void)snprintf(id, sizeof id, "%s/%c%04u", record->tree->problem->id, record->letter,
                   record->number);
    return json_of_string(id);
}

static struct json *to_row(const struct record *record)
{
    const struct crux_problem *problem = record->tree->problem;
    struct json *row = json_new_object();

    json_put(row, "id", of_id(record));
    json_put(row, "problem_id", view_text(problem->id));
    json_put(row, "prompt", view_text(problem->prompt));
    json_put(row, "images", json_new_array());
    json_put(row, "numbers", view_numbers(problem));
    json_put(row, "target", json_of_integer(problem->target));
    json_put(row, "prefix_steps", of_prefix(record));
    json_put(row, "wrong_steps", of_steps(&record->wrong, record->prefix));
    json_put(row, "right_steps", of_steps(&record->right, record->prefix));
    json_put(row, "first_error_index", json_of_integer(record->first_error));
    json_put(row, "diverge_depth", json_of_integer((int64_t)record->prefix));
    json_put(row, "value", of_values(record));
    json_put(row, "critique", of_critique(record));
    json_put(row, "annotator", of_annotator(record->run));
    json_put(row, "checks", of_checks(record));
    json_put(row, "provenance", of_provenance(record));
    return row;
}

/* --- records ------------------------------------------------------------------------------ */

static void close_record(struct record *record)
{
    free(record->wrong.steps);
    free(record->right.steps);
}

static int of_pair(struct record *record, const struct crux_pair *pair, struct crux_error *error)
{
    const struct crux_tree *tree = record->tree;
    int status = read_path(tree, pair->wrong, &record->wrong, error);

    if (status == CRUX_OK)
        status = read_path(tree, pair->right, &record->right, error);
    if (status != CRUX_OK)
        return status;
    if (pair->prefix > record->right.count || pair->first_error < pair->prefix ||
        pair->first_error >= record->wrong.count)
        return crux_fail(error, CRUX_STORE, "problem %s: pair %u does not fit its paths",
                         tree->problem->id, record->number);
    record->letter = 'w';
    record->prefix = pair->prefix;
    record->along = pair->wrong;
    record->prefix_node = deepest_shared(tree, pair);
    record->wrong_node = node_at(tree, pair->wrong, (size_t)pair->prefix + 1);
    record->right_node = node_at(tree, pair->right, (size_t)pair->prefix + 1);
    record->first_error = pair->first_error;
    record->text = pair->critique;
    record->error_type = pair->error_type;
    record->corrected_step = pair->corrected_step;
    record->verified = pair->method[0] != '\0';
    record->method = record->verified || pair->exact ? pair->method : "estimated";
    return CRUX_OK;
}

static int of_right(struct record *record, uint32_t rollout, struct crux_error *error)
{
    record->letter = 'r';
    record->along = rollout;
    record->prefix_node = 0;
    record->wrong_node = CRUX_NO_NODE;
    record->right_node = node_at(record->tree, rollout, 1);
    record->first_error = -1;
    record->verdict = true;
    record->text = no_correction;
    return read_path(record->tree, rollout, &record->right, error);
}

/* Number i of the tree's records: its pairs, then its right paths. */
static int emit_record(const struct crux_tree *tree, const struct view_run *run, uint32_t i,
                       view_emit *emit, void *context, struct crux_error *error)
{
    bool negative = i < tree->pair_count;
    struct record record = {
        .tree = tree, .run = run, .number = negative ? i : i - tree->pair_count};
    int status = negative ? of_pair(&record, &tree->pairs[record.number], error)
                          : of_right(&record, tree->rights[record.number], error);

    if (status == CRUX_OK)
        status = emit(context, to_row(&record), error);
    close_record(&record);
    return status;
}

static int rows_of(const struct crux_tree *tree, const struct view_run *run, view_emit *emit,
                   void *context, struct crux_error *error)
{
    int status = CRUX_OK;

    for (uint32_t i = 0; status == CRUX_OK && i < tree->pair_count + tree->right_count; i++)
        status = emit_record(tree, run, i, emit, context, error);
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
    .fields = fields,
    .field_count = sizeof fields / sizeof fields[0],
    .rows = rows_of,
};
