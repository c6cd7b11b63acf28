/*
 * test_plan.c - what strategies/front.h, plan.h, beam.h, particles.h and rag.h promise, and grammar
 * cr-planner under all of them.
 */
#include "search/strategies/grammar.h"
#include "tests/world/planner.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(plan, .timeout = 60);

static void use_grammar(struct planner *planner, struct search_fixture *fixture)
{
    fixture->setup.grammar = CRUX_GRAMMAR_CR_PLANNER;
    fixture->setup.critics[CRUX_ROLE_SUBGOAL] = &planner->critic;
    fixture->setup.depth = 10;
}

static void expect_paths(struct search_fixture *fixture, const char *want)
{
    planner_run(fixture);
    cr_expect_str_eq(planner_paths, want);
}

/* --- plan ------------------------------------------------------------------------------- */

/* One pass: at each node the best by its critic, until a step completes the answer. What it costs
 * is a call for each thing that was carried out. */
Test(plan, follows_what_critics_like_best)
{
    static const struct planner_score scores[] = {
        {"reason", 0.2}, {"genquery", 0.9}, {"retrieve", 0.8}, {"R0", 0.1},
        {"R1", 0.7},     {"R2", 0.3},       {"Q0", 0.5},       {"Q1", 0.4},
        {"Q2", 0.6},     {"D0", 0.1},       {"D1", 0.9},       {NULL, 0.0}};
    struct planner planner;
    struct search_fixture fixture;

    planner_open(&planner, &fixture, CRUX_PLAN, scores);
    use_grammar(&planner, &fixture);
    fixture.setup.passes = 1;
    planner.complete = 6;
    expect_paths(&fixture, "reason R1 genquery Q2 genquery Q2 \n");
    cr_expect_eq(planner.asked[CRUX_RATIONALE], 1);
    cr_expect_eq(planner.asked[CRUX_QUERY], 2);
    cr_expect_eq(planner.asked[CRUX_ANSWER], 0);
    cr_expect_eq(fixture.view.calls, 3);
    cr_expect_eq(fixture.view.simulations, 1);
}

/* At the depth limit one concluding step is forced. */
Test(plan, concludes_at_its_depth)
{
    static const struct planner_score scores[] = {
        {"R1", 0.7}, {"retrieve", 0.9}, {"genquery", 0.8}, {"reason", 0.1},
        {"Q0", 0.5}, {"D1", 0.9},       {NULL, 0.0}};
    struct planner planner;
    struct search_fixture fixture;

    planner_open(&planner, &fixture, CRUX_PLAN, scores);
    use_grammar(&planner, &fixture);
    fixture.setup.depth = 6;
    fixture.setup.passes = 1;
    expect_paths(&fixture, "reason R1 genquery Q0 retrieve D1 A0\n");
    cr_expect_eq(fixture.view.calls, 4);
}

/* Begun again, fresh candidates come beside those that are there, and the best that no pass has
 * followed is followed. */
Test(plan, begins_again_with_fresh_candidates)
{
    static const struct planner_score scores[] = {{"S0", 0.1}, {"S1", 0.6}, {"S2", 0.5},
                                                  {"S3", 0.9}, {"S4", 0.3}, {"S5", 0.2},
                                                  {"S6", 0.1}, {NULL, 0.0}};
    struct planner planner;
    struct search_fixture fixture;

    planner_open(&planner, &fixture, CRUX_PLAN, scores);
    fixture.setup.depth = 1;
    fixture.setup.calls = 8;
    expect_paths(&fixture, "S1 A0\nS3 A0\nS2 A0\nS4 A0\n");
    cr_expect_eq(fixture.view.calls, 8);
}

/* An answer that is not good enough is asked for again, in place of the one before, until it is, or
 * as often as the setup says; then the next pass begins. */
Test(plan, reflects)
{
    static const struct planner_score scores[] = {{"S1", 0.9}, {"S4", 0.8}, {NULL, 0.0}};
    static const struct planner_score rewards[] = {{"V1", 1.0}, {NULL, 0.0}};
    struct planner planner;
    struct search_fixture fixture;

    planner_open(&planner, &fixture, CRUX_PLAN, scores);
    fixture.setup.depth = 1;
    fixture.setup.passes = 2;
    fixture.setup.reflect = 3;
    planner.rewards = rewards;
    expect_paths(&fixture, "S1 A0\nV0\nV1\nS4 A0\nV0\nV1\n");
    cr_expect_eq(fixture.view.calls, 8);
    planner_open(&planner, &fixture, CRUX_BEAM, scores);
    fixture.setup.depth = 1;
    fixture.setup.passes = 1;
    fixture.setup.beam = 2;
    fixture.setup.reflect = 1;
    fixture.setup.per_tree = 1;
    expect_paths(&fixture, "S1 A0\nV0\nS0 A0\nV0\n");
    planner_open(&planner, &fixture, CRUX_PLAN, scores);
    fixture.setup.depth = 1;
    fixture.setup.calls = 3;
    fixture.setup.reflect = 100;
    expect_paths(&fixture, "S1 A0\nV0\n");
}

/* A call that is left over when a step more would leave none for its answer is the answer's. */
Test(plan, keeps_a_call_for_the_answer)
{
    static const struct planner_score scores[] = {{"S0", 0.5}, {NULL, 0.0}};
    struct planner planner;
    struct search_fixture fixture;

    planner_open(&planner, &fixture, CRUX_PLAN, scores);
    fixture.setup.depth = 8;
    fixture.setup.calls = 3;
    expect_paths(&fixture, "S0 S0 A0\n");
    cr_expect_eq(fixture.view.calls, 3);
}

static void look_at_kinds(struct search_fixture *fixture, const struct crux_tree *tree)
{
    uint32_t(*seen)[CRUX_KINDS] = fixture->context;

    for (uint32_t i = 1; i < tree->node_count; i++) {
        const struct crux_node *node = &tree->nodes[i];
        uint32_t kind = tree->nodes[node->parent].kind;

        seen[node->parent == 0 ? CRUX_KINDS : kind][node->kind]++;
    }
}

/* Which kinds follow which, under mcts and plan alike; without a query no document is sought, and
 * without a rationale no query is made, unless a setup says so. */
static void expect_kinds(enum crux_strategy strategy, bool freely, uint32_t subgoals)
{
    static const struct planner_score scores[] = {
        {"reason", 0.5}, {"genquery", 0.8}, {"retrieve", 0.9}, {NULL, 0.0}};
    uint32_t seen[CRUX_KINDS + 1][CRUX_KINDS] = {{0}};
    struct planner planner;
    struct search_fixture fixture;

    planner_open(&planner, &fixture, strategy, scores);
    use_grammar(&planner, &fixture);
    fixture.setup.free_query = fixture.setup.free_retrieve = freely;
    fixture.setup.subgoals = subgoals;
    fixture.setup.calls = 300;
    fixture.look = look_at_kinds;
    fixture.context = seen;
    planner_run(&fixture);
    cr_expect_gt(seen[CRUX_KINDS][CRUX_REASON], 0);
    cr_expect_eq(seen[CRUX_KINDS][CRUX_GENQUERY] > 0, freely);
    cr_expect_eq(seen[CRUX_KINDS][CRUX_RETRIEVE] > 0, freely);
    cr_expect_eq(seen[CRUX_RETRIEVE][CRUX_DOC] > 0, subgoals == CRUX_SUBGOALS, "strategy %d",
                 (int)strategy);
    for (int kind = 0; kind <= CRUX_KINDS; kind++) {
        bool subgoal = kind >= CRUX_REASON && kind <= CRUX_RETRIEVE;

        for (int child = 0; child < CRUX_KINDS; child++) {
            bool legal = subgoal ? child == kind + CRUX_RATIONALE - CRUX_REASON
                                 : child >= CRUX_REASON && child <= CRUX_RETRIEVE;

            cr_expect(legal || seen[kind][child] == 0, "%d after %d", child, kind);
        }
    }
}

Test(plan, kinds_follow_by_the_grammar)
{
    expect_kinds(CRUX_MCTS, false, CRUX_SUBGOALS);
    expect_kinds(CRUX_MCTS, true, CRUX_SUBGOALS);
    expect_kinds(CRUX_PLAN, false, CRUX_SUBGOALS);
    expect_kinds(CRUX_PLAN, true, CRUX_SUBGOALS);
    expect_kinds(CRUX_PLAN, false, 1U << CRUX_REASON);
    expect_kinds(CRUX_BEAM, false, CRUX_SUBGOALS);
    expect_kinds(CRUX_PARTICLES, false, CRUX_SUBGOALS);
}

/* What is legal by rule, path by path. */
Test(plan, sub_goals_by_rule)
{
    struct crux_setup setup = crux_setup_default();
    const struct crux_step rationale = {.kind = CRUX_RATIONALE, .depth = 1};
    const struct crux_step query = {.kind = CRUX_QUERY, .previous = &rationale, .depth = 2};
    const struct crux_step doc = {.kind = CRUX_DOC, .previous = &query, .depth = 3};
    const struct crux_step alone = {.kind = CRUX_QUERY, .depth = 1};
    enum crux_kind kinds[CRUX_KINDS];

    cr_expect_eq(grammar_by_rule(&grammar_cr_planner, &setup, NULL, kinds), 1);
    cr_expect_eq(kinds[0], CRUX_REASON);
    cr_expect_eq(grammar_by_rule(&grammar_cr_planner, &setup, &rationale, kinds), 2);
    cr_expect_eq(kinds[1], CRUX_GENQUERY);
    cr_expect_eq(grammar_by_rule(&grammar_cr_planner, &setup, &query, kinds), 3);
    cr_expect_eq(grammar_by_rule(&grammar_cr_planner, &setup, &doc, kinds), 3);
    cr_expect_eq(grammar_by_rule(&grammar_cr_planner, &setup, &alone, kinds), 2);
    cr_expect_eq(kinds[1], CRUX_RETRIEVE);
    setup.free_query = true;
    cr_expect_eq(grammar_by_rule(&grammar_cr_planner, &setup, NULL, kinds), 2);
    setup.free_retrieve = true;
    cr_expect_eq(grammar_by_rule(&grammar_cr_planner, &setup, NULL, kinds), 3);
    setup.subgoals = 1U << CRUX_REASON | 1U << CRUX_RETRIEVE;
    cr_expect_eq(grammar_by_rule(&grammar_cr_planner, &setup, &doc, kinds), 2);
    cr_expect_eq(grammar_by_rule(&grammar_steps, &setup, NULL, kinds), 0);
}

/* --- beam, particles ----------------------------------------------------------------------- */

/* The best two of a level, whoever their parents are. */
Test(plan, beam_keeps_the_best_of_all)
{
    static const struct planner_score scores[] = {
        {"S0", 0.1}, {"S1", 0.9}, {"S2", 0.5}, {NULL, 0.0}};
    struct planner planner;
    struct search_fixture fixture;

    planner_open(&planner, &fixture, CRUX_BEAM, scores);
    fixture.setup.depth = 2;
    fixture.setup.beam = 2;
    fixture.setup.passes = 1;
    expect_paths(&fixture, "S1 S1 A0\nS2 S1 A0\n");
    cr_expect_eq(fixture.view.calls, 5);
}

/* As many steps as particles; those of a poor score die out. */
Test(plan, particles_follow_their_odds)
{
    static const struct planner_score scores[] = {{"S0", 0.0}, {"S1", 0.0}, {"S2", 1.0},
                                                  {"S3", 0.0}, {"S4", 0.0}, {NULL, 0.0}};
    struct planner planner;
    struct search_fixture fixture;

    planner_open(&planner, &fixture, CRUX_PARTICLES, scores);
    fixture.setup.depth = 2;
    fixture.setup.particles = 5;
    fixture.setup.passes = 1;
    expect_paths(&fixture, "S2 S2 A0\n");
    cr_expect_eq(planner.asked[CRUX_STEP], 2);
}

/* --- rag -------------------------------------------------------------------------------------- */

Test(plan, rag_answers_behind_documents)
{
    struct planner planner;
    struct search_fixture fixture;

    planner_open(&planner, &fixture, CRUX_RAG, NULL);
    fixture.setup.calls = 5;
    expect_paths(&fixture, "D0 D1 A0\nD0 D1 A1\nD0 D1 A2\n");
    planner_open(&planner, &fixture, CRUX_RAG, NULL);
    fixture.setup.calls = 4;
    planner.found = 1;
    expect_paths(&fixture, "D0 A0\nD0 A1\n");
    planner_open(&planner, &fixture, CRUX_RAG, NULL);
    fixture.setup.calls = 3;
    planner.found = 0;
    expect_paths(&fixture, "A0\nA1\n");
    planner_open(&planner, &fixture, CRUX_RAG, NULL);
    fixture.setup.calls = 1;
    expect_paths(&fixture, "A0\n");
}

/* --- all of them --------------------------------------------------------------------------------
 */

/* Late or at once, with any number of workers and of calls in flight: the same trees, for a level
 * is chosen from when all of it has settled. */
Test(plan, trees_repeat)
{
    static const enum crux_strategy all[] = {CRUX_PLAN, CRUX_BEAM, CRUX_PARTICLES};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        uint64_t digest = 0;

        for (int trial = 0; trial < 4; trial++) {
            struct search_fixture fixture =
                search_fixture_of(trial == 0 ? WORLD_INSTANT : WORLD_LATE);

            fixture.setup.strategy = all[i];
            fixture.setup.order = CRUX_ORDER_ISSUED;
            fixture.setup.calls = 40;
            fixture.setup.simulations = 1000;
            fixture.setup.children = 3;
            fixture.setup.workers = 1 + (uint32_t)trial;
            fixture.setup.in_flight = 1 + (uint32_t)trial * 7;
            fixture.setup.per_tree = 3;
            fixture.execution = true;
            planner_run(&fixture);
            cr_expect_gt(fixture.sink.rollouts, 0);
            digest = trial == 0 ? fixture.sink.digest : digest;
            cr_expect_eq(fixture.sink.digest, digest, "strategy %d, trial %d", (int)all[i], trial);
        }
    }
}

/* Calls that fail for good, and dead ends, end no search before its time. */
Test(plan, failures_and_dead_ends)
{
    static const enum crux_strategy all[] = {CRUX_PLAN, CRUX_BEAM, CRUX_PARTICLES, CRUX_RAG};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        for (int trial = 0; trial < 8; trial++) {
            struct search_fixture fixture =
                search_fixture_of(trial % 2 == 0 ? WORLD_INSTANT : WORLD_LATE);

            fixture.setup.strategy = all[i];
            fixture.setup.seed = (uint64_t)trial;
            fixture.setup.calls = 60;
            fixture.setup.children = 3;
            fixture.script.fail_of = 4;
            fixture.script.dead_of = 5;
            fixture.execution = true;
            if (all[i] == CRUX_RAG) {
                fixture.setup.documents = 3;
                fixture.script.dead_of = 0;
            }
            search_fixture_run(&fixture);
            cr_assert_eq(fixture.status, all[i] == CRUX_RAG ? CRUX_INVALID : CRUX_OK, "%s",
                         fixture.error.text);
            if (all[i] != CRUX_RAG)
                cr_assert_null(search_fixture_fault(&fixture), "%s",
                               search_fixture_fault(&fixture));
        }
    }
}

/* A world that has been seen whole ends by itself. */
Test(plan, ends_when_nothing_is_left)
{
    static const struct planner_score scores[] = {{"D0", 0.5}, {NULL, 0.0}};
    struct planner planner;
    struct search_fixture fixture;

    planner_open(&planner, &fixture, CRUX_PLAN, scores);
    use_grammar(&planner, &fixture);
    fixture.setup.depth = 2;
    fixture.setup.simulations = 10;
    planner_run(&fixture);
    cr_expect_eq(fixture.view.simulations, 10);
}
