/*
 * words.h - answers in words: which say the same, and which say that there is no number.
 *
 * Words are in small letters, one space between two, without articles. Pure; any thread.
 */
#ifndef CRITICS_MATCH_WORDS_H
#define CRITICS_MATCH_WORDS_H

#include "critics/match/compare.h"

#include <stdbool.h>

/* Are they: the same words, or of the same meaning as far as that is known? Single words that
 * differ are UNEQUAL unless they share their stem; longer phrases are UNKNOWN. */
enum match match_words_compare(const char *a, const char *b);

bool match_words_all(const char *words);   /* all real numbers */
bool match_words_empty(const char *words); /* no solution: an empty set; maybe 0 of them */
bool match_words_many(const char *words);  /* infinitely many */
/* No number is the answer: it is undefined, or cannot be told. */
bool match_words_refuse(const char *words);

#endif
