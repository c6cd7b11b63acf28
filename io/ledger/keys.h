/*
 * keys.h - a set of keys in memory, by the first 8 bytes of each.
 *
 * It answers "certainly not" or "probably", and the keys are hashes already, so their own bytes
 * say where they lie. Among ten million keys, one look-up in 10^12 gets a wrong "probably".
 *
 * Why not uthash: a reply costs 11 to 22 bytes here, and 56 or more in a table of linked records;
 * a run of ten million replies keeps them all in memory.
 *
 * Threads. One at a time. A zeroed set is empty.
 */
#ifndef IO_LEDGER_KEYS_H
#define IO_LEDGER_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger_keys {
    uint64_t *words; /* 0: an empty place */
    size_t count, room;
};

void ledger_keys_close(struct ledger_keys *keys);
bool ledger_keys_add(struct ledger_keys *keys, const unsigned char *key); /* false: no memory */
bool ledger_keys_has(const struct ledger_keys *keys, const unsigned char *key);

#endif
