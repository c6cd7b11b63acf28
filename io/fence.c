/*
 * fence.c - finds the lines that open and close a block of code.
 */
#include "io/fence.h"

#include <ctype.h>
#include <string.h>

enum { FENCE_LEAST = 3 };

static bool fence_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v';
}

static const char *fence_said(const char *at, const char *end)
{
    while (at < end && fence_is_blank(*at))
        at++;
    return at;
}

static size_t fence_run(const char *at, const char *end)
{
    const char *start = at;

    while (at < end && *at == *start)
        at++;
    return (size_t)(at - start);
}

/* Where a fence is in a line that is no code; NULL: there is none. */
static const char *fence_in(const char *start, const char *end)
{
    const char *at, *behind;

    start = fence_said(start, end);
    for (at = start; at < end && ((*at != '`' && *at != '~') || fence_run(at, end) < FENCE_LEAST);)
        at++;
    if (at == end)
        return NULL;
    behind = at + fence_run(at, end);
    if (*at == '`' && memchr(behind, '`', (size_t)(end - behind)) != NULL)
        return NULL;
    while (at > start && behind < end && (isalnum((unsigned char)*behind) != 0 || *behind == '+'))
        behind++;
    return at == start || fence_said(behind, end) == end ? at : NULL;
}

void fence_read_line(struct fence *fence, const char *start, const char *end)
{
    const char *at = fence_said(start, end);

    if (at == end)
        return;
    fence->closed = false;
    if (fence->mark == '\0') {
        at = fence_in(start, end);
        if (at != NULL)
            *fence = (struct fence){*at, fence_run(at, end), false};
    } else if (*at == fence->mark && fence_run(at, end) >= fence->length &&
               fence_said(at + fence_run(at, end), end) == end) {
        *fence = (struct fence){.mark = '\0', .closed = true};
    }
}

struct fence fence_read(const char *start, const char *end)
{
    struct fence fence = {.mark = '\0'};

    while (start < end) {
        const char *stop = start;

        while (stop < end && *stop != '\n' && *stop != '\v')
            stop++;
        fence_read_line(&fence, start, stop);
        start = stop + 1;
    }
    return fence;
}
