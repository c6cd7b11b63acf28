/*
 * again.c - a run goes on: the same one, or the same one with more lines, or in a merged store.
 */
#include "io/store/again.h"

#include <stdlib.h>
#include <string.h>

#include "io/clock.h"
#include "io/json.h"
#include "io/store/run.h"

/* --- settings ------------------------------------------------------------------------- */

static struct json *again_parsed(const char *settings)
{
    struct json *object = NULL;

    (void)json_parse(&object, settings, strlen(settings), NULL);
    return object;
}

/* One entry more: of problems, those from lines on. */
static struct json *again_entry(const struct store_begin *begin)
{
    const struct crux_extension *extension = begin->run->extension;
    struct json *entry = json_new_object();
    int64_t added = 0;

    for (size_t i = 0; i < begin->problems->count; i++)
        added += begin->problems->items[i].ordinal >= extension->lines;
    json_put(entry, "before", json_of_string(extension->input_sha256));
    json_put_count(entry, "lines", extension->lines);
    json_put(entry, "problems", json_of_integer(added));
    if (extension->pictures != NULL)
        json_put(entry, "pictures", json_of_string(extension->pictures));
    json_put(entry, "at_ns", json_of_integer(clock_wall_ns()));
    return entry;
}

/* The settings of today, with what was changed, and how the input has grown, now too if extends.
 * *out: the caller's to free. */
static int again_settings(char **out, const struct store_run *was, const struct store_begin *begin,
                          bool extends, struct crux_error *error)
{
    struct json *before = again_parsed(was->settings), *settings;
    struct json *list = json_clone(json_get(before, CRUX_INPUT_EXTENSIONS));
    struct json *changes = json_clone(json_get(before, CRUX_CHANGES));
    char *text = NULL;

    json_free(before);
    if (list == NULL && changes == NULL && !extends) {
        text = strdup(begin->run->settings);
    } else {
        settings = again_parsed(begin->run->settings);
        if (list == NULL && extends)
            list = json_new_array();
        if (extends)
            json_add(list, again_entry(begin));
        if (list != NULL)
            json_put(settings, CRUX_INPUT_EXTENSIONS, list);
        if (changes != NULL)
            json_put(settings, CRUX_CHANGES, changes);
        text = json_text(settings, false);
        json_free(settings);
    }
    if (text == NULL)
        return crux_fail(error, CRUX_INVALID,
                         "the settings of the run cannot be recorded: they are no JSON object, or "
                         "there is no memory");
    *out = text;
    return CRUX_OK;
}

/* --- the same run? ----------------------------------------------------------------------- */

/* Is it about the run that is there? One that has grown already has another input by now. */
static bool again_extends(const struct store_run *was, const struct crux_run *is)
{
    return is->extension != NULL && strcmp(was->input_sha256, is->input_sha256) != 0 &&
           strcmp(was->input_sha256, is->extension->input_sha256) == 0;
}

/* But for the lines that are added. */
static int again_compare(const struct crux_store *store, const struct store_run *was,
                         const struct crux_run *is, bool extends, struct crux_error *error)
{
    struct crux_run shorter = *is;

    if (extends)
        shorter.input_sha256 = is->extension->input_sha256;
    return store_compare_runs(store, was, &shorter, error);
}

static int again_go_on(struct crux_store *store, const struct store_run *was, const char *settings,
                       struct crux_error *error)
{
    int status = store->verbs->migrate(store, error);

    if (status == CRUX_OK && strcmp(was->settings, settings) != 0)
        status = store->verbs->save_settings(store, settings, error);
    return status;
}

/* A store that was merged may lack problems of any line, where a shard was not there. */
static bool again_is_merged(const struct store_run *was)
{
    struct json *settings = again_parsed(was->settings);
    bool merged = json_get(settings, CRUX_MERGED) != NULL;

    json_free(settings);
    return merged;
}

static int again_extend(struct crux_store *store, struct store_begin *begin, const char *settings,
                        struct crux_error *error)
{
    int status = store_check_lines(begin->problems, error);

    begin->settings = settings;
    begin->first = begin->fills ? 0 : begin->run->extension->lines;
    return status == CRUX_OK ? store->verbs->extend_run(store, begin, error) : status;
}

int store_begin_again(struct crux_store *store, const struct store_run *was,
                      struct store_begin *begin, struct crux_error *error)
{
    bool extends = again_extends(was, begin->run);
    char *settings = NULL;
    int status = again_compare(store, was, begin->run, extends, error);

    begin->fills = again_is_merged(was);
    if (status == CRUX_OK)
        status = again_settings(&settings, was, begin, extends, error);
    if (status == CRUX_OK)
        status = extends || begin->fills ? again_extend(store, begin, settings, error)
                                         : again_go_on(store, was, settings, error);
    free(settings);
    return status;
}
