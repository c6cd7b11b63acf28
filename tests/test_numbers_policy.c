/*
 * test_numbers_policy.c - what policy numbers promises, and policy synthetic with its
 * critic.
 *
 * The referee judges the proposals: it is tested on its own.
 */
#include "critics/numbers/path.h"
#include "policies/crux_policies.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- fixture ---------------------------------------------------------------------- */

static const struct crux_problem puzzle = {
    .id = "4-9-10-13", .prompt = "", .line = "{\"numbers\": [4, 9, 10, 13]}"};

static const struct numbers_problem game = {
    .numbers = {4, 9, 10, 13}, .count = 4, .use_all = true, .target = 24};

static struct crux_policy *open_policy(const char *description)
{
    struct crux_policy *policy = NULL;
    struct crux_error error = {""};

    cr_assert_eq(crux_policy_open(&policy, description, NULL, &error), CRUX_OK, "%s", error.text);
    return policy;
}

static struct crux_call call_for(enum crux_kind kind, uint32_t count, uint64_t seed)
{
    return (struct crux_call){.verb = CRUX_PROPOSE,
                              .kind = kind,
                              .count = count,
                              .seed = seed,
                              .state = {.problem = &puzzle}};
}

static void ask(struct crux_policy *policy, struct crux_call *call)
{
    cr_assert_eq(policy->port.ask(&policy->port, call), CRUX_DONE);
}

static void release(struct crux_policy *policy, struct crux_call *call)
{
    policy->port.release(&policy->port, &call->reply);
}

static struct crux_step step_of(const char *text)
{
    return (struct crux_step){.text = text, .length = (uint32_t)strlen(text), .depth = 1};
}

static bool is_right(const char *lines)
{
    struct numbers_walk walk;

    cr_assert(numbers_walk_begin(&walk, &game));
    cr_assert(numbers_walk_lines(&walk, lines), "`%s`", lines);
    return numbers_reached(&game, &walk.state);
}

/* --- steps ------------------------------------------------------------------------- */

/* Every proposal is a legal step, and no two are the same. */
Test(numbers_policy, steps_are_legal_and_distinct)
{
    struct crux_policy *policy = open_policy("numbers");
    struct crux_call call = call_for(CRUX_STEP, 8, 1);

    ask(policy, &call);
    cr_assert_eq(call.reply.count, 8);
    for (uint32_t i = 0; i < call.reply.count; i++) {
        cr_assert_not(is_right(call.reply.proposals[i].text));
        cr_assert_not(call.reply.proposals[i].terminal);
        for (uint32_t j = 0; j < i; j++)
            cr_assert_str_neq(call.reply.proposals[i].text, call.reply.proposals[j].text);
    }
    release(policy, &call);
    crux_policy_close(policy);
}

/* Asked for more than there is, it proposes every legal step, with weights that sum to one. */
Test(numbers_policy, all_there_is_when_asked_for_more)
{
    struct crux_policy *policy = open_policy("numbers");
    struct crux_call call = call_for(CRUX_STEP, 4096, 1);
    double sum = 0.0;

    ask(policy, &call);
    cr_assert_eq(call.reply.count, 36);
    for (uint32_t i = 0; i < call.reply.count; i++) {
        sum += (double)call.reply.proposals[i].prior;
        cr_assert_float_eq(exp((double)call.reply.proposals[i].logprob),
                           (double)call.reply.proposals[i].prior, 1e-6);
    }
    cr_assert_float_eq(sum, 1.0, 1e-5);
    release(policy, &call);
    crux_policy_close(policy);
}

/* Asked again at the same state, from the sample on that was not given yet, it goes on in the
 * same order until nothing is left. */
Test(numbers_policy, steps_are_numbered)
{
    struct crux_policy *policy = open_policy("numbers");
    struct crux_call all = call_for(CRUX_STEP, 4096, 1), more = call_for(CRUX_STEP, 5, 1);

    ask(policy, &all);
    for (more.sample = 0; more.sample < 40; more.sample += 5) {
        uint32_t left = more.sample < 36 ? 36 - more.sample : 0;

        ask(policy, &more);
        cr_assert_eq(more.reply.count, left < 5 ? left : 5);
        for (uint32_t i = 0; i < more.reply.count; i++)
            cr_assert_str_eq(more.reply.proposals[i].text,
                             all.reply.proposals[more.sample + i].text);
        release(policy, &more);
    }
    release(policy, &all);
    crux_policy_close(policy);
}

/* It goes on from the numbers that the last step leaves, and says when nothing is left. */
Test(numbers_policy, it_goes_on_from_the_last_step)
{
    struct crux_policy *policy = open_policy("numbers");
    struct crux_call call = call_for(CRUX_STEP, 100, 1);
    struct crux_step last = step_of("13 - 9 = 4 (left: 4 6)");
    bool found = false;

    call.state.last = &last;
    call.state.depth = 2;
    ask(policy, &call);
    cr_assert_eq(call.reply.count, 6);
    for (uint32_t i = 0; i < call.reply.count; i++) {
        cr_assert(call.reply.proposals[i].terminal);
        found = found || strcmp(call.reply.proposals[i].text, "6 * 4 = 24 (left: 24)") == 0;
    }
    cr_assert(found);
    release(policy, &call);
    crux_policy_close(policy);
}

/* Where not all must be used, a step that makes the target ends the answer. */
Test(numbers_policy, the_target_ends_the_answer)
{
    struct crux_policy *policy = open_policy("numbers");
    struct crux_problem any = puzzle;
    struct crux_call call = call_for(CRUX_STEP, 100, 1);
    struct crux_step last = step_of("13 - 9 = 4 (left: 4 6 50)");

    any.line = "{\"numbers\": [4, 9, 10, 13], \"use\": \"any\"}";
    call.state.problem = &any;
    call.state.last = &last;
    ask(policy, &call);
    for (uint32_t i = 0; i < call.reply.count; i++)
        cr_assert_eq(call.reply.proposals[i].terminal,
                     strcmp(call.reply.proposals[i].text, "6 * 4 = 24 (left: 24 50)") == 0);
    release(policy, &call);
    crux_policy_close(policy);
}

/* The seed alone decides: the same gives the same, another another. */
Test(numbers_policy, the_seed_decides)
{
    struct crux_policy *policy = open_policy("numbers");
    struct crux_call first = call_for(CRUX_STEP, 8, 7), again = first, other = first;
    uint32_t same = 0;

    other.seed = 8;
    ask(policy, &first);
    ask(policy, &again);
    ask(policy, &other);
    for (uint32_t i = 0; i < 8; i++) {
        cr_assert_str_eq(first.reply.proposals[i].text, again.reply.proposals[i].text);
        same += strcmp(first.reply.proposals[i].text, other.reply.proposals[i].text) == 0;
    }
    cr_assert_lt(same, 8);
    release(policy, &first);
    release(policy, &again);
    release(policy, &other);
    crux_policy_close(policy);
}

/* Without sharpness every step weighs the same. */
Test(numbers_policy, without_sharpness_it_is_uniform)
{
    struct crux_policy *policy = open_policy("numbers:0");
    struct crux_call call = call_for(CRUX_STEP, 100, 1);

    ask(policy, &call);
    for (uint32_t i = 0; i < call.reply.count; i++)
        cr_assert_float_eq((double)call.reply.proposals[i].prior, 1.0 / 36.0, 1e-6);
    release(policy, &call);
    crux_policy_close(policy);
}

/* --- answers -------------------------------------------------------------------------- */

/* An answer is legal to its end, a step a line, without a line end behind the last. */
Test(numbers_policy, answers_are_whole)
{
    struct crux_policy *policy = open_policy("numbers");
    struct crux_call call = call_for(CRUX_ANSWER, 64, 3);

    ask(policy, &call);
    cr_assert_eq(call.reply.count, 64);
    for (uint32_t i = 0; i < call.reply.count; i++) {
        const char *text = call.reply.proposals[i].text;
        struct numbers_walk walk;

        cr_assert(numbers_walk_begin(&walk, &game));
        cr_assert(numbers_walk_lines(&walk, text), "`%s`", text);
        cr_assert(numbers_complete(&game, &walk.state));
        cr_assert_eq(text[strlen(text) - 1], ')');
    }
    release(policy, &call);
    crux_policy_close(policy);
}

/* Sample number s is the same answer, whichever call it is asked in. */
Test(numbers_policy, samples_are_numbered)
{
    struct crux_policy *policy = open_policy("numbers");
    struct crux_call all = call_for(CRUX_ANSWER, 5, 3), one = call_for(CRUX_ANSWER, 1, 3);

    one.sample = 4;
    ask(policy, &all);
    ask(policy, &one);
    cr_assert_str_eq(all.reply.proposals[4].text, one.reply.proposals[0].text);
    release(policy, &all);
    release(policy, &one);
    crux_policy_close(policy);
}

/* It is imperfect: of many answers some are right, most are wrong. */
Test(numbers_policy, right_and_wrong_answers_both_happen)
{
    struct crux_policy *policy = open_policy("numbers");
    struct crux_call call = call_for(CRUX_ANSWER, 1024, 3);
    uint32_t right = 0;

    ask(policy, &call);
    for (uint32_t i = 0; i < call.reply.count; i++)
        right += is_right(call.reply.proposals[i].text);
    cr_assert_gt(right, 0);
    cr_assert_lt(right, 512);
    release(policy, &call);
    crux_policy_close(policy);
}

/* Without numbers, or without a line to read them from, a call fails with a sentence. */
Test(numbers_policy, what_it_cannot_read_fails)
{
    struct crux_problem bare = {.id = "bare"}, words = {.id = "words", .line = "{}"};
    struct crux_policy *policy = open_policy("numbers");
    struct crux_call call = call_for(CRUX_STEP, 1, 1);

    call.state.problem = &bare;
    cr_assert_eq(policy->port.ask(&policy->port, &call), CRUX_FAILED);
    cr_assert_not_null(strstr(call.reply.sentence, "without its line"));
    call.state.problem = &words;
    cr_assert_eq(policy->port.ask(&policy->port, &call), CRUX_FAILED);
    cr_assert_not_null(strstr(call.reply.sentence, "has no numbers"));
    crux_policy_close(policy);
}

/* An operation whose result does not fit is not proposed. */
Test(numbers_policy, what_overflows_is_not_proposed)
{
    struct crux_problem problem = {.id = "large",
                                   .line = "{\"numbers\": [9223372036854775807, "
                                           "9223372036854775806], "
                                           "\"target\": -9223372036854775808}"};
    struct crux_policy *policy = open_policy("numbers");
    struct crux_call call = call_for(CRUX_STEP, 100, 1);

    call.state.problem = &problem;
    ask(policy, &call);
    cr_assert_eq(call.reply.count, 4);
    for (uint32_t i = 0; i < call.reply.count; i++)
        cr_assert_null(strpbrk(call.reply.proposals[i].text, "*+"));
    release(policy, &call);
    crux_policy_close(policy);
}

/* An answer to what is complete already has no step. */
Test(numbers_policy, a_complete_answer_needs_nothing)
{
    struct crux_policy *policy = open_policy("numbers");
    struct crux_step last = step_of("6 * 4 = 24 (left: 24)");
    struct crux_call call = call_for(CRUX_ANSWER, 2, 1);

    call.state.last = &last;
    ask(policy, &call);
    cr_assert_eq(call.reply.count, 2);
    cr_assert_str_eq(call.reply.proposals[1].text, "");
    release(policy, &call);
    crux_policy_close(policy);
}

/* Where every operation overflows there is no step, and an answer stays as it is. */
Test(numbers_policy, where_nothing_fits_it_ends)
{
    struct crux_policy *policy = open_policy("numbers");
    struct crux_step last = step_of("(left: 9223372036854775805/3 9223372036854775807/2)");
    struct crux_call steps = call_for(CRUX_STEP, 8, 1), answers = call_for(CRUX_ANSWER, 1, 1);

    steps.state.last = answers.state.last = &last;
    ask(policy, &steps);
    ask(policy, &answers);
    cr_assert_eq(steps.reply.count, 0);
    cr_assert_str_eq(answers.reply.proposals[0].text, "");
    release(policy, &steps);
    release(policy, &answers);
    crux_policy_close(policy);
}

/* --- what it refuses --------------------------------------------------------------------- */

/* A problem of another kind fails the call with a sentence. */
Test(numbers_policy, a_problem_without_numbers_is_refused)
{
    struct crux_policy *policy = open_policy("numbers");
    struct crux_problem words = {.id = "words", .prompt = "What is a crux?"};
    struct crux_call call = call_for(CRUX_STEP, 8, 1);

    call.state.problem = &words;
    cr_assert_eq(policy->port.ask(&policy->port, &call), CRUX_FAILED);
    cr_assert_not_null(strstr(call.reply.sentence, "numbers"));
    crux_policy_close(policy);
}

/* A step that does not say what is left fails the call with a sentence. */
Test(numbers_policy, a_strange_last_step_is_refused)
{
    struct crux_policy *policy = open_policy("numbers");
    struct crux_call call = call_for(CRUX_STEP, 8, 1);
    struct crux_step last = step_of("Let us think.");

    call.state.last = &last;
    cr_assert_eq(policy->port.ask(&policy->port, &call), CRUX_FAILED);
    cr_assert_not_null(call.reply.sentence);
    crux_policy_close(policy);
}

/* Descriptions that cannot work name what was wrong and leave *out alone. */
Test(catalogue, bad_descriptions_are_refused)
{
    static const char *const wrong[] = {
        "",
        "nobody",
        "number",
        "numbers:",
        "numbers:x",
        "numbers:1x",
        "numbers:-1",
        "numbers:11",
        "numbers:nan",
        "synthetic",
        "synthetic:",
        "synthetic:8",
        "synthetic:0,4",
        "synthetic:8,0",
        "synthetic:8,4,2,1",
        "synthetic:8,4,x",
        "synthetic:8,4 ",
        "synthetic:5000,4",
        "synthetic:8,2000",
    };
    struct crux_policy *const untouched = (struct crux_policy *)(uintptr_t)8;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct crux_policy *policy = untouched;
        struct crux_error error = {""};

        cr_assert_eq(crux_policy_open(&policy, wrong[i], NULL, &error), CRUX_INVALID, "`%s`",
                     wrong[i]);
        cr_assert_eq(policy, untouched);
        cr_assert_neq(error.text[0], '\0');
    }
    crux_policy_close(NULL);
}

/* --- the hash tree -------------------------------------------------------------------------- */

static double value_at(struct crux_critic *critic, const uint16_t *choices, uint32_t depth)
{
    struct crux_call call = {.verb = CRUX_SCORE,
                             .count = 1,
                             .state = {.problem = &puzzle, .choices = choices, .depth = depth}};

    cr_assert_eq(critic->port.ask(&critic->port, &call), CRUX_DONE);
    cr_assert_eq(call.reply.count, 1);
    return call.reply.scores[0];
}

/* B nameless children everywhere above depth D, and none there. */
Test(synthetic, it_has_a_shape)
{
    struct crux_policy *policy = open_policy("synthetic:32,3");
    struct crux_call call = call_for(CRUX_STEP, 4096, 1);

    for (uint32_t depth = 0; depth < 3; depth++) {
        call.state.depth = depth;
        ask(policy, &call);
        cr_assert_eq(call.reply.count, 32);
        cr_assert_null(call.reply.proposals);
    }
    call.state.depth = 3;
    ask(policy, &call);
    cr_assert_eq(call.reply.count, 0);
    call.state.depth = 0;
    call.count = 5;
    ask(policy, &call);
    cr_assert_eq(call.reply.count, 5);
    call.sample = 30;
    ask(policy, &call);
    cr_assert_eq(call.reply.count, 2, "a node has 32 children, however often one asks");
    call.sample = 33;
    ask(policy, &call);
    cr_assert_eq(call.reply.count, 0);
    crux_policy_close(policy);
}

/* The values are those of the reference workload, computed here once more and otherwise. */
Test(synthetic, its_values_are_the_workloads)
{
    const uint16_t path[] = {0, 31};
    const uint64_t gamma = UINT64_C(0x9E3779B97F4A7C15);
    struct crux_critic *critic = NULL;
    struct crux_error error = {""};
    double sum = 0.0;
    uint64_t key = 7;

    cr_assert_eq(crux_synthetic_critic(&critic, "32,16,7", &error), CRUX_OK, "%s", error.text);
    cr_assert_eq(value_at(critic, path, 0), 0.5);
    for (int level = 0; level < 3; level++) {
        if (level > 0)
            key += (uint64_t)(path[level - 1] + 1) * gamma;
        key = (key ^ key >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
        key = (key ^ key >> 27) * UINT64_C(0x94D049BB133111EB);
        key ^= key >> 31;
        if (level > 0)
            sum += ((double)(key >> 40) / 16777216.0 - 0.5) / 16.0;
    }
    cr_assert_float_eq(value_at(critic, path, 2), 0.5 + sum, 1e-12);
    critic->port.close(&critic->port);
}

/* Another seed is another tree. */
Test(synthetic, the_seed_is_part_of_it)
{
    const uint16_t path[] = {3, 1, 4};
    struct crux_critic *one = NULL, *other = NULL;
    struct crux_error error = {""};

    cr_assert_eq(crux_synthetic_critic(&one, "8,16,1", &error), CRUX_OK);
    cr_assert_eq(crux_synthetic_critic(&other, "8,16,2", &error), CRUX_OK);
    cr_assert_neq(value_at(one, path, 3), value_at(other, path, 3));
    one->port.close(&one->port);
    other->port.close(&other->port);
}

/* The critic takes what the policy takes, and refuses what it refuses. */
Test(synthetic, its_critic_refuses_bad_arguments)
{
    static const char *const wrong[] = {"", "8", "0,4", "8,0", "8,4,x", "5000,4"};
    struct crux_critic *critic = NULL;
    struct crux_error error = {""};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_assert_eq(crux_synthetic_critic(&critic, wrong[i], &error), CRUX_INVALID, "`%s`",
                     wrong[i]);
    cr_assert_eq(crux_synthetic_critic(&critic, NULL, &error), CRUX_INVALID);
    cr_assert_null(critic);
}
