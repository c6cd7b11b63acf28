/*
 * ranking.c - the view `ranking`: of the children of a node the best against the lower ones, each
 * with the context by which a critic compares them, for reward models that rank steps.
 *
 * These are the pairs of CR-Planner (arXiv 2410.01428, section 2.3): D_Rationale, D_Query, D_Doc
 * and D_SubGoal of trees of that grammar, and of plain reasoning steps behind all steps before
 * them. Which siblings are a pair is siblings.h's rule, which `crux train` goes by, too, and what
 * is the context contexts.h's. A child is worth the mean of what came back through it, as the paper
 * has it; here also an answer through it must have a known verdict, as in every view.
 */
#include "io/contexts.h"
#include "io/siblings.h"
#include "io/views/columns.h"
#include "io/views/state.h"

#include <math.h>
#include <stdlib.h>

/* A tree while its pairs are found. */
struct ranking_tree {
    const struct view_tree *what;
    const struct view_run *run;
    struct paths paths;
    struct tally tally;
    struct state state;
    double *worth;     /* by node */
    uint32_t *context; /* room for the deepest */
    struct view_out *out;
    struct crux_error *error;
    uint32_t number; /* of the next pair */
    int status;
};

/* One row before it is JSON. */
struct ranking_pair {
    struct record_about about; /* first */
    const struct ranking_tree *tree;
    uint32_t number, node;   /* node: whose children they are */
    uint32_t child[2];       /* rejected, chosen */
    const uint32_t *context; /* nodes, first to last */
    uint32_t context_count;
};

/* --- columns ------------------------------------------------------------------------------ */

#define RANK_COLUMN(name, value) COLUMNS_WRITE(ranking_pair, pair, name, value)
#define RANK_NODE(which)         (&pair->tree->what->tree->nodes[pair->child[which]])
#define RANK_TALLY(which)        (&pair->tree->tally.of[pair->child[which]])

/* The same column of the rejected and of the chosen one. */
#define RANK_COLUMNS(name, value)                                                                  \
    RANK_COLUMN(ranking_rejected_##name, value(0))                                                 \
    RANK_COLUMN(ranking_chosen_##name, value(1))

#define RANK_STEP(which)    state_put_step(out, &pair->tree->state, pair->child[which])
#define RANK_KIND(which)    ranking_put_kind(out, RANK_NODE(which))
#define RANK_NUMBER(which)  json_row_integer(out, pair->child[which])
#define RANK_VALUE(which)   json_row_real(out, RANK_NODE(which)->value)
#define RANK_VISITS(which)  json_row_integer(out, RANK_NODE(which)->visits)
#define RANK_RIGHTS(which)  json_row_integer(out, RANK_TALLY(which)->right)
#define RANK_COUNTS(which)  json_row_integer(out, RANK_TALLY(which)->of)
#define RANK_SCORE(which)   json_row_real(out, fmax(RANK_NODE(which)->score, -1.0))
#define RANK_TOKENS(which)  json_row_integer(out, RANK_NODE(which)->tokens)
#define RANK_LOGPROB(which) json_row_real(out, RANK_NODE(which)->logprob)

static void ranking_put_kind(struct json_row *out, const struct crux_node *node)
{
    view_text(out, crux_kind_name((enum crux_kind)node->kind));
}

/* The problem and its context, each with a line break behind it; of plain reasoning as the other
 * views of steps have it. */
static void ranking_put_prompt(struct json_row *out, const struct ranking_pair *pair)
{
    const struct crux_tree *tree = pair->tree->what->tree;

    if (RANK_NODE(1)->kind == CRUX_STEP) {
        state_put(out, &pair->tree->state, pair->node);
        return;
    }
    json_row_begin_text(out);
    columns_add_problem(out, tree->problem);
    columns_add(out, "\n");
    for (uint32_t i = 0; i < pair->context_count; i++) {
        columns_add_step(out, state_step(tree, pair->context[i]));
        columns_add(out, "\n");
    }
    json_row_end_text(out);
}

static void ranking_put_nodes(struct json_row *out, const struct ranking_pair *pair)
{
    json_row_begin_list(out);
    for (uint32_t i = 0; i < pair->context_count; i++)
        json_row_integer(out, pair->context[i]);
    json_row_end_list(out);
}

static void ranking_put_kinds(struct json_row *out, const struct ranking_pair *pair)
{
    json_row_begin_list(out);
    for (uint32_t i = 0; i < pair->context_count; i++)
        ranking_put_kind(out, &pair->tree->what->tree->nodes[pair->context[i]]);
    json_row_end_list(out);
}

RANK_COLUMN(ranking_id, view_path_id(out, pair->about.what->tree->problem, 'k', pair->number))
RANK_COLUMN(ranking_prompt, ranking_put_prompt(out, pair))
RANK_COLUMN(ranking_context, view_text(out, contexts_name((enum crux_kind)RANK_NODE(1)->kind)))
RANK_COLUMN(ranking_context_nodes, ranking_put_nodes(out, pair))
RANK_COLUMN(ranking_context_kinds, ranking_put_kinds(out, pair))
RANK_COLUMN(ranking_difference, json_row_real(out, RANK_NODE(1)->value - RANK_NODE(0)->value))
RANK_COLUMN(ranking_depth, json_row_integer(out, pair->tree->what->tree->nodes[pair->node].depth))
RANK_COLUMN(ranking_node, json_row_integer(out, pair->node))
RANK_COLUMNS(step, RANK_STEP)
RANK_COLUMNS(kind, RANK_KIND)
RANK_COLUMNS(node, RANK_NUMBER)
RANK_COLUMNS(value, RANK_VALUE)
RANK_COLUMNS(visits, RANK_VISITS)
RANK_COLUMNS(rights, RANK_RIGHTS)
RANK_COLUMNS(counts, RANK_COUNTS)
RANK_COLUMNS(score, RANK_SCORE)
RANK_COLUMNS(tokens, RANK_TOKENS)
RANK_COLUMNS(logprob, RANK_LOGPROB)

/* clang-format off */
#define RANK_FIELDS(which)                                                                         \
    {0, #which "_kind", VIEW_TEXT, "kind of step: `reason`, `rationale`, `doc`, ...",              \
     {ranking_##which##_kind}},                                                                    \
    {0, #which "_node", VIEW_INTEGER, "position in view trees", {ranking_##which##_node}},         \
    {0, #which "_value", VIEW_REAL, "mean of what came back through it, 0 to 1",                   \
     {ranking_##which##_value}},                                                                   \
    {0, #which "_visits", VIEW_INTEGER, "simulations through it", {ranking_##which##_visits}},     \
    {0, #which "_rights", VIEW_INTEGER, "right ones of the answers through it",                    \
     {ranking_##which##_rights}},                                                                  \
    {0, #which "_counts", VIEW_INTEGER, "answers through it whose verdict is known",               \
     {ranking_##which##_counts}},                                                                  \
    {0, #which "_score", VIEW_REAL, "of the critic of its kind, 0 to 1; -1.0 if none",             \
     {ranking_##which##_score}},                                                                   \
    {0, #which "_tokens", VIEW_INTEGER, "as the policy counts; 0 if not known",                    \
     {ranking_##which##_tokens}},                                                                  \
    {0, #which "_logprob", VIEW_REAL, "mean of a token's; 0.0 if not known",                       \
     {ranking_##which##_logprob}}

static const struct view_field ranking_fields[] = {
    {0, "id", VIEW_TEXT, "unique: the problem, then `k` and a number", {ranking_id}},
    COLUMNS_PROBLEM_ID,
    {0, "prompt", VIEW_TEXT, "the problem and the context, each with a line break behind it; steps that tokens cut, "
     "as they are",
     {ranking_prompt}},
    {0, "chosen", VIEW_TEXT, "the best next step", {ranking_chosen_step}},
    {0, "rejected", VIEW_TEXT, "a lower one", {ranking_rejected_step}},
    {0, "context", VIEW_TEXT,
     "whose context it is: `rationale` (all rationales before it), `query` (the latest rationale), `doc` (the latest "
     "rationale and query), `subgoal` (all rationales, queries and documents), `step` (all steps)",
     {ranking_context}},
    {0, "context_nodes", VIEW_INTEGERS, "the context's steps, as positions in view trees", {ranking_context_nodes}},
    {0, "context_kinds", VIEW_TEXTS, "their kinds", {ranking_context_kinds}},
    {0, "difference", VIEW_REAL, "`chosen_value` less `rejected_value`", {ranking_difference}},
    {0, "depth", VIEW_INTEGER, "steps down to `node`", {ranking_depth}},
    {0, "node", VIEW_INTEGER, "of the tree, whose children they are", {ranking_node}},
    RANK_FIELDS(chosen),
    RANK_FIELDS(rejected),
    COLUMNS_ANSWERS,
    COLUMNS_IMAGES,
};
/* clang-format on */

/* --- pairs -------------------------------------------------------------------------------- */

/* The answers of the first wrong path through the rejected one, of the first right one through the
 * chosen one. */
static void ranking_find_answers(struct ranking_pair *pair)
{
    const struct crux_rollout *rollouts = pair->tree->what->tree->rollouts;
    uint32_t wrong = RANK_TALLY(0)->first[0], right = RANK_TALLY(1)->first[1];

    pair->about.wrong_answer = wrong == CRUX_NO_NODE ? "" : rollouts[wrong].answer;
    pair->about.right_answer = right == CRUX_NO_NODE ? "" : rollouts[right].answer;
}

/* From the last step before the pair to the first, written from the end of the room. */
static void ranking_find_context(struct ranking_pair *pair, uint32_t *room)
{
    const struct crux_node *nodes = pair->tree->what->tree->nodes;
    struct contexts context = contexts_of((enum crux_kind)RANK_NODE(1)->kind);
    uint32_t depth = nodes[pair->node].depth, at = depth;

    for (uint32_t node = pair->node; node != 0; node = nodes[node].parent)
        if (contexts_take(&context, (enum crux_kind)nodes[node].kind))
            room[--at] = node;
    pair->context = room + at;
    pair->context_count = depth - at;
}

static bool ranking_put(void *context, uint32_t better, uint32_t lower)
{
    struct ranking_tree *tree = context;
    struct ranking_pair pair = {.about = {.what = tree->what, .run = tree->run},
                                .tree = tree,
                                .number = tree->number++,
                                .node = tree->what->tree->nodes[better].parent,
                                .child = {lower, better}};

    ranking_find_answers(&pair);
    ranking_find_context(&pair, tree->context);
    tree->status = view_put(tree->out, &pair, VIEW_NEITHER, tree->error);
    return tree->status == CRUX_OK;
}

static int ranking_no_memory(const struct ranking_tree *tree)
{
    return crux_fail(tree->error, CRUX_MEMORY, "no memory for the pairs of problem %s",
                     tree->what->tree->problem->id);
}

static int ranking_pairs(struct ranking_tree *tree)
{
    const struct crux_choice *choice = &tree->run->choice;
    const struct siblings_rule rule = {
        .kinds = SIBLINGS_EVERY, .margin = choice->margin, .siblings = choice->siblings};
    struct siblings_count count = {.families = 0};

    tree->status = CRUX_OK;
    if (siblings_each(tree->what->tree, &rule, tree->worth, ranking_put, tree, &count))
        return CRUX_OK;
    return tree->status != CRUX_OK ? tree->status : ranking_no_memory(tree);
}

/* --- trees -------------------------------------------------------------------------------- */

/* A step that says nothing is worth nothing that could be learnt. */
static double ranking_worth_of(const struct ranking_tree *tree, uint32_t node)
{
    const struct crux_tree *of = tree->what->tree;

    if (tree->tally.of[node].of == 0 || state_step(of, node).length == 0)
        return -1.0;
    return siblings_value(&of->nodes[node], tree->run->choice.visits);
}

static int ranking_open(struct ranking_tree *tree)
{
    const struct crux_tree *of = tree->what->tree;
    int status = tally_open(&tree->tally, &tree->paths, tree->error);
    uint32_t deepest = 0;

    if (status == CRUX_OK)
        status = state_open(&tree->state, of, tree->run, tree->error);
    if (status != CRUX_OK)
        return status;
    for (uint32_t i = 0; i < of->node_count; i++)
        deepest = of->nodes[i].depth > deepest ? of->nodes[i].depth : deepest;
    tree->worth = malloc(((size_t)of->node_count + 1) * sizeof *tree->worth);
    tree->context = malloc(((size_t)deepest + 1) * sizeof *tree->context);
    if (tree->worth == NULL || tree->context == NULL)
        return ranking_no_memory(tree);
    for (uint32_t i = 0; i < of->node_count; i++)
        tree->worth[i] = ranking_worth_of(tree, i);
    return CRUX_OK;
}

static int ranking_rows(const struct view_tree *what, const struct view_run *run,
                        struct view_out *out, struct crux_error *error)
{
    struct ranking_tree tree = {.what = what, .run = run, .out = out, .error = error};
    int status = paths_open(&tree.paths, what->tree, error);

    if (status == CRUX_OK)
        status = ranking_open(&tree);
    if (status == CRUX_OK)
        status = ranking_pairs(&tree);
    free(tree.worth);
    free(tree.context);
    state_close(&tree.state);
    tally_close(&tree.tally);
    paths_close(&tree.paths);
    return status;
}

const struct view view_ranking = {
    .name = "ranking",
    .help = "the best next step against each lower one, with what a critic sees of the path",
    .story =
        "A row is a node of the tree with two of its children: the one with the highest value, and "
        "one whose value is lower, by `--margin` or more; both have `--visits` or more. Of each "
        "family the best is against all lower ones, or with `--siblings one` against the next. In "
        "trees of the grammar `cr-planner` the prompt is what CR-Planner's critic of that "
        "kind sees: `context` says which, and rows of one kind train one critic. Sub-goals are "
        "compared with each other. A value is the mean of what came back through a node, an "
        "answer's reward each time; a node without an answer whose verdict is known is in no row. "
        "There is no column `margin`: TRL would put it into the loss, and the paper's has none.",
    .checking = "Find `node` in view trees: `chosen_node` is the child with the highest `value`, "
                "and `rejected_node` one with a lower one. `context_nodes` lie on the way up from "
                "`node`, and `prompt` is the problem and their texts.",
    .fields = ranking_fields,
    .field_count = sizeof ranking_fields / sizeof ranking_fields[0],
    .rows = ranking_rows,
};
