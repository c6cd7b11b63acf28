/*
 * words.c - the words of judges: those of each mode, and those of a file.
 *
 * The modes' own words are texts of such files, so the same reader reads them and a user's own can
 * begin as a copy of one.
 */
#include "critics/judge/words.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/crux_io.h"

#define SYSTEM                                                                                     \
    "--- system\n"                                                                                 \
    "You check solutions of problems. You are strict: a step that does not follow, or a number "   \
    "that is wrong, is a mistake. What a solution says about itself is no evidence.\n"

#define NUMBERED                                                                                   \
    "--- user\n"                                                                                   \
    "Problem:\n"                                                                                   \
    "{{problem}}\n"                                                                                \
    "\n"                                                                                           \
    "Solution, its steps numbered from 0:\n"                                                       \
    "{{#steps}}\n"                                                                                 \
    "[{{@index}}] {{.}}\n"                                                                         \
    "{{/steps}}\n"                                                                                 \
    "\n"

#define IS_IT_RIGHT                                                                                \
    "{{#whole}}\n"                                                                                 \
    "Is every step right, and is the final answer?\n"                                              \
    "{{/whole}}\n"                                                                                 \
    "{{^whole}}\n"                                                                                 \
    "The solution is not finished. Is it right so far, and does its last step lead towards the "   \
    "answer?\n"                                                                                    \
    "{{/whole}}\n"

static const char *const own_words[JUDGE_MODES] = {
    [JUDGE_POINT] = SYSTEM NUMBERED IS_IT_RIGHT "\n{{form}}\n",
    [JUDGE_PAIR] = SYSTEM "--- user\n"
                          "Problem:\n"
                          "{{problem}}\n"
                          "\n"
                          "{{#path}}\n"
                          "{{#@first}}\n"
                          "Both begin with these steps:\n"
                          "{{/@first}}\n"
                          "{{.}}\n"
                          "{{/path}}\n"
                          "\n"
                          "First:\n"
                          "{{#candidate}}\n"
                          "{{.}}\n"
                          "{{/candidate}}\n"
                          "\n"
                          "Second:\n"
                          "{{#rival}}\n"
                          "{{.}}\n"
                          "{{/rival}}\n"
                          "\n"
                          "Which is better: right, and nearer to the answer?\n"
                          "\n"
                          "{{form}}\n",
    [JUDGE_STEPS] = SYSTEM NUMBERED "Which steps are wrong?\n\n{{form}}\n",
    [JUDGE_FIRST] = SYSTEM NUMBERED "Which step is the first that is wrong?\n\n{{form}}\n",
    [JUDGE_CRITERIA] = SYSTEM NUMBERED "Judge it by these criteria:\n"
                                       "{{#criteria}}\n"
                                       "{{name}}: {{text}}\n"
                                       "{{/criteria}}\n"
                                       "\n"
                                       "{{form}}\n"
                                       "--- criteria\n"
                                       "correctness 3: is every step right?\n"
                                       "progress 2: does it lead to the answer?\n"
                                       "clarity 1: can a reader follow and check it?\n",
};

/* --- a file in parts --------------------------------------------------------------------- */

enum { PART_SYSTEM, PART_USER, PART_CRITERIA, PARTS };

static const char *const part_names[PARTS] = {"system", "user", "criteria"};

struct words_reader {
    struct judge_words *words;
    const char *name;
    bool seen[PARTS];
    struct crux_error *error;
};

static int words_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for the words of a judge");
}

static int words_complain(const struct words_reader *reader, uint32_t line, const char *expected)
{
    return crux_fail(reader->error, CRUX_INVALID, "%.200s:%u: expected %s", reader->name, line,
                     expected);
}

static bool is_criterion_name(const char *start, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)start[i]) && start[i] != '_')
            return false;
    return length > 0 && length < 48 && !(length == 3 && memcmp(start, "why", 3) == 0);
}

/* NAME WEIGHT: TEXT */
static bool read_criterion(struct judge_criterion *out, const char *line)
{
    size_t name = strcspn(line, " \t");
    char *end;
    double weight = strtod(line + name, &end);

    if (!is_criterion_name(line, name) || end == line + name || *end != ':' || !(weight > 0.0) ||
        weight > 1e6)
        return false;
    end += 1 + strspn(end + 1, " \t");
    *out = (struct judge_criterion){strndup(line, name), strdup(end), weight};
    return true;
}

static int take_criterion(const struct words_reader *reader, const char *line, uint32_t number)
{
    struct judge_words *words = reader->words;
    struct judge_criterion *next = &words->criteria[words->criterion_count];

    if (words->criterion_count == JUDGE_CRITERIA_MOST)
        return words_complain(reader, number, "at most 16 criteria");
    if (!read_criterion(next, line))
        return words_complain(reader, number,
                              "NAME WEIGHT: TEXT, with a name of letters, digits and _ that is not "
                              "`why`, and a weight above 0");
    words->criterion_count++;
    for (uint32_t i = 0; i + 1 < words->criterion_count; i++)
        if (next->name != NULL && words->criteria[i].name != NULL &&
            strcmp(words->criteria[i].name, next->name) == 0)
            return words_complain(reader, number, "each criterion once");
    return next->name != NULL && next->text != NULL ? CRUX_OK : words_no_memory(reader->error);
}

static int take_criteria(const struct words_reader *reader, char *text, uint32_t number)
{
    int status = CRUX_OK;
    char *rest = NULL;

    for (char *line = text; line != NULL && status == CRUX_OK; line = rest, number++) {
        rest = strchr(line, '\n');
        if (rest != NULL)
            *rest++ = '\0';
        if (line[strspn(line, " \t\r")] != '\0')
            status = take_criterion(reader, line, number);
    }
    return status;
}

static int take_template_part(const struct words_reader *reader, int part, const char *text,
                              uint32_t number)
{
    static const char *const values[] = {"problem", "steps", "path",      "candidate",
                                         "rival",   "whole", "reference", "criteria",
                                         "name",    "text",  "form",      NULL};
    struct judge_words *words = reader->words;
    struct mustache **out = part == PART_SYSTEM ? &words->system : &words->user;
    struct mustache_source source = {reader->name, number, {text, strlen(text)}};
    int status;

    while (source.text.length > 0 && isspace((unsigned char)text[source.text.length - 1]))
        source.text.length--;
    status = mustache_parse(out, &source, reader->error);
    if (status == CRUX_OK)
        status = mustache_check(*out, values, reader->error);
    if (status == CRUX_OK)
        words->sees_reference = words->sees_reference || mustache_says(*out, "reference");
    return status;
}

/* A part is empty, or was there before: of the mode's own words nothing is taken then. */
static int take_words_part(struct words_reader *reader, int part, char *text, uint32_t number)
{
    bool blank = text[strspn(text, " \t\r\n")] == '\0';

    if (reader->seen[part])
        return words_complain(reader, number, "each part once");
    reader->seen[part] = true;
    if (blank && part != PART_SYSTEM)
        return words_complain(reader, number, "words in this part");
    while (*text == '\n') {
        text++;
        number++;
    }
    return part == PART_CRITERIA ? take_criteria(reader, text, number)
                                 : take_template_part(reader, part, text, number);
}

static int part_named(const char *line)
{
    size_t length = strcspn(line, "\r\n");
    int part = 0;

    while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t'))
        length--;
    while (part < PARTS &&
           (strlen(part_names[part]) != length || memcmp(part_names[part], line, length) != 0))
        part++;
    return part;
}

/* The line behind this one, or where the text ends. */
static char *next_line(char *line)
{
    line += strcspn(line, "\n");
    return line + (*line == '\n');
}

/* Cuts the text into its parts in place. */
static int judge_read_words(struct words_reader *reader, char *text)
{
    uint32_t number = 1;
    int status = CRUX_OK;

    while (*text == '\n') {
        text++;
        number++;
    }
    while (*text != '\0' && status == CRUX_OK) {
        char *start = next_line(text), *end = start, kept;
        uint32_t first = number + 1;
        int part;

        if (strncmp(text, "--- ", 4) != 0)
            return words_complain(reader, number, "a line that begins a part, like `--- user`");
        part = part_named(text + 4);
        if (part == PARTS)
            return words_complain(reader, number, "--- system, user or criteria");
        for (number = first; *end != '\0' && strncmp(end, "--- ", 4) != 0; number++)
            end = next_line(end);
        kept = *end;
        *end = '\0';
        status = take_words_part(reader, part, start, first);
        *end = kept;
        text = end;
    }
    return status;
}

/* --- open and close ---------------------------------------------------------------------- */

static int read_own_words(struct words_reader *reader, unsigned mode)
{
    struct judge_words own = {.system = NULL};
    struct words_reader inner = {.words = &own, .name = "the judge", .error = reader->error};
    struct judge_words *words = reader->words;
    char *text = strdup(own_words[mode]);
    int status = text == NULL ? words_no_memory(reader->error) : judge_read_words(&inner, text);

    if (status == CRUX_OK && !reader->seen[PART_SYSTEM]) {
        words->system = own.system;
        own.system = NULL;
    }
    if (status == CRUX_OK && !reader->seen[PART_USER]) {
        words->user = own.user;
        own.user = NULL;
    }
    if (status == CRUX_OK && !reader->seen[PART_CRITERIA]) {
        memcpy(words->criteria, own.criteria, sizeof words->criteria);
        words->criterion_count = own.criterion_count;
        own.criterion_count = 0;
    }
    judge_words_close(&own);
    free(text);
    return status;
}

static int read_words_file(struct words_reader *reader)
{
    char *text = NULL;
    int status;

    if (access(reader->name, R_OK) != 0)
        return crux_fail(reader->error, CRUX_INVALID,
                         "critic judge: cannot read template %.200s: %s", reader->name,
                         strerror(errno));
    status = crux_prompt_inline(&text, reader->name, reader->error);
    if (status == CRUX_OK)
        status = judge_read_words(reader, text + (*text == '='));
    free(text);
    return status;
}

int judge_words_open(struct judge_words *out, const struct judge_plan *plan,
                     struct crux_error *error)
{
    struct judge_words words = {.system = NULL};
    struct words_reader reader = {.words = &words, .name = plan->template, .error = error};
    int status = plan->template[0] != '\0' ? read_words_file(&reader) : CRUX_OK;

    if (status == CRUX_OK)
        status = read_own_words(&reader, plan->mode);
    if (status == CRUX_OK)
        *out = words;
    else
        judge_words_close(&words);
    return status;
}

void judge_words_close(struct judge_words *words)
{
    mustache_free(words->system);
    mustache_free(words->user);
    for (uint32_t i = 0; i < words->criterion_count; i++) {
        free(words->criteria[i].name);
        free(words->criteria[i].text);
    }
    *words = (struct judge_words){.system = NULL};
}

/* --- saying ------------------------------------------------------------------------------ */

static struct crux_text judge_text_of(const char *text)
{
    return (struct crux_text){text, strlen(text)};
}

/* Items of a list of texts, in one block: scopes, then the value that each of them has. */
static struct mustache_scope *list_steps(const struct solution *solution)
{
    size_t count = solution != NULL ? solution->count : 0;
    struct mustache_scope *scopes =
        calloc(count + 1, sizeof *scopes + sizeof(struct mustache_value));
    struct mustache_value *values;

    if (scopes == NULL)
        return NULL;
    values = (struct mustache_value *)(void *)(scopes + count + 1);
    for (size_t i = 0; i < count; i++) {
        values[i] = (struct mustache_value){".", solution->steps[i], NULL, 0};
        scopes[i] = (struct mustache_scope){&values[i], 1};
    }
    return scopes;
}

/* The lists that are parts of others begin within them. */
static int render_words(char **system, char **user, const struct judge_words *words,
                        const struct judge_matter *matter, const struct mustache_scope *steps,
                        const struct mustache_scope *rivals, struct crux_error *error)
{
    const struct solution *solution = matter->solution, *rival = matter->rival;
    const char *reference = matter->problem->answer;
    struct mustache_value named[JUDGE_CRITERIA_MOST][2];
    struct mustache_scope criteria[JUDGE_CRITERIA_MOST];
    size_t own = rival != NULL ? rival->before : 0;
    size_t length;
    const struct mustache_value values[] = {
        {"problem", judge_text_of(matter->problem->prompt), NULL, 0},
        {"steps", {NULL, 0}, steps, solution->count},
        {"path", {NULL, 0}, steps, solution->before},
        {"candidate", {NULL, 0}, steps + solution->before, solution->count - solution->before},
        {"rival", {NULL, 0}, rivals + own, rival != NULL ? rival->count - own : 0},
        {"whole", judge_text_of(matter->whole ? "yes" : ""), NULL, 0},
        {"reference", judge_text_of(reference != NULL ? reference : ""), NULL, 0},
        {"criteria", {NULL, 0}, criteria, words->criterion_count},
        {"form", judge_text_of(matter->form), NULL, 0},
    };
    const struct mustache_scope scope = {values, sizeof values / sizeof *values};
    int status;

    for (uint32_t i = 0; i < words->criterion_count; i++) {
        named[i][0] =
            (struct mustache_value){"name", judge_text_of(words->criteria[i].name), NULL, 0};
        named[i][1] =
            (struct mustache_value){"text", judge_text_of(words->criteria[i].text), NULL, 0};
        criteria[i] = (struct mustache_scope){named[i], 2};
    }
    status = mustache_render(system, &length, words->system, &scope, error);
    return status == CRUX_OK ? mustache_render(user, &length, words->user, &scope, error) : status;
}

int judge_words_say(char **system, char **user, const struct judge_words *words,
                    const struct judge_matter *matter, struct crux_error *error)
{
    struct mustache_scope *steps = list_steps(matter->solution);
    struct mustache_scope *rivals = list_steps(matter->rival);
    int status = steps == NULL || rivals == NULL
                     ? words_no_memory(error)
                     : render_words(system, user, words, matter, steps, rivals, error);

    free(steps);
    free(rivals);
    return status;
}
