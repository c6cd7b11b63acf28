/*
 * boundary.c - stop strings, taken apart.
 */
#include "policies/chat/boundary.h"

#include <string.h>

#include "io/stops.h"

bool boundary_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v';
}

const char *boundary_said(const char *text)
{
    return text + stops_blanks(text);
}

const char *boundary_said_line(const char *text)
{
    const char *said = boundary_said(text), *line = said;

    while (line > text && line[-1] != '\n')
        line--;
    return line > text ? line : said;
}

/* Are the bytes between two steps those of the first? */
static bool boundary_keeps(const struct chat_boundary *boundary)
{
    return boundary->cap > 0 || boundary->way != SPLIT_MODEL;
}

struct crux_text boundary_between(const struct chat_boundary *boundary)
{
    return stops_between(boundary->stops, boundary_keeps(boundary) ? 0 : boundary->count);
}

/* What is left of a stop string of blanks comes before the same blanks, so it can be the step's. */
size_t boundary_before(const struct chat_boundary *boundary, const char *stop)
{
    struct crux_text between = boundary_between(boundary);
    size_t length = strlen(stop), blanks = stops_blanks(stop), rest = length - between.length;

    if (boundary_keeps(boundary) || blanks == 0)
        return length;
    if (blanks == length && memcmp(stop + rest, between.start, between.length) == 0)
        return rest;
    return 0;
}

/* What of a stop string belongs to the step behind it. */
static const char *boundary_after(const struct chat_boundary *boundary, const char *stop)
{
    size_t before = boundary_before(boundary, stop);

    return before == strlen(stop) ? stop + before
                                  : stop + before + boundary_between(boundary).length;
}

const char *boundary_opening(const struct chat_boundary *boundary, const struct crux_step *last)
{
    const char *opening;

    if (boundary->count == 0 || (last != NULL && boundary->count > 1))
        return "";
    opening = boundary_after(boundary, boundary->stops[0]);
    return last == NULL ? opening + stops_blanks(opening) : opening;
}

struct crux_text boundary_closing(const struct chat_boundary *boundary)
{
    const char *stop = boundary->count > 0 ? boundary->stops[0] : "";

    return (struct crux_text){stop, boundary_before(boundary, stop)};
}

const char *boundary_find(const struct chat_boundary *boundary, const char *start, const char *end,
                          const char **which)
{
    const char *first = NULL;

    for (uint32_t i = 0; i < boundary->count; i++) {
        const char *stop = boundary->stops[i];
        const char *found = memmem(start, (size_t)(end - start), stop, strlen(stop));

        if (found != NULL &&
            (first == NULL || found < first || (found == first && strlen(stop) > strlen(*which)))) {
            first = found;
            *which = stop;
        }
    }
    return first;
}
