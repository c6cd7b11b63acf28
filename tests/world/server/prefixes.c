/*
 * prefixes.c - a table of blocks by their hash, and a list of them, newest first.
 */
#include "tests/world/server/prefixes.h"

#include "io/draw.h"
#include "tests/world/server/odds.h"

#include <stdbool.h>
#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

struct prefixes_block {
    uint64_t hash;
    struct prefixes_block *next, *prev;
    UT_hash_handle hh;
};

enum { TEXT_BLOCKS = 4096 };

/* The hashes of a text's blocks; how many there are. */
static uint32_t prefixes_cut(uint64_t out[TEXT_BLOCKS], const char *bytes, size_t length)
{
    uint64_t before = 0;
    uint32_t count = 0, tokens = 0;
    size_t from = 0;

    for (size_t at = 0; at < length && count < TEXT_BLOCKS;) {
        at = odds_token_end(bytes, at, length);
        if (++tokens % PREFIXES_BLOCK != 0 || at >= length)
            continue;
        before = out[count++] = draw_mix(before ^ draw_text(bytes + from, at - from));
        from = at;
    }
    return count;
}

static struct prefixes_block *prefixes_find(struct prefixes *prefixes, uint64_t hash)
{
    struct prefixes_block *block;

    HASH_FIND(hh, prefixes->by_hash, &hash, sizeof hash, block);
    return block;
}

static void prefixes_forget(struct prefixes *prefixes, struct prefixes_block *block)
{
    HASH_DEL(prefixes->by_hash, block);
    DL_DELETE(prefixes->newest, block);
    prefixes->count--;
    free(block);
}

static void prefixes_touch(struct prefixes *prefixes, uint64_t hash)
{
    struct prefixes_block *block = prefixes_find(prefixes, hash);

    if (block != NULL) {
        DL_DELETE(prefixes->newest, block);
    } else {
        if (prefixes->count == prefixes->most)
            prefixes_forget(prefixes, prefixes->newest->prev); /* the oldest */
        block = calloc(1, sizeof *block);
        if (block == NULL)
            abort();
        block->hash = hash;
        HASH_ADD(hh, prefixes->by_hash, hash, sizeof block->hash, block);
        prefixes->count++;
    }
    DL_PREPEND(prefixes->newest, block);
}

uint32_t prefixes_use(struct prefixes *prefixes, const char *bytes, size_t length)
{
    static uint64_t hashes[TEXT_BLOCKS]; /* the server has one thread */
    uint32_t count = prefixes->most == 0 ? 0 : prefixes_cut(hashes, bytes, length), known = 0;

    while (known < count && prefixes_find(prefixes, hashes[known]) != NULL)
        known++;
    for (uint32_t i = count < prefixes->most ? count : prefixes->most; i-- > 0;)
        prefixes_touch(prefixes, hashes[i]);
    return known * PREFIXES_BLOCK;
}

void prefixes_free(struct prefixes *prefixes)
{
    while (prefixes->newest != NULL)
        prefixes_forget(prefixes, prefixes->newest);
}
