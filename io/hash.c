/*
 * hash.c - SHA-256, by libmd: no other file includes libmd's header.
 *
 * libmd's context is kept in plain words, so that a struct hash can be a
 * local variable of code that does not see libmd's header.
 */
#include "io/hash.h"

#include <sha2.h>

_Static_assert(sizeof(SHA2_CTX) <= sizeof(struct hash), "a context fits into a struct hash");
_Static_assert(_Alignof(SHA2_CTX) <= _Alignof(struct hash), "and is aligned there");
_Static_assert(SHA256_DIGEST_STRING_LENGTH == HASH_HEX, "a digest fits into its text");
_Static_assert(SHA256_DIGEST_LENGTH == HASH_BYTES, "and into its bytes");

static SHA2_CTX *context(struct hash *hash)
{
    return (SHA2_CTX *)(void *)hash->state;
}

void hash_begin(struct hash *hash)
{
    SHA256Init(context(hash));
}

void hash_add(struct hash *hash, const void *data, size_t size)
{
    SHA256Update(context(hash), data, size);
}

void hash_end(struct hash *hash, char hex[HASH_HEX])
{
    (void)SHA256End(context(hash), hex);
}

void hash_end_bytes(struct hash *hash, unsigned char bytes[HASH_BYTES])
{
    SHA256Final(bytes, context(hash));
}

void hash_hex(const void *data, size_t size, char hex[HASH_HEX])
{
    struct hash hash;

    hash_begin(&hash);
    hash_add(&hash, data, size);
    hash_end(&hash, hex);
}

void hash_text(const unsigned char bytes[HASH_BYTES], char hex[HASH_HEX])
{
    static const char digits[] = "0123456789abcdef";

    for (int i = 0; i < HASH_BYTES; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[2 * HASH_BYTES] = '\0';
}
