/*
 * transposition.c - two words an entry: the first is written once, the second has the state.
 *
 * A key never leaves its entry before a reset, so a search for it needs no care for
 * what is moved or freed meanwhile; giving a state up is a change of the second word.
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

struct same_entry {
    _Atomic uint64_t key; /* mixed; 0: none */
    _Atomic uint64_t word;
};

static size_t bytes(const struct same *same)
{
    return (same->mask + 1) * sizeof *same->entries;
}

bool same_open(struct same *same, uint32_t simulations)
{
    uint64_t entries = LEAST;
    void *base;

    while (entries < 2 * (uint64_t)simulations)
        entries *= 2;
    base = mmap(NULL, entries * sizeof *same->entries, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return false;
    *same = (struct same){base, entries - 1}; /* zeros are free entries */
    return true;
}

void same_close(struct same *same)
{
    if (same->entries != NULL)
        (void)munmap(same->entries, bytes(same));
    same->entries = NULL;
}

void same_reset(struct same *same)
{
    if (bytes(same) < CLEAR_BELOW || madvise(same->entries, bytes(same), MADV_DONTNEED) != 0)
        memset(same->entries, 0, bytes(same));
}

/* The entry of a key; where it has none, the first free one becomes its own. NULL: none
 * within reach. */
static struct same_entry *entry_of(struct same *same, uint64_t key)
{
    uint64_t mixed = rng_mix(key); /* a bijection that keeps 0: only no key is 0 */

    assert(key != 0);
    for (uint64_t i = 0; i < PROBES; i++) {
        struct same_entry *entry = &same->entries[(mixed + i) & same->mask];
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

enum same_answer same_claim(struct same *same, uint64_t key, uint32_t *value)
{
    struct same_entry *entry = entry_of(same, key);
    uint64_t word = WORD_FREE;

    if (entry == NULL)
        return SAME_FULL;
    /* acquire, twice: pairs with the release in turn(), so that whoever may evaluate
     * again, or need not, sees what the one before has done. */
    if (atomic_compare_exchange_strong_explicit(&entry->word, &word, WORD_TAKEN,
                                                memory_order_acquire, memory_order_acquire))
        return SAME_MINE;
    if (word == WORD_TAKEN)
        return SAME_TAKEN;
    *value = (uint32_t)(word - WORD_KNOWN);
    return SAME_KNOWN;
}

static void turn(struct same *same, uint64_t key, uint64_t word)
{
    struct same_entry *entry = entry_of(same, key);

    assert(entry != NULL && atomic_load(&entry->word) == WORD_TAKEN);
    /* release: pairs with the acquire in same_claim(). */
    atomic_store_explicit(&entry->word, word, memory_order_release);
}

void same_settle(struct same *same, uint64_t key, uint32_t value)
{
    turn(same, key, (uint64_t)WORD_KNOWN + value);
}

void same_withdraw(struct same *same, uint64_t key)
{
    turn(same, key, WORD_FREE);
}
