/*
 * test_problem_shape.c - lines of other people's data sets, files that are no JSON lines, and
 * complaints: io/problem_shape.h, io/problem_file.h.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "io/crux_io.h"
#include "io/problem_file.h"
#include "io/problem_shape.h"
#include "tests/world/sample.h"

static struct crux_problems problems;
static struct crux_error why;
static char complaints[65536];
static size_t complaint_count;

static void set_up(void)
{
    (void)sample_folder();
    complaints[0] = '\0';
    complaint_count = 0;
}

static void tear_down(void)
{
    crux_problems_free(&problems);
    sample_folder_remove();
}

static void note(void *context, const char *sentence)
{
    size_t used = strlen(complaints);

    (void)context;
    complaint_count++;
    (void)snprintf(complaints + used, sizeof complaints - used, "%s\n", sentence);
}

static int read_bytes(const char *bytes, size_t length, const char *fields)
{
    const struct crux_reading how = {.fields = fields, .complain = note};

    return crux_problems_read_as(&problems, sample_file("in.jsonl", bytes, length), &how, &why);
}

static int read_text(const char *text, const char *fields)
{
    return read_bytes(text, strlen(text), fields);
}

/* --- shapes ---------------------------------------------------------------------------- */

TestSuite(shape, .init = set_up, .fini = tear_down);

static const struct {
    const char *line, *id, *problem, *answer; /* answer NULL: none */
} shapes[] = {
    /* an id may be a number, or be missing; an answer may be a number, a truth, a list of one */
    {"{\"id\": 60, \"problem\": \"?\", \"answer\": 204}", "60", "?", "204"},
    {"{\"ID\": \"2024-I-4\", \"Problem\": \"?\", \"Answer\": 33}", "2024-I-4", "?", "33"},
    {"{\"problem\": \"?\", \"answer\": 3.5}", "1", "?", "3.5"},
    {"{\"id\": null, \"problem\": \"?\", \"answer\": true}", "1", "?", "True"},
    {"{\"id\": \"a\", \"problem\": \"?\", \"answer\": [\"72\"]}", "a", "?", "72"},
    {"{\"id\": \"a\", \"problem\": \"?\", \"answer\": \" \"}", "a", "?", NULL},
    /* a worked solution that ends in its answer */
    {"{\"question\": \"How many?\", \"answer\": \"2*3 = 6\\n#### 6\"}", "1", "How many?", "6"},
    {"{\"question\": \"?\", \"answer\": \"#### 1\\nmore\"}", "1", "?", "#### 1\nmore"},
    {"{\"problem\": \"?\", \"solution\": \"\\\\boxed{1}, so \\\\boxed{\\\\frac{1}{2}}.\"}", "1",
     "?", "\\frac{1}{2}"},
    {"{\"id\": \"m\", \"problem\": \"?\", \"solution\": \"\\\\boxed{1\"}", "m", "?", NULL},
    /* other names */
    {"{\"task_id\": \"HumanEval/0\", \"prompt\": \"def f():\", \"test\": \"assert\"}",
     "HumanEval/0", "def f():", NULL},
    {"{\"unique_id\": \"u\", \"query\": \"?\", \"ground_truth\": \"7\"}", "u", "?", "7"},
    /* choices */
    {"{\"question\": \"Which?\", \"choices\": [\"red\", \"blue\"], \"answer\": 1}", "1",
     "Which?\n\nA. red\nB. blue", "B"},
    {"{\"question\": \"Which?\", \"options\": {\"A\": \"red\", \"B\": \"blue\"}, \"answer\": "
     "\"A\"}",
     "1", "Which?\n\nA. red\nB. blue", "A"},
    {"{\"question\": \"Which?\", \"choices\": {\"text\": [\"red\", \"blue\"], \"label\": [\"1\", "
     "\"2\"]}, "
     "\"answerKey\": \"2\"}",
     "1", "Which?\n\n1. red\n2. blue", "2"},
    {"{\"question\": \"red or blue?\", \"choices\": [\"red\", \"blue\"], \"answer\": \"blue\"}",
     "1", "red or blue?", "B"},
    /* chats */
    {"{\"messages\": [{\"role\": \"system\", \"content\": \"Be brief.\"}, {\"role\": \"user\", "
     "\"content\": \"1 + 1?\"}, {\"role\": \"assistant\", \"content\": \"#### 2\"}]}",
     "1", "Be brief.\n\n1 + 1?", "2"},
    {"{\"prompt\": [{\"role\": \"user\", \"content\": \"1 + 1?\"}], \"answer\": 2}", "1", "1 + 1?",
     "2"},
};

/* Each is recognised without a word from the user, and means the same when its line is read
 * again. */
Test(shape, each_is_recognised)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const struct crux_problem *problem;

        cr_assert_eq(read_text(shapes[i].line, NULL), CRUX_OK, "%s: %s%s", shapes[i].line, why.text,
                     complaints);
        problem = &problems.items[0];
        cr_expect_str_eq(problem->id, shapes[i].id);
        cr_expect_str_eq(problem->prompt, shapes[i].problem);
        if (shapes[i].answer == NULL)
            cr_expect_null(problem->answer, "%s", shapes[i].line);
        else
            cr_expect_str_eq(problem->answer, shapes[i].answer);
        crux_problems_free(&problems);
    }
}

/* A line of ours stays as it is, byte for byte, whatever else is in it. */
Test(shape, ours_stays)
{
    static const char *const lines[] = {
        "{\"id\":\"a\",\"problem\":\"?\",\"answer\":\"x\\n#### 3\",\"question\":\"other\"}",
        "{\"numbers\":[1,2],\"id\":\"a\", \"index\": 4}",
        "{\"id\": \"a\", \"problem\": \"?\", \"solution\": \"nothing in a box\"}"};

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        cr_assert_eq(read_text(lines[i], NULL), CRUX_OK, "%s", complaints);
        cr_expect_str_eq(problems.items[0].line, lines[i]);
        crux_problems_free(&problems);
    }
}

/* What was taken has our name and no other; the rest stays. */
Test(shape, an_answer_stands_in_one_place)
{
    cr_assert_eq(read_text("{\"Question\": \"?\", \"gold\": \"so\\n#### 4\", \"level\": 3}", NULL),
                 CRUX_OK);
    cr_expect_str_eq(problems.items[0].line,
                     "{\"id\": \"1\", \"problem\": \"?\", \"answer\": \"4\", "
                     "\"solution\": \"so\\n#### 4\", \"level\": 3}");
    cr_expect_eq(problems.numbered, 1);
}

/* --fields wins over what would be recognised. */
Test(shape, fields_are_named)
{
    cr_assert_eq(read_text("{\"id\": \"x\", \"key\": \"k\", \"text\": \"?\", \"problem\": \"no\", "
                           "\"value\": 5}",
                           "problem=text,answer=value,id=key"),
                 CRUX_OK);
    cr_expect_str_eq(problems.items[0].id, "k");
    cr_expect_str_eq(problems.items[0].prompt, "?");
    cr_expect_str_eq(problems.items[0].answer, "5");
}

/* Names that are none are refused with what there is. */
Test(shape, bad_fields_are_refused)
{
    static const char *const bad[] = {"", "problem", "problem=", "task=x", "id=a,,", "=x"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect_eq(read_text("{}", bad[i]), CRUX_INVALID, "%s", bad[i]);
        cr_expect_not_null(strstr(why.text, "problem=NAME"), "%s", why.text);
    }
}

static const struct {
    const char *line, *sentence;
} bad_shapes[] = {
    {"{\"question\": 7}", "field `question`: expected a string, found an integer"},
    {"{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"user\", \"content\": "
     "\"b\"}]}",
     "one turn of the user, found 2"},
    {"{\"messages\": [3]}", "one turn of the user, found 0"},
    {"{\"question\": \"?\", \"answer\": {\"a\": 1}}", "found an object"},
    {"{\"question\": \"?\", \"choices\": [\"red\", \"blue\"], \"answer\": 2}",
     "of 2 choices, found `2`"},
    {"{\"question\": \"?\", \"choices\": [\"red\", \"red\"], \"answer\": \"red\"}", "found `red`"},
    {"{\"question\": \"?\", \"choices\": [[1]], \"answer\": 0}", "field `choices`: expected texts"},
    {"{\"question\": \"?\", \"choices\": "
     "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,"
     "24,25,26,27], \"answer\": 0}",
     "at most 26"},
};

/* What cannot be told is said, not guessed. */
Test(shape, what_is_unclear_is_reported)
{
    for (size_t i = 0; i < sizeof bad_shapes / sizeof *bad_shapes; i++) {
        complaints[0] = '\0';
        cr_expect_eq(read_text(bad_shapes[i].line, NULL), CRUX_INPUT, "%s", bad_shapes[i].line);
        cr_expect_not_null(strstr(complaints, bad_shapes[i].sentence), "%s", complaints);
    }
}

/* --- files ------------------------------------------------------------------------------- */

TestSuite(file, .init = set_up, .fini = tear_down);

/* A JSON array is its items, on one line or many, behind a byte order mark or not. */
Test(file, an_array_is_its_items)
{
    static const char text[] = "\xef\xbb\xbf [\n  {\"id\": 1,\n   \"problem\": \"a\"},\n  7,\n"
                               "  {\"id\": 2, \"problem\": \"b\"}\n]\n";

    cr_assert_eq(read_text(text, NULL), CRUX_OK, "%s", why.text);
    cr_assert_eq(problems.count, 2);
    cr_expect_str_eq(problems.items[1].id, "2");
    cr_expect_eq(problems.items[1].ordinal, 2);
    cr_expect_not_null(strstr(complaints, "in.jsonl: item 2: expected a JSON object"), "%s",
                       complaints);
}

/* One that is cut off says so, once. */
Test(file, a_broken_array_is_refused)
{
    cr_assert_eq(read_text("[\n{\"id\": 1, \"problem\": \"a\"},\n", NULL), CRUX_INPUT);
    cr_expect_not_null(strstr(why.text, "expected a JSON array"), "%s", why.text);
    cr_assert_eq(read_text("[]", NULL), CRUX_INPUT);
    cr_expect_eq(complaint_count, 0);
}

#define BYTES(text) text, sizeof(text) - 1

static const struct {
    const char *bytes;
    size_t length;
    const char *sentence;
} files[] = {
    {BYTES("\x1f\x8b\x08\0"), "gunzip"},
    {BYTES("BZh91AY"), "bunzip2"},
    {BYTES("\xfd"
           "7zXZ\0"),
     "xz -dc"},
    {BYTES("\x28\xb5\x2f\xfd\0"), "zstd -dc"},
    {BYTES("PK\x03\x04\0"), "unzip"},
    {BYTES("PAR1\x15\0"), "read_parquet"},
    {BYTES("ARROW1\0\0"), "read_feather"},
    {BYTES("\xff\xfe{\0"), "iconv"},
    {BYTES("\xfe\xff\0{"), "iconv"},
    {BYTES("SQLite format 3\0"), "sqlite3 -json"},
    {BYTES("<!DOCTYPE html>\n"), "HTML"},
    {BYTES("question,answer\nWhat?,4\n"), "CSV"},
    {BYTES("question\tanswer\nWhat?\t4\n"), "tabs"},
    {BYTES("{\n  \"data\": []\n}\n"), "jq"},
};

/* What is no JSON lines gets one sentence: what it is, and the command that makes lines of it. */
Test(file, others_get_one_sentence)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        cr_expect_eq(read_bytes(files[i].bytes, files[i].length, NULL), CRUX_INPUT);
        cr_expect_not_null(strstr(why.text, files[i].sentence), "%s", why.text);
        cr_expect_eq(complaint_count, 0, "%s", files[i].sentence);
    }
}

/* --- complaints ------------------------------------------------------------------------------ */

TestSuite(complaints, .init = set_up, .fini = tear_down);

/* After ten of a kind the rest are counted; another kind has ten of its own. */
Test(complaints, ten_of_a_kind_are_enough)
{
    static char text[40000];
    size_t used = 0;

    for (int i = 0; i < 25; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "{\"id\": \"a%d\"}\n", i);
    for (int i = 0; i < 25; i++)
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "{\"id\": \"same\", \"problem\": \"?\"}\n");
    cr_assert_eq(read_text(text, NULL), CRUX_OK);
    cr_expect_eq(problems.skipped, 49);
    cr_expect_eq(complaint_count, 22, "%zu", complaint_count);
    cr_expect_not_null(strstr(complaints, "15 more of this kind"), "%s", complaints);
    cr_expect_not_null(strstr(complaints, "14 more of this kind"), "%s", complaints);
}

/* Nobody needs to listen. */
Test(complaints, nobody_listens)
{
    struct problem_complaints none = {.complain = NULL};

    for (int i = 0; i < 12; i++)
        cr_expect(problem_complain(&none, "place: a 1", "a 1"));
    problem_complain_rest(&none, "file");
    problem_complaints_free(&none);
}
