/*
 * test_keep.c - what io/views/keep.h promises: each name stands for what is known of a path, and is
 * NULL where nobody knows; what cannot be told leaves a wrong path out and a right one in.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "io/crux_export.h"
#include "io/views/keep.h"
#include "tests/world/contains.h"

static struct crux_error why;
static const struct view_run run = {.run_id = "r"};

/* --- records by hand -------------------------------------------------------------------------- */

static const struct crux_rollout rollouts[] = {{.text = "", .answer = "7", .reward = 0.25}};
static const struct crux_problem problem = {.id = "p"};
static const struct crux_tree tree = {
    .problem = &problem, .rollouts = rollouts, .rollout_count = 1};
static const struct view_tree what = {.tree = &tree};
static const struct crux_pair pair = {.critique = ""};
static const struct learnt_verification verified = {
    .critique = "a", .foreign = "", .with = {3, 4}, .without = {1, 2}, .control = {1, 8}};
static const struct learnt_verification untold = {.critique = "a", .foreign = ""};

/* All is known of it. */
static struct record known(bool wrong)
{
    return (struct record){.about = {.what = &what, .run = &run},
                           .pair = wrong ? &pair : NULL,
                           .path = {.count = 5},
                           .location = {.how = LEARNT_AGREED, .step = 2, .from = -1, .to = -1},
                           .locator = "l",
                           .critique = {.text = "so", .step = 2, .verdict = CRUX_WRONG},
                           .annotator = "a",
                           .verification = &verified,
                           .support = {.execution = 0.5, .judge = 0.625, .completions = 0.75}};
}

/* Nothing is. */
static struct record blank(bool wrong)
{
    return (struct record){.about = {.what = &what, .run = &run},
                           .pair = wrong ? &pair : NULL,
                           .location = {.how = LEARNT_NOT, .step = -1, .from = -1, .to = -1},
                           .locator = "",
                           .critique = {.text = "", .step = -1},
                           .annotator = "",
                           .support = {.execution = -1.0, .judge = -1.0, .completions = -1.0}};
}

static bool takes(const char *expression, const struct record *record)
{
    struct keep *keep = NULL;
    bool taken = false, filtered = false;

    cr_assert_eq(keep_open(&keep, expression, &why), CRUX_OK, "%s", why.text);
    cr_assert_eq(keep_takes(keep, record, &taken, &why), CRUX_OK, "%s", why.text);
    cr_assert_eq(keep_filter(keep)->takes(keep_filter(keep), record, &filtered, &why), CRUX_OK);
    cr_expect_eq(filtered, taken);
    keep_close(keep);
    return taken;
}

/* --- names ------------------------------------------------------------------------------------ */

/* Of each name its value where all is known, and where nothing is. */
static const struct {
    const char *name, *value, *none;
} rows[] = {
    {"side", "= 'wrong'", "= 'wrong'"},
    {"how", "= 'agreed'", "= 'not'"},
    {"step", "= 2", "is null"},
    {"steps", "= 5", "= 0"},
    {"critique", "= 1", "= 0"},
    {"annotator", "= 'a'", "= ''"},
    {"points_at", "= 2", "is null"},
    {"refined", "= 0.75", "is null"},
    {"refined_right", "= 3", "is null"},
    {"refined_of", "= 4", "is null"},
    {"refined_without", "= 0.5", "is null"},
    {"refined_control", "= 0.125", "is null"},
    {"verdict_right", "= 1", "is null"},
    {"step_right", "= 1", "is null"},
    {"execution", "= 0.5", "is null"},
    {"judge", "= 0.625", "is null"},
    {"completions", "= 0.75", "is null"},
    {"reward", "= 0.25", "= 0.25"},
};

enum { ROWS = sizeof rows / sizeof *rows };

Test(keep, names)
{
    struct record all = known(true), none = blank(true);
    const char *meaning = NULL;

    for (size_t i = 0; i < ROWS; i++) {
        char expression[80];

        cr_assert_str_eq(crux_keep_name(i, &meaning), rows[i].name);
        cr_expect(meaning != NULL && meaning[0] != '\0');
        (void)snprintf(expression, sizeof expression, "%s %s", rows[i].name, rows[i].value);
        cr_expect(takes(expression, &all), "%s", expression);
        (void)snprintf(expression, sizeof expression, "%s %s", rows[i].name, rows[i].none);
        cr_expect(takes(expression, &none), "%s", expression);
        (void)snprintf(expression, sizeof expression, "%s <> %s", rows[i].name,
                       rows[i].value + strlen("= "));
        cr_expect_not(takes(expression, &all), "%s", expression);
    }
    cr_expect_null(crux_keep_name(ROWS, &meaning));
}

/* Other values of the same names: a right path, what points elsewhere, shares of none. */
Test(keep, other_values)
{
    struct record record = known(false);

    cr_expect(takes("side = 'right' and verdict_right = 0", &record));
    record = known(true);
    record.critique.step = 0;
    record.critique.verdict = CRUX_RIGHT;
    cr_expect(takes("step_right = 0 and verdict_right = 0 and points_at = 0", &record));
    record.critique.verdict = CRUX_UNKNOWN;
    cr_expect(takes("verdict_right is null", &record));
    record.location =
        (struct learnt_location){.how = LEARNT_BETWEEN, .step = -1, .from = 0, .to = 1};
    cr_expect(takes("how = 'between' and step is null and step_right is null", &record));
    record.verification = &untold;
    cr_expect(takes("refined is null and refined_without is null and refined_control is null "
                    "and refined_right = 0 and refined_of = 0",
                    &record));
    record.support = (struct record_support){.execution = 0.0, .judge = 0.0, .completions = 0.0};
    cr_expect(takes("execution = 0 and judge = 0 and completions = 0", &record));
}

/* --- what is not known ------------------------------------------------------------------------ */

Test(keep, what_cannot_be_told)
{
    struct record wrong = blank(true), right = blank(false), told = known(false);
    static const char *const unknown[] = {"refined > 0.5", "not refined > 0.5", "step = 1",
                                          "refined_right >= 3 and refined > refined_without",
                                          "null"};

    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        cr_expect_not(takes(unknown[i], &wrong), "%s", unknown[i]);
        cr_expect(takes(unknown[i], &right), "%s", unknown[i]);
    }
    cr_expect_not(takes("refined > 0.5 and refined is not null", &right), "asked of right ones");
    cr_expect_not(takes("refined > 0.8", &told), "what is known of a right path counts");
    cr_expect(takes("side = 'right' or refined > 0.5", &right));
    cr_expect_not(takes("side = 'right' or refined > 0.5", &wrong));
    cr_expect_not(takes("0", &right));
}

/* --- what is no expression -------------------------------------------------------------------- */

Test(keep, refused)
{
    static const char *const none[] = {"refned > 3", "", "refined >", "1; drop table x",
                                       "\"refned\" > 3"};
    struct keep *keep = NULL;

    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        cr_assert_eq(keep_open(&keep, none[i], &why), CRUX_INVALID, "%s", none[i]);
        assert_contains(why.text, none[i]);
        assert_contains(why.text, "names are side, how, step, steps, critique, ");
        assert_contains(why.text, ", completions, reward");
        cr_assert_null(keep);
    }
    keep_close(NULL);
}

/* What can be read and not be computed ends with a sentence, of a right path, too. */
Test(keep, not_computed)
{
    struct record right = known(false);
    struct keep *keep = NULL;
    bool taken = true;

    cr_assert_eq(keep_open(&keep, "abs(-9223372036854775807 - 1) > steps", &why), CRUX_OK);
    cr_assert_eq(keep_takes(keep, &right, &taken, &why), CRUX_INVALID);
    assert_contains(why.text, "overflow");
    cr_expect(taken, "as it was");
    keep_close(keep);
}
