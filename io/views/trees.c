/*
 * trees.c - the view `trees`: a finished tree whole, one JSON object.
 *
 * Flat lists that refer to each other by position, in the tree's own order: any
 * language reads them in a loop, and no depth of a tree nests the JSON deeper.
 */
#include "io/views/view.h"

/* --- columns ------------------------------------------------------------------------------ */

/* A column of a tree, of a node of it, of a rollout, by the expression that makes its value. */
#define COLUMN(name, type, item_name, value)                                                       \
    static void name(struct json_row *out, const void *row, const void *item)                      \
    {                                                                                              \
        const struct crux_tree *tree = ((const struct view_tree *)row)->tree;                      \
        const struct type *(item_name) = item;                                                     \
                                                                                                   \
        (void)tree;                                                                                \
        (void)(item_name);                                                                         \
        value;                                                                                     \
    }
#define TREE_COLUMN(name, value)    COLUMN(name, crux_tree, none, value)
#define NODE_COLUMN(name, value)    COLUMN(name, crux_node, node, value)
#define ROLLOUT_COLUMN(name, value) COLUMN(name, crux_rollout, rollout, value)
#define THOUGHT_COLUMN(name, value) COLUMN(name, view_thought, thought, value)
#define REMARK_COLUMN(name, value)  COLUMN(name, crux_remark, remark, value)

TREE_COLUMN(tree_schema, json_row_integer(out, CRUX_TREE_SCHEMA))
TREE_COLUMN(tree_problem_id, view_text(out, tree->problem->id))
TREE_COLUMN(tree_prompt, view_text(out, tree->problem->prompt))
TREE_COLUMN(tree_numbers, view_numbers(out, tree->problem))
TREE_COLUMN(tree_target, view_target(out, tree->problem))
TREE_COLUMN(tree_reason, view_text(out, crux_reason_name(tree->reason)))
TREE_COLUMN(tree_failure, view_text(out, tree->failure))
TREE_COLUMN(tree_simulations, json_row_integer(out, (int64_t)tree->simulations))
TREE_COLUMN(tree_calls, json_row_integer(out, (int64_t)tree->calls))
TREE_COLUMN(tree_prompt_tokens, json_row_integer(out, (int64_t)tree->prompt_tokens))
TREE_COLUMN(tree_completion_tokens, json_row_integer(out, (int64_t)tree->completion_tokens))
TREE_COLUMN(tree_price, json_row_integer(out, tree->price))
TREE_COLUMN(tree_best, view_place(out, crux_best_rollout(tree)))

NODE_COLUMN(node_id, json_row_integer(out, node - tree->nodes))
NODE_COLUMN(node_parent, view_place(out, node->parent))
NODE_COLUMN(node_kind, view_text(out, crux_kind_name((enum crux_kind)node->kind)))
NODE_COLUMN(node_text, view_step(out, node->text))
NODE_COLUMN(node_visits, json_row_integer(out, node->visits))
NODE_COLUMN(node_value, json_row_real(out, node->value))
NODE_COLUMN(node_prior, json_row_real(out, node->prior))
NODE_COLUMN(node_target, json_row_real(out, node->target))
NODE_COLUMN(node_score, view_score(out, node->score))
NODE_COLUMN(node_terminal, json_row_bool(out, node->terminal))

ROLLOUT_COLUMN(rollout_node, json_row_integer(out, rollout->node))
ROLLOUT_COLUMN(rollout_text, view_step(out, rollout->text))
ROLLOUT_COLUMN(rollout_steps, view_lines(out, rollout->text))
ROLLOUT_COLUMN(rollout_answer, view_text(out, rollout->answer))
ROLLOUT_COLUMN(rollout_verdict,
               view_text(out, crux_verdict_name((enum crux_verdict)rollout->verdict)))
ROLLOUT_COLUMN(rollout_reward, json_row_real(out, rollout->reward))

THOUGHT_COLUMN(thought_node, view_place(out, thought->node))
THOUGHT_COLUMN(thought_rollout, view_place(out, thought->rollout))
THOUGHT_COLUMN(thought_text, view_text(out, thought->text))

REMARK_COLUMN(remark_node, view_remark_node(out, remark))
REMARK_COLUMN(remark_rollout, view_remark_rollout(out, remark))
REMARK_COLUMN(remark_role, view_text(out, crux_role_name((enum crux_role)remark->role)))
REMARK_COLUMN(remark_score, view_score(out, remark->score))
REMARK_COLUMN(remark_steps, view_rewards(out, &remark->opinion))
REMARK_COLUMN(remark_judges, json_row_integer(out, remark->opinion.judges))
REMARK_COLUMN(remark_spread, json_row_real(out, remark->opinion.spread))
REMARK_COLUMN(remark_why, view_text(out, remark->opinion.sentence))

static const void *next_node(const void *row, const void *around, const void *item)
{
    const struct crux_tree *tree = ((const struct view_tree *)row)->tree;
    const struct crux_node *node = item == NULL ? tree->nodes : (const struct crux_node *)item + 1;

    (void)around;
    return tree->node_count == 0 || node == tree->nodes + tree->node_count ? NULL : node;
}

static const void *next_rollout(const void *row, const void *around, const void *item)
{
    const struct crux_tree *tree = ((const struct view_tree *)row)->tree;
    const struct crux_rollout *rollout =
        item == NULL ? tree->rollouts : (const struct crux_rollout *)item + 1;

    (void)around;
    return tree->rollout_count == 0 || rollout == tree->rollouts + tree->rollout_count ? NULL
                                                                                       : rollout;
}

static const void *next_thought(const void *row, const void *around, const void *item)
{
    const struct view_tree *what = row;
    const struct view_thought *next =
        item == NULL ? what->thoughts : (const struct view_thought *)item + 1;

    (void)around;
    return what->thought_count == 0 || next == what->thoughts + what->thought_count ? NULL : next;
}

static const void *next_remark(const void *row, const void *around, const void *item)
{
    const struct crux_tree *tree = ((const struct view_tree *)row)->tree;
    const struct crux_remark *remark =
        item == NULL ? tree->remarks : (const struct crux_remark *)item + 1;

    (void)around;
    return tree->remark_count == 0 || remark == tree->remarks + tree->remark_count ? NULL : remark;
}

static const struct view_field trees_fields[] = {
    {0, "schema", VIEW_INTEGER, "version of this layout", {tree_schema}},
    {0, "problem_id", VIEW_TEXT, "the problem's id in the input", {tree_problem_id}},
    {0, "prompt", VIEW_TEXT, "the problem", {tree_prompt}},
    {0,
     "numbers",
     VIEW_INTEGERS,
     "what may be used, each once; empty outside domain numbers",
     {tree_numbers}},
    {0, "target", VIEW_INTEGER, "what must be made; 0 outside domain numbers", {tree_target}},
    {0,
     "reason",
     VIEW_TEXT,
     "why the search ended: `budget`, `stop`, `probe`, `exhausted` or `failed`",
     {tree_reason}},
    {0, "failure", VIEW_TEXT, "with `failed`: why, one sentence; else empty", {tree_failure}},
    {0, "simulations", VIEW_INTEGER, "simulations settled", {tree_simulations}},
    {0, "calls", VIEW_INTEGER, "calls to policies", {tree_calls}},
    {0, "prompt_tokens", VIEW_INTEGER, "tokens read by models", {tree_prompt_tokens}},
    {0, "completion_tokens", VIEW_INTEGER, "tokens written by models", {tree_completion_tokens}},
    {0, "price", VIEW_INTEGER, "in billionths of the currency", {tree_price}},
    {0,
     "nodes",
     VIEW_RECORDS,
     "depth first, a family in order of prior; node 0 is the problem",
     {.next = next_node}},
    {1, "id", VIEW_INTEGER, "position in this list", {node_id}},
    {1, "parent", VIEW_INTEGER, "node, -1 for the root", {node_parent}},
    {1, "kind", VIEW_TEXT, "kind of step", {node_kind}},
    {1, "text", VIEW_TEXT, "the step; empty for the root", {node_text}},
    {1, "visits", VIEW_INTEGER, "simulations that came through here", {node_visits}},
    {1,
     "value",
     VIEW_REAL,
     "mean of what they brought back, 0 to 1; 0 without visits",
     {node_value}},
    {1, "prior", VIEW_REAL, "share of the family that the policy gave it", {node_prior}},
    {1,
     "target",
     VIEW_REAL,
     "share of the family that the search would now give it: the improved policy of Gumbel "
     "MuZero, a target to train a policy with",
     {node_target}},
    {1, "score", VIEW_REAL, "of the execution critic, 0 to 1; -1 if none was asked", {node_score}},
    {1, "terminal", VIEW_BOOL, "the answer is complete here", {node_terminal}},
    {0,
     "rollouts",
     VIEW_RECORDS,
     "complete answers, in the order in which they settled",
     {.next = next_rollout}},
    {1, "node", VIEW_INTEGER, "the node at which the answer goes on", {rollout_node}},
    {1,
     "text",
     VIEW_TEXT,
     "its steps after that node, with a line break between two",
     {rollout_text}},
    {1,
     "steps",
     VIEW_TEXTS,
     "the same as a list, for a step may have lines of its own",
     {rollout_steps}},
    {1, "answer", VIEW_TEXT, "canonical form of the answer; empty if none", {rollout_answer}},
    {1, "verdict", VIEW_TEXT, "`right`, `wrong` or `unknown`", {rollout_verdict}},
    {1, "reward", VIEW_REAL, "0 to 1", {rollout_reward}},
    {0, "best", VIEW_INTEGER, "the rollout to answer with, -1 if there is none", {tree_best}},
    {0,
     "thoughts",
     VIEW_RECORDS,
     "what a reasoning model thought before it spoke, with `--thoughts keep`; else empty",
     {.next = next_thought}},
    {1, "node", VIEW_INTEGER, "before which node, -1 if before a rollout", {thought_node}},
    {1, "rollout", VIEW_INTEGER, "before which rollout, -1 if before a node", {thought_rollout}},
    {1,
     "text",
     VIEW_TEXT,
     "byte for byte, without `<think>` and `</think>` around it; of several samples that said the "
     "same, those of the first",
     {thought_text}},
    {0,
     "remarks",
     VIEW_RECORDS,
     "what critics said beside their numbers; those of nodes, then those of rollouts",
     {.next = next_remark}},
    {1, "node", VIEW_INTEGER, "of which node, -1 if of a rollout", {remark_node}},
    {1, "rollout", VIEW_INTEGER, "of which rollout, -1 if of a node", {remark_rollout}},
    {1, "role", VIEW_TEXT, "the critic: `outcome`, `execution`, `value`", {remark_role}},
    {1, "score", VIEW_REAL, "its number, 0 to 1; -1 if unknown", {remark_score}},
    {1,
     "steps",
     VIEW_REALS,
     "rewards of the steps, 0 to 1, in order, as the critic cut them; -1 if unknown",
     {remark_steps}},
    {1, "judges", VIEW_INTEGER, "how many votes or members it is made of; 0: one", {remark_judges}},
    {1,
     "spread",
     VIEW_REAL,
     "standard deviation of their numbers; -1 if not known",
     {remark_spread}},
    {1, "why", VIEW_TEXT, "a sentence; empty if none", {remark_why}},
};

struct trees_text {
    bool indent;
    char *made; /* NULL: not */
};

/* A copy of the row, laid out by json_text(): in a row of its own lines ends are not escaped. */
static int trees_copy(void *context, const char *row, size_t length, enum view_side side,
                      struct crux_error *error)
{
    struct trees_text *text = context;
    struct json *parsed = NULL;
    int status = json_parse(&parsed, row, length, error);

    (void)side;
    text->made = json_text(parsed, text->indent);
    json_free(parsed);
    return status;
}

static char *trees_text(const struct view_tree *what, bool indent)
{
    const struct view_run run = {.images = true};
    struct trees_text text = {.indent = indent};
    struct view_out out = {.emit = trees_copy, .context = &text};

    (void)view_rows(&view_trees, what, &run, &out, NULL); /* on failure there is no text */
    view_out_close(&out);
    return text.made;
}

char *crux_tree_json(const struct crux_tree *tree, bool indent)
{
    return trees_text(&(struct view_tree){.tree = tree}, indent);
}

int crux_store_tree_json(char **out, struct crux_store *store, const struct crux_tree *tree,
                         bool indent, struct crux_error *error)
{
    struct view_tree what;
    int status = view_tree_open(&what, store, tree, error);
    char *text;

    if (status != CRUX_OK)
        return status;
    text = trees_text(&what, indent);
    view_tree_close(&what);
    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to write the tree as JSON");
    *out = text;
    return CRUX_OK;
}

static int trees_rows(const struct view_tree *what, const struct view_run *run,
                      struct view_out *out, struct crux_error *error)
{
    (void)run;
    return view_put(out, what, VIEW_NEITHER, error);
}

const struct view view_trees = {
    .name = "trees",
    .help = "every finished tree whole, one a line, for scripts of your own",
    .story = "One row is one finished tree: every node with its statistics and every complete "
             "answer with its verdict. A path is the texts of the nodes from the root's child "
             "down to a rollout's node, then the rollout's steps. What a model thought before a "
             "node or a rollout is in no step; it is listed apart.",
    .checking = "For every node, `visits` is at least the sum of its children's. Follow `parent` "
                "from the node of rollout number `best` up to node 0, read the texts from the "
                "top down, then the rollout's steps: that is the answer to give. The targets of "
                "a node's children sum up to 1.",
    .fields = trees_fields,
    .field_count = sizeof trees_fields / sizeof trees_fields[0],
    .rows = trees_rows,
};
