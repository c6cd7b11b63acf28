/*
 * test_injected.c - what io/injected.h promises: what is no path with false details, how one is
 * seen as a wrong path of its tree, and what a critique of it has found.
 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "io/injected.h"
#include "io/json.h"
#include "tests/world/contains.h"
#include "tests/world/grown.h"

static struct injected injected;

static void close_injected(void)
{
    injected_close(&injected);
}

TestSuite(injected, .fini = close_injected);

/* Of a path of two steps. */
static int read_text(const char *text, const char **field, const char **expected)
{
    struct crux_error error;
    struct json *object;
    int status;

    cr_assert_eq(json_parse(&object, text, strlen(text), &error), CRUX_OK, "%s", error.text);
    status = injected_read(&injected, object, 2, field, expected);
    json_free(object);
    return status;
}

#define ONE "{\"step\": 2, \"original\": \"b\", \"false\": \"x\"}"

Test(injected, reads)
{
    const char *field, *expected;
    static const struct {
        const char *text, *field; /* NULL: it is read */
    } rows[] = {
        {"{\"steps\": [\"a\", \"x\"], \"details\": [" ONE "]}", NULL},
        {"{\"steps\": [\"a\", \"x\"], \"details\": [" ONE "," ONE "," ONE "," ONE "," ONE "]}",
         NULL},
        {"{\"steps\": [], \"details\": []}", NULL},
        {"{\"steps\": [\"a\"], \"details\": [" ONE "]}", "steps"},
        {"{\"steps\": [\"a\", 7], \"details\": [" ONE "]}", "steps"},
        {"{\"steps\": \"a\", \"details\": [" ONE "]}", "steps"},
        {"{\"details\": [" ONE "]}", "steps"},
        {"[]", "steps"},
        {"{\"steps\": [\"a\", \"x\"]}", "details"},
        {"{\"steps\": [\"a\", \"x\"], \"details\": []}", "details"},
        {"{\"steps\": [], \"details\": [" ONE "]}", "details"},
        {"{\"steps\": [\"a\", \"x\"], \"details\": [7]}", "details"},
        {"{\"steps\": [\"a\", \"x\"], \"details\": [" ONE "," ONE "," ONE "," ONE "," ONE "," ONE
         "]}",
         "details"},
        {"{\"steps\": [\"a\", \"x\"], \"details\": [{\"step\": 0, \"original\": \"b\", \"false\": "
         "\"x\"}]}",
         "details"},
        {"{\"steps\": [\"a\", \"x\"], \"details\": [{\"step\": 3, \"original\": \"b\", \"false\": "
         "\"x\"}]}",
         "details"},
        {"{\"steps\": [\"a\", \"x\"], \"details\": [{\"step\": 1.5, \"original\": \"b\", "
         "\"false\": "
         "\"x\"}]}",
         "details"},
        {"{\"steps\": [\"a\", \"x\"], \"details\": [{\"step\": 1, \"original\": 1, \"false\": "
         "\"x\"}]}",
         "details"},
        {"{\"steps\": [\"a\", \"x\"], \"details\": [{\"step\": 1, \"original\": \"b\"}]}",
         "details"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int status = read_text(rows[i].text, &field, &expected);

        cr_expect_eq(status, rows[i].field == NULL ? CRUX_OK : CRUX_INVALID, "%s", rows[i].text);
        if (rows[i].field != NULL)
            cr_expect_str_eq(field, rows[i].field, "%s", rows[i].text);
        injected_close(&injected);
    }
}

/* What was written is read as it was, steps of several lines, too. */
Test(injected, writes)
{
    static const char text[] =
        "{\"steps\":[\"a\\nb\",\"\xc3\xa9 = 4\"],\"details\":[{\"step\":2,\"original\":\"= 3\","
        "\"false\":\"= 4\"}]}";
    const char *field, *expected;
    struct json *object = json_new_object();
    char *written, *lines;

    cr_assert_eq(read_text(text, &field, &expected), CRUX_OK);
    injected_put(object, &injected);
    written = json_text(object, false);
    json_free(object);
    cr_expect_eq(strlen(written) > 0, true);
    cr_expect_not_null(strstr(written, "\\nb"));
    injected_close(&injected);
    cr_assert_eq(read_text(written, &field, &expected), CRUX_OK, "%s", written);
    lines = injected_text(&injected);
    cr_expect_str_eq(lines, "a\vb\n\xc3\xa9 = 4");
    cr_expect_eq(injected_first(&injected), 1);
    free(lines);
    free(written);
}

/* The tree is what it was, and has a wrong path more. */
Test(injected, is_a_path_of_its_tree)
{
    static const struct crux_problem problem = {.id = "p", .prompt = "?", .line = "{}"};
    static struct grown grown;
    const char *field, *expected;
    struct injected_view view;
    struct crux_error error;
    struct crux_text steps[3];
    uint32_t right;

    grown_begin(&grown, &problem);
    (void)grown_answer(&grown, 0, "z", CRUX_WRONG);
    right = grown_answer(&grown, grown_node(&grown, 0, "a"), "b", CRUX_RIGHT);
    cr_assert_eq(
        read_text("{\"steps\": [\"a\", \"x\\ny\"], \"details\": [" ONE "]}", &field, &expected),
        CRUX_OK);
    cr_assert_eq(injected_view_open(&view, &grown.tree, right, &injected, "9", &error), CRUX_OK);
    cr_expect_eq(view.tree.rollout_count, 3);
    cr_expect_eq(grown.tree.rollout_count, 2);
    cr_expect(view.pair.wrong == 2 && view.pair.right == right && view.pair.prefix == 1);
    cr_expect(view.pair.first_error == CRUX_NO_STEP && !view.pair.exact);
    cr_expect_eq(view.tree.rollouts[2].verdict, CRUX_WRONG);
    cr_expect_str_eq(view.tree.rollouts[2].answer, "9");
    cr_assert_eq(crux_path_steps(&view.tree, 2, steps, 3), 2);
    cr_expect(steps[1].length == 3 && memcmp(steps[1].start, "x\vy", 3) == 0);
    cr_assert_eq(crux_path_steps(&view.tree, right, steps, 3), 2);
    injected_view_close(&view);
}

/* Three details: alone in step 0, two in step 2. */
static const struct injected three = {
    .steps = {(char *[]){(char *)"1 + 1 = 3", (char *)"so", (char *)"four blue fish"}, 3},
    .details = {{2, (char *)"red", (char *)"blue"},
                {0, (char *)"= 2", (char *)"1 + 1 = 3"},
                {2, (char *)"five", (char *)"four"}},
    .count = 3};

Test(injected, counts_what_is_found)
{
    static const uint8_t all[] = {CRUX_WRONG, CRUX_WRONG, CRUX_WRONG};
    static const uint8_t last[] = {CRUX_RIGHT, CRUX_UNKNOWN, CRUX_WRONG};
    static const struct {
        const char *text;
        int64_t step;
        const uint8_t *verdicts;
        double score;
        bool first;
    } rows[] = {
        {"", -1, NULL, 0.0, false},
        {"Something is off.", 0, NULL, 1.0 / 3, true},          /* the only one of its step */
        {"Something is off.", 1, NULL, 0.0, false},             /* no detail is there */
        {"Something is off.", 2, NULL, 0.0, false},             /* which of the two? */
        {"It says `four`, not five.", 2, NULL, 1.0 / 3, false}, /* this one */
        {"It says four blue fish.", 2, NULL, 2.0 / 3, false},
        {"It has four legs and is blue.", -1, NULL, 0.0, false}, /* a word is no quotation */
        {"It says \"blue\".", -1, NULL, 1.0 / 3, false},
        {"It says 1 + 1 = 3 there.", -1, NULL, 1.0 / 3, true},
        {"`1 + 1 = 3`", 1, NULL, 1.0 / 4, true}, /* and a step without a detail is blamed */
        {"`four` and `blue`", 0, last, 1.0, true},
        {"Nothing holds.", -1, all, 1.0 / 5, true},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct injected_score score = injected_score_of(
            &three, rows[i].text, rows[i].step, rows[i].verdicts, rows[i].verdicts == NULL ? 0 : 3);

        cr_expect_float_eq(score.jaccard, rows[i].score, 1e-12, "%s: %g", rows[i].text,
                           score.jaccard);
        cr_expect_eq(score.first, rows[i].first, "%s", rows[i].text);
    }
}
