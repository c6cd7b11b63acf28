/*
 * hash.h - SHA-256, of a buffer at once or of a stream piece by piece.
 *
 * The only file that includes libmd is hash.c. A struct hash is a plain value
 * that owns nothing: begin, add as often as there is something, end. Each belongs
 * to one thread at a time. Nothing here fails.
 */
#ifndef IO_HASH_H
#define IO_HASH_H

#include <stddef.h>
#include <stdint.h>

enum {
    HASH_BYTES = 32,
    HASH_HEX = 65 /* 64 lower case hexadecimal digits and NUL */
};

struct hash {
    uint64_t state[26]; /* libmd's, seen by hash.c alone */
};

void hash_begin(struct hash *hash);
void hash_add(struct hash *hash, const void *data, size_t size);

/* Either of these ends a hash: as text, or as bytes. */
void hash_end(struct hash *hash, char hex[HASH_HEX]);
void hash_end_bytes(struct hash *hash, unsigned char bytes[HASH_BYTES]);

void hash_hex(const void *data, size_t size, char hex[HASH_HEX]);

/* The bytes of a hash as text. */
void hash_text(const unsigned char bytes[HASH_BYTES], char hex[HASH_HEX]);

#endif
