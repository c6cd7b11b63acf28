/*
 * frame.h - a document as one zstd frame, with the size of its content and a checksum in it.
 *
 * Trust.     A frame's claim of a size is held against what zstd can make of that many bytes at
 *            best, before memory is asked for.
 * Ownership. What comes out is the caller's, to be freed.
 * Threads.   Nothing is shared: any thread.
 */
#ifndef IO_STORE_FRAME_H
#define IO_STORE_FRAME_H

#include "search/crux.h"

enum { FRAME_LIMIT = 1 << 30 }; /* bytes of a document */

/* CRUX_MEMORY, without a sentence: the caller knows whose document it is. */
int frame_compress(void **frame, size_t *size, const void *document, size_t length);

/* CRUX_STORE, with a sentence: it is no frame, or damaged. CRUX_MEMORY. */
int frame_decompress(char **document, size_t *size, const void *frame, size_t frame_size,
                     struct crux_error *error);

#endif
