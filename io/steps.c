/*
 * steps.c - the steps of a path as one text or as an array; both are filled from the end, as a
 * path's links lead from the last step to the first.
 */
#include "io/steps.h"

#include <stdlib.h>
#include <string.h>

#include "io/json.h"

const struct crux_step *steps_reasoning(const struct crux_step *step)
{
    while (step != NULL && !crux_kind_reasons(step->kind))
        step = step->previous;
    return step;
}

size_t steps_gather(const struct crux_step *last, const struct crux_step **out, size_t room)
{
    size_t count = 0, at;

    for (const struct crux_step *step = last; step != NULL; step = step->previous)
        count++;
    at = count <= room ? count : 0;
    for (const struct crux_step *step = last; at > 0; step = step->previous)
        out[--at] = step;
    return count;
}

/* Copy a step's text to out. */
static void steps_put(char *out, const char *text, size_t length)
{
    memcpy(out, text, length);
    for (char *at = out; (at = memchr(at, '\v', length - (size_t)(at - out))) != NULL;)
        *at = '\n';
}

struct json *steps_json(struct crux_text step)
{
    char *text = malloc(step.length + 1);
    struct json *value = NULL;

    if (text != NULL) {
        steps_put(text, step.start, step.length);
        value = json_of_text(text, step.length);
    }
    free(text);
    return value;
}

static bool steps_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct crux_text steps_bare(struct crux_text step)
{
    while (step.length > 0 && steps_is_blank(step.start[0])) {
        step.start++;
        step.length--;
    }
    while (step.length > 0 && steps_is_blank(step.start[step.length - 1]))
        step.length--;
    return step;
}

/* The step that a walk is at, or the one before it that it goes on to. */
typedef const struct crux_step *steps_walk(const struct crux_step *step);

static const struct crux_step *steps_any(const struct crux_step *step)
{
    return step;
}

static char *steps_join_those(steps_walk *those, const struct crux_step *last,
                              struct crux_text between, const char *tail, size_t *length)
{
    const struct crux_step *before;
    size_t total = 0, behind = strlen(tail);
    char *text, *at;

    for (const struct crux_step *step = those(last); step != NULL; step = before) {
        before = those(step->previous);
        total += step->length + (before != NULL ? between.length : 0);
    }
    text = malloc(total + behind + 1);
    if (text == NULL)
        return NULL;
    memcpy(text + total, tail, behind + 1);
    at = text + total;
    for (const struct crux_step *step = those(last); step != NULL; step = before) {
        before = those(step->previous);
        at -= step->length;
        steps_put(at, step->text, step->length);
        at -= before != NULL ? between.length : 0;
        if (before != NULL)
            memcpy(at, between.start, between.length);
    }
    if (length != NULL)
        *length = total + behind;
    return text;
}

char *steps_join(const struct crux_step *last, struct crux_text between, const char *tail,
                 size_t *length)
{
    return steps_join_those(steps_any, last, between, tail, length);
}

char *steps_join_solution(const struct crux_step *last, struct crux_text between, const char *tail,
                          size_t *length)
{
    return steps_join_those(steps_reasoning, last, between, tail, length);
}

/* Put the lines of a step in front of those at *at, which goes back to the first of them. NULL:
 * they are only counted. */
static size_t steps_lines(const struct crux_step *step, struct crux_text **at)
{
    const char *end = step->text + step->length;
    size_t count = 0;

    while (end > step->text) {
        const char *start = memrchr(step->text, '\n', (size_t)(end - step->text));
        const char *line = start != NULL ? start + 1 : step->text;

        if (line < end && at != NULL)
            *--*at = (struct crux_text){line, (size_t)(end - line)};
        count += line < end;
        end = start != NULL ? start : step->text;
    }
    return count;
}

struct crux_text *steps_of_answer(const struct crux_step *last, size_t *count)
{
    struct crux_text *lines, *at;
    size_t total = 0;

    for (const struct crux_step *step = steps_reasoning(last); step != NULL;
         step = steps_reasoning(step->previous))
        total += steps_lines(step, NULL);
    lines = calloc(total + 1, sizeof *lines);
    if (lines == NULL)
        return NULL;
    at = lines + total;
    for (const struct crux_step *step = steps_reasoning(last); step != NULL;
         step = steps_reasoning(step->previous))
        (void)steps_lines(step, &at);
    *count = total;
    return lines;
}
