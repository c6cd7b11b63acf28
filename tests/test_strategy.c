/*
 * test_strategy.c - what strategies/strategy.h and strategies/grammar.h promise.
 */
#include "search/strategies/grammar.h"
#include "tests/world/breadth.h"
#include "tests/world/search_fixture.h"

#include <criterion/criterion.h>

TestSuite(strategy, .timeout = 60);

/* The catalogue's rows have their enum's numbers, and none is behind them. */
Test(strategy, rows_have_their_numbers)
{
    cr_assert_str_eq(strategy_row(CRUX_MCTS)->name, "mcts");
    cr_assert_str_eq(strategy_row(CRUX_SAMPLE)->name, "sample");
    cr_assert_str_eq(strategy_row(CRUX_REFINE)->name, "refine");
    cr_assert_str_eq(strategy_row(CRUX_PLAN)->name, "plan");
    cr_assert_str_eq(strategy_row(CRUX_BEAM)->name, "beam");
    cr_assert_str_eq(strategy_row(CRUX_PARTICLES)->name, "particles");
    cr_assert_str_eq(strategy_row(CRUX_RAG)->name, "rag");
    cr_assert_eq(strategy_count(), 7);
    cr_assert_null(strategy_row(strategy_count()));
    cr_assert_null(strategy_row(UINT32_MAX));
}

/* The deepest and the shallowest leaf of a tree searched in breadth are a level apart at most. */
static void look_at_depths(struct search_fixture *fixture, const struct crux_tree *tree)
{
    uint32_t least = UINT32_MAX, most = 0;

    (void)fixture;
    for (uint32_t i = 0; i < tree->node_count; i++) {
        bool leaf = i + 1 == tree->node_count || tree->nodes[i + 1].parent != i;

        if (!leaf || tree->nodes[i].terminal)
            continue;
        least = tree->nodes[i].depth < least ? tree->nodes[i].depth : least;
        most = tree->nodes[i].depth > most ? tree->nodes[i].depth : most;
    }
    cr_assert_leq(most - least, 1);
}

/* A strategy of one's own is one row more: it searches, late and at once, and keeps every promise
 * of a search. */
Test(strategy, one_row_more)
{
    unsigned number = strategy_add(&breadth_strategy);

    cr_assert_eq(number, 7);
    for (int pace = 0; pace < WORLD_PACES; pace++) {
        struct search_fixture fixture = search_fixture_of((enum search_fixture_pace)pace);

        fixture.setup.strategy = (enum crux_strategy)number;
        fixture.setup.simulations = 85; /* 1 + 4 + 16 + 64 */
        fixture.look = look_at_depths;
        search_fixture_run(&fixture);
        cr_assert_eq(fixture.status, CRUX_OK, "%s", fixture.error.text);
        cr_assert_null(search_fixture_fault(&fixture), "%s", search_fixture_fault(&fixture));
        cr_assert_eq(fixture.sink.trees, fixture.problems);
    }
}

/* In `steps` a step follows the root and steps, an answer ends the path, and nothing follows it. */
Test(strategy, the_grammar_of_steps)
{
    const struct crux_step step = {.kind = CRUX_STEP}, answer = {.kind = CRUX_ANSWER};
    const struct grammar *steps = &grammar_steps;

    cr_assert_eq(grammar_next(steps, NULL)->kind, CRUX_STEP);
    cr_assert_eq(grammar_next(steps, &step)->kind, CRUX_STEP);
    cr_assert_eq(grammar_end(steps, NULL)->kind, CRUX_ANSWER);
    cr_assert_eq(grammar_end(steps, &step)->policy, CRUX_ANSWER);
    cr_assert_null(grammar_next(steps, &answer));
    cr_assert_null(grammar_end(steps, &answer));
    cr_assert_null(grammar_find(steps, CRUX_DOC));
    cr_assert_eq(grammar_find(steps, CRUX_STEP)->critic, CRUX_ROLE_EXECUTION);
}
