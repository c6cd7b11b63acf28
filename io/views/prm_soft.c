/*
 * prm_soft.c - the view `prm-soft`: every prefix of a tree with its Monte Carlo value, in the form
 * that OpenR reads of MATH-APS.
 *
 * A value is the share of right ones among the tree's own complete answers that go through a node,
 * not the search's value of it, in which answers of unknown verdict and what the value critic hopes
 * have their part. A node through which no answer of known verdict goes has none and is not here.
 */
#include "io/views/columns.h"
#include "io/views/state.h"

#include <stdlib.h>
#include <string.h>

struct prm_soft_row {
    struct record_about about;
    const struct tally *tally;
    struct state state;
};

/* --- columns ------------------------------------------------------------------------------ */

static uint32_t prm_soft_node(const struct prm_soft_row *soft, const struct crux_node *node)
{
    return (uint32_t)(node - soft->about.what->tree->nodes);
}

static const struct tally_node *prm_soft_count(const struct prm_soft_row *soft,
                                               const struct crux_node *node)
{
    return &soft->tally->of[prm_soft_node(soft, node)];
}

static void prm_soft_prefix_of(struct json_row *out, const struct prm_soft_row *soft,
                               const struct crux_node *node)
{
    uint32_t number = prm_soft_node(soft, node);

    json_row_begin_text(out);
    columns_add_problem(out, soft->about.what->tree->problem);
    if (number > 0)
        columns_add(out, "\n\n");
    state_add_steps(out, &soft->state, number);
    json_row_end_text(out);
}

static const void *prm_soft_next(const void *row, const void *around, const void *item)
{
    const struct prm_soft_row *soft = row;
    const struct crux_tree *tree = soft->about.what->tree;
    const struct crux_node *node = item == NULL ? tree->nodes : (const struct crux_node *)item + 1;

    (void)around;
    while (node < tree->nodes + tree->node_count &&
           (prm_soft_count(soft, node)->of == 0 || !crux_kind_reasons((enum crux_kind)node->kind)))
        node++;
    return node < tree->nodes + tree->node_count ? node : NULL;
}

#define NODE_COLUMN(name, value)                                                                   \
    static void name(struct json_row *out, const void *row, const void *item)                      \
    {                                                                                              \
        const struct prm_soft_row *soft = row;                                                     \
        const struct crux_node *node = item;                                                       \
                                                                                                   \
        value;                                                                                     \
    }

COLUMNS_WRITE(prm_soft_row, soft, prm_soft_question,
              json_row_integer(out, (int64_t)soft->about.what->tree->problem->ordinal))
NODE_COLUMN(prm_soft_prefix, prm_soft_prefix_of(out, soft, node))
NODE_COLUMN(prm_soft_value, json_row_real(out, tally_value(prm_soft_count(soft, node))))
NODE_COLUMN(prm_soft_rights, json_row_integer(out, prm_soft_count(soft, node)->right))
NODE_COLUMN(prm_soft_counts, json_row_integer(out, prm_soft_count(soft, node)->of))
NODE_COLUMN(prm_soft_number, json_row_integer(out, prm_soft_node(soft, node)))

static const struct view_field prm_soft_fields[] = {
    COLUMNS_FIELD("id", VIEW_TEXT, "the problem's", columns_problem_id),
    COLUMNS_PROBLEM_ID,
    COLUMNS_FIELD("question_id", VIEW_INTEGER, "the problem's position in the input",
                  prm_soft_question),
    COLUMNS_FIELD("question", VIEW_TEXT, "the problem", columns_problem),
    COLUMNS_FIELD("final_answer", VIEW_TEXT, "the reference answer; empty if there is none",
                  columns_reference_answer),
    {0,
     "reasoning_steps",
     VIEW_RECORDS,
     "the question, then every step of a solution through which an answer of known verdict goes, "
     "in the tree's order",
     {.next = prm_soft_next}},
    {1,
     "solution_prefix",
     VIEW_TEXT,
     "question, an empty line, the steps up to this one, as view value joins them",
     {prm_soft_prefix}},
    {1, "mc_value", VIEW_REAL, "share of right answers that begin so", {prm_soft_value}},
    {1, "rights", VIEW_INTEGER, "how many these are, ...", {prm_soft_rights}},
    {1, "counts", VIEW_INTEGER, "... of how many whose verdict is known", {prm_soft_counts}},
    {1, "node", VIEW_INTEGER, "the node's number, as in view trees", {prm_soft_number}},
    COLUMNS_ANSWERS,
    COLUMNS_IMAGES,
};

/* --- rows ----------------------------------------------------------------------------------- */

static const char *prm_soft_answer(const struct crux_tree *tree, uint32_t rollout)
{
    return rollout == CRUX_NO_NODE ? "" : tree->rollouts[rollout].answer;
}

/* The tallies of a tree that has one answer of known verdict or more. */
static int prm_soft_put(struct prm_soft_row *row, struct view_out *out, struct crux_error *error)
{
    const struct crux_tree *tree = row->about.what->tree;
    const uint32_t *first = row->tally->of[0].first;
    int status;

    row->about.wrong_answer = prm_soft_answer(tree, first[0]);
    row->about.right_answer = prm_soft_answer(tree, first[1]);
    status = state_open(&row->state, tree, row->about.run, error);
    row->state.solution = true;
    if (status == CRUX_OK)
        status = view_put(out, row, VIEW_NEITHER, error);
    state_close(&row->state);
    return status;
}

static int prm_soft_rows(const struct view_tree *what, const struct view_run *run,
                         struct view_out *out, struct crux_error *error)
{
    struct tally tally = {.of = NULL};
    struct prm_soft_row row = {.about = {.what = what, .run = run}, .tally = &tally};
    struct paths paths;
    int status = paths_open(&paths, what->tree, error);

    if (status == CRUX_OK && what->tree->node_count > 0)
        status = tally_open(&tally, &paths, error);
    if (status == CRUX_OK && tally.of != NULL && tally.of[0].of > 0)
        status = prm_soft_put(&row, out, error);
    tally_close(&tally);
    paths_close(&paths);
    return status;
}

const struct view view_prm_soft = {
    .name = "prm-soft",
    .help = "every prefix of a tree with its Monte Carlo value, in the form of MATH-APS",
    .story =
        "A row is a finished tree as OpenR reads it: the question and every prefix of a solution "
        "with `mc_value`, the share of right ones among the tree's complete answers that begin "
        "so. Answers of unknown verdict count for nothing, and a tree without others has no row. A "
        "share of few answers says little: `counts` has how many they are. The search draws more "
        "of them where it hopes for most, and so the shares of prefixes that it went on from are "
        "not those of a policy left alone.",
    .checking = "Take the row of a problem in view trees: of its rollouts of known verdict, those "
                "whose path begins with the steps of `solution_prefix` are `counts`, and the right "
                "ones of them `rights`.",
    .fields = prm_soft_fields,
    .field_count = sizeof prm_soft_fields / sizeof prm_soft_fields[0],
    .rows = prm_soft_rows,
};
