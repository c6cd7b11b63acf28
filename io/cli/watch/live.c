/*
 * live.c - opens a store for each look, and keeps an index of what was seen in it.
 *
 * A store that is kept open would keep its writer from putting its files in order at the end.
 */
#include "io/cli/watch/live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/crux_io.h"
#include "io/views/html_list.h"

struct live {
    const char *path; /* the caller's */
    uint64_t nodes;
    bool looked; /* at least once */
    bool there;  /* at the last look there was a store ... */
    dev_t device;
    ino_t number;    /* ... which was this file ... */
    char run_id[17]; /* ... and this run's */
    struct html_list list;
    struct html html;

    struct crux_store *store; /* NULL: it rests */
    struct crux_summary summary;
    struct view_run run;
};

int live_open(struct live **out, const char *path, uint64_t nodes, struct crux_error *error)
{
    struct live *live = calloc(1, sizeof *live);

    if (live == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to watch %s", path);
    live->path = path;
    live->nodes = nodes;
    *out = live;
    return CRUX_OK;
}

/* --- the store -------------------------------------------------------------------------------- */

void live_rest(struct live *live)
{
    view_run_close(&live->run);
    crux_store_close(live->store);
    live->store = NULL;
}

/* What was seen is of no use any more. */
static void live_forget(struct live *live)
{
    html_list_close(&live->list);
    live->there = false;
}

void live_close(struct live *live)
{
    if (live == NULL)
        return;
    live_rest(live);
    live_forget(live);
    html_close(&live->html);
    free(live);
}

bool live_is_there(const struct live *live)
{
    return live->there;
}

/* The file is open: is it what it was? */
static void live_know(struct live *live, const struct stat *about)
{
    if (live->device != about->st_dev || live->number != about->st_ino ||
        strcmp(live->run_id, live->run.run_id) != 0)
        live_forget(live);
    live->there = true;
    live->device = about->st_dev;
    live->number = about->st_ino;
    (void)snprintf(live->run_id, sizeof live->run_id, "%s", live->run.run_id);
    for (size_t i = 0; i < live->list.count; i++)
        live->list.items[i].store = live->store;
    html_close(&live->html);
    html_open(&live->html, &live->run);
}

static int live_enter(struct live *live, const struct stat *about, struct crux_error *error)
{
    int status = crux_store_open(&live->store, live->path, false, error);

    if (status == CRUX_OK)
        status = crux_store_summary(live->store, &live->summary, error);
    if (status == CRUX_OK)
        status = view_run_open(&live->run, &live->summary, error);
    if (status == CRUX_OK)
        live_know(live, about);
    return status;
}

/* A file that has come since may be about to become a store: until a run has begun in it there is
 * none. One that was there from the first must be one. */
static int live_try(struct live *live, const struct stat *about, struct crux_error *error)
{
    bool begun = true;
    int status =
        live->looked && !live->there ? crux_store_begun(live->path, &begun, error) : CRUX_OK;

    return status == CRUX_OK && begun ? live_enter(live, about, error) : status;
}

/* Open the file that has the name now, if there is one. */
static int live_follow(struct live *live, struct crux_error *error)
{
    struct stat about;

    live_rest(live);
    if (stat(live->path, &about) == 0)
        return live_try(live, &about, error);
    if (errno != ENOENT)
        return crux_fail(error, CRUX_STORE, "%s cannot be opened: %s", live->path, strerror(errno));
    live_forget(live);
    return CRUX_OK;
}

/* --- looking ---------------------------------------------------------------------------------- */

static int live_read(struct live *live, bool (*stopped)(void), struct crux_error *error)
{
    const struct html_wanted wanted = {live->nodes, false};
    struct html_made made;
    int status = CRUX_OK;

    for (size_t i = 0; i < live->list.count && status == CRUX_OK; i++) {
        struct html_item *item = &live->list.items[i];

        if (item->state == CRUX_WAITING || item->entry != NULL)
            continue;
        status = html_list_read(item, &live->html, wanted, &made, error);
        if (status == CRUX_OK && stopped != NULL && stopped())
            status = crux_fail(error, CRUX_STOPPED, "stopped while %s was read", live->path);
    }
    return status;
}

int live_look(struct live *live, bool (*stopped)(void), struct crux_error *error)
{
    int status = live_follow(live, error);

    live->looked = true;
    if (status != CRUX_OK || live->store == NULL)
        return status;
    status = html_list_look(&live->list, &live->html, live->store, error);
    if (status == CRUX_OK)
        status = live_read(live, stopped, error);
    /* After the trees: what the head counts is never ahead of them. */
    return status == CRUX_OK ? crux_store_summary(live->store, &live->summary, error) : status;
}

/* --- telling ---------------------------------------------------------------------------------- */

static uint64_t live_most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t live_answered(const struct crux_view *view)
{
    return view->calls > view->in_flight ? view->calls - view->in_flight : 0;
}

/* The store counts what is done, from the run's beginning; the process that runs counts also what
 * is open, but from its own beginning. What is at least true is the larger. */
static struct html_pulse live_pulse(const struct crux_summary *summary)
{
    const struct crux_view *view = &summary->pulse.view;
    struct html_pulse pulse = {.paid = {summary->calls, summary->prompt_tokens,
                                        summary->completion_tokens, summary->price},
                               .done = summary->finished + summary->broken,
                               .problems = summary->finished + summary->broken + summary->waiting,
                               .pairs = summary->pairs,
                               .running = summary->pulse.process != 0};

    if (!pulse.running)
        return pulse;
    pulse.in_flight = view->in_flight;
    pulse.paid.calls = live_most(pulse.paid.calls, live_answered(view));
    pulse.paid.prompt_tokens = live_most(pulse.paid.prompt_tokens, view->prompt_tokens);
    pulse.paid.completion_tokens = live_most(pulse.paid.completion_tokens, view->completion_tokens);
    if (view->price > pulse.paid.price)
        pulse.paid.price = view->price;
    return pulse;
}

int live_index(const struct live *live, const struct page_sink *sink, struct crux_error *error)
{
    const struct html_pulse none = {.running = false};
    const struct html_index empty = {.run_id = "", .policy = "", .input = "", .pulse = &none};
    struct html_pulse pulse;
    struct html_index head;

    if (live->store == NULL)
        return html_index(&empty, sink, error);
    pulse = live_pulse(&live->summary);
    head = (struct html_index){.run_id = live->run.run_id,
                               .policy = live->run.policy_model,
                               .input = html_input_name(&live->summary),
                               .pulse = &pulse,
                               .nodes = live->nodes};
    return html_list_index(&live->list, &head, sink, error);
}

static int live_put_escaped(void *context, const char *bytes, size_t length,
                            struct crux_error *error)
{
    return page_index_add(context, (struct crux_text){bytes, length}, error);
}

int live_page(const struct live *live, const struct page_sink *sink, struct crux_error *error)
{
    struct page_sink whole = *sink;
    const struct page_sink escaped = {live_put_escaped, &whole};
    int status = page_begin(sink, error);

    if (status == CRUX_OK)
        status = page_index_begin(sink, error);
    if (status == CRUX_OK)
        status = live_index(live, &escaped, error);
    if (status == CRUX_OK)
        status = page_index_end(sink, error);
    return status == CRUX_OK ? page_end(sink, error) : status;
}

int live_body(struct live *live, uint64_t number, struct crux_text *out, struct crux_error *error)
{
    const struct html_wanted wanted = {live->nodes, true};
    struct html_item *item = html_list_find(&live->list, number);
    struct html_made made;
    int status;

    if (item == NULL)
        return crux_fail(error, CRUX_INPUT, "%s has no problem with this number", live->path);
    if (item->state == CRUX_WAITING)
        return crux_fail(error, CRUX_INPUT, "problem %.100s is still waiting: it has no tree",
                         item->id);
    status = html_list_read(item, &live->html, wanted, &made, error);
    if (status == CRUX_OK && made.body.length == 0)
        status = crux_fail(error, CRUX_INPUT, "problem %.100s has no tree", item->id);
    if (status == CRUX_OK)
        *out = made.body;
    return status;
}
