/*
 * mustache.c - a subset of Mustache: parses a template into an array of nodes and renders it.
 * A section's node knows where the section ends, so rendering is a walk over the array. Depth is
 * bounded when parsing, so rendering may recurse.
 */
#include "io/mustache.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"

enum { DEEPEST = 16, SHOWN = 40 };

enum node_kind { LITERAL, VALUE, SECTION, INVERTED };
enum escape { ESCAPE_NONE, ESCAPE_JSON, ESCAPE_HTML };

struct node {
    enum node_kind kind;
    enum escape escape;    /* of a value */
    struct crux_text text; /* a literal, or a name */
    uint32_t line;
    size_t end; /* of a section: the first node behind it */
};

struct mustache {
    char *name, *text; /* the source; nodes point into the text */
    struct node *nodes;
    size_t count, room;
};

static struct crux_text tag_text(const char *word)
{
    return (struct crux_text){word, strlen(word)};
}

static bool is(struct crux_text text, const char *word)
{
    return text.length == strlen(word) && memcmp(text.start, word, text.length) == 0;
}

static int mustache_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for a template");
}

/* --- parsing ---------------------------------------------------------------------- */

struct parser {
    struct mustache *template;
    const char *at, *end;
    uint32_t line;
    size_t open[DEEPEST]; /* sections, the innermost last */
    size_t depth;
    struct crux_error *error;
};

/* A tag: what stands between the braces, and what is around it. */
struct tag {
    char sigil; /* one of #^/! or 0 */
    struct crux_text name, escape;
    const char *start, *end; /* with its braces */
};

__attribute__((format(printf, 2, 3))) static int parser_fail(const struct parser *parser,
                                                             const char *format, ...)
{
    char sentence[400];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    return crux_fail(parser->error, CRUX_INVALID, "%.100s:%u: %s", parser->template->name,
                     parser->line, sentence);
}

static int add_node(struct parser *parser, enum node_kind kind, struct crux_text text)
{
    struct mustache *template = parser->template;

    if (template->count == template->room) {
        size_t room = template->room == 0 ? 16 : template->room * 2;
        struct node *nodes = realloc(template->nodes, room * sizeof *nodes);

        if (nodes == NULL)
            return mustache_no_memory(parser->error);
        template->nodes = nodes;
        template->room = room;
    }
    template->nodes[template->count++] =
        (struct node){.kind = kind, .text = text, .line = parser->line};
    return CRUX_OK;
}

static struct crux_text mustache_trim(const char *start, const char *end)
{
    while (start < end && (*start == ' ' || *start == '\t'))
        start++;
    while (start < end && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return (struct crux_text){start, (size_t)(end - start)};
}

static bool mustache_is_name(struct crux_text name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

    if (is(name, "."))
        return true;
    if (name.length > 0 && name.start[0] == '@')
        name = (struct crux_text){name.start + 1, name.length - 1};
    for (size_t i = 0; i < name.length; i++)
        if (memchr(letters, name.start[i], sizeof letters - 1) == NULL)
            return false;
    return name.length > 0;
}

/* at is at the braces of a tag. */
static int read_tag(struct parser *parser, struct tag *tag)
{
    size_t left = (size_t)(parser->end - parser->at);
    const char *line_end = memchr(parser->at, '\n', left);
    size_t room = line_end == NULL ? left : (size_t)(line_end - parser->at);
    const char *close = memmem(parser->at + 2, room - 2, "}}", 2);
    struct crux_text inside;
    const char *bar;

    if (close == NULL)
        return parser_fail(parser, "expected `}}` behind `%.*s`, found the end of the %s",
                           (int)(room < SHOWN ? room : SHOWN), parser->at,
                           line_end == NULL ? "text" : "line");
    *tag = (struct tag){.start = parser->at, .end = close + 2};
    inside = mustache_trim(parser->at + 2, close);
    if (inside.length > 0 && memchr("#^/!", inside.start[0], 4) != NULL) {
        tag->sigil = inside.start[0];
        inside = mustache_trim(inside.start + 1, close);
    }
    tag->name = inside;
    if (tag->sigil == '!')
        return CRUX_OK;
    bar = tag->sigil == 0 ? memchr(inside.start, '|', inside.length) : NULL;
    if (bar != NULL) {
        tag->escape = mustache_trim(bar + 1, inside.start + inside.length);
        tag->name = mustache_trim(inside.start, bar);
    }
    if (!mustache_is_name(tag->name))
        return parser_fail(parser,
                           "expected a name of letters, digits and _ in the tag, found `%.*s`; to "
                           "write two braces use {{@open}}",
                           (int)(inside.length < SHOWN ? inside.length : SHOWN), inside.start);
    if (bar != NULL && !is(tag->escape, "json") && !is(tag->escape, "html"))
        return parser_fail(parser, "expected |json or |html, found `|%.*s`",
                           (int)(tag->escape.length < SHOWN ? tag->escape.length : SHOWN),
                           tag->escape.start);
    return CRUX_OK;
}

/* Does a tag stand alone on its line? Then the line is to be left out: literal, what is before
 * the tag, loses its blanks, and *next is behind the line. */
static void leave_line_out(const struct parser *parser, const struct tag *tag,
                           struct crux_text *literal, const char **next)
{
    const char *start = tag->start, *end = tag->end;

    while (start > parser->template->text && (start[-1] == ' ' || start[-1] == '\t'))
        start--;
    if (start > parser->template->text && start[-1] != '\n')
        return;
    while (end < parser->end && (*end == ' ' || *end == '\t' || *end == '\r'))
        end++;
    if (end < parser->end && *end != '\n')
        return;
    literal->length = (size_t)(start - literal->start);
    *next = end < parser->end ? end + 1 : end;
}

static int begin_section(struct parser *parser, const struct tag *tag)
{
    if (parser->depth == DEEPEST)
        return parser_fail(parser, "expected at most %d sections inside each other", DEEPEST);
    parser->open[parser->depth++] = parser->template->count;
    return add_node(parser, tag->sigil == '#' ? SECTION : INVERTED, tag->name);
}

static int end_section(struct parser *parser, const struct tag *tag)
{
    struct node *section;

    if (parser->depth == 0)
        return parser_fail(parser, "expected a section's beginning before its end `{{/%.*s}}`",
                           (int)tag->name.length, tag->name.start);
    section = &parser->template->nodes[parser->open[parser->depth - 1]];
    if (section->text.length != tag->name.length ||
        memcmp(section->text.start, tag->name.start, tag->name.length) != 0)
        return parser_fail(parser,
                           "expected `{{/%.*s}}` for the section of line %u, found `{{/%.*s}}`",
                           (int)section->text.length, section->text.start, section->line,
                           (int)tag->name.length, tag->name.start);
    section->end = parser->template->count;
    parser->depth--;
    return CRUX_OK;
}

static int take_tag(struct parser *parser, const struct tag *tag)
{
    int status;

    if (tag->sigil == '!')
        return CRUX_OK;
    if (tag->sigil == '/')
        return end_section(parser, tag);
    if (tag->sigil != 0)
        return begin_section(parser, tag);
    status = add_node(parser, VALUE, tag->name);
    if (status == CRUX_OK && tag->escape.length > 0)
        parser->template->nodes[parser->template->count - 1].escape =
            is(tag->escape, "json") ? ESCAPE_JSON : ESCAPE_HTML;
    return status;
}

static uint32_t count_lines(const char *start, const char *end)
{
    uint32_t lines = 0;

    for (; start < end; start++)
        lines += *start == '\n';
    return lines;
}

/* What is before the next tag, and the tag. */
static int take_piece(struct parser *parser)
{
    const char *start = parser->at, *next;
    const char *braces = memmem(start, (size_t)(parser->end - start), "{{", 2);
    struct crux_text literal = {start, (size_t)((braces == NULL ? parser->end : braces) - start)};
    struct tag tag = {.sigil = 0};
    int status = CRUX_OK;

    parser->line += count_lines(start, start + literal.length);
    next = start + literal.length;
    if (braces != NULL) {
        parser->at = braces;
        status = read_tag(parser, &tag);
        next = tag.end;
    }
    if (status == CRUX_OK && tag.sigil != 0)
        leave_line_out(parser, &tag, &literal, &next);
    if (status == CRUX_OK && literal.length > 0)
        status = add_node(parser, LITERAL, literal);
    if (status == CRUX_OK && braces != NULL)
        status = take_tag(parser, &tag);
    if (status == CRUX_OK && braces != NULL)
        parser->line += count_lines(tag.end, next);
    parser->at = next;
    return status;
}

static int mustache_parse_nodes(struct parser *parser)
{
    int status = CRUX_OK;

    while (status == CRUX_OK && parser->at < parser->end)
        status = take_piece(parser);
    if (status == CRUX_OK && parser->depth > 0) {
        const struct node *section = &parser->template->nodes[parser->open[parser->depth - 1]];

        status =
            parser_fail(parser,
                        "expected `{{/%.*s}}` for the section of line %u, found the end of the "
                        "text",
                        (int)section->text.length, section->text.start, section->line);
    }
    return status;
}

int mustache_parse(struct mustache **out, const struct mustache_source *source,
                   struct crux_error *error)
{
    struct mustache *template = calloc(1, sizeof *template);
    struct parser parser = {.template = template, .line = source->line, .error = error};
    int status;

    if (template == NULL)
        return mustache_no_memory(error);
    template->name = strdup(source->name);
    template->text = malloc(source->text.length + 1);
    if (template->name == NULL || template->text == NULL) {
        mustache_free(template);
        return mustache_no_memory(error);
    }
    if (source->text.length > 0)
        memcpy(template->text, source->text.start, source->text.length);
    parser.at = template->text;
    parser.end = template->text + source->text.length;
    status = mustache_parse_nodes(&parser);
    if (status == CRUX_OK)
        *out = template;
    else
        mustache_free(template);
    return status;
}

void mustache_free(struct mustache *template)
{
    if (template == NULL)
        return;
    free(template->name);
    free(template->text);
    free(template->nodes);
    free(template);
}

/* --- names ------------------------------------------------------------------------ */

/* What a list knows of itself. */
enum counter { NO_COUNTER, INDEX, NUMBER, FIRST, LAST, OPEN };

static enum counter counter_of(struct crux_text name)
{
    static const struct {
        const char *name;
        enum counter counter;
    } rows[] = {{"@index", INDEX},
                {"@number", NUMBER},
                {"@first", FIRST},
                {"@last", LAST},
                {"@open", OPEN}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (is(name, rows[i].name))
            return rows[i].counter;
    return NO_COUNTER;
}

static int unknown(const struct mustache *template, const struct node *node,
                   struct crux_error *error)
{
    return crux_fail(
        error, CRUX_INVALID, "%.100s:%u: there is no value `%.*s` here", template->name, node->line,
        (int)(node->text.length < SHOWN ? node->text.length : SHOWN), node->text.start);
}

static void list_names(const char *const *names, char *out, size_t room)
{
    size_t at = 0;

    out[0] = '\0';
    for (; *names != NULL && at < room; names++)
        at += (size_t)snprintf(out + at, room - at, "%s%s", at == 0 ? "" : ", ", *names);
}

bool mustache_says(const struct mustache *template, const char *name)
{
    for (size_t i = 0; i < template->count; i++)
        if (template->nodes[i].kind != LITERAL && is(template->nodes[i].text, name))
            return true;
    return false;
}

int mustache_check(const struct mustache *template, const char *const *names,
                   struct crux_error *error)
{
    for (size_t i = 0; i < template->count; i++) {
        const struct node *node = &template->nodes[i];
        const char *const *name = names;
        char all[256];

        if (node->kind == LITERAL || counter_of(node->text) != NO_COUNTER || is(node->text, "."))
            continue;
        while (*name != NULL && !is(node->text, *name))
            name++;
        if (*name != NULL)
            continue;
        list_names(names, all, sizeof all);
        return crux_fail(error, CRUX_INVALID, "%.100s:%u: there is no value `%.*s`; there are: %s",
                         template->name, node->line,
                         (int)(node->text.length < SHOWN ? node->text.length : SHOWN),
                         node->text.start, all);
    }
    return CRUX_OK;
}

/* --- rendering -------------------------------------------------------------------- */

/* Where names are looked for: an item of a list, then what is around it. */
struct frame {
    const struct mustache_scope *scope;
    const struct frame *around;
    size_t index, count; /* of the list that scope is an item of; count 0: it is of none */
};

struct output {
    char *bytes;
    size_t length, room;
};

static bool mustache_put(struct output *out, const char *bytes, size_t length)
{
    size_t room = out->room == 0 ? 256 : out->room;
    char *grown;

    while (room - out->length <= length) /* one is left for the NUL */
        room *= 2;
    if (room != out->room) {
        grown = realloc(out->bytes, room);
        if (grown == NULL)
            return false;
        out->bytes = grown;
        out->room = room;
    }
    if (length > 0)
        memcpy(out->bytes + out->length, bytes, length);
    out->length += length;
    return true;
}

static bool put_html(struct output *out, struct crux_text text)
{
    static const struct {
        char byte;
        const char *entity;
    } rows[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

    for (size_t i = 0; i < text.length; i++) {
        struct crux_text piece = {text.start + i, 1};

        for (size_t row = 0; row < sizeof rows / sizeof *rows; row++)
            if (rows[row].byte == text.start[i])
                piece = tag_text(rows[row].entity);
        if (!mustache_put(out, piece.start, piece.length))
            return false;
    }
    return true;
}

static const struct mustache_value *mustache_find(const struct frame *frame, struct crux_text name)
{
    for (; frame != NULL; frame = frame->around)
        for (size_t i = 0; i < frame->scope->count; i++)
            if (is(name, frame->scope->values[i].name))
                return &frame->scope->values[i];
    return NULL;
}

/* The value of a counter, in the innermost list; false: there is no list around. */
static bool count_up(const struct frame *frame, enum counter counter, char digits[24],
                     struct crux_text *out)
{
    while (frame != NULL && frame->count == 0)
        frame = frame->around;
    if (counter == OPEN) {
        *out = tag_text("{{");
        return true;
    }
    if (frame == NULL)
        return false;
    if (counter == FIRST || counter == LAST)
        (void)strcpy(digits, frame->index == (counter == FIRST ? 0 : frame->count - 1) ? "1" : "");
    else
        (void)snprintf(digits, 24, "%zu", frame->index + (counter == NUMBER));
    *out = tag_text(digits);
    return true;
}

struct renderer {
    const struct mustache *template;
    struct output out;
    struct crux_error *error;
};

/* What a node names, as a value of its own; digits are its room. */
static int look_up(const struct renderer *renderer, const struct frame *frame,
                   const struct node *node, char digits[24], struct mustache_value *out)
{
    enum counter counter = counter_of(node->text);
    const struct mustache_value *found = NULL;

    *out = (struct mustache_value){.name = ""};
    if (counter != NO_COUNTER && count_up(frame, counter, digits, &out->text))
        return CRUX_OK;
    if (counter == NO_COUNTER)
        found = mustache_find(frame, node->text);
    if (found == NULL)
        return unknown(renderer->template, node, renderer->error);
    *out = *found;
    return CRUX_OK;
}

static int refuse_list(const struct renderer *renderer, const struct node *node)
{
    return crux_fail(renderer->error, CRUX_INVALID,
                     "%.100s:%u: `%.*s` is a list: expected {{#%.*s}} ... {{/%.*s}} around it",
                     renderer->template->name, node->line, (int)node->text.length, node->text.start,
                     (int)node->text.length, node->text.start, (int)node->text.length,
                     node->text.start);
}

static int render_json(struct renderer *renderer, const struct node *node, struct crux_text text)
{
    struct json *value = json_of_text(text.start, text.length);
    char *quoted = json_text(value, false);
    int status = CRUX_OK;

    if (quoted == NULL)
        status = crux_fail(renderer->error, CRUX_INVALID,
                           "%.100s:%u: the value of `%.*s` is not UTF-8, or there is no memory",
                           renderer->template->name, node->line, (int)node->text.length,
                           node->text.start);
    else if (!mustache_put(&renderer->out, quoted + 1, strlen(quoted) - 2))
        status = mustache_no_memory(renderer->error);
    free(quoted);
    json_free(value);
    return status;
}

static int render_value(struct renderer *renderer, const struct node *node,
                        const struct mustache_value *value)
{
    bool good;

    if (value->items != NULL)
        return refuse_list(renderer, node);
    if (node->escape == ESCAPE_JSON)
        return render_json(renderer, node, value->text);
    good = node->escape == ESCAPE_HTML
               ? put_html(&renderer->out, value->text)
               : mustache_put(&renderer->out, value->text.start, value->text.length);
    return good ? CRUX_OK : mustache_no_memory(renderer->error);
}

static int render(struct renderer *renderer, const struct frame *frame, size_t from, size_t to);

static int render_section(struct renderer *renderer, const struct frame *frame, size_t at,
                          const struct mustache_value *value)
{
    const struct node *node = &renderer->template->nodes[at];
    bool filled = value->items != NULL ? value->count > 0 : value->text.length > 0;
    int status = CRUX_OK;

    if (filled == (node->kind == INVERTED))
        return CRUX_OK;
    if (!filled || value->items == NULL)
        return render(renderer, frame, at + 1, node->end);
    for (size_t i = 0; i < value->count && status == CRUX_OK; i++) {
        struct frame inner = {&value->items[i], frame, i, value->count};

        status = render(renderer, &inner, at + 1, node->end);
    }
    return status;
}

static int render(struct renderer *renderer, const struct frame *frame, size_t from, size_t to)
{
    int status = CRUX_OK;

    while (from < to && status == CRUX_OK) {
        const struct node *node = &renderer->template->nodes[from];
        struct mustache_value value;
        char digits[24];

        if (node->kind == LITERAL) {
            status = mustache_put(&renderer->out, node->text.start, node->text.length)
                         ? CRUX_OK
                         : mustache_no_memory(renderer->error);
            from++;
            continue;
        }
        status = look_up(renderer, frame, node, digits, &value);
        if (status == CRUX_OK && node->kind == VALUE)
            status = render_value(renderer, node, &value);
        else if (status == CRUX_OK)
            status = render_section(renderer, frame, from, &value);
        from = node->kind == VALUE ? from + 1 : node->end;
    }
    return status;
}

int mustache_render(char **out, size_t *length, const struct mustache *template,
                    const struct mustache_scope *scope, struct crux_error *error)
{
    struct renderer renderer = {.template = template, .error = error};
    struct frame frame = {.scope = scope};
    int status = mustache_put(&renderer.out, "", 0) ? CRUX_OK : mustache_no_memory(error);

    if (status == CRUX_OK)
        status = render(&renderer, &frame, 0, template->count);
    if (status != CRUX_OK) {
        free(renderer.out.bytes);
        return status;
    }
    renderer.out.bytes[renderer.out.length] = '\0';
    *out = renderer.out.bytes;
    *length = renderer.out.length;
    return CRUX_OK;
}
