/*
 * keys.c - the set of known keys: open addressing, linear probing; the first word of a key is
 * its own hash.
 */
#include "io/ledger/keys.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_LEAST = 1024 };

static uint64_t key_word(const unsigned char *key)
{
    uint64_t word;

    memcpy(&word, key, sizeof word);
    return word != 0 ? word : 1;
}

/* Where the word is, or where it belongs. There is always an empty place. */
static uint64_t *key_place(uint64_t *words, size_t room, uint64_t word)
{
    size_t at = word & (room - 1);

    assert(word != 0 && room > 0 && (room & (room - 1)) == 0);
    while (words[at] != 0 && words[at] != word)
        at = (at + 1) & (room - 1);
    return &words[at];
}

static bool keys_grow(struct ledger_keys *keys)
{
    size_t room = keys->room == 0 ? ROOM_LEAST : 2 * keys->room;
    uint64_t *words = calloc(room, sizeof *words);

    if (words == NULL)
        return false;
    for (size_t i = 0; i < keys->room; i++)
        if (keys->words[i] != 0)
            *key_place(words, room, keys->words[i]) = keys->words[i];
    free(keys->words);
    keys->words = words;
    keys->room = room;
    return true;
}

void ledger_keys_close(struct ledger_keys *keys)
{
    free(keys->words);
    *keys = (struct ledger_keys){.words = NULL};
}

bool ledger_keys_add(struct ledger_keys *keys, const unsigned char *key)
{
    uint64_t word = key_word(key), *place;

    if (4 * (keys->count + 1) > 3 * keys->room && !keys_grow(keys))
        return false;
    place = key_place(keys->words, keys->room, word);
    keys->count += *place == 0;
    *place = word;
    return true;
}

bool ledger_keys_has(const struct ledger_keys *keys, const unsigned char *key)
{
    uint64_t word = key_word(key);

    return keys->room > 0 && *key_place(keys->words, keys->room, word) == word;
}
