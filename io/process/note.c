/*
 * note.c - a program's words about a path, read and copied.
 */
#include "io/process/note.h"

#include <stdlib.h>
#include <string.h>

#include "io/process/fields.h"

bool process_is_verdict(enum crux_verdict *out, const struct json *value)
{
    const char *name = json_as_string(value);

    for (int verdict = CRUX_UNKNOWN; verdict <= CRUX_WRONG && name != NULL; verdict++)
        if (strcmp(name, crux_verdict_name((enum crux_verdict)verdict)) == 0) {
            *out = (enum crux_verdict)verdict;
            return true;
        }
    return false;
}

/* The texts are those of the line until they are copied. */
static int read_note(struct crux_note *out, const struct json *value, struct crux_error *error)
{
    const struct json *exact = process_member(value, "exact");
    const struct json *verdict = process_member(value, "verdict");
    int status = CRUX_OK;

    *out = (struct crux_note){.exact = json_as_bool(exact)};
    if (json_type_of(value) != JSON_IS_OBJECT)
        return process_bad_field(error, "note", "an object or null", value);
    if (exact != NULL && json_type_of(exact) != JSON_IS_BOOL)
        return process_bad_field(error, "exact", "a boolean", exact);
    if (verdict != NULL && !process_is_verdict(&out->verdict, verdict))
        return process_bad_field(error, "verdict", "right, wrong or unknown", verdict);
    out->first_error = CRUX_NO_STEP;
    if (process_member(value, "first_error") != NULL)
        status = process_take_count(&out->first_error, value, "first_error", error);
    if (status == CRUX_OK)
        status = process_take_text(&out->text, value, "text", error);
    if (status == CRUX_OK && out->text[0] == '\0')
        status =
            process_bad_field(error, "text", "a text that is not empty", json_get(value, "text"));
    if (status == CRUX_OK)
        status = process_take_text(&out->error_type, value, "error_type", error);
    if (status == CRUX_OK)
        status = process_take_text(&out->corrected_step, value, "corrected_step", error);
    return status == CRUX_OK ? process_take_text(&out->method, value, "method", error) : status;
}

static const char *copy_note_text(char **at, const char *text)
{
    char *copy = *at;

    *at = stpcpy(copy, text) + 1;
    return copy;
}

/* Programs see steps with lines of their own, and write such. */
static const char *copy_note_step(char **at, const char *text)
{
    char *copy = *at;

    (void)copy_note_text(at, text);
    for (char *end = copy; (end = strchr(end, '\n')) != NULL;)
        *end = '\v';
    return copy;
}

/* Verdicts of the path's steps: one for each; NULL: there are none. */
static int note_check_steps(const struct json *steps, const struct crux_call *call,
                            struct crux_error *error)
{
    const struct crux_pair *pair = call->pair;
    enum crux_verdict verdict;
    size_t count;

    if (steps == NULL)
        return CRUX_OK;
    count = crux_path_steps(call->tree, pair->wrong != CRUX_NO_NODE ? pair->wrong : pair->right,
                            NULL, 0);
    if (json_type_of(steps) != JSON_IS_ARRAY)
        return process_bad_field(error, "steps", "an array of verdicts", steps);
    if (json_count(steps) != count)
        return crux_fail(error, CRUX_FAILED,
                         "field `steps` of a reply: expected a verdict for each of %zu steps, "
                         "found %zu",
                         count, json_count(steps));
    for (size_t i = 0; i < count; i++)
        if (!process_is_verdict(&verdict, json_at(steps, i)))
            return process_bad_field(error, "steps", "right, wrong or unknown", json_at(steps, i));
    return CRUX_OK;
}

static struct crux_note *note_copy(const struct crux_note *read, const struct json *steps)
{
    size_t count = json_count(steps);
    struct crux_note *note =
        malloc(sizeof *note + count + strlen(read->text) + strlen(read->error_type) +
               strlen(read->corrected_step) + strlen(read->method) + 4);
    uint8_t *verdicts = (uint8_t *)(note + 1);
    char *at = (char *)verdicts + count;

    if (note == NULL)
        return NULL;
    *note = *read;
    for (size_t i = 0; i < count; i++) {
        enum crux_verdict verdict = CRUX_UNKNOWN;

        (void)process_is_verdict(&verdict, json_at(steps, i));
        verdicts[i] = (uint8_t)verdict;
    }
    note->steps = steps != NULL ? verdicts : NULL;
    note->step_count = (uint32_t)count;
    note->text = copy_note_text(&at, read->text);
    note->error_type = copy_note_text(&at, read->error_type);
    note->corrected_step = copy_note_step(&at, read->corrected_step);
    note->method = copy_note_text(&at, read->method);
    return note;
}

int process_take_note(struct crux_reply *reply, const struct crux_call *call,
                      const struct json *object, struct crux_error *error)
{
    const struct json *value = json_get(object, "note"), *steps;
    struct crux_note read, *note;
    int status;

    if (json_type_of(value) == JSON_IS_NULL)
        return CRUX_OK;
    status = read_note(&read, value, error);
    steps = process_member(value, "steps");
    if (status == CRUX_OK)
        status = note_check_steps(steps, call, error);
    if (status != CRUX_OK)
        return status;
    note = note_copy(&read, steps);
    if (note == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a reply");
    reply->note = note;
    reply->owner = note;
    return CRUX_OK;
}
