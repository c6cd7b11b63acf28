/*
 * test_sandbox.c - what io/sandbox promises: programs on their tests, each in a jail.
 *
 * Which programs are contained, hostile.py tries; here is what a caller sees: answers, cancelling,
 * holding, closing, and a search that goes on beside 64 programs that do not end.
 */
#include "critics/crux_critics.h"
#include "io/sandbox/printed.h"
#include "io/sandbox/sandbox.h"
#include "policies/crux_policies.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PLACES = 64 };

/* --- fixture -------------------------------------------------------------------------------- */

static struct sandbox *sandbox;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;

/* What became of a request. */
static struct outcome {
    bool over;
    enum sandbox_end end;
    bool begun;
    char line[600];
} outcomes[PLACES];
static unsigned over;

static void open_jails(uint32_t at_once)
{
    struct crux_error why = {""};
    const struct sandbox_options options = {
        .level = SANDBOX_STRICT, .limits = sandbox_limits_default(), .at_once = at_once};

    memset(outcomes, 0, sizeof outcomes);
    over = 0;
    cr_assert_eq(sandbox_open(&sandbox, &options, &why), CRUX_OK, "%s", why.text);
}

static void close_jails(void)
{
    sandbox_close(sandbox);
    sandbox = NULL;
}

TestSuite(sandbox, .fini = close_jails, .timeout = 250);

static void note_answer(void *context, const struct sandbox_answer *answer)
{
    struct outcome *outcome = context;

    (void)pthread_mutex_lock(&lock);
    outcome->over = true;
    outcome->end = answer->end;
    outcome->begun = answer->begun;
    (void)snprintf(outcome->line, sizeof outcome->line, "%s",
                   answer->end == SANDBOX_ANSWERED ? answer->line : answer->sentence);
    over++;
    (void)pthread_cond_broadcast(&change);
    (void)pthread_mutex_unlock(&lock);
}

static uint64_t submit(int place, const char *line, int64_t deadline_ns)
{
    const struct sandbox_request request = {.line = line,
                                            .length = strlen(line),
                                            .deadline_ns = deadline_ns,
                                            .done = note_answer,
                                            .context = &outcomes[place]};
    struct crux_error why = {""};
    uint64_t number = 0;

    cr_assert_eq(sandbox_submit(sandbox, &request, &number, &why), CRUX_OK, "%s", why.text);
    return number;
}

static void wait_for(unsigned count)
{
    (void)pthread_mutex_lock(&lock);
    while (over < count)
        (void)pthread_cond_wait(&change, &lock);
    (void)pthread_mutex_unlock(&lock);
}

static void insist_answer(const char *line, const char *answer)
{
    unsigned before = over;

    outcomes[0].over = false;
    (void)submit(0, line, 0);
    wait_for(before + 1);
    cr_expect_eq(outcomes[0].end, SANDBOX_ANSWERED);
    cr_expect_str_eq(outcomes[0].line, answer, "%s: %s", line, outcomes[0].line);
}

/* --- answers ---------------------------------------------------------------------------------- */

#define OK(passed, of)                                                                             \
    "{\"status\": \"ok\", \"passed\": " #passed ", \"of\": " #of                                   \
    ", \"level\": \"strict\", \"why\": \"\"}"
#define SAYS(status, passed, of, why)                                                              \
    "{\"status\": \"" status "\", \"passed\": " #passed ", \"of\": " #of                           \
    ", \"level\": \"strict\", \"why\": \"" why "\"}"
#define UNKNOWN(why) "{\"status\": \"sandbox_error\", \"level\": \"strict\", \"why\": \"" why "\"}"

/* A program that reads and prints, in each language, and a command. */
Test(sandbox, runs)
{
    open_jails(1);
    insist_answer("{\"language\": \"python\", \"code\": \"print(int(input()) + 1)\", \"runs\": "
                  "[[\"1\", \"2\"], [\"5\\n\", \"6 \\n\\n\"]]}",
                  OK(2, 2));
    insist_answer("{\"language\": \"c\", \"code\": \"#include <stdio.h>\\nint main(void){int "
                  "n;if(scanf(\\\"%d\\\",&n)!=1)return 1;printf(\\\"%d\\\",n+1);}\", \"runs\": "
                  "[[\"1\", \"2\"], [\"x\", \"2\"]]}",
                  SAYS("runtime_error", 1, 2, "it ended with status 1 (test 2 of 2)"));
    insist_answer("{\"language\": \"c++\", \"code\": \"#include <cstdio>\\nint main(){}\", "
                  "\"runs\": [[\"\", \"1\"]]}",
                  SAYS("wrong", 0, 1, "it prints something else (test 1 of 1)"));
    insist_answer("{\"language\": \"c\", \"code\": \"int main(\", \"runs\": [[\"\", \"1\"]]}",
                  SAYS("build_error", 0, 1, "it does not compile"));
    insist_answer(
        "{\"language\": \"python\", \"code\": \"import sys\\nprint(len(sys.argv))\", \"runs\": "
        "[[\"\", \"1\"]]}",
        OK(1, 1));
    insist_answer("{\"language\": \"python\", \"code\": \"open('/dev/stdout', "
                  "'w').write(open('/dev/stdin').read())\", \"runs\": [[\"a\", \"a\"]]}",
                  OK(1, 1));
    insist_answer(
        "{\"language\": \"command\", \"command\": \"no-such-prover $1\", \"code\": \"QED\", "
        "\"runs\": [[\"\", null]]}",
        "{\"status\": \"sandbox_error\", \"level\": \"strict\", \"why\": \"the command, or one "
        "that it calls, cannot be run in the jail\"}");
    insist_answer("{\"language\": \"command\", \"command\": \"grep -q QED $1\", \"code\": "
                  "\"so QED\", \"runs\": [[\"\", null]]}",
                  OK(1, 1));
    insist_answer("{\"language\": \"command\", \"command\": \"grep -q QED $1\", \"code\": "
                  "\"so what\", \"runs\": [[\"\", null]]}",
                  SAYS("runtime_error", 0, 1, "it ended with status 1 (test 1 of 1)"));
    insist_answer("{\"language\": \"command\", \"command\": \"no-such-prover $1\", \"code\": "
                  "\"so QED\", \"runs\": [[\"\", null]]}",
                  UNKNOWN("the command, or one that it calls, cannot be run in the jail"));
    insist_answer("{\"language\": \"python\", \"code\": \"import os; os.kill(os.getpid(), 6)\", "
                  "\"runs\": [[\"\", \"1\"]]}",
                  SAYS("signal", 0, 1, "it was ended by signal 6 (test 1 of 1)"));
    insist_answer("{\"language\": \"python\", \"code\": \"print('x' * 1000000)\", \"runs\": "
                  "[[\"\", \"1\"]]}",
                  SAYS("output_limit", 0, 1, "it writes more than 256 KiB (test 1 of 1)"));
}

/* Calls, assertions and a check, with values of every kind. */
Test(sandbox, calls)
{
    open_jails(1);
    insist_answer("{\"language\": \"python\", \"code\": \"def f(a, b): return [a, (b, {b: a})]\", "
                  "\"entry\": \"f\", \"calls\": [[[1, \"x\"], [1, [\"x\", {\"x\": 1}]]], [[0.5, "
                  "\"y\"], [0.5, [\"y\", {\"y\": 0.5}]]], [[true, \"z\"], [1, [\"z\", {\"z\": "
                  "1}]]]]}",
                  SAYS("wrong", 2, 3, "test 3 failed: a call gave another value"));
    insist_answer("{\"language\": \"python\", \"code\": \"def sum(a, b): return a\", \"asserts\": "
                  "[\"assert sum(6, 1) == 6\", \"assert sum(6, 2) == len('abcdef')\"]}",
                  OK(2, 2));
    insist_answer(
        "{\"language\": \"python\", \"code\": \"from decimal import *\\nfrom fractions import "
        "Fraction\\ndef f(n):\\n  yield n\\ndef g(n): return range(n)\\ndef h(n): return "
        "Decimal(n) / "
        "4\\ndef k(n): return Fraction(n, 4)\", \"asserts\": [\"assert list(f(1)) == [1] and f(1) "
        "!= [1]\", "
        "\"assert g(2) == range(2)\", \"assert h(2) == 0.5\", \"assert k(2) == 0.5\"]}",
        OK(4, 4));
    insist_answer(
        "{\"language\": \"python\", \"code\": \"def f():\\n  while 1: yield 1\", \"asserts\": "
        "[\"assert next(f()) == 1\"]}",
        SAYS("wrong", 0, 1, "test 1 failed: a call raised OverflowError"));
    insist_answer("{\"language\": \"python\", \"code\": \"class S:\\n  def pop(self): return 1\", "
                  "\"asserts\": [\"s = S()\", \"assert s.pop() == 1\"]}",
                  UNKNOWN("the tests call what a call of the program gave, which cannot be carried "
                          "out of its jail"));
    insist_answer(
        "{\"language\": \"python\", \"code\": \"\", \"asserts\": [\"assert abs(sum([1])) == 1\"]}",
        UNKNOWN("the tests call nothing of the program"));
    insist_answer(
        "{\"language\": \"python\", \"code\": \"def f(): return 1\", \"entry\": \"f\", \"check\": "
        "\"def check(c):\\n    assert True, 'good'\\n    assert c() == 2\"}",
        SAYS("wrong", 0, 1, "test 1 failed: a call gave another value"));
    insist_answer("{\"language\": \"python\", \"code\": \"def f(x): return x\", \"asserts\": "
                  "[\"assert f({1, 2}) == {1, 2}\", \"assert f(2j) == 2j and f(b'\\\\x00') == "
                  "b'\\\\x00'\", \"import math\\nassert math.isnan(f(math.nan)) and f(-math.inf) < "
                  "0\", \"assert f(None) is None and f(('a',)) == ('a',)\", \"assert "
                  "f(frozenset([1])) == {1}\"]}",
                  OK(5, 5));
    insist_answer("{\"language\": \"python\", \"code\": \"def f(x):\\n  if x: raise "
                  "ValueError(x)\\n  return g\\ng = object()\", \"asserts\": [\"try:\\n  "
                  "f(1)\\nexcept ValueError as e:\\n  assert True\", \"assert f(1) == 1\", "
                  "\"assert f(0) == 1\"]}",
                  SAYS("wrong", 1, 3, "test 2 failed: a call raised ValueError"));
    insist_answer("{\"language\": \"python\", \"code\": \"def f(x): return x +\", \"entry\": "
                  "\"f\", \"check\": \"def check(f):\\n  for i in range(3): assert f(i) == i\"}",
                  SAYS("wrong", 0, 3, "test 1 failed: a call raised SyntaxError"));
    insist_answer("{\"language\": \"python\", \"code\": \"def f(x): return 5\", \"entry\": \"f\", "
                  "\"check\": \"def check(f):\\n  y = f(1)[0]\\n  assert y\\n  assert y\"}",
                  SAYS("wrong", 0, 2, "test 1 failed: a call gave something of another kind"));
    insist_answer("{\"language\": \"python\", \"code\": \"import os\\ndef f(x):\\n  "
                  "os._exit(x)\", \"entry\": \"f\", \"calls\": [[[3], 3], [[0], 0]]}",
                  SAYS("runtime_error", 0, 2, "it ended with status 3"));
}

/* Tests that do not work say nothing about a program. */
Test(sandbox, broken_tests)
{
    open_jails(1);
    insist_answer("{\"language\": \"python\", \"code\": \"\", \"asserts\": [\"assert (\"]}",
                  UNKNOWN("the tests cannot be read: '(' was never closed (<unknown>, line 1)"));
    insist_answer("{\"language\": \"python\", \"code\": \"f = abs\", \"asserts\": [\"assert "
                  "f(1).x.y == nothing.z and len(f) == 1\", \"x = 1\"]}",
                  SAYS("wrong", 0, 1, "test 1 failed: a call gave something of another kind"));
    insist_answer("{\"language\": \"python\", \"code\": \"f = abs\", \"entry\": \"f\", \"check\": "
                  "\"def check(f):\\n  assert f(1) == one\"}",
                  UNKNOWN("the tests do not work: NameError: name 'one' is not defined"));
    insist_answer(
        "{\"language\": \"python\", \"code\": \"f = abs\", \"entry\": \"f\", \"check\": "
        "\"def check(f):\\n  assert f(print) == 1\"}",
        UNKNOWN("the tests hand a builtin_function_or_method to the program, which cannot "
                "be carried into a jail"));
    insist_answer("{\"language\": \"python\", \"code\": \"f = abs\", \"setup\": \"1 / 0\", "
                  "\"asserts\": [\"assert f(1) == 1\"]}",
                  UNKNOWN("what stands before the tests does not work: division by zero"));
    insist_answer("{\"language\": \"python\", \"code\": \"f = abs\", \"asserts\": [\"f(1)\"]}",
                  UNKNOWN("there is no test in the tests"));
    insist_answer("{\"language\": \"python\", \"code\": \"f = abs\", \"asserts\": [\"f(1)\\nimport "
                  "os\\nos._exit(0)\"]}",
                  UNKNOWN("the tests have ended without a verdict"));
    insist_answer("no question", UNKNOWN("no jail: invalid token near 'no' at column 2"));
}

/* A file that a program wrote, a module that it changed, are not there for the next one. */
Test(sandbox, nothing_stays)
{
    const char *line = "{\"language\": \"python\", \"code\": \"import os, abc\\nold = "
                       "os.path.exists('/tmp/x') or hasattr(abc, 'x')\\nabc.x = "
                       "1\\nopen('/tmp/x', 'w').close()\\ndef f(): return old\", \"asserts\": "
                       "[\"assert f() is False\"]}";

    open_jails(1);
    for (int i = 0; i < 3; i++)
        insist_answer(line, OK(1, 1));
}

/* --- calling off
 * ---------------------------------------------------------------------------------- */

#define SLEEPER                                                                                    \
    "{\"language\": \"python\", \"code\": \"import time\\ntime.sleep(99)\", \"runs\": [[\"\", "    \
    "\"1\"]]}"
#define SPINNER                                                                                    \
    "{\"language\": \"python\", \"code\": \"while True: pass\", \"runs\": [[\"\", \"1\"]]}"
#define GOOD "{\"language\": \"python\", \"code\": \"print(1)\", \"runs\": [[\"\", \"1\"]]}"

/* What waits ends at once, what runs as soon as its jail is gone; what has ended stays so. */
Test(sandbox, cancelled)
{
    uint64_t running, waiting;

    open_jails(1);
    running = submit(0, SLEEPER, 0);
    waiting = submit(1, GOOD, 0);
    sandbox_cancel(sandbox, waiting);
    cr_expect(outcomes[1].over && outcomes[1].end == SANDBOX_CANCELLED && !outcomes[1].begun);
    sandbox_cancel(sandbox, running);
    wait_for(2);
    cr_expect_eq(outcomes[0].end, SANDBOX_CANCELLED);
    sandbox_cancel(sandbox, running);
    sandbox_cancel(sandbox, 12345);
    insist_answer(GOOD, OK(1, 1));
}

/* Held, nothing begins; dropped, what waits ends, and what comes is not taken. */
Test(sandbox, held)
{
    const struct sandbox_request request = {.line = GOOD, .length = strlen(GOOD)};
    struct crux_error why;
    uint64_t number;

    open_jails(1);
    sandbox_hold(sandbox, SANDBOX_HELD);
    (void)submit(1, GOOD, 0);
    sandbox_hold(sandbox, SANDBOX_DROPS);
    cr_expect(outcomes[1].over && outcomes[1].end == SANDBOX_CANCELLED && !outcomes[1].begun);
    cr_expect_eq(sandbox_submit(sandbox, &request, &number, &why), CRUX_CANCELLED);
    sandbox_hold(sandbox, SANDBOX_GOES);
    insist_answer(GOOD, OK(1, 1));
}

/* A deadline that has passed is one for a program that has not begun. */
Test(sandbox, late)
{
    open_jails(1);
    (void)submit(1, GOOD, 1);
    wait_for(1);
    cr_expect(outcomes[1].end == SANDBOX_LATE && !outcomes[1].begun);
}

/* --- beside a search
 * ------------------------------------------------------------------------------- */

struct puzzles {
    struct crux_source source;
    struct crux_problem problem;
    bool given;
};

static int next_puzzle(struct crux_source *source, const struct crux_problem **out,
                       struct crux_error *error)
{
    struct puzzles *puzzles = (struct puzzles *)(void *)source;

    (void)error;
    if (puzzles->given)
        return CRUX_END;
    puzzles->given = true;
    *out = &puzzles->problem;
    return CRUX_OK;
}

static int note_tree(struct crux_sink *sink, const struct crux_tree *tree, struct crux_error *error)
{
    (void)sink;
    (void)tree;
    (void)error;
    return CRUX_OK;
}

static uint64_t search_a_puzzle(void)
{
    struct puzzles puzzles = {.source = {next_puzzle},
                              .problem = {.id = "4-9-10-13",
                                          .prompt = "Make 24.",
                                          .line = "{\"numbers\": [4, 9, 10, 13]}"}};
    struct crux_sink sink = {note_tree};
    struct crux_setup setup = crux_setup_default();
    struct crux_search *search = NULL;
    struct crux_view view;
    struct crux_error why = {""};

    cr_assert_eq(crux_policy_open(&setup.policies[CRUX_STEP], "numbers", NULL, &why), CRUX_OK);
    cr_assert_eq(crux_critic_open(&setup.critics[CRUX_ROLE_OUTCOME], CRUX_ROLE_OUTCOME, "numbers",
                                  NULL, &why),
                 CRUX_OK);
    setup.simulations = 2000;
    setup.calls = 0;
    cr_assert_eq(crux_open(&search, &setup, &why), CRUX_OK, "%s", why.text);
    cr_assert_eq(crux_run(search, &puzzles.source, &sink, &why), CRUX_OK, "%s", why.text);
    crux_look(search, &view);
    crux_close(search);
    crux_policy_close(setup.policies[CRUX_STEP]);
    crux_critic_close(setup.critics[CRUX_ROLE_OUTCOME]);
    return view.simulations;
}

static unsigned count_entries(const char *path)
{
    DIR *folder = opendir(path);
    unsigned count = 0;

    while (folder != NULL && readdir(folder) != NULL)
        count++;
    if (folder != NULL)
        (void)closedir(folder);
    return count;
}

/* 64 programs at once that do not end: the search beside them comes to its end before any of them;
 * then they are called off, and neither a process nor a file of theirs is left. */
Test(sandbox, a_search_goes_on)
{
    uint64_t numbers[PLACES];
    unsigned files;

    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* an orphan of theirs would be our child */
    open_jails(PLACES);
    files = count_entries("/proc/self/fd");
    for (int i = 0; i < PLACES; i++)
        numbers[i] = submit(i, i % 8 == 0 ? SPINNER : SLEEPER, 0);
    cr_expect_geq(search_a_puzzle(), 2000);
    cr_expect_eq(over, 0, "%u programs ended before the search", over);
    for (int i = 0; i < PLACES; i++)
        sandbox_cancel(sandbox, numbers[i]);
    wait_for(PLACES);
    for (int i = 0; i < PLACES; i++)
        cr_expect_eq(outcomes[i].end, SANDBOX_CANCELLED);
    cr_expect_eq(count_entries("/proc/self/fd"), files);
    cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1, "a child is left");
}

/* --- levels, words, texts
 * --------------------------------------------------------------------------- */

/* Both levels hold here; a machine without bubblewrap fails this. */
Test(levels, probe)
{
    const struct sandbox_limits limits = sandbox_limits_default();
    struct crux_error why = {""};

    for (int level = 0; level < SANDBOX_LEVELS; level++)
        cr_expect_eq(sandbox_probe((enum sandbox_level)level, &limits, &why), CRUX_OK, "%s",
                     why.text);
}

/* What decides an answer is in the words, and how many run at a time is not. */
Test(levels, words)
{
    struct sandbox_options options = {
        .level = SANDBOX_PLAIN, .limits = sandbox_limits_default(), .at_once = 7};
    char *words = sandbox_words(&options);

    cr_expect_str_eq(words, "level=plain,seconds=4,memory=512,processes=32,output=256");
    free(words);
    cr_expect_str_eq(sandbox_level_name(SANDBOX_STRICT), "strict");
    cr_expect_str_eq(sandbox_level_name(SANDBOX_LEVELS), "?");
}

/* "a" is 61. */
Test(printed, same)
{
    cr_expect(printed_same("", ""));
    cr_expect(printed_same("610a", "a"));
    cr_expect(printed_same("61", "a \n\n"));
    cr_expect(printed_same("61200a62", "a\nb"));
    cr_expect_not(printed_same("6162", "a"));
    cr_expect_not(printed_same("61", "ab"));
    cr_expect_not(printed_same("610a0a62", "a\nb"));
    cr_expect_not(printed_same("2061", "a"));
    cr_expect_not(printed_same("6", "a"));
    cr_expect_not(printed_same("6g", "a"));
    cr_expect_not(printed_same("g6", "a"));
    cr_expect_not(printed_same("00", ""));
}
