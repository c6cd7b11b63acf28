/*
 * coding.h - undoes the compression of a body: gzip, deflate, brotli, zstd, also one in another.
 *
 * A label says little: gateways compress without one, and label what is plain. So the bytes decide
 * where they can: gzip and zstd begin with a mark of their own. Deflate and brotli have none, and
 * are undone where the label names them and it works from end to end, or the body is no plain text.
 * Whatever cannot be undone stays as it came.
 *
 * Ownership. The body's block may be freed and another put in its place. Pure else; any thread.
 */
#ifndef IO_HTTP_CODING_H
#define IO_HTTP_CODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What we can undo, as a request says it. */
#define HTTP_CODINGS "gzip, deflate, br, zstd"

/* A body as it is kept; bytes end in a NUL that length does not count. */
struct http_coded {
    char *bytes;
    size_t length, room;
};

/* label: the header's value, "" without one. False: it would be longer than most bytes, and is cut
 * off there. */
bool http_coding_undo(struct http_coded *body, const char *label, uint64_t most);

#endif
