/*
 * fence.h - blocks of code in a text: which one is open, as its lines are read one by one.
 *
 * A block begins with three or more ` or ~ at the beginning of a line, however it is indented, or
 * behind other words if nothing but the name of a language follows; it ends with a line of as many
 * of the same, or more (CommonMark's fences, more leniently, for models indent as they like).
 *
 * Pure; any thread. A line ends at '\n' or '\v'.
 */
#ifndef IO_FENCE_H
#define IO_FENCE_H

#include <stdbool.h>
#include <stddef.h>

struct fence {
    char mark; /* of the block that is open; '\0': none is */
    size_t length;
    bool closed; /* by the last line that says something */
};

void fence_read_line(struct fence *fence, const char *start, const char *end);

/* After all lines of a text. */
struct fence fence_read(const char *start, const char *end);

#endif
