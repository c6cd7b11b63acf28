/*
 * labelled.c - rows of problems with labels become solutions or pairs.
 */
#include "io/passes/labelled.h"

#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/steps.h"

/* The row that is being read. */
struct row {
    const struct crux_problem *problem;
    const struct json *object;
    size_t index;
};

static int labelled_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for the rows of a labelled set");
}

static int bad_member(struct crux_error *error, const char *field, const char *expected,
                      const struct json *found)
{
    return crux_fail(error, CRUX_INPUT, "field `%s`: expected %s, found %s", field, expected,
                     json_type_of(found) == JSON_NONE ? "nothing"
                                                      : json_type_name(json_type_of(found)));
}

/* A text of the world as one of a step: its line breaks are '\v' there. */
static char *put_step(struct crux_step *step, char *at, const char *text)
{
    step->text = at;
    step->length = (uint32_t)strlen(text);
    memcpy(at, text, step->length + 1);
    for (char *end = strchr(at, '\n'); end != NULL; end = strchr(end, '\n'))
        *end = '\v';
    return at + step->length + 1;
}

static bool is_blank_text(const char *text)
{
    return text[strspn(text, " \t\r\n\v")] == '\0';
}

/* --- solutions --------------------------------------------------------------------------- */

/* The bytes of all steps, or 0 and the sentence. */
static size_t step_bytes(const struct json *steps, struct crux_error *error)
{
    size_t bytes = 0;

    for (size_t i = 0; i < json_count(steps); i++) {
        const char *text = json_as_string(json_at(steps, i));

        if (text == NULL || is_blank_text(text)) {
            (void)crux_fail(
                error, CRUX_INPUT,
                "field `steps`: expected a text for each step, found %s at place %zu",
                text == NULL ? json_type_name(json_type_of(json_at(steps, i))) : "a blank one", i);
            return 0;
        }
        bytes += strlen(text) + 1;
    }
    return bytes;
}

static int take_labels(struct labelled_solution *solution, const struct json *row,
                       struct crux_error *error)
{
    const struct json *label = json_get(row, "label");
    const struct json *right = json_get(row, "final_answer_correct");
    int64_t first = json_as_integer(label);

    if (json_type_of(label) != JSON_IS_INTEGER)
        return bad_member(error, "label", "the number of the first wrong step, or -1", label);
    if (first < -1 || first >= (int64_t)solution->count)
        return crux_fail(error, CRUX_INPUT,
                         "field `label`: expected -1 to %u, as there are %u steps, found %lld",
                         solution->count - 1, solution->count, (long long)first);
    if (json_type_of(right) != JSON_IS_BOOL)
        return bad_member(error, "final_answer_correct", "true or false", right);
    solution->label = (int32_t)first;
    solution->right = json_as_bool(right);
    return CRUX_OK;
}

static void link_steps(struct crux_step *steps, uint32_t count, const struct json *texts, char *at)
{
    for (uint32_t i = 0; i < count; i++) {
        at = put_step(&steps[i], at, json_as_string(json_at(texts, i)));
        steps[i].previous = i > 0 ? &steps[i - 1] : NULL;
        steps[i].depth = i + 1;
        steps[i].kind = CRUX_STEP;
        steps[i].terminal = i + 1 == count;
    }
}

static int take_solution(struct labelled *out, const struct row *row, struct crux_error *error)
{
    struct labelled_solution *solution = &out->solutions[row->index];
    const struct json *texts = json_get(row->object, "steps");
    size_t count = json_count(texts), bytes;
    int status;

    if (json_type_of(texts) != JSON_IS_ARRAY)
        return bad_member(error, "steps", "an array of texts", texts);
    if (count < 1 || count > STEPS_MOST)
        return crux_fail(error, CRUX_INPUT, "field `steps`: expected 1 to %d steps, found %zu",
                         STEPS_MOST, count);
    bytes = step_bytes(texts, error);
    if (bytes == 0)
        return CRUX_INPUT;
    solution->problem = row->problem;
    solution->count = (uint32_t)count;
    status = take_labels(solution, row->object, error);
    if (status != CRUX_OK)
        return status;
    solution->steps = calloc(1, count * sizeof *solution->steps + bytes);
    if (solution->steps == NULL)
        return labelled_no_memory(error);
    out->memory[row->index] = solution->steps;
    link_steps(solution->steps, solution->count, texts, (char *)(solution->steps + count));
    return CRUX_OK;
}

/* --- pairs ----------------------------------------------------------------------------------- */

/* A text, or what the only turn of the assistant says. NULL: neither. */
static const char *answer_text(const struct json *value)
{
    const char *found = json_as_string(value);
    size_t turns = 0;

    for (size_t i = 0; json_type_of(value) == JSON_IS_ARRAY && i < json_count(value); i++) {
        const char *role = json_as_string(json_get(json_at(value, i), "role"));

        if (role != NULL && strcmp(role, "assistant") == 0) {
            found = json_as_string(json_get(json_at(value, i), "content"));
            turns++;
        }
    }
    return turns <= 1 ? found : NULL;
}

static int take_answer_of(const char **out, const struct json *row, const char *field,
                          struct crux_error *error)
{
    *out = answer_text(json_get(row, field));
    if (*out == NULL)
        return bad_member(error, field, "a text, or a chat with one turn of the assistant",
                          json_get(row, field));
    if (is_blank_text(*out))
        return crux_fail(error, CRUX_INPUT, "field `%s`: expected an answer, found a blank text",
                         field);
    return CRUX_OK;
}

static int take_pair(struct labelled *out, const struct row *row, struct crux_error *error)
{
    struct labelled_pair *pair = &out->pairs[row->index];
    const char *texts[2];
    int status = take_answer_of(&texts[0], row->object, "chosen", error);
    char *at;

    if (status == CRUX_OK)
        status = take_answer_of(&texts[1], row->object, "rejected", error);
    if (status != CRUX_OK)
        return status;
    if (strcmp(texts[0], texts[1]) == 0)
        return crux_fail(error, CRUX_INPUT,
                         "field `rejected`: expected another answer than that of `chosen`, found "
                         "the same");
    at = malloc(strlen(texts[0]) + strlen(texts[1]) + 2);
    if (at == NULL)
        return labelled_no_memory(error);
    out->memory[row->index] = at;
    pair->problem = row->problem;
    for (int i = 0; i < 2; i++) {
        pair->answers[i] =
            (struct crux_step){.depth = 1, .kind = CRUX_ANSWER, .terminal = true, .text = at};
        pair->answers[i].length = (uint32_t)strlen(texts[i]);
        at = stpcpy(at, texts[i]) + 1;
    }
    return CRUX_OK;
}

/* --- groups ---------------------------------------------------------------------------------- */

/* A row or an answer by its text, to find equal ones. */
struct keyed {
    const char *text;
    uint32_t group;
    uint32_t *number; /* what it gets */
};

static int by_group_and_text(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;

    if (x->group != y->group)
        return (x->group > y->group) - (x->group < y->group);
    return strcmp(x->text, y->text);
}

/* Equal texts of a group get equal numbers, from 0 in each group. Returns those of the last one. */
static uint32_t number_texts(struct keyed *items, size_t count)
{
    uint32_t number = 0;

    qsort(items, count, sizeof *items, by_group_and_text);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && items[i].group != items[i - 1].group)
            number = 0;
        else if (i > 0 && strcmp(items[i].text, items[i - 1].text) != 0)
            number++;
        *items[i].number = number;
    }
    return number + 1;
}

static int find_groups(struct labelled *out, struct crux_error *error)
{
    struct keyed *items = calloc(2 * out->count, sizeof *items);

    if (items == NULL)
        return labelled_no_memory(error);
    for (size_t i = 0; i < out->count; i++)
        items[i] =
            (struct keyed){out->problems.items[i].prompt, 0,
                           out->pairs != NULL ? &out->pairs[i].group : &out->solutions[i].group};
    out->groups = number_texts(items, out->count);
    for (size_t i = 0; out->pairs != NULL && i < 2 * out->count; i++) {
        struct labelled_pair *pair = &out->pairs[i / 2];

        items[i] = (struct keyed){pair->answers[i % 2].text, pair->group, &pair->number[i % 2]};
    }
    if (out->pairs != NULL)
        (void)number_texts(items, 2 * out->count);
    free(items);
    return CRUX_OK;
}

/* --- the file ------------------------------------------------------------------------------------
 */

/* The form of the first row is that of all. */
static int choose_form(struct labelled *out, const struct json *first, struct crux_error *error)
{
    bool pairs = json_get(first, "chosen") != NULL;

    if (!pairs && json_get(first, "steps") == NULL)
        return crux_fail(error, CRUX_INPUT,
                         "expected fields `steps`, `label` and `final_answer_correct` as in "
                         "ProcessBench, or `prompt`, `chosen` and `rejected`, found none of "
                         "`steps` and `chosen`");
    if (pairs)
        out->pairs = calloc(out->count, sizeof *out->pairs);
    else
        out->solutions = calloc(out->count, sizeof *out->solutions);
    return out->pairs != NULL || out->solutions != NULL ? CRUX_OK : labelled_no_memory(error);
}

static int take_row(struct labelled *out, size_t index, struct crux_error *error)
{
    struct row row = {.problem = &out->problems.items[index], .index = index};
    struct json *object = NULL;
    int status = json_parse(&object, row.problem->line, strlen(row.problem->line), error);

    row.object = object;
    if (status == CRUX_OK && index == 0)
        status = choose_form(out, object, error);
    if (status == CRUX_OK)
        status = out->pairs != NULL ? take_pair(out, &row, error) : take_solution(out, &row, error);
    json_free(object);
    return status;
}

static int take_rows(struct labelled *out, const char *path, struct crux_error *error)
{
    for (size_t i = 0; i < out->count; i++) {
        struct crux_error why;
        int status = take_row(out, i, &why);

        if (status != CRUX_OK)
            return crux_fail(error, status, "%s:%llu: %.400s", path,
                             (unsigned long long)out->problems.items[i].ordinal + 1, why.text);
    }
    return CRUX_OK;
}

int labelled_read(struct labelled *out, const char *path, const char *fields,
                  struct crux_error *error)
{
    const struct crux_reading how = {.strict = true, .fields = fields};
    struct labelled labelled = {.count = 0};
    int status = crux_problems_read_as(&labelled.problems, path, &how, error);

    if (status != CRUX_OK)
        return status;
    labelled.count = labelled.problems.count;
    labelled.memory = calloc(labelled.count, sizeof *labelled.memory);
    status = labelled.memory == NULL
                 ? labelled_no_memory(error)
                 : take_rows(&labelled, strcmp(path, "-") == 0 ? "standard input" : path, error);
    if (status == CRUX_OK)
        status = find_groups(&labelled, error);
    if (status == CRUX_OK)
        *out = labelled;
    else
        labelled_free(&labelled);
    return status;
}

void labelled_free(struct labelled *labelled)
{
    for (size_t i = 0; labelled->memory != NULL && i < labelled->count; i++)
        free(labelled->memory[i]);
    free(labelled->memory);
    free(labelled->solutions);
    free(labelled->pairs);
    crux_problems_free(&labelled->problems);
    *labelled = (struct labelled){.count = 0};
}
