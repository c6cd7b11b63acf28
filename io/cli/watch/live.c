/*
 * live.c - keeps a store open and an index of what was seen in it.
 */
#include "io/cli/watch/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/crux_io.h"
#include "io/views/html_list.h"

struct live {
    const char *path; /* the caller's */
    uint64_t nodes;
    struct crux_store *store; /* NULL: there is none */
    dev_t device;             /* which file that is */
    ino_t number;
    struct view_run run;
    struct crux_summary summary; /* as of the last look */
    struct html html;
    struct html_list list;
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

static void live_leave(struct live *live)
{
    html_list_close(&live->list);
    html_close(&live->html);
    live->html = (struct html){.entry = NULL};
    view_run_close(&live->run);
    crux_store_close(live->store);
    live->store = NULL;
}

void live_close(struct live *live)
{
    if (live == NULL)
        return;
    live_leave(live);
    free(live);
}

bool live_is_there(const struct live *live)
{
    return live->store != NULL;
}

static int live_enter(struct live *live, const struct stat *about, struct crux_error *error)
{
    int status = crux_store_open(&live->store, live->path, false, error);

    if (status == CRUX_OK)
        status = crux_store_summary(live->store, &live->summary, error);
    if (status == CRUX_OK)
        status = view_run_open(&live->run, &live->summary, error);
    if (status != CRUX_OK) {
        live_leave(live);
        return status;
    }
    html_open(&live->html, &live->run);
    live->device = about->st_dev;
    live->number = about->st_ino;
    return CRUX_OK;
}

/* The file that has the name now is the one that is open, or there is none. */
static int live_follow(struct live *live, struct crux_error *error)
{
    struct stat about;

    if (stat(live->path, &about) != 0) {
        if (errno != ENOENT)
            return crux_fail(error, CRUX_STORE, "%s cannot be opened: %s", live->path,
                             strerror(errno));
        live_leave(live);
        return CRUX_OK;
    }
    if (live->store != NULL && (live->device != about.st_dev || live->number != about.st_ino))
        live_leave(live);
    return live->store != NULL ? CRUX_OK : live_enter(live, &about, error);
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

    if (status != CRUX_OK || live->store == NULL)
        return status;
    status = html_list_look(&live->list, &live->html, live->store, error);
    if (status == CRUX_OK)
        status = live_read(live, stopped, error);
    /* After the trees: what the head counts is never ahead of them. */
    return status == CRUX_OK ? crux_store_summary(live->store, &live->summary, error) : status;
}

/* --- telling ---------------------------------------------------------------------------------- */

static struct html_pulse live_pulse(const struct crux_summary *summary)
{
    const bool running = summary->pulse.process != 0;

    return (struct html_pulse){.paid = {summary->calls, summary->prompt_tokens,
                                        summary->completion_tokens, summary->price},
                               .done = summary->finished + summary->broken,
                               .problems = summary->finished + summary->broken + summary->waiting,
                               .pairs = summary->pairs,
                               .in_flight = running ? summary->pulse.view.in_flight : 0,
                               .running = running};
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
