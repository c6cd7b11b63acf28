/*
 * test_adversary.c - one critic accuses, others rule: a puzzle worked out by hand, and what becomes
 * of accusations that nobody can rule on.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "critics/adversary.h"
#include "critics/crux_critics.h"
#include "tests/world/port_fixture.h"

/* --- an accuser that says what a test wants ---------------------------------------------- */

struct accuser {
    struct crux_critic critic; /* first */
    struct crux_outcome outcome;
    double score;
    struct crux_opinion opinion;
    struct crux_call *pending; /* with late: the call that waits */
    bool late;
    const char *fails;
    uint32_t asked, released, cancelled;
    char claim[80]; /* of the last call: as a validator */
};

static int accuser_answer(struct accuser *accuser, struct crux_call *call)
{
    call->reply = (struct crux_reply){.count = call->count,
                                      .scores = &accuser->score,
                                      .outcomes = &accuser->outcome,
                                      .opinions = &accuser->opinion,
                                      .prompt_tokens = 10,
                                      .sentence = accuser->fails};
    return accuser->fails != NULL ? CRUX_FAILED : CRUX_DONE;
}

static int accuser_ask(struct crux_port *port, struct crux_call *call)
{
    struct accuser *accuser = (struct accuser *)(void *)port;

    accuser->asked++;
    if (call->claim != NULL)
        (void)strcpy(accuser->claim, call->claim);
    accuser->pending = call;
    return accuser->late ? CRUX_PENDING : accuser_answer(accuser, call);
}

static void accuser_cancel(struct crux_port *port, struct crux_call *call)
{
    (void)call;
    ((struct accuser *)(void *)port)->cancelled++;
}

static void accuser_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)reply;
    ((struct accuser *)(void *)port)->released++;
}

static struct accuser make_accuser(void)
{
    return (struct accuser){.critic = {.port = {.name = "accuser",
                                                .instant = true,
                                                .ask = accuser_ask,
                                                .cancel = accuser_cancel,
                                                .release = accuser_release},
                                       .verbs = 1U << CRUX_SCORE | 1U << CRUX_JUDGE},
                            .opinion = {.spread = -1.0}};
}

/* --- the case -------------------------------------------------------------------------------- */

/*
 * Make 24 of 4 9 10 13. The first step leaves 6 9 13, from which (13 - 9) * 6 = 24 can be made. The
 * second, 13 + 9 = 22, leaves 6 and 22: their sum is 28, their differences 16, their product 132,
 * their quotients no whole number and none of them 24. So the second step is the fault, and the
 * first is none.
 */
static const struct crux_problem puzzle = {
    .id = "4-9-10-13", .prompt = "Make 24.", .line = "{\"numbers\": [4, 9, 10, 13]}"};
static const struct crux_step first = {
    .text = "10 - 4 = 6 (left: 6 9 13)", .length = 25, .depth = 1, .kind = CRUX_STEP};
#define REST "13 + 9 = 22 (left: 6 22)\n22 + 6 = 28 (left: 28)"
static const struct crux_step wrong = {.previous = &first,
                                       .text = REST,
                                       .length = sizeof REST - 1,
                                       .depth = 2,
                                       .kind = CRUX_ANSWER,
                                       .terminal = true};

static struct accuser accuser, witness;
static struct crux_critic *adversary, *numbers;
static struct port_fixture *asker;

static void open_court(void)
{
    accuser = make_accuser();
    witness = make_accuser();
    asker = port_fixture_open();
}

static void close_court(void)
{
    crux_critic_close(adversary);
    port_fixture_close(asker);
}

/* With validators of verb SCORE: `numbers`, which knows whether the target can still be reached. */
static void try_by_numbers(enum crux_role role)
{
    struct adversary_validator validator = {NULL, CRUX_SCORE};
    struct crux_error error = {""};

    cr_assert_eq(crux_critic_open(&numbers, CRUX_ROLE_EXECUTION, "numbers", NULL, NULL), CRUX_OK);
    validator.critic = numbers;
    accuser.critic.port.instant = !accuser.late;
    cr_assert_eq(adversary_new(&adversary, role, &accuser.critic, &validator, 1, &error), CRUX_OK,
                 "%s", error.text);
}

static void try_by_witness(enum crux_role role, enum crux_verb verb)
{
    const struct adversary_validator validator = {&witness.critic, verb};

    witness.critic.port.instant = !witness.late;
    cr_assert_eq(adversary_new(&adversary, role, &accuser.critic, &validator, 1, NULL), CRUX_OK);
}

static struct crux_call about(enum crux_verb verb, const struct crux_step *candidate)
{
    return (struct crux_call){.verb = verb,
                              .count = 1,
                              .candidates = candidate,
                              .state = {.problem = &puzzle, .last = &first, .depth = 1}};
}

TestSuite(adversary, .init = open_court, .fini = close_court, .timeout = 60);

static void assert_ruled(enum crux_verdict verdict, double reward, const char *sentence)
{
    const struct crux_call call = about(CRUX_JUDGE, &wrong);
    const struct crux_reply *reply;

    cr_assert_eq(port_fixture_ask(asker, &adversary->port, &call), CRUX_DONE, "%s",
                 port_fixture_call(asker)->reply.sentence);
    reply = &port_fixture_call(asker)->reply;
    cr_expect_eq(reply->outcomes[0].verdict, verdict);
    cr_expect_eq(reply->outcomes[0].reward, reward);
    if (sentence != NULL)
        cr_expect_str_eq(reply->opinions[0].sentence, sentence);
    else
        cr_expect_null(reply->opinions[0].sentence);
    port_fixture_release(asker);
}

static void accuse_of(const double steps[3], const char *sentence)
{
    accuser.outcome = (struct crux_outcome){.reward = 0.5, .verdict = CRUX_UNKNOWN};
    accuser.opinion = (struct crux_opinion){
        .steps = steps, .step_count = 3, .spread = -1.0, .sentence = sentence};
}

/* The second step is accused, and wrong: so is the answer. */
Test(adversary, confirmed)
{
    const double steps[] = {0.9, 0.1, 0.4};

    accuse_of(steps, "22 and 6 make no 24");
    try_by_numbers(CRUX_ROLE_OUTCOME);
    cr_expect(adversary->port.instant);
    assert_ruled(CRUX_WRONG, 0.0, "step 2: 22 and 6 make no 24 (confirmed by numbers)");
    cr_expect_eq(accuser.released, 1);
}

/* The first is accused, which is none: the accusation is refuted, and no more is known. */
Test(adversary, refuted)
{
    const double steps[] = {0.3, 0.9, 0.4};

    accuse_of(steps, NULL);
    try_by_numbers(CRUX_ROLE_OUTCOME);
    assert_ruled(CRUX_UNKNOWN, 1.0, "step 1: it is wrong (refuted by numbers)");
}

/* Of equal ones the first is accused; what is unknown is not. */
Test(adversary, the_lowest_step)
{
    const double steps[] = {-1.0, 0.5, 0.5};

    accuse_of(steps, NULL);
    try_by_numbers(CRUX_ROLE_OUTCOME);
    assert_ruled(CRUX_WRONG, 0.0, "step 2: it is wrong (confirmed by numbers)");
}

/* One that knows nothing accuses nobody; an answer as a whole is beyond one that scores steps, and
 * so are steps that were cut otherwise. */
Test(adversary, nobody_rules)
{
    const double steps[] = {0.1, 0.2};

    accuser.outcome = (struct crux_outcome){.reward = 0.5, .verdict = CRUX_UNKNOWN};
    try_by_numbers(CRUX_ROLE_OUTCOME);
    assert_ruled(CRUX_UNKNOWN, 0.5, NULL);
    accuser.outcome = (struct crux_outcome){.reward = 0.0, .verdict = CRUX_WRONG};
    assert_ruled(CRUX_UNKNOWN, 0.5, "the whole: it is wrong (nobody knows)");
    accuser.opinion = (struct crux_opinion){.steps = steps, .step_count = 2, .spread = -1.0};
    assert_ruled(CRUX_UNKNOWN, 0.5, "the whole: it is wrong (nobody knows)");
}

/* At the root there is nobody to accuse, and a value of it may go either way. */
Test(adversary, at_the_root)
{
    const struct crux_call call = {.verb = CRUX_SCORE, .count = 1, .state = {.problem = &puzzle}};

    try_by_numbers(CRUX_ROLE_VALUE);
    cr_assert_eq(port_fixture_ask(asker, &adversary->port, &call), CRUX_DONE);
    cr_expect_eq(port_fixture_call(asker)->reply.scores[0], 0.5);
    port_fixture_release(asker);
}

/* A validator that judges the whole answer is told the claim, and its verdict counts. */
Test(adversary, judged_as_a_whole)
{
    accuser.outcome = (struct crux_outcome){.reward = 0.2, .verdict = CRUX_UNKNOWN};
    accuser.opinion.sentence = "it does not end in 24";
    try_by_witness(CRUX_ROLE_OUTCOME, CRUX_JUDGE);
    witness.outcome = (struct crux_outcome){.reward = 1.0, .verdict = CRUX_RIGHT};
    assert_ruled(CRUX_RIGHT, 1.0, "the whole: it does not end in 24 (refuted by accuser)");
    cr_expect_str_eq(witness.claim, "it does not end in 24");
    witness.outcome = (struct crux_outcome){.reward = 0.0, .verdict = CRUX_WRONG};
    assert_ruled(CRUX_WRONG, 0.0, "the whole: it does not end in 24 (confirmed by accuser)");
    witness.outcome = (struct crux_outcome){.reward = 0.0, .verdict = CRUX_UNKNOWN};
    assert_ruled(CRUX_UNKNOWN, 0.5, "the whole: it does not end in 24 (nobody knows)");
    cr_expect_eq(witness.released, 3);
}

/* A score is 0, 1 or unknown; of a fresh step only it itself is accused. */
Test(adversary, of_a_step)
{
    static const struct crux_step step = {
        .previous = &first, .text = "13 + 9 = 22 (left: 6 22)", .length = 24, .depth = 2};
    const double steps[] = {0.0, 0.4};
    const struct crux_call call = about(CRUX_SCORE, &step);
    const struct crux_reply *reply;

    accuser.score = 0.4;
    accuser.opinion = (struct crux_opinion){.steps = steps, .step_count = 2, .spread = -1.0};
    try_by_numbers(CRUX_ROLE_EXECUTION);
    cr_assert_eq(port_fixture_ask(asker, &adversary->port, &call), CRUX_DONE);
    reply = &port_fixture_call(asker)->reply;
    cr_expect_eq(reply->scores[0], 0.0);
    cr_expect_str_eq(reply->opinions[0].sentence, "step 2: it is wrong (confirmed by numbers)");
    cr_expect_eq(reply->prompt_tokens, 10);
    port_fixture_release(asker);
    accuser.opinion.steps = NULL;
    accuser.score = -1.0;
    cr_assert_eq(port_fixture_ask(asker, &adversary->port, &call), CRUX_DONE);
    cr_expect_lt(port_fixture_call(asker)->reply.scores[0], 0.0);
    port_fixture_release(asker);
}

/* Both may answer late, and a cancel reaches whoever is asked, in either round. */
Test(adversary, late_and_cancelled)
{
    const struct crux_call call = about(CRUX_JUDGE, &wrong);

    accuser.late = witness.late = true;
    accuser.critic.port.instant = false;
    accuser.outcome = (struct crux_outcome){.reward = 0.0, .verdict = CRUX_WRONG};
    try_by_witness(CRUX_ROLE_OUTCOME, CRUX_JUDGE);
    cr_expect_not(adversary->port.instant);
    cr_assert_eq(port_fixture_send(asker, &adversary->port, &call), CRUX_PENDING);
    cr_assert_eq(witness.asked, 0);
    cr_assert(crux_complete(accuser.pending, accuser.pending->ticket,
                            accuser_answer(&accuser, accuser.pending)));
    cr_assert_eq(witness.asked, 1);
    crux_cancel((struct crux_asking *)(void *)port_fixture_call(asker));
    cr_expect_eq(accuser.cancelled, 0);
    cr_expect_eq(witness.cancelled, 1);
    cr_assert(crux_complete(witness.pending, witness.pending->ticket, CRUX_CANCELLED));
    cr_expect_eq(port_fixture_wait(asker), CRUX_CANCELLED);
}

/* When one of them fails, so does the call, in its words. */
Test(adversary, failures)
{
    const struct crux_call call = about(CRUX_JUDGE, &wrong);

    accuser.outcome = (struct crux_outcome){.reward = 0.0, .verdict = CRUX_WRONG};
    witness.fails = "out of order";
    try_by_witness(CRUX_ROLE_OUTCOME, CRUX_JUDGE);
    cr_expect_eq(port_fixture_ask(asker, &adversary->port, &call), CRUX_FAILED);
    cr_expect_str_eq(port_fixture_call(asker)->reply.sentence, "accuser: out of order");
    accuser.fails = "no idea";
    cr_expect_eq(port_fixture_ask(asker, &adversary->port, &call), CRUX_FAILED);
    cr_expect_str_eq(port_fixture_call(asker)->reply.sentence, "accuser: no idea");
}

static void assert_refused(enum crux_role role, const char *description, const char *sentence)
{
    struct crux_error error = {""};

    cr_expect_eq(crux_critic_open(&adversary, role, description, NULL, &error), CRUX_INVALID);
    cr_expect_str_eq(error.text, sentence);
    cr_expect_null(adversary);
}

Test(adversary, descriptions)
{
    struct crux_text name;

    assert_refused(CRUX_ROLE_OUTCOME, "adversary:[match]",
                   "critic adversary needs one that accuses and one that validates: "
                   "adversary:[judge][match]");
    assert_refused(CRUX_ROLE_OUTCOME, "adversary:x[match][match]",
                   "critic adversary has nothing but members, and got `x` before them");
    assert_refused(CRUX_ROLE_OUTCOME, "adversary:[match][value=numbers]",
                   "critic adversary: a validator has the adversary's role or execution=, not "
                   "value=");
    assert_refused(CRUX_ROLE_OUTCOME, "adversary:[match][numbers][consistency]",
                   "critic adversary cannot ask consistency, which is asked in turn");
    cr_assert(crux_critic_backend(CRUX_ROLE_OUTCOME,
                                  "adversary:[match][execution=ratio:strong,weak]", 1, &name));
    cr_expect_eq(strncmp(name.start, "weak", name.length), 0);
    cr_assert_eq(crux_critic_open(&adversary, CRUX_ROLE_OUTCOME,
                                  "adversary:[match][execution=numbers][numbers]", NULL, NULL),
                 CRUX_OK);
    cr_expect(adversary->sees_reference);
}
