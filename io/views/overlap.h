/*
 * overlap.h - how much two texts have in common, by their words: iTool's measure (arXiv
 * 2501.09766).
 *
 *     overlap = words of both / words of the one that has fewer, each word once
 *
 * A word is what stands between blanks. 1 where one of the texts has no word.
 *
 * Ownership. What is opened is closed, also after a failure; the texts must stay as long.
 * Threads.   Constant once made; any thread.
 * Errors.    CRUX_MEMORY.
 */
#ifndef IO_VIEWS_OVERLAP_H
#define IO_VIEWS_OVERLAP_H

#include "search/crux.h"

/* The words of a text, each once, in order of their bytes. */
struct overlap_words {
    struct crux_text *words;
    size_t count;
};

/* Of texts that are read as one, with a blank between two. */
int overlap_open(struct overlap_words *out, const struct crux_text *texts, size_t count,
                 struct crux_error *error);
void overlap_close(struct overlap_words *words);

double overlap_of(const struct overlap_words *a, const struct overlap_words *b);

#endif
