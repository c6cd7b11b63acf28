/*
 * transposition.c - the transposition table: a lock-free hash table, two words per entry.
 *
 * The first word is the key, written once; the second has the state. A key never leaves its entry
 * before a reset, so a search for it needs no care for what is moved or freed meanwhile; giving a
 * state up is a change of the second word.
 */
#include "search/tree/transposition.h"

#include "search/rng.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#define PROBES      256u                /* entries a search looks at */
#define LEAST       256u                /* entries */
#define CLEAR_BELOW ((size_t)256 << 10) /* bytes: a larger table gives its pages back */

enum { WORD_FREE, WORD_TAKEN, WORD_KNOWN }; /* KNOWN + value */

struct transposition_entry {
    _Atomic uint64_t key; /* mixed; 0: none */
    _Atomic uint64_t word;
};

static size_t bytes(const struct transpositions *table)
{
    return (table->mask + 1) * sizeof *table->entries;
}

bool transposition_open(struct transpositions *table, uint32_t simulations)
{
    uint64_t entries = LEAST;
    void *base;

    assert(simulations > 0);
    while (entries < 2 * (uint64_t)simulations)
        entries *= 2;
    base = mmap(NULL, entries * sizeof *table->entries, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return false;
    *table = (struct transpositions){base, entries - 1}; /* zeros are free entries */
    return true;
}

void transposition_close(struct transpositions *table)
{
    if (table->entries != NULL)
        (void)munmap(table->entries, bytes(table));
    table->entries = NULL;
}

void transposition_reset(struct transpositions *table)
{
    assert(table->entries != NULL);
    if (bytes(table) < CLEAR_BELOW || madvise(table->entries, bytes(table), MADV_DONTNEED) != 0)
        memset(table->entries, 0, bytes(table));
}

/* The entry of a key; where it has none, the first free one becomes its own. NULL: none
 * within reach. */
static struct transposition_entry *transposition_entry_of(struct transpositions *table,
                                                          uint64_t key)
{
    uint64_t mixed = rng_mix(key); /* a bijection that keeps 0: only no key is 0 */

    assert(key != 0);
    for (uint64_t i = 0; i < PROBES; i++) {
        struct transposition_entry *entry = &table->entries[(mixed + i) & table->mask];
        uint64_t found = atomic_load_explicit(&entry->key, memory_order_relaxed);

        /* relaxed: the key guards nothing. Its entry's word was zero before it, and all
         * that happens to the word is ordered by the word itself. */
        if (found == 0 &&
            atomic_compare_exchange_strong_explicit(&entry->key, &found, mixed,
                                                    memory_order_relaxed, memory_order_relaxed))
            return entry;
        if (found == mixed)
            return entry;
    }
    return NULL;
}

enum transposition_answer transposition_claim(struct transpositions *table, uint64_t key,
                                              uint32_t *value)
{
    struct transposition_entry *entry = transposition_entry_of(table, key);
    uint64_t word = WORD_FREE;

    assert(value != NULL);
    if (entry == NULL)
        return TRANSPOSITION_FULL;
    /* acquire, twice: pairs with the release in transposition_turn(), so that a simulation that may
     * evaluate again, or need not, sees what the one before has done. */
    if (atomic_compare_exchange_strong_explicit(&entry->word, &word, WORD_TAKEN,
                                                memory_order_acquire, memory_order_acquire))
        return TRANSPOSITION_MINE;
    if (word == WORD_TAKEN)
        return TRANSPOSITION_TAKEN;
    *value = (uint32_t)(word - WORD_KNOWN);
    return TRANSPOSITION_KNOWN;
}

static void transposition_turn(struct transpositions *table, uint64_t key, uint64_t word)
{
    struct transposition_entry *entry = transposition_entry_of(table, key);

    assert(entry != NULL);
    assert(atomic_load_explicit(&entry->word, memory_order_relaxed) == WORD_TAKEN);
    /* release: pairs with the acquire in transposition_claim(). */
    atomic_store_explicit(&entry->word, word, memory_order_release);
}

void transposition_settle(struct transpositions *table, uint64_t key, uint32_t value)
{
    assert(value <= UINT16_MAX);
    transposition_turn(table, key, (uint64_t)WORD_KNOWN + value);
}

void transposition_withdraw(struct transpositions *table, uint64_t key)
{
    transposition_turn(table, key, WORD_FREE);
}
