/*
 * words.h - the text of a message, and the thoughts before it, in whatever shape a server gives
 * them.
 *
 * A text is a string, or an array of parts: strings, and objects with a type and a text. Parts
 * whose type speaks of thinking or reasoning are thoughts; a part may hold parts. All of one sort
 * are joined as they stand. What is no text (a picture, a call of a tool) is passed over.
 *
 * Ownership. A zeroed one is empty; its texts are its own until chat_words_free().
 * Threads.   One at a time.
 */
#ifndef IO_CHAT_WORDS_H
#define IO_CHAT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "io/skim.h"

struct chat_words_text {
    char *bytes; /* ends in a NUL; NULL: nothing came */
    size_t length, room;
};

struct chat_words {
    struct chat_words_text text, thoughts, refusal;
    size_t spelt; /* bytes of strings that came, as they stood in the JSON ... */
    size_t most;  /* ... of which no more than these are read; 0: all */
    bool no_memory;
};

enum chat_words_sort { CHAT_WORDS_TEXT, CHAT_WORDS_THOUGHTS, CHAT_WORDS_REFUSAL };

/* Add what a JSON value says. */
void chat_words_add(struct chat_words *words, struct skim value, enum chat_words_sort sort);
void chat_words_free(struct chat_words *words);

/* "" when nothing came. */
const char *chat_words_of(const struct chat_words_text *text);

#endif
