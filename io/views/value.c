/*
 * value.c - the view `value`: states of a search with what they are worth, for value models.
 *
 * A value is the share of right answers among those through the node of which the verdict is known;
 * what the search counted of others is none. So it says nothing of a node without such answers. For
 * those the completed value is what Gumbel MuZero puts in its place (Danihelka et al. 2022,
 * appendix D, eq. 33), from the node above:
 *
 *     (own + sum N  x  sum prior value / sum prior) / (1 + sum N)
 *
 * sums over the children with answers, N their answers, own the value of the answers that were made
 * at the node above itself.
 */
#include "io/views/about.h"
#include "io/views/columns.h"
#include "io/views/state.h"

#include <math.h>
#include <stdlib.h>

struct value_tree {
    struct record_about about;
    struct paths paths;
    struct tally tally;
    struct state state;
    double *mixed; /* by node: of its children without answers */
};

struct value_row {
    struct record_about about; /* first */
    const struct value_tree *tree;
    const struct crux_node *node;
    const struct tally_node *tally;
    uint32_t number;
    double completed, above; /* above: of the parent; at the root its own */
};

/* --- columns ------------------------------------------------------------------------------ */

#define VALUE_COLUMN(name, value) COLUMNS_WRITE(value_row, here, name, value)
#define VALUE_PARENT              (here->number == 0 ? -1 : (int64_t)here->node->parent)

VALUE_COLUMN(value_id, view_path_id(out, here->about.what->tree->problem, 'n', here->number))
VALUE_COLUMN(value_node, json_row_integer(out, here->number))
VALUE_COLUMN(value_parent, json_row_integer(out, VALUE_PARENT))
VALUE_COLUMN(value_depth, json_row_integer(out, here->node->depth))
VALUE_COLUMN(value_kind, view_text(out, crux_kind_name((enum crux_kind)here->node->kind)))
VALUE_COLUMN(value_state, state_put(out, &here->tree->state, here->number))
VALUE_COLUMN(value_step, state_put_step(out, &here->tree->state, here->number))
VALUE_COLUMN(value_value, json_row_real(out, tally_value(here->tally)))
VALUE_COLUMN(value_visits, json_row_integer(out, here->node->visits))
VALUE_COLUMN(value_completed, json_row_real(out, here->completed))
VALUE_COLUMN(value_advantage, json_row_real(out, here->completed - here->above))
VALUE_COLUMN(value_prior, json_row_real(out, here->node->prior))
VALUE_COLUMN(value_target, json_row_real(out, here->node->target))
VALUE_COLUMN(value_score, json_row_real(out, fmax(here->node->score, -1.0)))
VALUE_COLUMN(value_terminal, json_row_bool(out, here->node->terminal))
VALUE_COLUMN(value_rights, json_row_integer(out, here->tally->right))
VALUE_COLUMN(value_counts, json_row_integer(out, here->tally->of))
VALUE_COLUMN(value_tokens, json_row_integer(out, here->node->tokens))
VALUE_COLUMN(value_logprob, json_row_real(out, here->node->logprob))

/* clang-format off */
static const struct view_field value_fields[] = {
    {0, "id", VIEW_TEXT, "unique: the problem, then `n` and the node's number", {value_id}},
    COLUMNS_PROBLEM_ID,
    {0, "node", VIEW_INTEGER, "position in view trees", {value_node}},
    {0, "parent", VIEW_INTEGER, "node, -1 for the root", {value_parent}},
    {0, "depth", VIEW_INTEGER, "steps down to it", {value_depth}},
    {0, "kind", VIEW_TEXT, "kind of step", {value_kind}},
    {0, "state", VIEW_TEXT, "the problem and the steps down to it, each with a line break behind it; those that tokens "
     "cut, as they are",
     {value_state}},
    {0, "step", VIEW_TEXT, "the last of them; empty for the root", {value_step}},
    {0, "value", VIEW_REAL, "`rights` of `counts`; 0.0 without any", {value_value}},
    {0, "visits", VIEW_INTEGER, "simulations that came through it", {value_visits}},
    {0, "completed_q", VIEW_REAL,
     "`value` where there are `counts`; else what Gumbel MuZero puts in its place, from the node "
     "above and its other children",
     {value_completed}},
    {0, "advantage", VIEW_REAL, "`completed_q` less `value` of the node above; 0.0 for the root",
     {value_advantage}},
    {0, "prior", VIEW_REAL, "share of the family that the policy gave it", {value_prior}},
    {0, "target", VIEW_REAL, "share of the family that the search would now give it", {value_target}},
    {0, "score", VIEW_REAL, "of the execution critic, 0 to 1; -1.0 if none", {value_score}},
    {0, "terminal", VIEW_BOOL, "the answer is complete here", {value_terminal}},
    {0, "rights", VIEW_INTEGER, "right ones of the answers through it", {value_rights}},
    {0, "counts", VIEW_INTEGER, "answers through it whose verdict is known", {value_counts}},
    {0, "tokens", VIEW_INTEGER, "of `step`, as the policy counts; 0 if not known", {value_tokens}},
    {0, "logprob", VIEW_REAL, "mean of a token's; 0.0 if not known", {value_logprob}},
    COLUMNS_ANSWERS,
    COLUMNS_IMAGES,
};
/* clang-format on */

/* --- completed values --------------------------------------------------------------------- */

static double value_mixed_of(const struct value_tree *tree, uint32_t node)
{
    const struct crux_node *nodes = tree->about.what->tree->nodes;
    const struct tally_node *all = &tree->tally.of[node], own = *all;
    double priors = 0.0, values = 0.0, rest;
    uint32_t right = 0, of = 0;

    for (uint32_t i = tree->paths.first[node]; i != CRUX_NO_NODE; i = tree->paths.next[i]) {
        const struct tally_node *child = &tree->tally.of[i];
        double prior = fmax(nodes[i].prior, 1e-6);

        if (child->of == 0)
            continue;
        priors += prior;
        values += prior * tally_value(child);
        right += child->right;
        of += child->of;
    }
    rest = own.of > of ? (double)(own.right - right) / (double)(own.of - of) : tally_value(all);
    return of == 0 ? rest : (rest + of * values / priors) / (1.0 + of);
}

static int value_open(struct value_tree *tree, struct crux_error *error)
{
    const struct crux_tree *of = tree->about.what->tree;
    int status = tally_open(&tree->tally, &tree->paths, error);

    if (status == CRUX_OK)
        status = state_open(&tree->state, of, tree->about.run, error);
    if (status != CRUX_OK)
        return status;
    tree->mixed = malloc(((size_t)of->node_count + 1) * sizeof *tree->mixed);
    if (tree->mixed == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the values of problem %s",
                         of->problem->id);
    for (uint32_t i = 0; i < of->node_count; i++)
        tree->mixed[i] = value_mixed_of(tree, i);
    return CRUX_OK;
}

/* --- rows --------------------------------------------------------------------------------- */

/* Nothing is known of what lies below a node without answers of known verdict. */
static int value_put(const struct value_tree *tree, uint32_t number, struct view_out *out,
                     struct crux_error *error)
{
    const struct crux_node *node = &tree->about.what->tree->nodes[number];
    const struct tally_node *tally = &tree->tally.of[number];
    const struct tally_node *above = number == 0 ? tally : &tree->tally.of[node->parent];
    struct value_row row = {.about = tree->about,
                            .tree = tree,
                            .node = node,
                            .tally = tally,
                            .number = number,
                            .above = tally_value(above)};

    if (above->of == 0)
        return CRUX_OK;
    row.completed = tally->of > 0 ? tally_value(tally) : tree->mixed[node->parent];
    return view_put(out, &row, VIEW_NEITHER, error);
}

static int value_rows(const struct view_tree *what, const struct view_run *run,
                      struct view_out *out, struct crux_error *error)
{
    struct value_tree tree = {.about = about_tree(what, run)};
    int status = paths_open(&tree.paths, what->tree, error);

    if (status == CRUX_OK)
        status = value_open(&tree, error);
    for (uint32_t i = 0; i < what->tree->node_count && status == CRUX_OK; i++)
        status = value_put(&tree, i, out, error);
    free(tree.mixed);
    state_close(&tree.state);
    tally_close(&tree.tally);
    paths_close(&tree.paths);
    return status;
}

const struct view view_value = {
    .name = "value",
    .help = "every state of the search with what it is worth, for value models",
    .story = "A row is a node of the tree: the problem and the steps down to it, how many of the "
             "answers through it are right, and how it compares with the node above. A node "
             "without an answer whose verdict is known (`counts` 0) is here where the node above "
             "has some: its `value` is none then, and `completed_q` an estimate from its family. "
             "A search comes by promising nodes more often than by others, so the shares are "
             "those of its answers, and not of the model's own.",
    .checking = "Find `node` in view trees and count the answers through it: `rights` of `counts` "
                "are right. Where `counts` is not 0, `advantage` is `value` less the `value` of "
                "the row of `parent`.",
    .fields = value_fields,
    .field_count = sizeof value_fields / sizeof value_fields[0],
    .rows = value_rows,
};
