/*
 * html_entry.c - the table of a problem's entry in the page's index.
 *
 * A problem that waits has no tree: then all figures are 0.
 */
#include "io/views/html.h"

#include <string.h>

#include "io/utf8.h"

enum { ENTRY_PROMPT = 300 /* characters */ };

/* In the place of the tree of a problem that waits. */
static const struct crux_tree html_no_tree = {.failure = ""};

static const struct crux_tree *html_entry_tree(const struct html_entry *entry)
{
    return entry->what == NULL ? &html_no_tree : entry->what->tree;
}

static const char *html_state(const struct html_entry *entry)
{
    if (entry->what == NULL)
        return "waiting";
    return entry->what->tree->reason == CRUX_REASON_FAILED ? "failed" : "finished";
}

static void html_put_beginning(struct json_row *out, const char *text)
{
    size_t left = strlen(text), length = 0, bytes;
    uint32_t point;

    for (int i = 0; i < ENTRY_PROMPT; i++) {
        bytes = length == left ? 0 : utf8_character(text + length, left - length, &point);
        if (bytes == 0)
            break;
        length += bytes;
    }
    json_row_text(out, text, length);
}

static int64_t html_count_verdict(const struct crux_tree *tree, enum crux_verdict verdict)
{
    int64_t count = 0;

    for (uint32_t i = 0; i < tree->rollout_count; i++)
        count += tree->rollouts[i].verdict == verdict;
    return count;
}

static int64_t html_depth(const struct crux_tree *tree)
{
    uint32_t depth = 0;

    for (uint32_t i = 0; i < tree->node_count; i++)
        depth = tree->nodes[i].depth > depth ? tree->nodes[i].depth : depth;
    return depth;
}

static double html_root_value(const struct crux_tree *tree)
{
    return tree->node_count == 0 || tree->nodes[0].visits == 0 ? -1.0 : tree->nodes[0].value;
}

#define COLUMN(name, value)                                                                        \
    static void name(struct json_row *out, const void *row, const void *item)                      \
    {                                                                                              \
        const struct html_entry *entry = row;                                                      \
        const struct crux_tree *tree = html_entry_tree(entry);                                     \
                                                                                                   \
        (void)tree;                                                                                \
        (void)item;                                                                                \
        value;                                                                                     \
    }

COLUMN(entry_n, json_row_integer(out, (int64_t)entry->problem->ordinal))
COLUMN(entry_id, view_text(out, entry->problem->id))
COLUMN(entry_prompt, html_put_beginning(out, entry->problem->prompt))
COLUMN(entry_state, view_text(out, html_state(entry)))
COLUMN(entry_reason, view_text(out, entry->what == NULL ? "" : crux_reason_name(tree->reason)))
COLUMN(entry_failure, view_text(out, tree->failure))
COLUMN(entry_right, json_row_integer(out, html_count_verdict(tree, CRUX_RIGHT)))
COLUMN(entry_wrong, json_row_integer(out, html_count_verdict(tree, CRUX_WRONG)))
COLUMN(entry_unknown, json_row_integer(out, html_count_verdict(tree, CRUX_UNKNOWN)))
COLUMN(entry_pairs, json_row_integer(out, tree->pair_count))
COLUMN(entry_located, json_row_integer(out, (int64_t)entry->located))
COLUMN(entry_critiques, json_row_integer(out, (int64_t)entry->critiques))
COLUMN(entry_nodes, json_row_integer(out, tree->node_count))
COLUMN(entry_shown, json_row_integer(out, entry->shown))
COLUMN(entry_depth, json_row_integer(out, html_depth(tree)))
COLUMN(entry_simulations, json_row_integer(out, (int64_t)tree->simulations))
COLUMN(entry_calls, json_row_integer(out, (int64_t)tree->calls))
COLUMN(entry_prompt_tokens, json_row_integer(out, (int64_t)tree->prompt_tokens))
COLUMN(entry_completion_tokens, json_row_integer(out, (int64_t)tree->completion_tokens))
COLUMN(entry_price, json_row_integer(out, tree->price))
COLUMN(entry_value, json_row_real(out, html_root_value(tree)))

static const struct view_field html_entry_fields[] = {
    {0, "n", VIEW_INTEGER, "the problem's place in the input, from 0", {entry_n}},
    {0, "id", VIEW_TEXT, "the problem's id", {entry_id}},
    {0, "prompt", VIEW_TEXT, "its first 300 characters", {entry_prompt}},
    {0, "state", VIEW_TEXT, "`finished`, `failed` or `waiting`", {entry_state}},
    {0, "reason", VIEW_TEXT, "why the search ended; empty: it has not", {entry_reason}},
    {0, "failure", VIEW_TEXT, "of a problem that failed: why", {entry_failure}},
    {0, "right", VIEW_INTEGER, "right answers", {entry_right}},
    {0, "wrong", VIEW_INTEGER, "wrong ones", {entry_wrong}},
    {0, "unknown", VIEW_INTEGER, "those of which nobody knows", {entry_unknown}},
    {0, "pairs", VIEW_INTEGER, "pairs of a right and a wrong path", {entry_pairs}},
    {0, "located", VIEW_INTEGER, "of these, with a first wrong step", {entry_located}},
    {0, "critiques", VIEW_INTEGER, "of their wrong paths", {entry_critiques}},
    {0, "nodes", VIEW_INTEGER, "of the tree", {entry_nodes}},
    {0, "shown", VIEW_INTEGER, "of these on the page", {entry_shown}},
    {0, "depth", VIEW_INTEGER, "of the deepest node", {entry_depth}},
    {0, "simulations", VIEW_INTEGER, "simulations settled", {entry_simulations}},
    {0, "calls", VIEW_INTEGER, "calls to policies", {entry_calls}},
    {0, "prompt_tokens", VIEW_INTEGER, "tokens read by models", {entry_prompt_tokens}},
    {0, "completion_tokens", VIEW_INTEGER, "and written", {entry_completion_tokens}},
    {0, "price", VIEW_INTEGER, "in billionths of the currency", {entry_price}},
    {0, "value", VIEW_REAL, "of the root; -1: none", {entry_value}},
};

const struct view html_entry_view = {
    .name = "html",
    .fields = html_entry_fields,
    .field_count = sizeof html_entry_fields / sizeof html_entry_fields[0],
};
