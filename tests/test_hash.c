/*
 * test_hash.c - what hash.h promises. The digests are those of FIPS 180-2's examples.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "io/hash.h"

static char hex[HASH_HEX];

/* A buffer's digest is SHA-256's, in lower case. */
Test(hash, of_a_buffer)
{
    hash_hex("abc", 3, hex);
    cr_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* Nothing has a digest too. */
Test(hash, of_nothing)
{
    hash_hex("", 0, hex);
    cr_assert_str_eq(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* A million letters added in uneven pieces have the digest of the whole. */
Test(hash, of_pieces)
{
    static const size_t pieces[] = {1, 63, 64, 65, 127, 1000};
    static char letters[1000];
    struct hash hash;
    size_t left = 1000000;

    memset(letters, 'a', sizeof letters);
    hash_begin(&hash);
    for (size_t i = 0; left > 0; i++) {
        size_t piece = pieces[i % 6] < left ? pieces[i % 6] : left;

        hash_add(&hash, letters, piece);
        left -= piece;
    }
    hash_end(&hash, hex);
    cr_assert_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* The bytes and the text say the same. */
Test(hash, bytes_as_text)
{
    unsigned char bytes[HASH_BYTES];
    struct hash hash;

    hash_begin(&hash);
    hash_add(&hash, "abc", 3);
    hash_end_bytes(&hash, bytes);
    cr_assert_eq(bytes[0], 0xba);
    cr_assert_eq(bytes[HASH_BYTES - 1], 0xad);
    hash_text(bytes, hex);
    cr_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
