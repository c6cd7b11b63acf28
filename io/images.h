/*
 * images.h - pictures as data: URLs, made once and shared by all requests that show them.
 *
 * A picture of a problem stands in every request about it: 1 MB in 256 requests would be 350 MB of
 * base64. So it is read and encoded when it is first taken, and all requests get the same text.
 * A picture that was taken must be given back. Unused pictures are kept for a while, up to a total
 * of idle_most bytes; the longest unused goes first.
 *
 * A source is the path of a PNG, JPEG, GIF or WebP file of at most 20 MiB, or a data: URL of one.
 * What it is, its first bytes say, not its name. The hash is of the bytes of the picture: the
 * same one under another name is the same.
 *
 * Ownership. An image belongs to the images; it lives until it is given back, and they are
 *            closed.
 * Threads.   Any, at any time; one picture is encoded at a time.
 * Errors.    CRUX_INPUT with a sentence that names the source; CRUX_MEMORY.
 */
#ifndef IO_IMAGES_H
#define IO_IMAGES_H

#include "io/hash.h"
#include "search/crux.h"

struct images;

struct image {
    const char *url; /* data:image/...;base64,... */
    size_t length;
    char sha256[HASH_HEX];
};

/* idle_most: bytes of URLs that are kept while unused. */
int images_open(struct images **out, size_t idle_most, struct crux_error *error);
void images_close(struct images *images); /* NULL is fine */

int images_take(struct images *images, const char *source, const struct image **out,
                struct crux_error *error);
void images_give_back(struct images *images, const struct image *image);

#endif
