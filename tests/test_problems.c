/*
 * test_problems.c - what crux_io.h promises of files of problems, and problem_line.h of
 * their lines.
 *
 * First what is taken, then a table of everything that is refused and the sentence
 * it is refused with, then whole files: their ends of lines, their sizes, their
 * hash, standard input.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/crux_io.h"
#include "io/hash.h"
#include "io/problem_line.h"
#include "tests/world/contains.h"
#include "tests/world/sample.h"

static struct crux_problems problems;
static struct crux_error why;
static char complaints[4096]; /* every sentence, a line each */
static int complaint_count;

static void listen(void *context, const char *sentence)
{
    cr_assert_eq(context, &problems);
    complaint_count++;
    (void)strncat(complaints, sentence, sizeof complaints - strlen(complaints) - 2);
    (void)strcat(complaints, "\n");
}

static void set_up(void)
{
    (void)sample_folder();
}

static void tear_down(void)
{
    crux_problems_free(&problems);
    sample_folder_remove();
}

static int read_bytes(const void *bytes, size_t size, bool strict)
{
    return crux_problems_read(&problems, sample_file("in.jsonl", bytes, size), strict, listen,
                              &problems, &why);
}

static int read_text(const char *text)
{
    return read_bytes(text, strlen(text), false);
}

/* --- lines that are taken --------------------------------------------------- */

TestSuite(taken, .init = set_up, .fini = tear_down);

/* Everything a problem can say is read. */
Test(taken, all_members)
{
    const struct crux_problem *problem;

    cr_assert_eq(read_text("{\"id\": \"a\", \"problem\": \"Make it.\", \"answer\": \"x\", "
                           "\"numbers\": [-1000000, 1000000], \"target\": -1000000000, "
                           "\"use\": \"any\", \"level\": {\"deep\": [1]}}\n"),
                 CRUX_OK);
    problem = &problems.items[0];
    cr_assert_eq(problems.count, 1);
    cr_assert_str_eq(problem->id, "a");
    cr_assert_str_eq(problem->prompt, "Make it.");
    cr_assert_str_eq(problem->answer, "x");
    assert_contains(problem->line, "\"level\": {\"deep\": [1]}}");
}

/* The names of a problem's pictures are its own, in their order. */
Test(taken, images)
{
    cr_assert_eq(read_text("{\"id\": \"a\", \"problem\": \"?\", \"images\": "
                           "[\"one.png\", \"data:image/png;base64,AA==\"]}\n"
                           "{\"id\": \"b\", \"problem\": \"?\", \"images\": null}"),
                 CRUX_OK);
    cr_assert_eq(problems.items[0].image_count, 2);
    cr_assert_str_eq(problems.items[0].images[0], "one.png");
    cr_assert_str_eq(problems.items[0].images[1], "data:image/png;base64,AA==");
    cr_assert_eq(problems.items[1].image_count, 0);
}

/* Without numbers nothing of the domain is there, whatever target and use say. */
Test(taken, only_a_prompt)
{
    cr_assert_eq(read_text("{\"id\": \"a\", \"problem\": \"?\", \"target\": \"high\", \"use\": 1}"),
                 CRUX_OK);
    cr_assert_str_eq(problems.items[0].prompt, "?");
    cr_assert_null(problems.items[0].answer);
}

/* Numbers alone are a problem: the prompt, the target and the use are the usual. */
Test(taken, only_numbers)
{
    cr_assert_eq(read_text("{\"id\": \"a\", \"numbers\": [4, 6, 9, 10]}"), CRUX_OK);
    cr_assert_str_eq(problems.items[0].prompt,
                     "Use each of the numbers 4 6 9 10 exactly once with + - * / to make 24.");
}

/* A prompt for numbers that need not all be used says so. */
Test(taken, any_numbers)
{
    cr_assert_eq(
        read_text("{\"id\": \"a\", \"numbers\": [1, -2], \"use\": \"any\", \"target\": 7}"),
        CRUX_OK);
    cr_assert_str_eq(problems.items[0].prompt,
                     "Use some of the numbers 1 -2, each at most once, with + - * / to make 7.");
}

/* The longest prompt that can be written is written whole. */
Test(taken, the_longest_prompt)
{
    cr_assert_eq(
        read_text("{\"id\": \"a\", \"use\": \"any\", \"target\": -1000000000, \"numbers\": "
                  "[-1000000, -1000000, -1000000, -1000000, -1000000, -1000000]}"),
        CRUX_OK);
    assert_contains(problems.items[0].prompt, "to make -1000000000.");
}

/* null is as good as left out, where leaving out is allowed. */
Test(taken, null_members)
{
    cr_assert_eq(
        read_text("{\"id\": \"a\", \"problem\": \"?\", \"answer\": null, \"numbers\": null, "
                  "\"target\": null, \"use\": null}\n"
                  "{\"id\": \"b\", \"problem\": null, \"numbers\": [1], \"target\": null, "
                  "\"use\": \"all\"}\n"),
        CRUX_OK);
    cr_assert_eq(problems.count, 2);
    cr_assert_null(problems.items[0].answer);
    assert_contains(problems.items[1].prompt, "to make 24.");
}

/* An id of 200 bytes is taken, and any script. */
Test(taken, long_ids)
{
    char text[300];

    (void)snprintf(text, sizeof text,
                   "{\"id\": \"%0200d\", \"problem\": \"?\"}\n"
                   "{\"id\": \"\xc3\xa9\xe4\xb8\xad\xc2\xa0\", \"problem\": \"?\"}",
                   7);
    cr_assert_eq(read_text(text), CRUX_OK);
    cr_assert_eq(strlen(problems.items[0].id), 200);
}

/* What a view writes of a problem that is none of numbers is no puzzle without numbers. */
Test(taken, of_a_view)
{
    cr_assert_eq(read_text("{\"id\": \"a\", \"problem\": \"?\", \"numbers\": [], \"target\": 0, "
                           "\"use\": \"\"}"),
                 CRUX_OK);
    cr_assert_eq(problems.count, 1);
}

/* --- lines that are refused -------------------------------------------------- */

TestSuite(refused, .init = set_up, .fini = tear_down);

static const struct {
    const char *line, *sentence;
} refusals[] = {
    {"not json", "expected a JSON object, found text that is not JSON: "},
    {"{\"id\": \"a\", \"problem\": \"?\"", "at column 26"},
    {"{\"id\": \"a\", \"id\": \"b\", \"problem\": \"?\"}", "duplicate object key"},
    {"{\"id\": \"a\", \"problem\": \"\xff\"}", "0xff"},
    {"{\"id\": \"a\", \"problem\": \"\\u0000\"}", "not JSON"},
    {"[1]", "expected a JSON object, found an array"},
    {"\"text\"", "expected a JSON object, found a string"},
    {"{}", "field `problem`: expected a string (or a field `numbers`), found nothing; --fields"},
    {"{\"id\": 7.5}", "field `id`: expected a string or a whole number, found a real"},
    {"{\"id\": [7]}", "field `id`: expected a string or a whole number, found an array"},
    {"{\"id\": \"a\", \"problem\": \" \\n\"}", "field `problem`: expected a question"},
    {"{\"id\": \"\"}", "field `id`: expected 1 to 200 bytes, found 0"},
    {"{\"id\": \"a\\nb\"}", "field `id`: expected no control characters, found one"},
    {"{\"id\": \"a\\u007f\"}", "field `id`: expected no control characters, found one"},
    {"{\"id\": \"a\\u009b\"}", "field `id`: expected no control characters, found one"},
    {"{\"id\": \"a\"}", "field `problem`: expected a string (or a field `numbers`), found nothing"},
    {"{\"id\": \"a\", \"problem\": 7}", "field `problem`: expected a string, found an integer"},
    {"{\"id\": \"a\", \"problem\": \"?\", \"answer\": [1, 2]}",
     "field `answer`: expected a string, a number, or a list of one of these, found an array"},
    {"{\"id\": \"a\", \"problem\": \"?\", \"images\": \"one.png\"}",
     "field `images`: expected an array, found a string"},
    {"{\"id\": \"a\", \"problem\": \"?\", \"images\": [1]}",
     "field `images`: expected strings, paths or data: URLs, found an integer"},
    {"{\"id\": \"a\", \"problem\": \"?\", \"images\": "
     "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}",
     "field `images`: expected at most 16 items, found 17"},
    {"{\"id\": \"a\", \"numbers\": \"4 6\"}",
     "field `numbers`: expected an array of integers, found a string"},
    {"{\"id\": \"a\", \"numbers\": []}",
     "field `numbers`: expected 1 to 6 integers, found 0 items"},
    {"{\"id\": \"a\", \"problem\": \"?\", \"numbers\": [], \"use\": \"all\"}",
     "field `numbers`: expected 1 to 6 integers, found 0 items"},
    {"{\"id\": \"a\", \"problem\": \"?\", \"numbers\": 0, \"use\": \"\"}",
     "field `numbers`: expected an array of integers, found an integer"},
    {"{\"id\": \"a\", \"numbers\": [1,2,3,4,5,6,7]}",
     "field `numbers`: expected 1 to 6 integers, found 7 items"},
    {"{\"id\": \"a\", \"numbers\": [4, 6.0]}",
     "field `numbers`: expected an integer, found a real"},
    {"{\"id\": \"a\", \"numbers\": [4, \"6\"]}",
     "field `numbers`: expected an integer, found a string"},
    {"{\"id\": \"a\", \"numbers\": [4, 1000001]}",
     "field `numbers`: expected an integer from -1000000 to 1000000, found 1000001"},
    {"{\"id\": \"a\", \"numbers\": [-1000001, 4]}", "found -1000001"},
    {"{\"id\": \"a\", \"numbers\": [99999999999999999999]}", "too big integer"},
    {"{\"id\": \"a\", \"numbers\": [4], \"target\": 1000000001}",
     "field `target`: expected an integer from -1000000000 to 1000000000, found 1000000001"},
    {"{\"id\": \"a\", \"numbers\": [4], \"target\": \"24\"}",
     "field `target`: expected an integer, found a string"},
    {"{\"id\": \"a\", \"numbers\": [4], \"use\": \"some\"}",
     "field `use`: expected \"all\" or \"any\", found another string"},
    {"{\"id\": \"a\", \"numbers\": [4], \"use\": true}",
     "field `use`: expected \"all\" or \"any\", found a boolean"},
};

/* Every bad line is named by file, line, field, what was expected and what was
 * found, and costs only itself. */
Test(refused, one_by_one)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        char text[400], place[200];

        (void)snprintf(text, sizeof text, "{\"id\": \"good\", \"problem\": \"?\"}\n%s\n",
                       refusals[i].line);
        (void)snprintf(place, sizeof place, "%s:2: ", sample_path("in.jsonl"));
        complaints[0] = '\0';
        cr_assert_eq(read_text(text), CRUX_OK, "%s", refusals[i].line);
        cr_assert_eq(problems.count, 1);
        cr_assert_eq(problems.skipped, 1);
        assert_contains(complaints, refusals[i].sentence);
        cr_assert_eq(strncmp(complaints, place, strlen(place)), 0, "%s", complaints);
        crux_problems_free(&problems);
    }
}

/* With strict the first bad line ends the reading: its sentence is the error, nobody
 * else is reported, and *out is not touched. */
Test(refused, strict)
{
    static const char text[] = "{\"id\": \"a\", \"problem\": \"?\"}\n{}\n{\"id\": 7}\n";

    problems.skipped = 77;
    cr_assert_eq(read_bytes(text, sizeof text - 1, true), CRUX_INPUT);
    assert_contains(why.text, "in.jsonl:2: field `problem`: expected a string");
    cr_assert_eq(complaint_count, 0);
    cr_assert_eq(problems.skipped, 77);
    cr_assert_null(problems.items);
}

/* An id of 201 bytes is too long. */
Test(refused, long_id)
{
    char text[300];

    (void)snprintf(text, sizeof text, "{\"id\": \"%0201d\", \"problem\": \"?\"}", 7);
    cr_assert_eq(read_text(text), CRUX_INPUT);
    assert_contains(complaints, "field `id`: expected 1 to 200 bytes, found 201");
}

/* An id that was there before names the line on which it was; the first one counts,
 * and so does each that comes after. */
Test(refused, duplicate_id)
{
    cr_assert_eq(read_text("\n{\"id\": \"a\", \"problem\": \"first\"}\n"
                           "{\"id\": \"b\", \"problem\": \"?\"}\n"
                           "{\"id\": \"a\", \"problem\": \"second\"}\n"
                           "{\"id\": \"a\", \"problem\": \"third\"}\n"),
                 CRUX_OK);
    cr_assert_eq(problems.count, 2);
    cr_assert_eq(problems.skipped, 2);
    cr_assert_str_eq(problems.items[0].prompt, "first");
    assert_contains(complaints,
                    "in.jsonl:4: field `id`: expected one that is new, found `a` of line 2 again");
    assert_contains(complaints, "in.jsonl:5: field `id`");
}

/* A byte 0 is bad wherever it stands. */
Test(refused, nul_byte)
{
    static const char text[] = "{\"id\": \"a\",\0 \"problem\": \"?\"}\n\0\n"
                               "{\"id\": \"b\", \"problem\": \"?\"}\n";

    cr_assert_eq(read_bytes(text, sizeof text - 1, false), CRUX_OK);
    cr_assert_eq(problems.count, 1);
    cr_assert_eq(problems.skipped, 2);
    assert_contains(complaints, "in.jsonl:1: expected a JSON object, found text that is not JSON: "
                                "a NUL byte at column 12");
    assert_contains(complaints, "in.jsonl:2: ");
}

/* Deep nesting is refused before it costs anything. */
Test(refused, deep_nesting)
{
    static char text[200000];

    memset(text, '[', sizeof text - 1);
    cr_assert_eq(read_text(text), CRUX_INPUT);
    assert_contains(why.text, "nested deeper than 64");
}

/* Nobody needs to listen. */
Test(refused, nobody_listens)
{
    const char *path = sample_file("in.jsonl", "{}\n{\"id\": \"a\", \"problem\": \"?\"}", 30);

    cr_assert_eq(crux_problems_read(&problems, path, false, NULL, NULL, &why), CRUX_OK);
    cr_assert_eq(problems.skipped, 1);
}

/* --- whole files --------------------------------------------------------------- */

TestSuite(files, .init = set_up, .fini = tear_down);

/* Ordinals are places among all lines, so that a bad one does not move the others;
 * blank lines are no problems and no errors. */
Test(files, ordinals)
{
    cr_assert_eq(read_text("\n{\"id\": \"a\", \"problem\": \"?\"}\n  \t \nbad\n"
                           "{\"id\": \"b\", \"problem\": \"?\"}"),
                 CRUX_OK);
    cr_assert_eq(problems.count, 2);
    cr_assert_eq(problems.skipped, 1);
    cr_assert_eq(problems.items[0].ordinal, 1);
    cr_assert_eq(problems.items[1].ordinal, 4);
}

/* A byte order mark at the beginning and CR LF at the ends are taken, and are not
 * part of the line that is kept; a mark anywhere else is not taken. */
Test(files, from_windows)
{
    cr_assert_eq(read_text("\xef\xbb\xbf{\"id\": \"a\", \"problem\": \"?\"}\r\n\r\n"
                           "\xef\xbb\xbf{\"id\": \"b\", \"problem\": \"?\"}\r\n"),
                 CRUX_OK);
    cr_assert_eq(problems.count, 1);
    cr_assert_eq(problems.skipped, 1);
    cr_assert_str_eq(problems.items[0].line, "{\"id\": \"a\", \"problem\": \"?\"}");
}

/* A mark and nothing else is a blank line; two bytes of it are not. */
Test(files, a_mark_alone)
{
    cr_assert_eq(read_text("\xef\xbb\xbf\n{\"id\": \"a\", \"problem\": \"?\"}"), CRUX_OK);
    cr_assert_eq(problems.skipped, 0);
    crux_problems_free(&problems);
    cr_assert_eq(read_text("\xef\xbb\n{\"id\": \"a\", \"problem\": \"?\"}"), CRUX_OK);
    cr_assert_eq(problems.skipped, 1);
}

/* A file with nothing in it, and one with nothing good in it, have no problems. */
Test(files, without_problems)
{
    cr_assert_eq(read_text(""), CRUX_INPUT);
    assert_contains(why.text, "in.jsonl has no problems");
    cr_assert_eq(read_text("\n \n"), CRUX_INPUT);
    assert_contains(why.text, "in.jsonl has no problems");
    cr_assert_eq(read_text("{}\n{}\n"), CRUX_INPUT);
    assert_contains(why.text, "in.jsonl has no problems: all of its 2 lines are bad");
}

/* What cannot be opened, and what cannot be read, is named. */
Test(files, that_cannot_be_read)
{
    cr_assert_eq(crux_problems_read(&problems, sample_path("none"), false, NULL, NULL, &why),
                 CRUX_INPUT);
    assert_contains(why.text, "none: No such file or directory");
    cr_assert_eq(crux_problems_read(&problems, sample_path("."), false, NULL, NULL, &why),
                 CRUX_INPUT);
    assert_contains(why.text, "Is a directory");
}

/* The hash is that of the whole input, bad lines and ends of lines included. */
Test(files, hash)
{
    static const char text[] = "bad\r\n\n{\"id\": \"a\", \"problem\": \"?\"}";
    char want[HASH_HEX];

    hash_hex(text, sizeof text - 1, want);
    cr_assert_eq(read_text(text), CRUX_OK);
    cr_assert_str_eq(problems.sha256, want);
}

/* A line of 64 MiB is read; one byte more and it is reported and skipped, and the
 * lines around it are not lost. So is a much longer one, at the end. */
Test(files, the_longest_line)
{
    static const char head[] = "{\"id\": \"a\", \"problem\": \"";
    enum { MOST = 64 << 20 };
    size_t size = 3 * (size_t)MOST;
    char *text = malloc(size), *at = text;

    memset(text, 'x', size);
    memcpy(at, head, sizeof head - 1);
    memcpy(at + MOST - 2, "\"}\n", 3);
    at += MOST + 1;
    at = stpcpy(at + MOST + 1, "\n{\"id\": \"b\", \"problem\": \"?\"}\n");
    cr_assert_eq(read_bytes(text, (size_t)(at - text), false), CRUX_OK);
    cr_assert_eq(problems.count, 2);
    cr_assert_eq(strlen(problems.items[0].prompt), MOST - sizeof head - 1);
    cr_assert_str_eq(problems.items[1].id, "b");
    cr_assert_str_eq(strchr(complaints, ':'),
                     ":2: expected a line of at most 64 MiB, found a longer one\n");
    crux_problems_free(&problems);

    complaints[0] = '\0';
    memset(text, 'x', size);
    cr_assert_eq(read_bytes(text, size, true), CRUX_INPUT);
    assert_contains(why.text, "in.jsonl:1: expected a line of at most 64 MiB");
    free(text);
}

/* Many problems are kept in order, each with its line, however often memory grows. */
Test(files, many_lines)
{
    enum { MANY = 30000 };
    char *text = malloc(MANY * 64), *at = text;

    for (int i = 0; i < MANY; i++)
        at += sprintf(at, "{\"id\": \"p%d\", \"numbers\": [%d, 1]}\n", i, i);
    cr_assert_eq(read_bytes(text, (size_t)(at - text), true), CRUX_OK);
    cr_assert_eq(problems.count, MANY);
    for (int i = 0; i < MANY; i++) {
        struct problem_line parsed;
        const char *line = problems.items[i].line;

        cr_assert_eq(problems.items[i].ordinal, (uint64_t)i);
        cr_assert_eq(problem_line_open(&parsed, line, strlen(line), &why), CRUX_OK);
        cr_assert_str_eq(parsed.problem.id, problems.items[i].id);
        problem_line_close(&parsed);
    }
    free(text);
}

/* "-" is standard input, which may come in pieces, and sentences call it by name. */
Test(files, standard_input)
{
    int ends[2];
    pid_t child;

    cr_assert_eq(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        ssize_t sent = write(ends[1], "{\"id\": \"a\", \"pro", 16);

        (void)usleep(1000);
        sent += write(ends[1], "blem\": \"?\"}\n{}\n", 15);
        _exit(sent == 31 ? 0 : 1);
    }
    (void)close(ends[1]);
    cr_assert_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    cr_assert_eq(crux_problems_read(&problems, "-", false, listen, &problems, &why), CRUX_OK);
    cr_assert_eq(problems.count, 1);
    assert_contains(complaints, "standard input:2: field `problem`");
    (void)close(ends[0]);
    (void)waitpid(child, NULL, 0);
}

static void wake(int number)
{
    (void)number;
}

/* A signal in the middle of reading ends nothing. */
Test(files, interrupted)
{
    struct sigaction act = {.sa_handler = wake}; /* without SA_RESTART */
    pid_t reader = getpid(), child;
    int ends[2];

    cr_assert_eq(sigaction(SIGUSR1, &act, NULL), 0);
    cr_assert_eq(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        for (int i = 0; i < 20; i++) {
            (void)usleep(2000);
            (void)kill(reader, SIGUSR1);
        }
        _exit(write(ends[1], "{\"id\": \"a\", \"problem\": \"?\"}", 27) == 27 ? 0 : 1);
    }
    (void)close(ends[1]);
    cr_assert_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    cr_assert_eq(crux_problems_read(&problems, "-", true, NULL, NULL, &why), CRUX_OK);
    cr_assert_eq(problems.count, 1);
    (void)close(ends[0]);
    (void)waitpid(child, NULL, 0);
}

/* --- shards ----------------------------------------------------------------------- */

/* Every id is in exactly one shard of any division, and no shard is left far behind. */
Test(shards, one_each)
{
    int counts[7] = {0};

    for (int i = 0; i < 7000; i++) {
        char id[20];
        int found = 0;

        (void)snprintf(id, sizeof id, "p%d", i);
        for (uint32_t shard = 1; shard <= 7; shard++)
            if (crux_in_shard(id, shard, 7)) {
                counts[shard - 1]++;
                found++;
            }
        cr_assert_eq(found, 1);
        cr_assert(crux_in_shard(id, 1, 1));
    }
    for (int i = 0; i < 7; i++)
        cr_assert(counts[i] > 850 && counts[i] < 1150, "shard %d has %d", i + 1, counts[i]);
}

/* --- copies ------------------------------------------------------------------------ */

/* A copy lies wholly in the memory it was given and says the same. */
Test(copies, in_one_piece)
{
    struct crux_problem problem = {.id = "an id", .prompt = "", .line = "{}"};
    struct crux_problem copy;
    size_t bytes = problem_bytes(&problem);
    char *memory = malloc(bytes);

    problem_copy(&copy, memory, &problem);
    cr_assert_eq(bytes % 8, 0);
    cr_assert(copy.id >= memory && copy.id + 6 <= memory + bytes);
    cr_assert_str_eq(copy.id, "an id");
    cr_assert_str_eq(copy.prompt, "");
    cr_assert_null(copy.answer);
    cr_assert_str_eq(copy.line, "{}");
    free(memory);
}
