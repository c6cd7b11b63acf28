/*
 * problem_shape.c - recognises the shapes that data sets of problems have, and rewrites their
 * lines.
 */
#include "io/problem_shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const shape_ids[] = {"id",        "problem_id", "question_id", "task_id",
                                        "unique_id", "uid",        "idx",         "index"};
static const char *const shape_problems[] = {"problem", "question", "prompt", "query", "messages"};
static const char *const shape_answers[] = {"answer",           "final_answer", "expected_answer",
                                            "reference_answer", "ground_truth", "gold",
                                            "answerkey"};

#define SHAPE_COUNT(list) (sizeof(list) / sizeof(list)[0])

/* --- names ----------------------------------------------------------------------------- */

static int shape_take_name(struct problem_fields *fields, const char *pair, size_t length,
                           struct crux_error *error)
{
    static const char *const ours[] = {"id", "problem", "answer"};
    char *const places[] = {fields->id, fields->problem, fields->answer};
    const char *equals = memchr(pair, '=', length);
    size_t size = equals == NULL ? 0 : length - (size_t)(equals + 1 - pair);

    for (size_t i = 0; equals != NULL && i < SHAPE_COUNT(ours); i++)
        if (strlen(ours[i]) == (size_t)(equals - pair) &&
            strncmp(ours[i], pair, (size_t)(equals - pair)) == 0 && size > 0 &&
            size < PROBLEM_FIELD) {
            memcpy(places[i], equals + 1, size);
            places[i][size] = '\0';
            return CRUX_OK;
        }
    return crux_fail(error, CRUX_INVALID,
                     "--fields: expected problem=NAME, answer=NAME or id=NAME, separated by "
                     "commas, found '%.*s'",
                     (int)(length < 80 ? length : 80), pair);
}

int problem_fields_read(struct problem_fields *out, const char *text, struct crux_error *error)
{
    struct problem_fields fields = {"", "", ""};
    int status = CRUX_OK;

    while (text != NULL && status == CRUX_OK) {
        size_t length = strcspn(text, ",");

        status = shape_take_name(&fields, text, length, error);
        text = text[length] == ',' ? text + length + 1 : NULL;
    }
    if (status == CRUX_OK)
        *out = fields;
    return status;
}

/* The key in the object that is one of these, in any case of letters; the first name that is there
 * wins. A member that is null is not there. */
static const char *shape_find(const struct json *line, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *key = NULL;

        while ((key = json_next_key(line, key)) != NULL)
            if (strcasecmp(key, names[i]) == 0 && json_type_of(json_get(line, key)) != JSON_IS_NULL)
                return key;
    }
    return NULL;
}

/* --- one line ------------------------------------------------------------------------------ */

struct shape {
    const struct json *line;
    const char *id_key, *problem_key, *answer_key; /* NULL: there is none */
    char *id, *problem, *answer;                   /* NULL: none */
    char *solution;                                /* what the answer was taken out of */
    bool numbered;
};

static int shape_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for a problem");
}

static int shape_bad(struct crux_error *error, const char *field, const char *expected,
                     const struct json *found)
{
    return crux_fail(error, CRUX_INPUT, "field `%.60s`: expected %s, found %s", field, expected,
                     json_type_name(json_type_of(found)));
}

/* A text, a number as it is written, a truth value. NULL: it is none of these, or no memory. */
static char *shape_scalar(const struct json *value)
{
    switch (json_type_of(value)) {
    case JSON_IS_STRING:
        return strdup(json_as_string(value));
    case JSON_IS_INTEGER:
    case JSON_IS_REAL:
        return json_text(value, false);
    case JSON_IS_BOOL:
        return strdup(json_as_bool(value) ? "True" : "False");
    default:
        return NULL;
    }
}

static bool shape_is_scalar(const struct json *value)
{
    enum json_type type = json_type_of(value);

    return type == JSON_IS_STRING || type == JSON_IS_INTEGER || type == JSON_IS_REAL ||
           type == JSON_IS_BOOL;
}

static bool shape_is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

static int shape_take_id(struct shape *shape, uint64_t number, struct crux_error *error)
{
    const struct json *value = shape->id_key == NULL ? NULL : json_get(shape->line, shape->id_key);

    if (value == NULL) {
        shape->numbered = true;
        return asprintf(&shape->id, "%llu", (unsigned long long)number) < 0 ? shape_no_memory(error)
                                                                            : CRUX_OK;
    }
    if (json_type_of(value) != JSON_IS_STRING && json_type_of(value) != JSON_IS_INTEGER)
        return shape_bad(error, shape->id_key, "a string or a whole number", value);
    shape->id = shape_scalar(value);
    return shape->id == NULL ? shape_no_memory(error) : CRUX_OK;
}

/* --- chats --------------------------------------------------------------------------------- */

static const char *shape_turn(const struct json *turn, const char *role)
{
    const char *said = json_as_string(json_get(turn, "role"));

    return said != NULL && strcmp(said, role) == 0 ? json_as_string(json_get(turn, "content"))
                                                   : NULL;
}

/* The only turn of a role; *count: how many there are. */
static const char *shape_only_turn(const struct json *chat, const char *role, size_t *count)
{
    const char *found = NULL;

    *count = 0;
    for (size_t i = 0; i < json_count(chat); i++) {
        const char *said = shape_turn(json_at(chat, i), role);

        if (said != NULL) {
            found = said;
            ++*count;
        }
    }
    return found;
}

static int shape_take_chat(struct shape *shape, const struct json *chat, struct crux_error *error)
{
    size_t users, systems, answers;
    const char *user = shape_only_turn(chat, "user", &users);
    const char *system = shape_only_turn(chat, "system", &systems);
    const char *answer = shape_only_turn(chat, "assistant", &answers);

    if (users != 1)
        return crux_fail(error, CRUX_INPUT,
                         "field `%.60s`: expected a chat with one turn of the user, found %zu",
                         shape->problem_key, users);
    if (asprintf(&shape->problem, "%s%s%s", system != NULL ? system : "",
                 system != NULL ? "\n\n" : "", user) < 0) {
        shape->problem = NULL;
        return shape_no_memory(error);
    }
    if (shape->answer_key == NULL && answers == 1) {
        shape->answer = strdup(answer);
        return shape->answer == NULL ? shape_no_memory(error) : CRUX_OK;
    }
    return CRUX_OK;
}

/* --- what is asked ---------------------------------------------------------------------------- */

static int shape_take_problem(struct shape *shape, struct crux_error *error)
{
    const struct json *value;

    if (shape->problem_key == NULL)
        return CRUX_OK; /* a puzzle of numbers may do without; whoever reads the line says so */
    value = json_get(shape->line, shape->problem_key);
    if (json_type_of(value) == JSON_IS_ARRAY)
        return shape_take_chat(shape, value, error);
    if (json_type_of(value) != JSON_IS_STRING)
        return shape_bad(error, shape->problem_key, "a string", value);
    shape->problem = strdup(json_as_string(value));
    return shape->problem == NULL ? shape_no_memory(error) : CRUX_OK;
}

/* --- what is right ------------------------------------------------------------------------------
 */

/* GSM8K: what stands behind the last "#### " when that begins the last line. NULL: no such text. */
static const char *shape_behind_hashes(const char *text)
{
    const char *at = text, *last = NULL;

    while ((at = strstr(at, "####")) != NULL) {
        if (at == text || at[-1] == '\n')
            last = at + strspn(at, "#");
        at += 4;
    }
    if (last == NULL || strchr(last, '\n') != NULL || shape_is_blank(last))
        return NULL;
    return last + strspn(last, " \t");
}

/* What stands in the last \boxed{...} whose braces are closed; NULL: none. */
static char *shape_boxed(const char *text)
{
    static const char boxed[] = "\\boxed{";
    const char *at = text, *start = NULL;
    size_t length = 0, depth = 1;

    while ((at = strstr(at, boxed)) != NULL) {
        at += sizeof boxed - 1;
        start = at;
    }
    for (; start != NULL && start[length] != '\0'; length++) {
        depth += start[length] == '{';
        depth -= start[length] == '}';
        if (depth == 0)
            return strndup(start, length);
    }
    return NULL;
}

static int shape_cut_answer(struct shape *shape, struct crux_error *error)
{
    const char *value = shape->answer == NULL ? NULL : shape_behind_hashes(shape->answer);
    char *cut;

    if (value == NULL)
        return CRUX_OK;
    cut = strndup(value, strcspn(value, "\r\n"));
    if (cut == NULL)
        return shape_no_memory(error);
    free(shape->solution);
    shape->solution = shape->answer;
    shape->answer = cut;
    return CRUX_OK;
}

static int shape_take_answer(struct shape *shape, struct crux_error *error)
{
    const struct json *value =
        shape->answer_key == NULL ? NULL : json_get(shape->line, shape->answer_key);
    const char *solution = json_as_string(json_get(shape->line, "solution"));

    if (json_type_of(value) == JSON_IS_ARRAY && json_count(value) == 1)
        value = json_at(value, 0);
    if (value == NULL) {
        if (shape->answer == NULL && solution != NULL)
            shape->answer = shape_boxed(solution);
    } else if (shape_is_scalar(value)) {
        shape->answer = shape_scalar(value);
        if (shape->answer == NULL)
            return shape_no_memory(error);
    } else {
        return shape_bad(error, shape->answer_key, "a string, a number, or a list of one of these",
                         value);
    }
    return shape_cut_answer(shape, error);
}

/* --- choices ------------------------------------------------------------------------------------
 */

enum { SHAPE_CHOICES = 26 };

struct shape_choices {
    struct json *texts; /* strings */
    char labels[SHAPE_CHOICES][8];
    size_t count;
};

static const struct json *shape_choice_list(const struct shape *shape)
{
    const struct json *list = json_get(shape->line, "choices");

    if (list == NULL)
        list = json_get(shape->line, "options");
    return json_type_of(list) == JSON_IS_ARRAY || json_type_of(list) == JSON_IS_OBJECT ? list
                                                                                       : NULL;
}

static int shape_add_choice(struct shape_choices *choices, const char *label,
                            const struct json *text, struct crux_error *error)
{
    char *to = choices->labels[choices->count], *copy;

    if (choices->count == SHAPE_CHOICES)
        return crux_fail(error, CRUX_INPUT, "field `choices`: expected at most %d, found more",
                         SHAPE_CHOICES);
    if (!shape_is_scalar(text))
        return shape_bad(error, "choices", "texts", text);
    if (label != NULL && strlen(label) < sizeof choices->labels[0])
        (void)snprintf(to, sizeof choices->labels[0], "%s", label);
    else
        (void)snprintf(to, sizeof choices->labels[0], "%c", (char)('A' + (int)choices->count));
    copy = shape_scalar(text);
    if (copy == NULL)
        return shape_no_memory(error);
    json_add(choices->texts, json_of_string(copy));
    free(copy);
    choices->count = json_count(choices->texts);
    return CRUX_OK;
}

static const char *shape_choice(const struct shape_choices *choices, size_t index)
{
    const char *text = json_as_string(json_at(choices->texts, index));

    return text != NULL ? text : "";
}

/* A list of texts; texts and labels side by side; or labels to texts. */
static int shape_read_choices(struct shape_choices *choices, const struct json *list,
                              struct crux_error *error)
{
    const struct json *texts = json_get(list, "text"), *labels = json_get(list, "label");
    const char *key = NULL;
    int status = CRUX_OK;

    if (json_type_of(list) == JSON_IS_OBJECT && texts == NULL)
        while (status == CRUX_OK && (key = json_next_key(list, key)) != NULL)
            status = shape_add_choice(choices, key, json_get(list, key), error);
    else if (texts == NULL)
        texts = list;
    for (size_t i = 0; status == CRUX_OK && i < json_count(texts); i++)
        status =
            shape_add_choice(choices, json_as_string(json_at(labels, i)), json_at(texts, i), error);
    return status;
}

/* The choice that an answer means: an index from 0, a label, or a text that one choice has. */
static int shape_choose(const struct shape_choices *choices, const struct json *answer,
                        const char *text, size_t *out, struct crux_error *error)
{
    size_t found = choices->count, same = 0;

    if (json_type_of(answer) == JSON_IS_INTEGER && json_as_integer(answer) >= 0 &&
        (uint64_t)json_as_integer(answer) < choices->count) {
        *out = (size_t)json_as_integer(answer);
        return CRUX_OK;
    }
    for (size_t i = 0; i < choices->count; i++)
        if (strcmp(choices->labels[i], text) == 0) {
            *out = i;
            return CRUX_OK;
        }
    for (size_t i = 0; i < choices->count; i++)
        if (strcmp(shape_choice(choices, i), text) == 0) {
            found = i;
            same++;
        }
    if (same != 1)
        return crux_fail(error, CRUX_INPUT,
                         "field `answer`: expected the number (from 0), letter or text of one of "
                         "%zu choices, found `%.60s`",
                         choices->count, text);
    *out = found;
    return CRUX_OK;
}

/* Does the question list them itself? */
static bool shape_lists(const char *problem, const struct shape_choices *choices)
{
    for (size_t i = 0; i < choices->count; i++)
        if (strstr(problem, shape_choice(choices, i)) == NULL)
            return false;
    return choices->count > 0;
}

static int shape_write_choices(struct shape *shape, const struct shape_choices *choices,
                               struct crux_error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out;

    if (shape->problem == NULL || shape_lists(shape->problem, choices))
        return CRUX_OK;
    out = open_memstream(&text, &size);
    if (out == NULL)
        return shape_no_memory(error);
    (void)fputs(shape->problem, out);
    (void)fputc('\n', out);
    for (size_t i = 0; i < choices->count; i++)
        (void)fprintf(out, "\n%s. %s", choices->labels[i], shape_choice(choices, i));
    if (fclose(out) != 0) {
        free(text);
        return shape_no_memory(error);
    }
    free(shape->problem);
    shape->problem = text;
    return CRUX_OK;
}

static int shape_use_choices(struct shape *shape, struct crux_error *error)
{
    const struct json *list = shape_choice_list(shape);
    const struct json *answer =
        shape->answer_key == NULL ? NULL : json_get(shape->line, shape->answer_key);
    struct shape_choices choices = {.texts = json_new_array()};
    size_t chosen = 0;
    int status;

    if (list == NULL) {
        json_free(choices.texts);
        return CRUX_OK;
    }
    status = shape_read_choices(&choices, list, error);
    if (status == CRUX_OK && shape->answer != NULL && choices.count > 0) {
        status = shape_choose(&choices, answer, shape->answer, &chosen, error);
        if (status == CRUX_OK) {
            free(shape->answer);
            shape->answer = strdup(choices.labels[chosen]);
            status = shape->answer == NULL ? shape_no_memory(error) : CRUX_OK;
        }
    }
    if (status == CRUX_OK)
        status = shape_write_choices(shape, &choices, error);
    json_free(choices.texts);
    return status;
}

/* --- the whole ---------------------------------------------------------------------------------
 */

/* The key that the user named, or the one that is recognised. */
static const char *shape_key(const struct json *line, const char *named, const char *const *names,
                             size_t count)
{
    return named[0] != '\0' ? (json_get(line, named) != NULL ? named : NULL)
                            : shape_find(line, names, count);
}

static bool shape_is(const char *key, const char *name)
{
    return key == NULL || strcmp(key, name) == 0;
}

/* Can an answer be taken out of it? */
static bool shape_solves(const char *solution)
{
    char *answer = solution == NULL ? NULL : shape_boxed(solution);
    bool solves = answer != NULL;

    free(answer);
    return solves;
}

/* Is the line one of ours as it stands? A blank answer is none, wherever it stands. */
static bool shape_is_ours(const struct shape *shape)
{
    const struct json *line = shape->line;
    const struct json *answer = json_get(line, "answer");
    enum json_type type = json_type_of(answer);

    if (shape->id_key == NULL || strcmp(shape->id_key, "id") != 0 ||
        json_type_of(json_get(line, "id")) != JSON_IS_STRING)
        return false;
    if (!shape_is(shape->problem_key, "problem") || !shape_is(shape->answer_key, "answer") ||
        shape_choice_list(shape) != NULL)
        return false;
    if (shape->answer_key == NULL && shape_solves(json_as_string(json_get(line, "solution"))))
        return false;
    return type == JSON_NONE || type == JSON_IS_NULL ||
           (type == JSON_IS_STRING && !shape_is_blank(json_as_string(answer)));
}

/* Is it said under one of our names now? */
static bool shape_is_taken(const struct shape *shape, const char *key)
{
    const char *const taken[] = {"id",          "problem",          "answer",
                                 shape->id_key, shape->problem_key, shape->answer_key};

    for (size_t i = 0; i < SHAPE_COUNT(taken); i++)
        if (taken[i] != NULL && strcmp(taken[i], key) == 0)
            return true;
    return false;
}

/* Ours first, then all others as they were. */
static char *shape_text(const struct shape *shape)
{
    struct json *out = json_new_object();
    const char *key = NULL;
    char *text;

    json_put(out, "id", json_of_string(shape->id));
    if (shape->problem != NULL)
        json_put(out, "problem", json_of_string(shape->problem));
    if (shape->answer != NULL && !shape_is_blank(shape->answer))
        json_put(out, "answer", json_of_string(shape->answer));
    if (shape->solution != NULL && json_get(shape->line, "solution") == NULL)
        json_put(out, "solution", json_of_string(shape->solution));
    while ((key = json_next_key(shape->line, key)) != NULL)
        if (json_get(out, key) == NULL && !shape_is_taken(shape, key))
            json_put(out, key, json_clone(json_get(shape->line, key)));
    text = json_text(out, false);
    json_free(out);
    return text;
}

int problem_shape(char **out, const struct json *line, const struct problem_fields *fields,
                  uint64_t number, bool *numbered, struct crux_error *error)
{
    struct shape shape = {
        .line = line,
        .id_key = shape_key(line, fields->id, shape_ids, SHAPE_COUNT(shape_ids)),
        .problem_key =
            shape_key(line, fields->problem, shape_problems, SHAPE_COUNT(shape_problems)),
        .answer_key = shape_key(line, fields->answer, shape_answers, SHAPE_COUNT(shape_answers)),
    };
    char *text = NULL;
    int status;

    *numbered = false;
    if (shape_is_ours(&shape)) {
        *out = NULL;
        return CRUX_OK;
    }
    status = shape_take_id(&shape, number, error);
    if (status == CRUX_OK)
        status = shape_take_problem(&shape, error);
    if (status == CRUX_OK)
        status = shape_take_answer(&shape, error);
    if (status == CRUX_OK)
        status = shape_use_choices(&shape, error);
    if (status == CRUX_OK && (text = shape_text(&shape)) == NULL)
        status = shape_no_memory(error);
    free(shape.id);
    free(shape.problem);
    free(shape.answer);
    free(shape.solution);
    if (status == CRUX_OK) {
        *out = text;
        *numbered = shape.numbered;
    }
    return status;
}
