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
#include <stdio.h>
#include <string.h>

static struct world world;
static struct crux_setup setup;

static void set_up(void)
{
    struct world_script script = {.branching = 2, .depth = 2, .right_of = 2};

    world_open(&world, &script);
    setup = crux_setup_default();
    setup.policies[CRUX_STEP] = &world.policy;
    setup.critics[CRUX_ROLE_OUTCOME] = &world.outcome;
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
        {"group", offsetof(struct crux_setup, group), 1, 64},
        {"root_children", offsetof(struct crux_setup, root_children), 1, 4096},
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
        setup.critics[CRUX_ROLE_VALUE] = &world.value;
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

/* A choice that there is not is refused by its name, as the one behind the last and as a
 * negative one. */
Test(setup, choices_that_there_are_not)
{
    static const struct {
        const char *name;
        size_t offset;
        int last;
    } rows[] = {
        {"strategy", offsetof(struct crux_setup, strategy), CRUX_RAG},
        {"selection", offsetof(struct crux_setup, selection), CRUX_BUDGET},
        {"order", offsetof(struct crux_setup, order), CRUX_ORDER_ISSUED},
        {"correction", offsetof(struct crux_setup, correction), CRUX_VIRTUAL_LOSS},
        {"root", offsetof(struct crux_setup, root), CRUX_ROOT_GUMBEL},
        {"first", offsetof(struct crux_setup, first), CRUX_FIRST_VALUE},
        {"grammar", offsetof(struct crux_setup, grammar), CRUX_GRAMMAR_CR_PLANNER},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int choice = -1; choice <= rows[i].last + 1; choice++) {
            char sentence[64];

            (void)snprintf(sentence, sizeof sentence, "%s must be one of the %d", rows[i].name,
                           rows[i].last + 1);
            setup.policies[CRUX_DOC] = &world.policy;
            *(int *)(void *)((char *)&setup + rows[i].offset) = choice;
            if (choice < 0 || choice > rows[i].last)
                refused(sentence);
            else
                accepted();
        }
    }
}

/* What an untried child is worth lies between 0 and 1, like every value. */
Test(setup, first_play)
{
    static const double bad[] = {-0.1, 1.1, NAN, INFINITY};

    for (int i = 0; i < 4; i++) {
        setup.first = CRUX_FIRST_VALUE;
        setup.first_play = bad[i];
        refused("first_play must be between 0 and 1");
    }
    for (int i = 0; i < 2; i++) {
        setup.first = CRUX_FIRST_PARENT;
        setup.first_play = i;
        accepted();
    }
}

/* A node widens by a factor above 0 and a power between 0 and 1; without a factor the power
 * is nobody's business. */
Test(setup, widening)
{
    static const double bad_factor[] = {-0.1, NAN, INFINITY};
    static const double bad_power[] = {0.0, 1.0, -1.0, NAN, INFINITY};

    for (int i = 0; i < 3; i++) {
        setup.widen = bad_factor[i];
        refused("widen must be 0 or a number above it");
    }
    for (int i = 0; i < 5; i++) {
        setup.widen_power = bad_power[i];
        accepted();
        setup.widen = 1.0;
        setup.widen_power = bad_power[i];
        refused("widen_power must be between 0 and 1");
    }
    setup.widen = 1e6;
    setup.widen_power = 0.99;
    accepted();
}

/* Entropies to branch by are in order; a policy that knows none, wings, and a strategy without a
 * tree do not go with them. */
Test(setup, branching)
{
    static const double bad[][2] = {
        {-0.1, 1.0}, {1.0, 0.5}, {NAN, 1.0}, {0.0, NAN}, {0.0, INFINITY}};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        setup.branch_low = bad[i][0];
        setup.branch_high = bad[i][1];
        refused("branch_low and branch_high must be numbers from 0 on");
    }
    setup.branch_low = setup.branch_high = 0.5;
    accepted();
    setup.branch_high = 0.5;
    world.policy.tells_entropy = false;
    refused("branch by entropy needs a policy that knows it, from a model's log-probabilities; "
            "world does not");
    setup.branch_high = 0.5;
    setup.widen = 1.0;
    refused("branch and widen exclude each other");
    setup.branch_high = 0.5;
    setup.strategy = CRUX_SAMPLE;
    refused("strategy sample and branch exclude each other");
    world.policy.tells_entropy = false;
    accepted();
}

/* Answers are made better a number of times, until they are worth something, by who can, in one
 * lane and without a tree. */
Test(setup, refining)
{
    static const double bad[] = {-0.1, 1.1, NAN, INFINITY};

    for (int i = 0; i < 4; i++) {
        setup.refine_gamma = bad[i];
        refused("refine_gamma must be between 0 and 1");
    }
    setup.refine_rounds = 128;
    refused("refine_rounds must be between 0 and 127, not 128");
    setup.strategy = CRUX_REFINE;
    setup.refine_rounds = 127;
    accepted();
    setup.strategy = CRUX_REFINE;
    setup.lanes = 2;
    refused("strategy refine and more than one lane exclude each other");
    setup.strategy = CRUX_REFINE;
    setup.widen = 1.0;
    refused("strategy refine and widen exclude each other");
    setup.strategy = CRUX_REFINE;
    world.policy.revises = false;
    refused("strategy refine needs a policy that makes answers better; world does not");
    world.policy.revises = false;
    accepted();
}

/* Time does not run backwards, and a clock shows it. */
Test(setup, times)
{
    struct crux_clock mute = {NULL, NULL};

    setup.limit_ns = -1;
    refused("limit_ns must not be negative");
    setup.spent_ns = -1;
    refused("spent_ns must not be negative");
    setup.deadline_ns = -1;
    refused("deadline_ns must not be negative");
    setup.deadline_ns = INT64_MAX;
    accepted();
    setup.clock = &mute;
    refused("a clock without now_ns");
}

/* What must be there for what. */
Test(setup, ports_that_are_missing)
{
    setup.policies[CRUX_STEP] = NULL;
    refused("a policy for steps");
    setup.critics[CRUX_ROLE_OUTCOME] = NULL;
    refused("rollouts need an outcome critic");
    setup.rollouts = 0;
    refused("without rollouts a value critic");
    setup.rollouts = 0;
    setup.critics[CRUX_ROLE_VALUE] = &world.value;
    setup.critics[CRUX_ROLE_OUTCOME] = NULL;
    accepted();
}

/* A critic must answer what it is asked in its role, and the sentence names the critic. */
Test(setup, critics_in_the_wrong_role)
{
    setup.critics[CRUX_ROLE_OUTCOME] = &world.value;
    refused("world-value judges no answers");
    setup.critics[CRUX_ROLE_EXECUTION] = &world.outcome;
    refused("world-outcome scores no steps");
    setup.critics[CRUX_ROLE_VALUE] = &world.outcome;
    refused("world-outcome scores no leaves");
    setup.critics[CRUX_ROLE_ANNOTATE] = &world.outcome;
    refused("world-outcome does not annotate");
    setup.executions[CRUX_DOC] = &world.outcome;
    refused("world-outcome scores no steps");
    setup.executions[CRUX_DOC] = &world.execution;
    accepted();
    setup.critics[CRUX_ROLE_SUBGOAL] = &world.execution;
    refused("world-execution would score sub-goals, and no step of grammar steps is one");
}

/* Who is asked for answers again must be one who makes them better. */
Test(setup, reflections)
{
    setup.strategy = CRUX_PLAN;
    accepted();
    setup.strategy = CRUX_PLAN;
    setup.reflect = 1;
    world.policy.revises = false;
    refused("strategy plan with reflect needs a policy that makes answers better");
}

/* Grammar cr-planner: what it needs, and what excludes it. */
Test(setup, planners)
{
    setup.grammar = CRUX_GRAMMAR_CR_PLANNER;
    refused("sub-goal retrieve needs a policy of its own for documents");
    setup.grammar = CRUX_GRAMMAR_CR_PLANNER;
    setup.subgoals = 1U << CRUX_REASON | 1U << CRUX_GENQUERY;
    setup.critics[CRUX_ROLE_SUBGOAL] = &world.execution;
    accepted();
    setup.grammar = CRUX_GRAMMAR_CR_PLANNER;
    setup.subgoals = 1U << CRUX_REASON | 1U << CRUX_RETRIEVE;
    refused("without sub-goal query nothing is retrieved, unless free_retrieve");
    setup.grammar = CRUX_GRAMMAR_CR_PLANNER;
    setup.subgoals = 1U << CRUX_GENQUERY;
    refused("with REASON in it, not 0x4");
    setup.grammar = CRUX_GRAMMAR_CR_PLANNER;
    setup.policies[CRUX_DOC] = &world.policy;
    setup.depth = 7;
    refused("depth must be even under grammar cr-planner");
    setup.grammar = CRUX_GRAMMAR_CR_PLANNER;
    setup.policies[CRUX_DOC] = &world.policy;
    setup.widen = 1.0;
    refused("grammar cr-planner and widen exclude each other");
    setup.grammar = CRUX_GRAMMAR_CR_PLANNER;
    setup.policies[CRUX_DOC] = &world.policy;
    setup.critics[CRUX_ROLE_SUBGOAL] = &world.outcome;
    refused("world-outcome scores no sub-goals");
    setup.strategy = CRUX_RAG;
    refused("strategy rag needs a policy of its own for documents");
    setup.strategy = CRUX_RAG;
    setup.policies[CRUX_DOC] = &world.policy;
    setup.documents = 4;
    setup.depth = 3;
    refused("strategy rag takes 4 documents one after the other, and depth is 3");
}

/* An annotator may answer late; it must annotate. */
Test(setup, annotators_annotate)
{
    struct crux_critic annotator = {
        {"late-writer", false, NULL, NULL, NULL, NULL}, 1u << CRUX_SCORE, false, false, false};

    setup.critics[CRUX_ROLE_ANNOTATE] = &annotator;
    refused("late-writer does not annotate");
    annotator.verbs = 1u << CRUX_ANNOTATE;
    setup.critics[CRUX_ROLE_ANNOTATE] = &annotator;
    accepted();
}

/* What excludes each other. */
Test(setup, contradictions)
{
    setup.strategy = CRUX_SAMPLE;
    setup.rollouts = 0;
    setup.critics[CRUX_ROLE_VALUE] = &world.value;
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
    setup.lanes = 2;
    setup.stop_right = setup.stop_wrong = UINT32_C(1) << 31;
    refused("more than one lane");
}

/* Variants of a tree are nothing for samples, which have none, and a root that one lane
 * halves is not shared. */
Test(setup, variants_that_cannot_be)
{
    setup.strategy = CRUX_SAMPLE;
    setup.root = CRUX_ROOT_GUMBEL;
    refused("sample and root gumbel");
    setup.strategy = CRUX_SAMPLE;
    setup.widen = 1.0;
    refused("sample and widen");
    setup.strategy = CRUX_SAMPLE;
    setup.transpositions = true;
    refused("sample and transpositions");
    setup.lanes = 2;
    setup.root = CRUX_ROOT_GUMBEL;
    refused("root gumbel and more than one lane");
    setup.lanes = 2;
    setup.widen = 1.0;
    setup.transpositions = true;
    accepted();
    setup.strategy = CRUX_SAMPLE;
    accepted();
}

/* A setup is instant when no port of it may be waited for. */
Test(setup, one_late_port_is_late)
{
    struct crux_critic late = world.execution;
    struct crux_policy slow = world.policy;

    cr_assert(setup_is_instant(&setup));
    late.port.instant = slow.port.instant = false;
    setup.critics[CRUX_ROLE_EXECUTION] = &late;
    cr_assert_not(setup_is_instant(&setup));
    setup.critics[CRUX_ROLE_EXECUTION] = NULL;
    setup.executions[CRUX_DOC] = &late;
    cr_assert_not(setup_is_instant(&setup));
    setup.executions[CRUX_DOC] = NULL;
    setup.policies[CRUX_ANSWER] = &slow;
    cr_assert_not(setup_is_instant(&setup));
    set_up();
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

/* They can be asked for also of a setup that nobody has checked. */
Test(setup, open_trees_of_anything)
{
    setup.per_tree = 0;
    setup.in_flight = 8;
    cr_assert_eq(crux_open_trees(&setup), 32, "as for one at a time");
    setup.per_tree = 1;
    setup.in_flight = UINT32_MAX;
    cr_assert_eq(crux_open_trees(&setup), 65536, "never more than may be given");
    setup.in_flight = 65536;
    cr_assert_eq(crux_open_trees(&setup), 65536);
    setup.in_flight = 1;
    setup.workers = UINT32_MAX;
    cr_assert_eq(crux_open_trees(&setup), 65536);
}
