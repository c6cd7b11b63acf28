/*
 * prompt.c - prompts: reads a prompt file line by line into its parts and takes missing parts
 * from the prompt `math`.
 *
 * Built-in prompts are the texts of such files (prompt_built.c): the same reader reads them, and a
 * user's own prompt can begin as a copy of one.
 */
#include "io/chat/prompt.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/stops.h"
#include "io/utf8.h"

enum { LARGEST_FILE = 1 << 20 };

/* --- a file in parts -------------------------------------------------------------- */

/* What a line `--- NAME` can begin: the templates, then the lists. */
enum { STOP = CHAT_PARTS, FINAL, NAMES };

static const char *const names[NAMES] = {"system",    "user",  "next",   "rest", "revise",
                                         "rationale", "query", "answer", "stop", "final"};

struct reader {
    struct chat_prompt *prompt;
    const char *name, *text;
    size_t length;
    bool seen[NAMES];
    struct crux_error *error;
};

static int chat_prompt_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for a prompt");
}

static int chat_prompt_complain(const struct reader *reader, uint32_t line, const char *what)
{
    return crux_fail(reader->error, CRUX_INVALID, "%.200s:%u: %s", reader->name, line, what);
}

static const char *chat_prompt_line_end(const struct reader *reader, const char *at)
{
    const char *end = memchr(at, '\n', (size_t)(reader->text + reader->length - at));

    return end == NULL ? reader->text + reader->length : end;
}

static bool chat_prompt_is_blank(const char *start, const char *end)
{
    while (start < end && (*start == ' ' || *start == '\t' || *start == '\r'))
        start++;
    return start == end;
}

static bool begins_part(const char *start, const char *end)
{
    return end - start >= 4 && memcmp(start, "--- ", 4) == 0;
}

/* Which part a line begins; NAMES: none that there is. */
static int part_of(const char *start, const char *end)
{
    size_t length = (size_t)(end - start) - 4;
    int part = 0;

    while (length > 0 && memchr(" \t\r", start[3 + length], 3) != NULL)
        length--;
    while (part < NAMES &&
           (strlen(names[part]) != length || memcmp(names[part], start + 4, length) != 0))
        part++;
    return part;
}

static int add_to_list(struct reader *reader, int part, const struct crux_text *text, uint32_t line)
{
    struct chat_prompt *prompt = reader->prompt;
    uint32_t *count = part == STOP ? &prompt->stop_count : &prompt->final_count;
    char **list = part == STOP ? prompt->stops : prompt->finals;
    uint32_t most = part == STOP ? CHAT_STOPS : CHAT_FINALS;

    if (*count == most)
        return chat_prompt_complain(reader, line, "expected at most 8 lines in this part");
    list[*count] = strndup(text->start, text->length);
    if (list[*count] == NULL)
        return chat_prompt_no_memory(reader->error);
    if (part == STOP && !stops_unescape(list[(*count)++]))
        return chat_prompt_complain(reader, line, "expected \\n, \\t or \\\\ where a \\ stands");
    *count += part == FINAL;
    return CRUX_OK;
}

/* The lines from start to end, the first of which has this number. */
static int take_list(struct reader *reader, int part, const struct mustache_source *source)
{
    const char *at = source->text.start, *end = at + source->text.length;
    uint32_t line = source->line;
    int status = CRUX_OK;

    for (; at < end && status == CRUX_OK; line++) {
        const char *stop = chat_prompt_line_end(reader, at);
        struct crux_text text = {at, (size_t)(stop - at)};

        if (text.length > 0 && text.start[text.length - 1] == '\r')
            text.length--;
        if (!chat_prompt_is_blank(at, stop))
            status = add_to_list(reader, part, &text, line);
        at = stop + (stop < end);
    }
    return status;
}

/* The names of what a part can say. */
static const char *const *values_of(enum chat_part part)
{
    static const char *const usual[] = {"problem", "steps", "number", NULL};
    static const char *const of_revision[] = {"problem", "steps",    "number",
                                              "answer",  "critique", NULL};
    static const char *const of_plan[] = {"problem",   "steps", "number",   "path",      "found",
                                          "rationale", "query", "document", "continues", NULL};

    if (part == CHAT_ASK_REVISION)
        return of_revision;
    return part >= CHAT_ASK_RATIONALE ? of_plan : usual;
}

static int take_template(struct reader *reader, int part, struct mustache_source *source)
{
    struct crux_text *text = &source->text;
    int status;

    while (text->length > 0 && memchr(" \t\r\n", text->start[text->length - 1], 4) != NULL)
        text->length--;
    status = mustache_parse(&reader->prompt->parts[part], source, reader->error);
    if (status == CRUX_OK)
        status = mustache_check(reader->prompt->parts[part], values_of((enum chat_part)part),
                                reader->error);
    return status;
}

/* at is at a line that begins a part; it goes on to the next one. */
static int take_part(struct reader *reader, const char **at, uint32_t *line)
{
    const char *all = reader->text + reader->length, *end = chat_prompt_line_end(reader, *at);
    const char *start = end + (end < all), *stop = start;
    struct mustache_source source = {.name = reader->name, .line = *line + 1};
    int part = part_of(*at, end);

    if (part == NAMES)
        return chat_prompt_complain(
            reader, *line,
            "expected --- system, user, next, rest, revise, rationale, query, answer, stop or "
            "final, found another part");
    if (reader->seen[part])
        return chat_prompt_complain(reader, *line, "expected each part once, found one again");
    reader->seen[part] = true;
    ++*line;
    while (stop < all && !begins_part(stop, chat_prompt_line_end(reader, stop))) {
        stop = chat_prompt_line_end(reader, stop);
        stop += stop < all;
        ++*line;
    }
    *at = stop;
    while (start < stop && chat_prompt_is_blank(start, chat_prompt_line_end(reader, start)) &&
           chat_prompt_line_end(reader, start) < stop) {
        start = chat_prompt_line_end(reader, start) + 1;
        source.line++;
    }
    source.text = (struct crux_text){start, (size_t)(stop - start)};
    return part < CHAT_PARTS ? take_template(reader, part, &source)
                             : take_list(reader, part, &source);
}

static int read_parts(struct reader *reader)
{
    const char *at = reader->text, *all = at + reader->length;
    uint32_t line = 1;
    int status = CRUX_OK;

    while (status == CRUX_OK && at < all) {
        const char *end = chat_prompt_line_end(reader, at);

        if (begins_part(at, end)) {
            status = take_part(reader, &at, &line);
        } else if (chat_prompt_is_blank(at, end)) {
            at = end + (end < all);
            line++;
        } else {
            status = chat_prompt_complain(
                reader, line,
                "expected a line that begins a part, like `--- user`, before any "
                "text");
        }
    }
    return status;
}

/* --- opening ---------------------------------------------------------------------- */

static void move_list(char **to, uint32_t *to_count, char **from, uint32_t *from_count)
{
    memcpy(to, from, *from_count * sizeof *from);
    *to_count = *from_count;
    *from_count = 0;
}

/* The parts that were not given, from the prompt that has them all. A part that is given and
 * empty is given. */
static int inherit(struct reader *reader)
{
    struct chat_prompt *prompt = reader->prompt, *math = NULL;
    int status;

    if (memchr(reader->seen, false, sizeof reader->seen) == NULL)
        return CRUX_OK;
    status = chat_prompt_open(&math, "math", reader->error);
    if (status != CRUX_OK)
        return status;
    for (int part = 0; part < CHAT_PARTS; part++)
        if (!reader->seen[part]) {
            prompt->parts[part] = math->parts[part];
            math->parts[part] = NULL;
        }
    if (!reader->seen[STOP])
        move_list(prompt->stops, &prompt->stop_count, math->stops, &math->stop_count);
    if (!reader->seen[FINAL])
        move_list(prompt->finals, &prompt->final_count, math->finals, &math->final_count);
    chat_prompt_close(math);
    return CRUX_OK;
}

/* A system turn that is left out is none: only what asks is inherited. */
static int complete(struct reader *reader)
{
    const struct mustache_source none = {reader->name, 1, {"", 0}};
    int status = CRUX_OK;

    if (!reader->seen[CHAT_USER])
        return crux_fail(reader->error, CRUX_INVALID,
                         "%.200s: expected a part `--- user`, found none", reader->name);
    if (!reader->seen[CHAT_SYSTEM])
        status = mustache_parse(&reader->prompt->parts[CHAT_SYSTEM], &none, reader->error);
    if (!mustache_says(reader->prompt->parts[CHAT_USER], "problem") &&
        (!reader->seen[CHAT_SYSTEM] ||
         !mustache_says(reader->prompt->parts[CHAT_SYSTEM], "problem")))
        return crux_fail(reader->error, CRUX_INVALID,
                         "%.200s: expected {{problem}} in the part `--- user`, found none",
                         reader->name);
    reader->seen[CHAT_SYSTEM] = true;
    return status == CRUX_OK ? inherit(reader) : status;
}

static int chat_prompt_read_file(char **out, size_t *length, const char *path,
                                 struct crux_error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    char *text = NULL;
    size_t filled = 0;
    ssize_t got = 1;

    if (file < 0)
        return crux_fail(error, CRUX_INVALID,
                         "cannot open the prompt %.200s: %s; built in are math, code and plain",
                         path, strerror(errno));
    text = malloc(LARGEST_FILE + 1);
    while (text != NULL && filled <= LARGEST_FILE && got > 0) {
        got = read(file, text + filled, LARGEST_FILE + 1 - filled);
        filled += got > 0 ? (size_t)got : 0;
    }
    (void)close(file);
    *out = text;
    *length = filled;
    if (text == NULL)
        return chat_prompt_no_memory(error);
    if (got < 0)
        return crux_fail(error, CRUX_INVALID, "cannot read the prompt %.200s: %s", path,
                         strerror(errno));
    if (filled > LARGEST_FILE)
        return crux_fail(error, CRUX_INVALID, "%.200s: expected a prompt of at most 1 MiB", path);
    if (!utf8_is_text(text, filled) || memchr(text, '\0', filled) != NULL)
        return crux_fail(error, CRUX_INVALID, "%.200s: expected text in UTF-8", path);
    return CRUX_OK;
}

int chat_prompt_open(struct chat_prompt **out, const char *name, struct crux_error *error)
{
    const char *text = name[0] == '=' ? name + 1 : crux_prompt_text(name);
    struct reader reader = {
        .name = name[0] == '=' ? "the prompt" : name, .text = text, .error = error};
    char *file = NULL;
    int status = CRUX_OK;

    if (text == NULL) {
        status = chat_prompt_read_file(&file, &reader.length, name, error);
        reader.text = file;
    } else {
        reader.length = strlen(text);
    }
    reader.prompt = status == CRUX_OK ? calloc(1, sizeof *reader.prompt) : NULL;
    if (status == CRUX_OK)
        status = reader.prompt == NULL ? chat_prompt_no_memory(error) : read_parts(&reader);
    if (status == CRUX_OK)
        status = complete(&reader);
    if (status == CRUX_OK)
        *out = reader.prompt;
    else
        chat_prompt_close(reader.prompt);
    free(file);
    return status;
}

int crux_prompt_inline(char **out, const char *name, struct crux_error *error)
{
    char *text = NULL;
    size_t length;
    int status;

    if (name[0] == '=' || crux_prompt_text(name) != NULL) {
        *out = strdup(name);
        return *out == NULL ? chat_prompt_no_memory(error) : CRUX_OK;
    }
    status = chat_prompt_read_file(&text, &length, name, error);
    if (status == CRUX_OK) {
        *out = malloc(length + 2);
        if (*out == NULL)
            status = chat_prompt_no_memory(error);
    }
    if (status == CRUX_OK) {
        **out = '=';
        memcpy(*out + 1, text, length);
        (*out)[length + 1] = '\0';
    }
    free(text);
    return status;
}

void chat_prompt_close(struct chat_prompt *prompt)
{
    if (prompt == NULL)
        return;
    for (int part = 0; part < CHAT_PARTS; part++)
        mustache_free(prompt->parts[part]);
    for (uint32_t i = 0; i < prompt->stop_count; i++)
        free(prompt->stops[i]);
    for (uint32_t i = 0; i < prompt->final_count; i++)
        free(prompt->finals[i]);
    free(prompt);
}

/* --- saying ------------------------------------------------------------------------ */

static struct mustache_value prompt_text(const char *name, const char *text)
{
    return (struct mustache_value){name, {text, strlen(text)}, NULL, 0};
}

static struct mustache_value prompt_list(const char *name, const struct mustache_scope *items,
                                         size_t count)
{
    return (struct mustache_value){name, {NULL, 0}, items, count};
}

/* The number of the step behind so many, as a text. */
static const char *prompt_number(char out[24], size_t steps)
{
    (void)snprintf(out, 24, "%zu", steps + 1);
    return out;
}

static int prompt_render(char **out, const struct chat_prompt *prompt, enum chat_part part,
                         const struct chat_prompt_revision *said, struct crux_error *error)
{
    char number[24];
    const struct mustache_value values[] = {
        prompt_text("problem", said->problem),
        prompt_list("steps", said->steps, said->step_count),
        prompt_text("number", prompt_number(number, said->step_count)),
        prompt_text("answer", said->answer),
        prompt_text("critique", said->critique),
    };
    const struct mustache_scope scope = {values, sizeof values / sizeof *values};
    size_t length;

    return mustache_render(out, &length, prompt->parts[part], &scope, error);
}

int chat_prompt_render(char **out, const struct chat_prompt *prompt, enum chat_part part,
                       const char *problem, const struct mustache_scope *steps, size_t step_count,
                       struct crux_error *error)
{
    const struct chat_prompt_revision said = {problem, "", "", steps, step_count};

    return prompt_render(out, prompt, part, &said, error);
}

int chat_prompt_render_revision(char **out, const struct chat_prompt *prompt,
                                const struct chat_prompt_revision *revision,
                                struct crux_error *error)
{
    return prompt_render(out, prompt, CHAT_ASK_REVISION, revision, error);
}

int chat_prompt_render_plan(char **out, const struct chat_prompt *prompt, enum chat_part part,
                            const struct chat_prompt_plan *plan, struct crux_error *error)
{
    char number[24];
    const struct mustache_value values[] = {
        prompt_text("problem", plan->problem),
        prompt_list("steps", plan->steps, plan->step_count),
        prompt_text("number", prompt_number(number, plan->step_count)),
        prompt_list("path", plan->path, plan->path_count),
        prompt_list("found", plan->found, plan->found_count),
        prompt_text("rationale", plan->rationale),
        prompt_text("query", plan->query),
        prompt_text("document", plan->document),
        prompt_text("continues", plan->continues ? "yes" : ""),
    };
    const struct mustache_scope scope = {values, sizeof values / sizeof *values};
    size_t length;

    assert(part >= CHAT_ASK_RATIONALE && part < CHAT_PARTS);
    return mustache_render(out, &length, prompt->parts[part], &scope, error);
}
