/*
 * test_match_points.c - what critics/match/points.h promises: expressions and relations are
 * compared by their values, and closed numbers with as many digits as it takes.
 */
#include "critics/match/answer.h"
#include "critics/match/compare.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {"UNKNOWN", "EQUAL", "UNEQUAL"};

static enum match verdict(const char *answer, const char *reference)
{
    struct match_form *a = match_read(answer, strlen(answer));
    struct match_form *b = match_read(reference, strlen(reference));
    enum match match = match_compare(a, b, 0.0);

    match_free(a);
    match_free(b);
    return match;
}

/* Of one reference, several answers; the list ends in NULL. */
static void insist(enum match want, const char *reference, const char *const *answers)
{
    for (; *answers != NULL; answers++) {
        enum match forward = verdict(*answers, reference), back = verdict(reference, *answers);

        cr_expect_eq(forward, want, "`%s` to `%s` is %s, not %s", *answers, reference,
                     names[forward], names[want]);
        cr_expect_eq(back, want, "`%s` to `%s` is %s, not %s", reference, *answers, names[back],
                     names[want]);
    }
}

#define ARE(want, reference, ...)                                                                  \
    insist(MATCH_##want, reference, (const char *const[]){__VA_ARGS__, NULL})

/* --- expressions ------------------------------------------------------------------------ */

/* A polynomial is what its value is, however it is arranged. */
Test(expressions, are_equal_in_any_arrangement)
{
    ARE(EQUAL, "x^2 - 5x + 6", "(x-2)(x-3)", "(3-x)(2-x)", "6 + x(x-5)", "x \\cdot x - 5x + 6",
        "\\frac{2x^2-10x+12}{2}");
    ARE(EQUAL, "3ab", "3ba", "a \\cdot 3b", "\\frac{6ab}{2}");
    ARE(EQUAL, "a_1 + a_2", "a_2 + a_1");
    ARE(EQUAL, "2\\pi r", "\\pi r \\cdot 2", "2r\\pi");
    ARE(EQUAL, "\\theta + 1", "1 + \\theta");
    ARE(UNEQUAL, "x^2 - 5x + 6", "x^2 - 5x + 7", "x^2 + 5x + 6", "(x-2)(x+3)", "x^3 - 5x + 6",
        "x^2 - 5x");
    ARE(UNEQUAL, "3ab", "4ab", "-3ab", "3a^2b", "3a");
    ARE(UNEQUAL, "a_1 + a_2", "a_1 - a_2");
}

/* Quotients are multiplied out; where a denominator is 0 nothing is asked. */
Test(expressions, may_have_denominators)
{
    ARE(EQUAL, "\\frac{x+5}{x-5}", "1 + \\frac{10}{x-5}", "\\frac{-5-x}{5-x}");
    ARE(EQUAL, "\\frac{1}{a} + \\frac{1}{b}", "\\frac{a+b}{ab}");
    ARE(EQUAL, "-1", "\\frac{t-3}{3-t}");
    ARE(UNEQUAL, "\\frac{1}{a} + \\frac{1}{b}", "\\frac{1}{a+b}", "\\frac{2}{ab}");
}

/* So are roots, powers and functions, at places where they have real values. */
Test(expressions, may_have_roots_and_functions)
{
    ARE(EQUAL, "\\sqrt{12x}", "2\\sqrt{3x}", "(12x)^{1/2}", "2\\sqrt3 \\cdot x^{0.5}");
    ARE(EQUAL, "\\sqrt{x-30}", "(x-30)^{\\frac12}");
    ARE(EQUAL, "1", "\\sin^2(x) + \\cos^2(x)");
    ARE(EQUAL, "\\tan(x)", "\\frac{\\sin(x)}{\\cos(x)}");
    ARE(EQUAL, "2^{n+2}", "4 \\cdot 2^n");
    ARE(EQUAL, "e^{2x}", "(e^x)^2", "e^x \\cdot e^x");
    ARE(EQUAL, "\\ln(x^3)", "3\\ln(x)");
    ARE(EQUAL, "(n+1)!", "(n+1) \\cdot n!");
    ARE(EQUAL, "\\binom{n}{2}", "\\frac{n(n-1)}{2}");
    ARE(EQUAL, "(-1)^{n+2}", "(-1)^n");
    ARE(UNEQUAL, "\\sqrt{12x}", "\\sqrt{13x}", "12\\sqrt{x}", "-\\sqrt{12x}");
    ARE(UNEQUAL, "\\cos(x)", "\\sin(x)", "-\\cos(x)", "\\cos(2x)");
    ARE(UNEQUAL, "n!", "(n+1)!", "2n");
    ARE(UNEQUAL, "2^n", "2^{n+1}", "2n", "n^2");
}

/* Equal for some values only, is not known: which are meant is said in the problem. */
Test(expressions, that_agree_in_places_are_unknown)
{
    ARE(UNKNOWN, "|x|", "x");
    ARE(EQUAL, "|x|", "\\sqrt{x^2}", "|-x|");
    ARE(UNEQUAL, "|x|", "|x| + 1", "2 \\cdot |x|");
    ARE(UNKNOWN, "|x - 100|", "100 - x");
    ARE(UNKNOWN, "\\cos(\\pi n)", "\\cos(\\pi n) + \\sin(\\pi n)"); /* the same for whole n */
    ARE(UNKNOWN, "(-1)^n", "1");
}

/* A difference in the tenth place is one, and so is one in the hundredth. */
Test(expressions, that_are_near_are_not_equal)
{
    ARE(UNEQUAL, "x", "(1 + 10^{-12})x", "x + e^{-60}", "x + 10^{-200}");
    ARE(UNEQUAL, "\\sqrt{x}", "\\sqrt{x + 10^{-30}}", "\\sqrt{x} + 3^{-400}");
    ARE(EQUAL, "\\sqrt{x} + 3^{-400}", "3^{-400} + x^{1/2}");
}

/* --- what excuses a difference ---------------------------------------------------------- */

/* Another name for the same is no other answer, but two names alone are two. */
Test(excuses, names)
{
    ARE(UNKNOWN, "2n + 3", "2m + 3", "3 + 2t");
    ARE(UNKNOWN, "ax^2 + b", "px^2 + q");
    ARE(UNEQUAL, "2n + 3", "2m + 4", "2m - 3");
    ARE(UNEQUAL, "x", "y");
    ARE(UNKNOWN, "(k, 2k)", "(n, 2n)");
    ARE(UNEQUAL, "x + 1", "x + y", "7");
}

/* A constant of integration may be missing in the reference, and may take up a number. */
Test(excuses, constants_of_integration)
{
    ARE(EQUAL, "\\frac{x^2}{2} + C", "C + \\frac12 x^2");
    ARE(UNKNOWN, "\\frac{x^2}{2} + C", "\\frac{x^2}{2} + 7 + C");
    ARE(UNKNOWN, "\\sin^2(x) + C", "C - \\cos^2(x)");
    ARE(UNEQUAL, "\\frac{x^2}{2} + C", "x^2 + C");
    cr_expect_eq(verdict("x^3 + C", "x^3"), MATCH_UNKNOWN);
    cr_expect_eq(verdict("x^3", "x^3 + C"), MATCH_UNEQUAL);
}

/* Whole numbers that are left open may be counted from anywhere, a line's points, too. */
Test(excuses, parameters)
{
    ARE(UNKNOWN, "\\frac{\\pi}{3} + 2k\\pi", "2k\\pi - \\frac{5\\pi}{3}",
        "\\frac{\\pi}{3} - 2k\\pi");
    ARE(UNKNOWN, "2n + 1", "2n - 1");
    ARE(UNEQUAL, "\\frac{\\pi}{3} + 2k\\pi", "\\frac{\\pi}{4} + 2k\\pi");
    ARE(UNEQUAL, "6n", "-6n", "5n");
    ARE(UNKNOWN, "(1 + 2t, 3 - t)", "(3 + 2t, 2 - t)");
    ARE(UNEQUAL, "(t^2, 2t)", "(t^2 + 1, 2t)");
}

/* Letters beside a number may be a unit, a word, thousands. */
Test(excuses, letters_that_are_no_variables)
{
    ARE(UNKNOWN, "28", "28 qzt", "28ab");
    ARE(UNKNOWN, "5", "5g^2", "5 m/s^2 g");
    ARE(UNKNOWN, "7000", "7k");
    ARE(UNEQUAL, "7", "7k", "2c", "x^2", "-7q");
}

/* Decimal numbers may be rounded: only what is far off is another answer. */
Test(excuses, rounding)
{
    ARE(EQUAL, "\\frac{x}{4}", "0.25x");
    ARE(UNKNOWN, "\\frac{x}{3}", "0.333x", "0.34x");
    ARE(UNEQUAL, "\\frac{x}{3}", "0.5x", "0.333x^2");
    ARE(UNKNOWN, "\\pi r^2", "3.14r^2");
}

/* What can be read in two ways has a verdict if both give it. */
Test(excuses, two_readings)
{
    ARE(UNKNOWN, "1/(2x)", "1/2x");
    ARE(UNEQUAL, "5", "1/2x");
    ARE(UNKNOWN, "2f(x)", "f(2x)");
    ARE(EQUAL, "f(x+1)", "f(1+x)");
    ARE(UNEQUAL, "f(x+1)", "f(x+1) + 2");
    ARE(EQUAL, "p(1-p)", "p - p^2"); /* p stands alone, too: it is no function */
    ARE(EQUAL, "2\\log(x)", "\\log(x^2)");
    ARE(UNKNOWN, "\\log(x)", "\\ln(x)");
    ARE(UNKNOWN, "\\log(100)", "2");
    ARE(UNEQUAL, "\\log(x)", "\\log(x) + 1");
}

/* --- relations ---------------------------------------------------------------------------- */

/* An equation may be turned and multiplied. */
Test(relations, equations)
{
    ARE(EQUAL, "2x + 3y = 12", "3y + 2x = 12", "4x + 6y - 24 = 0", "12 - 3y = 2x",
        "y = 4 - \\frac{2}{3}x", "\\frac{x}{6} + \\frac{y}{4} = 1");
    ARE(UNEQUAL, "2x + 3y = 12", "2x + 3y = 13", "3x + 2y = 12", "2x - 3y = 12", "y = 4 + x");
    ARE(EQUAL, "x^2 + y^2 = 9", "y^2 = 9 - x^2", "\\frac{x^2}{9} + \\frac{y^2}{9} = 1");
    ARE(UNEQUAL, "x^2 + y^2 = 9", "x^2 + y^2 = 3");
    ARE(UNKNOWN, "x^2 + y^2 = 9", "x^2 + 2y^2 = 9"); /* they meet */
    ARE(UNKNOWN, "x^2 - 1 = 0", "x - 1 = 0");
    ARE(UNKNOWN, "2a + 3b = 12", "2x + 3y = 12");
    ARE(EQUAL, "x \\neq 3", "3 \\neq x");
    ARE(UNKNOWN, "x \\neq 3", "2x - 6 = 0");
    ARE(UNKNOWN, "0.33x + y = 1", "x + 3y = 3");
}

/* An inequality may be turned, but it keeps its side and its edge. */
Test(relations, inequalities)
{
    ARE(EQUAL, "x > 4", "4 < x", "2x > 8", "-x < -4", "x - 4 > 0", "(4, \\infty)");
    ARE(UNEQUAL, "x > 4", "x < 4", "x \\ge 4", "x > 5", "-x > -4", "[4, \\infty)", "(5, \\infty)",
        "(-\\infty, 4)");
    ARE(EQUAL, "y \\le 2x + 1", "2x - y + 1 \\ge 0");
    ARE(UNEQUAL, "y \\le 2x + 1", "y \\ge 2x + 1", "y < 2x + 1", "y \\le 2x + 2");
    ARE(EQUAL, "-1 \\le x < 3", "3 > x \\ge -1", "-2 \\le 2x < 6", "[-1, 3)");
    ARE(UNEQUAL, "-1 \\le x < 3", "-1 \\le x \\le 3", "-1 \\le x < 4", "(-1, 3)", "[-1, 4)");
    ARE(EQUAL, "x < -1 \\text{ or } x > 2", "(-\\infty, -1) \\cup (2, \\infty)");
    ARE(EQUAL, "m \\ge \\sqrt5", "[\\sqrt5, \\infty)");
    ARE(UNKNOWN, "x > 4", "y > 4");
}

/* Points and matrices have items that are expressions. */
Test(relations, items)
{
    ARE(EQUAL, "(x + y, 2x)", "(y + x, x + x)");
    ARE(UNEQUAL, "(x + y, 2x)", "(x - y, 2x)", "(x + y, 3x)");
    ARE(EQUAL, "\\begin{pmatrix} a & a+b \\\\ 0 & 1 \\end{pmatrix}",
        "\\begin{bmatrix} a & b+a \\\\ 0 & 1 \\end{bmatrix}");
    ARE(UNEQUAL, "\\begin{pmatrix} a & a+b \\\\ 0 & 1 \\end{pmatrix}",
        "\\begin{pmatrix} a & a-b \\\\ 0 & 1 \\end{pmatrix}");
}

/* --- closed numbers ------------------------------------------------------------------------- */

/* What doubles cannot tell apart is told apart. */
Test(numbers, that_are_near_are_not_equal)
{
    ARE(UNEQUAL, "1", "1 - (2/3)^{150}", "1 + e^{-50}", "\\cos(10^{-20})", "2^{1/2^{900}}");
    ARE(UNEQUAL, "10^{12}", "\\sqrt{10^{24}+1}", "\\sqrt{10^{24}-1}");
    ARE(UNEQUAL, "\\sqrt3", "\\sqrt3(1 + 10^{-15})", "\\sqrt{3 + 10^{-40}}");
    ARE(UNEQUAL, "\\pi", "\\pi + 7^{-90}", "\\frac{5419351}{1725033}");
    ARE(UNEQUAL, "(0, 1]", "(0, 1 - 3^{-80}]");
    ARE(UNEQUAL, "262537412640768744", "e^{\\pi\\sqrt{163}}");
}

/* So it is with a unit or a percent sign. */
Test(numbers, keep_their_units)
{
    ARE(UNEQUAL, "1 m", "(100 - e^{-60}) cm", "(1 + e^{-60}) m");
    ARE(EQUAL, "\\sqrt7 m", "100\\sqrt7 cm", "\\sqrt7 m");
    ARE(UNEQUAL, "50\\%", "\\frac12 + e^{-60}");
    ARE(EQUAL, "\\sqrt2\\%", "\\frac{\\sqrt2}{100}");
}

/* What is equal stays so, however it is made. */
Test(numbers, that_are_equal_stay_so)
{
    ARE(EQUAL, "1 + \\sqrt2", "\\sqrt{3 + 2\\sqrt2}", "\\frac{1}{\\sqrt2 - 1}");
    ARE(EQUAL, "0", "\\sin(\\pi)", "\\sqrt2 \\cdot \\sqrt3 - \\sqrt6", "\\ln(1)", "e^{i\\pi} + 1",
        "\\sin(-2\\pi)");
    ARE(EQUAL, "\\frac{\\pi}{4}", "\\arctan(1)", "\\arcsin(\\frac{\\sqrt2}{2})");
    ARE(EQUAL, "i", "\\sqrt{-1}", "e^{i\\pi/2}");
    ARE(EQUAL, "e^{-50} + 1", "1 + \\frac{1}{e^{50}}");
    ARE(EQUAL, "\\log_2(10)", "\\frac{\\ln(10)}{\\ln(2)}");
    ARE(EQUAL, "-2", "\\sqrt[3]{-8}");
    ARE(UNEQUAL, "1 + \\sqrt2", "\\sqrt2", "\\sqrt{3 + \\sqrt2}");
}

/* Numbers of any length are known to their last digit. */
Test(numbers, may_be_large)
{
    ARE(EQUAL, "3^{60}", "42391158275216203514294433201", "9^{30}");
    ARE(UNEQUAL, "3^{60}", "42391158275216203514294433202", "3^{60} + 1", "3^{61}");
    ARE(EQUAL, "22!", "1124000727777607680000");
    ARE(UNEQUAL, "22!", "1124000727777607680001", "23!");
    ARE(UNEQUAL, "\\frac{1}{1500!}", "\\frac{1}{1498!}", "0");
    ARE(UNEQUAL, "1e700", "1e701", "10^{699}");
    ARE(EQUAL, "1e700", "10^{700}");
    ARE(UNEQUAL, "7^{7^{7}}", "5"); /* modulo a prime, which leaves no doubt */
    ARE(UNKNOWN, "\\sin(10^{10^{10}})", "0.5");
}

/* What has no value is compared by nothing. */
Test(numbers, may_have_no_value)
{
    ARE(UNKNOWN, "\\frac{x}{0}", "x", "0");
    ARE(UNKNOWN, "\\ln(0) + x", "x");
    ARE(UNKNOWN, "\\tan(\\pi/2) + x", "x");
    ARE(UNKNOWN, "(-3)! + x", "x");
    ARE(UNKNOWN, "\\sqrt{-x^2}", "ix");
}

/* --- always the same ----------------------------------------------------------------------------
 */

static void *compare_often(void *wrong)
{
    for (uint32_t i = 0; i < 20; i++) {
        *(uint32_t *)wrong += verdict("\\sqrt{8x} + \\pi", "2\\sqrt{2x} + \\pi") != MATCH_EQUAL;
        *(uint32_t *)wrong += verdict("\\sin(2x)", "\\sin(3x)") != MATCH_UNEQUAL;
    }
    return NULL;
}

/* Threads do not share what the libraries keep. */
Test(points, threads_have_their_own)
{
    pthread_t threads[4];
    uint32_t wrong[4] = {0};

    for (uint32_t i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, compare_often, &wrong[i]), 0);
    for (uint32_t i = 0; i < 4; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
        cr_expect_eq(wrong[i], 0);
    }
}
