/*
 * rng.h - all randomness is a hash of where it is used.
 *
 * There is no generator with a state: a number is drawn by naming the run, the
 * problem, the path and the sample it belongs to. So it does not matter which
 * thread asks, or when. Pure functions; any thread.
 */
#ifndef SEARCH_RNG_H
#define SEARCH_RNG_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014): a bijection that spreads
 * every input bit over the whole word. */
static inline uint64_t rng_mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xBF58476D1CE4E5B9u;
    x ^= x >> 27;
    x *= 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

/* One more word in a chain of words. */
static inline uint64_t rng_join(uint64_t hash, uint64_t word)
{
    return rng_mix(hash + (word + 1) * 0x9E3779B97F4A7C15u);
}

/* FNV-1a over the bytes of a text, then mixed. */
static inline uint64_t rng_text(const char *text, uint64_t length)
{
    uint64_t hash = 0xCBF29CE484222325u;

    assert(text != NULL || length == 0);
    for (uint64_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)text[i]) * 0x100000001B3u;
    return rng_mix(hash);
}

#endif
