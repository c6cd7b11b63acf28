/*
 * lines.h - bytes come in pieces, lines go out.
 *
 * For streams with one JSON text per line: files of any size, and pipes of programs that may
 * write anything. A line that lies whole within a piece is handed on where it lies; only
 * one that is torn between two is copied. A line longer than `most` is never kept: it is
 * reported once, as overlong, as soon as it is too long; the rest of it is skipped.
 *
 * The CR of a CR LF is taken off, and a byte order mark from the first line, as Windows
 * puts them there.
 *
 * Ownership. A line's text is good during each() only, and has no NUL of its own.
 * Threads.   One at a time.
 * Errors.    CRUX_MEMORY, or whatever each() answered: it ends the reading.
 */
#ifndef IO_LINES_H
#define IO_LINES_H

#include "search/crux.h"

struct lines_line {
    const char *text;
    size_t length;
    uint64_t number; /* from 1 */
    bool overlong;   /* longer than most: the text is gone */
};

struct lines {
    size_t most;
    int (*each)(void *context, const struct lines_line *line, struct crux_error *error);
    void *context;
    uint64_t number; /* of lines that were handed on */
    char *begun;     /* what has come of a torn line */
    size_t length, room;
    bool overlong; /* the rest of a line goes by */
};

int lines_add(struct lines *lines, const char *bytes, size_t size, struct crux_error *error);

/* What has come since the last line's end is a line too, unless it is nothing. */
int lines_end(struct lines *lines, struct crux_error *error);
void lines_free(struct lines *lines);

/* Spaces, tabs and CR only? */
bool lines_is_blank(const struct lines_line *line);

/* The whole file, to its end; CRUX_INPUT when it cannot be read. */
int lines_read(struct lines *lines, const char *path, struct crux_error *error);

#endif
