/*
 * draw.h - draws without a state: a hash of a seed and a number, or of a text.
 *
 * What a policy draws depends on the call's seed alone, never on which thread asks
 * or what was drawn before. Pure; any thread.
 */
#ifndef IO_DRAW_H
#define IO_DRAW_H

#include <stddef.h>
#include <stdint.h>

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t draw_mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xBF58476D1CE4E5B9u;
    x ^= x >> 27;
    x *= 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

/* The number-th draw of a seed; also the key of a child in the hash tree. */
static inline uint64_t draw(uint64_t seed, uint64_t number)
{
    return draw_mix(seed + (number + 1) * 0x9E3779B97F4A7C15u);
}

/* FNV-1a (Fowler, Noll, Vo) over the bytes of a text: for tables, and to begin a seed. */
static inline uint64_t draw_text(const char *text, size_t length)
{
    uint64_t hash = 0xCBF29CE484222325u;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)text[i]) * 0x100000001B3u;
    return hash;
}

/* Into (0, 1), never 0 or 1. */
static inline double draw_uniform(uint64_t word)
{
    return ((double)(word >> 12) + 0.5) * 0x1p-52;
}

#endif
