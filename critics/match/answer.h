/*
 * answer.h - the final answer of a text, and its canonical form.
 *
 * What it is.  Two pure functions. match_find() finds where a text says its final answer.
 *    match_read() brings an answer, however it is written (LaTeX, plain text, Unicode
 *    signs), to a form. When two forms are equal is said in compare.h.
 *
 * Where an answer is found. The last \boxed{...} whose braces are balanced; else the last
 *    `#### x`; else the last `the answer is x` or `answer: x`, to the end of its
 *    sentence. A text without any has no answer.
 *
 * Ownership. A form is the caller's, to free; it points to nothing else.
 * Threads.   All are pure; any thread.
 */
#ifndef CRITICS_MATCH_ANSWER_H
#define CRITICS_MATCH_ANSWER_H

#include "search/crux.h"

struct match_form;

/* The final answer within text; length 0: none. */
struct crux_text match_find(const char *text, size_t length);

/* The form of an answer, found or given; at most MATCH_TEXT (1,024) bytes are one. NULL: no
 * memory. match_free() takes NULL. */
struct match_form *match_read(const char *text, size_t length);
void match_free(struct match_form *form);

/* The canonical form, as text. Answers with equal texts are equal, but for the names that
 * stood before `=`; answers with different ones may be. "": there is no answer in it. */
const char *match_text(const struct match_form *form);

#endif
