/*
 * test_views_more.c - the views of answers and steps (preference, preference-chat, kto, ranking,
 * nemo-rl, sft, value, traces, verl, llama-factory): rows of trees made by hand
 * (tests/world/orchard.h) are those of tests/golden/, byte for byte; what choices and pictures
 * change; what their parts promise.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/views/catalogue.h"
#include "io/views/overlap.h"
#include "io/views/tally.h"
#include "io/views/tokens.h"
#include "tests/world/heap.h"
#include "tests/world/orchard.h"

static struct view_run run;
static char *made; /* all rows, a line each */
static size_t made_size;
static FILE *rows;
static bool images;

static void set_up(void)
{
    const struct crux_summary summary = {.configuration =
                                             "{\"policy\":[\"step=chat:model\"],\"seed\":7}",
                                         .run_id = "0123456789abcdef",
                                         .config_hash = "beef"};
    struct crux_error error = {""};

    cr_assert_eq(view_run_open(&run, &summary, &error), CRUX_OK, "%s", error.text);
    images = true;
}

static void tear_down(void)
{
    view_run_close(&run);
    free(made);
}

static int keep_row(void *context, const char *row, size_t length, enum view_side side,
                    struct crux_error *error)
{
    (void)context;
    (void)side;
    (void)error;
    cr_assert_eq(fwrite(row, 1, length, rows), length);
    cr_assert_eq(fputc('\n', rows), '\n');
    return CRUX_OK;
}

/* The rows of all trees in a view. */
static const char *rows_of(const char *name)
{
    struct view_out out = {.emit = keep_row};
    struct crux_error error = {""};

    free(made);
    made = NULL;
    rows = open_memstream(&made, &made_size);
    cr_assert_not_null(rows);
    cr_assert_not_null(view_named(name), "%s", name);
    run.images = images;
    for (size_t i = 0; i < ORCHARD_TREES; i++) {
        struct view_tree what = orchard_tree(i, images);

        cr_assert_eq(view_rows(view_named(name), &what, &run, &out, &error), CRUX_OK, "%s",
                     error.text);
    }
    view_out_close(&out);
    cr_assert_eq(fclose(rows), 0);
    return made;
}

static char *golden_of(const char *name)
{
    char path[80];
    char *text = NULL;
    size_t size = 0;
    FILE *file;

    (void)snprintf(path, sizeof path, "tests/golden/%s.jsonl", name);
    file = fopen(path, "re");
    cr_assert_not_null(file, "%s", path);
    cr_assert_geq(getdelim(&text, &size, '\0', file), 0);
    (void)fclose(file);
    return text;
}

static size_t count_lines(const char *text)
{
    size_t count = 0;

    while ((text = strchr(text, '\n')) != NULL) {
        count++;
        text++;
    }
    return count;
}

/* --- golden files ------------------------------------------------------------------------- */

TestSuite(more, .init = set_up, .fini = tear_down);

static const char *const names[] = {
    "preference", "preference-chat", "kto",    "ranking", "nemo-rl",
    "sft",        "value",           "traces", "verl",    "llama-factory"};

Test(more, rows_are_the_golden_ones)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *got = rows_of(names[i]);
        char *want = golden_of(names[i]);

        cr_expect_str_eq(got, want, "view %s:\n%s", names[i], got);
        free(want);
    }
}

/* Nothing of the fog, where no answer has a verdict, but the problem itself. */
Test(more, unknown_outcomes_make_no_row)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        cr_expect_eq(strstr(rows_of(names[i]), "\"fog") != NULL, strcmp(names[i], "verl") == 0,
                     "%s", names[i]);
}

/* A problem without a reference answer is nothing that a rule could judge. */
Test(more, verl_wants_a_reference_answer)
{
    cr_assert_null(strstr(rows_of("verl"), "\"clear"));
    cr_assert_eq(count_lines(made), 2);
}

/* Wherever memory ends there is a sentence and nothing is left lying. */
Test(more, memory_may_end_anywhere)
{
    struct view_out out = {.emit = keep_row};

    if (!heap_can_fail())
        cr_skip_test("this heap never fails");
    run.choice.diverse = 3;
    rows = fopen("/dev/null", "we");
    cr_assert_not_null(rows);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (uint32_t number = 1;; number++) {
            struct view_tree what = orchard_tree(0, true);
            struct crux_error error = {""};
            bool failed;
            int status;

            heap_fail(number);
            status = view_rows(view_named(names[i]), &what, &run, &out, &error);
            failed = heap_has_failed();
            heap_fail(0);
            cr_assert_eq(status, failed ? CRUX_MEMORY : CRUX_OK, "%s, %u", names[i], number);
            cr_assert_eq(*error.text == '\0', !failed);
            view_out_close(&out);
            if (!failed)
                break;
        }
    (void)fclose(rows);
}

/* --- pictures ----------------------------------------------------------------------------- */

/* As many marks as pictures, whatever the texts say, and no column without any. */
Test(more, marks_are_as_many_as_pictures)
{
    static const char *const marked[] = {"verl", "llama-factory"};

    for (int with = 0; with < 2; with++)
        for (size_t i = 0; i < 2; i++) {
            size_t count = 0;

            images = with == 1;
            (void)rows_of(marked[i]);
            *strchr(made, '\n') = '\0'; /* the first row is about the pears */
            for (const char *at = made; (at = strstr(at, "<image>")) != NULL; at++)
                count++;
            cr_expect_eq(count, with ? 2 : 0, "%s: %zu in %s", marked[i], count, made);
            cr_expect_eq(strstr(made, "\"images\"") != NULL, with == 1);
        }
}

/* --- steps that tokens cut ------------------------------------------------------------------- */

static const struct crux_rollout cut_rollouts[] = {
    {3, "\v\n - 5\n = 7 .\v", "7", 1.0, CRUX_RIGHT, 0},
    {4, " = 8 <im\nage>", "8", 0.0, CRUX_WRONG, 0},
};

/* Its texts begin and end in blanks, and with pieces that are nothing else. */
static const char *cut_rows(const char *name)
{
    struct view_tree what = orchard_tree(0, true);
    struct view_out out = {.emit = keep_row};
    struct crux_tree tree = *what.tree;
    struct crux_node nodes[5];
    uint32_t rights[] = {0};
    const struct crux_pair pair = {.wrong = 1, .right = 0, .prefix = 2, .critique = ""};
    const struct crux_node like = tree.nodes[1];

    nodes[0] = tree.nodes[0];
    for (uint32_t i = 1; i < 5; i++)
        nodes[i] = like;
    nodes[1] = (struct crux_node){.parent = 0, .depth = 1, .prior = 1.0F, .text = " \v"};
    nodes[2] = (struct crux_node){.parent = 1, .depth = 2, .prior = 1.0F, .text = "\v 46"};
    nodes[3] = (struct crux_node){.parent = 2, .depth = 3, .prior = 1.0F, .text = " - 11 \v"};
    nodes[4] = (struct crux_node){.parent = 2, .depth = 3, .prior = 1.0F, .text = "ty"};
    tree.nodes = nodes;
    tree.node_count = 5;
    tree.rollouts = cut_rollouts;
    tree.rollout_count = 2;
    tree.rights = rights;
    tree.right_count = 1;
    tree.pairs = &pair;
    tree.pair_count = 1;
    tree.remark_count = 0;
    what = (struct view_tree){.tree = &tree};
    free(made);
    made = NULL;
    rows = open_memstream(&made, &made_size);
    run.images = true;
    cr_assert_eq(view_rows(view_named(name), &what, &run, &out, NULL), CRUX_OK, "%s", name);
    view_out_close(&out);
    cr_assert_eq(fclose(rows), 0);
    return made;
}

static void cut_by_tokens(void)
{
    free(run.between);
    run.between = strdup("");
    run.pieces = true;
}

#define CUT_RIGHT "46 - 11 \\n\\n - 5 = 7 ."
#define CUT_HEAD  "\"How many <image> are there, \\\"\u00e9\\\"?\\n"

/* They are as they were sampled, but for the blanks at the ends of the whole. */
Test(more, pieces_are_put_behind_each_other)
{
    cut_by_tokens();
    cr_expect_not_null(strstr(cut_rows("kto"), "\"completion\": \"" CUT_RIGHT "\""), "%s", made);
    cr_expect_not_null(strstr(made, "\"completion\": \"46ty = 8 <image>\""), "%s", made);
    cr_expect_not_null(strstr(cut_rows("sft"), "\"content\": \"" CUT_RIGHT "\""), "%s", made);
    cr_expect_not_null(strstr(cut_rows("preference"), "\"prompt\": " CUT_HEAD "46\""), "%s", made);
    cr_expect_not_null(strstr(made, "\"chosen\": \" - 11 \\n\", \"rejected\": \"ty\""), "%s", made);
    cr_expect_not_null(strstr(cut_rows("value"), "\"state\": " CUT_HEAD "\", \"step\": \"\""));
    cr_expect_not_null(strstr(made, "\"state\": " CUT_HEAD "46\", \"step\": \"46\""), "%s", made);
    cr_expect_not_null(strstr(made, CUT_HEAD "46 - 11 \\n\", \"step\": \" - 11 \\n\""), "%s", made);
    cr_expect_not_null(strstr(cut_rows("prm-soft"), "\\n\\n46 - 11 \\n\", \"mc_value\": 1.0"));
    cr_expect_not_null(strstr(cut_rows("traces"), "\"content\": \"\\n - 5 = 7 .\\n\""), "%s", made);
}

/* A mark that two pieces make is one. */
Test(more, pieces_make_no_marks)
{
    cut_by_tokens();
    cr_expect_not_null(strstr(cut_rows("llama-factory"), "\"value\": \"46ty = 8 (image)\""), "%s",
                       made);
}

/* The same tree, if anything else had cut it: steps of a prefix are bare, a line each. */
Test(more, other_steps_have_lines_of_their_own)
{
    cr_expect_not_null(
        strstr(cut_rows("kto"), "\"46\\n\\n - 11 \\n\\n\\n\\n\\n\\n - 5\\n\\n = 7 .\""), "%s",
        made);
    cr_expect_not_null(strstr(cut_rows("value"), CUT_HEAD "\\n46\\n- 11\\n\", \"step\": \"- 11\""),
                       "%s", made);
}

/* --- choices ------------------------------------------------------------------------------ */

/* A pair has one name, whatever the limits are. */
Test(more, preference_keeps_to_the_limits)
{
    cr_assert_eq(count_lines(rows_of("preference")), 2);
    run.choice.gap = 0.75;
    cr_assert_eq(count_lines(rows_of("preference")), 1);
    cr_assert_not_null(strstr(made, "\"pears/p0001\""));
    run.choice = crux_choice_default();
    run.choice.floor = 1.0;
    cr_assert_eq(count_lines(rows_of("preference")), 1);
    cr_assert_not_null(strstr(made, "\"pears/p0001\""));
    run.choice = crux_choice_default();
    run.choice.overlap = 0.5;
    cr_assert_eq(count_lines(rows_of("preference")), 1);
    cr_assert_not_null(strstr(made, "\"pears/p0001\""));
    run.choice.overlap = 0.4;
    cr_assert_eq(count_lines(rows_of("preference")), 0);
}

/* Steps that read the same are no pair, however much they may have in common. */
Test(more, preference_is_between_two_texts)
{
    struct view_tree what = orchard_tree(0, true);
    struct view_out out = {.emit = keep_row};
    struct crux_tree tree = *what.tree;
    struct crux_node nodes[9];

    memcpy(nodes, tree.nodes, sizeof nodes);
    nodes[3].text = " So 12. ";
    tree.nodes = nodes;
    what.tree = &tree;
    run.choice.overlap = 1.0;
    rows = open_memstream(&made, &made_size);
    cr_assert_eq(view_rows(view_named("preference"), &what, &run, &out, NULL), CRUX_OK);
    view_out_close(&out);
    cr_assert_eq(fclose(rows), 0);
    cr_assert_eq(count_lines(made), 1);
    cr_assert_not_null(strstr(made, "\"pears/p0000\""));
}

/* Three right answers of which two say nearly the same. */
Test(more, sft_takes_some_that_differ)
{
    cr_assert_eq(count_lines(rows_of("sft")), 2);
    run.choice.diverse = 2;
    cr_assert_eq(count_lines(rows_of("sft")), 4);
    cr_assert_not_null(strstr(made, "\"clear/r0000\""));
    cr_assert_null(strstr(made, "\"clear/r0001\""));
    cr_assert_not_null(strstr(made, "\"clear/r0002\""));
    run.choice.diverse = 9;
    run.choice.overlap = 0.8;
    cr_assert_eq(count_lines(rows_of("sft")), 4);
    run.choice.overlap = 1.0;
    cr_assert_eq(count_lines(rows_of("sft")), 5);
}

/* --- dataset_info.json --------------------------------------------------------------------- */

Test(more, llama_factory_is_told_of_each_file)
{
    const struct view *view = view_named("llama-factory");
    const struct view_file files[] = {{"train", "train-00000-of-00001.jsonl", 9, true},
                                      {"test", "test-00000-of-00001.jsonl", 1, false}};
    struct json *info = NULL;
    char *text = view->extra_text(files, 2);

    cr_assert_str_eq(view->extra_name, "dataset_info.json");
    cr_assert_eq(json_parse(&info, text, strlen(text), NULL), CRUX_OK);
    cr_assert_eq(json_count(info), 2);
    free(text);
    text = json_text(json_get(info, "crux"), false);
    cr_expect_str_eq(
        text, "{\"file_name\": \"train-00000-of-00001.jsonl\", \"formatting\": \"sharegpt\", "
              "\"ranking\": true, \"columns\": {\"messages\": \"conversations\", \"chosen\": "
              "\"chosen\", \"rejected\": \"rejected\", \"images\": \"images\"}}");
    free(text);
    text = json_text(json_get(info, "crux_test"), false);
    cr_expect_str_eq(
        text, "{\"file_name\": \"test-00000-of-00001.jsonl\", \"formatting\": \"sharegpt\", "
              "\"ranking\": true, \"columns\": {\"messages\": \"conversations\", \"chosen\": "
              "\"chosen\", \"rejected\": \"rejected\"}}");
    free(text);
    json_free(info);
    cr_assert(view->plain_only && view_named("verl")->plain_only);
    cr_assert_str_eq(view_named("verl")->file_ending, ".json");
}

/* --- tallies ------------------------------------------------------------------------------ */

/* Lines of a rollout count at the nodes that say the same; unknown answers count nowhere. */
Test(more, tally_counts_known_answers)
{
    static const struct tally_node want[] = {{4, 7, {1, 0}},
                                             {2, 3, {1, 0}},
                                             {2, 2, {CRUX_NO_NODE, 0}},
                                             {0, 1, {1, CRUX_NO_NODE}},
                                             {0, 0, {CRUX_NO_NODE, CRUX_NO_NODE}},
                                             {0, 1, {2, CRUX_NO_NODE}},
                                             {0, 1, {2, CRUX_NO_NODE}},
                                             {2, 3, {4, 3}},
                                             {0, 0, {CRUX_NO_NODE, CRUX_NO_NODE}}};
    struct view_tree what = orchard_tree(0, true);
    struct paths paths;
    struct tally tally;

    cr_assert_eq(paths_open(&paths, what.tree, NULL), CRUX_OK);
    cr_assert_eq(tally_open(&tally, &paths, NULL), CRUX_OK);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        cr_expect(memcmp(&tally.of[i], &want[i], sizeof want[i]) == 0, "node %zu: %u of %u, %u, %u",
                  i, tally.of[i].right, tally.of[i].of, tally.of[i].first[0], tally.of[i].first[1]);
    cr_expect_float_eq(tally_value(&tally.of[4]), 0.0, 0.0);
    tally_close(&tally);
    paths_close(&paths);
}

/* --- overlap ------------------------------------------------------------------------------ */

static double overlap(const char *a, const char *b)
{
    struct crux_text texts[] = {{a, strlen(a)}, {b, strlen(b)}};
    struct overlap_words words[2];
    double found;

    for (int i = 0; i < 2; i++)
        cr_assert_eq(overlap_open(&words[i], &texts[i], 1, NULL), CRUX_OK);
    found = overlap_of(&words[0], &words[1]);
    cr_expect_float_eq(overlap_of(&words[1], &words[0]), found, 0.0);
    for (int i = 0; i < 2; i++)
        overlap_close(&words[i]);
    return found;
}

Test(more, overlap_is_of_the_one_with_fewer_words)
{
    cr_expect_float_eq(overlap("a b c", "a b c"), 1.0, 0.0);
    cr_expect_float_eq(overlap("a b", "b c d e"), 0.5, 0.0);
    cr_expect_float_eq(overlap("a", "b"), 0.0, 0.0);
    cr_expect_float_eq(overlap("a a\va\n\ta", "a"), 1.0, 0.0);
    cr_expect_float_eq(overlap("ab a", "a b"), 0.5, 0.0);
    cr_expect_float_eq(overlap("\xc3\xa9 x", "\xc3\xa9 y"), 0.5, 0.0);
    cr_expect_float_eq(overlap("", "a"), 1.0, 0.0);
    cr_expect_float_eq(overlap(" \v ", ""), 1.0, 0.0);
}

/* --- tokens ------------------------------------------------------------------------------- */

static struct crux_finding tokens_finding(enum crux_about about, uint32_t path, const char *json)
{
    return (struct crux_finding){
        .about = about, .path = path, .maker = "chat", .kind = TOKENS_KIND, .json = json};
}

Test(more, tokens_are_found_by_node_and_by_rollout)
{
    struct view_tree what = orchard_tree(0, true);
    const struct crux_finding given[] = {
        tokens_finding(CRUX_ABOUT_NODE, 2, "{\"ids\": [5, 6], \"logprobs\": [-1, -0.5]}"),
        tokens_finding(CRUX_ABOUT_NODE, 7, "{\"ids\": [], \"logprobs\": []}"),
        tokens_finding(CRUX_ABOUT_ROLLOUT, 2, "{\"ids\": [8], \"logprobs\": [0.0]}")};
    struct tokens tokens = {.items = NULL};

    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        cr_assert_eq(tokens_take(&tokens, &given[i], what.tree, NULL), CRUX_OK);
    what.tokens = tokens.items;
    what.token_count = tokens.count;
    cr_assert_eq(tokens_of(&what, 2, CRUX_NO_NODE)->count, 2);
    cr_assert_eq(tokens_of(&what, 2, CRUX_NO_NODE)->ids[1], 6);
    cr_assert_float_eq(tokens_of(&what, 2, CRUX_NO_NODE)->logprobs[0], -1.0, 0.0);
    cr_assert_eq(tokens_of(&what, 7, CRUX_NO_NODE)->count, 0);
    cr_assert_eq(tokens_of(&what, CRUX_NO_NODE, 2)->ids[0], 8);
    cr_assert_null(tokens_of(&what, 3, CRUX_NO_NODE));
    cr_assert_null(tokens_of(&what, CRUX_NO_NODE, 7));
    tokens_free(tokens.items, tokens.count);
}

/* What is not as it must be names its place and what was expected. */
Test(more, tokens_that_do_not_fit_are_refused)
{
    static const struct {
        enum crux_about about;
        uint32_t path;
        const char *json, *end;
    } odd[] = {
        {CRUX_ABOUT_NODE, 9, "{}", "node 9: expected one that the tree has"},
        {CRUX_ABOUT_ROLLOUT, 9, "{}", "rollout 9: expected one that the tree has"},
        {CRUX_ABOUT_NODE, 1, "{}", "node 1: expected lists `ids` and `logprobs` of one length"},
        {CRUX_ABOUT_NODE, 1, "{\"ids\": [1], \"logprobs\": []}",
         "node 1: expected lists `ids` and `logprobs` of one length"},
        {CRUX_ABOUT_ROLLOUT, 1, "{\"ids\": [\"1\"], \"logprobs\": [0.0]}",
         "rollout 1: expected integers in `ids` and numbers in `logprobs`"},
        {CRUX_ABOUT_ROLLOUT, 1, "{\"ids\": [1], \"logprobs\": [null]}",
         "rollout 1: expected integers in `ids` and numbers in `logprobs`"}};
    struct view_tree what = orchard_tree(0, true);
    struct tokens tokens = {.items = NULL};

    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        const struct crux_finding finding = tokens_finding(odd[i].about, odd[i].path, odd[i].json);
        struct crux_error error = {""};
        char want[200];

        (void)snprintf(want, sizeof want, "problem pears: the tokens that chat has kept of %s",
                       odd[i].end);
        cr_assert_eq(tokens_take(&tokens, &finding, what.tree, &error), CRUX_STORE);
        cr_expect_str_eq(error.text, want, "%s", error.text);
    }
    cr_assert_eq(tokens.count, 0);
}
