/*
 * shingles.h - what a problem says, as a set of hashes, to tell how alike two problems are.
 *
 * A text is its words: letters without regard to case, digits, the signs + - * / = < > ^ % and,
 * above U+2E7F, each character; blanks and other marks are nothing. Three words in a row are a
 * shingle (a shorter text is one), and two problems are as alike as their sets of shingles: common
 * ones by all of both (Jaccard). Pictures, numbers and a target are part of what a problem says:
 * problems that differ in these have no shingle in common, however alike their words are.
 *
 * The sketch of a set is the least of its hashes under each of 128 functions (MinHash, Broder
 * 1997): the share of equal ones in two sketches estimates how alike the sets are.
 *
 * Ownership. The caller's struct, zeroed at first, used again and again; shingles_close() frees.
 * Threads.   One at a time each.
 * Errors.    CRUX_MEMORY.
 */
#ifndef IO_VIEWS_SHINGLES_H
#define IO_VIEWS_SHINGLES_H

#include "search/crux.h"

enum { SHINGLES_SKETCH = 128 };

struct shingles {
    uint64_t whole;   /* hash of all words in order: equal for texts that say the same */
    uint64_t *hashes; /* ascending, each once; at least one */
    size_t count, room;
};

int shingles_read(struct shingles *shingles, const struct crux_problem *problem,
                  struct crux_error *error);
void shingles_close(struct shingles *shingles);

void shingles_sketch(const struct shingles *shingles, uint64_t out[SHINGLES_SKETCH]);

/* 0 to 1, exactly, of ascending sets that are not both empty. */
double shingles_alike(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count);

#endif
