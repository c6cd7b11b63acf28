/*
 * trees.c - the view `trees`: a finished tree whole, one JSON object.
 *
 * Flat lists that refer to each other by position, in the tree's own order: any
 * language reads them in a loop, and no depth of a tree nests the JSON deeper.
 */
#include "io/views/view.h"

static const struct view_field fields[] = {
    {0, "schema", VIEW_INTEGER, "version of this layout"},
    {0, "problem_id", VIEW_TEXT, "the problem's id in the input"},
    {0, "prompt", VIEW_TEXT, "the problem"},
    {0, "numbers", VIEW_INTEGERS, "what may be used, each once; empty outside domain numbers"},
    {0, "target", VIEW_INTEGER, "what must be made; 0 outside domain numbers"},
    {0, "reason", VIEW_TEXT,
     "why the search ended: `budget`, `stop`, `probe`, `exhausted` or `failed`"},
    {0, "failure", VIEW_TEXT, "with `failed`: why, one sentence; else empty"},
    {0, "simulations", VIEW_INTEGER, "simulations settled"},
    {0, "calls", VIEW_INTEGER, "calls to policies"},
    {0, "prompt_tokens", VIEW_INTEGER, "tokens read by models"},
    {0, "completion_tokens", VIEW_INTEGER, "tokens written by models"},
    {0, "price", VIEW_INTEGER, "in billionths of the currency"},
    {0, "nodes", VIEW_RECORDS, "depth first, a family in order of prior; node 0 is the problem"},
    {1, "id", VIEW_INTEGER, "position in this list"},
    {1, "parent", VIEW_INTEGER, "node, -1 for the root"},
    {1, "kind", VIEW_TEXT, "kind of step"},
    {1, "text", VIEW_TEXT, "the step; empty for the root"},
    {1, "visits", VIEW_INTEGER, "simulations that came through here"},
    {1, "value", VIEW_REAL, "mean of what they brought back, 0 to 1; 0 without visits"},
    {1, "prior", VIEW_REAL, "share of the family that the policy gave it"},
    {1, "target", VIEW_REAL,
     "share of the family that the search would now give it: the improved policy of Gumbel "
     "MuZero, a target to train a policy with"},
    {1, "score", VIEW_REAL, "of the execution critic, 0 to 1; -1 if none was asked"},
    {1, "terminal", VIEW_BOOL, "the answer is complete here"},
    {0, "rollouts", VIEW_RECORDS, "complete answers, in the order in which they settled"},
    {1, "node", VIEW_INTEGER, "the node at which the answer goes on"},
    {1, "text", VIEW_TEXT, "its steps after that node, one a line"},
    {1, "answer", VIEW_TEXT, "canonical form of the answer; empty if none"},
    {1, "verdict", VIEW_TEXT, "`right`, `wrong` or `unknown`"},
    {1, "reward", VIEW_REAL, "0 to 1"},
    {0, "best", VIEW_INTEGER, "the rollout to answer with, -1 if there is none"},
};

static struct json *of_node(const struct crux_tree *tree, uint32_t index)
{
    const struct crux_node *node = &tree->nodes[index];
    struct json *object = json_new_object();

    json_put(object, "id", json_of_integer(index));
    json_put(object, "parent",
             json_of_integer(node->parent == CRUX_NO_NODE ? -1 : (int64_t)node->parent));
    json_put(object, "kind", json_of_string(crux_kind_name((enum crux_kind)node->kind)));
    json_put(object, "text", view_text(node->text));
    json_put(object, "visits", json_of_integer(node->visits));
    json_put(object, "value", json_of_real(node->value));
    json_put(object, "prior", json_of_real(node->prior));
    json_put(object, "target", json_of_real(node->target));
    json_put(object, "score", json_of_real(node->score < 0.0 ? -1.0 : node->score));
    json_put(object, "terminal", json_of_bool(node->terminal));
    return object;
}

static struct json *of_rollout(const struct crux_rollout *rollout)
{
    struct json *object = json_new_object();

    json_put(object, "node", json_of_integer(rollout->node));
    json_put(object, "text", view_text(rollout->text));
    json_put(object, "answer", view_text(rollout->answer));
    json_put(object, "verdict",
             json_of_string(crux_verdict_name((enum crux_verdict)rollout->verdict)));
    json_put(object, "reward", json_of_real(rollout->reward));
    return object;
}

static void put_summary(struct json *row, const struct crux_tree *tree)
{
    json_put(row, "reason", json_of_string(crux_reason_name(tree->reason)));
    json_put(row, "failure", view_text(tree->failure));
    json_put(row, "simulations", json_of_integer((int64_t)tree->simulations));
    json_put(row, "calls", json_of_integer((int64_t)tree->calls));
    json_put(row, "prompt_tokens", json_of_integer((int64_t)tree->prompt_tokens));
    json_put(row, "completion_tokens", json_of_integer((int64_t)tree->completion_tokens));
    json_put(row, "price", json_of_integer(tree->price));
}

static struct json *of_tree(const struct crux_tree *tree)
{
    struct json *row = json_new_object();
    struct json *nodes = json_new_array(), *rollouts = json_new_array();
    uint32_t best = crux_best_rollout(tree);

    for (uint32_t i = 0; i < tree->node_count; i++)
        json_add(nodes, of_node(tree, i));
    for (uint32_t i = 0; i < tree->rollout_count; i++)
        json_add(rollouts, of_rollout(&tree->rollouts[i]));
    json_put(row, "schema", json_of_integer(CRUX_TREE_SCHEMA));
    json_put(row, "problem_id", view_text(tree->problem->id));
    json_put(row, "prompt", view_text(tree->problem->prompt));
    json_put(row, "numbers", view_numbers(tree->problem));
    json_put(row, "target", view_target(tree->problem));
    put_summary(row, tree);
    json_put(row, "nodes", nodes);
    json_put(row, "rollouts", rollouts);
    json_put(row, "best", json_of_integer(best == CRUX_NO_NODE ? -1 : (int64_t)best));
    return row;
}

char *crux_tree_json(const struct crux_tree *tree, bool indent)
{
    struct json *row = of_tree(tree);
    char *text = json_text(row, indent);

    json_free(row);
    return text;
}

static int rows_of(const struct crux_tree *tree, const struct view_run *run, view_emit *emit,
                   void *context, struct crux_error *error)
{
    (void)run;
    return emit(context, of_tree(tree), error);
}

const struct view view_trees = {
    .name = "trees",
    .help = "every finished tree whole, one a line, for scripts of your own",
    .story = "One row is one finished tree: every node with its statistics and every complete "
             "answer with its verdict. A path is the texts of the nodes from the root's child "
             "down to a rollout's node, then the lines of the rollout's text.",
    .checking = "For every node, `visits` is at least the sum of its children's. Follow `parent` "
                "from the node of rollout number `best` up to node 0, read the texts from the "
                "top down, then the rollout's lines: that is the answer to give. The targets of "
                "a node's children sum up to 1.",
    .fields = fields,
    .field_count = sizeof fields / sizeof fields[0],
    .rows = rows_of,
};
