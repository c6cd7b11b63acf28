/*
 * test_expression.c - what io/expression.h promises: an expression over named values is true,
 * false or unknown, and what is none is refused with its text.
 */
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "io/expression.h"

static const char *const names[] = {"side", "refined", "steps"};

static struct crux_error why;

/* Of side 'wrong', refined 0.5 and steps that nobody knows. */
static enum expression_truth truth_of(const char *text)
{
    const struct expression_value values[] = {{NAN, "wrong"}, {0.5, NULL}, {NAN, NULL}};
    struct expression *expression = NULL;
    enum expression_truth truth = EXPRESSION_UNKNOWN;

    cr_assert_eq(expression_open(&expression, text, names, 3, &why), CRUX_OK, "%s", why.text);
    cr_assert_eq(expression_truth(expression, values, &truth, &why), CRUX_OK, "%s", why.text);
    expression_close(expression);
    return truth;
}

static void assert_none(const char *text)
{
    struct expression *expression = NULL;

    cr_assert_eq(expression_open(&expression, text, names, 3, &why), CRUX_INVALID, "%s", text);
    cr_assert_null(expression);
    cr_assert_not_null(strstr(why.text, text), "%s: %s", text, why.text);
    expression_close(expression);
}

Test(expression, truths)
{
    cr_assert_eq(truth_of("side = 'wrong'"), EXPRESSION_TRUE);
    cr_assert_eq(truth_of("SIDE = 'right'"), EXPRESSION_FALSE);
    cr_assert_eq(truth_of("refined > 0.4 and refined < 1"), EXPRESSION_TRUE);
    cr_assert_eq(truth_of("\"refined\" > 0.5"), EXPRESSION_FALSE);
    cr_assert_eq(truth_of("refined in (0.25, 0.5) -- half"), EXPRESSION_TRUE);
    cr_assert_eq(truth_of("refined"), EXPRESSION_TRUE);
    cr_assert_eq(truth_of("max(refined, 0) - 0.5"), EXPRESSION_FALSE);
}

/* What depends on what nobody knows is not known; what does not, is. */
Test(expression, unknown)
{
    cr_assert_eq(truth_of("steps > 3"), EXPRESSION_UNKNOWN);
    cr_assert_eq(truth_of("not steps > 3"), EXPRESSION_UNKNOWN);
    cr_assert_eq(truth_of("steps > 3 or refined > 0"), EXPRESSION_TRUE);
    cr_assert_eq(truth_of("steps > 3 and refined > 1"), EXPRESSION_FALSE);
    cr_assert_eq(truth_of("steps is null"), EXPRESSION_TRUE);
    cr_assert_eq(truth_of("coalesce(steps, 7) = 7"), EXPRESSION_TRUE);
}

Test(expression, refused)
{
    assert_none("");
    assert_none("refned > 3");
    assert_none("\"refned\" > 3"); /* no text, which is more than any number */
    assert_none("refined >");
    assert_none("1), (2");
    assert_none("1); select (1");
    assert_none("1 /* and so on");
    assert_none("(select one from elsewhere)");
}

/* What can be read and not be computed is refused when it is asked, and the next time, too. */
Test(expression, not_computed)
{
    const struct expression_value values[] = {{NAN, "wrong"}, {0.5, NULL}, {NAN, NULL}};
    struct expression *expression = NULL;
    enum expression_truth truth = EXPRESSION_UNKNOWN;

    cr_assert_eq(expression_open(&expression, "abs(-9223372036854775807 - 1)", names, 3, &why),
                 CRUX_OK);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(expression_truth(expression, values, &truth, &why), CRUX_INVALID);
        cr_assert_not_null(strstr(why.text, "overflow"), "%s", why.text);
        cr_assert_eq(truth, EXPRESSION_UNKNOWN);
    }
    expression_close(expression);
    expression_close(NULL);
}
