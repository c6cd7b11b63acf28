/*
 * test_match_written.c - what critic match says of answers as models and the trade's data sets
 * write them, kind by kind.
 */
#include "tests/match_judged.h"

/* Signs that are raised or lowered are one number side by side; their minus belongs to them. */
Test(written, raised_and_lowered_digits)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{6.02 × 10²³}", "6.02e23"),
        WRONG("\\boxed{10²³}", "10^{24}"),
        RIGHT("\\boxed{10⁻³}", "0.001"),
        RIGHT("\\boxed{2¹⁰}", "1024"),
        RIGHT("\\boxed{x²y³}", "x^2y^3"),
        RIGHT("\\boxed{a₁}", "a_1"),
        RIGHT("\\boxed{log₂8}", "3"),
        RIGHT("\\boxed{³√8}", "2"),
        RIGHT("\\boxed{5 cm³}", "5\\text{ cm}^3"),
    };

    JUDGE(pairs);
}

/* Letters that are units in prose are units there; bare, they may be factors. */
Test(written, units_of_one_letter)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{12\\text{ V}}", "12"),  WRONG("\\boxed{12\\text{ V}}", "13"),
        RIGHT("\\boxed{12\\mathrm{A}}", "12"), UNKNOWN("\\boxed{12 V}", "12"),
        WRONG("\\boxed{12 V}", "13"),          UNKNOWN("\\boxed{300\\text{ K}}", "300"),
        UNKNOWN("\\boxed{3j+2}", "2+3i"),      WRONG("\\boxed{3k+2}", "2+3i"),
    };

    JUDGE(pairs);
}

/* Parts of a question are named by their letters, and several choices are no choice. */
Test(written, parts_and_choices)
{
    static const struct judged pairs[] = {
        RIGHT("\\boxed{(a) 3, (b) 5}", "3, 5"),
        WRONG("\\boxed{(a) 3, (b) 5}", "3, 6"),
        WRONG("\\boxed{(a) 3, (b) 5}", "(a) 5, (b) 3"),
        RIGHT("\\boxed{(a) x>3, (b) yes}", "x>3, yes"),
        UNKNOWN("\\boxed{(a) 3 (b) 5}", "3, 5"),
        RIGHT("\\boxed{(B) and (D)}", "D, B"),
        WRONG("\\boxed{(B), (D)}", "(B), (C)"),
        UNKNOWN("\\boxed{(B), (D)}", "B"),
        RIGHT("\\boxed{(B) 3, 5}", "B"),
    };

    JUDGE(pairs);
}

/* What may be two things is not known. */
Test(written, two_meanings)
{
    static const struct judged pairs[] = {
        UNKNOWN("\\boxed{12,34,567}", "1234567"), /* lakhs, or a list */
        WRONG("\\boxed{12,345}", "12346"),
        UNKNOWN("\\boxed{2A_{16}}", "42"),
        RIGHT("\\boxed{2A_{16}}", "2A_{16}"),
        RIGHT("\\boxed{0b1011}", "11"),
        UNKNOWN("\\boxed{\\sqrt 12}", "2\\sqrt3"),
        UNKNOWN("\\boxed{\\text{seventh}}", "7th"),
        RIGHT("\\boxed{\\text{a third}}", "\\frac13"),
        UNKNOWN("\\boxed{n>2}", "n\\ge 3"), /* of whole numbers the same */
        WRONG("\\boxed{n>2}", "n\\ge 4"),
        WRONG("\\boxed{x>2}", "x\\ge 3"),
        UNKNOWN("\\boxed{f(n)=n}", "f(x)=x"),
        WRONG("\\boxed{f(n)=n+1}", "f(x)=x"),
        UNKNOWN("\\boxed{a=b=1}", "(1,1)"),
        WRONG("\\boxed{a=b=1}", "(1,2)"),
    };

    JUDGE(pairs);
}

/* A second box of a sentence is an answer of its own, or a part of it. */
Test(written, boxes_with_units_between)
{
    static const struct judged pairs[] = {
        UNKNOWN("It is \\boxed{5} apples and \\boxed{6} pears.", "5, 6"),
        UNKNOWN("It is \\boxed{5} apples and \\boxed{6} pears.", "6"),
        RIGHT("First \\boxed{5}. Then, and only then, \\boxed{6}.", "6"),
        RIGHT("Both \\boxed{6} apples and \\boxed{6} pears.", "6"),
    };

    JUDGE(pairs);
}

/* Outside of mathematics 30! may be an exclamation. */
Test(written, exclamations)
{
    static const struct judged pairs[] = {
        UNKNOWN("The answer is 30!", "30"),
        RIGHT("The answer is $4!$", "24"),
        RIGHT("\\boxed{4!}", "24"),
    };

    JUDGE(pairs);
}
