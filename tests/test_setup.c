/*
 * test_setup.c - which setups are refused, and that the sentence names the option.
 *
 * One table of what is too little and too much, one of what does not go together.
 */
#include "search/setup.h"
#include "tests/world/world.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

static struct world world;
static struct crux_setup setup;

static void set_up(void)
{
    struct world_script script = {.branching = 2, .depth = 2, .right_of = 2};

    world_open(&world, &script);
    setup = crux_setup_default();
    setup.policies[CRUX_STEP] = &world.policy;
    setup.outcome = &world.outcome;
}

TestSuite(setup, .init = set_up, .timeout = 30);

static void refused(const char *sentence)
{
    struct crux_search *search = NULL;
    struct crux_error error = {""};

    cr_assert_eq(crux_open(&search, &setup, &error), CRUX_INVALID, "not refused: %s", sentence);
    cr_assert_null(search, "*out is untouched");
    cr_assert_not_null(strstr(error.text, sentence), "`%s` does not say `%s`", error.text,
                       sentence);
    set_up();
}

static void accepted(void)
{
    struct crux_error error = {""};

    cr_assert_eq(setup_check(&setup, &error), CRUX_OK, "%s", error.text);
    set_up();
}

/* The default works with a policy and an outcome critic. */
Test(setup, the_default_works)
{
    struct crux_search *search = NULL;

    cr_assert_eq(crux_open(&search, &setup, NULL), CRUX_OK);
    crux_close(search);
    crux_close(NULL);
}

/* Every number has a range, both of whose ends are in it. */
Test(setup, ranges)
{
    static const struct {
        const char *name;
        size_t offset;
        uint32_t least, most;
    } rows[] = {
        {"simulations", offsetof(struct crux_setup, simulations), 1, 16777215},
        {"children", offsetof(struct crux_setup, children), 1, 4096},
        {"rollouts", offsetof(struct crux_setup, rollouts), 0, 1024},
        {"depth", offsetof(struct crux_setup, depth), 1, 1024},
        {"workers", offsetof(struct crux_setup, workers), 1, 256},
        {"in_flight", offsetof(struct crux_setup, in_flight), 1, 65536},
        {"per_tree", offsetof(struct crux_setup, per_tree), 1, 16384},
        {"open_trees", offsetof(struct crux_setup, open_trees), 0, 65536},
        {"lanes", offsetof(struct crux_setup, lanes), 1, 256},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t *field = (uint32_t *)(void *)((char *)&setup + rows[i].offset);

        *field = rows[i].most + 1;
        refused(rows[i].name);
        if (rows[i].least > 0) {
            *field = rows[i].least - 1;
            refused(rows[i].name);
        }
        setup.value = &world.value;
        *field = rows[i].least;
        accepted();
        *field = rows[i].most;
        accepted();
    }
}

/* Exploration is a number between 0 and 1000. */
Test(setup, exploration)
{
    static const double bad[] = {-0.1, 1000.1, NAN, INFINITY};

    for (int i = 0; i < 4; i++) {
        setup.exploration = bad[i];
        refused("exploration");
    }
    setup.exploration = 0.0;
    accepted();
    setup.exploration = 1000.0;
    accepted();
}

/* What must be there for what. */
Test(setup, ports_that_are_missing)
{
    setup.policies[CRUX_STEP] = NULL;
    refused("a policy for steps");
    setup.outcome = NULL;
    refused("rollouts need an outcome critic");
    setup.rollouts = 0;
    refused("without rollouts a value critic");
    setup.rollouts = 0;
    setup.value = &world.value;
    setup.outcome = NULL;
    accepted();
}

/* A critic must answer what it is asked in its role, and the sentence names the critic. */
Test(setup, critics_in_the_wrong_role)
{
    setup.outcome = &world.value;
    refused("world-value judges no answers");
    setup.execution = &world.outcome;
    refused("world-outcome scores no steps");
    setup.value = &world.outcome;
    refused("world-outcome scores no leaves");
    setup.annotator = &world.outcome;
    refused("world-outcome does not annotate");
}

/* An annotator answers at once. */
Test(setup, annotators_do_not_wait)
{
    struct crux_critic annotator = {
        {"late-writer", false, NULL, NULL, NULL, NULL}, 1u << CRUX_ANNOTATE, false};

    setup.annotator = &annotator;
    refused("late-writer does not annotate at once");
    annotator.port.instant = true;
    setup.annotator = &annotator;
    accepted();
}

/* What excludes each other. */
Test(setup, contradictions)
{
    setup.strategy = CRUX_SAMPLE;
    setup.rollouts = 0;
    setup.value = &world.value;
    refused("sample and no rollouts");
    setup.lanes = 2;
    setup.stop_right = 1;
    refused("more than one lane");
    setup.lanes = 2;
    setup.stop_wrong = 1;
    refused("more than one lane");
    setup.lanes = 2;
    setup.probe = 1;
    refused("more than one lane");
}

/* A setup is instant when no port of it may be waited for. */
Test(setup, one_late_port_is_late)
{
    struct crux_critic late = world.execution;
    struct crux_policy slow = world.policy;

    cr_assert(setup_is_instant(&setup));
    late.port.instant = slow.port.instant = false;
    setup.execution = &late;
    cr_assert_not(setup_is_instant(&setup));
    setup.execution = NULL;
    setup.policies[CRUX_ANSWER] = &slow;
    cr_assert_not(setup_is_instant(&setup));
}

/* Open trees follow from the other limits, unless they are given. */
Test(setup, open_trees)
{
    setup.in_flight = 64;
    setup.per_tree = 8;
    cr_assert_eq(crux_open_trees(&setup), 32);
    setup.in_flight = 1;
    setup.workers = 3;
    cr_assert_eq(crux_open_trees(&setup), 6);
    setup.open_trees = 5;
    cr_assert_eq(crux_open_trees(&setup), 5);
}
