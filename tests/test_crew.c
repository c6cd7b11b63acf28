/*
 * test_crew.c - how places among the calls in flight are handed on, and how lanes wake.
 *
 * A crew is opened and driven by hand, without workers, so that every order of events
 * can be had. Whole runs are in test_search.c.
 */
#include "search/budget.h"
#include "search/crew.h"
#include "tests/world/world.h"

#include <criterion/criterion.h>
#include <string.h>

#define LANES 6u

static struct crew *crew;
static struct world world;

static void set_up(void)
{
    struct world_script script = {.branching = 2, .depth = 2, .right_of = 2};
    struct crux_setup setup = crux_setup_default();
    struct crux_error error;

    world_open(&world, &script);
    setup.policies[CRUX_STEP] = &world.policy;
    setup.critics[CRUX_ROLE_OUTCOME] = &world.outcome;
    setup.in_flight = 2;
    setup.lanes = 2;
    setup.open_trees = LANES / 2;
    crew = aligned_alloc(64, sizeof *crew);
    memset(crew, 0, sizeof *crew);
    cr_assert_eq(crew_open(crew, &setup, &error), CRUX_OK);
    for (uint32_t i = 0; i < LANES; i++)
        crew->schedule.lanes[i].number = i;
}

static void tear_down(void)
{
    crew_close(crew);
    free(crew);
}

TestSuite(crew, .init = set_up, .fini = tear_down, .timeout = 30);

static void turn_to(uint32_t lane, enum lane_state state)
{
    atomic_store(&crew->schedule.lanes[lane].state, state);
}

static enum lane_state state_of(uint32_t lane)
{
    return (enum lane_state)atomic_load(&crew->schedule.lanes[lane].state);
}

/* --- waking -------------------------------------------------------------------------- */

/* An idle lane is queued once, however often it is called. */
Test(crew, an_idle_lane_is_queued_once)
{
    turn_to(3, LANE_IDLE);
    cr_assert(schedule_notify(&crew->schedule, &crew->schedule.lanes[3]));
    cr_assert(schedule_notify(&crew->schedule, &crew->schedule.lanes[3]));
    cr_assert_eq(ready_take(&crew->schedule.ready), 3);
    cr_assert_eq(ready_take(&crew->schedule.ready), READY_NONE);
}

/* A running lane is marked to come again, and queued by the worker that runs it. */
Test(crew, a_running_lane_comes_again)
{
    turn_to(3, LANE_RUNNING);
    cr_assert(schedule_notify(&crew->schedule, &crew->schedule.lanes[3]));
    cr_assert(schedule_notify(&crew->schedule, &crew->schedule.lanes[3]));
    cr_assert_eq(state_of(3), LANE_AGAIN);
    cr_assert_eq(ready_take(&crew->schedule.ready), READY_NONE);
}

/* A closed lane is not woken, and the caller learns it. */
Test(crew, a_closed_lane_sleeps_on)
{
    cr_assert_not(schedule_notify(&crew->schedule, &crew->schedule.lanes[3]));
    cr_assert_eq(state_of(3), LANE_CLOSED);
    cr_assert_eq(ready_take(&crew->schedule.ready), READY_NONE);
}

/* --- places ----------------------------------------------------------------------------- */

/* Places are given out up to the limit; then lanes queue. */
Test(crew, places_are_limited)
{
    turn_to(0, LANE_RUNNING);
    cr_assert(admission_take(&crew->admission, &crew->schedule.lanes[0]));
    cr_assert(admission_take(&crew->admission, &crew->schedule.lanes[0]));
    cr_assert_not(admission_take(&crew->admission, &crew->schedule.lanes[0]));
    cr_assert_not(admission_take(&crew->admission, &crew->schedule.lanes[0]));
    cr_assert_eq(admission_look(&crew->admission).in_flight, 2);
    cr_assert_eq(atomic_load(&crew->admission.starving), 1, "a lane stands in the queue once");
}

/* A place that comes free wakes one lane that waits for it. */
Test(crew, a_free_place_wakes_one)
{
    for (uint32_t i = 0; i < 3; i++)
        turn_to(i, LANE_IDLE);
    (void)admission_take(&crew->admission, &crew->schedule.lanes[0]);
    (void)admission_take(&crew->admission, &crew->schedule.lanes[0]);
    cr_assert_not(admission_take(&crew->admission, &crew->schedule.lanes[1]));
    cr_assert_not(admission_take(&crew->admission, &crew->schedule.lanes[2]));
    admission_give_back(&crew->admission);
    cr_assert_neq(ready_take(&crew->schedule.ready), READY_NONE);
    cr_assert_eq(ready_take(&crew->schedule.ready), READY_NONE);
    cr_assert_eq(atomic_load(&crew->admission.starving), 1);
}

/* Lanes that have closed since they queued do not swallow the place of one that waits. */
Test(crew, closed_lanes_swallow_no_place)
{
    turn_to(LANES - 1, LANE_IDLE);
    (void)admission_take(&crew->admission, &crew->schedule.lanes[0]);
    (void)admission_take(&crew->admission, &crew->schedule.lanes[0]);
    for (uint32_t i = 0; i < LANES; i++)
        cr_assert_not(admission_take(&crew->admission, &crew->schedule.lanes[i]));
    admission_give_back(&crew->admission);
    cr_assert_eq(ready_take(&crew->schedule.ready), LANES - 1);
    cr_assert_eq(atomic_load(&crew->admission.starving), 0);
}

/* Nobody waits, or there is no place: nobody is woken. */
Test(crew, nothing_to_pass_on)
{
    admission_pass_on(&crew->admission);
    turn_to(1, LANE_IDLE);
    (void)admission_take(&crew->admission, &crew->schedule.lanes[0]);
    (void)admission_take(&crew->admission, &crew->schedule.lanes[0]);
    (void)admission_take(&crew->admission, &crew->schedule.lanes[1]);
    admission_pass_on(&crew->admission);
    cr_assert_eq(ready_take(&crew->schedule.ready), READY_NONE);
    atomic_fetch_add(&crew->admission.starving, 1); /* somebody is about to queue */
    (void)ready_take(&crew->admission.starved);
    atomic_fetch_sub(&crew->admission.places, 2);
    admission_pass_on(&crew->admission);
    cr_assert_eq(ready_take(&crew->schedule.ready), READY_NONE);
}

/* --- lanes that share a tree -------------------------------------------------------------- */

/* A parked lane wakes when another one of its tree has settled. */
Test(crew, a_turn_wakes_the_parked)
{
    struct open_tree *open = &crew->open[0];
    struct lane *lane = &open->lanes[1];

    open->instant = false;
    lane->open = open;
    turn_to(1, LANE_IDLE);
    cr_assert(schedule_park(lane, atomic_load(&open->settles)));
    schedule_wake_others(open);
    cr_assert_eq(ready_take(&crew->schedule.ready), 1);
    cr_assert_eq(atomic_load(&open->parked), 0);
    schedule_wake_others(open);
    cr_assert_eq(ready_take(&crew->schedule.ready), READY_NONE, "it is parked no more");
}

/* A lane does not park over a turn that it has not seen. */
Test(crew, a_turn_missed_is_no_reason_to_park)
{
    struct open_tree *open = &crew->open[0];
    struct lane *lane = &open->lanes[1];
    uint64_t turns = atomic_load(&open->settles);

    open->instant = false;
    lane->open = open;
    schedule_wake_others(open);
    cr_assert_not(schedule_park(lane, turns));
    cr_assert_eq(atomic_load(&open->parked), 0);
}

/* Where nobody waits for replies nobody is parked, and turns are not counted. */
Test(crew, instant_trees_take_no_turns)
{
    struct open_tree *open = &crew->open[0];

    cr_assert(open->instant);
    schedule_wake_others(open);
    cr_assert_eq(atomic_load(&open->settles), 0);
}

/* --- limits ------------------------------------------------------------------------------------
 */

/* A limit in calls is spent one by one and then halts the run. */
Test(crew, calls_are_spent)
{
    crew->run.setup.limit_calls = 2;
    cr_assert(budget_spend(&crew->run));
    cr_assert(budget_spend(&crew->run));
    cr_assert_eq(run_halted(&crew->run), HALT_NO);
    cr_assert_not(budget_spend(&crew->run));
    cr_assert_eq(run_halted(&crew->run), HALT_CALLS);
}

/* The first reason to halt stays. */
Test(crew, the_first_halt_stays)
{
    run_halt(&crew->run, HALT_TIME);
    run_halt(&crew->run, HALT_STOP);
    cr_assert_eq(run_halted(&crew->run), HALT_TIME);
}
