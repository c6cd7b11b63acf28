/*
 * html_pair.c - the table of a pair on the page, and which pairs of a tree are there.
 *
 * A pair needs both of its ends. Where the two paths part is the last step that they share; where
 * the page does not hold that node, the nearest one above.
 */
#include "io/views/html.h"

#include <stdlib.h>

#include "io/views/location.h"

/* A critique of the wrong path, and whose it is: "" of the search itself. */
struct html_said {
    const struct learnt_critique *critique;
    const char *maker, *model;
};

struct html_pair {
    struct record record; /* first: a pair is a row for columns.h */
    const struct html_tree *tree;
    struct html_said *said;
    size_t said_count;
};

/* --- columns -------------------------------------------------------------------------------- */

#define COLUMN(name, value)                                                                        \
    static void name(struct json_row *out, const void *row, const void *item)                      \
    {                                                                                              \
        const struct html_pair *pair = row;                                                        \
                                                                                                   \
        (void)item;                                                                                \
        value;                                                                                     \
    }

/* The last node that both paths go through as nodes. */
static uint32_t html_fork(const struct crux_tree *tree, const struct crux_pair *pair)
{
    uint32_t a = tree->rollouts[pair->wrong].node, b = tree->rollouts[pair->right].node;

    while (a != b)
        if (tree->nodes[a].depth >= tree->nodes[b].depth)
            a = tree->nodes[a].parent;
        else
            b = tree->nodes[b].parent;
    return a;
}

/* The same, or the node of the last step that they share, where a path goes through it as a line of
 * its answer. */
static uint32_t html_crux(const struct html_pair *pair)
{
    const struct crux_tree *tree = pair->tree->what->tree;
    const struct path *path = &pair->record.path;
    size_t shared = pair->record.prefix < path->known ? pair->record.prefix : path->known;
    uint32_t fork = html_fork(tree, pair->record.pair),
             node = shared == 0 ? 0 : path->nodes[shared - 1];

    return html_nodes_above(pair->tree->nodes, tree,
                            tree->nodes[node].depth > tree->nodes[fork].depth ? node : fork);
}

/* Is entry number i of a whole path, be it a node or a line of the answer, a step of reasoning? */
static bool html_reasons(const struct crux_tree *tree, uint32_t rollout, uint32_t i)
{
    uint32_t node = tree->rollouts[rollout].node;

    if (i >= tree->nodes[node].depth)
        return true;
    while (tree->nodes[node].depth > i + 1)
        node = tree->nodes[node].parent;
    return crux_kind_reasons((enum crux_kind)tree->nodes[node].kind);
}

/* Entries of the whole paths that are the same in both: nodes, sub-goals and documents among them,
 * then steps that the tree tells apart and their words do not. */
static uint32_t html_common(const struct record *record)
{
    const struct crux_tree *tree = record->about.what->tree;
    const struct crux_pair *pair = record->pair;
    uint32_t fork = html_fork(tree, pair), common = tree->nodes[fork].depth, steps = 0;

    for (uint32_t node = fork; tree->nodes[node].depth > 0; node = tree->nodes[node].parent)
        steps += crux_kind_reasons((enum crux_kind)tree->nodes[node].kind);
    for (; steps < record->prefix && html_reasons(tree, pair->wrong, common) &&
           html_reasons(tree, pair->right, common);
         steps++)
        common++;
    return common;
}

/* What the critique was worth that comes first: an object, or null, nobody has tried it. A table
 * has no records that may be null, so it is written here. */
static void html_put_verification(struct json_row *out, const struct record *record)
{
    const struct learnt_verification *found = record->verification;

    if (found == NULL) {
        json_row_null(out);
        return;
    }
    json_row_begin_object(out);
    json_row_key(out, "with_right");
    json_row_integer(out, found->with.right);
    json_row_key(out, "with_count");
    json_row_integer(out, found->with.of);
    json_row_key(out, "without_right");
    json_row_integer(out, found->without.right);
    json_row_key(out, "without_count");
    json_row_integer(out, found->without.of);
    json_row_key(out, "control_right");
    json_row_integer(out, found->control.right);
    json_row_key(out, "control_count");
    json_row_integer(out, found->control.of);
    json_row_end_object(out);
}

COLUMN(html_pair_wrong, json_row_integer(out, pair->record.pair->wrong))
COLUMN(html_pair_right, json_row_integer(out, pair->record.pair->right))
COLUMN(html_pair_crux, json_row_integer(out, html_crux(pair)))
COLUMN(html_pair_common, json_row_integer(out, html_common(&pair->record)))
COLUMN(html_pair_verification, html_put_verification(out, &pair->record))

#define SAID(name, value)                                                                          \
    static void name(struct json_row *out, const void *row, const void *item)                      \
    {                                                                                              \
        const struct html_said *said = item;                                                       \
        const struct learnt_critique *critique = said->critique;                                   \
                                                                                                   \
        (void)row;                                                                                 \
        (void)critique;                                                                            \
        value;                                                                                     \
    }

SAID(html_said_text, view_step(out, critique->text))
SAID(html_said_verdict, view_text(out, crux_verdict_name(critique->verdict)))
SAID(html_said_type, view_text(out, critique->error_type))
SAID(html_said_corrected, view_step(out, critique->corrected_step))
SAID(html_said_style, view_text(out, critique->style))
SAID(html_said_model, view_text(out, said->model))
SAID(html_said_maker, view_text(out, said->maker))
SAID(html_said_step, json_row_integer(out, critique->step))
SAID(html_said_verified, json_row_bool(out, critique->method[0] != '\0'))
SAID(html_said_method, view_text(out, critique->method))

static const void *html_next_said(const void *row, const void *around, const void *item)
{
    const struct html_pair *pair = row;
    const struct html_said *next = item == NULL ? pair->said : (const struct html_said *)item + 1;

    (void)around;
    return next == pair->said + pair->said_count ? NULL : next;
}

static const struct view_field html_pair_fields[] = {
    {0, "id", VIEW_TEXT, "as in every view", {columns_id}},
    {0, "wrong", VIEW_INTEGER, "rollout", {html_pair_wrong}},
    {0, "right", VIEW_INTEGER, "rollout", {html_pair_right}},
    {0, "crux", VIEW_INTEGER, "the last node that both paths go through", {html_pair_crux}},
    {0, "common", VIEW_INTEGER, "entries of the paths that both share", {html_pair_common}},
    LOCATION_COLUMNS,
    COLUMNS_SUPPORT,
    {0, "verification", VIEW_PLACE, "of the first critique, or null", {html_pair_verification}},
    {0, "critiques", VIEW_RECORDS, "what is said of the wrong path", {.next = html_next_said}},
    {1, "text", VIEW_TEXT, "what is said", {html_said_text}},
    {1, "verdict", VIEW_TEXT, "its word on the answer", {html_said_verdict}},
    {1, "error_type", VIEW_TEXT, "a short word; empty if none", {html_said_type}},
    {1, "corrected_step", VIEW_TEXT, "what to write instead; empty", {html_said_corrected}},
    {1, "style", VIEW_TEXT, "of `crux annotate`", {html_said_style}},
    {1, "model", VIEW_TEXT, "which model or critic wrote it", {html_said_model}},
    {1, "maker", VIEW_TEXT, "the pass that wrote it; empty: the search", {html_said_maker}},
    {1, "points_at", VIEW_INTEGER, "the step, a claim; -1: none", {html_said_step}},
    {1, "verified", VIEW_BOOL, "the correction was checked", {html_said_verified}},
    {1, "method", VIEW_TEXT, "how", {html_said_method}},
};

static const struct view html_pair_view = {
    .name = "html",
    .fields = html_pair_fields,
    .field_count = sizeof html_pair_fields / sizeof html_pair_fields[0],
};

/* --- what is said of a wrong path --------------------------------------------------------------
 */

static void html_say(struct html_pair *pair, const struct learnt_critique *critique,
                     const char *maker, const char *model)
{
    if (critique->text[0] != '\0')
        pair->said[pair->said_count++] = (struct html_said){critique, maker, model};
}

/* The one that views take comes first. */
static void html_put_first(struct html_pair *pair)
{
    const struct record *record = &pair->record;
    size_t first = 0;

    if (record->critique.text[0] == '\0')
        return;
    while (first < pair->said_count && pair->said[first].critique->text != record->critique.text)
        first++;
    if (first == pair->said_count)
        return;
    for (struct html_said taken = pair->said[first]; first > 0; first--) {
        pair->said[first] = pair->said[first - 1];
        pair->said[first - 1] = taken;
    }
}

static int html_gather(struct html_pair *pair, struct learnt_critique *own,
                       struct crux_error *error)
{
    const struct record *record = &pair->record;
    const struct crux_pair *found = record->pair;
    size_t count;
    const struct learnt_item *items =
        learnt_of(&record->about.what->learnt, LEARNT_CRITIQUES, record->rollout, &count);

    pair->said = calloc(count + 1, sizeof *pair->said);
    if (pair->said == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the critiques of problem %s",
                         record->about.what->tree->problem->id);
    *own = (struct learnt_critique){
        .style = "",
        .model = "",
        .text = found->critique,
        .error_type = found->error_type,
        .corrected_step = found->corrected_step,
        .method = found->method,
        .step = found->first_error == CRUX_NO_STEP ? -1 : (int64_t)found->first_error};
    html_say(pair, own, "", record->about.run->annotator);
    for (size_t i = 0; i < count; i++)
        html_say(pair, &items[i].critique, items[i].maker, items[i].critique.model);
    html_put_first(pair);
    return CRUX_OK;
}

/* --- the pairs of a tree -----------------------------------------------------------------------
 */

struct html_pairing {
    const struct html_tree *tree;
    struct view_out *out;
    struct html_text *text;   /* NULL: only count */
    struct html_entry *entry; /* counts all of them */
};

static bool html_is_there(const struct html_tree *tree, const struct crux_pair *pair)
{
    const struct crux_rollout *rollouts = tree->what->tree->rollouts;

    return tree->nodes->shown[rollouts[pair->wrong].node] &&
           tree->nodes->shown[rollouts[pair->right].node];
}

static int html_pair_emit(void *context, const char *row, size_t length, enum view_side side,
                          struct crux_error *error)
{
    struct html_text *text = context;
    int status = CRUX_OK;

    (void)side;
    if (text->text[text->length - 1] != '[')
        status = html_text_add(text, ", ", 2, error);
    return status == CRUX_OK ? html_text_add(text, row, length, error) : status;
}

static int html_pair_put(const struct html_pairing *pairing, const struct html_pair *pair,
                         struct crux_error *error)
{
    struct view_out *out = pairing->out;

    out->view = &html_pair_view;
    out->what = pairing->tree->what;
    out->run = pairing->tree->run;
    out->emit = html_pair_emit;
    out->context = pairing->text;
    return view_put(out, pair, VIEW_NEITHER, error);
}

static int html_pair_visit(void *context, const struct record *record, struct crux_error *error)
{
    struct html_pairing *pairing = context;
    struct html_pair pair = {.record = *record, .tree = pairing->tree};
    struct learnt_critique own;
    int status;

    if (record->pair == NULL)
        return CRUX_OK;
    status = html_gather(&pair, &own, error);
    pairing->entry->located += record_is_located(record);
    pairing->entry->critiques += pair.said_count;
    if (status == CRUX_OK && pairing->text != NULL && html_is_there(pairing->tree, record->pair))
        status = html_pair_put(pairing, &pair, error);
    free(pair.said);
    return status;
}

int html_pairs(const struct html_tree *tree, struct view_out *out, struct html_text *text,
               struct html_entry *entry, struct crux_error *error)
{
    struct html_pairing pairing = {tree, out, text, entry};
    int status = text == NULL ? CRUX_OK : html_text_add(text, "[", 1, error);

    if (status == CRUX_OK && tree->what->tree->pair_count > 0)
        status = record_walk(tree->what, tree->run, html_pair_visit, &pairing, error);
    if (status == CRUX_OK && text != NULL)
        status = html_text_add(text, "]", 1, error);
    return status;
}
