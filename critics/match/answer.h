/*
 * answer.h - the final answer of a text, and its canonical form.
 *
 * What it is.  Two pure functions. match_find() finds where a text says its final answer.
 *    match_read() brings an answer, however it is written (LaTeX, plain text, Unicode
 *    signs), to a form. When two forms are equal is said in compare.h.
 *
 * Where an answer is found. Behind </think>, if there is one, and outside of blocks of code, if
 *    anything is. In the last <answer>...</answer>; else the last of those that close the text, as
 *    io/closing.h and io/answer_mark.h say it also to who cuts a text into steps: a \boxed{...}, a
 *    line of `####` and a value, `the answer is`, `answer:`, `"answer":`, `Final Answer` with a
 *    line break and the like with a value, to the end of its sentence or where its reason
 *    begins. A heading of level four, and a remark on the answer, are none. Else behind
 *    the last `the answer is` whatever it says; else in a last sentence that begins with `so` or
 *    `therefore`; else the text is nothing but a number or a letter. A text without any has no
 *    answer.
 *    Boxes side by side (a comma, `and`, a name between) are one list; boxes that stand apart
 *    correct each other. What touches a box is part of the answer (-\boxed{5}, \boxed{5}^2). None
 *    is found where the text contradicts itself: a box that is part of something else, or that
 *    a later remark, a last conclusion, or, where its sentence goes on, an earlier final answer
 *    contradicts.
 *
 * What is vague. A sentence whose last words or only number are the answer can be right by them,
 *    and is never wrong.
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

/* The single name that stood before `=`; "": there was none. */
const char *match_name(const struct match_form *form);

#endif
