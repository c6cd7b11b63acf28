/*
 * seal.h - a row's checksum: 64 bits over its values, each with its type.
 *
 * It tells damage, not malice: XXH3, which is faster than memory. Values are added one after
 * the other, and their order counts: begin with SEAL_NONE.
 *
 * Threads. Nothing is shared.
 */
#ifndef IO_SEAL_H
#define IO_SEAL_H

#include <stddef.h>
#include <stdint.h>

#define SEAL_NONE UINT64_C(0)

/* The same bytes of another type, or split otherwise over two values, give another seal. */
uint64_t seal_add(uint64_t seal, char type, const void *bytes, size_t size);

#endif
