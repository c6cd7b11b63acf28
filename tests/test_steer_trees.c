/*
 * test_steer_trees.c - what search/crux_steer.h promises of trees that are opened for more calls,
 * also where memory, workers or problems are short.
 */
#include "tests/world/steer_suite.h"

/* A tree for each call, and two at least. */
static void set_up_few(void)
{
    set_up();
    setup.open_trees = 0;
    setup.workers = 1;
    setup.in_flight = 1;
}

TestSuite(steer_trees, .init = set_up_few, .timeout = 60);

/* A tree has but so many simulations in flight, so more calls want more trees; they stay. */
Test(steer_trees, more_calls_open_more_trees)
{
    open_search();
    begin();
    await_open(2);
    await_waiting(1);
    cr_assert_eq(crux_set_in_flight(search, 3, &why), CRUX_OK);
    await_open(3);
    await_waiting(3);
    cr_assert_eq(crux_set_in_flight(search, 60, &why), CRUX_OK);
    await_open(PROBLEMS); /* there are no others, and there may be eight */
    await_waiting((size_t)PROBLEMS * 4);
    cr_assert_eq(crux_set_in_flight(search, 1, &why), CRUX_OK);
    stay_quiet();
    await_open(PROBLEMS);
    answer_all(PROBLEMS);
    end();
    cr_expect_eq(status, CRUX_OK);
    cr_expect_eq(held_asked(), (size_t)PROBLEMS * 20);
    cr_assert_eq(crux_set_in_flight(search, 60, &why), CRUX_OK, "the run is over");
    crux_close(search);
}

/* Also when they are said before the run, or while it is paused. */
Test(steer_trees, trees_open_before_a_call_is_made)
{
    open_search();
    cr_assert_eq(crux_set_in_flight(search, 3, &why), CRUX_OK);
    crux_pause(search);
    begin();
    await_open(3);
    cr_assert_eq(crux_set_in_flight(search, 4, &why), CRUX_OK);
    await_open(4);
    cr_expect_eq(held_asked(), 0);
    crux_stop(search);
    cr_assert_eq(crux_set_in_flight(search, 8, &why), CRUX_OK);
    end();
    cr_expect_eq(status, CRUX_STOPPED);
    crux_close(search);
}

/* Who says how many trees are open has so many. */
Test(steer_trees, trees_that_were_said_stay_as_many)
{
    setup.open_trees = 2;
    open_search();
    begin();
    await_open(2);
    cr_assert_eq(crux_set_in_flight(search, 60, &why), CRUX_OK);
    await_waiting(8);
    stay_quiet();
    await_open(2);
    answer_all(PROBLEMS);
    end();
    crux_close(search);
}

/* Nothing was left to open when more calls were allowed; when there is, so many trees are open. */
Test(steer_trees, trees_open_when_a_source_has_more)
{
    source.end = 1;
    open_search();
    begin();
    await_open(1);
    cr_assert_eq(crux_set_in_flight(search, 60, &why), CRUX_OK);
    source.end = PROBLEMS;
    cr_expect(crux_more(search));
    await_open(PROBLEMS);
    answer_all(PROBLEMS);
    end();
    cr_expect_eq(status, CRUX_OK);
    crux_close(search);
}

/* Memory that runs out while more trees are opened takes nothing from those that are open: whether
 * the calls were allowed during the run, or before it. */
Test(steer_trees, trees_for_which_there_is_no_memory)
{
    bool failed = heap_can_fail();

    for (uint32_t number = 1; failed; number++) {
        set_up_few();
        setup.strategy = CRUX_MCTS;
        setup.root = CRUX_ROOT_GUMBEL;
        open_search();
        crux_pause(search);
        begin();
        await_open(2);
        heap_fail(number);
        cr_assert_eq(crux_set_in_flight(search, 60, &why), CRUX_OK, "%u", number);
        failed = heap_has_failed();
        heap_fail(0);
        await_open(!failed || number > 6 ? PROBLEMS : number > 3 ? 3 : 2); /* three for a tree */
        cr_assert_eq(crux_set_in_flight(search, 61, &why), CRUX_OK);
        await_open(!failed || number > 6 ? PROBLEMS : number > 3 ? 3 : 2);
        crux_stop(search);
        end();
        cr_expect_eq(status, CRUX_STOPPED);
        crux_close(search);
    }
}

Test(steer_trees, trees_for_which_there_is_no_memory_at_the_beginning)
{
    open_search();
    cr_assert_eq(crux_set_in_flight(search, 60, &why), CRUX_OK);
    fails_at = heap_can_fail() ? 4 : 0; /* for its workers, and for each of two trees */
    begin();
    await_open(fails_at > 0 ? 2 : PROBLEMS);
    answer_all(PROBLEMS);
    end();
    cr_expect_eq(status, CRUX_OK);
    cr_expect_eq(has_failed, heap_can_fail());
    crux_close(search);
}

/* A run that has no worker is over: the source, which may be gone, is asked for nothing more. */
Test(steer_trees, a_run_without_a_worker)
{
    pthread_attr_t usual, large;
    uint32_t asked;

    open_search();
    (void)pthread_getattr_default_np(&usual);
    (void)pthread_attr_init(&large);
    cr_assert_eq(pthread_attr_setstacksize(&large, (size_t)1 << 50), 0);
    cr_assert_eq(pthread_setattr_default_np(&large), 0);
    cr_expect_eq(crux_run(search, &source.source, &sink.sink, &why), CRUX_MEMORY);
    cr_expect_not_null(strstr(why.text, "cannot start a worker"), "%s", why.text);
    cr_assert_eq(pthread_setattr_default_np(&usual), 0);
    asked = source.next;
    cr_assert_eq(crux_set_in_flight(search, 60, &why), CRUX_OK);
    cr_expect_not(crux_more(search));
    cr_expect_eq(source.next, asked);
    cr_expect(steered().stopped);
    cr_expect_eq(crux_run(search, &source.source, &sink.sink, &why), CRUX_MEMORY,
                 "it says it again");
    crux_close(search);
}

/* The source fails when it is asked for more trees: the run ends with that. */
Test(steer_trees, a_source_that_fails_when_trees_are_opened)
{
    source.end = 2;
    source.ends_with = CRUX_STORE;
    open_search();
    crux_pause(search);
    begin();
    await_open(2);
    cr_assert_eq(crux_set_in_flight(search, 8, &why), CRUX_OK);
    end();
    cr_expect_eq(status, CRUX_STORE);
    cr_expect_not_null(strstr(why.text, "no line there"));
    why.text[0] = '\0';
    cr_expect_eq(crux_run(search, &source.source, &sink.sink, &why), CRUX_STORE, "as before");
    cr_expect_not_null(strstr(why.text, "no line there"));
    crux_close(search);
}
