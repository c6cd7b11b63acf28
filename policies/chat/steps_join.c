/*
 * steps_join.c - steps joined to a text or a list, for the model to go on with.
 */
#include <stdlib.h>
#include <string.h>

#include "io/steps.h"
#include "policies/chat/steps.h"

/* With a cap the stop strings are in the steps. */
char *chat_steps_join(const struct chat_boundary *boundary, const struct crux_step *last, bool open)
{
    struct crux_text between = boundary_between(boundary);
    const char *opening = open ? boundary_opening(boundary, last) : "";
    char *tail = malloc(between.length + strlen(opening) + 1), *text;

    if (tail == NULL)
        return NULL;
    memcpy(tail, between.start, between.length);
    (void)strcpy(tail + (open && last != NULL ? between.length : 0), opening);
    text = steps_join(last, between, tail, NULL);
    free(tail);
    return text;
}

/* One block: scopes, their values, their texts. */
int chat_steps_list(const struct crux_step *last, struct mustache_scope **block, size_t *count)
{
    size_t steps = 0, bytes = 0;
    struct mustache_scope *scopes;
    struct mustache_value *values;
    char *text;

    for (const struct crux_step *step = last; step != NULL; step = step->previous) {
        steps++;
        bytes += step->length;
    }
    scopes = calloc(1, steps * (sizeof *scopes + sizeof *values) + bytes + 1);
    if (scopes == NULL)
        return CRUX_MEMORY;
    values = (struct mustache_value *)(scopes + steps);
    text = (char *)(values + steps);
    *count = steps;
    *block = scopes;
    for (const struct crux_step *step = last; step != NULL; step = step->previous) {
        memcpy(text, step->text, step->length);
        for (char *at = text; (at = memchr(at, '\v', (size_t)(text + step->length - at))) != NULL;)
            *at = '\n';
        values[--steps] = (struct mustache_value){".", {text, step->length}, NULL, 0};
        scopes[steps] = (struct mustache_scope){&values[steps], 1};
        text += step->length;
    }
    return CRUX_OK;
}
