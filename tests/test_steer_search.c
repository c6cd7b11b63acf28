/*
 * test_steer_search.c - what search/crux_steer.h promises of a search that runs.
 *
 * Calls go to a port of the test's own, which answers one when the test says so: what is in flight
 * at each step is known, and nothing depends on time.
 */
#include "tests/world/steer_suite.h"

TestSuite(steer_search, .init = set_up, .timeout = 60);

/* --- pausing ----------------------------------------------------------------------------- */

/* Before the run, so that no call is ever made; then it goes on as if nothing had been. */
Test(steer_search, a_search_that_is_paused_asks_nothing)
{
    open_search();
    cr_expect_not(steered().paused);
    crux_pause(search);
    cr_expect(steered().paused);
    begin();
    stay_quiet();
    cr_expect_eq(held_asked(), 0);
    crux_resume(search);
    await_waiting(IN_FLIGHT);
    cr_expect_not(steered().paused);
    answer_all(PROBLEMS);
    end();
    cr_expect_eq(status, CRUX_OK);
    cr_expect_eq(sink.simulations, (uint64_t)PROBLEMS * 20);
    cr_expect_eq(held_asked(), (size_t)PROBLEMS * 20);
    crux_close(search);
}

/* What is in flight is taken, and no call takes its place. */
Test(steer_search, what_is_in_flight_is_taken)
{
    open_search();
    begin();
    await_waiting(IN_FLIGHT);
    crux_pause(search);
    held_answer(IN_FLIGHT);
    while (flying() > 0)
        (void)sched_yield();
    stay_quiet();
    cr_expect_eq(held_asked(), IN_FLIGHT);
    crux_resume(search);
    crux_resume(search);
    await_waiting(IN_FLIGHT);
    answer_all(PROBLEMS);
    end();
    cr_expect_eq(sink.simulations, (uint64_t)PROBLEMS * 20);
    crux_close(search);
}

/* A stop ends a search that is held back and has nothing in flight: nobody would wake it. */
Test(steer_search, a_stop_ends_a_search_that_is_paused)
{
    open_search();
    crux_pause(search);
    begin();
    stay_quiet();
    crux_stop(search);
    end();
    cr_expect_eq(status, CRUX_STOPPED);
    cr_expect_eq(held_asked(), 0);
    cr_expect(steered().stopped);
    crux_close(search);
}

/* The other way round: what was stopped cannot be held back. */
Test(steer_search, a_search_that_was_stopped_is_not_paused)
{
    open_search();
    begin();
    await_waiting(IN_FLIGHT);
    crux_stop(search);
    crux_pause(search);
    cr_expect_not(steered().paused);
    held_answer(IN_FLIGHT);
    end();
    cr_expect_eq(status, CRUX_STOPPED);
    crux_close(search);
}

/* Calls that nobody waits for take no place. */
Test(steer_search, a_search_on_instant_ports_is_paused)
{
    setup.policies[CRUX_STEP] = &world.policy;
    open_search();
    crux_pause(search);
    begin();
    stay_quiet();
    cr_expect_eq(world.proposals, 0);
    crux_resume(search);
    end();
    cr_expect_eq(status, CRUX_OK);
    cr_expect_eq(sink.trees, PROBLEMS);
    crux_close(search);
}

Test(steer_search, a_stop_ends_a_search_on_instant_ports_that_is_paused)
{
    setup.policies[CRUX_STEP] = &world.policy;
    open_search();
    crux_pause(search);
    begin();
    stay_quiet();
    crux_stop(search);
    end();
    cr_expect_eq(status, CRUX_STOPPED);
    crux_close(search);
}

/* --- places ------------------------------------------------------------------------------ */

/* As many as are said are out, at once; and fewer, when enough have come. */
Test(steer_search, places_grow_and_shrink)
{
    open_search();
    begin();
    await_waiting(IN_FLIGHT);
    cr_assert_eq(crux_set_in_flight(search, 10, &why), CRUX_OK);
    await_waiting(10);
    cr_assert_eq(crux_set_in_flight(search, 3, &why), CRUX_OK);
    cr_expect_eq(steered().in_flight, 3);
    held_answer(6);
    stay_quiet();
    cr_expect_eq(held_waiting(), 4, "no call takes the place of those that were too many");
    held_answer(2);
    await_waiting(3);
    stay_quiet();
    cr_expect_eq(held_waiting(), 3);
    cr_expect_eq(flying(), 3);
    answer_all(PROBLEMS);
    end();
    cr_expect_eq(held_asked(), (size_t)PROBLEMS * 20, "none is lost, none is made twice");
    crux_close(search);
}

Test(steer_search, places_change_while_paused)
{
    open_search();
    crux_pause(search);
    cr_assert_eq(crux_set_in_flight(search, 2, &why), CRUX_OK);
    cr_expect(steered().paused);
    begin();
    stay_quiet();
    cr_expect_eq(held_asked(), 0);
    crux_resume(search);
    await_waiting(2);
    answer_all(PROBLEMS);
    end();
    crux_close(search);
}

Test(steer_search, so_many_places_there_are_not)
{
    open_search();
    cr_expect_eq(crux_set_in_flight(search, 0, &why), CRUX_INVALID);
    cr_expect_eq(crux_set_in_flight(search, 65537, &why), CRUX_INVALID);
    cr_expect_not_null(strstr(why.text, "not 65537"));
    cr_expect_eq(crux_set_limit_ns(search, -1, &why), CRUX_INVALID);
    cr_expect_eq(steered().in_flight, IN_FLIGHT);
    crux_close(search);
}

/* --- limits of time ------------------------------------------------------------------------ */

/* Its workers sleep without an end, since there was no limit. */
Test(steer_search, a_limit_that_comes_late_ends_the_run)
{
    open_search();
    begin();
    await_waiting(IN_FLIGHT);
    cr_assert_eq(crux_set_limit_ns(search, 1, &why), CRUX_OK);
    end();
    cr_expect_eq(status, CRUX_LIMIT);
    cr_expect_eq(held.cancelled, IN_FLIGHT);
    crux_close(search);
}

Test(steer_search, a_limit_is_taken_away)
{
    setup.limit_ns = 1;
    open_search();
    cr_expect_eq(steered().limit_ns, 1);
    cr_assert_eq(crux_set_limit_ns(search, 0, &why), CRUX_OK);
    begin();
    answer_all(PROBLEMS);
    end();
    cr_expect_eq(status, CRUX_OK);
    crux_close(search);
}

/* It is of the whole run: what earlier sessions took counts. */
Test(steer_search, a_limit_counts_what_was_spent)
{
    setup.spent_ns = INT64_C(3600000000000);
    open_search();
    begin();
    await_waiting(IN_FLIGHT);
    cr_assert_eq(crux_set_limit_ns(search, INT64_C(3000000000000), &why), CRUX_OK);
    end();
    cr_expect_eq(status, CRUX_LIMIT);
    crux_close(search);
}

Test(steer_search, a_limit_ends_a_search_that_is_paused)
{
    open_search();
    crux_pause(search);
    begin();
    stay_quiet();
    cr_assert_eq(crux_set_limit_ns(search, 1, &why), CRUX_OK);
    end();
    cr_expect_eq(status, CRUX_LIMIT);
    cr_expect_eq(held_asked(), 0);
    crux_close(search);
}

/* --- calling off --------------------------------------------------------------------------- */

Test(steer_search, what_is_called_off_is_not_waited_for)
{
    open_search();
    begin();
    await_waiting(IN_FLIGHT);
    crux_stop(search);
    stay_quiet();
    cr_expect_eq(held.cancelled, 0, "a stop waits");
    crux_call_off(search);
    crux_call_off(search);
    end();
    cr_expect_eq(status, CRUX_STOPPED);
    cr_expect_eq(held.cancelled, IN_FLIGHT);
    cr_expect_eq(sink.stopped, PROBLEMS);
    crux_close(search);
}

/* --- more problems -------------------------------------------------------------------------- */

/* Two places have ended when the source has something again. */
Test(steer_search, a_source_has_more)
{
    source.end = 2;
    open_search();
    cr_expect_not(crux_more(search), "it does not run yet");
    begin();
    await_waiting(IN_FLIGHT);
    source.end = PROBLEMS;
    cr_expect(crux_more(search));
    answer_all(PROBLEMS);
    end();
    cr_expect_eq(status, CRUX_OK);
    cr_expect_eq(sink.trees, PROBLEMS);
    cr_expect_not(crux_more(search), "the run is over");
    crux_close(search);
}

Test(steer_search, there_is_no_more_of_a_search_that_was_stopped)
{
    source.end = 2;
    open_search();
    begin();
    await_waiting(IN_FLIGHT);
    crux_stop(search);
    source.end = PROBLEMS;
    cr_expect_not(crux_more(search));
    held_answer(IN_FLIGHT);
    end();
    cr_expect_eq(sink.trees, 2);
    crux_close(search);
}

/* Nothing is in flight, and all workers sleep: what is held back ends all the same. */
Test(steer_search, a_source_that_fails_ends_a_search_that_is_paused)
{
    source.end = 2;
    open_search();
    crux_pause(search);
    begin();
    while (source.next < 2)
        (void)sched_yield();
    stay_quiet();
    source.ends_with = CRUX_INPUT;
    (void)crux_more(search);
    end();
    cr_expect_eq(status, CRUX_INPUT);
    cr_expect_str_eq(why.text, "no line there");
    crux_close(search);
}
