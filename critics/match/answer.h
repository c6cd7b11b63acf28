/*
 * answer.h - the final answer of a text, its canonical form, and when two of
 * them are the same.
 *
 * What it is.  Three pure functions. match_find() finds where a text says its final
 *    answer. match_read() brings an answer, however it is written (LaTeX, plain text,
 *    Unicode signs), to a form. match_compare() says whether an answer is what the
 *    reference says: EQUAL, UNEQUAL, or UNKNOWN. It never guesses: a wrong label costs
 *    more than a missing one.
 *
 * Where an answer is found. The last \boxed{...} whose braces are balanced; else the last
 *    `#### x`; else the last `the answer is x` or `answer: x`, to the end of its
 *    sentence. A text without any has no answer.
 *
 * What is equal.
 *    numbers     by value. Exact where 64 bits suffice (fractions, mixed numbers,
 *                terminating decimals, powers, roots that are rational), else in double
 *                precision with a relative tolerance of 1e-9.
 *    decimals    a reference with a decimal point stands for every value that rounds to
 *                it, if it has three significant digits or more; with fewer such a value
 *                is UNKNOWN. An answer that is a rounding of a finer decimal reference
 *                is UNEQUAL; of a reference that is exact (1/3, \sqrt{2}), to three
 *                digits or more, UNKNOWN: whether a rounding was wanted is not for us to
 *                say. A tolerance, when given, is relative and goes before all this.
 *    percent     50% = 0.5 = 1/2. The answer 50 is the reference 50%; the answer 50% to a
 *                reference 50 is UNKNOWN.
 *    units       a missing unit, a missing `$`, a missing `x =` change nothing. Units that
 *                are known convert exactly (500 cm = 5 m) or differ (5 m, 5 kg). Unknown
 *                ones are the same word or UNKNOWN. A number without unit that would
 *                be right in another unit (90 for 1.5 hours) is UNKNOWN.
 *    sets        in any order, and so are lists without brackets and unions. Points,
 *                vectors, matrices in order; intervals by their brackets too. \pm is a
 *                list of two.
 *    choices     (A) = A = \textbf{(A)} 5.
 *    words       in any case; single words that differ are UNEQUAL unless they share
 *                their stem, longer phrases UNKNOWN.
 *    the rest    expressions with variables, equations, inequalities: EQUAL when written the
 *                same but for spacing and brackets, else UNKNOWN.
 *
 * Ownership. A form is the caller's, to free; it points to nothing else.
 * Threads.   All are pure; any thread.
 */
#ifndef CRITICS_MATCH_ANSWER_H
#define CRITICS_MATCH_ANSWER_H

#include "search/crux.h"

struct match_form;

enum match { MATCH_UNKNOWN, MATCH_EQUAL, MATCH_UNEQUAL };

/* The final answer within text; length 0: none. */
struct crux_text match_find(const char *text, size_t length);

/* The form of an answer, found or given; at most MATCH_TEXT (1,024) bytes are one. NULL: no
 * memory. match_free() takes NULL. */
struct match_form *match_read(const char *text, size_t length);
void match_free(struct match_form *form);

/* The canonical form, as text. Answers with equal texts are equal, but for the names that
 * stood before `=`; answers with different ones may be. "": there is no answer in it. */
const char *match_text(const struct match_form *form);

/* tolerance: the relative difference that a number may have; 0: as above. */
enum match match_compare(const struct match_form *answer, const struct match_form *reference,
                         double tolerance);

/* Of two answers of which neither is the reference: what match_compare() says both ways
 * round, else UNKNOWN. */
enum match match_same(const struct match_form *a, const struct match_form *b);

#endif
