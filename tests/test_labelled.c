/*
 * test_labelled.c - what io/passes/labelled.h promises of files: solutions and pairs, and what is
 * said of rows that are neither.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "io/passes/labelled.h"
#include "tests/world/contains.h"
#include "tests/world/sample.h"

static struct labelled set;
static struct crux_error why;

static void set_up(void)
{
    (void)sample_folder();
}

static void tear_down(void)
{
    labelled_free(&set);
    sample_folder_remove();
}

static int read_set(const char *text)
{
    labelled_free(&set);
    return labelled_read(&set, sample_file("set.jsonl", text, strlen(text)), NULL, &why);
}

TestSuite(labelled, .init = set_up, .fini = tear_down);

/* A row as ProcessBench has it; a line break inside of a step is '\v' there. */
Test(labelled, solutions)
{
    cr_assert_eq(read_set("{\"id\": \"a\", \"generator\": \"g\", \"problem\": \"P\", \"steps\": "
                          "[\"one\\nmore\", \"two\"], \"final_answer_correct\": false, "
                          "\"label\": 1}\n"
                          "{\"id\": \"b\", \"problem\": \"Q\", \"steps\": [\"one\"], "
                          "\"final_answer_correct\": true, \"label\": -1}\n"
                          "{\"id\": \"c\", \"problem\": \"P\", \"steps\": [\"one\"], "
                          "\"final_answer_correct\": true, \"label\": 0}\n"),
                 CRUX_OK, "%s", why.text);
    cr_assert_eq(set.count, 3);
    cr_assert_eq(set.groups, 2);
    cr_expect_eq(set.solutions[0].group, set.solutions[2].group);
    cr_expect_eq(set.solutions[0].count, 2);
    cr_expect_eq(set.solutions[0].label, 1);
    cr_expect_not(set.solutions[0].right);
    cr_expect(set.solutions[2].right);
    cr_expect_str_eq(set.solutions[0].steps[0].text, "one\vmore");
    cr_expect_eq(set.solutions[0].steps[1].previous, &set.solutions[0].steps[0]);
    cr_expect_eq(set.solutions[0].steps[1].depth, 2);
    cr_expect(set.solutions[0].steps[1].terminal);
    cr_expect_not(set.solutions[0].steps[0].terminal);
    cr_expect_str_eq(set.solutions[1].problem->id, "b");
}

/* Pairs of texts and of chats; equal answers to one question have one number. */
Test(labelled, pairs)
{
    cr_assert_eq(
        read_set("{\"prompt\": \"P\", \"chosen\": \"x\", \"rejected\": \"y\\nz\"}\n"
                 "{\"prompt\": \"P\", \"chosen\": \"w\", \"rejected\": \"x\"}\n"
                 "{\"prompt\": [{\"role\": \"user\", \"content\": \"Q\"}], \"chosen\": [{\"role\": "
                 "\"user\", \"content\": \"Q\"}, {\"role\": \"assistant\", \"content\": \"x\"}], "
                 "\"rejected\": [{\"role\": \"assistant\", \"content\": \"y\"}]}\n"),
        CRUX_OK, "%s", why.text);
    cr_assert_eq(set.count, 3);
    cr_assert_eq(set.groups, 2);
    cr_expect_str_eq(set.pairs[0].answers[1].text, "y\nz");
    cr_expect_eq(set.pairs[0].answers[0].kind, CRUX_ANSWER);
    cr_expect_str_eq(set.pairs[2].answers[0].text, "x");
    cr_expect_str_eq(set.pairs[2].problem->prompt, "Q");
    cr_expect_eq(set.pairs[0].group, set.pairs[1].group);
    cr_expect_neq(set.pairs[0].group, set.pairs[2].group);
    cr_expect_eq(set.pairs[0].number[0], set.pairs[1].number[1]);
    cr_expect_neq(set.pairs[0].number[1], set.pairs[1].number[0]);
    cr_expect_lt(set.pairs[2].number[0] + set.pairs[2].number[1], 2);
}

/* A JSON array is as good. */
Test(labelled, an_array)
{
    cr_assert_eq(read_set("[{\"problem\": \"P\", \"steps\": [\"s\"], \"label\": -1, "
                          "\"final_answer_correct\": true}]"),
                 CRUX_OK, "%s", why.text);
    cr_expect_eq(set.count, 1);
}

#define SOLUTION(members) "{\"id\": \"a\", \"problem\": \"P\", " members "}\n"
#define GOOD                                                                                       \
    "{\"id\": \"z\", \"problem\": \"P\", \"steps\": [\"s\"], \"label\": 0, "                       \
    "\"final_answer_correct\": false}\n"
#define GOOD_PAIR "{\"prompt\": \"P\", \"chosen\": \"x\", \"rejected\": \"y\"}\n"

static const struct {
    const char *text, *sentence;
} bad_rows[] = {
    {"", "has no problems: expected a JSON object a line"},
    {SOLUTION("\"answer\": \"4\""), "set.jsonl:1: expected fields `steps`"},
    {GOOD SOLUTION("\"label\": 0"),
     "set.jsonl:2: field `steps`: expected an array of texts, found nothing"},
    {SOLUTION("\"steps\": \"s\""), "field `steps`: expected an array of texts, found a string"},
    {SOLUTION("\"steps\": []"), "field `steps`: expected 1 to 1024 steps, found 0"},
    {SOLUTION("\"steps\": [\"s\", 7]"),
     "field `steps`: expected a text for each step, found an integer at place 1"},
    {SOLUTION("\"steps\": [\" \\n\"]"), "found a blank one at place 0"},
    {SOLUTION("\"steps\": [\"s\"]"),
     "field `label`: expected the number of the first wrong step, or -1, found nothing"},
    {SOLUTION("\"steps\": [\"s\"], \"label\": 0.0"), "found a real"},
    {SOLUTION("\"steps\": [\"s\"], \"label\": 1"),
     "field `label`: expected -1 to 0, as there are 1 steps, found 1"},
    {SOLUTION("\"steps\": [\"s\"], \"label\": -2"), "found -2"},
    {SOLUTION("\"steps\": [\"s\"], \"label\": 0"),
     "field `final_answer_correct`: expected true or false, found nothing"},
    {GOOD GOOD, "field `id`: expected one that is new"},
    {GOOD "{\"id\": \"b\", \"problem\": \"P\", \"steps\": [\"s\", \"t", "set.jsonl:2: expected a"},
    {GOOD_PAIR "{\"prompt\": \"P\", \"rejected\": \"y\"}",
     "set.jsonl:2: field `chosen`: expected a text, or a chat with one turn of the assistant, "
     "found nothing"},
    {"{\"prompt\": \"P\", \"chosen\": \"x\"}", "field `rejected`: expected a text"},
    {"{\"prompt\": \"P\", \"chosen\": \"x\", \"rejected\": \" \"}", "found a blank text"},
    {"{\"prompt\": \"P\", \"chosen\": \"x\", \"rejected\": \"x\"}", "found the same"},
    {"{\"prompt\": \"P\", \"chosen\": \"x\", \"rejected\": [{\"role\": \"assistant\", \"content\": "
     "\"a\"}, {\"role\": \"assistant\", \"content\": \"b\"}]}",
     "field `rejected`: expected a text, or a chat with one turn of the assistant, found an "
     "array"},
    {"{\"prompt\": \"P\", \"chosen\": \"x\", \"rejected\": [7]}", "found an array"},
    {"{\"chosen\": \"x\", \"rejected\": \"y\"}", "field `problem`: expected a string"},
};

/* Each ends the reading, and nothing is left of what was read before. */
Test(labelled, bad_rows)
{
    for (size_t i = 0; i < sizeof bad_rows / sizeof *bad_rows; i++) {
        cr_expect_eq(read_set(bad_rows[i].text), CRUX_INPUT, "%s", bad_rows[i].text);
        assert_contains(why.text, bad_rows[i].sentence);
        cr_expect_eq(set.count, 0);
    }
}

/* More steps than any search makes. */
Test(labelled, too_many_steps)
{
    static char text[16000];
    char *at = text + sprintf(text, "{\"id\": \"a\", \"problem\": \"P\", \"steps\": [\"s\"");

    for (int i = 0; i < 1024; i++)
        at = stpcpy(at, ",\"s\"");
    (void)stpcpy(at, "], \"label\": 0, \"final_answer_correct\": false}\n");
    cr_expect_eq(read_set(text), CRUX_INPUT);
    assert_contains(why.text, "expected 1 to 1024 steps, found 1025");
}

/* Members by names of the user's. */
Test(labelled, fields)
{
    const char *text = "{\"key\": \"k\", \"task\": \"P\", \"steps\": [\"s\"], \"label\": 0, "
                       "\"final_answer_correct\": false}\n";
    const char *path = sample_file("set.jsonl", text, strlen(text));

    cr_assert_eq(labelled_read(&set, path, "problem=task,id=key", &why), CRUX_OK, "%s", why.text);
    cr_expect_str_eq(set.solutions[0].problem->id, "k");
}
