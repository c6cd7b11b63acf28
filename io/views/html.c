/*
 * html.c - puts together what the page shows of a problem, and the index of all.
 *
 * A body is the row of the tree's table, with the list of pairs, which are rows of their own, put
 * in behind its last member.
 */
#include "io/views/html.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/utf8.h"

void html_open(struct html *out, const struct view_run *run)
{
    *out = (struct html){.run = *run};
    out->run.keep = NULL;
    out->run.least = LEARNT_NOT;
    out->run.injected = false;
    out->run.images = true;
}

void html_close(struct html *html)
{
    view_out_close(&html->out);
    free(html->body.text);
    free(html->entry);
}

/* --- a problem ------------------------------------------------------------------------------ */

static int html_emit_body(void *context, const char *row, size_t length, enum view_side side,
                          struct crux_error *error)
{
    (void)side;
    return html_text_add(context, row, length, error);
}

/* The tree's row without its end, and where the pairs begin. */
static int html_tree_put(struct html *html, const struct html_tree *tree, struct crux_error *error)
{
    static const char pairs[] = ", \"pairs\": ";
    int status;

    html->out.view = &html_tree_view;
    html->out.what = tree->what;
    html->out.run = tree->run;
    html->out.emit = html_emit_body;
    html->out.context = &html->body;
    status = view_put(&html->out, tree, VIEW_NEITHER, error);
    if (status != CRUX_OK)
        return status;
    html->body.length--; /* the object's end */
    return html_text_add(&html->body, pairs, strlen(pairs), error);
}

static int html_emit_entry(void *context, const char *row, size_t length, enum view_side side,
                           struct crux_error *error)
{
    struct html *html = context;

    (void)side;
    free(html->entry);
    html->entry = strndup(row, length);
    return html->entry != NULL ? CRUX_OK
                               : crux_fail(error, CRUX_MEMORY, "no memory for the page's index");
}

/* Nothing of the entry needs the tree's text but its own figures. */
static int html_entry_put(struct html *html, const struct html_entry *entry,
                          struct crux_error *error)
{
    const struct crux_tree named = {.problem = entry->problem};
    const struct view_tree what = {.tree = &named};

    html->out.view = &html_entry_view;
    html->out.what = &what; /* for a sentence: which problem */
    html->out.run = &html->run;
    html->out.emit = html_emit_entry;
    html->out.context = html;
    return view_put(&html->out, entry, VIEW_NEITHER, error);
}

static struct html_left html_left_out(const struct crux_tree *tree, const struct html_nodes *nodes)
{
    return (struct html_left){.problems = tree->node_count > 0 && nodes->count == 0,
                              .nodes = tree->node_count - nodes->count,
                              .rollouts = tree->rollout_count - nodes->rollouts};
}

int html_problem(struct html *html, const struct view_tree *what, struct html_wanted wanted,
                 struct html_made *out, struct crux_error *error)
{
    struct html_nodes nodes = {.shown = NULL};
    const struct html_tree tree = {what, &html->run, &nodes};
    struct html_entry entry = {.problem = what->tree->problem, .what = what};
    int status = html_nodes_choose(&nodes, what->tree, wanted.room, error);
    bool body = wanted.body && nodes.count > 0;

    html->body.length = 0;
    if (status == CRUX_OK && body)
        status = html_tree_put(html, &tree, error);
    if (status == CRUX_OK)
        status = html_pairs(&tree, &html->out, body ? &html->body : NULL, &entry, error);
    if (status == CRUX_OK && body)
        status = html_text_add(&html->body, "}", 1, error);
    entry.shown = nodes.count;
    if (status == CRUX_OK)
        status = html_entry_put(html, &entry, error);
    if (status == CRUX_OK)
        *out = (struct html_made){.entry = html->entry,
                                  .body = {html->body.text, html->body.length},
                                  .shown = nodes.count,
                                  .left = html_left_out(what->tree, &nodes)};
    html_nodes_close(&nodes);
    return status;
}

int html_waiting(struct html *html, const struct crux_problem *problem, const char **entry,
                 struct crux_error *error)
{
    int status = html_entry_put(html, &(struct html_entry){.problem = problem}, error);

    if (status == CRUX_OK)
        *entry = html->entry;
    return status;
}

/* --- the index ------------------------------------------------------------------------------ */

static void html_put_text(struct json_row *row, const char *key, const char *text)
{
    json_row_key(row, key);
    view_text(row, text);
}

/* The name of a file may be any bytes. */
static void html_put_file(struct json_row *row, const char *key, const char *name)
{
    char words[UTF8_ROOM(NAME_MAX)];

    json_row_key(row, key);
    json_row_text(row, words, utf8_mend(words, name, strnlen(name, NAME_MAX)));
}

static void html_put_number(struct json_row *row, const char *key, uint64_t number)
{
    json_row_key(row, key);
    json_row_integer(row, (int64_t)number);
}

static void html_put_pulse(struct json_row *row, const struct html_pulse *pulse)
{
    json_row_key(row, "pulse");
    if (pulse == NULL) {
        json_row_null(row);
        return;
    }
    json_row_begin_object(row);
    html_put_number(row, "done", pulse->done);
    html_put_number(row, "problems", pulse->problems);
    html_put_number(row, "calls", pulse->paid.calls);
    html_put_number(row, "pairs", pulse->pairs);
    html_put_number(row, "prompt_tokens", pulse->paid.prompt_tokens);
    html_put_number(row, "completion_tokens", pulse->paid.completion_tokens);
    json_row_key(row, "price");
    json_row_integer(row, pulse->paid.price);
    html_put_number(row, "in_flight", pulse->in_flight);
    json_row_key(row, "running");
    json_row_bool(row, pulse->running);
    json_row_end_object(row);
}

static void html_put_run(struct json_row *row, const struct html_index *index)
{
    json_row_key(row, "run");
    json_row_begin_object(row);
    html_put_text(row, "id", index->run_id);
    html_put_text(row, "policy", index->policy);
    html_put_file(row, "input", index->input);
    html_put_text(row, "version", CRUX_VERSION);
    json_row_end_object(row);
}

static void html_put_left(struct json_row *row, const struct html_index *index)
{
    const struct html_left *left = &index->left;
    char why[64] = "";

    if (left->problems + left->nodes + left->rollouts > 0)
        (void)snprintf(why, sizeof why, "--nodes %" PRIu64, index->nodes);
    json_row_key(row, "left_out");
    json_row_begin_object(row);
    html_put_number(row, "problems", left->problems);
    html_put_number(row, "nodes", left->nodes);
    html_put_number(row, "rollouts", left->rollouts);
    html_put_text(row, "why", why);
    json_row_end_object(row);
}

const char *html_input_name(const struct crux_summary *summary)
{
    const char *slash = strrchr(summary->input_name, '/');

    return slash == NULL ? summary->input_name : slash + 1;
}

/* All but the problems: the object down to the beginning of their list. */
static void html_put_head(struct json_row *row, const struct html_index *index)
{
    json_row_begin(row);
    json_row_begin_object(row);
    html_put_number(row, "crux", HTML_VERSION);
    json_row_key(row, "live");
    json_row_bool(row, index->pulse != NULL);
    html_put_run(row, index);
    html_put_pulse(row, index->pulse);
    html_put_left(row, index);
    json_row_key(row, "problems");
    json_row_begin_list(row);
}

int html_index(const struct html_index *index, const struct page_sink *sink,
               struct crux_error *error)
{
    struct json_row row = {.text = NULL};
    int status;

    html_put_head(&row, index);
    status = row.status == CRUX_OK ? sink->put(sink->context, row.text, row.length, error)
                                   : crux_fail(error, row.status, "no index: %s", row.fault);
    for (size_t i = 0; i < index->count && status == CRUX_OK; i++) {
        if (i > 0)
            status = sink->put(sink->context, ",\n", 2, error);
        if (status == CRUX_OK)
            status = sink->put(sink->context, index->entries[i], strlen(index->entries[i]), error);
    }
    if (status == CRUX_OK)
        status = sink->put(sink->context, "]}\n", 3, error);
    json_row_free(&row);
    return status;
}
