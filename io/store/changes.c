/*
 * changes.c - what was changed while a run went on, beside its settings.
 */
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/store/store.h"

enum { CHANGES_MOST = 1000 };

/* The last ones, as many as may stay beside one more. */
static struct json *changes_kept(const struct json *settings)
{
    const struct json *list = json_get(settings, CRUX_CHANGES);
    struct json *kept = json_new_array();
    size_t count = json_count(list), from = count < CHANGES_MOST ? 0 : count - CHANGES_MOST + 1;

    for (size_t i = from; i < count; i++)
        json_add(kept, json_clone(json_at(list, i)));
    return kept;
}

static int changes_compare(const void *a, const void *b)
{
    const struct json *const *x = a, *const *y = b;
    int64_t one = json_as_integer(json_get(*x, "at_ns"));
    int64_t other = json_as_integer(json_get(*y, "at_ns"));

    return (one > other) - (one < other);
}

struct json *store_order_changes(const struct json *changes)
{
    size_t count = json_count(changes), from = count < CHANGES_MOST ? 0 : count - CHANGES_MOST;
    const struct json **items = json_is_whole(changes) ? calloc(count + 1, sizeof *items) : NULL;
    struct json *ordered;

    if (items == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        items[i] = json_at(changes, i);
    qsort((void *)items, count, sizeof *items, changes_compare);
    ordered = json_new_array();
    for (size_t i = from; i < count; i++)
        json_add(ordered, json_clone(items[i]));
    free((void *)items);
    if (json_is_whole(ordered))
        return ordered;
    json_free(ordered);
    return NULL;
}

/* The settings with the change; NULL: one of them is no JSON object, or there is no memory. */
static char *changes_add(const char *settings, const char *change)
{
    struct json *object = NULL, *added = NULL, *list;
    char *text = NULL;

    if (json_parse(&object, settings, strlen(settings), NULL) == CRUX_OK &&
        json_type_of(object) == JSON_IS_OBJECT &&
        json_parse(&added, change, strlen(change), NULL) == CRUX_OK) {
        list = changes_kept(object);
        json_add(list, added);
        json_put(object, CRUX_CHANGES, list);
        text = json_text(object, false);
    }
    json_free(object);
    return text;
}

static int changes_save(struct crux_store *store, const char *change, struct crux_error *error)
{
    struct store_run run = {.configuration = NULL};
    char *settings;
    int status = store->verbs->load_run(store, &run, error);

    if (status != CRUX_OK)
        return status;
    settings = changes_add(run.settings, change);
    if (settings == NULL)
        status = crux_fail(error, CRUX_STORE,
                           "%.300s: the change cannot be recorded beside the settings of the run",
                           store->path);
    else
        status = store->verbs->save_settings(store, settings, error);
    free(settings);
    store_free_run(&run);
    return status;
}

int store_note_change(struct crux_store *store, const char *change, struct crux_error *error)
{
    int status;

    store_enter(store);
    status = changes_save(store, change, error);
    store_leave(store);
    return status;
}
