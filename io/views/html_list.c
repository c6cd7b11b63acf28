/*
 * html_list.c - walks a store's problems beside those of them that are not finished: both are in
 * the order of the input.
 */
#include "io/views/html_list.h"

#include <stdlib.h>
#include <string.h>

static int html_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for the page's list of problems");
}

/* --- which are not finished --------------------------------------------------------------------
 */

struct html_lacking {
    char **ids;
    enum crux_problem_state *states;
    size_t count, room;
    size_t at; /* the next that is looked for */
};

static void html_lacking_close(struct html_lacking *lacking)
{
    for (size_t i = 0; i < lacking->count; i++)
        free(lacking->ids[i]);
    free(lacking->ids);
    free(lacking->states);
}

static bool html_lacking_grow(struct html_lacking *lacking)
{
    size_t room = lacking->room * 2 + 64;
    char **ids = realloc(lacking->ids, room * sizeof *ids);
    enum crux_problem_state *states;

    if (ids == NULL)
        return false;
    lacking->ids = ids;
    states = realloc(lacking->states, room * sizeof *states);
    if (states == NULL)
        return false;
    lacking->states = states;
    lacking->room = room;
    return true;
}

static int html_lacks(void *context, const char *id, enum crux_problem_state state)
{
    struct html_lacking *lacking = context;
    char *kept;

    if (lacking->count == lacking->room && !html_lacking_grow(lacking))
        return CRUX_MEMORY;
    kept = strdup(id);
    if (kept == NULL)
        return CRUX_MEMORY;
    lacking->ids[lacking->count] = kept;
    lacking->states[lacking->count++] = state;
    return 0;
}

static int html_lacking_open(struct html_lacking *lacking, struct crux_store *store,
                             struct crux_error *error)
{
    int status = crux_store_lacking(store, html_lacks, lacking, error);

    return status == CRUX_MEMORY ? html_no_memory(error) : status;
}

/* Of the next problem in the order of the input. */
static enum crux_problem_state html_lacking_state(struct html_lacking *lacking, const char *id)
{
    if (lacking->at == lacking->count || strcmp(lacking->ids[lacking->at], id) != 0)
        return CRUX_FINISHED;
    return lacking->states[lacking->at++];
}

/* --- problems ----------------------------------------------------------------------------------
 */

struct html_adding {
    struct html_list *list;
    struct html *html;
    struct crux_store *store;
    struct html_lacking *lacking;
    bool all;      /* else only ... */
    uint64_t from; /* ... those from this ordinal on */
};

static struct html_item *html_list_room(struct html_list *list)
{
    struct html_item *grown;

    if (list->count < list->room)
        return &list->items[list->count];
    grown = realloc(list->items, (list->room * 2 + 64) * sizeof *grown);
    if (grown == NULL)
        return NULL;
    list->items = grown;
    list->room = list->room * 2 + 64;
    return &list->items[list->count];
}

static int html_list_take(void *context, const struct crux_problem *problem,
                          struct crux_error *error)
{
    struct html_adding *adding = context;
    struct html_item *item = html_list_room(adding->list);
    const char *entry;
    int status;

    if (!adding->all && problem->ordinal < adding->from)
        return CRUX_OK;
    status = html_waiting(adding->html, problem, &entry, error);
    if (status != CRUX_OK)
        return status;
    if (item == NULL)
        return html_no_memory(error);
    *item = (struct html_item){.ordinal = problem->ordinal,
                               .store = adding->store,
                               .state = html_lacking_state(adding->lacking, problem->id),
                               .id = strdup(problem->id),
                               .waiting = strdup(entry)};
    adding->list->count++;
    return item->id == NULL || item->waiting == NULL ? html_no_memory(error) : CRUX_OK;
}

int html_list_add(struct html_list *list, struct html *html, struct crux_store *store,
                  struct crux_error *error)
{
    struct html_lacking lacking = {.ids = NULL};
    struct html_adding adding = {list, html, store, &lacking, .all = true};
    int status = html_lacking_open(&lacking, store, error);

    if (status == CRUX_OK)
        status = crux_store_problems(store, html_list_take, &adding, error);
    html_lacking_close(&lacking);
    return status;
}

/* --- several stores ----------------------------------------------------------------------------
 */

/* The further a problem is, the earlier: finished, failed, waiting. */
static int html_rank(enum crux_problem_state state)
{
    return state == CRUX_FINISHED ? 0 : state == CRUX_BROKEN ? 1 : 2;
}

static int html_list_compare(const void *left, const void *right)
{
    const struct html_item *a = left, *b = right;

    if (a->ordinal != b->ordinal)
        return a->ordinal < b->ordinal ? -1 : 1;
    return html_rank(a->state) - html_rank(b->state);
}

static void html_item_close(struct html_item *item)
{
    free(item->id);
    free(item->waiting);
    free(item->entry);
}

void html_list_settle(struct html_list *list)
{
    size_t kept = 0;

    if (list->count > 0)
        qsort(list->items, list->count, sizeof *list->items, html_list_compare);
    for (size_t i = 0; i < list->count; i++)
        if (kept > 0 && list->items[kept - 1].ordinal == list->items[i].ordinal)
            html_item_close(&list->items[i]);
        else
            list->items[kept++] = list->items[i];
    list->count = kept;
}

/* --- a store that grows ------------------------------------------------------------------------
 */

static void html_item_become(struct html_item *item, enum crux_problem_state state)
{
    if (item->state == state)
        return;
    item->state = state;
    free(item->entry);
    item->entry = NULL;
    item->left = (struct html_left){.nodes = 0};
}

int html_list_look(struct html_list *list, struct html *html, struct crux_store *store,
                   struct crux_error *error)
{
    struct html_lacking lacking = {.ids = NULL};
    struct html_adding adding = {list, html, store, &lacking, .all = list->count == 0};
    struct crux_summary summary;
    size_t known = list->count;
    int status = crux_store_summary(store, &summary, error);

    if (status == CRUX_OK)
        status = html_lacking_open(&lacking, store, error);
    for (size_t i = 0; i < known && status == CRUX_OK; i++)
        html_item_become(&list->items[i], html_lacking_state(&lacking, list->items[i].id));
    if (known > 0)
        adding.from = list->items[known - 1].ordinal + 1;
    if (status == CRUX_OK && summary.waiting + summary.finished + summary.broken != known)
        status = crux_store_problems(store, html_list_take, &adding, error);
    html_lacking_close(&lacking);
    return status;
}

/* --- their trees -------------------------------------------------------------------------------
 */

/* By its place where that can be: a store finds an id only by looking through all of them. */
static int html_list_tree(const struct html_item *item, struct crux_tree **out,
                          struct crux_error *error)
{
    struct crux_tree *tree = NULL;
    int status;

    if (item->by_id || item->state != CRUX_FINISHED)
        return crux_store_read(item->store, item->id, out, error);
    status = crux_store_next(item->store, (int64_t)item->ordinal - 1, &tree, error);
    if (status == CRUX_END || (status == CRUX_OK && tree->problem->ordinal != item->ordinal)) {
        crux_tree_free(tree);
        return crux_fail(error, CRUX_STORE, "problem `%s` was finished and is not any more",
                         item->id);
    }
    *out = tree;
    return status;
}

int html_list_read(struct html_item *item, struct html *html, struct html_wanted wanted,
                   struct html_made *out, struct crux_error *error)
{
    struct crux_tree *tree = NULL;
    struct view_tree what = {.tree = NULL};
    int status = html_list_tree(item, &tree, error);

    if (status == CRUX_INPUT && item->state == CRUX_BROKEN) {
        html_item_become(item, CRUX_WAITING);
        *out = (struct html_made){.shown = 0};
        return CRUX_OK;
    }
    if (status == CRUX_OK)
        status = view_tree_open(&what, item->store, tree, error);
    if (status == CRUX_OK)
        status = html_problem(html, &what, wanted, out, error);
    if (status == CRUX_OK) {
        item->ordinal = tree->problem->ordinal;
        item->left = out->left;
        free(item->entry);
        item->entry = strdup(out->entry);
        if (item->entry == NULL)
            status = html_no_memory(error);
    }
    view_tree_close(&what);
    crux_tree_free(tree);
    return status;
}

const char *html_list_entry(const struct html_item *item)
{
    return item->entry != NULL ? item->entry : item->waiting;
}

struct html_left html_list_left(const struct html_list *list)
{
    struct html_left left = {.nodes = 0};

    for (size_t i = 0; i < list->count; i++) {
        left.problems += list->items[i].left.problems;
        left.nodes += list->items[i].left.nodes;
        left.rollouts += list->items[i].left.rollouts;
    }
    return left;
}

int html_list_index(const struct html_list *list, const struct html_index *head,
                    const struct page_sink *sink, struct crux_error *error)
{
    const char **entries = calloc(list->count + 1, sizeof *entries);
    struct html_index index = *head;
    int status;

    if (entries == NULL)
        return html_no_memory(error);
    for (size_t i = 0; i < list->count; i++)
        entries[i] = html_list_entry(&list->items[i]);
    index.entries = entries;
    index.count = list->count;
    index.left = html_list_left(list);
    status = html_index(&index, sink, error);
    free(entries);
    return status;
}

struct html_item *html_list_find(const struct html_list *list, uint64_t ordinal)
{
    size_t low = 0, high = list->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (list->items[middle].ordinal < ordinal)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->count && list->items[low].ordinal == ordinal ? &list->items[low] : NULL;
}

void html_list_close(struct html_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        html_item_close(&list->items[i]);
    free(list->items);
    *list = (struct html_list){.items = NULL};
}
