/*
 * test_budget.c - what budget.h promises of tokens: once they are spent nothing new is begun, and
 * what is in flight comes on top.
 *
 * Every reply of the world has five tokens, so a simulation that asks for an answer and has it
 * judged spends ten, and one that expands a node fifteen.
 */
#include "tests/world/search_fixture.h"

#include "search/budget.h"

#include <criterion/criterion.h>

enum { REPLY = 5, SIMULATION = 3 * REPLY, TOKENS = 400 };

TestSuite(budget, .timeout = 120);

static uint64_t tokens_of(const struct crux_tree *tree)
{
    return tree->prompt_tokens + tree->completion_tokens;
}

/* Spent, and no more on top than a whole window. */
static void look_at_spent(struct search_fixture *fixture, const struct crux_tree *tree)
{
    const struct crux_setup *setup = &fixture->setup;

    cr_assert_eq(tree->reason, CRUX_REASON_BUDGET, "%s", crux_reason_name(tree->reason));
    cr_assert_geq(tokens_of(tree), setup->tokens);
    cr_assert_lt(tokens_of(tree), setup->tokens + SIMULATION * setup->per_tree);
}

static void run(struct search_fixture *fixture)
{
    search_fixture_run(fixture);
    cr_assert_eq(fixture->status, CRUX_OK, "%s", fixture->error.text);
    cr_assert_null(search_fixture_fault(fixture), "%s", search_fixture_fault(fixture));
    cr_assert_eq(fixture->sink.trees, fixture->problems);
}

static struct search_fixture limited(enum search_fixture_pace pace)
{
    struct search_fixture fixture = search_fixture_of(pace);

    fixture.setup.tokens = TOKENS;
    fixture.look = look_at_spent;
    return fixture;
}

/* Every strategy ends a problem whose tokens are spent, with any window, groups, several lanes. */
Test(budget, tokens_end_a_problem)
{
    static const struct {
        enum crux_strategy strategy;
        uint32_t per_tree, group, lanes;
    } rows[] = {
        {CRUX_MCTS, 1, 1, 1},   {CRUX_MCTS, 8, 1, 1},   {CRUX_MCTS, 8, 4, 1},
        {CRUX_MCTS, 8, 1, 2},   {CRUX_SAMPLE, 1, 1, 1}, {CRUX_SAMPLE, 8, 4, 1},
        {CRUX_SAMPLE, 8, 1, 2}, {CRUX_REFINE, 4, 1, 1},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int pace = WORLD_INSTANT; pace < WORLD_PACES; pace++) {
            struct search_fixture fixture = limited((enum search_fixture_pace)pace);

            fixture.script.opinions = true;
            fixture.setup.strategy = rows[i].strategy;
            fixture.setup.per_tree = rows[i].per_tree;
            fixture.setup.group = rows[i].group;
            fixture.setup.lanes = rows[i].lanes;
            run(&fixture);
        }
    }
}

/* What the value critic says costs tokens and no policy call. */
Test(budget, tokens_of_critics_count)
{
    struct search_fixture fixture = limited(WORLD_LATE);

    fixture.value = true;
    fixture.setup.rollouts = 0;
    fixture.setup.simulations = 600; /* those that end where one has been cost none */
    run(&fixture);
}

static void look_at_frugal(struct search_fixture *fixture, const struct crux_tree *tree)
{
    cr_assert_eq(tree->reason, CRUX_REASON_BUDGET, "%s", crux_reason_name(tree->reason));
    cr_assert_lt(tokens_of(tree), fixture->setup.tokens);
}

/* Calls end it where they are spent first, simulations where they are. */
Test(budget, the_first_limit_ends)
{
    struct search_fixture calls = limited(WORLD_INSTANT), simulations = calls;

    calls.look = simulations.look = look_at_frugal;
    calls.setup.calls = 9;
    run(&calls);
    cr_assert_leq(calls.sink.calls, 9 * calls.problems);
    cr_assert_geq(calls.sink.calls, 8 * calls.problems); /* an expansion takes two */
    simulations.setup.simulations = 7;
    run(&simulations);
    cr_assert_eq(simulations.sink.simulations, 7 * simulations.problems);
}

/* One at a time it is exact: an answer and its verdict are ten tokens. A strategy that draws
 * answers draws as many as they last for, however few simulations a tree would have. */
Test(budget, answers_go_on_until_tokens_are_spent)
{
    struct search_fixture fixture = limited(WORLD_INSTANT);

    fixture.setup.strategy = CRUX_SAMPLE;
    fixture.setup.simulations = 3;
    fixture.setup.per_tree = 1;
    fixture.setup.tokens = 391;
    run(&fixture);
    cr_assert_eq(fixture.sink.calls, 40 * fixture.problems);
}

/* How many answers that may be: by calls, else by tokens, else as many as mcts could ask for. */
Test(budget, answers_by_what_is_limited)
{
    struct crux_setup setup = crux_setup_default();

    setup.simulations = 30;
    cr_assert_eq(budget_answers(&setup), 60);
    setup.tokens = 1000;
    cr_assert_eq(budget_answers(&setup), 1000);
    setup.calls = 10;
    cr_assert_eq(budget_answers(&setup), 10);
}

/* --- ports that tell no tokens ---------------------------------------------------------- */

static int say_ok(struct crux_port *port, struct crux_call *call)
{
    static const struct crux_proposal said = {.text = "ok", .terminal = true};

    (void)port;
    call->reply.count = 1;
    call->reply.proposals = &said;
    return CRUX_DONE;
}

static int call_it_wrong(struct crux_port *port, struct crux_call *call)
{
    static const struct crux_outcome wrong = {.verdict = CRUX_WRONG};

    (void)port;
    call->reply.count = 1;
    call->reply.outcomes = &wrong;
    return CRUX_DONE;
}

/* They are not spent, but as many answers as tokens are enough. */
Test(budget, who_tells_no_tokens_ends_too)
{
    struct crux_policy policy = {.port = {"quiet", true, say_ok, NULL, NULL, NULL}};
    struct crux_critic critic = {
        {"strict", true, call_it_wrong, NULL, NULL, NULL}, 1u << CRUX_JUDGE, false, false, false};
    struct search_fixture fixture = limited(WORLD_INSTANT);

    fixture.look = NULL;
    fixture.setup.strategy = CRUX_SAMPLE;
    fixture.setup.policies[CRUX_STEP] = &policy;
    fixture.setup.critics[CRUX_ROLE_OUTCOME] = &critic;
    search_fixture_run(&fixture);
    cr_assert_eq(fixture.status, CRUX_OK, "%s", fixture.error.text);
    cr_assert_eq(fixture.sink.calls, TOKENS * fixture.problems);
}
