/*
 * steps.c - the steps of a path as one text or as an array; both are filled from the end, as a
 * path's links lead from the last step to the first.
 */
#include "io/steps.h"

#include <stdlib.h>
#include <string.h>

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
static void steps_put_step(char *out, const struct crux_step *step)
{
    memcpy(out, step->text, step->length);
    for (char *at = out; (at = memchr(at, '\v', step->length - (size_t)(at - out))) != NULL;)
        *at = '\n';
}

char *steps_join(const struct crux_step *last, struct crux_text between, const char *tail,
                 size_t *length)
{
    size_t total = 0, behind = strlen(tail);
    char *text, *at;

    for (const struct crux_step *step = last; step != NULL; step = step->previous)
        total += step->length + (step->previous != NULL ? between.length : 0);
    text = malloc(total + behind + 1);
    if (text == NULL)
        return NULL;
    memcpy(text + total, tail, behind + 1);
    at = text + total;
    for (const struct crux_step *step = last; step != NULL; step = step->previous) {
        at -= step->length;
        steps_put_step(at, step);
        at -= step->previous != NULL ? between.length : 0;
        if (step->previous != NULL)
            memcpy(at, between.start, between.length);
    }
    if (length != NULL)
        *length = total + behind;
    return text;
}
