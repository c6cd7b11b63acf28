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

/* What a language is called here: python, c, c++; NULL: it is not run here. No word is Python. */
const char *run_block_language(struct crux_text word);

/* The last block whose ``` stand at the beginning of a line; one that is not closed ends with the
 * text. One that says its language goes before those that do not (what a program prints, mostly),
 * and, if known, one in a language that is run here before all others. Without a block the code is
 * all of the text. */
struct run_block run_block_find(const char *text, size_t length, bool known);

/* The code without that indentation, of *length bytes and a NUL, to be freed. NULL: no memory. */
char *run_block_code(const struct run_block *block, size_t *length);

#endif
