/*
 * test_dedup.c - what portion.h, shingles.h, alike.h and sift.h promise: shares to the digit,
 * problems that are told apart or are not, an index that finds them, and where a problem goes.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "io/draw.h"
#include "io/views/alike.h"
#include "io/views/portion.h"
#include "io/views/shingles.h"
#include "io/views/sift.h"
#include "tests/world/sample.h"

static struct crux_error error;
static struct shingles left, right;
static const char *folder;

static void set_up(void)
{
    folder = sample_folder();
}

static void tear_down(void)
{
    shingles_close(&left);
    shingles_close(&right);
    sample_folder_remove();
}

static struct crux_problem problem_of(const char *id, const char *prompt)
{
    return (struct crux_problem){.id = id, .prompt = prompt, .line = "{}"};
}

static void read_text(struct shingles *out, const char *prompt)
{
    const struct crux_problem problem = problem_of("p", prompt);

    cr_assert_eq(shingles_read(out, &problem, &error), CRUX_OK);
}

static double alike_as(const char *a, const char *b)
{
    read_text(&left, a);
    read_text(&right, b);
    return shingles_alike(left.hashes, left.count, right.hashes, right.count);
}

/* --- portions --------------------------------------------------------------------------------- */

/* Shares are read to the ninth decimal and must sum to 1 exactly. */
Test(portion, reads_shares)
{
    struct portions portions;

    cr_assert_eq(portions_read(&portions, "train=0.9,test=0.1", &error), CRUX_OK);
    cr_assert_eq(portions.count, 2);
    cr_assert_str_eq(portions.names[1], "test");
    cr_assert_eq(portions.shares[0], 900000000);
    cr_assert_eq(portions.shares[1], 100000000);
    cr_assert_eq(portions_read(&portions, "a=0.333333333,b_c=0.333333333,d=0.333333334", &error),
                 CRUX_OK);
    cr_assert_eq(portions_read(&portions, "all_of=1.000000000", &error), CRUX_OK);
    cr_assert_eq(portions_read(&portions, "x=1", &error), CRUX_OK);
    cr_assert_eq(portions_read(&portions, NULL, &error), CRUX_OK);
    cr_assert_eq(portions.count, 1);
    cr_assert_str_eq(portions.names[0], "train");
}

/* What is no split is refused, says what was expected, and leaves the result as it was. */
Test(portion, refuses_what_is_no_split)
{
    static const char *const texts[][2] = {
        {"", "NAME=SHARE"},
        {"train", "NAME=SHARE"},
        {"=1", "NAME=SHARE"},
        {"Train=1", "NAME=SHARE"},
        {"train1=1", "NAME=SHARE"},
        {"../x=1", "NAME=SHARE"},
        {"train=1,", "NAME=SHARE"},
        {"abcdefghijklmnopqrstuvwxyzabcdefg=1", "at most 31"},
        {"train=", "a share"},
        {"train=0,test=1", "a share"},
        {"train=0.,test=1", "a share"},
        {"train=.5,test=.5", "a share"},
        {"train=-1,test=2", "a share"},
        {"train=1.0000000001", "a share"},
        {"train=1e0", "a share"},
        {"train=2", "a share"},
        {"train=99999999999999999999999", "a share"},
        {"train=0.5,test=0.4", "sum to 1"},
        {"train=0.9,test=0.100000001", "sum to 1"},
        {"train=0.5,train=0.5", "twice"},
        {"all=1", "loaders"},
        {"a=0.1,b=0.1,c=0.1,d=0.1,e=0.1,f=0.1,g=0.1,h=0.1,i=0.2", "at most 8"},
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct portions portions = {.count = 77};

        cr_assert_eq(portions_read(&portions, texts[i][0], &error), CRUX_INVALID, "%s",
                     texts[i][0]);
        cr_assert_not_null(strstr(error.text, texts[i][1]), "%s: %s", texts[i][0], error.text);
        cr_assert_eq(portions.count, 77);
    }
}

/* Of many problems each part has its share, and another seed is another split. */
Test(portion, gives_each_its_share)
{
    enum { MANY = 20000 };
    struct portions portions;
    int counts[3] = {0}, moved = 0;

    cr_assert_eq(portions_read(&portions, "train=0.8,test=0.15,dev=0.05", &error), CRUX_OK);
    for (int i = 0; i < MANY; i++) {
        char id[32];
        size_t where;

        (void)snprintf(id, sizeof id, "problem-%d", i);
        where = portions_of(&portions, 7, id);
        cr_assert_eq(where, portions_of(&portions, 7, id));
        moved += where != portions_of(&portions, 8, id);
        counts[where]++;
    }
    cr_assert(abs(counts[0] - 16000) < 250, "%d", counts[0]); /* four standard deviations */
    cr_assert(abs(counts[1] - 3000) < 210, "%d", counts[1]);
    cr_assert(abs(counts[2] - 1000) < 125, "%d", counts[2]);
    cr_assert(abs(moved - 6700) < 300, "%d", moved);
}

/* --- shingles --------------------------------------------------------------------------------- */

TestSuite(shingles, .init = set_up, .fini = tear_down);

/* Case, blanks and marks say nothing; letters, digits and signs of arithmetic do. */
Test(shingles, know_what_says_the_same)
{
    cr_assert_eq(alike_as("What is 2 + 3?", "  what IS 2+3 ...\n"), 1.0);
    cr_assert_eq(left.whole, right.whole);
    cr_assert_eq(alike_as("What is 2 + 3?", "What is 2 - 3?") < 1.0, true);
    cr_assert_neq(left.whole, right.whole);
    cr_assert(alike_as("What is 23?", "What is 2 3?") < 1.0);
    cr_assert_eq(alike_as("\xc3\x89t\xc3\xa9 un deux", "\xc3\x89t\xc3\xa9, un deux!"), 1.0);
    cr_assert(alike_as("\xe4\xb8\x80\xe4\xba\x8c\xe4\xb8\x89\xe5\x9b\x9b",
                       "\xe4\xb8\x80\xe4\xba\x8c\xe4\xb8\x89\xe4\xba\x94") > 0.3);
}

/* The share is common shingles by all: by hand. */
Test(shingles, are_counted_by_hand)
{
    cr_assert_eq(alike_as("a b c d e", "a b c d e"), 1.0);
    cr_assert_eq(alike_as("a b c d e", "a b c d x"), 2.0 / 4); /* abc bcd | cde | cdx */
    cr_assert_eq(alike_as("a b c", "a b c a b c"), 1.0 / 3);   /* abc | bca cab */
    cr_assert_eq(alike_as("a b c d", "x y z"), 0.0);
    cr_assert_eq(alike_as("a b", "a b"), 1.0);
    cr_assert_eq(alike_as("a b", "a c"), 0.0);
    cr_assert_eq(alike_as("", ""), 1.0);
    cr_assert_eq(alike_as("", "a"), 0.0);
}

/* Bytes that are no text are what they are: the same are alike, and others are not. */
Test(shingles, take_bytes_that_are_no_text)
{
    cr_assert_eq(alike_as("a \xff\xfe b c", "a \xff\xfe b c"), 1.0);
    cr_assert(alike_as("a \xff\xfe b c", "a \xff\xfd b c") < 1.0);
    cr_assert_eq(alike_as("a b c \xe4\xb8", "a b c \xe4\xb8"), 1.0);
}

/* The same words about other numbers, another target or other pictures are another problem. */
Test(shingles, know_what_a_problem_has_beside_its_words)
{
    static const char *const images[] = {"a.png"}, *const others[] = {"b.png"};
    struct crux_problem problem = problem_of("p", "Make it.");
    static const char *const lines[] = {"{}", "{\"numbers\":[1,2,3]}", "{\"numbers\":[1,2,4]}",
                                        "{\"numbers\":[1,2,3],\"target\":5}",
                                        "{\"numbers\":[1,2,3],\"use\":\"any\"}"};

    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 5; j++) {
            problem.line = lines[i];
            cr_assert_eq(shingles_read(&left, &problem, &error), CRUX_OK);
            problem.line = lines[j];
            cr_assert_eq(shingles_read(&right, &problem, &error), CRUX_OK);
            cr_assert_eq(left.whole == right.whole, i == j, "%s %s", lines[i], lines[j]);
            cr_assert_eq(left.hashes[0] == right.hashes[0], i == j);
        }
    problem.line = "{\"numbers\":[3,1,2],\"target\":24}"; /* in any order, and what is usual */
    cr_assert_eq(shingles_read(&left, &problem, &error), CRUX_OK);
    problem.line = lines[1];
    cr_assert_eq(shingles_read(&right, &problem, &error), CRUX_OK);
    cr_assert_eq(left.whole, right.whole);
    problem.image_count = 1;
    problem.images = images;
    cr_assert_eq(shingles_read(&left, &problem, &error), CRUX_OK);
    problem.images = others;
    cr_assert_eq(shingles_read(&right, &problem, &error), CRUX_OK);
    cr_assert_neq(left.whole, right.whole);
}

/* Equal hashes in two sketches estimate how alike two texts are: within five deviations. */
Test(shingles, are_sketched)
{
    uint64_t a[SHINGLES_SKETCH], b[SHINGLES_SKETCH];
    char text[2][4000] = {"", ""};
    int equal = 0;
    double alike;

    for (int i = 0; i < 300; i++) { /* words 0 .. 299 and 100 .. 399 */
        (void)snprintf(text[0] + strlen(text[0]), 16, "w%d ", i);
        (void)snprintf(text[1] + strlen(text[1]), 16, "w%d ", i + 100);
    }
    alike = alike_as(text[0], text[1]);
    cr_assert_float_eq(alike, 198.0 / 398, 1e-12);
    shingles_sketch(&left, a);
    shingles_sketch(&right, b);
    for (int i = 0; i < SHINGLES_SKETCH; i++)
        equal += a[i] == b[i];
    cr_assert(equal > 128 * 0.28 && equal < 128 * 0.72, "%d", equal);
}

/* --- the index
 * ------------------------------------------------------------------------------------ */

TestSuite(alike, .init = set_up, .fini = tear_down);

/* A text of words drawn by seed, of which the first few of every hundred are drawn by another. */
static void make_text(char *out, size_t size, uint64_t seed, uint64_t other, int changed)
{
    out[0] = '\0';
    for (uint64_t i = 0; i < 100; i++) {
        uint64_t word = draw((int)i < changed ? other : seed, i) % 100000;
        size_t used = strlen(out);

        (void)snprintf(out + used, size - used, "%llu ", (unsigned long long)word);
    }
}

static struct alike_found find_text(struct alike *alike, const char *text)
{
    struct alike_found found;

    read_text(&left, text);
    cr_assert_eq(alike_find(alike, &left, &found, &error), CRUX_OK, "%s", error.text);
    return found;
}

static void add_text(struct alike *alike, const char *text, uint32_t number)
{
    struct alike_label label = {.number = number};

    (void)snprintf(label.name, sizeof label.name, "n%u", number);
    read_text(&left, text);
    cr_assert_eq(alike_add(alike, &left, &label, &error), CRUX_OK, "%s", error.text);
}

/* Of many texts the one is found that a text is like, with its share, and nothing that is less like
 * it. The table grows on the way. */
Test(alike, finds_what_is_like_it)
{
    enum { MANY = 2000 };
    struct alike *alike = NULL;
    char text[1200];
    int missed = 0;

    cr_assert_eq(alike_open(&alike, folder, 0.8, &error), CRUX_OK, "%s", error.text);
    for (uint32_t i = 0; i < MANY; i++) {
        make_text(text, sizeof text, i, i, 0);
        cr_assert_eq(find_text(alike, text).alike, 0.0);
        add_text(alike, text, i);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        struct alike_found found;

        make_text(text, sizeof text, i, 1000000 + i, 9); /* 98 shingles, 9 others: 89 by 107 */
        found = find_text(alike, text);
        missed += found.alike == 0.0;
        if (found.alike > 0.0) {
            cr_assert_eq(found.label.number, i);
            cr_assert_float_eq(found.alike, 89.0 / 107, 1e-12);
            cr_assert_not(found.same);
        }
        make_text(text, sizeof text, i, 1000000 + i, 12); /* 86 by 110 */
        cr_assert_eq(find_text(alike, text).alike, 0.0);
        make_text(text, sizeof text, i, i, 0);
        found = find_text(alike, text);
        cr_assert(found.same && found.alike == 1.0 && found.label.number == i);
    }
    cr_assert_leq(missed, MANY * 5 / 1000);
    alike_close(alike);
}

/* At 1 only those are found that have the same shingles; word by word is told apart. */
Test(alike, finds_what_is_the_same)
{
    struct alike *alike = NULL;

    cr_assert_eq(alike_open(&alike, folder, 1.0, &error), CRUX_OK);
    add_text(alike, "a b c a b c a", 0);
    cr_assert(find_text(alike, "A B C A B C A!").same);
    cr_assert_eq(find_text(alike, "b c a b c a b").alike, 1.0);
    cr_assert_not(find_text(alike, "b c a b c a b").same);
    cr_assert_eq(find_text(alike, "a b c a b c").alike, 1.0);
    cr_assert_eq(find_text(alike, "a b c a b d").alike, 0.0);
    alike_close(alike);
}

/* Of several the most like it, and of equals the first. */
Test(alike, finds_the_most_alike)
{
    struct alike *alike = NULL;

    cr_assert_eq(alike_open(&alike, folder, 0.1, &error), CRUX_OK);
    add_text(alike, "a b c d x y z", 0);
    add_text(alike, "a b c d e f z", 1);
    add_text(alike, "a b c d e f z", 2);
    cr_assert_eq(find_text(alike, "a b c d e f g").label.number, 1);
    cr_assert_eq(find_text(alike, "a b c d e f z").label.number, 1);
    cr_assert_str_eq(find_text(alike, "a b c d e f z").label.name, "n1");
    alike_close(alike);
}

/* Thousands that share their bands are no quadratic work: each is compared with 64 a band at most.
 */
Test(alike, looks_at_no_more_than_it_must, .timeout = 60)
{
    enum { MANY = 3000 };
    struct alike *alike = NULL;
    char text[1400];

    cr_assert_eq(alike_open(&alike, folder, 0.99, &error), CRUX_OK);
    for (uint32_t i = 0; i < MANY; i++) { /* 97 of 101 shingles are common: 0.96 */
        make_text(text, sizeof text, 1, 1, 0);
        (void)snprintf(text + strlen(text), 32, "z%u y%u", i, i);
        if (find_text(alike, text).alike == 0.0)
            add_text(alike, text, i);
    }
    cr_assert_eq(find_text(alike, text).same, true);
    alike_close(alike);
}

/* Nothing of it is left in the folder, and a folder that is not there is named. */
Test(alike, leaves_no_file)
{
    struct alike *alike = NULL;
    char command[300];

    cr_assert_eq(alike_open(&alike, folder, 0.8, &error), CRUX_OK);
    (void)snprintf(command, sizeof command, "test -z \"$(ls -A %s)\"", folder);
    cr_assert_eq(system(command), 0);
    alike_close(alike);
    cr_assert_eq(alike_open(&alike, "/nowhere/at/all", 0.8, &error), CRUX_STORE);
    cr_assert_not_null(strstr(error.text, "/nowhere/at/all"));
}

/* --- the sift --------------------------------------------------------------------------------- */

TestSuite(sift, .init = set_up, .fini = tear_down);

static const char bread[] = "A baker sells 12 loaves a day for 3 coins each. How much is that in a "
                            "week of seven days, if on Sunday nobody buys bread at all?";
static const char breads[] =
    "A baker sells 12 loaves a day for 3 coins each. How much is that in a "
    "week of seven days, if on Monday nobody buys bread at all?";

struct went {
    bool goes;
    size_t portion;
};

static struct went sift_one(struct sift *sift, const char *id, const char *prompt)
{
    const struct crux_problem problem = problem_of(id, prompt);
    struct went went = {false, 99};

    cr_assert_eq(sift_problem(sift, &problem, &went.goes, &went.portion, &error), CRUX_OK, "%s",
                 error.text);
    return went;
}

/* Without a wish all go, and what is like an earlier one is counted, the same apart. */
Test(sift, counts)
{
    const struct crux_export what = {.store_count = 1};
    struct sift sift;

    cr_assert_eq(sift_open(&sift, &what, 1, folder, &error), CRUX_OK, "%s", error.text);
    cr_assert(sift_one(&sift, "a", bread).goes);
    cr_assert(sift_one(&sift, "b", breads).goes);
    cr_assert(sift_one(&sift, "c", bread).goes);
    cr_assert(sift_one(&sift, "d", "Something else altogether.").goes);
    cr_assert_eq(sift.same, 1);
    cr_assert_eq(sift.alike, 1);
    cr_assert_eq(sift.deduped, 0);
    cr_assert_eq(sift.problems[0], 4);
    sift_close(&sift);
}

/* With one, the first stays and the others are left out; those that are left out leave nothing
 * out. */
Test(sift, leaves_out)
{
    const struct crux_export what = {.dedup = 0.8};
    struct sift sift;

    cr_assert_eq(sift_open(&sift, &what, 1, folder, &error), CRUX_OK);
    cr_assert(sift_one(&sift, "a", bread).goes);
    cr_assert_not(sift_one(&sift, "b", breads).goes);
    cr_assert_not(sift_one(&sift, "c", bread).goes);
    cr_assert_eq(sift.deduped, 2);
    cr_assert_eq(sift.problems[0], 1);
    sift_close(&sift);
}

/* What is like an earlier one is in its part, wherever its own id would have put it. */
Test(sift, keeps_together_what_is_alike)
{
    const struct crux_export what = {.split = "train=0.5,test=0.5"};
    struct sift sift;
    int other = 0;

    cr_assert_eq(sift_open(&sift, &what, 1, folder, &error), CRUX_OK);
    for (int i = 0; i < 40; i++) {
        char id[16], prompt[200];
        size_t first;

        (void)snprintf(id, sizeof id, "a%d", i);
        (void)snprintf(prompt, sizeof prompt, "%d %d %s", i, i * 7, bread + i);
        first = sift_one(&sift, id, prompt).portion;
        (void)snprintf(id, sizeof id, "b%d", i);
        cr_assert_eq(sift_one(&sift, id, prompt).portion, first);
        other += portions_of(&sift.portions, 1, id) != first;
    }
    cr_assert_gt(other, 5);
    sift_close(&sift);
}

static const char *write_foreign(const char *name, const char *text)
{
    const char *path = sample_path(name);
    FILE *file = fopen(path, "w");

    cr_assert_not_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
    return path;
}

/* Problems of a benchmark are found in its words, named with theirs, and left out if wished. */
Test(sift, finds_contamination)
{
    char path[200];
    const char *const files[] = {path};
    struct crux_export what = {.against = files, .against_count = 1};
    struct json *row;

    (void)snprintf(path, sizeof path, "%s",
                   write_foreign("bench.jsonl",
                                 "{\"question\": \"Who?\", \"id\": \"q0\"}\n"
                                 "{\"question\": \"a baker SELLS 12 loaves a day for 3 coins each; "
                                 "how much is that in a week of seven days, if on Sunday nobody "
                                 "buys bread at all\", \"answer\": \"216\", \"id\": \"q1\"}\n"));
    for (int drop = 0; drop < 2; drop++) {
        struct sift sift;

        what.drop_contaminated = drop == 1;
        cr_assert_eq(sift_open(&sift, &what, 1, folder, &error), CRUX_OK, "%s", error.text);
        cr_assert_eq(sift_one(&sift, "mine", bread).goes, drop == 0);
        cr_assert(sift_one(&sift, "other", "Something else altogether.").goes);
        cr_assert_eq(sift_one(&sift, "near", breads).goes, drop == 0);
        cr_assert_eq(sift.contaminated, 2);
        cr_assert_eq(sift.decontaminated, 2 * (uint64_t)drop);
        cr_assert_str_eq(sift.contaminated_with,
                         "mine (q1 of bench.jsonl), near (q1 of bench.jsonl)");
        row = json_at(sift.named, 0);
        cr_assert_str_eq(json_as_string(json_get(row, "id")), "mine");
        cr_assert_str_eq(json_as_string(json_get(row, "like")), "q1");
        cr_assert_eq(json_as_real(json_get(row, "alike")), 1.0);
        cr_assert_eq(json_as_integer(json_get(json_at(sift.files, 0), "problems")), 2);
        sift_close(&sift);
    }
}

/* A file that is not there or has a line that is no problem ends it, and the sentence says where.
 */
Test(sift, refuses_files_that_are_none)
{
    char path[200];
    const char *const files[] = {path};
    const struct crux_export what = {.against = files, .against_count = 1};
    struct sift sift;

    (void)snprintf(path, sizeof path, "%s", sample_path("none.jsonl"));
    cr_assert_lt(sift_open(&sift, &what, 1, folder, &error), 0);
    cr_assert_not_null(strstr(error.text, "none.jsonl"));
    (void)snprintf(path, sizeof path, "%s",
                   write_foreign("bad.jsonl", "{\"problem\": \"a\"}\n{\"wool\": 1}\n"));
    cr_assert_eq(sift_open(&sift, &what, 1, folder, &error), CRUX_INPUT);
    cr_assert_not_null(strstr(error.text, "bad.jsonl"), "%s", error.text);
    cr_assert_not_null(strstr(error.text, "2"), "%s", error.text);
}

/* Shares that cannot be, and what leaves something out against nothing. */
Test(sift, refuses_what_cannot_be)
{
    struct sift sift;

    cr_assert_eq(sift_open(&sift, &(struct crux_export){.dedup = 1.5}, 1, folder, &error),
                 CRUX_INVALID);
    cr_assert_eq(sift_open(&sift, &(struct crux_export){.dedup = -0.5}, 1, folder, &error),
                 CRUX_INVALID);
    cr_assert_eq(sift_open(&sift, &(struct crux_export){.split = "x"}, 1, folder, &error),
                 CRUX_INVALID);
    cr_assert_eq(
        sift_open(&sift, &(struct crux_export){.drop_contaminated = true}, 1, folder, &error),
        CRUX_INVALID);
}
