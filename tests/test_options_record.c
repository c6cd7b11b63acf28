/*
 * test_options_record.c - what io/cli/options/record.h promises: what is written down of options is
 * what the data depend on, and reads back as it was given.
 */
#include "io/cli/options/record.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/world/options_suite.h"

static void assert_recorded(enum options_class class, const char *says)
{
    char *text = record_options(&options, class);

    cr_assert_not_null(text);
    cr_assert_not_null(strstr(text, says), "no %s in %s", says, text);
    free(text);
}

TestSuite(record, .init = set_up, .fini = tear_down, .timeout = 10);

/* What changes the data is recorded as meaning, what does not as settings. */
Test(record, classes_are_apart)
{
    assert_parsed("--seed", "9", "--workers", "3");
    assert_recorded(OPTIONS_MEANING, "\"seed\": 9");
    assert_recorded(OPTIONS_SPEED, "\"workers\": 3");
}

/* Every variant shapes the tree and belongs to the run's identity; a deadline, like the
 * limits, does not. */
Test(record, variants_are_meaning_and_deadlines_are_not)
{
    char *meaning;

    assert_parsed("--first-play", "parent-0.20", "--widen", "1.50,0.5", "--correction",
                  "virtual-loss", "--root", "gumbel", "--root-children", "4", "--transpositions",
                  "--group", "8", "--deadline", "2.5");
    assert_recorded(OPTIONS_MEANING, "\"first-play\": \"parent-0.2\"");
    assert_recorded(OPTIONS_MEANING, "\"widen\": \"1.5,0.5\"");
    assert_recorded(OPTIONS_MEANING, "\"correction\": \"virtual-loss\"");
    assert_recorded(OPTIONS_MEANING, "\"root\": \"gumbel\"");
    assert_recorded(OPTIONS_MEANING, "\"root-children\": 4");
    assert_recorded(OPTIONS_MEANING, "\"transpositions\": true");
    assert_recorded(OPTIONS_MEANING, "\"group\": 8");
    assert_recorded(OPTIONS_SPEED, "\"deadline\": 2.5");
    meaning = record_options(&options, OPTIONS_MEANING);
    cr_assert_null(strstr(meaning, "deadline"));
    free(meaning);
}

/* Settings of a named backend are keys with its name, of the class of their flag; of a run
 * without one there is no trace. */
Test(record, backends_are_recorded_by_name)
{
    char *text;

    assert_parsed("--seed", "1");
    text = record_options(&options, OPTIONS_MEANING);
    cr_assert_null(strstr(text, "backend"));
    free(text);
    assert_parsed("--policy", "chat:judge", "--backend", "judge.model=large", "--backend",
                  "judge.endpoint=URL", "--backend", "judge.in-flight=2");
    assert_recorded(OPTIONS_MEANING, "\"backend.judge.model\": \"large\"");
    assert_recorded(OPTIONS_MEANING, "\"backend.judge.price-prompt\": 0.0");
    assert_recorded(OPTIONS_SPEED, "\"backend.judge.in-flight\": 2");
    assert_recorded(OPTIONS_SPEED, "\"backend.judge.endpoint\": [");
}

/* An option that older stores know by another name is recorded under that. */
Test(record, old_names_stay_keys)
{
    assert_parsed("--workers-per-tree", "3");
    assert_recorded(OPTIONS_MEANING, "\"lanes\": 3");
}

/* A number is recorded so that reading it gives the same number. */
Test(record, numbers_survive_the_record)
{
    const char *texts[] = {"0.1", "0.30000000000000004", "0.12345678901234567", "1e-7"};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char value[64], *again[] = {"--first-play", value, NULL};
        struct options_place place;
        double read;

        assert_parsed("--first-play", (char *)(uintptr_t)texts[i]);
        read = options.setup.first_play;
        cr_assert(table_find(options.table, "first-play", strlen("first-play"), false, &place));
        record_value(&options, &place, value, sizeof value);
        cr_assert_eq(options_parse(&options, again, &error), CRUX_OK, "%s", value);
        cr_assert_eq(options.setup.first_play, read, "%s became %s", texts[i], value);
    }
}

/* A description is recorded whole, however long: two that differ at their ends are two. */
Test(record, long_descriptions_are_whole)
{
    char one[2001] = "process:", other[2001] = "process:";
    char *first, *second;

    memset(one + 8, 'x', sizeof one - 9);
    memset(other + 8, 'x', sizeof other - 9);
    other[sizeof other - 2] = 'y';
    assert_parsed("--policy", one);
    first = record_options(&options, OPTIONS_MEANING);
    assert_parsed("--policy", other);
    second = record_options(&options, OPTIONS_MEANING);
    cr_assert_not_null(strstr(first, one));
    cr_assert_str_neq(first, second);
    free(first);
    free(second);
}

/* An option that came later is in the record only where something was said. */
Test(record, later_options_are_recorded_when_given)
{
    char *without, *with;

    assert_parsed("--quiet");
    without = record_options(&options, OPTIONS_MEANING);
    assert_parsed("--fields", "problem=question");
    with = record_options(&options, OPTIONS_MEANING);
    cr_assert_null(strstr(without, "fields"));
    cr_assert_not_null(strstr(with, "\"fields\": \"problem=question\""));
    free(without);
    free(with);
}

/* What came after the first stores is recorded where somebody has said it: runs of before keep
 * their names. */
Test(record, what_came_later)
{
    char *text;

    assert_parsed("--quiet");
    text = record_options(&options, OPTIONS_MEANING);
    cr_assert(strstr(text, "pairs") == NULL && strstr(text, "refine-") == NULL, "%s", text);
    free(text);
    assert_parsed("--pairs", "reference", "--refine-rounds", "3");
    text = record_options(&options, OPTIONS_MEANING);
    cr_assert_not_null(strstr(text, "\"pairs\": \"reference\""), "%s", text);
    cr_assert_not_null(strstr(text, "\"refine-rounds\": 3"), "%s", text);
    free(text);
}

/* Both ways to say the same give the same record. */
Test(record, the_same_is_recorded_the_same)
{
    char *first, *second;

    assert_parsed("--quiet");
    first = record_options(&options, OPTIONS_MEANING);
    assert_parsed("--policy", "step=numbers");
    second = record_options(&options, OPTIONS_MEANING);
    cr_assert_str_eq(first, second);
    free(first);
    free(second);
}

/* A preset is recorded as if its options had been typed. */
Test(record, presets_are_what_they_say)
{
    char *typed, *preset;

    assert_parsed("--selection", "greedy", "--per-tree", "1", "--step-tokens", "30",
                  "--temperature", "0.7", "--children", "4", "--rollouts", "4", "--simulations",
                  "400", "--depth", "80", "--pairs", "reference");
    typed = record_options(&options, OPTIONS_MEANING);
    assert_parsed("--preset", "mmc");
    preset = record_options(&options, OPTIONS_MEANING);
    cr_assert_str_eq(typed, preset);
    cr_assert_null(strstr(preset, "preset"));
    free(typed);
    free(preset);
}

/* What was typed may be any bytes, and a record is JSON: the option is named. */
Test(record, bytes_that_are_no_text)
{
    assert_parsed("--policy", "process:\xff");
    cr_assert_null(record_options(&options, OPTIONS_MEANING));
    cr_assert_eq(record_refuse(&options, OPTIONS_MEANING, &error), CRUX_INVALID);
    cr_assert_str_eq(error.text, "--policy cannot be recorded: what it says is not UTF-8");
    assert_parsed("--backend", "judge.model=\xff", "--backend", "judge.endpoint=URL", "--policy",
                  "chat:judge");
    cr_assert_eq(record_refuse(&options, OPTIONS_MEANING, &error), CRUX_INVALID);
    cr_assert_str_eq(error.text, "backend.judge.model cannot be recorded: what it says is not "
                                 "UTF-8");
}

/* Names come in alphabetical order. */
Test(record, names_are_sorted)
{
    char *text = record_options(&options, OPTIONS_MEANING);
    const char *names[] = {"\"calls\"", "\"children\"", "\"critic\"",  "\"policy\"",
                           "\"probe\"", "\"seed\"",     "\"strategy\""};

    cr_assert_not_null(text);
    for (size_t i = 1; i < sizeof names / sizeof names[0]; i++)
        cr_assert_lt(strstr(text, names[i - 1]), strstr(text, names[i]));
    free(text);
}
