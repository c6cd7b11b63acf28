/*
 * test_completions.c - what io/passes/completions.h promises: the policy is asked, then the critic;
 * what has a verdict is counted; a call that fails says why.
 */
#include <criterion/criterion.h>

#include <string.h>

#include "io/passes/completions.h"
#include "tests/world/letters.h"

static struct letters letters;
static struct completions completions;
static struct crux_error why;
static const struct crux_problem problem = {.id = "p", .prompt = "?", .line = "{}"};
static const struct crux_step steps[] = {
    {.text = "a", .length = 1, .depth = 1},
    {.previous = &steps[0], .text = "b", .length = 1, .depth = 2}};

static struct completions_order order_of(const struct letters_row *rows, uint32_t first,
                                         uint32_t count)
{
    letters_open(&letters, rows);
    return (struct completions_order){.policy = &letters.policy,
                                      .outcome = &letters.critic,
                                      .state = {.problem = &problem, .last = &steps[1], .depth = 2},
                                      .seed = 77,
                                      .first = first,
                                      .count = count};
}

/* Ask until it is done; how many questions that took. */
static uint32_t run(const struct completions_order *order)
{
    struct passes_question *question;
    uint32_t questions = 0;

    completions_begin(&completions, order);
    while (!completions_done(&completions)) {
        int status = completions_next(&completions, &question);

        cr_assert_eq(status, CRUX_OK);
        cr_assert_eq(question, &completions.question);
        cr_expect_eq(completions_next(&completions, &question), CRUX_PENDING);
        cr_expect(!completions_done(&completions));
        status = crux_ask(question->port, &question->asking);
        cr_assert_eq(completions_answered(&completions, status, &why), CRUX_OK);
        if (status == CRUX_DONE)
            crux_release(&question->asking);
        questions++;
    }
    cr_expect_eq(completions_next(&completions, &question), CRUX_END);
    cr_expect_eq(letters.outstanding, 0);
    return questions;
}

static void insist(uint32_t right, uint32_t of, uint32_t count)
{
    cr_expect_eq(completions.right, right);
    cr_expect_eq(completions.of, of);
    cr_expect_eq(completions.count, count);
    cr_expect_null(completions.failure);
}

/* Right ones, and those with a verdict; texts of all are there, behind the path. */
Test(completions, counted)
{
    const struct letters_row rows[] = {{"a/b", "RWURU"}, {NULL, NULL}};
    const struct completions_order order = order_of(rows, 0, 5);

    cr_expect_eq(run(&order), 2);
    insist(2, 3, 5);
    cr_expect_str_eq(letters.log, "a/b 0+5 ");
    for (size_t i = 0; i < 5; i++) {
        const struct crux_step *answer = &completions.steps[i];

        cr_expect_eq(answer->text[0], rows[0].letters[i]);
        cr_expect_eq(answer->length, 1);
        cr_expect_eq(answer->previous, &steps[1]);
        cr_expect_eq(answer->depth, 3);
        cr_expect(answer->terminal && answer->kind == CRUX_ANSWER);
    }
    cr_expect_eq(completions.cost.calls, 1);
    completions_free(&completions);
    cr_expect_null(completions.steps);
}

/* A critic's call counts where it costs something. */
Test(completions, cost)
{
    const struct letters_row rows[] = {{"a/b", "R"}, {NULL, NULL}};
    const struct completions_order order = order_of(rows, 0, 3);

    letters.tokens = 7;
    (void)run(&order);
    cr_expect_eq(completions.cost.calls, 2);
    cr_expect_eq(completions.cost.completion_tokens, 7);
    completions_free(&completions);
}

/* From the problem alone. */
Test(completions, from_the_root)
{
    const struct letters_row rows[] = {{"", "R"}, {NULL, NULL}};
    struct completions_order order = order_of(rows, 0, 2);

    order.state = (struct crux_state){.problem = &problem};
    cr_expect_eq(run(&order), 2);
    insist(2, 2, 2);
    cr_expect_null(completions.steps[0].previous);
    cr_expect_eq(completions.steps[0].depth, 1);
    completions_free(&completions);
}

/* Fewer than asked for are those that there are; with none the critic is not asked. */
Test(completions, fewer)
{
    const struct letters_row rows[] = {{"a/b", "RW."}, {NULL, NULL}};
    struct completions_order order = order_of(rows, 0, 8);

    cr_expect_eq(run(&order), 2);
    insist(1, 2, 2);
    completions_free(&completions);
    order.first = 2;
    cr_expect_eq(run(&order), 1);
    insist(0, 0, 0);
    cr_expect_eq(letters.judged, 2);
    completions_free(&completions);
}

/* Going on with the next number: other samples, and another seed; the same number again is the same
 * question. */
Test(completions, numbers)
{
    const struct letters_row rows[] = {{"a/b", "WWWR"}, {NULL, NULL}};
    struct completions_order order = order_of(rows, 0, 3);
    uint64_t seed;

    (void)run(&order);
    insist(0, 3, 3);
    completions_free(&completions);
    seed = letters.seed;
    order.first = 3;
    (void)run(&order);
    insist(3, 3, 3);
    cr_expect_neq(letters.seed, seed);
    completions_free(&completions);
    order.first = 0;
    (void)run(&order);
    cr_expect_eq(letters.seed, seed);
    cr_expect_str_eq(letters.log, "a/b 0+3 a/b 3+3 a/b 0+3 ");
    completions_free(&completions);
    order.seed = 78;
    (void)run(&order);
    cr_expect_neq(letters.seed, seed);
    completions_free(&completions);
}

/* A policy that sees what it is asked to better. */
static const struct crux_revision *seen;

static int see_revision(struct crux_port *port, struct crux_call *call)
{
    (void)port;
    seen = call->revision;
    return CRUX_FAILED;
}

/* The revision reaches the policy; a call that fails without a word fails all the same. */
Test(completions, revision)
{
    const struct letters_row rows[] = {{NULL, NULL}};
    const struct crux_revision revision = {.answer = &steps[1], .critique = "no"};
    struct completions_order order = order_of(rows, 0, 1);

    letters.policy.port.ask = see_revision;
    order.state = (struct crux_state){.problem = &problem};
    order.revision = &revision;
    cr_expect_eq(run(&order), 1);
    cr_expect_eq(seen, &revision);
    cr_expect_str_eq(completions.failure, "a call failed");
    completions_free(&completions);
    cr_expect_null(completions.failure);
}

/* The policy fails: nothing is counted, and it says why. */
Test(completions, policy_fails)
{
    const struct letters_row rows[] = {{"a/b", "F"}, {NULL, NULL}};
    const struct completions_order order = order_of(rows, 0, 4);

    cr_expect_eq(run(&order), 1);
    cr_expect_eq(completions.of, 0);
    cr_expect_str_eq(completions.failure, "the policy would not");
    cr_expect_eq(completions.cost.calls, 0);
    completions_free(&completions);
}

/* The critic fails: so does the whole, though the answers are there. */
Test(completions, critic_fails)
{
    const struct letters_row rows[] = {{"a/b", "RX"}, {NULL, NULL}};
    const struct completions_order order = order_of(rows, 0, 4);

    cr_expect_eq(run(&order), 2);
    cr_expect(completions.right == 0 && completions.of == 0);
    cr_expect_str_eq(completions.failure, "the critic would not");
    cr_expect_eq(completions.count, 4);
    completions_free(&completions);
}

static int nameless_ask(struct crux_port *port, struct crux_call *call)
{
    (void)port;
    call->reply = (struct crux_reply){.count = call->count};
    return CRUX_DONE;
}

static int short_ask(struct crux_port *port, struct crux_call *call)
{
    static const struct crux_outcome one = {.reward = 1.0, .verdict = CRUX_RIGHT};

    (void)port;
    call->reply = (struct crux_reply){.count = 1, .outcomes = &one};
    return CRUX_DONE;
}

/* A world without texts has nothing that could be judged. */
Test(completions, without_texts)
{
    const struct letters_row rows[] = {{"a/b", "RR"}, {NULL, NULL}};
    struct completions_order order = order_of(rows, 0, 2);
    struct crux_policy nameless = {
        .port = {.name = "nameless", .ask = nameless_ask, .instant = true}};

    order.policy = &nameless;
    cr_expect_eq(run(&order), 1);
    cr_expect_not_null(strstr(completions.failure, "without texts"));
    cr_expect_eq(completions.of, 0);
    completions_free(&completions);
}

/* Verdicts that are too few, or none, count for nothing. */
Test(completions, too_few_verdicts)
{
    const struct letters_row rows[] = {{"a/b", "RR"}, {NULL, NULL}};
    int (*const asks[])(struct crux_port *, struct crux_call *) = {short_ask, nameless_ask};

    for (size_t i = 0; i < 2; i++) {
        struct completions_order order = order_of(rows, 0, 2);
        struct crux_critic critic = {.port = {.name = "short", .ask = asks[i], .instant = true}};

        order.outcome = &critic;
        cr_expect_eq(run(&order), 2);
        cr_expect_not_null(strstr(completions.failure, "one verdict for each"));
        cr_expect_eq(completions.of, 0);
        completions_free(&completions);
    }
}

/* What was never begun is freed, too. */
Test(completions, never_begun)
{
    struct completions none = {.count = 0};

    completions_free(&none);
    completions_free(&none);
}
