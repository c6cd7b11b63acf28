/*
 * test_views.c - what io/views/view.h and card.h promise: rows of a tree that is
 * known by heart (tests/world/puzzle.h), and a card that declares them.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/views/card.h"
#include "io/views/catalogue.h"
#include "io/views/view.h"
#include "tests/world/puzzle.h"

enum { MOST_ROWS = 8 };

static struct puzzle puzzle;
static struct view_tree beside;
static struct view_run run;
static struct json *rows[MOST_ROWS];
static enum view_side sides[MOST_ROWS];
static size_t row_count;

static const char configuration[] =
    "{\"critic\":[\"outcome=numbers\",\"annotate=judge:x\"],\"policy\":[\"step=numbers:2\"],"
    "\"seed\":7}";

static void open_run(const char *text)
{
    struct crux_summary summary = {
        .configuration = text, .run_id = "0123456789abcdef", .config_hash = "beef"};
    struct crux_error error = {""};

    view_run_close(&run);
    cr_assert_eq(view_run_open(&run, &summary, &error), CRUX_OK, "%s", error.text);
}

static void set_up(void)
{
    puzzle_make(&puzzle, 3);
    beside = (struct view_tree){.tree = &puzzle.tree};
    open_run(configuration);
}

static void drop_rows(void)
{
    while (row_count > 0)
        json_free(rows[--row_count]);
}

static void tear_down(void)
{
    drop_rows();
    view_run_close(&run);
}

static int collect(void *context, const char *row, size_t length, enum view_side side,
                   struct crux_error *error)
{
    (void)context;
    cr_assert_lt(row_count, MOST_ROWS);
    cr_assert_eq(json_parse(&rows[row_count], row, length, error), CRUX_OK, "%s", error->text);
    sides[row_count++] = side;
    return CRUX_OK;
}

static int rows_of(const struct view *view, struct crux_error *error)
{
    struct view_out out = {.emit = collect};
    int status = view_rows(view, &beside, &run, &out, error);

    view_out_close(&out);
    return status;
}

static void make_rows(const struct view *view)
{
    struct crux_error error = {""};

    drop_rows();
    cr_assert_eq(rows_of(view, &error), CRUX_OK, "%s", error.text);
}

/* --- assertions in the words of rows --------------------------------------------------- */

/* The value at `a.b.c` of row. */
static const struct json *at(const struct json *row, const char *path)
{
    char name[64];

    while (*path != '\0') {
        size_t length = strcspn(path, ".");

        (void)snprintf(name, sizeof name, "%.*s", (int)length, path);
        row = json_get(row, name);
        path += length + (path[length] == '.');
    }
    return row;
}

/* The same JSON, however it is spaced. */
static void insist_json(const struct json *row, const char *path, const char *want)
{
    struct json *parsed = NULL;
    char *got, *expected;

    cr_assert_eq(json_parse(&parsed, want, strlen(want), NULL), CRUX_OK, "%s", want);
    got = json_text(at(row, path), false);
    expected = json_text(parsed, false);
    cr_expect_str_eq(got == NULL ? "missing" : got, expected, "%s is %s, not %s", path, got,
                     expected);
    free(got);
    free(expected);
    json_free(parsed);
}

static enum json_type json_type_for(enum view_type type)
{
    static const enum json_type types[] = {
        [VIEW_TEXT] = JSON_IS_STRING,    [VIEW_INTEGER] = JSON_IS_INTEGER,
        [VIEW_REAL] = JSON_IS_REAL,      [VIEW_BOOL] = JSON_IS_BOOL,
        [VIEW_TEXTS] = JSON_IS_ARRAY,    [VIEW_INTEGERS] = JSON_IS_ARRAY,
        [VIEW_REALS] = JSON_IS_ARRAY,    [VIEW_RECORD] = JSON_IS_OBJECT,
        [VIEW_RECORDS] = JSON_IS_ARRAY,  [VIEW_IMAGES] = JSON_IS_ARRAY,
        [VIEW_PICTURES] = JSON_IS_ARRAY, [VIEW_PLACE] = JSON_IS_INTEGER,
    };

    return types[type];
}

static void insist_elements(const struct view_field *field, const struct json *list)
{
    enum json_type want = field->type == VIEW_TEXTS      ? JSON_IS_STRING
                          : field->type == VIEW_IMAGES   ? JSON_IS_STRING
                          : field->type == VIEW_INTEGERS ? JSON_IS_INTEGER
                          : field->type == VIEW_REALS    ? JSON_IS_REAL
                                                         : JSON_IS_OBJECT;

    for (size_t i = 0; i < json_count(list); i++)
        cr_assert_eq(json_type_of(json_at(list, i)), want, "%s[%zu]", field->name, i);
}

static size_t insist_record(const struct view *view, size_t first, const struct json *record);

/* One field and all below it; answers the field after them. */
static size_t insist_field(const struct view *view, size_t index, const struct json *value)
{
    const struct view_field *field = &view->fields[index];
    size_t next = index + 1;

    if (field->type != VIEW_PLACE || json_type_of(value) != JSON_IS_NULL)
        cr_assert_eq(json_type_of(value), json_type_for(field->type), "%s is %s", field->name,
                     json_type_name(json_type_of(value)));
    if (json_type_for(field->type) == JSON_IS_ARRAY)
        insist_elements(field, value);
    if (field->type == VIEW_RECORD)
        next = insist_record(view, index + 1, value);
    for (size_t i = 0; field->type == VIEW_RECORDS && i < json_count(value); i++)
        next = insist_record(view, index + 1, json_at(value, i));
    while (next < view->field_count && view->fields[next].depth > field->depth)
        next++; /* the list was empty */
    return next;
}

/* The members of record are the fields from first on, in order, and no others. */
static size_t insist_record(const struct view *view, size_t first, const struct json *record)
{
    unsigned depth = view->fields[first].depth;
    const char *key = NULL;
    size_t index = first, members = 0;

    while (index < view->field_count && view->fields[index].depth == depth) {
        key = json_next_key(record, key);
        cr_assert_str_eq(key == NULL ? "nothing" : key, view->fields[index].name);
        index = insist_field(view, index, json_get(record, key));
        members++;
    }
    cr_assert_eq(json_count(record), members);
    return index;
}

/* --- the view critique ------------------------------------------------------------------- */

TestSuite(critique, .init = set_up, .fini = tear_down);

/* A tree gives a row for each pair and one for each distinct right path. */
Test(critique, has_a_row_a_pair_and_a_row_a_right_path)
{
    make_rows(&view_critique);
    cr_assert_eq(row_count, 4);
    insist_json(rows[0], "id", "\"puzzle-3/w0000\"");
    insist_json(rows[1], "id", "\"puzzle-3/w0001\"");
    insist_json(rows[2], "id", "\"puzzle-3/r0000\"");
    insist_json(rows[3], "id", "\"puzzle-3/r0001\"");
}

/* A negative record splits both paths where they part. */
Test(critique, splits_paths_at_the_crux)
{
    make_rows(&view_critique);
    insist_json(rows[0], "prefix_steps",
                "[\"4 * 6 = 24 (left: 1 1 24)\",\"24 * 1 = 24 (left: 1 24)\"]");
    insist_json(rows[0], "wrong_steps", "[\"24 - 1 = 23 (left: 23)\"]");
    insist_json(rows[0], "right_steps", "[\"24 * 1 = 24 (left: 24)\"]");
    insist_json(rows[0], "diverge_depth", "2");
}

/* The first wrong step is counted over prefix and wrong steps together, and may lie
 * deeper than the crux. Where two paths part alone no step is known to be wrong. */
Test(critique, counts_the_first_error_over_the_whole_wrong_path)
{
    make_rows(&view_critique);
    insist_json(rows[0], "first_error_index", "2");
    insist_json(rows[1], "prefix_steps", "[]");
    insist_json(rows[1], "first_error_index", "-1");
    insist_json(
        rows[1], "wrong_steps",
        "[\"1 + 1 = 2 (left: 2 4 6)\",\"2 + 4 = 6 (left: 6 6)\",\"6 + 6 = 12 (left: 12)\"]");
}

/* A positive record has all steps in right_steps, and nothing to correct. */
Test(critique, positive_record_has_only_right_steps)
{
    make_rows(&view_critique);
    insist_json(rows[3], "right_steps",
                "[\"4 * 6 = 24 (left: 1 1 24)\",\"24 * 1 = 24 (left: 1 24)\",\"24 / 1 = 24 (left: "
                "24)\"]");
    insist_json(rows[3], "prefix_steps", "[]");
    insist_json(rows[3], "wrong_steps", "[]");
    insist_json(rows[3], "first_error_index", "-1");
    insist_json(rows[3], "critique.verdict", "1");
    insist_json(rows[3], "critique.corrected_step", "\"\"");
    insist_json(rows[3], "checks.correction_verified", "false");
}

/* A critique is copied from the pair as it was written when the tree was finished. */
Test(critique, copies_the_critique)
{
    make_rows(&view_critique);
    insist_json(rows[0], "critique",
                "{\"text\":\"From 1 24 the step 24 - 1 leaves 23.\",\"verdict\":0,\"error_type\":"
                "\"dead-end\",\"corrected_step\":\"24 * 1 = 24 (left: 24)\",\"style\":\"\","
                "\"model\":\"\",\"points_at\":2}");
    insist_json(rows[0], "checks",
                "{\"correction_verified\":true,\"method\":\"exhaustive search\"}");
}

/* A pair about which nothing was written is a row all the same. */
Test(critique, keeps_pairs_without_a_critique)
{
    make_rows(&view_critique);
    insist_json(rows[1], "critique.text", "\"\"");
    insist_json(rows[1], "critique.verdict", "0");
    insist_json(rows[1], "checks", "{\"correction_verified\":false,\"method\":\"\"}");
}

/* A first wrong step that is proved is not called estimated, with or without a correction. */
Test(critique, does_not_call_a_proof_an_estimate)
{
    puzzle.pairs[1].exact = true;
    make_rows(&view_critique);
    insist_json(rows[1], "checks", "{\"correction_verified\":false,\"method\":\"\"}");
}

/* Values are those of the nodes at the crux and one step behind it. */
Test(critique, tells_what_the_search_thought_at_the_crux)
{
    make_rows(&view_critique);
    insist_json(rows[1], "value.prefix", "{\"mean\":0.5,\"visits\":8}");
    insist_json(rows[1], "value.wrong", "{\"mean\":0.25,\"visits\":3}");
    insist_json(rows[1], "value.right", "{\"mean\":0.75,\"visits\":5}");
}

/* Steps that are only in the text of a rollout have no visits. */
Test(critique, has_no_visits_where_the_tree_has_no_node)
{
    make_rows(&view_critique);
    insist_json(rows[0], "value.prefix", "{\"mean\":1.0,\"visits\":3}");
    insist_json(rows[0], "value.wrong", "{\"mean\":0.0,\"visits\":0}");
    insist_json(rows[0], "value.right", "{\"mean\":0.0,\"visits\":0}");
    insist_json(rows[2], "value.wrong", "{\"mean\":0.0,\"visits\":0}");
    insist_json(rows[2], "value.right", "{\"mean\":0.75,\"visits\":5}");
}

/* A path is its steps: where a rollout's own lines are nodes of the tree, they are found. */
Test(critique, finds_the_nodes_of_a_rollouts_lines)
{
    puzzle.rollouts[1] = (struct crux_rollout){
        0,          "4 * 6 = 24 (left: 1 1 24)\n24 * 1 = 24 (left: 1 24)\n24 - 1 = 23 (left: 23)",
        "23",       0.0,
        CRUX_WRONG, 0};
    make_rows(&view_critique);
    insist_json(rows[0], "value.prefix", "{\"mean\":1.0,\"visits\":3}");
    insist_json(rows[0], "provenance.node_ids", "[1,2]");
    insist_json(rows[3], "provenance.node_ids", "[1,2]");
}

/* Of steps of equal text the rollout's own is meant. */
Test(critique, keeps_to_the_nodes_of_the_rollout)
{
    puzzle.nodes[3].text = puzzle.nodes[1].text;
    make_rows(&view_critique);
    insist_json(rows[1], "provenance.node_ids", "[3]");
}

/* A record names the nodes of its path, so that it can be found in the tree. */
Test(critique, names_the_nodes_of_its_path)
{
    make_rows(&view_critique);
    insist_json(rows[0], "provenance.node_ids", "[1,2]");
    insist_json(rows[1], "provenance.node_ids", "[3]");
    insist_json(rows[2], "provenance.node_ids", "[1,2]");
    insist_json(rows[3], "provenance.node_ids", "[1,2]");
    insist_json(rows[0], "provenance.tree_id", "\"puzzle-3\"");
}

/* A row has the puzzle itself, so that it can be checked with pencil and paper. */
Test(critique, has_the_numbers_and_the_target)
{
    make_rows(&view_critique);
    insist_json(rows[0], "prompt", "\"Make 24 from 1, 1, 4, 6.\"");
    insist_json(rows[0], "numbers", "[1,1,4,6]");
    insist_json(rows[0], "target", "24");
}

/* A problem without numbers has an empty list, not null. */
Test(critique, has_an_empty_list_without_numbers)
{
    puzzle.problem.line = "{\"id\": \"words\"}";
    make_rows(&view_critique);
    insist_json(rows[0], "numbers", "[]");
    insist_json(rows[0], "target", "0");
}

/* A problem's pictures go with every record of it, under the names that its line gives them. */
Test(critique, names_the_pictures)
{
    static const char *const images[] = {"figure.png", "data:image/png;base64,AAAA"};

    make_rows(&view_critique);
    insist_json(rows[0], "images", "[]");
    puzzle.problem.images = images;
    puzzle.problem.image_count = 2;
    make_rows(&view_critique);
    for (size_t i = 0; i < row_count; i++)
        insist_json(rows[i], "images", "[\"figure.png\",\"data:image/png;base64,AAAA\"]");
}

/* Where no problem has a picture there is no column, as loaders take such a set for one of
 * pictures. */
Test(critique, has_no_column_of_pictures_without_any)
{
    run.images = false;
    make_rows(&view_critique);
    cr_assert_null(at(rows[0], "images"));
}

/* A row says on which side it is. */
Test(critique, tells_right_from_wrong)
{
    make_rows(&view_critique);
    cr_assert_eq(sides[0], VIEW_WRONG);
    cr_assert_eq(sides[1], VIEW_WRONG);
    cr_assert_eq(sides[2], VIEW_RIGHT);
    cr_assert_eq(sides[3], VIEW_RIGHT);
}

/* A text that is not UTF-8 is no row, and the sentence names the problem and the view. */
Test(critique, refuses_what_is_no_text)
{
    struct crux_error error = {""};

    puzzle.problem.prompt = "\xff";
    cr_assert_eq(rows_of(&view_critique, &error), CRUX_STORE);
    cr_assert_str_eq(error.text,
                     "no row of problem puzzle-3 in view critique: a text in it is not UTF-8");
}

/* Who proposed, judged and annotated is what the run's configuration says. */
Test(critique, names_policy_and_critics_as_configured)
{
    make_rows(&view_critique);
    insist_json(rows[0], "annotator", "{\"model\":\"judge:x\",\"template_id\":\"\",\"seed\":7}");
    insist_json(rows[0], "provenance.policy_model", "\"numbers:2\"");
    insist_json(rows[0], "provenance.critic_ids", "[\"outcome=numbers\",\"annotate=judge:x\"]");
    insist_json(rows[0], "provenance.run_id", "\"0123456789abcdef\"");
    insist_json(rows[0], "provenance.config_hash", "\"beef\"");
}

/* Several policies are named with the kinds of steps that they answer for. */
Test(critique, names_several_policies_by_kind)
{
    open_run("{\"policy\":[\"step=numbers\",\"answer=recorded:f\"]}");
    make_rows(&view_critique);
    insist_json(rows[0], "provenance.policy_model", "\"step=numbers answer=recorded:f\"");
    insist_json(rows[0], "provenance.critic_ids", "[]");
    insist_json(rows[0], "annotator.model", "\"\"");
}

/* A tree without a right path has no rows: nothing parts from anything. */
Test(critique, is_empty_without_a_right_path)
{
    puzzle.tree.pair_count = 0;
    puzzle.tree.right_count = 0;
    make_rows(&view_critique);
    cr_assert_eq(row_count, 0);
}

/* A pair that does not fit its paths is refused, and the sentence names the problem. */
Test(critique, refuses_a_pair_that_does_not_fit)
{
    struct crux_error error = {""};

    puzzle.pairs[0].first_error = 3;
    cr_assert_eq(rows_of(&view_critique, &error), CRUX_STORE);
    cr_assert_not_null(strstr(error.text, "puzzle-3"));
}

/* --- the view processbench ------------------------------------------------------------------ */

TestSuite(processbench, .init = set_up, .fini = tear_down);

/* A wrong solution has its first wrong step, right ones have none; all have all steps. */
Test(processbench, has_whole_solutions)
{
    make_rows(&view_processbench);
    cr_assert_eq(row_count, 3);
    insist_json(rows[0], "id", "\"puzzle-3/w0000\"");
    insist_json(rows[0], "generator", "\"numbers:2\"");
    insist_json(rows[0], "problem", "\"Make 24 from 1, 1, 4, 6.\"");
    insist_json(rows[0], "steps",
                "[\"4 * 6 = 24 (left: 1 1 24)\",\"24 * 1 = 24 (left: 1 24)\","
                "\"24 - 1 = 23 (left: 23)\"]");
    insist_json(rows[0], "final_answer_correct", "false");
    insist_json(rows[0], "label", "2");
    insist_json(rows[0], "numbers", "[1,1,4,6]");
    insist_json(rows[0], "target", "24");
    insist_json(rows[0], "use", "\"all\"");
    insist_json(rows[1], "id", "\"puzzle-3/r0000\"");
    insist_json(rows[1], "final_answer_correct", "true");
    insist_json(rows[1], "label", "-1");
    insist_json(rows[2], "steps",
                "[\"4 * 6 = 24 (left: 1 1 24)\",\"24 * 1 = 24 (left: 1 24)\","
                "\"24 / 1 = 24 (left: 24)\"]");
}

/* A row says what its problem needs to be judged again; outside of the games that is nothing. */
Test(processbench, says_which_numbers_must_be_used)
{
    puzzle.problem.line = "{\"numbers\": [1, 2], \"target\": 3, \"use\": \"any\"}";
    make_rows(&view_processbench);
    insist_json(rows[0], "use", "\"any\"");
    puzzle.problem.line = "{}";
    make_rows(&view_processbench);
    insist_json(rows[0], "use", "\"\"");
    insist_json(rows[0], "numbers", "[]");
}

/* A first wrong step that was estimated is no label: without a proof there is no row. */
Test(processbench, leaves_out_what_is_not_known)
{
    puzzle.pairs[0].exact = false;
    make_rows(&view_processbench);
    cr_assert_eq(row_count, 2);
    insist_json(rows[0], "label", "-1");
    puzzle.tree.right_count = 0;
    make_rows(&view_processbench);
    cr_assert_eq(row_count, 0);
}

/* A pair whose first wrong step lies behind its path is refused, and the sentence names the
 * problem. */
Test(processbench, refuses_a_pair_that_does_not_fit)
{
    struct crux_error error = {""};

    puzzle.pairs[0].first_error = 3;
    cr_assert_eq(rows_of(&view_processbench, &error), CRUX_STORE);
    cr_assert_not_null(strstr(error.text, "puzzle-3"));
}

/* --- the view trees ------------------------------------------------------------------------ */

TestSuite(trees, .init = set_up, .fini = tear_down);

/* A tree is one row with flat nodes that name their parents. */
Test(trees, has_flat_nodes)
{
    make_rows(&view_trees);
    cr_assert_eq(row_count, 1);
    cr_assert_eq(json_count(at(rows[0], "nodes")), 4);
    insist_json(json_at(at(rows[0], "nodes"), 0), "parent", "-1");
    insist_json(json_at(at(rows[0], "nodes"), 2), "",
                "{\"id\":2,\"parent\":1,\"kind\":\"step\",\"text\":\"24 * 1 = 24 (left: 1 24)\","
                "\"visits\":3,\"value\":1.0,\"prior\":1.0,\"target\":1.0,\"score\":0.5,"
                "\"terminal\":false}");
}

/* Rollouts keep their own lines and their verdict, unknown ones too. */
Test(trees, has_rollouts)
{
    make_rows(&view_trees);
    cr_assert_eq(json_count(at(rows[0], "rollouts")), 5);
    insist_json(json_at(at(rows[0], "rollouts"), 4), "",
                "{\"node\":1,\"text\":\"1 - 1 = 0 (left: 0 24)\\n0 * 24 = 0 (left: 0)\","
                "\"steps\":[\"1 - 1 = 0 (left: 0 24)\",\"0 * 24 = 0 (left: 0)\"],"
                "\"answer\":\"\",\"verdict\":\"unknown\",\"reward\":0.5}");
}

/* A line break inside of a step, '\v' in the tree, is a '\n' in every view, and steps of a rollout
 * are still told apart. */
Test(views, line_breaks_are_line_breaks)
{
    struct crux_rollout *rollout = (struct crux_rollout *)&puzzle.tree.rollouts[4];
    struct crux_node *node = (struct crux_node *)&puzzle.tree.nodes[1];

    rollout->text = "  a\vb\nc";
    node->text = "d\v    e";
    make_rows(&view_trees);
    insist_json(json_at(at(rows[0], "nodes"), 1), "text", "\"d\\n    e\"");
    insist_json(json_at(at(rows[0], "rollouts"), 4), "text", "\"  a\\nb\\nc\"");
    insist_json(json_at(at(rows[0], "rollouts"), 4), "steps", "[\"  a\\nb\",\"c\"]");
    make_rows(&view_critique);
    for (size_t i = 0; i < row_count; i++) {
        char *text = json_text(rows[i], false);

        cr_expect_null(strstr(text, "\\u000b"), "%s", text);
        free(text);
    }
}

/* The answer to give is the best rollout; a tree without rollouts has none. */
Test(trees, names_the_best_rollout)
{
    make_rows(&view_trees);
    insist_json(rows[0], "best", "0");
    puzzle.tree.rollout_count = 0;
    make_rows(&view_trees);
    insist_json(rows[0], "best", "-1");
}

/* What was thought stands in a list of its own, byte for byte, and names what it was thought
 * before. */
Test(trees, lists_what_was_thought)
{
    const struct view_thought thoughts[] = {{4, CRUX_NO_NODE, "Hm.\n\n\t\"so\"\n"},
                                            {CRUX_NO_NODE, 0, "\xc3\xa9"}};

    make_rows(&view_trees);
    insist_json(rows[0], "thoughts", "[]");
    beside.thoughts = thoughts;
    beside.thought_count = 2;
    make_rows(&view_trees);
    insist_json(rows[0], "thoughts",
                "[{\"node\":4,\"rollout\":-1,\"text\":\"Hm.\\n\\n\\t\\\"so\\\"\\n\"},"
                "{\"node\":-1,\"rollout\":0,\"text\":\"\xc3\xa9\"}]");
}

static const double step_rewards[] = {1.0, -1.0};
static const struct crux_remark remarks[] = {
    {1, CRUX_ROLE_EXECUTION, -1.0, {NULL, 0, 3, 0.5, ""}},
    {0, CRUX_ROLE_OUTCOME, 1.0, {step_rewards, 2, 0, -1.0, "7 comes twice"}},
};

static void have_remarks(void)
{
    puzzle.tree.remarks = remarks;
    puzzle.tree.remark_count = 2;
}

/* What critics said beside their numbers names its node or its rollout. */
Test(trees, lists_what_critics_said)
{
    make_rows(&view_trees);
    insist_json(rows[0], "remarks", "[]");
    have_remarks();
    make_rows(&view_trees);
    insist_json(rows[0], "remarks",
                "[{\"node\":1,\"rollout\":-1,\"role\":\"execution\",\"score\":-1.0,"
                "\"steps\":[],\"judges\":3,\"spread\":0.5,\"why\":\"\"},"
                "{\"node\":-1,\"rollout\":0,\"role\":\"outcome\",\"score\":1.0,"
                "\"steps\":[1.0,-1.0],\"judges\":0,\"spread\":-1.0,"
                "\"why\":\"7 comes twice\"}]");
}

/* No time and nothing of the machine: two searches of one tree give one row. */
Test(trees, does_not_tell_how_long_it_took)
{
    char *before = crux_tree_json(&puzzle.tree, false), *after;

    puzzle.tree.search_ns = 1;
    puzzle.tree.arena_bytes = 1;
    puzzle.tree.withdrawn = 5;
    after = crux_tree_json(&puzzle.tree, false);
    cr_expect_str_eq(before, after);
    free(before);
    free(after);
}

/* What `show --json` prints is what the view writes, indented or not. */
Test(trees, writes_the_same_indented)
{
    char *indented = crux_tree_json(&puzzle.tree, true);
    struct json *parsed = NULL;
    char *text, *row;

    make_rows(&view_trees);
    cr_assert_eq(json_parse(&parsed, indented, strlen(indented), NULL), CRUX_OK);
    text = json_text(parsed, false);
    row = json_text(rows[0], false);
    cr_assert_str_eq(text, row);
    free(text);
    free(row);
    free(indented);
    json_free(parsed);
}

/* --- all views ------------------------------------------------------------------------------- */

TestSuite(views, .init = set_up, .fini = tear_down);

/* Every row of every view has exactly the fields that its table declares, in their
 * order, each of its type: reals are reals also when they are whole. */
Test(views, rows_are_as_declared)
{
    const struct view_thought thought = {1, CRUX_NO_NODE, "Hm."};

    beside.thoughts = &thought;
    beside.thought_count = 1;
    have_remarks();
    puzzle.problem.answer = "24"; /* without one view verl has no row */
    for (size_t i = 0; view_at(i) != NULL; i++) {
        make_rows(view_at(i));
        cr_assert_gt(row_count, 0);
        for (size_t row = 0; row < row_count; row++)
            cr_assert_eq(insist_record(view_at(i), 0, rows[row]), view_at(i)->field_count);
    }
}

/* The same with all that may be absent absent: nothing becomes null. */
Test(views, rows_are_as_declared_with_little_in_them)
{
    puzzle.problem.prompt = NULL;
    puzzle.problem.line = NULL;
    puzzle.nodes[1].score = 0.0;
    puzzle.rollouts[0].answer = NULL;
    open_run("{}");
    for (size_t i = 0; view_at(i) != NULL; i++) {
        make_rows(view_at(i));
        for (size_t row = 0; row < row_count; row++)
            (void)insist_record(view_at(i), 0, rows[row]);
    }
}

/* The catalogue names each view once, with a line of help, and ends. */
Test(views, are_listed)
{
    size_t count = 0;

    for (; crux_view_name(count) != NULL; count++) {
        cr_assert_eq(view_named(crux_view_name(count)), view_at(count));
        cr_assert_gt(strlen(crux_view_help(count)), 0);
    }
    cr_assert_gt(count, 3);
    cr_assert_null(crux_view_help(count));
    cr_assert_null(view_named("nonsense"));
}

/* --- the card ----------------------------------------------------------------------------------
 */

TestSuite(card, .init = set_up, .fini = tear_down);

static char *make_card(uint64_t critiques, uint64_t trees)
{
    static const struct crux_export what = {.view_count = 2};
    const struct sift sift = {.what = &what, .portions = {1, {"train"}, {1000000000}}};
    const struct output outputs[] = {{.view = &view_critique,
                                      .part_count = 1,
                                      .parts = {{.split = "train",
                                                 .path = "data/critique/train-00000-of-00001.jsonl",
                                                 .rows = critiques,
                                                 .right = 1,
                                                 .wrong = 2,
                                                 .bytes = 10 * critiques,
                                                 .size = 10 * critiques}}},
                                     {.view = &view_trees,
                                      .part_count = 1,
                                      .parts = {{.split = "train",
                                                 .path = "data/trees/train-00000-of-00001.jsonl",
                                                 .rows = trees,
                                                 .bytes = 10 * trees,
                                                 .size = 10 * trees}}}};
    const struct card card = {
        .run = &run, .outputs = outputs, .output_count = 2, .sift = &sift, .trees = trees};

    return card_text(&card);
}

/* Every view is a configuration with its file, its features and its number of rows. */
Test(card, declares_every_view)
{
    char *text = make_card(20, 5);

    cr_assert_not_null(strstr(text, "- config_name: critique\n  data_files:\n  - split: train\n"
                                    "    path: data/critique/train-00000-of-00001.jsonl\n"
                                    "  default: true\n"));
    cr_assert_not_null(strstr(text, "- config_name: trees\n  features:\n  - name: schema\n"));
    cr_assert_not_null(strstr(text, "    num_bytes: 200\n    num_examples: 20\n"));
    cr_assert_not_null(strstr(text, "1 rows are about what is right, 2 about what is wrong."));
    free(text);
}

/* Without pictures no column of pictures is declared. */
Test(card, declares_no_pictures_without_any)
{
    char *text = make_card(20, 5);

    cr_assert_not_null(strstr(text, "  - name: images\n    list: string\n"));
    cr_assert_not_null(strstr(text, "| `images` | list of text |"));
    free(text);
    run.images = false;
    text = make_card(20, 5);
    cr_assert_null(strstr(text, "images"));
    free(text);
}

/* Records nest as the loader wants it: a struct's fields below it, two columns in. */
Test(card, nests_records)
{
    char *text = make_card(20, 5);

    cr_assert_not_null(strstr(text, "  - name: value\n    struct:\n    - name: prefix\n"
                                    "      struct:\n      - name: mean\n        dtype: float64\n"));
    cr_assert_not_null(strstr(text, "| `value.wrong.visits` | integer |"));
    free(text);
}

/* A view without rows is listed, and not offered for loading. */
Test(card, does_not_offer_an_empty_view)
{
    char *text = make_card(0, 5);

    cr_assert_null(strstr(text, "config_name: critique"));
    cr_assert_not_null(strstr(text, "View `critique`: 0 rows"));
    cr_assert_not_null(strstr(text, "trees/train-00000-of-00001.jsonl\n  default: true\n"));
    free(text);
}

/* What a user has configured cannot break out of its block. */
Test(card, keeps_the_configuration_in_its_block)
{
    char *text;

    open_run("{\"policy\":[\"step=x:```\\n---\\n# y\"]}");
    text = make_card(20, 5);
    cr_assert_not_null(strstr(text, "\n        \"step=x:```\\n---\\n# y\"\n"));
    free(text);
}
