/*
 * problems_draft.c - what a line of a file of problems says.
 *
 * A table of mixed problems gives every line every member and fills the missing
 * ones with null; so null counts as left out wherever a member may be left out.
 * Members that are not ours are never looked at: other domains and other programs
 * keep things there.
 */
#include "io/problems.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST_ID = 200, LARGEST_NUMBER = 1000000, LARGEST_TARGET = 1000000000, USUAL_TARGET = 24 };

/* --- members -------------------------------------------------------------- */

static const struct json *optional(const struct json *object, const char *key)
{
    const struct json *value = json_get(object, key);

    return json_type_of(value) == JSON_IS_NULL ? NULL : value;
}

static int bad_type(struct crux_error *error, const char *field, const char *expected,
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

static int take_id(struct problems_draft *draft, struct crux_error *error)
{
    const struct json *value = json_get(draft->object, "id");
    const char *id = json_as_string(value);

    if (id == NULL)
        return bad_type(error, "id", "a string", value);
    if (id[0] == '\0' || strlen(id) > LONGEST_ID)
        return crux_fail(error, CRUX_INPUT, "field `id`: expected 1 to %d bytes, found %zu",
                         LONGEST_ID, strlen(id));
    if (has_control(id))
        return crux_fail(error, CRUX_INPUT,
                         "field `id`: expected no control characters, found one");
    draft->problem.id = id;
    return CRUX_OK;
}

static int take_text(const char **out, const struct json *object, const char *field,
                     struct crux_error *error)
{
    const struct json *value = optional(object, field);

    if (value == NULL)
        return CRUX_OK;
    if (json_type_of(value) != JSON_IS_STRING)
        return bad_type(error, field, "a string", value);
    *out = json_as_string(value);
    return CRUX_OK;
}

/* An integer from -most to most. where is a field, or an item of one. */
static int take_integer(int64_t *out, const struct json *value, const char *where, int64_t most,
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
    *out = found;
    return CRUX_OK;
}

static int take_use(struct crux_problem *problem, const struct json *object,
                    struct crux_error *error)
{
    const struct json *value = optional(object, "use");
    const char *use = value == NULL ? "all" : json_as_string(value);

    if (use == NULL)
        return bad_type(error, "use", "\"all\" or \"any\"", value);
    problem->use_all = strcmp(use, "all") == 0;
    if (!problem->use_all && strcmp(use, "any") != 0)
        return crux_fail(error, CRUX_INPUT,
                         "field `use`: expected \"all\" or \"any\", found another string");
    return CRUX_OK;
}

/* What domain numbers needs. Without numbers its other fields mean nothing to us. */
static int take_numbers(struct problems_draft *draft, struct crux_error *error)
{
    const struct json *value = optional(draft->object, "numbers");
    const struct json *target = optional(draft->object, "target");
    struct crux_problem *problem = &draft->problem;
    size_t count = json_count(value);
    int status = CRUX_OK;

    if (value == NULL)
        return CRUX_OK;
    if (json_type_of(value) != JSON_IS_ARRAY)
        return bad_type(error, "numbers", "an array of integers", value);
    if (count < 1 || count > PROBLEMS_NUMBERS)
        return crux_fail(error, CRUX_INPUT,
                         "field `numbers`: expected 1 to %d integers, found %zu items",
                         PROBLEMS_NUMBERS, count);
    for (size_t i = 0; i < count && status == CRUX_OK; i++)
        status =
            take_integer(&draft->numbers[i], json_at(value, i), "numbers", LARGEST_NUMBER, error);
    problem->numbers = draft->numbers;
    problem->number_count = (uint32_t)count;
    problem->target = USUAL_TARGET;
    if (status == CRUX_OK && target != NULL)
        status = take_integer(&problem->target, target, "target", LARGEST_TARGET, error);
    return status == CRUX_OK ? take_use(problem, draft->object, error) : status;
}

/* The longest prompt has six numbers of eight bytes: it fits. */
static void write_prompt(struct problems_draft *draft)
{
    const struct crux_problem *problem = &draft->problem;
    char *at = draft->prompt;

    at = stpcpy(at, problem->use_all ? "Use each of the numbers" : "Use some of the numbers");
    for (uint32_t i = 0; i < problem->number_count; i++)
        at += sprintf(at, " %lld", (long long)problem->numbers[i]);
    (void)sprintf(at, "%s with + - * / to make %lld.",
                  problem->use_all ? " exactly once" : ", each at most once,",
                  (long long)problem->target);
    draft->problem.prompt = draft->prompt;
}

static int take_images(struct problems_draft *draft, struct crux_error *error)
{
    const struct json *value = optional(draft->object, "images");
    struct crux_problem *problem = &draft->problem;
    size_t count = json_count(value);

    if (value == NULL)
        return CRUX_OK;
    if (json_type_of(value) != JSON_IS_ARRAY)
        return bad_type(error, "images", "an array", value);
    if (count > PROBLEMS_IMAGES)
        return crux_fail(error, CRUX_INPUT, "field `images`: expected at most %d items, found %zu",
                         PROBLEMS_IMAGES, count);
    for (size_t i = 0; i < count; i++) {
        draft->images[i] = json_as_string(json_at(value, i));
        if (draft->images[i] == NULL)
            return bad_type(error, "images", "strings, paths or data: URLs", json_at(value, i));
    }
    problem->images = draft->images;
    problem->image_count = (uint32_t)count;
    return CRUX_OK;
}

static int take_members(struct problems_draft *draft, struct crux_error *error)
{
    struct crux_problem *problem = &draft->problem;
    int status = CRUX_OK;

    if (json_type_of(draft->object) != JSON_IS_OBJECT)
        return crux_fail(error, CRUX_INPUT, "expected a JSON object, found %s",
                         json_type_name(json_type_of(draft->object)));
    status = take_id(draft, error);
    if (status == CRUX_OK)
        status = take_text(&problem->prompt, draft->object, "problem", error);
    if (status == CRUX_OK)
        status = take_text(&problem->answer, draft->object, "answer", error);
    if (status == CRUX_OK)
        status = take_numbers(draft, error);
    if (status == CRUX_OK)
        status = take_images(draft, error);
    if (status != CRUX_OK || problem->prompt != NULL)
        return status;
    if (problem->numbers == NULL)
        return crux_fail(
            error, CRUX_INPUT,
            "field `problem`: expected a string (or a field `numbers`), found nothing");
    write_prompt(draft);
    return CRUX_OK;
}

int problems_draft_open(struct problems_draft *draft, const char *line, size_t length,
                        struct crux_error *error)
{
    struct crux_error why;
    int status;

    *draft = (struct problems_draft){.object = NULL};
    status = json_parse(&draft->object, line, length, &why);
    if (status == CRUX_INPUT)
        return crux_fail(error, status, "expected a JSON object, found text that is not JSON: %s",
                         why.text);
    if (status == CRUX_OK)
        status = take_members(draft, &why);
    if (status != CRUX_OK) {
        problems_draft_close(draft);
        return crux_fail(error, status, "%s", why.text);
    }
    return CRUX_OK;
}

void problems_draft_close(struct problems_draft *draft)
{
    json_free(draft->object);
    draft->object = NULL;
}

/* --- one problem, in one piece -------------------------------------------- */

static size_t text_bytes(const char *text)
{
    return text == NULL ? 0 : strlen(text) + 1;
}

size_t problems_bytes(const struct crux_problem *problem)
{
    size_t texts =
        text_bytes(problem->id) + text_bytes(problem->prompt) + text_bytes(problem->answer);

    for (uint32_t i = 0; i < problem->image_count; i++)
        texts += text_bytes(problem->images[i]);
    return problem->number_count * sizeof(int64_t) +
           problem->image_count * sizeof *problem->images + (texts + 7) / 8 * 8;
}

static const char *copy_text(char **at, const char *text)
{
    char *copy = *at;

    if (text == NULL)
        return NULL;
    *at = stpcpy(copy, text) + 1;
    return copy;
}

void problems_copy(struct crux_problem *out, void *memory, const struct crux_problem *problem)
{
    int64_t *numbers = memory;
    const char **images = (const char **)(numbers + problem->number_count);
    char *at = (char *)(images + problem->image_count);

    *out = *problem;
    if (problem->number_count > 0)
        out->numbers = memcpy(numbers, problem->numbers, problem->number_count * sizeof *numbers);
    out->id = copy_text(&at, problem->id);
    out->prompt = copy_text(&at, problem->prompt);
    out->answer = copy_text(&at, problem->answer);
    for (uint32_t i = 0; i < problem->image_count; i++)
        images[i] = copy_text(&at, problem->images[i]);
    if (problem->image_count > 0)
        out->images = images;
}
