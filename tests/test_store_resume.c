/*
 * test_store_resume.c - what crux_io.h promises of a run that goes on, after a writer that died
 * too, and of several that use a store at once.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/crux_io.h"
#include "tests/world/contains.h"
#include "tests/world/sample.h"
#include "tests/world/store_fixture.h"

TestSuite(resume, .init = store_fixture_set_up, .fini = store_fixture_tear_down, .timeout = 120);
TestSuite(resume_in_memory, .init = store_fixture_set_up_in_memory, .fini = store_fixture_tear_down,
          .timeout = 120);
TestSuite(together, .init = store_fixture_set_up, .fini = store_fixture_tear_down, .timeout = 120);
TestSuite(together_in_memory, .init = store_fixture_set_up_in_memory,
          .fini = store_fixture_tear_down, .timeout = 120);

/* --- going on --------------------------------------------------------------- */

static bool only_b(void *context, const char *id)
{
    ++*(int *)context;
    return strcmp(id, "b") == 0;
}

/* A shard has the problems that were wanted when it began, and asks nobody again. */
ON_BOTH(resume, a_shard)
{
    struct crux_store *store = store_fixture_open(true);
    struct crux_summary sum;
    int asked = 0;

    cr_assert_eq(crux_store_begin(store, &store_fixture_run, &store_fixture.problems, only_b,
                                  &asked, &store_fixture.why),
                 CRUX_OK);
    cr_assert_eq(asked, 3);
    cr_assert_eq(crux_store_begin(store, &store_fixture_run, &store_fixture.problems, only_b,
                                  &asked, &store_fixture.why),
                 CRUX_OK);
    cr_assert_eq(asked, 3);
    cr_assert_eq(crux_store_summary(store, &sum, &store_fixture.why), CRUX_OK);
    cr_assert_eq(sum.waiting, 1);
    cr_assert_eq(store_fixture_keep(store, 0, CRUX_REASON_BUDGET, ""), CRUX_STORE);
    cr_assert_eq(store_fixture_keep(store, 1, CRUX_REASON_BUDGET, ""), CRUX_OK);
    crux_store_close(store);
}

/* The same run goes on where it was; what changes only its speed may change. */
ON_BOTH(resume, the_same_run)
{
    struct crux_store *store = store_fixture_begin();
    struct crux_run faster = store_fixture_run;
    struct crux_summary sum;

    (void)store_fixture_keep(store, 0, CRUX_REASON_BUDGET, "");
    crux_store_close(store);
    store = store_fixture_open(true);
    faster.settings = "{\"workers\": 8}";
    cr_assert_eq(
        crux_store_begin(store, &faster, &store_fixture.problems, NULL, NULL, &store_fixture.why),
        CRUX_OK, "%s", store_fixture.why.text);
    cr_assert_eq(crux_store_state(store, 0), CRUX_FINISHED);
    cr_assert_eq(crux_store_summary(store, &sum, &store_fixture.why), CRUX_OK);
    cr_assert(sum.finished == 1 && sum.waiting == 2);
    cr_assert_str_eq(sum.settings, "{\"workers\": 8}");
    crux_store_close(store);
}

/* Another run is refused, and what differs is named, both ways. */
ON_BOTH(resume, another_run)
{
    static const struct {
        const char *configuration, *sha256, *sentence;
    } rows[] = {
        {"{\"seed\": 1, \"simulations\": 200}", NULL,
         "was begun with simulations=400; this run has simulations=200"},
        {"{\"seed\": 2, \"simulations\": 200}", NULL,
         "was begun with seed=1, simulations=400; this run has seed=2, simulations=200"},
        {"{\"seed\": 1, \"simulations\": 400, \"stop\": \"right=1\"}", NULL,
         "was begun with no stop; this run has stop=right=1"},
        {"{\"seed\": 1}", NULL, "was begun with simulations=400; this run has no simulations"},
        {"{\"seed\": [1], \"simulations\": 400}", NULL, "seed=1; this run has seed=[1]"},
        {"{", NULL, "was begun with a configuration that cannot be read"},
        {NULL, "ffff", "input in.jsonl (sha256 0123456789ab); this run has input in.jsonl"},
    };
    struct crux_store *store = store_fixture_begin();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct crux_run other = store_fixture_run;

        if (rows[i].configuration != NULL)
            other.configuration = rows[i].configuration;
        if (rows[i].sha256 != NULL)
            other.input_sha256 = rows[i].sha256;
        cr_assert_eq(crux_store_begin(store, &other, &store_fixture.problems, NULL, NULL,
                                      &store_fixture.why),
                     CRUX_INVALID);
        assert_contains(store_fixture.why.text, "run.db was begun with ");
        assert_contains(store_fixture.why.text, rows[i].sentence);
    }
    crux_store_close(store);
}

/* The fixture's file with two lines more; a is there again, and so is one of them. */
static struct crux_problems longer_problems(void)
{
    static const char lines[] = "{\"id\": \"a\", \"numbers\": [4, 6, 9, 10]}\n"
                                "\n"
                                "{\"id\": \"b\", \"problem\": \"?\", \"answer\": \"7\"}\n"
                                "{\"id\": \"c\", \"problem\": \"??\"}\n"
                                "{\"id\": \"d\", \"problem\": \"???\"}\n"
                                "{\"id\": \"a\", \"problem\": \"again\"}\n"
                                "{\"id\": \"e\", \"problem\": \"????\"}\n";
    const struct crux_reading how = {.ends = true};
    struct crux_problems problems;

    cr_assert_eq(crux_problems_read_as(&problems, sample_file("longer", lines, sizeof lines - 1),
                                       &how, &store_fixture.why),
                 CRUX_OK);
    return problems;
}

/* A run of the fixture's problems by their own hash, and the same with more. */
static struct crux_run run_of(const struct crux_problems *problems, const char *name)
{
    struct crux_run run = store_fixture_run;

    run.input_sha256 = problems->sha256;
    run.input_name = name;
    run.skipped = problems->skipped;
    return run;
}

static bool not_e(void *context, const char *id)
{
    (void)context;
    return strcmp(id, "e") != 0;
}

/* A run whose input has more lines goes on as the same run: its names and its trees stay, what is
 * new waits, and how it has grown is recorded, also when it is gone on with later. */
ON_BOTH(resume, with_more_lines)
{
    struct crux_problems longer = longer_problems();
    struct crux_store *store = store_fixture_open(true);
    struct crux_run was = run_of(&store_fixture.problems, "in"), is = run_of(&longer, "longer");
    struct crux_extension extension = {.input_sha256 = was.input_sha256, .pictures = "abc"};
    struct crux_summary sum;
    char run_id[17], part[200];

    cr_assert_eq(
        crux_store_begin(store, &was, &store_fixture.problems, NULL, NULL, &store_fixture.why),
        CRUX_OK);
    cr_assert_eq(store_fixture_keep(store, 0, CRUX_REASON_BUDGET, ""), CRUX_OK);
    cr_assert_eq(crux_store_summary(store, &sum, &store_fixture.why), CRUX_OK);
    cr_assert(sum.begun_lines == 0 && strcmp(sum.begun_sha256, was.input_sha256) == 0);
    (void)strcpy(run_id, sum.run_id);
    cr_assert(crux_problems_begin_with(&longer, was.input_sha256, &extension.lines));
    cr_assert_eq(extension.lines, 4);
    is.extension = &extension;
    for (int again = 0; again < 3; again++) {
        is.settings = again == 0 ? "{\"workers\": 2}" : "{\"workers\": 5}";
        cr_assert_eq(crux_store_begin(store, &is, &longer, not_e, NULL, &store_fixture.why),
                     CRUX_OK, "%s", store_fixture.why.text);
        cr_assert_eq(crux_store_state(store, 0), CRUX_FINISHED);
        cr_assert_eq(crux_store_summary(store, &sum, &store_fixture.why), CRUX_OK);
        cr_assert(sum.finished == 1 && sum.waiting == 3 && sum.skipped == 1);
        cr_assert_str_eq(sum.run_id, run_id);
        cr_assert_str_eq(sum.input_sha256, longer.sha256);
        cr_assert_str_eq(sum.input_name, "longer");
        cr_assert_str_eq(sum.begun_sha256, was.input_sha256);
        cr_assert_eq(sum.begun_lines, 4);
        (void)snprintf(part, sizeof part,
                       "\"" CRUX_INPUT_EXTENSIONS "\": [{\"before\": \"%s\", \"lines\": 4, "
                       "\"problems\": 2, \"pictures\": \"abc\", \"at_ns\": ",
                       was.input_sha256);
        assert_contains(sum.settings, part);
        assert_contains(sum.settings, again == 0 ? "\"workers\": 2" : "\"workers\": 5");
        crux_store_close(store);
        store = store_fixture_open(true);
    }
    crux_store_close(store);
    crux_problems_free(&longer);
}

/* An input that grows twice is known by the first: and what is there has its old place. */
ON_BOTH(resume, with_more_lines_twice)
{
    struct crux_problems longer = longer_problems();
    struct crux_store *store = store_fixture_open(true);
    struct crux_run run = run_of(&longer, "longer");
    struct crux_extension extension = {.input_sha256 = run.input_sha256, .lines = 4};
    struct crux_summary sum;

    run.input_sha256 = "one";
    cr_assert_eq(
        crux_store_begin(store, &run, &store_fixture.problems, NULL, NULL, &store_fixture.why),
        CRUX_OK);
    run.extension = &extension;
    extension.input_sha256 = "one";
    run.input_sha256 = "two";
    longer.count = 4;
    cr_assert_eq(crux_store_begin(store, &run, &longer, NULL, NULL, &store_fixture.why), CRUX_OK);
    extension = (struct crux_extension){.input_sha256 = "two", .lines = 5};
    run.input_sha256 = "three";
    longer.count = 5;
    cr_assert_eq(crux_store_begin(store, &run, &longer, NULL, NULL, &store_fixture.why), CRUX_OK,
                 "%s", store_fixture.why.text);
    cr_assert_eq(crux_store_summary(store, &sum, &store_fixture.why), CRUX_OK);
    cr_assert(sum.waiting == 5 && sum.begun_lines == 4);
    cr_assert_str_eq(sum.begun_sha256, "one");
    assert_contains(sum.settings, "{\"before\": \"two\", \"lines\": 5, \"problems\": 1, ");
    crux_store_close(store);
    crux_problems_free(&longer);
}

/* What differs in more than that, or grows from something else, is refused, and the store is as it
 * was. */
ON_BOTH(resume, with_more_lines_of_another_run)
{
    struct crux_problems longer = longer_problems();
    struct crux_store *store = store_fixture_begin();
    struct crux_run is = run_of(&longer, "longer");
    struct crux_extension extension = {.input_sha256 = "ffff", .lines = 4};
    struct crux_summary sum;

    is.extension = &extension;
    cr_assert_eq(crux_store_begin(store, &is, &longer, NULL, NULL, &store_fixture.why),
                 CRUX_INVALID);
    assert_contains(store_fixture.why.text, "was begun with input in.jsonl (sha256 0123456789ab)");
    extension.input_sha256 = store_fixture_run.input_sha256;
    is.configuration = "{\"seed\": 2, \"simulations\": 400}";
    cr_assert_eq(crux_store_begin(store, &is, &longer, NULL, NULL, &store_fixture.why),
                 CRUX_INVALID);
    assert_contains(store_fixture.why.text, "was begun with seed=1; this run has seed=2");
    cr_assert_eq(crux_store_summary(store, &sum, &store_fixture.why), CRUX_OK);
    cr_assert(sum.waiting == 3 && sum.begun_lines == 0);
    cr_assert_str_eq(sum.settings, store_fixture_run.settings);
    crux_store_close(store);
    crux_problems_free(&longer);
}

/* Of very much that differs as much is named as a sentence can hold. */
Test(resume, a_very_different_run)
{
    struct crux_store *store = store_fixture_begin();
    struct crux_run other = store_fixture_run;
    char text[2000] = "{", *at = text + 1;

    for (int i = 0; i < 60; i++)
        at += sprintf(at, "%s\"option-%d\": %d", i == 0 ? "" : ", ", i, i);
    (void)strcpy(at, "}");
    other.configuration = text;
    cr_assert_eq(
        crux_store_begin(store, &other, &store_fixture.problems, NULL, NULL, &store_fixture.why),
        CRUX_INVALID);
    assert_contains(store_fixture.why.text, "...");
    assert_contains(store_fixture.why.text, "this run has no seed, no simulations, option-0=0");
    crux_store_close(store);
}

/* A writer that dies without a word leaves what it kept, and the next one goes on;
 * a reader may come first. */
Test(resume, after_a_writer_that_died)
{
    struct crux_store *store;
    struct store_fixture_seen seen = {"", CRUX_OK};
    pid_t child = fork();

    if (child == 0) {
        store = store_fixture_begin();
        (void)store_fixture_keep(store, 0, CRUX_REASON_BUDGET, "");
        (void)store_fixture_keep(store, 2, CRUX_REASON_BUDGET, "");
        _exit(0);
    }
    (void)waitpid(child, NULL, 0);
    store = store_fixture_open(false);
    cr_assert_eq(crux_store_each(store, store_fixture_see, &seen, &store_fixture.why), CRUX_OK,
                 "%s", store_fixture.why.text);
    cr_assert_str_eq(seen.text, "a c ");
    crux_store_close(store);
    store = store_fixture_begin();
    cr_assert_eq(crux_store_state(store, 0), CRUX_FINISHED);
    cr_assert_eq(crux_store_state(store, 2), CRUX_WAITING);
    cr_assert_eq(crux_store_state(store, 3), CRUX_FINISHED);
    crux_store_close(store);
}

/* A writer killed at any instant leaves every problem either done with its tree or
 * waiting, and nothing that it said was kept is lost. */
Test(resume, after_kill)
{
    for (int round = 0; round < 20; round++) {
        struct crux_store *store;
        int ends[2], kept = 0;
        char byte;
        pid_t child;

        cr_assert_eq(pipe(ends), 0);
        child = fork();
        if (child == 0) {
            store = store_fixture_begin();
            for (size_t i = 0; i < 3; i++)
                if (store_fixture_keep(store, i, CRUX_REASON_BUDGET, "") != CRUX_OK ||
                    write(ends[1], "k", 1) != 1)
                    _exit(1);
            for (;;)
                (void)pause();
        }
        (void)close(ends[1]);
        while (kept < round % 4 && read(ends[0], &byte, 1) == 1)
            kept++;
        (void)usleep((useconds_t)(round * 137 % 1000));
        (void)kill(child, SIGKILL);
        (void)waitpid(child, NULL, 0);
        while (read(ends[0], &byte, 1) == 1)
            kept++;
        (void)close(ends[0]);
        store = store_fixture_begin();
        for (int i = 0; i < 3; i++) {
            struct crux_tree *tree = NULL;
            bool done =
                crux_store_state(store, store_fixture.problems.items[i].ordinal) == CRUX_FINISHED;

            cr_assert(done || i >= kept, "round %d: problem %d of %d is lost", round, i, kept);
            cr_assert_eq(crux_store_read(store, store_fixture.problems.items[i].id, &tree,
                                         &store_fixture.why),
                         done ? CRUX_OK : CRUX_INPUT);
            crux_tree_free(tree);
        }
        crux_store_close(store);
        (void)unlink(store_fixture.path);
    }
}

/* --- together ----------------------------------------------------------------- */

/* A second writer is refused while the first one lives, with its name once it has a
 * pulse, and let in when it has gone. */
Test(together, two_writers)
{
    struct crux_store *store = store_fixture_begin();
    struct crux_pulse beat = {.process = getpid()};
    char name[32];
    int status = 0;

    for (int round = 0; round < 2; round++) {
        pid_t child = fork();

        if (child == 0) {
            (void)snprintf(name, sizeof name, "process (%d)", (int)getppid());
            if (store_fixture_refusal(store_fixture.path, true) != CRUX_STORE ||
                strstr(store_fixture.why.text, "is being written by another process") == NULL)
                _exit(1);
            _exit(round == 1 && strstr(store_fixture.why.text, name) == NULL ? 2 : 0);
        }
        (void)waitpid(child, &status, 0);
        cr_assert_eq(status, 0);
        cr_assert_eq(crux_store_pulse(store, &beat, &store_fixture.why), CRUX_OK);
    }
    crux_store_close(store);
    crux_store_close(store_fixture_begin());
}

/* A reader beside a writer sees what was kept before it looked, again and again, and
 * changes nothing. */
Test(together, a_reader_beside_the_writer)
{
    struct crux_store *writer = store_fixture_begin(), *reader = store_fixture_open(false);
    struct store_fixture_seen first = {"", CRUX_OK}, second = {"", CRUX_OK};
    const struct crux_pulse pulse = {.process = getpid()};

    (void)store_fixture_keep(writer, 0, CRUX_REASON_BUDGET, "");
    cr_assert_eq(crux_store_each(reader, store_fixture_see, &first, &store_fixture.why), CRUX_OK);
    (void)store_fixture_keep(writer, 1, CRUX_REASON_BUDGET, "");
    cr_assert_eq(crux_store_each(reader, store_fixture_see, &second, &store_fixture.why), CRUX_OK);
    cr_assert_str_eq(first.text, "a ");
    cr_assert_str_eq(second.text, "a b ");
    cr_assert_eq(store_fixture_keep(reader, 2, CRUX_REASON_BUDGET, ""), CRUX_STORE);
    cr_assert_eq(crux_store_begin(reader, &store_fixture_run, &store_fixture.problems, NULL, NULL,
                                  &store_fixture.why),
                 CRUX_STORE);
    cr_assert_eq(crux_store_reopen_broken(reader, &store_fixture.why), CRUX_STORE);
    cr_assert_eq(crux_store_pulse(reader, &pulse, &store_fixture.why), CRUX_STORE);
    assert_contains(store_fixture.why.text, "open for reading");
    crux_store_close(reader);
    cr_assert_eq(store_fixture_keep(writer, 2, CRUX_REASON_BUDGET, ""), CRUX_OK);
    crux_store_close(writer);
}

/* When the last one has gone there is one file. */
Test(together, one_file_is_left)
{
    char log[210];

    crux_store_close(store_fixture_begin());
    (void)snprintf(log, sizeof log, "%s-wal", store_fixture.path);
    cr_assert_neq(access(log, F_OK), 0);
    crux_store_close(store_fixture_open(false));
    cr_assert_neq(access(log, F_OK), 0);
}

struct keeper {
    struct crux_store *store;
    size_t item;
    int failed;
};

static void *keep_often(void *context)
{
    struct keeper *keeper = context;
    struct crux_error sentence;

    for (int i = 0; i < 20; i++) {
        struct crux_tree tree = store_fixture_tree(keeper->item, CRUX_REASON_FAILED, "x");

        tree.simulations = (uint64_t)i;
        keeper->failed += crux_store_keep(keeper->store, &tree, &sentence) != CRUX_OK;
    }
    return NULL;
}

/* Trees may be kept from several threads at once; each problem has its last one. */
ON_BOTH(together, several_threads)
{
    struct crux_store *store = store_fixture_begin();
    struct keeper keepers[3];
    pthread_t threads[3];

    for (size_t i = 0; i < 3; i++) {
        keepers[i] = (struct keeper){store, i, 0};
        cr_assert_eq(pthread_create(&threads[i], NULL, keep_often, &keepers[i]), 0);
    }
    for (size_t i = 0; i < 3; i++) {
        struct crux_tree *tree = NULL;

        cr_assert_eq(pthread_join(threads[i], NULL), 0);
        cr_assert_eq(keepers[i].failed, 0);
        cr_assert_eq(
            crux_store_read(store, store_fixture.problems.items[i].id, &tree, &store_fixture.why),
            CRUX_OK);
        cr_assert_eq(tree->simulations, 19);
        crux_tree_free(tree);
    }
    crux_store_close(store);
}

static int ask_store(void *context, const struct crux_tree *tree, const char *line,
                     struct crux_error *error)
{
    struct crux_summary sum;

    (void)line;
    cr_assert_eq(crux_store_state(context, tree->problem->ordinal), CRUX_FINISHED);
    return crux_store_summary(context, &sum, error);
}

/* A listener may ask the store that it listens to. */
ON_BOTH(together, questions_from_a_listener)
{
    struct crux_store *store = store_fixture_begin();

    (void)store_fixture_keep(store, 0, CRUX_REASON_BUDGET, "");
    cr_assert_eq(crux_store_each(store, ask_store, store, &store_fixture.why), CRUX_OK);
    crux_store_close(store);
}
