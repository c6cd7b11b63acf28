/*
 * words.h - words of a text, and which of them were said before.
 *
 * A word is a run of letters and digits, or a single other character; letters beyond ASCII are
 * letters. Blanks part words, and capitals are no other words.
 *
 * Pure; any thread.
 */
#ifndef CRITICS_LINEAR_WORDS_H
#define CRITICS_LINEAR_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct linear_word {
    uint64_t hash;
    size_t length; /* in bytes */
    bool number;   /* begins with a digit */
};

/* The next word of a text, which *at moves behind. False: there is none. */
bool linear_word_next(const char **at, const char *end, struct linear_word *out);

/* An ASCII capital as a small letter. */
char linear_lower(char c);

/* Words that were said, in a set that may take one for another. */
struct linear_heard {
    uint64_t bits[64];
};

void linear_hear(struct linear_heard *heard, const char *text, size_t length);
bool linear_was_heard(const struct linear_heard *heard, struct linear_word word);

/* The share of a text's words that were heard, in eighths, 0 to 8; 9: it has none. Only words of
 * that many bytes and more count. */
uint64_t linear_share_heard(const struct linear_heard *heard, const char *text, size_t length,
                            size_t least);

#endif
