/*
 * test_in_turn.c - a critic whose word depends on what it was asked before is asked as
 * simulations settle, so trees repeat where the order of settling does.
 */
#include "tests/world/search_fixture.h"

#include <criterion/criterion.h>
#include <string.h>

#define PROBLEMS 5u

/* The first answer of a problem is worth most, the next one less, and so on. */
struct tired {
    struct crux_critic critic;
    _Atomic uint32_t asked[PROBLEMS];
    int status; /* what it answers */
};

static _Thread_local struct crux_outcome outcomes[64];

static int judge(struct crux_port *port, struct crux_call *call)
{
    struct tired *tired = (struct tired *)(void *)port;

    cr_assert_leq(call->count, 64);
    for (uint32_t i = 0; i < call->count; i++) {
        uint32_t before = atomic_fetch_add(&tired->asked[call->state.problem->ordinal], 1);

        outcomes[i] = (struct crux_outcome){1.0 / (1.0 + before % 7), CRUX_UNKNOWN, NULL};
    }
    call->reply.count = call->count;
    call->reply.outcomes = outcomes;
    call->reply.sentence = "too tired";
    return tired->status;
}

static struct tired tired_critic(void)
{
    return (struct tired){
        .critic = {{"tired", true, judge, NULL, NULL, NULL}, 1u << CRUX_JUDGE, false, true, false},
        .status = CRUX_DONE};
}

static uint64_t digest(uint32_t workers, uint32_t in_flight, enum crux_strategy strategy)
{
    struct tired tired = tired_critic();
    struct search_fixture fixture = search_fixture_of(WORLD_LATE);

    fixture.problems = PROBLEMS;
    fixture.setup.order = CRUX_ORDER_ISSUED;
    fixture.setup.strategy = strategy;
    fixture.setup.simulations = 150;
    fixture.setup.per_tree = 16;
    fixture.setup.lanes = 1;
    fixture.setup.workers = workers;
    fixture.setup.in_flight = in_flight;
    fixture.setup.critics[CRUX_ROLE_OUTCOME] = &tired.critic;
    search_fixture_run(&fixture);
    cr_assert_eq(fixture.status, CRUX_OK, "%s", fixture.error.text);
    cr_assert_null(search_fixture_fault(&fixture), "%s", search_fixture_fault(&fixture));
    return fixture.sink.digest;
}

/* However late answers come, it hears them in the tree's own order. */
Test(in_turn, trees_repeat_with_the_order_of_settling)
{
    for (int strategy = CRUX_MCTS; strategy <= CRUX_REFINE; strategy++) {
        uint64_t first = digest(1, 1, (enum crux_strategy)strategy);

        for (uint32_t workers = 1; workers <= 8; workers *= 2)
            cr_assert_eq(digest(workers, 4 * workers, (enum crux_strategy)strategy), first,
                         "%u workers", workers);
    }
}

/* When it fails the simulation does, like with any other critic. */
Test(in_turn, its_failure_is_the_simulations)
{
    struct tired tired = tired_critic();
    struct search_fixture fixture = search_fixture_of(WORLD_LATE);

    tired.status = CRUX_FAILED;
    fixture.problems = 1;
    fixture.setup.simulations = 20;
    fixture.setup.critics[CRUX_ROLE_OUTCOME] = &tired.critic;
    search_fixture_run(&fixture);
    cr_assert_eq(fixture.status, CRUX_OK, "%s", fixture.error.text);
    cr_assert_eq(fixture.sink.failed, 1);
    cr_assert_null(search_fixture_fault(&fixture), "%s", search_fixture_fault(&fixture));
}

/* It is asked on the way, so it cannot be waited for. */
Test(in_turn, it_must_be_instant)
{
    struct tired tired = tired_critic();
    struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);

    tired.critic.port.instant = false;
    fixture.setup.critics[CRUX_ROLE_OUTCOME] = &tired.critic;
    search_fixture_run(&fixture);
    cr_assert_eq(fixture.status, CRUX_INVALID);
    cr_assert_not_null(strstr(fixture.error.text, "tired"), "%s", fixture.error.text);
}
