/*
 * test_ensemble.c - several critics as one: how they are described, what rule makes of their words,
 * and what becomes of a call while some have answered and some have not.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "critics/crux_critics.h"
#include "critics/ensemble.h"
#include "critics/inquiry.h"
#include "tests/world/port_fixture.h"

/* --- descriptions ----------------------------------------------------------------------- */

static bool is_text(struct crux_text text, const char *word)
{
    return text.length == strlen(word) && memcmp(text.start, word, text.length) == 0;
}

/* What is wrong with a critic inside of another is found without opening either. */
Test(ensemble_description, members_are_checked)
{
    static const struct {
        const char *description, *sentence;
    } rows[] = {
        {"ensemble:mean[match][judge:j,mode=guess]", "mode"},
        {"agree:[match][ensemble:min[nobody]]", "there is no outcome critic `nobody`"},
        {"mixed:nobody", "there is no outcome critic `nobody`"},
        {"adversary:[judge][execution=reward:r]", "dialect"},
        {"ensemble:mean[match", "["},
        {"nobody", "there is no outcome critic `nobody`"},
    };
    struct crux_error error = {""};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(crux_critic_check(CRUX_ROLE_OUTCOME, rows[i].description, &error),
                     CRUX_INVALID, "%s", rows[i].description);
        cr_expect_not_null(strstr(error.text, rows[i].sentence), "%s: %s", rows[i].description,
                           error.text);
    }
    cr_expect_eq(crux_critic_check(CRUX_ROLE_OUTCOME, "mixed", &error), CRUX_OK);
    cr_expect_eq(crux_critic_check(CRUX_ROLE_OUTCOME,
                                   "agree:[match][mixed:match][judge:j,votes=3][process:x]",
                                   &error),
                 CRUX_OK, "%s", error.text);
}

/* Members keep colons, commas and brackets of their own; blanks between them do not count. */
Test(members, brackets)
{
    static const char text[] = "mean [match:percent=strict]  [ensemble:min[a][b:c,d]][ x ]";
    struct members members;

    cr_assert_eq(members_read(&members, text, strlen(text), "ensemble", NULL), CRUX_OK);
    cr_assert_eq(members.count, 3);
    cr_assert(is_text(members.word, "mean"));
    cr_assert(is_text(members.items[0], "match:percent=strict"));
    cr_assert(is_text(members.items[1], "ensemble:min[a][b:c,d]"));
    cr_assert(is_text(members.items[2], "x"));
}

static void assert_refused(const char *description, const char *sentence)
{
    struct crux_critic *critic = NULL;
    struct crux_error error = {""};

    cr_expect_eq(crux_critic_open(&critic, CRUX_ROLE_OUTCOME, description, NULL, &error),
                 CRUX_INVALID, "%s", description);
    cr_expect_null(critic);
    cr_expect_str_eq(error.text, sentence);
}

/* What cannot be understood is named, with what was expected. */
Test(members, refused)
{
#define EXPECTED                                                                                   \
    " asks other critics, each between brackets as in [match][numbers]; expected a [ with its ], " \
    "found "

    assert_refused("ensemble", "critic ensemble" EXPECTED "``");
    assert_refused("ensemble:mean", "critic ensemble" EXPECTED "``");
    assert_refused("ensemble:mean[match", "critic ensemble" EXPECTED "`[match`");
    assert_refused("ensemble:mean[match]numbers", "critic ensemble" EXPECTED "`numbers`");
    assert_refused("agree:[match]]", "critic agree" EXPECTED "`]`");
    assert_refused("agree:[a][a][a][a][a][a][a][a][a][a][a][a][a][a][a][a][a]",
                   "critic agree asks 16 others at most");
    assert_refused("agree:mean[match]",
                   "critic agree has nothing but members, and got `mean` before them");
#define RULES_THERE_ARE                                                                            \
    "critic ensemble: expected mean, min, product, median, majority, agree, weighted or "          \
    "weighted=N with N from 2 to 16 before its members, found "
    assert_refused("ensemble:[match]", RULES_THERE_ARE "``");
    assert_refused("ensemble:most[match]", RULES_THERE_ARE "`most`");
    assert_refused("ensemble:weighted=[match]", RULES_THERE_ARE "`weighted=`");
    assert_refused("ensemble:weighted=1[match]", RULES_THERE_ARE "`weighted=1`");
    assert_refused("ensemble:weighted=17[match]", RULES_THERE_ARE "`weighted=17`");
    assert_refused("ensemble:weighted=3x[match]", RULES_THERE_ARE "`weighted=3x`");
    assert_refused("ensemble:weighted=99999999999[match]",
                   RULES_THERE_ARE "`weighted=99999999999`");
    assert_refused("ensemble:mean[consistency][process:cat]",
                   "critic ensemble cannot ask consistency, which is asked in turn and at once, "
                   "beside process, which answers late");
}

/* A member that there is not is refused by the sentence of who would be asked alone. */
Test(members, unknown)
{
    struct crux_critic *critic = NULL;
    struct crux_error error = {""};

    cr_expect_eq(
        crux_critic_open(&critic, CRUX_ROLE_OUTCOME, "ensemble:mean[match][nobody]", NULL, &error),
        CRUX_INVALID);
    cr_expect_not_null(strstr(error.text, "critic ensemble: there is no outcome critic `nobody`; "
                                          "there is: numbers, match"));
}

/* A description says whom it asks, also by its members and theirs. */
Test(members, backends)
{
    static const char description[] =
        "ensemble:mean[match][process:a][agree:[mixed:process:b][process:c]]";
    struct crux_text name;

    for (size_t i = 0; i < 3; i++) {
        cr_assert(crux_critic_backend(CRUX_ROLE_OUTCOME, description, i, &name));
        cr_assert(is_text(name, "process"));
    }
    cr_assert_not(crux_critic_backend(CRUX_ROLE_OUTCOME, description, 3, &name));
    cr_assert_not(crux_critic_backend(CRUX_ROLE_OUTCOME, "ensemble:mean[match", 0, &name));
    cr_assert_not(crux_critic_backend(CRUX_ROLE_OUTCOME, "mixed", 0, &name));
    cr_assert_not(crux_critic_backend(CRUX_ROLE_OUTCOME, "", 0, &name));
}

/* --- rules --------------------------------------------------------------------------------- */

static void assert_rule(enum rule rule, double expected, const double scores[4])
{
    static const double weights[] = {1.0, 0.5, 1.0, 0.75};

    cr_expect_float_eq(rule_apply(rule, scores, weights, 4), expected, 1e-12, "%s",
                       rule_name(rule));
}

/* Worked out by hand, with one of four that does not know. */
Test(rule, of_three_that_know)
{
    const double scores[] = {0.9, 0.2, -1.0, 0.6};

    assert_rule(RULE_MEAN, 1.7 / 3.0, scores);
    assert_rule(RULE_MIN, 0.2, scores);
    assert_rule(RULE_PRODUCT, 0.108, scores);
    assert_rule(RULE_MEDIAN, 0.6, scores);
    assert_rule(RULE_MAJORITY, 1.0, scores);
    assert_rule(RULE_WEIGHTED, (0.9 + 0.1 + 0.45) / 2.25, scores);
    assert_rule(RULE_AGREE, -1.0, scores);
    /* mean 17/30; squares (1/3)^2 + (11/30)^2 + (1/30)^2 = 222/900 */
    cr_expect_float_eq(rule_spread(scores, 4), sqrt(222.0 / 900.0 / 3.0), 1e-12);
}

/* Nobody knows: nor does any rule. */
Test(rule, of_none)
{
    const double scores[] = {-1.0, -1.0, -1.0, -1.0};

    for (int rule = 0; rule < RULES; rule++)
        assert_rule((enum rule)rule, -1.0, scores);
    cr_expect_lt(rule_spread(scores, 4), 0.0);
    cr_expect_eq(rule_consistency(scores, 4), 0.0);
}

/* An even number, a tie, and one mind. */
Test(rule, ties)
{
    assert_rule(RULE_MEDIAN, 0.5, (const double[]){0.1, 0.4, 0.6, 0.9});
    assert_rule(RULE_MAJORITY, -1.0, (const double[]){0.1, 0.4, 0.5, 0.9});
    assert_rule(RULE_MAJORITY, 0.0, (const double[]){0.1, 0.4, 0.3, 0.9});
    assert_rule(RULE_AGREE, 0.7, (const double[]){0.5, 0.7, 0.8, 0.8});
    assert_rule(RULE_AGREE, 0.25, (const double[]){0.1, 0.2, 0.3, 0.4});
    cr_expect_eq(rule_consistency((const double[]){0.9, 0.1, 0.6, -1.0}, 4), 2.0 / 3.0);
    cr_expect_eq(rule_consistency((const double[]){0.4, 0.1, 0.2, 0.9}, 4), 0.75);
}

/* RLCCF: two that waver are outvoted by one that is sure. SC 2/3, 2/3 and 1; yes has 2 and 2 of
 * their votes, each at 2/3, and no 1, 1 and 3: yes 8/3, no 4/3 + 3. */
Test(rule, weighted_by_consistency)
{
    const double scores[] = {2.0 / 3.0, 2.0 / 3.0, 0.0}, weights[] = {2.0 / 3.0, 2.0 / 3.0, 1.0};
    double yes = 8.0 / 3.0, no = 4.0 / 3.0 + 3.0;

    cr_expect_float_eq(rule_apply(RULE_WEIGHTED, scores, weights, 3), yes / (yes + no), 1e-12);
}

/* --- members that say what a test wants ------------------------------------------------------ */

/* What one is asked, and answers when the test says so. */
struct juror {
    struct crux_critic critic; /* first */
    struct crux_outcome outcome;
    struct crux_opinion opinion;
    double score;
    const char *sentence;        /* it fails with this */
    bool late, stubborn;         /* stubborn: a cancel changes nothing */
    struct crux_asking *cancels; /* while it is asked; NULL: nothing */
    uint32_t asked, released, cancelled;
    uint64_t seeds[8];
    struct crux_call *pending;
};

static int juror_answer(struct juror *juror, struct crux_call *call)
{
    call->reply = (struct crux_reply){.count = call->count,
                                      .scores = &juror->score,
                                      .outcomes = &juror->outcome,
                                      .opinions = &juror->opinion,
                                      .prompt_tokens = 3,
                                      .completion_tokens = 2,
                                      .price = 5,
                                      .sentence = juror->sentence};
    return juror->sentence != NULL ? CRUX_FAILED : CRUX_DONE;
}

static int juror_ask(struct crux_port *port, struct crux_call *call)
{
    struct juror *juror = (struct juror *)(void *)port;

    juror->seeds[juror->asked++ % 8] = call->seed;
    juror->pending = juror->late ? call : NULL;
    if (juror->cancels != NULL)
        crux_cancel(juror->cancels);
    return juror->late ? CRUX_PENDING : juror_answer(juror, call);
}

static void juror_complete(struct juror *juror, int status)
{
    struct crux_call *call = juror->pending;

    juror->pending = NULL;
    if (status == CRUX_DONE)
        status = juror_answer(juror, call);
    cr_assert(crux_complete(call, call->ticket, status));
}

static void juror_cancel(struct crux_port *port, struct crux_call *call)
{
    struct juror *juror = (struct juror *)(void *)port;

    juror->cancelled++;
    if (!juror->stubborn && juror->pending == call)
        juror_complete(juror, CRUX_CANCELLED);
}

static void juror_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)reply;
    ((struct juror *)(void *)port)->released++;
}

enum { JURORS = 3 };

static struct juror jurors[JURORS];
static struct crux_critic *ensemble;
static struct port_fixture *asker;
static const struct crux_problem problem = {.id = "p", .prompt = "?", .line = "{}"};
static const struct crux_step candidate = {.text = "x", .length = 1, .depth = 1};
static struct crux_call question = {
    .count = 1, .candidates = &candidate, .seed = 7, .state = {.problem = &problem}};

static void open_jury(void)
{
    for (int i = 0; i < JURORS; i++) {
        jurors[i] = (struct juror){.opinion = {.spread = -1.0}};
        jurors[i].critic = (struct crux_critic){.port = {.name = "juror",
                                                         .instant = true,
                                                         .ask = juror_ask,
                                                         .cancel = juror_cancel,
                                                         .release = juror_release},
                                                .verbs = 1U << CRUX_SCORE | 1U << CRUX_JUDGE};
    }
    asker = port_fixture_open();
}

static void close_jury(void)
{
    crux_critic_close(ensemble);
    port_fixture_close(asker);
}

static void gather(enum rule rule, uint32_t askings, enum crux_verb verb)
{
    struct crux_critic *const members[] = {&jurors[0].critic, &jurors[1].critic, &jurors[2].critic};
    const struct ensemble_manner manner = {rule, askings};
    struct crux_error error = {""};

    for (int i = 0; i < JURORS; i++)
        jurors[i].critic.port.instant = !jurors[i].late;
    question.verb = verb;
    cr_assert_eq(ensemble_new(&ensemble, "ensemble", &manner, members, JURORS, verb, &error),
                 CRUX_OK, "%s", error.text);
}

static const struct crux_reply *answer_of(int status)
{
    cr_assert_eq(status, CRUX_DONE, "%s", port_fixture_call(asker)->reply.sentence);
    return &port_fixture_call(asker)->reply;
}

TestSuite(ensemble, .init = open_jury, .fini = close_jury, .timeout = 60);

static void say(int juror, enum crux_verdict verdict, double reward, const char *answer)
{
    jurors[juror].outcome = (struct crux_outcome){reward, verdict, answer};
}

/* The number is the rule's; the opinion keeps how many knew and how far they were apart, and what
 * they cost is added up. */
Test(ensemble, keeps_the_disagreement)
{
    const struct crux_reply *reply;

    jurors[0].score = 1.0;
    jurors[1].score = -1.0;
    jurors[2].score = 0.5;
    jurors[2].opinion.sentence = "7 is used twice";
    gather(RULE_MEAN, 1, CRUX_SCORE);
    cr_assert(ensemble->port.instant);
    reply = answer_of(port_fixture_ask(asker, &ensemble->port, &question));
    cr_expect_eq(reply->scores[0], 0.75);
    cr_expect_eq(reply->opinions[0].judges, 2);
    cr_expect_eq(reply->opinions[0].spread, 0.25);
    cr_expect_str_eq(reply->opinions[0].sentence, "7 is used twice");
    cr_expect_eq(reply->prompt_tokens, 9);
    cr_expect_eq(reply->completion_tokens, 6);
    cr_expect_eq(reply->price, 15);
    port_fixture_release(asker);
    for (int i = 0; i < JURORS; i++)
        cr_expect_eq(jurors[i].released, 1);
}

static void assert_verdict(enum crux_verdict verdict, double reward, const char *answer)
{
    const struct crux_reply *reply = answer_of(port_fixture_ask(asker, &ensemble->port, &question));

    cr_expect_eq(reply->outcomes[0].verdict, verdict);
    cr_expect_float_eq(reply->outcomes[0].reward, reward, 1e-12);
    if (answer != NULL)
        cr_expect_str_eq(reply->outcomes[0].answer, answer);
    else
        cr_expect_null(reply->outcomes[0].answer);
    port_fixture_release(asker);
}

/* Who does not know a verdict is left out while others do. */
Test(ensemble, verdicts)
{
    gather(RULE_MEAN, 1, CRUX_JUDGE);
    say(0, CRUX_UNKNOWN, 0.1, NULL);
    say(1, CRUX_RIGHT, 1.0, "24");
    say(2, CRUX_RIGHT, 0.8, "25");
    assert_verdict(CRUX_RIGHT, 0.9, "24");
    say(2, CRUX_WRONG, 0.0, "25");
    assert_verdict(CRUX_UNKNOWN, 0.5, "24");
    say(1, CRUX_UNKNOWN, 0.5, NULL);
    assert_verdict(CRUX_WRONG, 0.0, "25");
    say(2, CRUX_UNKNOWN, 0.9, NULL);
    assert_verdict(CRUX_UNKNOWN, 0.5, NULL);
}

/* agree: a verdict is known only where all say the same. */
Test(ensemble, agree)
{
    gather(RULE_AGREE, 1, CRUX_JUDGE);
    for (int i = 0; i < JURORS; i++)
        say(i, CRUX_WRONG, 0.0, NULL);
    assert_verdict(CRUX_WRONG, 0.0, NULL);
    say(1, CRUX_RIGHT, 1.0, NULL);
    assert_verdict(CRUX_UNKNOWN, 1.0 / 3.0, NULL);
    say(1, CRUX_UNKNOWN, 0.5, NULL);
    assert_verdict(CRUX_UNKNOWN, 0.0, NULL);
}

/* weighted asks each several times, with seeds of their own, but once who is asked in turn. */
Test(ensemble, weighted_asks_again)
{
    jurors[1].critic.in_turn = true;
    gather(RULE_WEIGHTED, 3, CRUX_JUDGE);
    cr_assert(ensemble->in_turn);
    for (int i = 0; i < JURORS; i++)
        say(i, CRUX_RIGHT, 1.0, NULL);
    assert_verdict(CRUX_RIGHT, 1.0, NULL);
    cr_expect_eq(jurors[0].asked, 3);
    cr_expect_eq(jurors[1].asked, 1);
    cr_expect_eq(jurors[0].seeds[0], question.seed);
    cr_expect_neq(jurors[0].seeds[1], jurors[0].seeds[0]);
    cr_expect_neq(jurors[0].seeds[2], jurors[0].seeds[1]);
    cr_expect_eq(jurors[0].released, 3);
}

/* Members answer in any order; the last one's answer completes the call. */
Test(ensemble, the_last_answer_completes)
{
    jurors[0].late = jurors[2].late = true;
    jurors[0].score = 0.2;
    jurors[1].score = 0.4;
    jurors[2].score = 0.9;
    gather(RULE_MEAN, 1, CRUX_SCORE);
    cr_assert_not(ensemble->port.instant);
    cr_assert_eq(port_fixture_send(asker, &ensemble->port, &question), CRUX_PENDING);
    juror_complete(&jurors[2], CRUX_DONE);
    cr_assert_not_null(jurors[0].pending);
    juror_complete(&jurors[0], CRUX_DONE);
    cr_expect_float_eq(answer_of(port_fixture_wait(asker))->scores[0], 0.5, 1e-12);
    port_fixture_release(asker);
}

/* A member's failure is the ensemble's, in its words; the others' replies are given back. */
Test(ensemble, a_member_fails)
{
    jurors[0].late = true;
    jurors[0].sentence = "the server is on fire";
    gather(RULE_MEAN, 1, CRUX_SCORE);
    cr_assert_eq(port_fixture_send(asker, &ensemble->port, &question), CRUX_PENDING);
    juror_complete(&jurors[0], CRUX_DONE);
    cr_expect_eq(port_fixture_wait(asker), CRUX_FAILED);
    cr_expect_str_eq(port_fixture_call(asker)->reply.sentence, "juror: the server is on fire");
    cr_expect_eq(jurors[1].released + jurors[2].released, 2);
    cr_expect_eq(jurors[0].released, 0);
}

static void assert_bad(const char *sentence)
{
    cr_expect_eq(port_fixture_ask(asker, &ensemble->port, &question), CRUX_FAILED);
    cr_expect_str_eq(port_fixture_call(asker)->reply.sentence, sentence);
}

/* What a member says is not trusted. */
Test(ensemble, a_member_is_wrong)
{
    gather(RULE_MEAN, 1, CRUX_SCORE);
    jurors[1].score = (double)NAN;
    assert_bad("juror: a score is not a number in [0, 1]");
    jurors[1].score = 1.5;
    assert_bad("juror: a score is not a number in [0, 1]");
    crux_critic_close(ensemble);
    gather(RULE_MEAN, 1, CRUX_JUDGE);
    say(2, CRUX_RIGHT, -0.5, NULL);
    assert_bad("juror: a score is not a number in [0, 1]");
    say(2, (enum crux_verdict)7, 0.5, NULL);
    assert_bad("juror: an outcome's verdict is not as it must be");
}

/* A cancel reaches all that have not answered, and the call ends when they have. */
Test(ensemble, cancelled)
{
    for (int i = 0; i < JURORS; i++)
        jurors[i].late = true;
    jurors[1].stubborn = true;
    gather(RULE_MEAN, 1, CRUX_SCORE);
    cr_assert_eq(port_fixture_send(asker, &ensemble->port, &question), CRUX_PENDING);
    juror_complete(&jurors[2], CRUX_DONE);
    crux_cancel((struct crux_asking *)(void *)port_fixture_call(asker));
    cr_expect_eq(jurors[0].cancelled, 1);
    cr_expect_eq(jurors[1].cancelled, 1);
    cr_expect_eq(jurors[2].cancelled, 0);
    juror_complete(&jurors[1], CRUX_DONE);
    cr_expect_eq(port_fixture_wait(asker), CRUX_CANCELLED);
    crux_cancel((struct crux_asking *)(void *)port_fixture_call(asker)); /* it is over */
}

/* A cancel to which all answer at once completes the call. */
Test(ensemble, cancelled_at_once)
{
    for (int i = 0; i < JURORS; i++)
        jurors[i].late = true;
    gather(RULE_MEAN, 1, CRUX_SCORE);
    cr_assert_eq(port_fixture_send(asker, &ensemble->port, &question), CRUX_PENDING);
    crux_cancel((struct crux_asking *)(void *)port_fixture_call(asker));
    cr_expect_eq(port_fixture_wait(asker), CRUX_CANCELLED);
}

/* A cancel that comes while they are being asked is not lost. */
Test(ensemble, cancelled_while_asking)
{
    jurors[0].late = jurors[2].late = true;
    jurors[1].cancels = (struct crux_asking *)(void *)port_fixture_call(asker);
    gather(RULE_MEAN, 1, CRUX_SCORE);
    cr_assert_eq(port_fixture_ask(asker, &ensemble->port, &question), CRUX_CANCELLED);
    cr_expect_eq(jurors[0].cancelled, 1);
    cr_expect_eq(jurors[2].cancelled, 1);
}

/* It sees the reference answer when one of them does. */
Test(ensemble, sees_what_they_see)
{
    struct crux_critic *critic = NULL;

    jurors[2].critic.sees_reference = true;
    gather(RULE_MIN, 1, CRUX_JUDGE);
    cr_expect(ensemble->sees_reference);
    cr_assert_eq(crux_critic_open(&critic, CRUX_ROLE_OUTCOME, "agree:[numbers][match]", NULL, NULL),
                 CRUX_OK);
    cr_expect(critic->sees_reference);
    cr_expect(critic->port.instant);
    crux_critic_close(critic);
}
