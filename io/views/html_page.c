/*
 * html_page.c - the page of one or several stores: bodies in the order of the index, then the
 * index.
 */
#include "io/crux_io.h"

#include <stdlib.h>
#include <string.h>

#include "io/views/html_list.h"
#include "io/views/merge.h"

struct html_page {
    const struct crux_page *what;
    struct page_sink sink;
    struct merge merge; /* for what is wrong with a set of stores, and what they are called */
    struct view_run run;
    struct html html;
    struct html_list list;
    struct crux_paged done;
};

static uint64_t html_page_nodes(const struct crux_page *what)
{
    return what->nodes == 0 ? CRUX_PAGE_NODES : what->nodes;
}

/* --- which problems --------------------------------------------------------------------------- */

static int html_page_all(struct html_page *page, struct crux_error *error)
{
    int status = CRUX_OK;

    for (size_t i = 0; status == CRUX_OK && i < page->what->store_count; i++)
        status = html_list_add(&page->list, &page->html, page->what->stores[i], error);
    html_list_settle(&page->list);
    return status;
}

static int html_page_named(struct html_page *page, struct crux_error *error)
{
    const struct crux_page *what = page->what;

    page->list.items = calloc(what->id_count, sizeof *page->list.items);
    if (page->list.items == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the page's problems");
    for (size_t i = 0; i < what->id_count; i++) {
        struct html_item *item = &page->list.items[i];

        for (size_t j = 0; j < i; j++)
            if (strcmp(what->ids[i], what->ids[j]) == 0)
                return crux_fail(error, CRUX_INVALID, "the problem %.100s is named twice",
                                 what->ids[i]);
        *item = (struct html_item){.by_id = true,
                                   .store = what->stores[0],
                                   .state = CRUX_FINISHED,
                                   .id = strdup(what->ids[i])};
        page->list.count++;
        if (item->id == NULL)
            return crux_fail(error, CRUX_MEMORY, "no memory for the page's problems");
    }
    return CRUX_OK;
}

static int html_page_open(struct html_page *page, struct crux_error *error)
{
    const struct crux_page *what = page->what;
    int status;

    if (what->store_count == 0)
        return crux_fail(error, CRUX_INVALID, "a page needs a store");
    status = merge_open(&page->merge, what->stores, what->store_count, error);
    if (status == CRUX_OK)
        status = view_run_open(&page->run, merge_summary(&page->merge), error);
    if (status != CRUX_OK)
        return status;
    html_open(&page->html, &page->run);
    return what->id_count > 0 ? html_page_named(page, error) : html_page_all(page, error);
}

/* --- the file --------------------------------------------------------------------------------- */

static int html_page_body(struct html_page *page, struct html_item *item, struct crux_error *error)
{
    const struct html_wanted wanted = {html_page_nodes(page->what) - page->done.nodes, true};
    struct html_made made;
    int status = item->state == CRUX_WAITING
                     ? CRUX_OK
                     : html_list_read(item, &page->html, wanted, &made, error);

    if (status != CRUX_OK || item->state == CRUX_WAITING || made.body.length == 0)
        return status;
    page->done.bodies++;
    page->done.nodes += made.shown;
    return page_problem(&page->sink, item->ordinal, made.body, error);
}

static int html_page_bodies(struct html_page *page, struct crux_error *error)
{
    int status = CRUX_OK;

    for (size_t i = 0; i < page->list.count && status == CRUX_OK; i++) {
        status = html_page_body(page, &page->list.items[i], error);
        if (status == CRUX_OK && page->what->stopped != NULL && page->what->stopped())
            status = crux_fail(error, CRUX_STOPPED, "the page was stopped; nothing of it is left");
    }
    return status;
}

static int html_page_escaped(void *context, const char *bytes, size_t length,
                             struct crux_error *error)
{
    return page_index_add(context, (struct crux_text){bytes, length}, error);
}

static int html_page_index(struct html_page *page, struct crux_error *error)
{
    const struct page_sink escaped = {html_page_escaped, &page->sink};
    const struct html_index head = {.run_id = page->run.run_id,
                                    .policy = page->run.policy_model,
                                    .input = html_input_name(merge_summary(&page->merge)),
                                    .nodes = html_page_nodes(page->what)};
    int status = page_index_begin(&page->sink, error);

    if (status == CRUX_OK)
        status = html_list_index(&page->list, &head, &escaped, error);
    return status == CRUX_OK ? page_index_end(&page->sink, error) : status;
}

static struct crux_paged html_page_done(const struct html_page *page)
{
    const struct html_left left = html_list_left(&page->list);
    struct crux_paged done = page->done;

    done.problems = page->list.count;
    done.left_problems = left.problems;
    done.left_nodes = left.nodes;
    done.left_rollouts = left.rollouts;
    return done;
}

int crux_page_write(const struct crux_page *what, struct crux_paged *out, struct crux_error *error)
{
    struct html_page page = {.what = what, .sink = {what->put, what->context}};
    int status = html_page_open(&page, error);

    if (status == CRUX_OK)
        status = page_begin(&page.sink, error);
    if (status == CRUX_OK)
        status = html_page_bodies(&page, error);
    if (status == CRUX_OK)
        status = html_page_index(&page, error);
    if (status == CRUX_OK)
        status = page_end(&page.sink, error);
    if (status == CRUX_OK)
        *out = html_page_done(&page);
    html_list_close(&page.list);
    html_close(&page.html);
    view_run_close(&page.run);
    merge_close(&page.merge);
    return status;
}
