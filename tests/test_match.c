/*
 * test_match.c - what match/answer.h promises: answers are found, brought to a form, and
 * compared without guessing.
 *
 * The pairs of forms stand in match_pairs.h, the rule that decides them beside them.
 */
#include "critics/match/answer.h"
#include "critics/match/form.h"
#include "critics/match/unit.h"
#include "tests/match_pairs.h"
#include "critics/match/compare.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- fixture ------------------------------------------------------------------------ */

static const char *const names[] = {"UNKNOWN", "EQUAL", "UNEQUAL"};

static struct match_form *form_of(const char *text)
{
    struct match_form *form = match_read(text, strlen(text));

    cr_assert_not_null(form);
    return form;
}

static enum match compare(const char *answer, const char *reference, double tolerance)
{
    struct match_form *a = form_of(answer), *b = form_of(reference);
    enum match match = match_compare(a, b, tolerance);

    match_free(a);
    match_free(b);
    return match;
}

static void insist_match(const char *answer, const char *reference, enum match want)
{
    enum match match = compare(answer, reference, 0.0);

    cr_expect_eq(match, want, "`%s` to a reference of `%s` is %s, not %s", answer, reference,
                 names[match], names[want]);
}

static void insist_text(const char *answer, const char *canonical)
{
    struct match_form *form = form_of(answer);

    cr_expect_str_eq(match_text(form), canonical, "`%s` is `%s`, not `%s`", answer,
                     match_text(form), canonical);
    match_free(form);
}

static void insist_found(const char *text, const char *answer)
{
    struct crux_text found = match_find(text, strlen(text));

    cr_expect(found.length == strlen(answer) && memcmp(found.start, answer, found.length) == 0,
              "in `%s` it found `%.*s`, not `%s`", text, (int)found.length,
              found.length > 0 ? found.start : "", answer);
}

static void insist_none(const char *text)
{
    struct crux_text found = match_find(text, strlen(text));

    cr_expect_eq(found.length, 0, "in `%s` it found `%.*s`", text, (int)found.length,
                 found.length > 0 ? found.start : "");
}

/* --- equal and unequal --------------------------------------------------------------------- */

/* Every pair is what its rule says, and nothing else. */
Test(pairs, are_what_their_rule_says)
{
    cr_assert_geq(MATCH_PAIRS, 300);
    for (size_t i = 0; i < MATCH_PAIRS; i++)
        insist_match(match_pairs[i].a, match_pairs[i].b, match_pairs[i].forward);
}

/* The same pairs with the other one as reference. */
Test(pairs, are_what_their_rule_says_the_other_way_round)
{
    for (size_t i = 0; i < MATCH_PAIRS; i++)
        insist_match(match_pairs[i].b, match_pairs[i].a, match_pairs[i].back);
}

/* Two answers are the same if they are so both ways round, and in either order. */
Test(pairs, sameness_has_no_direction)
{
    for (size_t i = 0; i < MATCH_PAIRS; i++) {
        const struct match_pair *pair = &match_pairs[i];
        struct match_form *a = form_of(pair->a), *b = form_of(pair->b);
        enum match want = pair->forward == pair->back ? pair->forward : MATCH_UNKNOWN;

        cr_expect_eq(match_compare_both(a, b), want, "`%s` and `%s`", pair->a, pair->b);
        cr_expect_eq(match_compare_both(b, a), want, "`%s` and `%s`", pair->b, pair->a);
        match_free(a);
        match_free(b);
    }
}

static void insist_itself(const char *text)
{
    struct match_form *form = form_of(text);

    if (match_text(form)[0] != '\0')
        cr_expect_eq(match_compare_both(form, form), MATCH_EQUAL, "`%s`", text);
    match_free(form);
}

/* Every answer is itself. */
Test(pairs, every_answer_is_itself)
{
    for (size_t i = 0; i < MATCH_PAIRS; i++) {
        insist_itself(match_pairs[i].a);
        insist_itself(match_pairs[i].b);
    }
}

static void insist_read_again(const char *text)
{
    struct match_form *form = form_of(text), *again = form_of(match_text(form));

    cr_expect_str_eq(match_text(again), match_text(form), "of `%s`", text);
    match_free(form);
    match_free(again);
}

/* A canonical form is its own canonical form. */
Test(pairs, canonical_forms_stay_as_they_are)
{
    for (size_t i = 0; i < MATCH_PAIRS; i++) {
        insist_read_again(match_pairs[i].a);
        insist_read_again(match_pairs[i].b);
    }
}

/* Different kinds of answer are never equal, whatever they contain. */
Test(pairs, different_kinds_are_never_equal)
{
    static const char *const kinds[] = {"5",
                                        "(5, 6)",
                                        "[5, 6)",
                                        "\\{5, 6\\}",
                                        "5 cm^2 and 7",
                                        "5:06",
                                        "five six seven eight",
                                        "x + 5",
                                        "5 < x",
                                        "\\begin{pmatrix}5&6\\end{pmatrix}",
                                        "D",
                                        "56_{9}",
                                        "\\infty",
                                        "5!!!",
                                        "(5,6) \\cup (7,8)",
                                        "x = 5, y > 6"};
    size_t count = sizeof kinds / sizeof *kinds;

    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            if (i != j)
                cr_expect_neq(compare(kinds[i], kinds[j], 0.0), MATCH_EQUAL, "`%s` and `%s`",
                              kinds[i], kinds[j]);
}

/* --- tolerance -------------------------------------------------------------------------------- */

/* A tolerance is relative to the reference and lets nothing else through. */
Test(tolerance, is_relative_to_the_reference)
{
    cr_expect_eq(compare("101", "100", 0.011), MATCH_EQUAL);
    cr_expect_eq(compare("99", "100", 0.011), MATCH_EQUAL);
    cr_expect_eq(compare("102", "100", 0.011), MATCH_UNEQUAL);
    cr_expect_eq(compare("100", "101.2", 0.011), MATCH_UNEQUAL);
    cr_expect_eq(compare("0.3333", "\\frac13", 1e-3), MATCH_EQUAL);
    cr_expect_eq(compare("1.01 m", "100 cm", 0.011), MATCH_EQUAL);
    cr_expect_eq(compare("50.2", "50%", 0.011), MATCH_EQUAL);
    cr_expect_eq(compare("(1, 2.001)", "(1, 2)", 0.011), MATCH_EQUAL);
    cr_expect_eq(compare("0.001", "0", 0.011), MATCH_UNEQUAL);
    cr_expect_eq(compare("-\\infty", "\\infty", 0.9), MATCH_UNEQUAL);
    cr_expect_eq(compare("east", "west", 0.9), MATCH_UNEQUAL);
}

/* --- canonical forms ----------------------------------------------------------------------------
 */

/* One form for the ways to write a thing: what votes are counted by. */
Test(canonical, one_form_for_many_ways_to_write)
{
    insist_text("\\dfrac{1}{2}", "0.5");
    insist_text("50%", "0.5");
    insist_text("-\\frac{2}{6}", "-1/3");
    insist_text("1,000,000", "1000000");
    insist_text("0.0625", "0.0625");
    insist_text("-0.05", "-0.05");
    insist_text("\\frac{1}{2^{62}}", "1/4611686018427387904");
    insist_text("\\{3, 1, 2\\}", "\\{1, 2, 3\\}");
    insist_text("\\{b, a\\}", "\\{b, a\\}");
    insist_text("$18.00", "18");
    insist_text("5 \\text{ centimeters}", "5 cm");
    insist_text("90^\\circ", "90\xC2\xB0");
    insist_text("x = 3\\sqrt{13}", "3*sqrt(13)");
    insist_text("(x+1)(x-1)", "(x + 1)*(x - 1)");
    insist_text("x - (y - z)", "x - (y - z)");
    insist_text("x/(y z)", "x/(y*z)");
    insist_text("(-x)^{2}", "(-x)^2");
    insist_text("(1/3)^x", "(1/3)^x");
    insist_text("\\text{The East}", "east");
    insist_text("x \\le 3", "x <= 3");
    insist_text("3:30 p.m.", "3:30 pm");
    insist_text("(C)\\ 12", "C) 12");
    insist_text("5.50e30", "5.5e+30");
    insist_text("x \\ne \\pm 1", "x != 1, x != -1");
    insist_text("", "");
}

/* A form that would be cut is none: two of them could be taken for one. */
Test(canonical, what_is_too_long_is_no_answer)
{
    char text[1200];
    struct match_form *form;

    memset(text, '7', sizeof text);
    form = match_read(text, 1025);
    cr_expect_str_eq(match_text(form), "");
    match_free(form);
    form = match_read(text, 1000);
    cr_expect_eq(strlen(match_text(form)), 1000);
    match_free(form);
    for (size_t length = 1020; length < 1025; length++) { /* where the room for text ends */
        form = match_read(text, length);
        cr_expect(match_text(form)[0] == '\0' || strlen(match_text(form)) == length);
        match_free(form);
    }
    for (size_t i = 0; i < 1000; i += 2)
        memcpy(text + i, "x ", 2);
    form = match_read(text, 1000); /* more tokens than there is room for */
    cr_expect_str_eq(match_text(form), "");
    match_free(form);
    for (size_t i = 0; i < 5 * 50; i += 5)
        memcpy(text + i, "2^62,", 5); /* 50 numbers of 19 digits */
    form = match_read(text, 5 * 50);
    cr_expect_str_eq(match_text(form), "");
    match_free(form);
    for (size_t i = 0; i < 13 * 78; i += 13)
        memcpy(text + i, "\\begin{array}", 13);
    form = match_read(text, 13 * 78);
    cr_expect_str_eq(match_text(form), "");
    match_free(form);
}

static void insist_bounded(const char *part, size_t times, const char *behind)
{
    char text[1100] = "";

    for (size_t i = 0; i < times; i++)
        (void)strcat(text, part);
    (void)strcat(text, behind);
    insist_match(text, "5", MATCH_UNKNOWN);
    insist_itself(text);
}

/* A decimal number of very many digits is read, and is itself. */
Test(canonical, digits_are_counted_to_a_hundred)
{
    char text[140] = "0.";

    for (size_t i = 0; i < 130; i++)
        (void)strcat(text, "7");
    insist_itself(text);
    insist_match(text, "\\frac79", MATCH_EQUAL);
    insist_match("\\frac79", text, MATCH_EQUAL);
}

/* A unit that is longer than any is none. */
Test(canonical, units_are_bounded)
{
    char text[400] = "5 s";

    for (size_t i = 0; i < 155; i++)
        (void)strcat(text, "/s");
    insist_match(text, "5", MATCH_UNKNOWN);
    insist_itself(text);
}

/* Nesting and width have bounds, and what is beyond them is not understood. */
Test(canonical, depth_and_width_are_bounded)
{
    insist_bounded("(", 200, "5");
    insist_bounded("-", 200, "x");
    insist_bounded("\\{", 100, "5");
    insist_bounded("2^", 100, "x");
    insist_bounded("x+", 150, "5");
    insist_bounded("\\{\\pm", 60, "5");
    insist_bounded("\\frac", 60, "5");
    insist_bounded("x,", 150, "5");
}

/* Wherever an answer is cut off, what is left is read, or it is not; and it is itself. */
Test(canonical, any_part_of_an_answer_can_be_read)
{
    for (size_t i = 0; i < MATCH_PAIRS; i++)
        for (size_t length = strlen(match_pairs[i].a); length > 0; length--) {
            struct match_form *form = match_read(match_pairs[i].a, length);

            cr_assert_not_null(form);
            if (match_text(form)[0] != '\0')
                cr_expect_eq(match_compare_both(form, form), MATCH_EQUAL, "%.*s", (int)length,
                             match_pairs[i].a);
            match_free(form);
        }
}

/* Wherever the nodes run out, the answer is not understood, and is itself all the same. */
Test(canonical, nodes_may_run_out_anywhere)
{
    for (size_t i = 0; i < MATCH_PAIRS; i++)
        for (size_t letters = 60; letters < 80; letters++) {
            char text[600] = "";

            for (size_t at = 0; at < letters; at++)
                (void)strcat(text, "x ");
            (void)strcat(text, ", ");
            (void)strncat(text, match_pairs[i].a, 300);
            insist_itself(text);
        }
}

/* Powers, factorials and roots that nobody can compute have no value, and take no time. */
Test(canonical, what_cannot_be_computed_has_no_value)
{
    insist_match("9^{9^{9}}", "5", MATCH_UNEQUAL); /* exactly, modulo a prime */
    insist_match("2^{99999}", "5", MATCH_UNEQUAL);
    insist_match("100000!", "5", MATCH_UNKNOWN);
    insist_match("(1/2)!", "1", MATCH_UNKNOWN);
    insist_match("\\binom{3}{5}", "0", MATCH_UNKNOWN);
    insist_match("\\sqrt[0]{5}", "5", MATCH_UNKNOWN);
    insist_match("\\sqrt[3]{i}", "5", MATCH_UNKNOWN);
    insist_match("0^{-1}", "5", MATCH_UNKNOWN);
    insist_match("1e999", "5", MATCH_UNEQUAL);
    insist_match("\\infty - \\infty", "0", MATCH_UNKNOWN);
    insist_match("|\\infty|", "5", MATCH_UNEQUAL);
    insist_match("\\csc 0", "5", MATCH_UNKNOWN);
    insist_match("i^{\\sqrt{2}}", "5", MATCH_UNKNOWN);
    insist_match("|3+4i|", "5", MATCH_EQUAL);
    insist_match("\\sqrt{2i}", "1+i", MATCH_EQUAL);
    insist_match("2^{\\sqrt2}", "2.6651441426902251887", MATCH_EQUAL);
    insist_match("8^{2/3}", "4", MATCH_EQUAL);
    insist_match("30! / 29!", "30", MATCH_EQUAL);
    insist_match("2^{70} / 2^{69}", "2", MATCH_EQUAL);
    insist_match("2^{-70} \\cdot 2^{70}", "1", MATCH_EQUAL);
    insist_match("\\frac{1}{9000000000000000001} + \\frac{1}{9000000000000000003}", "0",
                 MATCH_UNEQUAL);
}

/* --- finding -------------------------------------------------------------------------------------
 */

/* The last box counts; braces in it are balanced. */
Test(find, the_last_box_counts)
{
    insist_found("so \\boxed{18}.", "18");
    insist_found("\\boxed{1} no, \\boxed{2}", "2");
    insist_found("\\boxed{\\frac{1}{2}}", "\\frac{1}{2}");
    insist_found("\\boxed{\\left\\{1,2\\right\\}}", "\\left\\{1,2\\right\\}");
    insist_found("\\fbox{7} is it", "7");
    insist_found("\\boxed {7}", "7");
    insist_found("\\boxed 7", "7");
    insist_found("\\boxed{ 7 }", "7");
    insist_found("\\boxed{1} and \\boxed{2", "1");
    insist_found("\\boxed{3} \\boxed{}", "3");
    insist_none("\\boxed{2");
    insist_none("\\boxed{\\");
    insist_none("\\boxed");
}

/* Four hashes end a solution; the rest of their line is the answer. */
Test(find, hashes_name_the_answer)
{
    insist_found("2+2=4\n#### 4", "4");
    insist_found("#### 4\nmore", "4");
    insist_found("#### 4\n#### 5", "5");
    insist_found("####   1,000  ", "1,000");
    insist_found("####4", "4");
    insist_none("##### 4");
    insist_none("#### \n");
}

/* The answer is what follows, to the end of its sentence. */
Test(find, a_sentence_names_the_answer)
{
    insist_found("The answer is 18.", "18");
    insist_found("the answer is 18", "18");
    insist_found("The final answer is: 3.5 cm. Good.", "3.5 cm");
    insist_found("Answer: 18\nBye", "18");
    insist_found("**Answer:** 18", "18");
    insist_found("**Final Answer**: 18", "18");
    insist_found("ANSWER = 18", "18");
    insist_found("The answer is **18**.", "18");
    insist_found("Final answer:\n\n42", "42");
    insist_found("the answer is equal to 7.", "7");
    insist_found("the answer would be 7", "7");
    insist_found("The answer is 3:30 p.m. today", "3:30 p.m. today");
    insist_found("The answer is 1. No: the answer is 2.", "2");
    insist_found("The answer is $x = 5$.", "$x = 5$");
    insist_found("The answer is $5$ apples.", "$5$ apples");
    insist_found("The answer is $5 per hour, not $6.", "$5 per hour");
    insist_found("The answer is \\(5. 1\\). Done.", "\\(5. 1\\)");
    insist_found("The answer is \\[5. 1\\]", "\\[5. 1\\]");
    insist_found("The answer is $$5. 1$$", "$$5. 1$$");
    insist_found("The answer is \\$5.", "\\$5");
    insist_found("The answer is $5 and $6", "$5 and $6");
    insist_found("The answer is $5\\$6", "$5\\$6");
    insist_found("The answer is $5\n$ more", "$5");
    insist_found("The answer is $5$", "$5$");
    insist_found("The answer is $5$6", "$5$6");
    insist_found("The answer is $", "$");
    insist_found("The answer is *5*", "5*");
    insist_found("The answer is 5.*", "5");
    insist_found("The answer is 2.5 or 3. Or 4.", "2.5 or 3");
    insist_found("The answer is ham.", "ham");
    insist_found("The answer is m.", "m");
    insist_found("The answer is: :  5", "5");
    insist_none("no more");
    insist_none("The answer");
    insist_none("The answer is");
    insist_none("The answer is.");
    insist_none("The answer island 5");
    insist_none("My answers are many");
    insist_none("Answer:");
    insist_none("");
}

/* A box beats hashes, and hashes beat a sentence; a sentence behind a box that names another
 * answer makes it doubtful which is meant. */
Test(find, the_surest_place_counts)
{
    insist_found("\\boxed{1} #### 2 the answer is 1", "1");
    insist_found("the answer is 3. \\boxed{1}", "1");
    insist_found("\\boxed{1} #### 2. The answer is 3", "3");
    insist_found("the answer is 3\n#### 2\nthe answer is 4", "4");
    insist_found("the answer is 3\n#### 2", "2");
}

/* A text without end is looked through once, and what is too long is no answer. */
Test(find, long_texts_are_a_linear_matter)
{
    size_t length = 1u << 18;
    char *text = malloc(length);

    cr_assert_not_null(text);
    for (size_t i = 0; i + 8 <= length; i += 8)
        memcpy(text + i, "\\boxed{ ", 8);
    cr_expect_eq(match_find(text, length).length, 0);
    for (size_t i = 0; i + 8 <= length; i += 8)
        memcpy(text + i, "answer: ", 8);
    cr_expect_gt(match_find(text, length).length, 0);
    for (size_t i = 0; i + 8 <= length; i += 8)
        memcpy(text + i, "#### 555", 8);
    cr_expect_eq(match_find(text, length).length, 3);
    free(text);
}

/* --- units
 * ------------------------------------------------------------------------------------------ */

/* Every unit is known by the name it is written with, and of its dimension. */
Test(units, every_name_finds_its_unit)
{
    static const char *const dimensions[] = {"length", "mass", "time", "volume", "dollars"};

    for (size_t i = 0; i < sizeof dimensions / sizeof *dimensions; i++) {
        const struct match_unit *unit = NULL;
        uint32_t count = 0;

        while ((unit = match_unit_next(dimensions[i], unit)) != NULL) {
            cr_expect_eq(match_unit_find(unit->name), unit, "%s", unit->name);
            cr_expect_str_eq(unit->dimension, dimensions[i]);
            count++;
        }
        cr_expect_geq(count, 2, "%s", dimensions[i]);
    }
    cr_expect_null(match_unit_find("apple"));
    cr_expect_null(match_unit_find(""));
}
