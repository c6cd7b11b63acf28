/*
 * config.c - a YAML file of settings, reported one at a time.
 *
 * The file is read as events, and each event moves a small machine from one state to
 * the next:
 *
 *     START --{--> KEY --scalar--> VALUE --scalar--> KEY
 *                   |                |
 *                   |                [ --> LIST --scalar--> LIST --]--> KEY
 *                   |                |
 *                   |                { --> KEY of the mapping in it, which goes on here
 *                   }
 *                   v
 *                  END, or KEY of the mapping around it
 *
 * An event that has no arrow from a state is refused with its line and column, so
 * whatever YAML has to offer beyond this (lists in lists, anchors, tags) needs no code.
 * The only file that includes libyaml.
 */
#include "io/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum place { START, KEY, VALUE, LIST, END, PLACES };

struct key {
    struct key *next;
    size_t line;
    char text[];
};

struct reader {
    const char *path;
    config_listener *listener;
    void *context;
    struct crux_error *error;
    yaml_parser_t parser;
    enum place place;
    struct key *keys[CONFIG_DEPTH + 1]; /* those of each open mapping so far, the newest first */
    size_t depth;                       /* of the mapping that is read; the outermost is 0 */
};

static int refuse_event(struct reader *reader, yaml_mark_t mark, const char *what)
{
    return crux_fail(reader->error, CRUX_INVALID, "%s:%zu:%zu: %s", reader->path, mark.line + 1,
                     mark.column + 1, what);
}

/* A scalar's text, if it is one that a setting may have. */
static int plain_text(struct reader *reader, const yaml_event_t *event, const char **out)
{
    const char *text = (const char *)event->data.scalar.value;

    if (event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL)
        return refuse_event(reader, event->start_mark, "anchors and tags are not for settings");
    if (strlen(text) != event->data.scalar.length)
        return refuse_event(reader, event->start_mark, "a value has a NUL inside");
    *out = text;
    return CRUX_OK;
}

/* --- the arrows ------------------------------------------------------------- */

static int take_mapping(struct reader *reader, const yaml_event_t *event)
{
    if (event->data.mapping_start.anchor != NULL)
        return refuse_event(reader, event->start_mark, "anchors and tags are not for settings");
    reader->place = KEY;
    return CRUX_OK;
}

/* A mapping as the value of the newest key. */
static int enter_mapping(struct reader *reader, const yaml_event_t *event)
{
    if (reader->depth == CONFIG_DEPTH)
        return refuse_event(reader, event->start_mark, "settings do not lie this deep");
    reader->depth++;
    return take_mapping(reader, event);
}

static void forget_keys(struct key **keys)
{
    while (*keys != NULL) {
        struct key *next = (*keys)->next;

        free(*keys);
        *keys = next;
    }
}

static const struct key *config_find_key(const struct reader *reader, const char *text)
{
    const struct key *key = reader->keys[reader->depth];

    while (key != NULL && strcmp(key->text, text) != 0)
        key = key->next;
    return key;
}

static int take_key(struct reader *reader, const yaml_event_t *event)
{
    const struct key *before;
    const char *text = NULL;
    struct key *key;
    size_t length;
    int status = plain_text(reader, event, &text);

    if (status != CRUX_OK)
        return status;
    before = config_find_key(reader, text);
    if (before != NULL)
        return crux_fail(reader->error, CRUX_INVALID,
                         "%s:%zu:%zu: '%.100s' stands already in line %zu; give it once, with a "
                         "list where several values are wanted",
                         reader->path, event->start_mark.line + 1, event->start_mark.column + 1,
                         text, before->line);
    length = strlen(text) + 1;
    key = malloc(sizeof *key + length);
    if (key == NULL)
        return crux_fail(reader->error, CRUX_MEMORY, "no memory to read %s", reader->path);
    memcpy(key->text, text, length);
    key->line = event->start_mark.line + 1;
    key->next = reader->keys[reader->depth];
    reader->keys[reader->depth] = key;
    reader->place = VALUE;
    return CRUX_OK;
}

static int report_setting(struct reader *reader, const yaml_event_t *event)
{
    struct config_setting setting = {.depth = reader->depth,
                                     .key = reader->keys[reader->depth]->text,
                                     .listed = reader->place == LIST};
    char place[512];
    int status = plain_text(reader, event, &setting.value);

    if (status != CRUX_OK)
        return status;
    (void)snprintf(place, sizeof place, "%s:%zu:%zu", reader->path, event->start_mark.line + 1,
                   event->start_mark.column + 1);
    setting.place = place;
    for (size_t i = 0; i < reader->depth; i++)
        setting.within[i] = reader->keys[i]->text;
    status = reader->listener(reader->context, &setting, reader->error);
    if (reader->place == VALUE)
        reader->place = KEY;
    return status;
}

static int enter_list(struct reader *reader, const yaml_event_t *event)
{
    if (event->data.sequence_start.anchor != NULL)
        return refuse_event(reader, event->start_mark, "anchors and tags are not for settings");
    reader->place = LIST;
    return CRUX_OK;
}

static int config_leave_list(struct reader *reader, const yaml_event_t *event)
{
    (void)event;
    reader->place = KEY;
    return CRUX_OK;
}

static int leave_mapping(struct reader *reader, const yaml_event_t *event)
{
    (void)event;
    forget_keys(&reader->keys[reader->depth]);
    reader->place = reader->depth > 0 ? KEY : END;
    reader->depth -= reader->depth > 0;
    return CRUX_OK;
}

/* The machine of the first paragraph: no row, no arrow. */
static const struct arrow {
    enum place from;
    yaml_event_type_t event;
    int (*take)(struct reader *reader, const yaml_event_t *event);
} arrows[] = {
    {START, YAML_MAPPING_START_EVENT, take_mapping},
    {KEY, YAML_SCALAR_EVENT, take_key},
    {KEY, YAML_MAPPING_END_EVENT, leave_mapping},
    {VALUE, YAML_SCALAR_EVENT, report_setting},
    {VALUE, YAML_SEQUENCE_START_EVENT, enter_list},
    {LIST, YAML_SCALAR_EVENT, report_setting},
    {LIST, YAML_SEQUENCE_END_EVENT, config_leave_list},
    {VALUE, YAML_MAPPING_START_EVENT, enter_mapping},
};

static const char *const expected[PLACES] = {
    [START] = "expected settings, a line each, as in 'simulations: 200'",
    [KEY] = "expected a setting's name",
    [VALUE] = "expected a plain value, a list of plain values or settings",
    [LIST] = "expected a plain value in the list",
    [END] = "expected nothing more: settings are one document",
};

/* Events that only frame a document carry no setting. */
static bool is_frame(yaml_event_type_t type)
{
    return type == YAML_STREAM_START_EVENT || type == YAML_DOCUMENT_START_EVENT ||
           type == YAML_DOCUMENT_END_EVENT;
}

static int take_event(struct reader *reader, const yaml_event_t *event)
{
    if (is_frame(event->type) &&
        !(reader->place == END && event->type == YAML_DOCUMENT_START_EVENT))
        return CRUX_OK;
    for (size_t i = 0; i < sizeof arrows / sizeof arrows[0]; i++)
        if (arrows[i].from == reader->place && arrows[i].event == event->type)
            return arrows[i].take(reader, event);
    return refuse_event(reader, event->start_mark, expected[reader->place]);
}

/* --- the file ----------------------------------------------------------------- */

static int refuse_syntax(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    char what[256];

    if (parser->error == YAML_MEMORY_ERROR)
        return crux_fail(reader->error, CRUX_MEMORY, "no memory to read %s", reader->path);
    if (parser->error == YAML_READER_ERROR)
        return crux_fail(reader->error, CRUX_INVALID, "%s: byte %zu: not YAML in UTF-8: %s",
                         reader->path, parser->problem_offset,
                         parser->problem != NULL ? parser->problem : "cannot be read");
    (void)snprintf(what, sizeof what, "not YAML: %s%s%s",
                   parser->context != NULL ? parser->context : "",
                   parser->context != NULL ? ", " : "",
                   parser->problem != NULL ? parser->problem : "cannot be read");
    return refuse_event(reader, parser->problem_mark, what);
}

static int read_events(struct reader *reader)
{
    int status = CRUX_OK;
    bool more = true;

    while (status == CRUX_OK && more) {
        yaml_event_t event;

        if (!yaml_parser_parse(&reader->parser, &event))
            return refuse_syntax(reader);
        more = event.type != YAML_STREAM_END_EVENT;
        if (more)
            status = take_event(reader, &event);
        yaml_event_delete(&event);
    }
    return status;
}

/* file NULL: it is the text. */
static int config_read_from(struct reader *reader, FILE *file, const char *text)
{
    int status;

    if (!yaml_parser_initialize(&reader->parser))
        return crux_fail(reader->error, CRUX_MEMORY, "no memory to read %s", reader->path);
    if (file != NULL)
        yaml_parser_set_input_file(&reader->parser, file);
    else
        yaml_parser_set_input_string(&reader->parser, (const unsigned char *)text, strlen(text));
    status = read_events(reader);
    yaml_parser_delete(&reader->parser);
    for (size_t i = 0; i <= CONFIG_DEPTH; i++)
        forget_keys(&reader->keys[i]);
    return status;
}

int config_read_text(const char *name, const char *text, config_listener *listener, void *context,
                     struct crux_error *error)
{
    struct reader reader = {.path = name, .listener = listener, .context = context, .error = error};

    return config_read_from(&reader, NULL, text);
}

int config_read(const char *path, config_listener *listener, void *context,
                struct crux_error *error)
{
    struct reader reader = {.path = path, .listener = listener, .context = context, .error = error};
    FILE *file = fopen(path, "rb");
    int status;

    if (file == NULL)
        return crux_fail(error, CRUX_INVALID, "cannot read %s: %s", path, strerror(errno));
    status = config_read_from(&reader, file, NULL);
    (void)fclose(file);
    return status;
}
