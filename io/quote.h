/*
 * quote.h - foreign bytes in a sentence of ours.
 *
 * Pure; any thread.
 */
#ifndef IO_QUOTE_H
#define IO_QUOTE_H

#include <stddef.h>

/* Copy a piece of foreign text into a sentence: cut to fit, whole characters, blanks for
 * control characters, for what turns text around or is not seen, and for what is not UTF-8. Ends
 * in a NUL; room is at least 1. */
void quote_text(char *out, size_t room, const char *piece, size_t length);

#endif
