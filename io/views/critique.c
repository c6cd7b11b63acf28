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
#include <string.h>

static const struct view_field fields[] = {
    {0, "id", VIEW_TEXT, "unique: the problem, then `w` (negative) or `r` (positive) and a number"},
    {0, "problem_id", VIEW_TEXT, "the problem's id in the input"},
    {0, "prompt", VIEW_TEXT, "the problem"},
    {0, "images", VIEW_TEXTS,
     "pictures of the problem, as its line names them: paths from that file's folder, or `data:` "
     "URLs"},
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
     "the wrong path's next step; 0.0 and 0 if the tree has no node for it"},
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
     "nodes along the wrong path (positive: the right one), a step each, as far as there are any"},
    {1, "policy_model", VIEW_TEXT, "the policy as configured"},
    {1, "critic_ids", VIEW_TEXTS, "the critics as configured"},
    {1, "config_hash", VIEW_TEXT, "SHA-256 of the configuration"},
};

static const char no_correction[] = "The answer is right. No step needs a correction.";

struct path {
    struct crux_text *steps;
    size_t count;
    uint32_t *nodes; /* of the first steps */
    size_t known;    /* how many of those there are */
};

/* A tree whose families can be walked through. */
struct family {
    const struct crux_tree *tree;
    uint32_t *first; /* by node: its first child */
    uint32_t *next;  /* by node: its next sibling */
};

/* One row before it is JSON. */
struct record {
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

/* --- paths and nodes ------------------------------------------------------------------ */

static int no_memory(const struct crux_tree *tree, struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for the paths of problem %s",
                     tree->problem->id);
}

static void close_family(struct family *family)
{
    free(family->first);
    free(family->next);
}

/* On failure too, close it. */
static int open_family(struct family *out, const struct crux_tree *tree, struct crux_error *error)
{
    size_t room = (size_t)tree->node_count + 1;

    *out =
        (struct family){tree, malloc(room * sizeof *out->first), malloc(room * sizeof *out->next)};
    if (out->first == NULL || out->next == NULL)
        return no_memory(tree, error);
    for (uint32_t i = 0; i < tree->node_count; i++)
        out->first[i] = out->next[i] = CRUX_NO_NODE;
    for (uint32_t i = tree->node_count; i-- > 1;) {
        uint32_t parent = tree->nodes[i].parent;

        out->next[i] = out->first[parent];
        out->first[parent] = i;
    }
    return CRUX_OK;
}

static uint32_t find_child(const struct family *family, uint32_t parent, struct crux_text step)
{
    for (uint32_t i = family->first[parent]; i != CRUX_NO_NODE; i = family->next[i]) {
        const char *text = family->tree->nodes[i].text;

        if (strncmp(text, step.start, step.length) == 0 && text[step.length] == '\0')
            return i;
    }
    return CRUX_NO_NODE;
}

/* The nodes of a path: those of the rollout's node, then those that the tree has for the
 * rollout's own lines. For a path is its steps: that a rollout met them before the tree
 * grew there does not make them others. */
static void find_nodes(const struct family *family, uint32_t rollout, struct path *path)
{
    uint32_t node = family->tree->rollouts[rollout].node;

    path->known = family->tree->nodes[node].depth;
    for (size_t i = path->known, up = node; i > 0; up = family->tree->nodes[up].parent)
        path->nodes[--i] = (uint32_t)up;
    while (path->known < path->count &&
           (node = find_child(family, node, path->steps[path->known])) != CRUX_NO_NODE)
        path->nodes[path->known++] = node;
}

static int read_path(const struct family *family, uint32_t rollout, struct path *out,
                     struct crux_error *error)
{
    out->count = crux_path_steps(family->tree, rollout, NULL, 0);
    out->steps = calloc(out->count + 1, sizeof *out->steps);
    out->nodes = calloc(out->count + 1, sizeof *out->nodes);
    if (out->steps == NULL || out->nodes == NULL)
        return no_memory(family->tree, error);
    (void)crux_path_steps(family->tree, rollout, out->steps, out->count);
    find_nodes(family, rollout, out);
    return CRUX_OK;
}

/* The node that stands for step number i of the path, if the tree has it. */
static uint32_t node_of(const struct path *path, size_t i)
{
    return i < path->known ? path->nodes[i] : CRUX_NO_NODE;
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
    struct path shared = {.steps = record->wrong.steps, .count = record->prefix};

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
    const struct path *wrong = &record->wrong;
    size_t shared = record->prefix < wrong->known ? record->prefix : wrong->known;
    struct json *object = json_new_object();

    json_put(object, "prefix", of_value(record->tree, shared == 0 ? 0 : wrong->nodes[shared - 1]));
    json_put(object, "wrong", of_value(record->tree, node_of(wrong, record->prefix)));
    json_put(object, "right", of_value(record->tree, node_of(&record->right, record->prefix)));
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
    const struct path *path = record->verdict ? &record->right : &record->wrong;
    struct json *array = json_new_array();

    for (size_t i = 0; i < path->known; i++)
        json_add(array, json_of_integer(path->nodes[i]));
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

static struct json *of_images(const struct crux_problem *problem)
{
    struct json *array = json_new_array();

    for (uint32_t i = 0; i < problem->image_count; i++)
        json_add(array, json_of_string(problem->images[i]));
    return array;
}

static struct json *to_row(const struct record *record)
{
    const struct crux_problem *problem = record->tree->problem;
    struct json *row = json_new_object();

    json_put(row, "id", of_id(record));
    json_put(row, "problem_id", view_text(problem->id));
    json_put(row, "prompt", view_text(problem->prompt));
    json_put(row, "images", of_images(problem));
    json_put(row, "numbers", view_numbers(problem));
    json_put(row, "target", view_target(problem));
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
    free(record->wrong.nodes);
    free(record->right.steps);
    free(record->right.nodes);
}

static int of_pair(struct record *record, const struct family *family, const struct crux_pair *pair,
                   struct crux_error *error)
{
    int status = read_path(family, pair->wrong, &record->wrong, error);

    if (status == CRUX_OK)
        status = read_path(family, pair->right, &record->right, error);
    if (status != CRUX_OK)
        return status;
    if (pair->prefix > record->right.count || pair->first_error < pair->prefix ||
        pair->first_error >= record->wrong.count)
        return crux_fail(error, CRUX_STORE, "problem %s: pair %u does not fit its paths",
                         record->tree->problem->id, record->number);
    record->letter = 'w';
    record->prefix = pair->prefix;
    record->first_error = pair->first_error;
    record->text = pair->critique;
    record->error_type = pair->error_type;
    record->corrected_step = pair->corrected_step;
    record->verified = pair->method[0] != '\0';
    record->method = record->verified || pair->exact ? pair->method : "estimated";
    return CRUX_OK;
}

static int of_right(struct record *record, const struct family *family, uint32_t rollout,
                    struct crux_error *error)
{
    record->letter = 'r';
    record->first_error = -1;
    record->verdict = true;
    record->text = no_correction;
    return read_path(family, rollout, &record->right, error);
}

static int rows_of(const struct crux_tree *tree, const struct view_run *run, view_emit *emit,
                   void *context, struct crux_error *error)
{
    struct family family;
    int status = open_family(&family, tree, error);

    for (uint32_t i = 0; status == CRUX_OK && i < tree->pair_count + tree->right_count; i++) {
        bool negative = i < tree->pair_count;
        struct record record = {
            .tree = tree, .run = run, .number = negative ? i : i - tree->pair_count};

        status = negative ? of_pair(&record, &family, &tree->pairs[record.number], error)
                          : of_right(&record, &family, tree->rights[record.number], error);
        if (status == CRUX_OK)
            status = emit(context, to_row(&record), error);
        close_record(&record);
    }
    close_family(&family);
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
