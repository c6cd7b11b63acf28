/*
 * closing.h - is it a final answer? What a sentence or a line says, by its words.
 *
 * Who cuts a model's text into steps ends it where it closes (policies/chat/final.h), and who
 * grades it takes the last answer that closes it (critics/match/answer.h). Both ask here, so that
 * no text ends with one answer and is graded by another.
 *
 * A value is a number, mathematics, a letter, a name or one word, maybe with a unit, or boxes; what
 * else stands behind `is` is a remark. CLOSING_MAYBE: only the end of the text could tell.
 *
 * Pure; any thread. Line breaks are '\n' or '\v'; pieces lie in the text that they were asked of.
 */
#ifndef IO_CLOSING_H
#define IO_CLOSING_H

#include "search/crux.h"

#include <stdbool.h>

enum closing_value { CLOSING_NONE, CLOSING_MAYBE, CLOSING_SURE };

/* Is all from start to end a value? */
enum closing_value closing_value_of(const char *start, const char *end);

/* Is the text's last line a mark (`####`), maybe behind a step's number, and a value: a number,
 * mathematics or a letter? Behind such marks words are the title of a section. */
enum closing_value closing_marked(struct crux_text text, const char *mark);

/* Does a sentence of the text from start on, that goes on with `answer is` at at, close the
 * reasoning? */
bool closing_closes(const char *start, const char *at);

/* Where the sentence begins that goes on at at. */
const char *closing_sentence(const char *start, const char *at);

/* The line's end, and its start. */
const char *closing_line_end(const char *at, const char *end);
const char *closing_line_start(const char *start, const char *at);

/* Without what numbers a step in front: `Step 5:`. */
struct crux_text closing_unlabelled(struct crux_text line);

/* Without the marks of typesetting around it: emphasis, mathematics, quotes, a full stop. */
struct crux_text closing_bare(const char *start, const char *end);

/* The end of the box that begins at at; NULL: none does. */
const char *closing_box_end(const char *at, const char *end);

/* In any case of the letters. */
bool closing_begins(const char *at, const char *end, const char *word);

/* The next word at or behind *at, and *at behind it; of length 0: there is none. */
struct crux_text closing_word(const char **at, const char *end);
bool closing_is_letter(char c);

/* Is the word in a list that ends in NULL? */
bool closing_listed(const char *const *list, struct crux_text word);

#endif
