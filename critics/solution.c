/*
 * solution.c - the steps of a path and of a candidate, as texts that are the critic's own.
 */
#include "critics/solution.h"

#include <stdlib.h>
#include <string.h>

/* Lines of a text that have something on them. */
static size_t solution_count_lines(const char *text, size_t length)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++)
        count += text[i] != '\n' && (i == 0 || text[i - 1] == '\n');
    return count;
}

/* Copy a step to *at, and go past it. */
static struct crux_text copy_step(char **at, const char *text, size_t length)
{
    struct crux_text step = {*at, length};

    for (size_t i = 0; i < length; i++)
        (*at)[i] = text[i] == '\v' ? '\n' : text[i];
    *at += length;
    return step;
}

static void solution_put_lines(struct solution *solution, size_t place, char *at, const char *text,
                               size_t length)
{
    const char *end = text + length;

    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t line = stop != NULL ? (size_t)(stop - text) : (size_t)(end - text);

        if (line > 0)
            solution->steps[place++] = copy_step(&at, text, line);
        text += line + (stop != NULL);
    }
}

/* Does a candidate have that step of its path beside it? A step of reasoning stands behind such
 * steps alone; a query or a document behind all that led to it. */
static bool solution_has(const struct crux_step *candidate, const struct crux_step *step)
{
    return !crux_kind_reasons(candidate->kind) || crux_kind_reasons(step->kind);
}

bool solution_open(struct solution *out, const struct crux_step *candidate)
{
    const struct crux_step *path = candidate != NULL ? candidate->previous : NULL;
    size_t before = 0, bytes = candidate != NULL ? candidate->length : 0, place;
    struct solution solution = {.count = 0};
    char *at;

    for (const struct crux_step *step = path; step != NULL; step = step->previous) {
        before += solution_has(candidate, step);
        bytes += step->length;
    }
    solution.before = before;
    solution.count =
        before + (candidate != NULL ? solution_count_lines(candidate->text, candidate->length) : 0);
    solution.steps = calloc(solution.count + 1, sizeof *solution.steps);
    solution.memory = malloc(bytes + 1);
    if (solution.steps == NULL || solution.memory == NULL) {
        solution_close(&solution);
        return false;
    }
    at = solution.memory;
    place = before;
    for (const struct crux_step *step = path; step != NULL; step = step->previous)
        if (solution_has(candidate, step))
            solution.steps[--place] = copy_step(&at, step->text, step->length);
    if (candidate != NULL)
        solution_put_lines(&solution, before, at, candidate->text, candidate->length);
    *out = solution;
    return true;
}

void solution_close(struct solution *solution)
{
    free(solution->steps);
    free(solution->memory);
    *solution = (struct solution){.count = 0};
}

char *solution_text(const struct solution *solution, size_t from, const char *between)
{
    size_t length = 0, apart = strlen(between);
    char *text, *at;

    for (size_t i = from; i < solution->count; i++)
        length += solution->steps[i].length + apart;
    text = malloc(length + 1);
    if (text == NULL)
        return NULL;
    at = text;
    for (size_t i = from; i < solution->count; i++) {
        if (i > from)
            at = stpcpy(at, between);
        memcpy(at, solution->steps[i].start, solution->steps[i].length);
        at += solution->steps[i].length;
    }
    *at = '\0';
    return text;
}
