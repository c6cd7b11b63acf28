/*
 * preference.c - the view `preference`: two steps of which the first is better, behind the same
 * steps, for DPO and reward models.
 *
 * At each node the best child against the worst (MCTS-DPO, arXiv 2405.00451; iTool, 2501.09766,
 * whose limits on the gap, the overlap and the chosen one's value are the run's choice). A value is
 * the share of right answers among those through a child of which the verdict is known: what the
 * search made of answers that nobody could judge, and of critics' numbers, is none. A child without
 * such answers is in no pair, and two of equal value are none.
 */
#include "io/views/columns.h"
#include "io/views/overlap.h"
#include "io/views/state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A tree while its pairs are found. */
struct preference_tree {
    const struct view_tree *what;
    const struct view_run *run;
    struct paths paths;
    struct tally tally;
    struct state state;
    double *said; /* by node: what the value critic says of it; below 0: nothing */
};

/* One row before it is JSON. */
struct preference_pair {
    struct record_about about; /* first */
    const struct preference_tree *tree;
    uint32_t number, node;
    uint32_t child[2]; /* rejected, chosen */
    double margin, overlap;
    uint32_t agree, agree_of;
};

/* --- columns ------------------------------------------------------------------------------ */

#define PAIR_COLUMN(name, value) COLUMNS_WRITE(preference_pair, pair, name, value)
#define PAIR_NODE(which)         (&pair->tree->what->tree->nodes[pair->child[which]])
#define PAIR_TALLY(which)        (&pair->tree->tally.of[pair->child[which]])

/* The same column of the rejected and of the chosen one. */
#define PAIR_COLUMNS(name, value)                                                                  \
    COLUMNS_WRITE(preference_pair, pair, preference_rejected_##name, value(0))                     \
    COLUMNS_WRITE(preference_pair, pair, preference_chosen_##name, value(1))

#define PAIR_STEP(which)    state_put_step(out, &pair->tree->state, pair->child[which])
#define PAIR_VALUE(which)   json_row_real(out, tally_value(PAIR_TALLY(which)))
#define PAIR_VISITS(which)  json_row_integer(out, PAIR_NODE(which)->visits)
#define PAIR_RIGHTS(which)  json_row_integer(out, PAIR_TALLY(which)->right)
#define PAIR_COUNTS(which)  json_row_integer(out, PAIR_TALLY(which)->of)
#define PAIR_SCORE(which)   json_row_real(out, fmax(PAIR_NODE(which)->score, -1.0))
#define PAIR_TOKENS(which)  json_row_integer(out, PAIR_NODE(which)->tokens)
#define PAIR_LOGPROB(which) json_row_real(out, PAIR_NODE(which)->logprob)

PAIR_COLUMN(preference_id, view_path_id(out, pair->about.what->tree->problem, 'p', pair->number))
PAIR_COLUMN(preference_prompt, state_put(out, &pair->tree->state, pair->node))
PAIR_COLUMN(preference_margin, json_row_real(out, pair->margin))
PAIR_COLUMN(preference_agree, json_row_integer(out, pair->agree))
PAIR_COLUMN(preference_agree_of, json_row_integer(out, pair->agree_of))
PAIR_COLUMN(preference_overlap, json_row_real(out, pair->overlap))
PAIR_COLUMN(preference_depth,
            json_row_integer(out, pair->about.what->tree->nodes[pair->node].depth))
PAIR_COLUMN(preference_node, json_row_integer(out, pair->node))
PAIR_COLUMNS(step, PAIR_STEP)
PAIR_COLUMNS(value, PAIR_VALUE)
PAIR_COLUMNS(visits, PAIR_VISITS)
PAIR_COLUMNS(rights, PAIR_RIGHTS)
PAIR_COLUMNS(counts, PAIR_COUNTS)
PAIR_COLUMNS(score, PAIR_SCORE)
PAIR_COLUMNS(tokens, PAIR_TOKENS)
PAIR_COLUMNS(logprob, PAIR_LOGPROB)

/* What is known of one of the two. */
#define PAIR_FIELDS(which)                                                                         \
    {0,                                                                                            \
     #which "_value",                                                                              \
     VIEW_REAL,                                                                                    \
     #which "_rights of " #which "_counts",                                                        \
     {preference_##which##_value}},                                                                \
        {0,                                                                                        \
         #which "_visits",                                                                         \
         VIEW_INTEGER,                                                                             \
         "simulations through it",                                                                 \
         {preference_##which##_visits}},                                                           \
        {0,                                                                                        \
         #which "_rights",                                                                         \
         VIEW_INTEGER,                                                                             \
         "right ones of the answers through it",                                                   \
         {preference_##which##_rights}},                                                           \
        {0,                                                                                        \
         #which "_counts",                                                                         \
         VIEW_INTEGER,                                                                             \
         "answers through it whose verdict is known",                                              \
         {preference_##which##_counts}},                                                           \
        {0,                                                                                        \
         #which "_score",                                                                          \
         VIEW_REAL,                                                                                \
         "of the execution critic, 0 to 1; -1.0 if none",                                          \
         {preference_##which##_score}},                                                            \
        {0,                                                                                        \
         #which "_tokens",                                                                         \
         VIEW_INTEGER,                                                                             \
         "as the policy counts; 0 if not known",                                                   \
         {preference_##which##_tokens}},                                                           \
    {                                                                                              \
        0, #which "_logprob", VIEW_REAL, "mean of a token's; 0.0 if not known",                    \
        {                                                                                          \
            preference_##which##_logprob                                                           \
        }                                                                                          \
    }

/* clang-format off */
static const struct view_field preference_fields[] = {
    {0, "id", VIEW_TEXT, "unique: the problem, then `p` and a number", {preference_id}},
    COLUMNS_PROBLEM_ID,
    {0, "prompt", VIEW_TEXT, "the problem and the steps so far, each with a line break behind it; those that tokens cut, "
     "as they are",
     {preference_prompt}},
    {0, "chosen", VIEW_TEXT, "the better next step", {preference_chosen_step}},
    {0, "rejected", VIEW_TEXT, "the worse one", {preference_rejected_step}},
    {0, "margin", VIEW_REAL, "`chosen_value` less `rejected_value`", {preference_margin}},
    {0, "agree", VIEW_INTEGER, "how many of the sources prefer `chosen`", {preference_agree}},
    {0, "agree_of", VIEW_INTEGER,
     "how many sources speak of both: the answers through them, the execution critic, the value "
     "critic where it says more than a number",
     {preference_agree_of}},
    {0, "overlap", VIEW_REAL,
     "words that both have, as a share of the words of the one that has fewer",
     {preference_overlap}},
    {0, "depth", VIEW_INTEGER, "steps in `prompt`", {preference_depth}},
    {0, "node", VIEW_INTEGER, "of the tree, whose children they are", {preference_node}},
    PAIR_FIELDS(chosen),
    PAIR_FIELDS(rejected),
    COLUMNS_ANSWERS,
    COLUMNS_IMAGES,
};
/* clang-format on */

/* --- pairs -------------------------------------------------------------------------------- */

/* Is b further in that direction? Of equal ones the one with more answers, then the first. */
static bool preference_is_further(const struct tally_node *a, const struct tally_node *b, bool up)
{
    double x = tally_value(a), y = tally_value(b);

    if (x < y || x > y)
        return up ? x < y : x > y;
    return a->of < b->of;
}

/* The worst and the best child of which anything is known; false: there are no two that differ. */
static bool preference_extremes(const struct preference_tree *tree, uint32_t node,
                                uint32_t child[2])
{
    const struct tally_node *of = tree->tally.of;

    child[0] = child[1] = CRUX_NO_NODE;
    for (uint32_t i = tree->paths.first[node]; i != CRUX_NO_NODE; i = tree->paths.next[i]) {
        if (of[i].of == 0 || state_step(tree->what->tree, i).length == 0)
            continue;
        for (int up = 0; up < 2; up++)
            if (child[up] == CRUX_NO_NODE || preference_is_further(&of[child[up]], &of[i], up == 1))
                child[up] = i;
    }
    return child[0] != CRUX_NO_NODE && tally_value(&of[child[0]]) < tally_value(&of[child[1]]);
}

static void preference_hear(struct preference_pair *pair, double rejected, double chosen)
{
    if (rejected < 0.0 || chosen < 0.0)
        return;
    pair->agree_of++;
    pair->agree += chosen > rejected;
}

static void preference_weigh(struct preference_pair *pair)
{
    const struct preference_tree *tree = pair->tree;
    double value[2];

    for (int i = 0; i < 2; i++)
        value[i] = tally_value(PAIR_TALLY(i));
    pair->margin = value[1] - value[0];
    preference_hear(pair, value[0], value[1]);
    preference_hear(pair, PAIR_NODE(0)->score, PAIR_NODE(1)->score);
    preference_hear(pair, tree->said[pair->child[0]], tree->said[pair->child[1]]);
    pair->about.wrong_answer = pair->about.right_answer = "";
    for (int i = 0; i < 2; i++) {
        uint32_t rollout = PAIR_TALLY(i)->first[i];
        const char *answer =
            rollout == CRUX_NO_NODE ? "" : tree->what->tree->rollouts[rollout].answer;

        *(i == 0 ? &pair->about.wrong_answer : &pair->about.right_answer) = answer;
    }
}

static int preference_measure(struct preference_pair *pair, struct crux_error *error)
{
    struct overlap_words words[2] = {{NULL, 0}, {NULL, 0}};
    int status = CRUX_OK;

    for (int i = 0; i < 2 && status == CRUX_OK; i++) {
        struct crux_text step = state_step(pair->tree->what->tree, pair->child[i]);

        status = overlap_open(&words[i], &step, 1, error);
    }
    if (status == CRUX_OK)
        pair->overlap = overlap_of(&words[0], &words[1]);
    overlap_close(&words[0]);
    overlap_close(&words[1]);
    return status;
}

static bool preference_says_the_same(const struct preference_pair *pair)
{
    const struct crux_tree *tree = pair->about.what->tree;
    struct crux_text a = state_step(tree, pair->child[0]), b = state_step(tree, pair->child[1]);

    return a.length == b.length && memcmp(a.start, b.start, a.length) == 0;
}

/* 3/10 less 2/10 is a gap of 0.1, too. No step is better than itself. */
static bool preference_is_wanted(const struct preference_pair *pair)
{
    const struct crux_choice *choice = &pair->about.run->choice;

    return pair->margin >= choice->gap - 1e-9 && pair->overlap <= choice->overlap &&
           tally_value(PAIR_TALLY(1)) >= choice->floor && !preference_says_the_same(pair);
}

static int preference_pairs(const struct preference_tree *tree, struct view_out *out,
                            struct crux_error *error)
{
    uint32_t number = 0;
    int status = CRUX_OK;

    for (uint32_t node = 0; node < tree->what->tree->node_count && status == CRUX_OK; node++) {
        struct preference_pair pair = {.about = {.what = tree->what, .run = tree->run},
                                       .tree = tree,
                                       .number = number,
                                       .node = node};

        if (!preference_extremes(tree, node, pair.child))
            continue;
        preference_weigh(&pair);
        number++; /* before what was asked for: a pair is named alike whatever the limits are */
        status = preference_measure(&pair, error);
        if (status == CRUX_OK && preference_is_wanted(&pair))
            status = view_put(out, &pair, VIEW_NEITHER, error);
    }
    return status;
}

/* --- trees -------------------------------------------------------------------------------- */

/* What the value critic said is kept where it said more than a number. */
static int preference_open(struct preference_tree *tree, struct crux_error *error)
{
    const struct crux_tree *of = tree->what->tree;
    int status = tally_open(&tree->tally, &tree->paths, error);

    if (status == CRUX_OK)
        status = state_open(&tree->state, of, tree->run, error);
    if (status != CRUX_OK)
        return status;
    tree->said = malloc(((size_t)of->node_count + 1) * sizeof *tree->said);
    if (tree->said == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the pairs of problem %s",
                         of->problem->id);
    for (uint32_t i = 0; i < of->node_count; i++)
        tree->said[i] = -1.0;
    for (uint32_t i = 0; i < of->remark_count; i++)
        if (of->remarks[i].role == CRUX_ROLE_VALUE && of->remarks[i].path < of->node_count)
            tree->said[of->remarks[i].path] = of->remarks[i].score;
    return CRUX_OK;
}

static int preference_rows(const struct view_tree *what, const struct view_run *run,
                           struct view_out *out, struct crux_error *error)
{
    struct preference_tree tree = {.what = what, .run = run};
    int status = paths_open(&tree.paths, what->tree, error);

    if (status == CRUX_OK)
        status = preference_open(&tree, error);
    if (status == CRUX_OK)
        status = preference_pairs(&tree, out, error);
    free(tree.said);
    state_close(&tree.state);
    tally_close(&tree.tally);
    paths_close(&tree.paths);
    return status;
}

const struct view view_preference = {
    .name = "preference",
    .help = "two next steps behind the same steps, the better one chosen",
    .story =
        "A row is a node of the tree with its best child and its worst: the steps so far, the step "
        "that was gone on with to right answers more often, and the one that was so least often. "
        "Only answers whose verdict is known are counted; children of equal value are no pair. "
        "`chosen` and `rejected` begin where `prompt` ends, behind its last line break. Steps that "
        "were cut by a number of tokens (`step-tokens`) have none behind them and keep their "
        "blanks. What the values stand on is beside them: one answer on each side is little.",
    .checking = "Find `node` in view trees and follow the answers through its children: "
                "`chosen_rights` of `chosen_counts` of those through `chosen` are right, and so "
                "with `rejected`; `margin` is the difference of the two shares.",
    .fields = preference_fields,
    .field_count = sizeof preference_fields / sizeof preference_fields[0],
    .rows = preference_rows,
};
