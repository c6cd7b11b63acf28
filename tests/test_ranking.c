/*
 * test_ranking.c - a tree of grammar cr-planner, written by hand (tests/world/plan.h), gives the
 * pairs that were worked out by hand, with their contexts, pair by pair: in the view `ranking`, and
 * in what `crux train` learns from. And what a critic sees of a path is its context, no more.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "critics/linear/examples.h"
#include "io/contexts.h"
#include "io/draw.h"
#include "io/json.h"
#include "io/siblings.h"
#include "io/views/catalogue.h"
#include "tests/world/heap.h"
#include "tests/world/plan.h"

static struct crux_error why;

/* --- contexts ------------------------------------------------------------------------------ */

/* Of a path of all kinds, which steps each candidate's context has; first to last. */
Test(contexts, are_the_four_of_the_paper)
{
    static const enum crux_kind path[] = {
        CRUX_REASON, CRUX_RATIONALE, CRUX_GENQUERY,  CRUX_QUERY,    CRUX_RETRIEVE,
        CRUX_DOC,    CRUX_REASON,    CRUX_RATIONALE, CRUX_GENQUERY, CRUX_QUERY};
    static const struct {
        enum crux_kind candidate;
        const char *name, *taken;
    } rows[] = {
        {CRUX_RATIONALE, "rationale", ".x.....x.."},
        {CRUX_QUERY, "query", ".......x.."},
        {CRUX_DOC, "doc", ".......x.x"},
        {CRUX_REASON, "subgoal", ".x.x.x.x.x"},
        {CRUX_GENQUERY, "subgoal", ".x.x.x.x.x"},
        {CRUX_RETRIEVE, "subgoal", ".x.x.x.x.x"},
        {CRUX_STEP, "step", ".x.x.x.x.x"},
        {CRUX_ANSWER, "step", ".x.x.x.x.x"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct contexts context = contexts_of(rows[i].candidate);

        cr_assert_str_eq(contexts_name(rows[i].candidate), rows[i].name);
        for (size_t at = strlen(rows[i].taken); at-- > 0;)
            cr_assert_eq(contexts_take(&context, path[at]), rows[i].taken[at] == 'x',
                         "%s, step %zu", rows[i].name, at);
    }
}

/* --- which siblings are a pair ------------------------------------------------------------- */

static struct plan_pair found[64];
static size_t found_count;

static bool find_pair(void *context, uint32_t better, uint32_t lower)
{
    (void)context;
    found[found_count].better = better;
    found[found_count++].lower = lower;
    return true;
}

static bool refuse_pair(void *context, uint32_t better, uint32_t lower)
{
    (void)better;
    (void)lower;
    ++*(int *)context;
    return false;
}

static struct siblings_count find_pairs(struct siblings_rule rule, uint32_t visits)
{
    struct crux_tree tree = plan_tree();
    double worth[64];
    struct siblings_count count = {.families = 0};

    found_count = 0;
    for (uint32_t i = 0; i < tree.node_count; i++)
        worth[i] = siblings_value(&tree.nodes[i], visits);
    cr_assert(siblings_each(&tree, &rule, worth, find_pair, NULL, &count));
    return count;
}

/* These of the pairs worked out by hand, and no other. */
static void insist_pairs(const char *which)
{
    size_t at = 0;

    for (size_t i = 0; i < PLAN_PAIRS; i++) {
        if (which[i] != 'x')
            continue;
        cr_assert_lt(at, found_count, "pair %zu is not there", i);
        cr_assert_eq(found[at].better, plan_pairs[i].better, "pair %zu", i);
        cr_assert_eq(found[at++].lower, plan_pairs[i].lower, "pair %zu", i);
    }
    cr_assert_eq(at, found_count, "there are more");
}

Test(siblings, are_the_pairs_by_hand)
{
    struct siblings_count count = find_pairs((struct siblings_rule){SIBLINGS_EVERY, 0.0, 0}, 1);

    insist_pairs("xxxxxxxxxxx");
    cr_assert_eq(count.families, 8);
    cr_assert_eq(count.unknown, 0);
}

/* Two that are as far apart as the margin are a pair. */
Test(siblings, margin)
{
    (void)find_pairs((struct siblings_rule){SIBLINGS_EVERY, 0.375, 0}, 1);
    insist_pairs("xxxxxxxxxx.");
    (void)find_pairs((struct siblings_rule){SIBLINGS_EVERY, 0.6, 0}, 1);
    insist_pairs("..x.x..xxx.");
}

Test(siblings, visits)
{
    struct siblings_count count = find_pairs((struct siblings_rule){SIBLINGS_EVERY, 0.0, 0}, 2);

    insist_pairs("xxxx.xx....");
    cr_assert_eq(count.unknown, 1); /* 17 and 19 have one visit each */
}

Test(siblings, one_lower_sibling)
{
    (void)find_pairs((struct siblings_rule){SIBLINGS_EVERY, 0.0, CRUX_SIBLINGS_ONE}, 1);
    insist_pairs("xxxx.x.x.xx");
    (void)find_pairs((struct siblings_rule){SIBLINGS_EVERY, 0.6, CRUX_SIBLINGS_ONE}, 1);
    insist_pairs("..x.x..x.x.");
}

Test(siblings, of_some_kinds)
{
    (void)find_pairs((struct siblings_rule){CRUX_SUBGOALS, 0.0, 0}, 1);
    insist_pairs(".x...xx...x");
    (void)find_pairs((struct siblings_rule){1U << CRUX_DOC, 0.0, 0}, 1);
    insist_pairs(".......xx..");
}

/* Whoever takes pairs may end it. */
Test(siblings, ends_when_told)
{
    struct crux_tree tree = plan_tree();
    struct siblings_rule rule = {.kinds = SIBLINGS_EVERY};
    struct siblings_count count = {.families = 0};
    double worth[64];

    for (int one = 0; one < 2; one++) {
        int calls = 0;

        rule.siblings = one == 1 ? CRUX_SIBLINGS_ONE : CRUX_SIBLINGS_ALL;
        for (uint32_t i = 0; i < tree.node_count; i++)
            worth[i] = siblings_value(&tree.nodes[i], 1);
        cr_assert_not(siblings_each(&tree, &rule, worth, refuse_pair, &calls, &count));
        cr_assert_eq(calls, 1);
    }
}

/* --- the view ------------------------------------------------------------------------------ */

static struct json *view_pairs[64];
static size_t view_count;
static char *view_text_of_rows;
static size_t view_size;
static FILE *view_stream;

static int keep_pair(void *context, const char *row, size_t length, enum view_side side,
                     struct crux_error *error)
{
    (void)context;
    (void)side;
    cr_assert_eq(json_parse(&view_pairs[view_count++], row, length, error), CRUX_OK);
    cr_assert_eq(fwrite(row, 1, length, view_stream), length);
    cr_assert_neq(fputc('\n', view_stream), EOF);
    return CRUX_OK;
}

static int view_plan(const struct crux_choice *choice)
{
    const struct crux_summary summary = {.configuration = "{\"policy\":[\"step=chat:m\"]}",
                                         .run_id = "0123456789abcdef",
                                         .config_hash = "beef"};
    struct view_out out = {.emit = keep_pair};
    struct crux_tree tree = plan_tree();
    struct view_tree what = {.tree = &tree, .learnt.tree = &tree};
    struct view_run run;
    int status;

    cr_assert_eq(view_run_open(&run, &summary, &why), CRUX_OK, "%s", why.text);
    if (choice != NULL)
        run.choice = *choice;
    view_stream = open_memstream(&view_text_of_rows, &view_size);
    status = view_rows(view_named("ranking"), &what, &run, &out, &why);
    cr_assert_eq(fclose(view_stream), 0);
    view_out_close(&out);
    view_run_close(&run);
    return status;
}

static void forget_rows(void)
{
    for (size_t i = 0; i < view_count; i++)
        json_free(view_pairs[i]);
    free(view_text_of_rows);
    view_count = 0;
}

static int64_t number_in(const struct json *row, const char *name)
{
    return json_as_integer(json_get(row, name));
}

/* A step of the tree as rows have it: bare, its lines apart. */
static void put_step(char *out, uint32_t node)
{
    struct crux_tree tree = plan_tree();

    for (const char *c = tree.nodes[node].text; *c != '\0'; c++)
        *out++ = (char)(*c == '\v' ? '\n' : *c);
    *out = '\0';
}

static void insist_context(const struct json *row, const struct plan_pair *pair)
{
    const struct json *nodes = json_get(row, "context_nodes");
    struct crux_tree tree = plan_tree();
    char prompt[512], step[128];
    size_t count = 0;

    (void)snprintf(prompt, sizeof prompt, "%s\n", tree.problem->prompt);
    for (; pair->nodes[count] != 0; count++) {
        cr_assert_eq(json_as_integer(json_at(nodes, count)), pair->nodes[count]);
        put_step(step, pair->nodes[count]);
        (void)strcat(strcat(prompt, step), "\n");
    }
    cr_assert_eq(json_count(nodes), count);
    cr_assert_eq(json_count(json_get(row, "context_kinds")), count);
    cr_assert_str_eq(json_as_string(json_get(row, "prompt")), prompt);
}

TestSuite(ranking, .fini = forget_rows);

Test(ranking, rows_are_the_pairs_by_hand)
{
    struct crux_tree tree = plan_tree();

    cr_assert_eq(view_plan(NULL), CRUX_OK, "%s", why.text);
    cr_assert_eq(view_count, PLAN_PAIRS);
    for (size_t i = 0; i < PLAN_PAIRS; i++) {
        const struct plan_pair *pair = &plan_pairs[i];
        const struct crux_node *better = &tree.nodes[pair->better];
        char step[128];

        cr_assert_eq(number_in(view_pairs[i], "chosen_node"), pair->better, "row %zu", i);
        cr_assert_eq(number_in(view_pairs[i], "rejected_node"), pair->lower, "row %zu", i);
        cr_assert_eq(number_in(view_pairs[i], "node"), better->parent, "row %zu", i);
        cr_assert_eq(number_in(view_pairs[i], "chosen_visits"), better->visits);
        cr_assert_eq(json_as_real(json_get(view_pairs[i], "chosen_value")), better->value);
        cr_assert_eq(json_as_real(json_get(view_pairs[i], "difference")),
                     better->value - tree.nodes[pair->lower].value);
        cr_assert_str_eq(json_as_string(json_get(view_pairs[i], "context")), pair->context);
        put_step(step, pair->better);
        cr_assert_str_eq(json_as_string(json_get(view_pairs[i], "chosen")), step);
        put_step(step, pair->lower);
        cr_assert_str_eq(json_as_string(json_get(view_pairs[i], "rejected")), step);
        insist_context(view_pairs[i], pair);
    }
}

/* Byte for byte what was read by hand. */
Test(ranking, rows_are_the_golden_ones)
{
    char *golden = NULL;
    size_t size = 0;
    FILE *file = fopen("tests/golden/ranking-cr-planner.jsonl", "re");

    cr_assert_eq(view_plan(NULL), CRUX_OK, "%s", why.text);
    cr_assert_not_null(file, "no golden file:\n%s", view_text_of_rows);
    cr_assert_geq(getdelim(&golden, &size, '\0', file), 0);
    cr_assert_eq(fclose(file), 0);
    cr_assert_str_eq(view_text_of_rows, golden);
    free(golden);
}

Test(ranking, choices)
{
    struct crux_choice choice = crux_choice_default();

    choice.margin = 0.375;
    choice.visits = 2;
    choice.siblings = CRUX_SIBLINGS_ONE;
    cr_assert_eq(view_plan(&choice), CRUX_OK, "%s", why.text);
    cr_assert_eq(view_count, 5);
}

/* --- training ------------------------------------------------------------------------------ */

/* The tree's nodes as steps. */
static struct crux_step plan_steps[64];

static void step_up(void)
{
    struct crux_tree tree = plan_tree();

    for (uint32_t i = 1; i < tree.node_count; i++) {
        const struct crux_node *node = &tree.nodes[i];

        plan_steps[i] = (struct crux_step){
            .previous = node->parent != 0 ? &plan_steps[node->parent] : NULL,
            .text = node->text,
            .length = (uint32_t)strlen(node->text),
            .depth = node->depth,
            .tokens = node->tokens,
            .kind = node->kind,
        };
    }
}

/* Is the candidate of the set this node, by all that a critic sees of it? */
static void insist_candidate(const struct linear_set *set, uint32_t candidate, uint32_t node)
{
    struct linear_features features = {.index = NULL};
    const struct linear_candidate *got = &set->candidates[candidate];
    struct crux_tree tree = plan_tree();

    cr_assert(linear_features_of(&features, tree.problem, &plan_steps[node], false));
    cr_assert_eq(got->count, features.count, "node %u", node);
    cr_assert_eq(got->place, features.place, "node %u", node);
    cr_assert(memcmp(set->pool + got->first, features.index,
                     features.count * sizeof *features.index) == 0,
              "node %u", node);
    linear_features_free(&features);
}

TestSuite(training, .init = step_up);

/* Each of the four critics is trained on its pairs, and on no other's. */
Test(training, pairs_are_those_by_hand)
{
    static const struct {
        enum crux_role role;
        enum crux_kind kind;
        const char *context;
    } rows[] = {{CRUX_ROLE_SUBGOAL, CRUX_KINDS, "subgoal"},
                {CRUX_ROLE_EXECUTION, CRUX_RATIONALE, "rationale"},
                {CRUX_ROLE_EXECUTION, CRUX_QUERY, "query"},
                {CRUX_ROLE_EXECUTION, CRUX_DOC, "doc"}};
    struct crux_tree tree = plan_tree();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct crux_training what = crux_training_default();
        struct linear_set set = {.rows = NULL};
        size_t at = 0;

        what.role = rows[i].role;
        what.kind = rows[i].kind;
        cr_assert_eq(linear_set_add(&set, &what, &tree, &why), CRUX_OK, "%s", why.text);
        for (size_t pair = 0; pair < PLAN_PAIRS; pair++) {
            if (strcmp(plan_pairs[pair].context, rows[i].context) != 0)
                continue;
            cr_assert_lt(at, set.row_count);
            insist_candidate(&set, set.rows[at].candidate, plan_pairs[pair].better);
            insist_candidate(&set, set.rows[at++].other, plan_pairs[pair].lower);
        }
        cr_assert_eq(at, set.row_count, "%s", rows[i].context);
        linear_set_free(&set);
    }
}

/* A critic of all executions compares each kind among itself, and no sub-goals. */
Test(training, executions_are_no_subgoals)
{
    struct crux_training what = crux_training_default();
    struct linear_set set = {.rows = NULL};
    struct crux_tree tree = plan_tree();

    cr_assert_eq(linear_set_add(&set, &what, &tree, &why), CRUX_OK, "%s", why.text);
    cr_assert_eq(set.row_count, PLAN_PAIRS - 4);
    cr_assert_eq(set.families, 5);
    linear_set_free(&set);
    what.margin = 0.6;
    what.siblings = CRUX_SIBLINGS_ONE;
    cr_assert_eq(linear_set_add(&set, &what, &tree, &why), CRUX_OK, "%s", why.text);
    cr_assert_eq(set.row_count, 4);
    linear_set_free(&set);
}

/* --- what is seen of a path ------------------------------------------------------------------ */

static bool see_the_same(const struct linear_features *a, const struct linear_features *b)
{
    return a->count == b->count && memcmp(a->index, b->index, a->count * sizeof *a->index) == 0;
}

/* A step of the path is changed: features of what stands behind it change if it is context, and
 * only then. */
Test(training, sees_its_context_alone)
{
    struct crux_tree tree = plan_tree();

    for (size_t i = 0; i < PLAN_PAIRS; i++) {
        uint32_t node = plan_pairs[i].better;

        for (uint32_t at = tree.nodes[node].parent; at != 0; at = tree.nodes[at].parent) {
            struct linear_features before = {.index = NULL}, after = {.index = NULL};
            bool belongs = false;

            for (size_t k = 0; plan_pairs[i].nodes[k] != 0; k++)
                belongs = belongs || plan_pairs[i].nodes[k] == at;
            cr_assert(linear_features_of(&before, tree.problem, &plan_steps[node], false));
            plan_steps[at].text = "a zorp: 7 grams of query weight";
            plan_steps[at].length = (uint32_t)strlen(plan_steps[at].text);
            cr_assert(linear_features_of(&after, tree.problem, &plan_steps[node], false));
            step_up();
            cr_assert_eq(see_the_same(&before, &after), !belongs, "pair %zu, step %u", i, at);
            linear_features_free(&before);
            linear_features_free(&after);
        }
    }
}

/* Sub-goals have fixed texts: what tells two of them apart joins them with what was found. */
Test(training, subgoals_are_seen_with_what_was_found)
{
    struct crux_tree tree = plan_tree();
    struct linear_features here = {.index = NULL}, there = {.index = NULL};
    uint32_t common = 0;

    cr_assert(linear_features_of(&here, tree.problem, &plan_steps[3], false));
    cr_assert(linear_features_of(&there, tree.problem, &plan_steps[10], false));
    for (uint32_t i = 0, j = 0; i < here.count && j < there.count;) {
        common += here.index[i] == there.index[j];
        if (here.index[i] <= there.index[j])
            i++;
        else
            j++;
    }
    cr_assert_gt(here.count, 20);
    cr_assert_gt(there.count, common + 20, "%u of %u are common", common, there.count);
    linear_features_free(&here);
    linear_features_free(&there);
}

/* What rates a state reads its reasoning: documents and queries are no part of the solution. */
Test(training, outcomes_are_of_the_reasoning)
{
    struct crux_tree tree = plan_tree();
    struct linear_features before = {.index = NULL}, after = {.index = NULL};
    struct crux_step answer = {
        .previous = &plan_steps[9], .text = "So 7.", .length = 5, .depth = 9, .kind = CRUX_ANSWER};

    cr_assert(linear_features_of(&before, tree.problem, &answer, true));
    for (uint32_t at = 6; at < 10; at++) {
        plan_steps[at].text = "something else: 99";
        plan_steps[at].length = (uint32_t)strlen(plan_steps[at].text);
    }
    cr_assert(linear_features_of(&after, tree.problem, &answer, true));
    cr_assert(see_the_same(&before, &after));
    plan_steps[2].text = "a blip";
    plan_steps[2].length = 6;
    cr_assert(linear_features_of(&after, tree.problem, &answer, true));
    cr_assert_not(see_the_same(&before, &after));
    linear_features_free(&before);
    linear_features_free(&after);
}
