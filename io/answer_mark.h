/*
 * answer_mark.h - the words with which a text says its answer: `the answer is`, `Answer:`, `Final
 * Answer` with a line break, `"answer":` of JSON, `correct option is`, and the like in other
 * languages.
 *
 * That the words stand there does not make a final answer of what follows: closing.h says that of
 * the value, and answer_mark_closes() of the words.
 *
 * Pure; any thread. Pieces lie in the text that they were asked of.
 */
#ifndef IO_ANSWER_MARK_H
#define IO_ANSWER_MARK_H

#include "io/closing.h"

struct answer_mark {
    const char *word, *behind; /* where the word for `answer` is, and what is said */
    bool many;                 /* answers */
    bool quoted;               /* "answer": what is said is a value of JSON */
    bool foreign;              /* not in English */
    bool hedged;               /* should be, or only a colon: the end of the text will tell */
};

/* Is there one at at, in the text from start to end, and something behind it? */
bool answer_mark_at(struct answer_mark *out, const char *start, const char *at, const char *end);

/* The text's last one. */
bool answer_mark_last(struct answer_mark *out, struct crux_text text);

/* Can one begin with it? Most letters say no, at once. */
bool answer_mark_may_begin(char c);

/* How surely the sentence that begins so closes a reasoning. */
enum closing_value answer_mark_closes(const struct answer_mark *mark, const char *start);

/* A mark of closing tags: the text ends in <answer>...</answer>. */
bool answer_mark_is_tagged(struct crux_text text);

#endif
