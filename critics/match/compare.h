/*
 * compare.h - is an answer what the reference says? EQUAL, UNEQUAL, or UNKNOWN.
 *
 * It never guesses: a wrong label costs more than a missing one.
 *
 * What is equal.
 *    numbers     by value. Exact where 64 bits suffice (fractions, mixed numbers,
 *                terminating decimals, powers, roots that are rational), else with as many
 *                digits as it takes to tell 1 - e^-40 from 1, up to 8,192 bits. With a decimal
 *                number among them: in double precision, to 1e-9.
 *    decimals    a reference with a decimal point stands for every value that rounds to
 *                it, if it has three significant digits or more; with fewer such a value
 *                is UNKNOWN. An answer that is a rounding of a finer decimal reference
 *                is UNEQUAL; of a reference that is exact (1/3, \sqrt{2}), to three
 *                digits or more, UNKNOWN: whether a rounding was wanted is not for us to
 *                say, unless it has ten digits. A tolerance, when given, is relative and goes
 *                before all this.
 *    percent     50% = 0.5 = 1/2, and 50 and 50% answer each other: so the
 *                tests of five other graders pin it. With percent_strict 50% for a reference of
 *                50 is UNKNOWN.
 *    units       a missing unit, a missing `$`, a missing `x =` change nothing. Units that
 *                are known convert exactly (500 cm = 5 m) or differ (5 m, 5 kg). Unknown
 *                ones are the same word or UNKNOWN. A number without unit that would
 *                be right in another unit (90 for 1.5 hours) is UNKNOWN. Units may be compound
 *                (36 km/h, 1 h 30 min); a number without unit may be an angle in radians.
 *                12 V for 12 is UNKNOWN, for V may be a factor, but not 12\text{ V}.
 *    sets        in any order, and so are lists without brackets and unions. Points,
 *                vectors, matrices in order; intervals by their brackets too. \pm is a
 *                list of two.
 *    names       x = 1, y = 2 is not x = 2, y = 1. A single name changes nothing.
 *    lists       2.5 or 5/2 is one answer; 1 or 2, for one of them, UNKNOWN. So are 3,14 for 3.14,
 *                25, 100 for 25100, 1,00,000 for 100000 and 3 and 1/2 for 3.5.
 *    matrices    by their cells, whatever brackets; a column is a list in square brackets.
 *    ratios      3:4 = 6:8 = 3/4, but where both may be times of day.
 *    choices     (A) = A = \textbf{(A)} 5. What stands with a letter does not count; (A), (C) are
 *                two. (a) 3, (b) 5 are the parts of an answer, which go by their names.
 *    words       in any case; single words that differ are UNEQUAL unless they share
 *                their stem, longer phrases UNKNOWN. `Yes` and `no` differ from each other alone.
 *                `Undefined`, `cannot be determined` are no number; `no solution` is the empty set,
 *                and for 0 UNKNOWN.
 *    variables   expressions, equations, inequalities by their values at points: points.h says
 *                what is equal, and what is not known. x > 3 is (3, oo).
 *    the rest    EQUAL when written the same but for spacing and brackets, else UNKNOWN.
 *
 * Threads.   Pure; any thread.
 */
#ifndef CRITICS_MATCH_COMPARE_H
#define CRITICS_MATCH_COMPARE_H

#include "critics/match/answer.h"

enum match { MATCH_UNKNOWN, MATCH_EQUAL, MATCH_UNEQUAL };

/* tolerance: the relative difference that a number may have; 0: as above. percent_strict: 50% is
 * not known to be an answer where the reference is 50. */
struct match_rules {
    double tolerance;
    bool percent_strict;
};

enum match match_compare_by(const struct match_form *answer, const struct match_form *reference,
                            const struct match_rules *rules);

/* The same with a tolerance alone. */
enum match match_compare(const struct match_form *answer, const struct match_form *reference,
                         double tolerance);

/* Of two answers of which neither is the reference: what match_compare_by() says both ways round
 * with percent_strict, else UNKNOWN. */
enum match match_compare_both(const struct match_form *a, const struct match_form *b);

#endif
