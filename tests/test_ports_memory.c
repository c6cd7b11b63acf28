/*
 * test_ports_memory.c - policies and critics when memory runs out.
 *
 * Every allocation of opening one, and of asking it, fails once, the first, then the
 * second, until none is left. Each time it must say so, hold on to nothing, and
 * answer as always when asked again. Under a sanitizer there is nothing to see here.
 */
#include "critics/crux_critics.h"
#include "critics/numbers/rules.h"
#include "policies/crux_policies.h"
#include "tests/world/heap.h"

#include <criterion/criterion.h>
#include <string.h>

#define FAILURES_MOST 64u

/* --- fixture ------------------------------------------------------------------------ */

static const struct crux_problem puzzle = {
    .id = "4-9-10-13", .prompt = "Make 24.", .line = "{\"numbers\": [4, 9, 10, 13]}"};

static const char *const wrong_lines = "13 + 9 = 22 (left: 4 10 22)\n"
                                       "22 + 10 = 32 (left: 4 32)\n"
                                       "32 + 4 = 36 (left: 36)";

/* Asked until nothing fails; answers how often it did. */
static uint32_t ask_until_it_works(struct crux_port *port, const struct crux_call *question)
{
    uint32_t failures = 0;

    for (; failures < FAILURES_MOST; failures++) {
        struct crux_call call = *question;
        bool failed;
        int status;

        heap_fail(failures + 1);
        status = port->ask(port, &call);
        failed = heap_has_failed();
        heap_fail(0);
        if (status == CRUX_DONE && port->release != NULL)
            port->release(port, &call.reply);
        if (!failed) {
            cr_assert_eq(status, CRUX_DONE);
            break;
        }
        if (status == CRUX_DONE)
            continue; /* it could do without */
        cr_assert_eq(status, CRUX_MEMORY);
        cr_assert_not_null(call.reply.sentence);
    }
    cr_assert_lt(failures, FAILURES_MOST);
    return failures;
}

enum { POLICY_NUMBERS, POLICY_SYNTHETIC, CRITIC_SYNTHETIC, DELAY, CRITICS };

struct made {
    struct crux_policy *policy;
    struct crux_critic *critic;
};

static int open_one(int which, struct made *made, struct crux_error *error)
{
    switch (which) {
    case POLICY_NUMBERS:
        return crux_policy_open(&made->policy, "numbers", NULL, error);
    case POLICY_SYNTHETIC:
        return crux_policy_open(&made->policy, "synthetic:2,3", NULL, error);
    case CRITIC_SYNTHETIC:
        return crux_synthetic_critic(&made->critic, "2,3", error);
    case DELAY: {
        static struct crux_policy nobody = {.port = {.name = "nobody"}};

        return crux_delay_open(&made->policy, &nobody, "constant:1", error);
    }
    default:
        return crux_critic_open(&made->critic, (enum crux_role)(which - CRITICS), "numbers", NULL,
                                error);
    }
}

static struct crux_policy *numbers_policy(void)
{
    struct crux_policy *policy = NULL;

    cr_assert_eq(crux_policy_open(&policy, "numbers", NULL, NULL), CRUX_OK);
    return policy;
}

static struct crux_critic *numbers_critic(enum crux_role role)
{
    struct crux_critic *critic = NULL;

    cr_assert_eq(crux_critic_open(&critic, role, "numbers", NULL, NULL), CRUX_OK);
    return critic;
}

static void skip_under_sanitizers(void)
{
    if (!heap_can_fail())
        cr_skip_test("the sanitizer's heap does not fail");
}

TestSuite(ports_memory, .init = skip_under_sanitizers);

/* --- promises ------------------------------------------------------------------------ */

/* What cannot be opened for want of memory says so, and leaves *out alone. */
Test(ports_memory, opening)
{
    for (int which = 0; which < CRITICS + CRUX_ROLE_SUBGOAL; which++) {
        struct made made = {NULL, NULL};
        struct crux_error error = {""};
        uint32_t failures = 0;

        while (made.policy == NULL && made.critic == NULL && failures < FAILURES_MOST) {
            int status;

            heap_fail(failures + 1);
            status = open_one(which, &made, &error);
            heap_fail(0);
            if (status == CRUX_OK)
                break;
            cr_assert_eq(status, CRUX_MEMORY, "number %d", which);
            cr_assert(made.policy == NULL && made.critic == NULL, "number %d", which);
            cr_assert_str_neq(error.text, "");
            failures++;
        }
        cr_assert_gt(failures, 0, "number %d", which);
        cr_assert_lt(failures, FAILURES_MOST, "number %d", which);
        crux_policy_close(made.policy);
        crux_critic_close(made.critic);
    }
}

/* A policy without memory for steps or answers fails the call. */
Test(ports_memory, proposing)
{
    struct crux_policy *policy = numbers_policy();
    struct crux_call call = {.verb = CRUX_PROPOSE, .kind = CRUX_STEP, .count = 8, .seed = 1};

    call.state.problem = &puzzle;
    cr_assert_eq(ask_until_it_works(&policy->port, &call), 1);
    call.kind = CRUX_ANSWER;
    cr_assert_eq(ask_until_it_works(&policy->port, &call), 1);
    crux_policy_close(policy);
}

/* So do the critics, each at every allocation it makes; a memory of states that cannot
 * grow is only slower. */
Test(ports_memory, judging_and_scoring)
{
    const struct crux_step answer = {.text = wrong_lines,
                                     .length = (uint32_t)strlen(wrong_lines),
                                     .depth = 1,
                                     .kind = CRUX_ANSWER,
                                     .terminal = true};
    struct crux_critic *outcome = numbers_critic(CRUX_ROLE_OUTCOME);
    struct crux_critic *execution = numbers_critic(CRUX_ROLE_EXECUTION);
    struct crux_call call = {.verb = CRUX_JUDGE, .count = 1, .candidates = &answer};

    call.state.problem = &puzzle;
    cr_assert_eq(ask_until_it_works(&outcome->port, &call), 1);
    call.verb = CRUX_SCORE;
    call.candidates = NULL;
    cr_assert_geq(ask_until_it_works(&execution->port, &call), 3);
    crux_critic_close(outcome);
    crux_critic_close(execution);
}

/* The annotator too: without memory it fails, and does not say that nothing is wrong. */
Test(ports_memory, annotating)
{
    const struct crux_node root = {.parent = CRUX_NO_NODE, .text = "", .visits = 1};
    const struct crux_rollout rollout = {.text = wrong_lines, .answer = "", .verdict = CRUX_WRONG};
    const struct crux_pair pair = {.critique = "", .error_type = "", .corrected_step = ""};
    const struct crux_tree tree = {.problem = &puzzle,
                                   .node_count = 1,
                                   .nodes = &root,
                                   .rollout_count = 1,
                                   .rollouts = &rollout};
    struct crux_critic *annotator = numbers_critic(CRUX_ROLE_ANNOTATE);
    struct crux_call call = {.verb = CRUX_ANNOTATE, .count = 1, .tree = &tree, .pair = &pair};

    call.state.problem = &puzzle;
    cr_assert_geq(ask_until_it_works(&annotator->port, &call), 3);
    crux_critic_close(annotator);
}

/* A delayed call for which there is no room fails at once and is not kept. */
Test(ports_memory, delaying)
{
    struct crux_policy *policy = numbers_policy(), *delay = NULL;
    struct crux_call call = {.verb = CRUX_PROPOSE, .count = 1};

    call.state.problem = &puzzle;
    cr_assert_eq(crux_delay_open(&delay, policy, "constant:0", NULL), CRUX_OK);
    heap_fail(1);
    cr_assert_eq(delay->port.ask(&delay->port, &call), CRUX_MEMORY);
    heap_fail(0);
    cr_assert_not_null(call.reply.sentence);
    crux_policy_close(delay);
    crux_policy_close(policy);
}

static int count_puzzle(void *context, const int64_t four[4])
{
    (void)four;
    return ++*(int *)context;
}

/* Nor is a list of puzzles made without a solver. */
Test(ports_memory, listing_puzzles)
{
    int count = 0;

    for (uint32_t failure = 1; failure <= 2; failure++) {
        heap_fail(failure);
        cr_assert_eq(crux_game24_each(count_puzzle, &count), CRUX_MEMORY);
        heap_fail(0);
    }
    cr_assert_eq(count, 0);
}
