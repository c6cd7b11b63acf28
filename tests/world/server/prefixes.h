/*
 * prefixes.h - the beginnings of texts that a server remembers, as vLLM does it: in blocks of 16
 * tokens, each known by what it says and by all that comes before it; the block that was used
 * longest ago is forgotten first, and of one text the last block before the first.
 *
 * Nothing is held for those that are being served: a server that is busy with more than fits here
 * forgets what it is busy with, too.
 */
#ifndef TESTS_WORLD_SERVER_PREFIXES_H
#define TESTS_WORLD_SERVER_PREFIXES_H

#include <stddef.h>
#include <stdint.h>

enum { PREFIXES_BLOCK = 16 };

struct prefixes_block;

/* Zeroed: it remembers nothing. */
struct prefixes {
    uint32_t most, count; /* blocks */
    struct prefixes_block *by_hash, *newest;
};

/* How many tokens of a text are known from its beginning on, whole blocks of all but its last
 * token; and all its blocks are known from now on. */
uint32_t prefixes_use(struct prefixes *prefixes, const char *bytes, size_t length);
void prefixes_free(struct prefixes *prefixes);

#endif
