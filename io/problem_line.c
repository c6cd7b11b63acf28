/*
 * problem_line.c - parses one line of a file of problems and checks its members.
 *
 * Members that a domain reads from the line itself (numbers.h) are only checked here, so that
 * a bad line is reported when it is read and not in the middle of a run.
 *
 * A table of mixed problems gives every line every member and fills the missing
 * ones with null; so null counts as left out wherever a member may be left out.
 * Members that are not ours are never looked at: other domains and other programs
 * keep things there.
 */
#include "io/problem_line.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "io/numbers.h"

enum { LONGEST_ID = 200, LARGEST_NUMBER = 1000000, LARGEST_TARGET = 1000000000 };

/* --- members -------------------------------------------------------------- */

static const struct json *optional(const struct json *object, const char *key)
{
    const struct json *value = json_get(object, key);

    return json_type_of(value) == JSON_IS_NULL ? NULL : value;
}

static int problem_line_bad_type(struct crux_error *error, const char *field, const char *expected,
                                 const struct json *found)
{
    return crux_fail(error, CRUX_INPUT, "field `%s`: expected %s, found %s", field, expected,
                     json_type_name(json_type_of(found)));
}

/* C0, DEL and C1: what must not reach a terminal or a file name. */
static bool has_control(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++)
        if (*at < 0x20 || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0))
            return true;
    return false;
}

static int take_id(struct problem_line *parsed, struct crux_error *error)
{
    const struct json *value = json_get(parsed->object, "id");
    const char *id = json_as_string(value);

    if (id == NULL)
        return problem_line_bad_type(error, "id", "a string", value);
    if (id[0] == '\0' || strlen(id) > LONGEST_ID)
        return crux_fail(error, CRUX_INPUT, "field `id`: expected 1 to %d bytes, found %zu",
                         LONGEST_ID, strlen(id));
    if (has_control(id))
        return crux_fail(error, CRUX_INPUT,
                         "field `id`: expected no control characters, found one");
    parsed->problem.id = id;
    return CRUX_OK;
}

static int problem_line_take_text(const char **out, const struct json *object, const char *field,
                                  struct crux_error *error)
{
    const struct json *value = optional(object, field);

    if (value == NULL)
        return CRUX_OK;
    if (json_type_of(value) != JSON_IS_STRING)
        return problem_line_bad_type(error, field, "a string", value);
    *out = json_as_string(value);
    return CRUX_OK;
}

/* Is it an integer from -most to most? where is a field, or an item of one. */
static int check_integer(const struct json *value, const char *where, int64_t most,
                         struct crux_error *error)
{
    int64_t found = json_as_integer(value);

    if (json_type_of(value) != JSON_IS_INTEGER)
        return crux_fail(error, CRUX_INPUT, "field `%s`: expected an integer, found %s", where,
                         json_type_name(json_type_of(value)));
    if (found < -most || found > most)
        return crux_fail(error, CRUX_INPUT,
                         "field `%s`: expected an integer from -%lld to %lld, found %lld", where,
                         (long long)most, (long long)most, (long long)found);
    return CRUX_OK;
}

static int check_use(const struct json *value, struct crux_error *error)
{
    const char *use = value == NULL ? "all" : json_as_string(value);

    if (use == NULL)
        return problem_line_bad_type(error, "use", "\"all\" or \"any\"", value);
    if (strcmp(use, "all") != 0 && strcmp(use, "any") != 0)
        return crux_fail(error, CRUX_INPUT,
                         "field `use`: expected \"all\" or \"any\", found another string");
    return CRUX_OK;
}

/* As views write a problem that is none of numbers. */
static bool says_no_numbers(const struct json *numbers, const struct json *use)
{
    return json_type_of(numbers) == JSON_IS_ARRAY && json_count(numbers) == 0 &&
           json_type_of(use) == JSON_IS_STRING && json_as_string(use)[0] == '\0';
}

/* What the numbers games need. Without numbers their other fields mean nothing to us. */
static int check_numbers(const struct json *object, struct crux_error *error)
{
    const struct json *value = optional(object, "numbers"), *target = optional(object, "target");
    size_t count = json_count(value);
    int status = CRUX_OK;

    if (value == NULL || says_no_numbers(value, optional(object, "use")))
        return CRUX_OK;
    if (json_type_of(value) != JSON_IS_ARRAY)
        return problem_line_bad_type(error, "numbers", "an array of integers", value);
    if (count < 1 || count > NUMBERS_MOST)
        return crux_fail(error, CRUX_INPUT,
                         "field `numbers`: expected 1 to %u integers, found %zu items",
                         NUMBERS_MOST, count);
    for (size_t i = 0; i < count && status == CRUX_OK; i++)
        status = check_integer(json_at(value, i), "numbers", LARGEST_NUMBER, error);
    if (status == CRUX_OK && target != NULL)
        status = check_integer(target, "target", LARGEST_TARGET, error);
    return status == CRUX_OK ? check_use(optional(object, "use"), error) : status;
}

/* The longest prompt has six numbers of eight bytes: it fits. */
static void write_prompt(struct problem_line *parsed, const struct numbers_problem *problem)
{
    char *at = parsed->prompt;

    at = stpcpy(at, problem->use_all ? "Use each of the numbers" : "Use some of the numbers");
    for (uint32_t i = 0; i < problem->count; i++)
        at += sprintf(at, " %lld", (long long)problem->numbers[i]);
    (void)sprintf(at, "%s with + - * / to make %lld.",
                  problem->use_all ? " exactly once" : ", each at most once,",
                  (long long)problem->target);
    parsed->problem.prompt = parsed->prompt;
}

static int take_images(struct problem_line *parsed, struct crux_error *error)
{
    const struct json *value = optional(parsed->object, "images");
    struct crux_problem *problem = &parsed->problem;
    size_t count = json_count(value);

    if (value == NULL)
        return CRUX_OK;
    if (json_type_of(value) != JSON_IS_ARRAY)
        return problem_line_bad_type(error, "images", "an array", value);
    if (count > PROBLEM_LINE_IMAGES)
        return crux_fail(error, CRUX_INPUT, "field `images`: expected at most %d items, found %zu",
                         PROBLEM_LINE_IMAGES, count);
    for (size_t i = 0; i < count; i++) {
        parsed->images[i] = json_as_string(json_at(value, i));
        if (parsed->images[i] == NULL)
            return problem_line_bad_type(error, "images", "strings, paths or data: URLs",
                                         json_at(value, i));
    }
    problem->images = parsed->images;
    problem->image_count = (uint32_t)count;
    return CRUX_OK;
}

static int take_members(struct problem_line *parsed, struct crux_error *error)
{
    struct crux_problem *problem = &parsed->problem;
    struct numbers_problem numbers;
    int status;

    if (json_type_of(parsed->object) != JSON_IS_OBJECT)
        return crux_fail(error, CRUX_INPUT, "expected a JSON object, found %s",
                         json_type_name(json_type_of(parsed->object)));
    status = take_id(parsed, error);
    if (status == CRUX_OK)
        status = problem_line_take_text(&problem->prompt, parsed->object, "problem", error);
    if (status == CRUX_OK)
        status = problem_line_take_text(&problem->answer, parsed->object, "answer", error);
    if (status == CRUX_OK)
        status = check_numbers(parsed->object, error);
    if (status == CRUX_OK)
        status = take_images(parsed, error);
    if (status != CRUX_OK || problem->prompt != NULL)
        return status;
    if (!numbers_problem_read(&numbers, problem->line))
        return crux_fail(
            error, CRUX_INPUT,
            "field `problem`: expected a string (or a field `numbers`), found nothing; --fields "
            "problem=NAME names another");
    write_prompt(parsed, &numbers);
    return CRUX_OK;
}

int problem_line_open(struct problem_line *parsed, const char *line, size_t length,
                      struct crux_error *error)
{
    struct crux_error why;
    int status;

    assert(line[length] == '\0');
    *parsed = (struct problem_line){.problem.line = line};
    status = json_parse(&parsed->object, line, length, &why);
    if (status == CRUX_INPUT)
        return crux_fail(error, status, "expected a JSON object, found text that is not JSON: %s",
                         why.text);
    if (status == CRUX_OK)
        status = take_members(parsed, &why);
    if (status != CRUX_OK) {
        problem_line_close(parsed);
        return crux_fail(error, status, "%s", why.text);
    }
    return CRUX_OK;
}

void problem_line_close(struct problem_line *parsed)
{
    json_free(parsed->object);
    parsed->object = NULL;
}

/* --- one problem, in one piece -------------------------------------------- */

static size_t text_bytes(const char *text)
{
    return text == NULL ? 0 : strlen(text) + 1;
}

size_t problem_bytes(const struct crux_problem *problem)
{
    size_t texts = text_bytes(problem->id) + text_bytes(problem->prompt) +
                   text_bytes(problem->line) + text_bytes(problem->answer);

    for (uint32_t i = 0; i < problem->image_count; i++)
        texts += text_bytes(problem->images[i]);
    return problem->image_count * sizeof *problem->images + (texts + 7) / 8 * 8;
}

static const char *copy_text(char **at, const char *text)
{
    char *copy = *at;

    if (text == NULL)
        return NULL;
    *at = stpcpy(copy, text) + 1;
    return copy;
}

void problem_copy(struct crux_problem *out, void *memory, const struct crux_problem *problem)
{
    const char **images = memory;
    char *at = (char *)(images + problem->image_count);

    *out = *problem;
    out->id = copy_text(&at, problem->id);
    out->prompt = copy_text(&at, problem->prompt);
    out->line = copy_text(&at, problem->line);
    out->answer = copy_text(&at, problem->answer);
    for (uint32_t i = 0; i < problem->image_count; i++)
        images[i] = copy_text(&at, problem->images[i]);
    if (problem->image_count > 0)
        out->images = images;
}
