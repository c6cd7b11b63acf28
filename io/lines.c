/*
 * lines.c - splits a stream of bytes into lines. Only a line that is torn between two pieces is
 * copied.
 */
#include "io/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 256 << 10, FIRST_ROOM = 4 << 10 };

static int hand_on(struct lines *lines, const char *text, size_t length, struct crux_error *error)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct lines_line line = {text, length, ++lines->number, false};

    if (line.number == 1 && line.length >= 3 && memcmp(line.text, mark, 3) == 0) {
        line.text += 3;
        line.length -= 3;
    }
    if (line.length > 0 && line.text[line.length - 1] == '\r')
        line.length--;
    lines->length = 0;
    return lines->each(lines->context, &line, error);
}

static int give_up(struct lines *lines, struct crux_error *error)
{
    struct lines_line line = {"", 0, ++lines->number, true};

    lines->length = 0;
    lines->overlong = true;
    return lines->each(lines->context, &line, error);
}

/* Keep a piece of a torn line. */
static int lines_keep(struct lines *lines, const char *bytes, size_t size, struct crux_error *error)
{
    size_t room = lines->room == 0 ? FIRST_ROOM : lines->room;
    char *begun;

    if (lines->overlong || size == 0)
        return CRUX_OK;
    if (size > lines->most - lines->length)
        return give_up(lines, error);
    while (room < lines->length + size)
        room *= 2;
    if (room > lines->room) {
        begun = realloc(lines->begun, room);
        if (begun == NULL)
            return crux_fail(error, CRUX_MEMORY, "no memory for a line of %zu bytes", room);
        lines->begun = begun;
        lines->room = room;
    }
    memcpy(lines->begun + lines->length, bytes, size);
    lines->length += size;
    return CRUX_OK;
}

static int lines_end_line(struct lines *lines, const char *bytes, size_t size,
                          struct crux_error *error)
{
    int status;

    if (lines->length == 0 && !lines->overlong && size <= lines->most)
        return hand_on(lines, bytes, size, error);
    status = lines_keep(lines, bytes, size, error);
    if (status == CRUX_OK && !lines->overlong)
        status = hand_on(lines, lines->begun, lines->length, error);
    lines->overlong = false;
    return status;
}

int lines_add(struct lines *lines, const char *bytes, size_t size, struct crux_error *error)
{
    const char *end = bytes + size;
    int status = CRUX_OK;

    while (bytes < end && status == CRUX_OK) {
        const char *stop = memchr(bytes, '\n', (size_t)(end - bytes));

        if (stop == NULL)
            return lines_keep(lines, bytes, (size_t)(end - bytes), error);
        status = lines_end_line(lines, bytes, (size_t)(stop - bytes), error);
        bytes = stop + 1;
    }
    return status;
}

int lines_end(struct lines *lines, struct crux_error *error)
{
    lines->overlong = false;
    if (lines->length == 0)
        return CRUX_OK;
    return hand_on(lines, lines->begun, lines->length, error);
}

void lines_free(struct lines *lines)
{
    free(lines->begun);
    lines->begun = NULL;
    lines->length = lines->room = 0;
    lines->overlong = false;
}

bool lines_is_blank(const struct lines_line *line)
{
    for (size_t i = 0; i < line->length; i++)
        if (line->text[i] != ' ' && line->text[i] != '\t' && line->text[i] != '\r')
            return false;
    return !line->overlong;
}

static int lines_read_all(struct lines *lines, int file, const char *path, struct crux_error *error)
{
    static const size_t size = PIECE;
    char *piece = malloc(size);
    int status = CRUX_OK;
    ssize_t got = 1;

    if (piece == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to read %s", path);
    while (status == CRUX_OK && got != 0) {
        got = read(file, piece, size);
        if (got > 0)
            status = lines_add(lines, piece, (size_t)got, error);
        else if (got < 0 && errno != EINTR)
            status = crux_fail(error, CRUX_INPUT, "cannot read %s: %s", path, strerror(errno));
    }
    if (status == CRUX_OK)
        status = lines_end(lines, error);
    free(piece);
    return status;
}

int lines_read(struct lines *lines, const char *path, struct crux_error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    int status;

    if (file < 0)
        return crux_fail(error, CRUX_INPUT, "cannot open %s: %s", path, strerror(errno));
    status = lines_read_all(lines, file, path, error);
    (void)close(file);
    return status;
}
