/*
 * prompt.c - prompts: reads a prompt file line by line into its parts and takes missing parts
 * from the prompt `math`.
 *
 * Built-in prompts are the texts of such files: the same reader reads them, and a user's own prompt
 * can begin as a copy of one.
 */
#include "io/chat/prompt.h"

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

/* Steps in a list are numbered from 1, as their writer would. */
#define NEXT_AND_REST                                                                              \
    "--- next\n"                                                                                   \
    "{{#steps}}\n"                                                                                 \
    "{{#@first}}\n"                                                                                \
    "\n"                                                                                           \
    "These steps have been written so far:\n"                                                      \
    "\n"                                                                                           \
    "{{/@first}}\n"                                                                                \
    "{{@number}}. {{.}}\n"                                                                         \
    "{{/steps}}\n"                                                                                 \
    "\n"                                                                                           \
    "Write step {{number}} and nothing else: no number before it, no repetition, no word about "   \
    "what comes after it. If the answer follows from the steps, write the final answer in the "    \
    "form that was asked for.\n"                                                                   \
    "--- rest\n"                                                                                   \
    "{{#steps}}\n"                                                                                 \
    "{{#@first}}\n"                                                                                \
    "\n"                                                                                           \
    "These steps have been written so far:\n"                                                      \
    "\n"                                                                                           \
    "{{/@first}}\n"                                                                                \
    "{{@number}}. {{.}}\n"                                                                         \
    "{{/steps}}\n"                                                                                 \
    "\n"                                                                                           \
    "Go on from there to the final answer, with an empty line between two steps. Do not repeat "   \
    "what is written.\n"

/* The answer before as it was written, without numbers: the model is to write one like it. */
#define REVISE                                                                                     \
    "--- revise\n"                                                                                 \
    "This answer was given before:\n"                                                              \
    "\n"                                                                                           \
    "{{answer}}\n"                                                                                 \
    "\n"                                                                                           \
    "{{#critique}}\n"                                                                              \
    "A critic says of it:\n"                                                                       \
    "\n"                                                                                           \
    "{{critique}}\n"                                                                               \
    "\n"                                                                                           \
    "{{/critique}}\n"                                                                              \
    "{{^critique}}\n"                                                                              \
    "It may be wrong.\n"                                                                           \
    "\n"                                                                                           \
    "{{/critique}}\n"                                                                              \
    "Write a complete corrected answer, from its first step to its last, in the form that was "    \
    "asked for. Write nothing about the answer before or its critic.\n"

static const struct {
    const char *name, *text;
} built_in[] = {
    {"math", "--- system\n"
             "You solve problems of mathematics. Think in short steps, one thought each, and leave "
             "an empty line between two steps. When you know the answer, end with one line: The "
             "answer is \\boxed{ANSWER}.\n"
             "--- user\n"
             "{{problem}}\n" NEXT_AND_REST REVISE "--- stop\n"
             "\\n\\n\n"
             "--- final\n"
             "\\boxed{\n"
             "####\n"
             "answer is\n"},
    {"code", "--- system\n"
             "You write programs. First think in short steps, in plain words, and leave an empty "
             "line between two steps. Then write the whole program in one block of code between "
             "two lines of ```, and nothing after it.\n"
             "--- user\n"
             "{{problem}}\n" NEXT_AND_REST REVISE "--- stop\n"
             "\\n\\n\n"
             "--- final\n"
             "```\n"},
    {"plain", "--- system\n"
              "Answer the question. Think in short steps, one thought each, and leave an empty "
              "line between two steps. When you know the answer, end with one line: The answer is "
              "ANSWER.\n"
              "--- user\n"
              "{{problem}}\n" NEXT_AND_REST REVISE "--- stop\n"
              "\\n\\n\n"
              "--- final\n"
              "answer is\n"},
};

enum { BUILT_IN = sizeof built_in / sizeof built_in[0] };

const char *crux_prompt_text(const char *name)
{
    for (size_t i = 0; i < BUILT_IN; i++)
        if (strcmp(built_in[i].name, name) == 0)
            return built_in[i].text;
    return NULL;
}

/* --- a file in parts -------------------------------------------------------------- */

/* What a line `--- NAME` can begin: the templates, then the lists. */
enum { STOP = CHAT_PARTS, FINAL, NAMES };

static const char *const names[NAMES] = {"system", "user", "next", "rest",
                                         "revise", "stop", "final"};

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

static int take_template(struct reader *reader, int part, struct mustache_source *source)
{
    static const char *const values[] = {"problem", "steps", "number", NULL};
    static const char *const of_revision[] = {"problem", "steps",    "number",
                                              "answer",  "critique", NULL};
    struct crux_text *text = &source->text;
    int status;

    while (text->length > 0 && memchr(" \t\r\n", text->start[text->length - 1], 4) != NULL)
        text->length--;
    status = mustache_parse(&reader->prompt->parts[part], source, reader->error);
    if (status == CRUX_OK)
        status = mustache_check(reader->prompt->parts[part],
                                part == CHAT_ASK_REVISION ? of_revision : values, reader->error);
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
            "expected --- system, user, next, rest, revise, stop or final, found another part");
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

static int prompt_render(char **out, const struct chat_prompt *prompt, enum chat_part part,
                         const struct chat_prompt_revision *said, struct crux_error *error)
{
    char number[24];
    size_t digits = (size_t)snprintf(number, sizeof number, "%zu", said->step_count + 1), length;
    const struct mustache_value values[] = {
        {"problem", {said->problem, strlen(said->problem)}, NULL, 0},
        {"steps", {NULL, 0}, said->steps, said->step_count},
        {"number", {number, digits}, NULL, 0},
        {"answer", {said->answer, strlen(said->answer)}, NULL, 0},
        {"critique", {said->critique, strlen(said->critique)}, NULL, 0}};
    const struct mustache_scope scope = {values, sizeof values / sizeof *values};

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
