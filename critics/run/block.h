/*
 * block.h - the block of code in an answer.
 *
 * Pure; any thread.
 */
#ifndef CRITICS_RUN_BLOCK_H
#define CRITICS_RUN_BLOCK_H

#include "search/crux.h"

struct run_block {
    struct crux_text code;
    struct crux_text language; /* what stands behind the opening ```; length 0: nothing */
    size_t indent;             /* blanks before it, as in a list: no line of code begins there */
};

/* The last block whose ``` stand at the beginning of a line; one that is not closed ends with the
 * text. Without one the code is all of the text. */
struct run_block run_block_find(const char *text, size_t length);

/* The code without that indentation, of *length bytes and a NUL, to be freed. NULL: no memory. */
char *run_block_code(const struct run_block *block, size_t *length);

#endif
