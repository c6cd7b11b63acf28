/*
 * index_words.h - a text's words, cut and reduced to terms as an index of SQLite's FTS5 does it.
 *
 * The tokenizer is FTS5's own, so that what is looked up is what was indexed: `porter` (Porter
 * 1980) over `unicode61` without diacritics.
 *
 * Threads. One at a time for each.
 * Errors.  CRUX_MEMORY, or CRUX_STORE where this SQLite has no FTS5.
 */
#ifndef IO_INDEX_WORDS_H
#define IO_INDEX_WORDS_H

#include "search/crux.h"

/* As SQL says it when a table is made. */
#define INDEX_WORDS_TOKENIZER "porter unicode61 remove_diacritics 2"

struct index_words;

int index_words_open(struct index_words **out, struct crux_error *error);
void index_words_close(struct index_words *words); /* NULL is fine */

/* A word as it stands in the text, and its term; both only for the length of the call. False: no
 * more of them. A word has letters, digits and their diacritics, and nothing else. */
typedef bool index_words_each(void *context, struct crux_text word, struct crux_text term);

/* Texts of more than 16 MB are cut there. */
int index_words_cut(struct index_words *words, struct crux_text text, index_words_each *each,
                    void *context, struct crux_error *error);

#endif
