/*
 * zstd_pack.h - a file as one zstd frame, with the size of its content and a checksum in it.
 *
 * One frame, for some readers take only the first of several and say nothing.
 *
 * Threads. Any; nothing is kept.
 * Errors.  CRUX_STORE: the file cannot be read, or is not so long; CRUX_MEMORY; what put answers.
 */
#ifndef IO_ZSTD_PACK_H
#define IO_ZSTD_PACK_H

#include <stdio.h>

#include "search/crux.h"

/* Read so many bytes from here on, and hand pieces of the frame to put. A negative answer of it
 * ends this and is returned. */
int zstd_pack(FILE *from, uint64_t size,
              int (*put)(void *context, const char *bytes, size_t length, struct crux_error *error),
              void *context, struct crux_error *error);

#endif
