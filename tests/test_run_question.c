/*
 * test_run_question.c - what critic run makes of its argument, of an answer, and of a problem's
 * line, and what it makes of a jail's.
 */
#include "critics/run/block.h"
#include "critics/run/question.h"
#include "critics/run/verdict.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- settings ---------------------------------------------------------------------------- */

static struct run_settings settings_of(const char *argument)
{
    struct run_settings settings;
    struct crux_error error = {""};

    cr_assert_eq(run_settings_read(&settings, argument, &error), CRUX_OK, "%s", error.text);
    return settings;
}

/* Every setting is taken; what is not said is as the header says. */
Test(settings, all)
{
    struct run_settings none = settings_of(NULL);
    struct run_settings some = settings_of(
        "atleast=0.8,language=c++,level=plain,seconds=9,memory=64,processes=7,output=16384,"
        "at-once=64,command=prove $1, and so on");

    cr_expect(none.graded && none.atleast == 1.0 && none.language == NULL && none.command == NULL);
    cr_expect_eq(none.jail.level, SANDBOX_STRICT);
    cr_expect(!some.graded && some.atleast == 0.8);
    cr_expect_str_eq(some.language, "c++");
    cr_expect_eq(some.jail.level, SANDBOX_PLAIN);
    cr_expect_eq(some.jail.limits.seconds, 9);
    cr_expect_eq(some.jail.limits.memory, 64);
    cr_expect_eq(some.jail.limits.processes, 7);
    cr_expect_eq(some.jail.limits.output, 16384);
    cr_expect_eq(some.jail.at_once, 64);
    cr_expect_str_eq(some.command, "prove $1, and so on");
    cr_expect(!settings_of("reward=all").graded);
    cr_expect(settings_of("reward=share").graded);
}

/* What is none, or out of its range, is refused, and quoted. */
Test(settings, refused)
{
    static const char *const arguments[] = {"",
                                            "x",
                                            "reward",
                                            "reward=some",
                                            "atleast=0",
                                            "atleast=1.1",
                                            "atleast=x",
                                            "atleast=",
                                            "atleast=0.12345678901234567890",
                                            "language=perl",
                                            "level=none",
                                            "tests=some",
                                            "seconds=0",
                                            "seconds=3601",
                                            "seconds=x",
                                            "seconds=",
                                            "seconds=9999999",
                                            "memory=63",
                                            "processes=1025",
                                            "output=0",
                                            "at-once=65",
                                            "more=1",
                                            "seconds=1,",
                                            "seconds=1,,memory=64",
                                            "command=",
                                            "seconds=1,command= "};

    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
        struct run_settings settings;
        struct crux_error error = {""};

        cr_expect_eq(run_settings_read(&settings, arguments[i], &error), CRUX_INVALID, "%s",
                     arguments[i]);
        cr_expect_not_null(strstr(error.text, "critic run takes"));
    }
}

/* --- blocks -------------------------------------------------------------------------------- */

static void insist_block(const char *text, const char *language, const char *code)
{
    struct run_block block = run_block_find(text, strlen(text), true);

    cr_expect(block.code.length == strlen(code) &&
                  memcmp(block.code.start, code, block.code.length) == 0,
              "`%s`: `%.*s`", text, (int)block.code.length, block.code.start);
    cr_expect(block.language.length == strlen(language) &&
                  memcmp(block.language.start, language, block.language.length) == 0,
              "`%s`: `%.*s`", text, (int)block.language.length, block.language.start);
}

/* The last one, closed or not; without any, all. */
Test(block, found)
{
    insist_block("x = 1", "", "x = 1");
    insist_block("", "", "");
    insist_block("Here:\n```python\nx = 1\n```\nDone.", "python", "x = 1\n");
    insist_block("```c\na;\n```\n```cpp\nb;\n```", "cpp", "b;\n");
    insist_block("```\na\n```\nand\n  ```\nb", "", "b");
    insist_block("```py\na\n```\nIt prints\n```\nb\n```", "py", "a\n");
    insist_block("```java\na\n```\n```\nb", "java", "a\n");
    insist_block("```c\na\n```\n```bash\nb\n```", "c", "a\n");
    insist_block("```c++ {main}\nb", "c++", "b");
    insist_block("````python\nx\n```", "python", "x\n");
    insist_block("a ``` b\n    ```\nno", "", "a ``` b\n    ```\nno");
    insist_block("```", "", "");
}

/* --- questions -------------------------------------------------------------------------------- */

static char *ask_as(const char *line, const char *prompt, const char *answer, const char *argument)
{
    const struct crux_problem problem = {.id = "p", .prompt = prompt, .line = line};
    const struct crux_step step = {.text = answer, .length = (uint32_t)strlen(answer), .depth = 1};
    struct run_settings settings = settings_of(argument);
    const char *why;
    char *out;

    cr_assert_eq(run_question(&out, &problem, &step, &settings, &why), CRUX_OK);
    cr_expect_eq(out == NULL, why != NULL);
    return out;
}

static void insist_question(const char *line, const char *prompt, const char *answer,
                            const char *argument, const char *expected)
{
    char *question = ask_as(line, prompt, answer, argument);

    cr_assert_not_null(question, "%s", line);
    cr_expect_str_eq(question, expected);
    free(question);
}

/* NULL: such a block asks nothing, unless it is told what it is. */
static void insist_language(const char *word, const char *language)
{
    const char *line = "{\"tests\": [[\"1\", \"2\"]]}";
    char answer[64], expected[64];
    char *question;

    (void)snprintf(answer, sizeof answer, "```%s\nx\n```", word);
    (void)snprintf(expected, sizeof expected, "{\"language\": \"%s\", ",
                   language != NULL ? language : "c");
    question = ask_as(line, "?", answer, language != NULL ? NULL : "language=c");
    cr_assert_not_null(question, "%s", word);
    cr_expect_eq(strncmp(question, expected, strlen(expected)), 0, "%s: %s", word, question);
    free(question);
    if (language == NULL)
        cr_expect_null(ask_as(line, "?", answer, NULL), "%s", word);
}

/* HumanEval: the answer goes on with the problem, or writes its function anew. */
Test(question, humaneval)
{
    const char *line = "{\"entry_point\": \"f\", \"test\": \"def check(c): ...\"}";

    insist_question(
        line, "def f():\n", "    return 1", NULL,
        "{\"language\": \"python\", \"code\": \"def f():\\n    return 1\\n\", \"setup\": "
        "\"def f():\\n\", \"entry\": \"f\", \"check\": \"def check(c): ...\"}");
    insist_question(line, "import os\ndef f():\n", "```python\ndef f():\n  return 1\n```", NULL,
                    "{\"language\": \"python\", \"code\": \"import os\\ndef f():\\n\\ndef f():\\n  "
                    "return 1\\n\", \"setup\": \"import os\\ndef f():\\n\", \"entry\": \"f\", "
                    "\"check\": \"def check(c): ...\"}");
    insist_question(line, "Write f.", "def f(): return 1", NULL,
                    "{\"language\": \"python\", \"code\": \"def f(): return 1\\n\", \"entry\": "
                    "\"f\", \"check\": \"def check(c): ...\"}");
}

/* Assertions, pairs, and a command. */
Test(question, tests)
{
    insist_question("{\"test_list\": [\"assert f() == 1\"], \"test_setup_code\": \"import re\"}",
                    "f?", "x", NULL,
                    "{\"language\": \"python\", \"code\": \"x\\n\", \"setup\": \"import re\", "
                    "\"asserts\": [\"assert f() == 1\"]}");
    insist_question("{\"tests\": [\"assert f() == 1\"], \"test_setup_code\": \"\"}", "f?", "x",
                    NULL,
                    "{\"language\": \"python\", \"code\": \"x\\n\", \"asserts\": [\"assert f() == "
                    "1\"]}");
    insist_question(
        "{\"tests\": [{\"input\": \"1\", \"output\": \"2\"}, [\"3\", \"4\"]]}", "f?",
        "```cpp\nx\n```", NULL,
        "{\"language\": \"c++\", \"code\": \"x\\n\", \"runs\": [[\"1\", \"2\"], [\"3\", "
        "\"4\"]]}");
    insist_question("{\"tests\": [[[1, 2], 3]], \"entry_point\": \"add\"}", "f?", "x", "language=c",
                    "{\"language\": \"c\", \"code\": \"x\\n\", \"entry\": \"add\", \"calls\": "
                    "[[[1, 2], 3]]}");
    insist_question("{}", "Prove it.", "```python\nx\n```\n```coq\nQED\n```", "command=coqc $1",
                    "{\"language\": \"command\", \"command\": \"coqc $1\", \"code\": \"QED\\n\", "
                    "\"runs\": [[\"\", null]]}");
}

/* A block in a list is as far to the right as its ```, and languages are called in many ways. */
Test(question, blocks)
{
    const char *line = "{\"entry_point\": \"f\", \"test\": \"t\"}";
    static const char *const python[] = {"py", "Python", "python3", "{.python}", ""};
    static const char *const others[] = {"java", "javascript", "text", "p", "C#"};

    insist_question(line, "def f():\n", "So:\n  ```\n  def f():\n\n      pass\n x\n  ```", NULL,
                    "{\"language\": \"python\", \"code\": \"def f():\\n\\ndef f():\\n\\n    "
                    "pass\\nx\\n\", \"setup\": \"def f():\\n\", \"entry\": \"f\", \"check\": "
                    "\"t\"}");
    insist_language("C", "c");
    insist_language("CPP", "c++");
    for (size_t i = 0; i < sizeof python / sizeof *python; i++)
        insist_language(python[i], "python");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        insist_language(others[i], NULL);
}

/* Visible tests are a member of their own; hidden ones are not looked at then. */
Test(question, visible)
{
    const char *line =
        "{\"visible_tests\": [\"assert f() == 1\"], \"tests\": [\"assert f() == 2\"]}";

    insist_question(line, "f?", "x", "tests=visible",
                    "{\"language\": \"python\", \"code\": \"x\\n\", \"asserts\": [\"assert f() == "
                    "1\"]}");
    insist_question("{\"public_tests\": [[\"1\", \"2\"]]}", "f?", "x", "tests=visible",
                    "{\"language\": \"python\", \"code\": \"x\\n\", \"runs\": [[\"1\", \"2\"]]}");
    cr_expect_null(ask_as("{\"tests\": [\"assert f() == 1\"]}", "f?", "x", "tests=visible"));
    cr_expect_null(ask_as("{\"entry_point\": \"f\", \"test\": \"t\"}", "f?", "x", "tests=visible"));
    cr_expect(settings_of("tests=visible").visible && !settings_of("tests=all").visible);
}

/* A line without tests, or with others, asks nothing. */
Test(question, none)
{
    static const char *const lines[] = {"{}",
                                        "{\"tests\": []}",
                                        "{\"tests\": 1}",
                                        "{\"tests\": [1]}",
                                        "{\"tests\": [[1, 2, 3]]}",
                                        "{\"tests\": [[\"1\", 2]]}",
                                        "{\"tests\": [[[1], 2]]}",
                                        "{\"tests\": [\"assert 1\", 2]}",
                                        "{\"test\": \"assert\"}",
                                        "{\"entry_point\": \"f\"}",
                                        "{\"tests\": [{\"input\": \"1\"}]}",
                                        "no line"};

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        cr_expect_null(ask_as(lines[i], "f?", "x", NULL), "%s", lines[i]);
    cr_expect_null(ask_as(NULL, "f?", "x", NULL));
}

/* --- verdicts ----------------------------------------------------------------------------------
 */

static struct run_verdict verdict_of(const char *line, const char *argument)
{
    struct run_settings settings = settings_of(argument);
    struct run_verdict verdict;
    struct crux_error error = {""};

    cr_assert_eq(run_verdict_read(&verdict, line, strlen(line), &settings, &error), CRUX_OK, "%s",
                 error.text);
    return verdict;
}

static void insist_verdict(const char *line, const char *argument, double reward,
                           enum crux_verdict expected)
{
    struct run_verdict verdict = verdict_of(line, argument);

    cr_expect_float_eq(verdict.outcome.reward, reward, 1e-12, "%s: %g", line,
                       verdict.outcome.reward);
    cr_expect_eq(verdict.outcome.verdict, expected, "%s", line);
}

/* The share, all or nothing, and the share that is enough. */
Test(verdict, rules)
{
    const char *four = "{\"status\": \"wrong\", \"passed\": 4, \"of\": 5, \"why\": \"test 2\"}";
    const char *three = "{\"status\": \"wrong\", \"passed\": 3, \"of\": 5, \"why\": \"test 2\"}";
    const char *all = "{\"status\": \"ok\", \"passed\": 5, \"of\": 5, \"why\": \"\"}";

    insist_verdict(four, NULL, 0.8, CRUX_WRONG);
    insist_verdict(all, NULL, 1.0, CRUX_RIGHT);
    insist_verdict(four, "reward=all", 0.0, CRUX_WRONG);
    insist_verdict(all, "reward=all", 1.0, CRUX_RIGHT);
    insist_verdict(four, "atleast=0.8", 1.0, CRUX_RIGHT);
    insist_verdict(three, "atleast=0.8", 0.0, CRUX_WRONG);
    cr_expect_str_eq(verdict_of(four, NULL).sentence, "4 of 5 tests passed: test 2");
    cr_expect_str_eq(verdict_of(all, NULL).sentence, "5 of 5 tests passed");
}

/* What the jail could not tell is no label. */
Test(verdict, unknown)
{
    const char *line =
        "{\"status\": \"sandbox_error\", \"level\": \"strict\", \"why\": \"no jail\"}";

    insist_verdict(line, NULL, 0.0, CRUX_UNKNOWN);
    cr_expect_str_eq(verdict_of(line, NULL).sentence, "no jail");
}

/* A line that is no verdict is refused. */
Test(verdict, refused)
{
    static const char *const lines[] = {
        "",
        "{",
        "{}",
        "{\"status\": \"ok\"}",
        "{\"why\": \"\"}",
        "{\"status\": \"ok\", \"why\": \"\", \"passed\": 2, \"of\": 1}",
        "{\"status\": \"ok\", \"why\": \"\", \"passed\": -1, \"of\": 1}"};
    const struct run_settings settings = settings_of(NULL);

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct run_verdict verdict;
        struct crux_error error = {""};

        cr_expect_eq(run_verdict_read(&verdict, lines[i], strlen(lines[i]), &settings, &error),
                     CRUX_FAILED, "%s", lines[i]);
        cr_expect(error.text[0] != '\0');
    }
}
