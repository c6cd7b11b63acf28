/*
 * file.c - reads a file of recorded answers: the answers that each line has.
 *
 * People name the same things differently, so each field has a list of usual names, the
 * first that a line has counts, and one name of the user's own in place of the list. What
 * a score means cannot be guessed (it may be a verdict made with the reference answer), so
 * no field of that name is read unless the user names it.
 */
#include "policies/recorded/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/lines.h"

enum { LONGEST_LINE = 64 << 20, NAMES = 8, NUMBER_TEXT = 32 };

#define HEAVIEST 1e9

enum field { FIELD_ID, FIELD_PROBLEM, FIELD_STEPS, FIELD_TEXT, FIELD_ANSWER, FIELD_WEIGHT };

static const char *const usual[][NAMES] = {
    [FIELD_ID] = {"problem_id", "id", "question_id", "task_id"},
    [FIELD_PROBLEM] = {"problem", "question", "prompt"},
    [FIELD_STEPS] = {"steps"},
    [FIELD_TEXT] = {"reasoning", "response", "completion", "output", "solution", "text"},
    [FIELD_ANSWER] = {"answer", "final_answer", "prediction"},
    [FIELD_WEIGHT] = {"weight", "prior"},
};

struct reader {
    struct recorded_forest *forest;
    const struct recorded_plan *plan;
    void (*complain)(void *context, const char *sentence);
    void *context;
    uint64_t answers, bad;
    bool listed; /* an answer is a list of steps */
    char *text;  /* one answer's steps are cut out of it */
    size_t room;
};

/* What a line has for a field. */
struct found {
    const char *name; /* as it stands in the line, or the first usual one */
    const struct json *value;
};

/* One of the answers of a line. */
struct answer {
    uint32_t root, node;
    double weight;
};

/* --- fields ------------------------------------------------------------------------- */

static struct found recorded_file_find(const struct json *object, enum field field, const char *own)
{
    struct found found = {own != NULL ? own : usual[field][0], NULL};

    for (size_t i = 0; i < NAMES && found.value == NULL; i++) {
        const char *name = own != NULL ? own : usual[field][i];

        if (name == NULL)
            break;
        if (json_type_of(json_get(object, name)) > JSON_IS_NULL)
            found = (struct found){name, json_get(object, name)};
    }
    return found;
}

static int recorded_file_bad_type(struct crux_error *error, struct found found,
                                  const char *expected)
{
    return crux_fail(error, CRUX_INPUT, "field `%.60s`: expected %s, found %s", found.name,
                     expected, json_type_name(json_type_of(found.value)));
}

static int recorded_file_no_memory(const struct reader *reader, struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for the answers of %s", reader->plan->file);
}

/* A string as it is, a number as JSON writes it, into room; NULL: neither. */
static const char *recorded_file_text_of(const struct json *value, char room[NUMBER_TEXT])
{
    if (json_type_of(value) == JSON_IS_INTEGER)
        (void)snprintf(room, NUMBER_TEXT, "%lld", (long long)json_as_integer(value));
    else if (json_type_of(value) == JSON_IS_REAL)
        (void)snprintf(room, NUMBER_TEXT, "%.15g", json_as_real(value));
    else
        return json_as_string(value);
    return room;
}

/* In a line with several answers a field may have an item for each. */
static const struct json *item_of(const struct json *value, size_t i)
{
    return json_type_of(value) == JSON_IS_ARRAY ? json_at(value, i) : value;
}

static struct crux_text recorded_file_trimmed(const char *start, size_t length)
{
    while (length > 0 && strchr(" \t\r\n", start[length - 1]) != NULL)
        length--;
    while (length > 0 && strchr(" \t\r\n", *start) != NULL) {
        start++;
        length--;
    }
    return (struct crux_text){start, length};
}

/* --- steps ---------------------------------------------------------------------------- */

static int recorded_file_grow(struct reader *reader, struct answer *answer, struct crux_text step,
                              struct crux_error *error)
{
    answer->node = recorded_grow(reader->forest, answer->node, step);
    return answer->node != 0 ? CRUX_OK : recorded_file_no_memory(reader, error);
}

/* Drop white space at the end of a step: it differs from answer to answer and means nothing. */
static size_t solid(const char *line, size_t length)
{
    while (length > 0 && strchr(" \t\r", line[length - 1]) != NULL)
        length--;
    return length;
}

/* One step per line; blank lines are no steps. */
static int grow_lines(struct reader *reader, struct answer *answer, const char *text,
                      struct crux_error *error)
{
    int status = CRUX_OK;

    while (*text != '\0' && status == CRUX_OK) {
        size_t length = strcspn(text, "\n"), step = solid(text, length);

        if (step > 0)
            status = recorded_file_grow(reader, answer, (struct crux_text){text, step}, error);
        text += length + (text[length] == '\n');
    }
    return status;
}

static bool make_text_room(struct reader *reader, size_t size)
{
    size_t room = reader->room == 0 ? 4096 : reader->room;
    char *text;

    while (room < size)
        room *= 2;
    if (room == reader->room)
        return true;
    text = realloc(reader->text, room);
    if (text == NULL)
        return false;
    reader->text = text;
    reader->room = room;
    return true;
}

/* The lines of a step, a vertical tab between two until they are shown. */
static size_t recorded_file_put(char *out, struct crux_text step)
{
    const char *at = step.start, *end = step.start + step.length;
    size_t used = 0;

    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t line = solid(at, (size_t)((stop == NULL ? end : stop) - at));

        memcpy(out + used, at, line);
        used += line;
        at = stop == NULL ? end : stop + 1;
        if (at < end)
            out[used++] = '\v';
    }
    return used;
}

/* Steps by the rules of io/split.h; empty lines around a step say nothing. */
static int grow_split(struct reader *reader, struct answer *answer, const char *text,
                      struct crux_error *error)
{
    size_t length = strlen(text);
    struct split split = split_begin(reader->plan->split, (struct crux_text){text, length}, 0);
    struct crux_text step;
    int status = CRUX_OK;

    if (!make_text_room(reader, length + 1))
        return recorded_file_no_memory(reader, error);
    while (status == CRUX_OK && split_next(&split, &step)) {
        size_t used, first = 0;

        while (step.length > 0 && strchr(" \t\r\n\v", step.start[step.length - 1]) != NULL)
            step.length--;
        used = recorded_file_put(reader->text, step);
        for (size_t i = 0; i < used && strchr(" \t\v", reader->text[i]) != NULL; i++)
            if (reader->text[i] == '\v')
                first = i + 1;
        if (used > first)
            status = recorded_file_grow(
                reader, answer, (struct crux_text){reader->text + first, used - first}, error);
    }
    return status;
}

/* What is a list of steps already is cut at its lines alone, unless the user says otherwise. */
static int grow_text(struct reader *reader, struct answer *answer, const char *text,
                     struct crux_error *error)
{
    return reader->plan->split_given || !reader->listed ? grow_split(reader, answer, text, error)
                                                        : grow_lines(reader, answer, text, error);
}

/* The final answer, where it stands in a field of its own, is the last step, written as
 * GSM8K does; unless the text ends so already. */
static int grow_final(struct reader *reader, struct answer *answer, const char *final,
                      struct crux_error *error)
{
    static const char mark[] = "#### ";
    struct crux_text core = recorded_file_trimmed(final, strlen(final));
    const struct recorded_node *last = &reader->forest->nodes[answer->node];
    char *step;

    if (core.length == 0)
        return CRUX_OK;
    if (!make_text_room(reader, core.length + sizeof mark))
        return recorded_file_no_memory(reader, error);
    step = stpcpy(reader->text, mark);
    memcpy(step, core.start, core.length);
    for (size_t i = 0; i < core.length; i++)
        if (step[i] == '\n' || step[i] == '\r')
            step[i] = ' ';
    core = (struct crux_text){reader->text, core.length + sizeof mark - 1};
    if (answer->node != answer->root && last->length == core.length &&
        memcmp(last->text, core.start, core.length) == 0)
        return CRUX_OK;
    return recorded_file_grow(reader, answer, core, error);
}

/* --- answers ---------------------------------------------------------------------------- */

static int take_weight(struct answer *answer, const struct json *value, struct found found,
                       struct crux_error *error)
{
    enum json_type type = json_type_of(value);

    answer->weight = 1.0;
    if (type <= JSON_IS_NULL)
        return CRUX_OK;
    answer->weight = json_as_real(value);
    if ((type == JSON_IS_INTEGER || type == JSON_IS_REAL) && answer->weight >= 0.0 &&
        answer->weight <= HEAVIEST)
        return CRUX_OK;
    return recorded_file_bad_type(error, (struct found){found.name, value},
                                  "a number from 0 to 1e9");
}

/* The steps of a list as one text, an empty line between two; NULL: no memory. */
static char *recorded_file_joined(const struct json *steps)
{
    size_t length = 1;
    char *text, *at;

    for (size_t i = 0; i < json_count(steps); i++)
        length += strlen(json_as_string(json_at(steps, i))) + 2;
    text = at = malloc(length);
    for (size_t i = 0; text != NULL && i < json_count(steps); i++)
        at = stpcpy(stpcpy(at, i > 0 ? "\n\n" : ""), json_as_string(json_at(steps, i)));
    if (text != NULL)
        *at = '\0';
    return text;
}

static bool recorded_file_are_texts(const struct json *steps)
{
    bool all = true;

    for (size_t i = 0; i < json_count(steps); i++)
        all = all && json_as_string(json_at(steps, i)) != NULL;
    return all;
}

/* Cut anew, a list is one text; else each of its texts is one or more steps. */
static int grow_steps(struct reader *reader, struct answer *answer, struct found steps,
                      struct crux_error *error)
{
    bool anew = reader->plan->split_given && reader->plan->split != SPLIT_MODEL;
    int status = CRUX_OK;
    char *text;

    if (!recorded_file_are_texts(steps.value))
        return recorded_file_bad_type(error, steps, "an array of strings");
    if (anew) {
        text = recorded_file_joined(steps.value);
        status = text == NULL ? recorded_file_no_memory(reader, error)
                              : grow_split(reader, answer, text, error);
        free(text);
        return status;
    }
    for (size_t i = 0; i < json_count(steps.value) && status == CRUX_OK; i++)
        status = grow_text(reader, answer, json_as_string(json_at(steps.value, i)), error);
    return status;
}

/* The fields of a line that say what its answers are. */
struct fields {
    struct found steps, text, answer, weight;
};

static int recorded_file_take_text(struct reader *reader, struct answer *answer,
                                   const struct fields *fields, const struct json *text,
                                   struct crux_error *error)
{
    reader->listed = fields->steps.value != NULL;
    if (reader->listed)
        return grow_steps(reader, answer, fields->steps, error);
    if (text == NULL)
        return CRUX_OK;
    if (json_as_string(text) == NULL)
        return recorded_file_bad_type(error, (struct found){fields->text.name, text},
                                      "a string or an array of strings");
    return grow_text(reader, answer, json_as_string(text), error);
}

/* The answer's field is all there is of some answers, of others it is the last step. */
static int take_final(struct reader *reader, struct answer *answer, const struct fields *fields,
                      const struct json *final, struct crux_error *error)
{
    char room[NUMBER_TEXT];
    const char *text = recorded_file_text_of(final, room);

    if (json_type_of(final) <= JSON_IS_NULL)
        return CRUX_OK;
    if (text == NULL)
        return recorded_file_bad_type(error, (struct found){fields->answer.name, final},
                                      "a string or a number");
    if (fields->steps.value == NULL && fields->text.value == NULL)
        return grow_text(reader, answer, text, error);
    return grow_final(reader, answer, text, error);
}

static int take_answer(struct reader *reader, const struct fields *fields, uint32_t root, size_t i,
                       struct crux_error *error)
{
    struct answer answer = {.root = root, .node = root};
    int status = take_weight(&answer, item_of(fields->weight.value, i), fields->weight, error);

    if (status == CRUX_OK)
        status =
            recorded_file_take_text(reader, &answer, fields, item_of(fields->text.value, i), error);
    if (status == CRUX_OK)
        status = take_final(reader, &answer, fields, item_of(fields->answer.value, i), error);
    if (status != CRUX_OK)
        return status;
    if (answer.node == root)
        return crux_fail(error, CRUX_INPUT, "field `%.60s`: expected some text, found none",
                         fields->text.name);
    recorded_end(reader->forest, answer.node, answer.weight);
    reader->answers++;
    return CRUX_OK;
}

static int take_answers(struct reader *reader, const struct json *object, uint32_t root,
                        struct crux_error *error)
{
    const struct recorded_plan *plan = reader->plan;
    struct fields fields = {
        .text = recorded_file_find(object, FIELD_TEXT, plan->text),
        .answer = recorded_file_find(object, FIELD_ANSWER, plan->answer),
        .weight = recorded_file_find(object, FIELD_WEIGHT, plan->weight),
    };
    const struct json *all;
    size_t count = 1;
    int status = CRUX_OK;

    if (plan->text == NULL)
        fields.steps = recorded_file_find(object, FIELD_STEPS, NULL);
    if (fields.steps.value != NULL)
        fields.text.value = NULL;
    if (fields.steps.value != NULL && json_type_of(fields.steps.value) != JSON_IS_ARRAY)
        return recorded_file_bad_type(error, fields.steps, "an array of strings");
    if (fields.steps.value == NULL && fields.text.value == NULL && fields.answer.value == NULL)
        return recorded_file_bad_type(error, fields.text, "the text of an answer");
    all = fields.text.value != NULL ? fields.text.value : fields.answer.value;
    if (fields.steps.value == NULL && json_type_of(all) == JSON_IS_ARRAY)
        count = json_count(all);
    if (count == 0)
        return crux_fail(error, CRUX_INPUT, "field `%.60s`: expected some text, found none",
                         fields.text.name);
    for (size_t i = 0; i < count && status == CRUX_OK; i++)
        status = take_answer(reader, &fields, root, i, error);
    return status;
}

/* --- lines -------------------------------------------------------------------------------- */

/* The root of the problem that a line is about: by id, or by prompt when it has no id. */
static int take_root(struct reader *reader, const struct json *object, uint32_t *root,
                     struct crux_error *error)
{
    struct found id = recorded_file_find(object, FIELD_ID, reader->plan->id);
    struct found prompt = recorded_file_find(object, FIELD_PROBLEM, reader->plan->problem);
    char room[NUMBER_TEXT];
    const char *text = recorded_file_text_of(id.value, room);
    struct crux_text core;

    if (id.value != NULL && text == NULL)
        return recorded_file_bad_type(error, id, "a string or a number");
    if (id.value == NULL)
        text = json_as_string(prompt.value);
    if (text == NULL)
        return crux_fail(error, CRUX_INPUT,
                         "field `%.60s`: expected a problem's id (or a field `%.60s`, its "
                         "prompt), found nothing",
                         id.name, prompt.name);
    core = id.value != NULL ? (struct crux_text){text, strlen(text)}
                            : recorded_file_trimmed(text, strlen(text));
    *root = recorded_grow(reader->forest, id.value != NULL ? ROOTS_BY_ID : ROOTS_BY_PROMPT, core);
    return *root != 0 ? CRUX_OK : recorded_file_no_memory(reader, error);
}

static int take_object(struct reader *reader, const struct json *object, struct crux_error *error)
{
    uint32_t root = 0;
    int status;

    if (json_type_of(object) != JSON_IS_OBJECT)
        return crux_fail(error, CRUX_INPUT, "expected a JSON object, found %s",
                         json_type_name(json_type_of(object)));
    status = take_root(reader, object, &root, error);
    return status == CRUX_OK ? take_answers(reader, object, root, error) : status;
}

static int read_line(struct reader *reader, const struct lines_line *line, struct crux_error *error)
{
    struct json *object = NULL;
    struct crux_error why;
    int status;

    if (line->overlong)
        return crux_fail(error, CRUX_INPUT,
                         "expected a line of at most 64 MiB, found a longer one");
    status = json_parse(&object, line->text, line->length, &why);
    if (status == CRUX_INPUT)
        return crux_fail(error, status, "expected a JSON object, found text that is not JSON: %s",
                         why.text);
    if (status == CRUX_OK)
        status = take_object(reader, object, &why);
    json_free(object);
    return status == CRUX_OK ? CRUX_OK : crux_fail(error, status, "%s", why.text);
}

static int each_line(void *context, const struct lines_line *line, struct crux_error *error)
{
    struct reader *reader = context;
    struct crux_error why, sentence;
    int status;

    if (lines_is_blank(line))
        return CRUX_OK;
    status = read_line(reader, line, &why);
    if (status == CRUX_OK)
        return CRUX_OK;
    (void)crux_fail(&sentence, status, "%.200s:%llu: %.280s", reader->plan->file,
                    (unsigned long long)line->number, why.text);
    if (status != CRUX_INPUT || reader->plan->strict)
        return crux_fail(error, status, "%s", sentence.text);
    reader->bad++;
    if (reader->complain != NULL)
        reader->complain(reader->context, sentence.text);
    return CRUX_OK;
}

int recorded_read(struct recorded_forest *forest, const struct recorded_plan *plan,
                  void (*complain)(void *context, const char *sentence), void *context,
                  struct crux_error *error)
{
    struct reader reader = {
        .forest = forest, .plan = plan, .complain = complain, .context = context};
    struct lines lines = {.most = LONGEST_LINE, .each = each_line, .context = &reader};
    int status = lines_read(&lines, plan->file, error);

    lines_free(&lines);
    free(reader.text);
    if (status != CRUX_OK)
        return status;
    if (reader.answers == 0)
        return crux_fail(error, CRUX_INPUT, "%.200s has no answers: %s", plan->file,
                         reader.bad > 0 ? "all of its lines are bad"
                                        : "expected a JSON object a line");
    return recorded_forest_number(forest) ? CRUX_OK : recorded_file_no_memory(&reader, error);
}
