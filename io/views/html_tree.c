/*
 * html_tree.c - the table of a problem's body on the page, but for its pairs (html_pair.c): a tree
 * as far as it is shown.
 *
 * Nodes keep the numbers that they have in the tree, so ids may have gaps. A thought or a remark is
 * there if what it is about is.
 */
#include "io/views/html.h"

#include <string.h>

/* --- columns of the problem ------------------------------------------------------------------- */

#define COLUMN(name, value)                                                                        \
    static void name(struct json_row *out, const void *row, const void *item)                      \
    {                                                                                              \
        const struct html_tree *shown = row;                                                       \
        const struct crux_tree *tree = shown->what->tree;                                          \
                                                                                                   \
        (void)tree;                                                                                \
        (void)item;                                                                                \
        value;                                                                                     \
    }

/* cr-planner, or what a strategy makes of its own: the page tells kinds of steps apart then. */
static const char *html_grammar(const struct view_run *run)
{
    const char *strategy = json_as_string(json_get(run->configuration, "strategy"));
    const char *grammar = json_as_string(json_get(run->configuration, "grammar"));

    if (strategy != NULL && strcmp(strategy, "rag") == 0)
        return strategy;
    return grammar == NULL ? crux_grammar_name(CRUX_GRAMMAR_STEPS) : grammar;
}

static int64_t html_best(const struct html_tree *shown)
{
    const struct crux_tree *tree = shown->what->tree;
    uint32_t best = crux_best_rollout(tree);

    return best == CRUX_NO_NODE || !shown->nodes->shown[tree->rollouts[best].node] ? -1
                                                                                   : (int64_t)best;
}

COLUMN(html_n, json_row_integer(out, (int64_t)tree->problem->ordinal))
COLUMN(html_id, view_text(out, tree->problem->id))
COLUMN(html_prompt, view_text(out, tree->problem->prompt))
COLUMN(html_reference, view_text(out, tree->problem->answer))
COLUMN(html_images, view_images(out, tree->problem))
COLUMN(html_reason, view_text(out, crux_reason_name(tree->reason)))
COLUMN(html_failure, view_text(out, tree->failure))
COLUMN(html_simulations, json_row_integer(out, (int64_t)tree->simulations))
COLUMN(html_calls, json_row_integer(out, (int64_t)tree->calls))
COLUMN(html_prompt_tokens, json_row_integer(out, (int64_t)tree->prompt_tokens))
COLUMN(html_completion_tokens, json_row_integer(out, (int64_t)tree->completion_tokens))
COLUMN(html_price, json_row_integer(out, tree->price))
COLUMN(html_put_grammar, view_text(out, html_grammar(shown->run)))
COLUMN(html_put_best, json_row_integer(out, html_best(shown)))

/* --- columns of what is in its tree ------------------------------------------------------------
 */

#define ITEM(type, item_name, name, value)                                                         \
    static void name(struct json_row *out, const void *row, const void *item)                      \
    {                                                                                              \
        const struct html_tree *shown = row;                                                       \
        const struct type *(item_name) = item;                                                     \
                                                                                                   \
        (void)shown;                                                                               \
        value;                                                                                     \
    }
#define NODE(name, value)    ITEM(crux_node, node, name, value)
#define ROLLOUT(name, value) ITEM(crux_rollout, rollout, name, value)
#define THOUGHT(name, value) ITEM(view_thought, thought, name, value)
#define REMARK(name, value)  ITEM(crux_remark, remark, name, value)

static uint32_t html_node_number(const struct html_tree *shown, const struct crux_node *node)
{
    return (uint32_t)(node - shown->what->tree->nodes);
}

NODE(html_node_id, json_row_integer(out, html_node_number(shown, node)))
NODE(html_node_parent, view_place(out, node->parent))
NODE(html_node_kind, view_text(out, crux_kind_name((enum crux_kind)node->kind)))
NODE(html_node_text, view_step(out, node->text))
NODE(html_node_visits, json_row_integer(out, node->visits))
NODE(html_node_value, json_row_real(out, node->value))
NODE(html_node_prior, json_row_real(out, node->prior))
NODE(html_node_score, view_score(out, node->score))
NODE(html_node_terminal, json_row_bool(out, node->terminal))
NODE(html_node_hidden, json_row_integer(out, shown->nodes->hidden[html_node_number(shown, node)]))

ROLLOUT(html_rollout_id, json_row_integer(out, rollout - shown->what->tree->rollouts))
ROLLOUT(html_rollout_node, json_row_integer(out, rollout->node))
ROLLOUT(html_rollout_text, view_step(out, rollout->text))
ROLLOUT(html_rollout_steps, view_lines(out, rollout->text))
ROLLOUT(html_rollout_answer, view_text(out, rollout->answer))
ROLLOUT(html_rollout_verdict,
        view_text(out, crux_verdict_name((enum crux_verdict)rollout->verdict)))
ROLLOUT(html_rollout_reward, json_row_real(out, rollout->reward))

THOUGHT(html_thought_node, view_place(out, thought->node))
THOUGHT(html_thought_rollout, view_place(out, thought->rollout))
THOUGHT(html_thought_text, view_text(out, thought->text))

REMARK(html_remark_node, view_remark_node(out, remark))
REMARK(html_remark_rollout, view_remark_rollout(out, remark))
REMARK(html_remark_role, view_text(out, crux_role_name((enum crux_role)remark->role)))
REMARK(html_remark_score, view_score(out, remark->score))
REMARK(html_remark_steps, view_rewards(out, &remark->opinion))
REMARK(html_remark_judges, json_row_integer(out, remark->opinion.judges))
REMARK(html_remark_spread,
       view_score(out, remark->opinion.judges > 0 ? remark->opinion.spread : -1.0))
REMARK(html_remark_why, view_text(out, remark->opinion.sentence))

/* --- which of them -----------------------------------------------------------------------------
 */

static bool html_has_rollout(const struct html_tree *shown, uint32_t rollout)
{
    return shown->nodes->shown[shown->what->tree->rollouts[rollout].node];
}

static const void *html_next_node(const void *row, const void *around, const void *item)
{
    const struct html_tree *shown = row;
    const struct crux_tree *tree = shown->what->tree;
    uint32_t i = item == NULL ? 0 : html_node_number(shown, item) + 1;

    (void)around;
    while (i < tree->node_count && !shown->nodes->shown[i])
        i++;
    return i < tree->node_count ? &tree->nodes[i] : NULL;
}

static const void *html_next_rollout(const void *row, const void *around, const void *item)
{
    const struct html_tree *shown = row;
    const struct crux_tree *tree = shown->what->tree;
    uint32_t i =
        item == NULL ? 0 : (uint32_t)((const struct crux_rollout *)item - tree->rollouts) + 1;

    (void)around;
    while (i < tree->rollout_count && !html_has_rollout(shown, i))
        i++;
    return i < tree->rollout_count ? &tree->rollouts[i] : NULL;
}

static const void *html_next_thought(const void *row, const void *around, const void *item)
{
    const struct html_tree *shown = row;
    const struct view_tree *what = shown->what;
    size_t i = item == NULL ? 0 : (size_t)((const struct view_thought *)item - what->thoughts) + 1;

    (void)around;
    for (; i < what->thought_count; i++) {
        const struct view_thought *thought = &what->thoughts[i];

        if (thought->node != CRUX_NO_NODE ? shown->nodes->shown[thought->node]
                                          : html_has_rollout(shown, thought->rollout))
            return thought;
    }
    return NULL;
}

static const void *html_next_remark(const void *row, const void *around, const void *item)
{
    const struct html_tree *shown = row;
    const struct crux_tree *tree = shown->what->tree;
    uint32_t i =
        item == NULL ? 0 : (uint32_t)((const struct crux_remark *)item - tree->remarks) + 1;

    (void)around;
    for (; i < tree->remark_count; i++) {
        const struct crux_remark *remark = &tree->remarks[i];

        if (view_is_of_rollout(remark) ? html_has_rollout(shown, remark->path)
                                       : shown->nodes->shown[remark->path])
            return remark;
    }
    return NULL;
}

static const struct view_field html_tree_fields[] = {
    {0, "n", VIEW_INTEGER, "the problem's place in the input, from 0", {html_n}},
    {0, "id", VIEW_TEXT, "the problem's id", {html_id}},
    {0, "prompt", VIEW_TEXT, "the problem", {html_prompt}},
    {0, "reference", VIEW_TEXT, "the reference answer; empty if there is none", {html_reference}},
    {0, "images", VIEW_IMAGES, "pictures, as the line names them", {html_images}},
    {0, "reason", VIEW_TEXT, "why the search ended", {html_reason}},
    {0, "failure", VIEW_TEXT, "of a problem that failed: why", {html_failure}},
    {0, "simulations", VIEW_INTEGER, "simulations settled", {html_simulations}},
    {0, "calls", VIEW_INTEGER, "calls to policies", {html_calls}},
    {0, "prompt_tokens", VIEW_INTEGER, "tokens read by models", {html_prompt_tokens}},
    {0, "completion_tokens", VIEW_INTEGER, "and written", {html_completion_tokens}},
    {0, "price", VIEW_INTEGER, "in billionths of the currency", {html_price}},
    {0, "grammar", VIEW_TEXT, "`steps`, `cr-planner` or `rag`", {html_put_grammar}},
    {0, "nodes", VIEW_RECORDS, "parents first", {.next = html_next_node}},
    {1, "id", VIEW_INTEGER, "its number in the tree", {html_node_id}},
    {1, "parent", VIEW_INTEGER, "-1 of the root", {html_node_parent}},
    {1, "kind", VIEW_TEXT, "kind of step", {html_node_kind}},
    {1, "text", VIEW_TEXT, "the step", {html_node_text}},
    {1, "visits", VIEW_INTEGER, "simulations through it", {html_node_visits}},
    {1, "value", VIEW_REAL, "mean of what they brought back", {html_node_value}},
    {1, "prior", VIEW_REAL, "share of the family that the policy gave it", {html_node_prior}},
    {1, "score", VIEW_REAL, "of the execution critic; -1: none", {html_node_score}},
    {1, "terminal", VIEW_BOOL, "the answer is complete here", {html_node_terminal}},
    {1, "hidden", VIEW_INTEGER, "children that are not on the page", {html_node_hidden}},
    {0, "rollouts", VIEW_RECORDS, "as they settled", {.next = html_next_rollout}},
    {1, "id", VIEW_INTEGER, "its number in the tree", {html_rollout_id}},
    {1, "node", VIEW_INTEGER, "where the answer goes on", {html_rollout_node}},
    {1, "text", VIEW_TEXT, "all that comes after the node", {html_rollout_text}},
    {1, "steps", VIEW_TEXTS, "the same in steps", {html_rollout_steps}},
    {1, "answer", VIEW_TEXT, "canonical form", {html_rollout_answer}},
    {1, "verdict", VIEW_TEXT, "`right`, `wrong` or `unknown`", {html_rollout_verdict}},
    {1, "reward", VIEW_REAL, "0 to 1", {html_rollout_reward}},
    {0, "best", VIEW_INTEGER, "rollout; -1: none that is there", {html_put_best}},
    {0, "thoughts", VIEW_RECORDS, "what was thought", {.next = html_next_thought}},
    {1, "node", VIEW_INTEGER, "before which node, or -1", {html_thought_node}},
    {1, "rollout", VIEW_INTEGER, "before which rollout, or -1", {html_thought_rollout}},
    {1, "text", VIEW_TEXT, "byte for byte", {html_thought_text}},
    {0, "remarks", VIEW_RECORDS, "what critics said", {.next = html_next_remark}},
    {1, "node", VIEW_INTEGER, "of which node, or -1", {html_remark_node}},
    {1, "rollout", VIEW_INTEGER, "of which rollout, or -1", {html_remark_rollout}},
    {1, "role", VIEW_TEXT, "which critic", {html_remark_role}},
    {1, "score", VIEW_REAL, "-1: unknown", {html_remark_score}},
    {1, "steps", VIEW_REALS, "rewards of steps; -1: unknown", {html_remark_steps}},
    {1, "judges", VIEW_INTEGER, "votes or members; 0: one", {html_remark_judges}},
    {1, "spread", VIEW_REAL, "of their scores; -1: not known", {html_remark_spread}},
    {1, "why", VIEW_TEXT, "a sentence", {html_remark_why}},
};

const struct view html_tree_view = {
    .name = "html",
    .fields = html_tree_fields,
    .field_count = sizeof html_tree_fields / sizeof html_tree_fields[0],
};
