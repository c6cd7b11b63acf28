/*
 * seal.c - checksums of rows, by xxHash: no other file includes its header.
 */
#include "io/seal.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t seal_add(uint64_t seal, char type, const void *bytes, size_t size)
{
    uint64_t seed = (seal ^ (unsigned char)type) * UINT64_C(0x9E3779B97F4A7C15);

    return XXH3_64bits_withSeed(bytes, size, seed);
}
