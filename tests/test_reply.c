/*
 * test_reply.c - what a port may answer, and what is refused at the border.
 *
 * Replies are written by hand and taken by a record outside of any search. A refusal
 * names the port and says what is wrong; the record learns nothing from it.
 */
#include "search/open_tree.h"
#include "search/run.h"
#include "search/reply.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static struct run *run;
static struct lane *lane;
static struct simulation *sim;
static struct cold_node node;
static struct crux_error error;
static struct crux_proposal proposals[4];
static struct crux_outcome outcomes[4];
static double scores[4];

static void set_up(void)
{
    run = malloc(sizeof *run);
    lane = aligned_alloc(64, sizeof *lane);
    sim = calloc(1, sizeof *sim);
    memset(run, 0, sizeof *run);
    memset(lane, 0, sizeof *lane);
    run->setup = crux_setup_default();
    lane->run = run;
    sim->lane = lane;
    sim->node = &node;
    for (int i = 0; i < 4; i++) {
        proposals[i] = (struct crux_proposal){.text = "a step", .prior = 1.0F};
        outcomes[i] = (struct crux_outcome){.reward = 1.0, .verdict = CRUX_RIGHT, .answer = "24"};
        scores[i] = 0.5;
    }
}

static void tear_down(void)
{
    cold_close(&lane->cold);
    free(lane);
    free(run);
    free(sim);
}

TestSuite(reply, .init = set_up, .fini = tear_down, .timeout = 30);

/* --- text ---------------------------------------------------------------------- */

/* UTF-8 as RFC 3629 has it, and nothing else. */
Test(reply, text_is_utf8)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"", true},
        {"plain", true},
        {"\x7F", true},
        {"\xC2\x80", true},         /* the first of two bytes */
        {"\xDF\xBF", true},         /* the last */
        {"\xE0\xA0\x80", true},     /* the first of three */
        {"\xED\x9F\xBF", true},     /* before the surrogates */
        {"\xEE\x80\x80", true},     /* behind them */
        {"\xEF\xBF\xBF", true},     /* the last of three */
        {"\xF0\x90\x80\x80", true}, /* the first of four */
        {"\xF4\x8F\xBF\xBF", true}, /* the last of all */
        {"\x80", false},            /* begins in the middle */
        {"\xBF", false},
        {"\xC0\x80", false},         /* NUL in two bytes */
        {"\xC1\xBF", false},         /* longer than needed */
        {"\xE0\x9F\xBF", false},     /* longer than needed */
        {"\xED\xA0\x80", false},     /* a surrogate */
        {"\xED\xBF\xBF", false},     /* a surrogate */
        {"\xF0\x8F\xBF\xBF", false}, /* longer than needed */
        {"\xF4\x90\x80\x80", false}, /* beyond the last */
        {"\xF5\x80\x80\x80", false},
        {"\xF8\x88\x80\x80\x80", false}, /* five bytes */
        {"\xFE", false},
        {"\xFF", false},
        {"\xC3", false},         /* cut off */
        {"\xE2\x82", false},     /* cut off */
        {"\xF0\x9F\x98", false}, /* cut off */
        {"\xC3(", false},
        {"ok \xE2\x28\xA1", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_assert_eq(reply_is_text(rows[i].text, false), rows[i].good, "row %zu", i);
}

/* A line break is for answers only. */
Test(reply, lines_are_for_answers)
{
    cr_assert_not(reply_is_text("a\nb", false));
    cr_assert(reply_is_text("a\nb", true));
}

/* --- helpers --------------------------------------------------------------------- */

typedef int taker(struct simulation *, const char *, struct crux_error *);

static void refused(taker *take, const char *what)
{
    error.text[0] = '\0';
    cr_assert_eq(take(sim, "myport", &error), CRUX_FAILED, "taken although %s", what);
    cr_assert_eq(strncmp(error.text, "myport: ", 8), 0, "`%s` does not name the port", error.text);
    cr_assert_not_null(strstr(error.text, what), "`%s` does not say: %s", error.text, what);
}

static void taken(taker *take)
{
    cr_assert_eq(take(sim, "myport", &error), CRUX_OK, "%s", error.text);
}

static void proposed(uint32_t count)
{
    sim->call.count = 4;
    sim->call.reply = (struct crux_reply){.count = count, .proposals = proposals};
}

/* --- children ----------------------------------------------------------------------- */

/* Proposed steps become a family that owns its texts. */
Test(reply, children_are_copied)
{
    char text[] = "2 + 2 = 4";

    proposals[1] = (struct crux_proposal){text, 3.0F, -0.5F, 7, true, 99, 11};
    proposed(2);
    sim->call.state.depth = 4;
    taken(reply_children);
    text[0] = '9';
    cr_assert_eq(sim->family_count, 2);
    cr_assert_str_eq(sim->family->node[1].step->text, "2 + 2 = 4");
    cr_assert_eq(sim->family->node[1].step->length, 9);
    cr_assert_eq(sim->family->node[1].step->depth, 5);
    cr_assert_eq(sim->family->node[1].step->tokens, 7);
    cr_assert(sim->family->node[1].step->terminal);
    cr_assert_float_eq(sim->family->node[1].step->logprob, -0.5, 0);
    cr_assert_eq(sim->family->node[1].step->state_hash, 99);
    cr_assert_eq(sim->family->node[1].step->origin, 11);
    cr_assert_eq(sim->family->node[0].step->state_hash, 0);
}

/* Fewer than were asked for is fine, and none at all is a dead end. */
Test(reply, fewer_children_are_fine)
{
    proposed(1);
    taken(reply_children);
    cr_assert_eq(sim->family_count, 1);
    proposed(0);
    taken(reply_children);
    cr_assert_eq(sim->family_count, 0);
    cr_assert_null(sim->family);
}

/* More than were asked for is refused, with texts and without. */
Test(reply, too_many_children_are_refused)
{
    proposed(5);
    refused(reply_children, "more proposals than were asked for");
    proposed(5);
    sim->call.reply.proposals = NULL;
    run->setup.rollouts = 0;
    refused(reply_children, "more proposals than were asked for");
}

/* A step without text, with broken text or with two lines is refused. */
Test(reply, bad_steps_are_refused)
{
    proposed(2);
    proposals[1].text = NULL;
    refused(reply_children, "no text");
    proposals[1].text = "\xC3\x28";
    refused(reply_children, "UTF-8");
    proposals[1].text = "one\ntwo";
    refused(reply_children, "more than one line");
}

/* A prior is a number that is not negative. */
Test(reply, bad_priors_are_refused)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY, -0.1F};

    for (int i = 0; i < 4; i++) {
        proposed(2);
        proposals[1].prior = bad[i];
        refused(reply_children, "prior");
    }
}

/* A log-probability is a number. */
Test(reply, bad_log_probabilities_are_refused)
{
    proposed(1);
    proposals[0].logprob = NAN;
    refused(reply_children, "log-probability");
    proposals[0].logprob = -INFINITY;
    refused(reply_children, "log-probability");
}

/* An entropy is a number that is not negative; where none is known none is read. */
Test(reply, bad_entropies_are_refused)
{
    static const float bad[] = {NAN, INFINITY, -0.1F};

    for (int i = 0; i < 3; i++) {
        proposed(1);
        sim->call.reply.entropy = bad[i];
        sim->call.reply.knows_entropy = true;
        refused(reply_children, "an entropy is not a number >= 0");
        proposed(1);
        sim->call.reply.entropy = bad[i];
        cr_assert_eq(reply_children(sim, "port", &error), CRUX_OK);
        cr_assert_lt(sim->entropy, 0.0F);
    }
    proposed(1);
    sim->call.reply.knows_entropy = true; /* 0: the next token is certain */
    cr_assert_eq(reply_children(sim, "port", &error), CRUX_OK);
    cr_assert_eq(sim->entropy, 0.0F);
}

/* Nameless children have a number and nothing else. */
Test(reply, nameless_children_are_counted)
{
    run->setup.rollouts = 0;
    proposed(3);
    sim->call.reply.proposals = NULL;
    taken(reply_children);
    cr_assert_eq(sim->family_count, 3);
    cr_assert_null(sim->family);
}

/* Nameless steps cannot be written down in an answer. */
Test(reply, nameless_children_have_no_rollouts)
{
    proposed(3);
    sim->call.reply.proposals = NULL;
    refused(reply_children, "rolled out");
}

/* Once nameless, a path stays so. */
Test(reply, names_do_not_come_back)
{
    run->setup.rollouts = 0;
    sim->node = NULL;
    proposed(1);
    refused(reply_children, "nameless");
}

/* Tokens and price are counted, of refused replies too: they were paid for. */
Test(reply, what_was_paid_is_counted)
{
    proposed(5);
    sim->call.reply.prompt_tokens = 11;
    sim->call.reply.completion_tokens = 22;
    sim->call.reply.price = 33;
    (void)reply_children(sim, "myport", &error);
    (void)reply_children(sim, "myport", &error);
    cr_assert_eq(lane_counted(&lane->counts.prompt_tokens), 22);
    cr_assert_eq(lane_counted(&lane->counts.completion_tokens), 44);
    cr_assert_eq(atomic_load(&lane->counts.price), 66);
}

/* --- order of children ------------------------------------------------------------------ */

static void sorted(const char *expected)
{
    char found[5] = "";

    reply_sort_children(sim->family);
    for (uint32_t i = 0; i < sim->family->count; i++)
        found[i] = sim->family->node[i].step->text[0];
    cr_assert_str_eq(found, expected);
}

static void family_of(float a, float b, float c)
{
    static const char *const texts[] = {"a", "b", "c"};

    for (int i = 0; i < 3; i++)
        proposals[i].text = texts[i];
    proposals[0].prior = a;
    proposals[1].prior = b;
    proposals[2].prior = c;
    proposed(3);
    taken(reply_children);
}

/* Children come in order of prior, and priors sum up to 1. */
Test(reply, children_are_in_order_of_prior)
{
    family_of(1, 4, 3);
    sorted("bca");
    cr_assert_float_eq(sim->family->node[0].prior, 0.5, 1e-6);
    cr_assert_float_eq(sim->family->node[1].prior, 0.375, 1e-6);
    cr_assert_float_eq(sim->family->node[2].prior, 0.125, 1e-6);
}

/* Equal priors leave the order in which they were proposed. */
Test(reply, ties_stay_as_proposed)
{
    family_of(2, 2, 2);
    sorted("abc");
}

/* No weight at all is equal weight. */
Test(reply, no_weight_is_equal_weight)
{
    family_of(0, 0, 0);
    sorted("abc");
    cr_assert_float_eq(sim->family->node[2].prior, 1.0 / 3.0, 1e-6);
}

static void scored(double a, double b, double c)
{
    scores[0] = a;
    scores[1] = b;
    scores[2] = c;
    sim->call.count = 3;
    sim->call.reply = (struct crux_reply){.count = 3, .scores = scores};
    taken(reply_child_scores);
}

/* An execution critic's score is multiplied into the prior. */
Test(reply, scores_weigh_priors)
{
    family_of(1, 4, 3);
    scored(1.0, 0.125, 0.5);
    sorted("cab");
    cr_assert_float_eq(sim->family->node[0].prior, 0.5, 1e-6);
}

/* A score that is unknown changes nothing, and is kept as unknown. */
Test(reply, unknown_scores_change_nothing)
{
    family_of(1, 4, 3);
    scored(-1.0, -7.0, 0.0);
    sorted("bac");
    cr_assert_float_eq(sim->family->node[0].score, -1.0, 0);
    cr_assert_float_eq(sim->family->node[0].prior, 0.8, 1e-6);
    cr_assert_float_eq(sim->family->node[2].prior, 0.0, 0);
}

/* When the critic likes none of them, the policy's order stands. */
Test(reply, a_critic_that_likes_none_is_not_heard)
{
    family_of(1, 4, 3);
    scored(0.0, 0.0, 0.0);
    sorted("bca");
    cr_assert_float_eq(sim->family->node[0].prior, 0.5, 1e-6);
}

/* One score a candidate, each a number up to 1. */
Test(reply, bad_scores_are_refused)
{
    static const double bad[] = {NAN, INFINITY, -INFINITY, 1.01};

    family_of(1, 1, 1);
    sim->call.count = 3;
    for (int i = 0; i < 4; i++) {
        scores[1] = bad[i];
        sim->call.reply = (struct crux_reply){.count = 3, .scores = scores};
        refused(reply_child_scores, "score");
    }
    sim->call.reply.count = 2;
    refused(reply_child_scores, "one score for each");
    sim->call.reply.count = 4;
    refused(reply_child_scores, "one score for each");
    sim->call.reply = (struct crux_reply){.count = 3, .scores = NULL};
    refused(reply_child_scores, "one score for each");
}

/* --- answers --------------------------------------------------------------------------------- */

/* Complete answers may have lines, and fewer than asked for are fine. */
Test(reply, answers_have_lines)
{
    proposals[0].text = "one\ntwo";
    proposed(2);
    sim->call.kind = CRUX_ANSWER;
    taken(reply_rollouts);
    cr_assert_eq(sim->rollout_count, 2);
    cr_assert_str_eq(sim->rollouts[0].step->text, "one\ntwo");
    cr_assert_eq(sim->rollouts[0].step->kind, CRUX_ANSWER);
}

/* No answer is no reply. */
Test(reply, no_answer_is_refused)
{
    proposed(0);
    refused(reply_rollouts, "no answer");
    proposed(2);
    sim->call.reply.proposals = NULL;
    refused(reply_rollouts, "no answer");
    proposed(5);
    refused(reply_rollouts, "more proposals");
    proposed(2);
    proposals[1].text = "\xFF";
    refused(reply_rollouts, "UTF-8");
}

static void judged(uint32_t answers, uint32_t verdicts)
{
    proposed(answers);
    sim->call.kind = CRUX_ANSWER;
    taken(reply_rollouts);
    sim->call.count = answers;
    sim->call.reply = (struct crux_reply){.count = verdicts, .outcomes = outcomes};
}

/* The value of a leaf is the mean of its rewards; verdicts and answers are kept. */
Test(reply, outcomes_are_kept)
{
    outcomes[1] = (struct crux_outcome){.reward = 0.5, .verdict = CRUX_UNKNOWN, .answer = NULL};
    judged(2, 2);
    taken(reply_outcomes);
    cr_assert_float_eq(sim->value, 0.75, 0);
    cr_assert_str_eq(sim->rollouts[0].answer, "24");
    cr_assert_eq(sim->rollouts[0].verdict, CRUX_RIGHT);
    cr_assert_str_eq(sim->rollouts[1].answer, "");
    cr_assert_eq(sim->rollouts[1].verdict, CRUX_UNKNOWN);
}

/* A reward is a number in [0, 1]. */
Test(reply, bad_rewards_are_refused)
{
    static const double bad[] = {NAN, INFINITY, -INFINITY, 1.0001, -0.0001};

    for (int i = 0; i < 5; i++) {
        outcomes[1].reward = bad[i];
        judged(2, 2);
        refused(reply_outcomes, "reward");
    }
}

/* One outcome an answer, each with a verdict there is and a text. */
Test(reply, bad_outcomes_are_refused)
{
    judged(2, 1);
    refused(reply_outcomes, "one outcome for each");
    judged(2, 3);
    refused(reply_outcomes, "one outcome for each");
    judged(2, 2);
    sim->call.reply.outcomes = NULL;
    refused(reply_outcomes, "one outcome for each");
    outcomes[0].answer = "\xC3";
    judged(2, 2);
    refused(reply_outcomes, "verdict or answer");
    outcomes[0].answer = "1";
    outcomes[0].verdict = (enum crux_verdict)3;
    judged(2, 2);
    refused(reply_outcomes, "verdict or answer");
}

/* A node that completes the answer has an empty rollout. */
Test(reply, a_complete_node_needs_no_lines)
{
    struct crux_step last = {.text = "done", .depth = 3, .terminal = true};

    cr_assert_eq(reply_no_rollout(sim, &last, &error), CRUX_OK);
    cr_assert_eq(sim->rollout_count, 1);
    cr_assert_str_eq(sim->rollouts[0].step->text, "");
    cr_assert_eq(sim->rollouts[0].step->previous, &last);
}

/* --- what critics say beside their numbers ------------------------------------------------- */

static const double step_rewards[] = {1.0, -3.0, 0.25};

static struct crux_opinion opinion_of(const char *sentence)
{
    return (struct crux_opinion){
        .steps = step_rewards, .step_count = 3, .judges = 5, .spread = 0.125, .sentence = sentence};
}

/* An opinion is copied with all that it points to, and stays with the score. */
Test(reply, opinions_stay_with_scores)
{
    char sentence[] = "3 + 4 is 7,\nnot 8";
    struct crux_opinion opinions[3] = {opinion_of(sentence), {.spread = 0.0}, {.judges = 2}};
    const struct remark *remark;

    opinions[2].spread = -7.0;
    family_of(1, 4, 3);
    scores[0] = 0.5;
    scores[1] = 1.0;
    scores[2] = -2.0;
    sim->call.count = 3;
    sim->call.reply = (struct crux_reply){.count = 3, .scores = scores, .opinions = opinions};
    taken(reply_child_scores);
    sentence[0] = 'X';
    remark = sim->family->node[0].scored;
    cr_assert_not_null(remark);
    cr_assert_eq(remark->role, CRUX_ROLE_EXECUTION);
    cr_assert_float_eq(remark->score, 0.5, 0);
    cr_assert_str_eq(remark->opinion.sentence, "3 + 4 is 7,\nnot 8");
    cr_assert_eq(remark->opinion.step_count, 3);
    cr_assert_float_eq(remark->opinion.steps[2], 0.25, 0);
    cr_assert_lt(remark->opinion.steps[1], 0.0);
    cr_assert_eq(remark->opinion.judges, 5);
    cr_assert_float_eq(remark->opinion.spread, 0.125, 0);
    cr_assert_null(sim->family->node[1].scored, "it said nothing");
    remark = sim->family->node[2].scored;
    cr_assert_float_eq(remark->score, -1.0, 0);
    cr_assert_float_eq(remark->opinion.spread, -1.0, 0);
    cr_assert_str_eq(remark->opinion.sentence, "");
}

/* So with verdicts, and with the value of a leaf. */
Test(reply, opinions_stay_with_outcomes_and_values)
{
    struct crux_opinion opinions[2] = {{.spread = -1.0}, opinion_of("half right")};

    judged(2, 2);
    sim->call.reply.opinions = opinions;
    taken(reply_outcomes);
    cr_assert_null(sim->rollouts[0].remark);
    cr_assert_eq(sim->rollouts[1].remark->role, CRUX_ROLE_OUTCOME);
    cr_assert_str_eq(sim->rollouts[1].remark->opinion.sentence, "half right");

    sim->rollout_count = 0;
    scores[0] = 0.75;
    sim->call.count = 1;
    sim->call.reply = (struct crux_reply){.count = 1, .scores = scores, .opinions = &opinions[1]};
    taken(reply_value);
    cr_assert_eq(sim->valued->role, CRUX_ROLE_VALUE);
    cr_assert_float_eq(sim->valued->score, 0.75, 0);
}

static void opinion_refused(struct crux_opinion opinion, const char *why)
{
    judged(1, 1);
    sim->call.reply.opinions = &opinion;
    refused(reply_outcomes, why);
    family_of(1, 1, 1);
    scores[0] = scores[1] = scores[2] = 0.5;
    sim->call.count = 3;
    sim->call.reply = (struct crux_reply){
        .count = 3, .scores = scores, .opinions = (struct crux_opinion[3]){{.judges = 0}, opinion}};
    refused(reply_child_scores, why);
}

/* An opinion is as crux_tree.h says, or the reply is none. */
Test(reply, bad_opinions_are_refused)
{
    static const double nan[] = {NAN}, high[] = {1.5};

    opinion_refused((struct crux_opinion){.steps = nan, .step_count = 1}, "a step's reward");
    opinion_refused((struct crux_opinion){.steps = high, .step_count = 1}, "a step's reward");
    opinion_refused((struct crux_opinion){.step_count = 1}, "no rewards for its steps");
    opinion_refused((struct crux_opinion){.steps = nan, .step_count = CRUX_OPINION_STEPS + 1},
                    "more steps");
    opinion_refused((struct crux_opinion){.judges = 1, .spread = NAN}, "a disagreement");
    opinion_refused((struct crux_opinion){.judges = 1, .spread = 0.75}, "a disagreement");
    opinion_refused((struct crux_opinion){.sentence = "\xFF"}, "sentence is not valid UTF-8");
}

/* --- the value of a leaf ------------------------------------------------------------------- */

static void valued(uint32_t count, const double *value)
{
    sim->call.count = 1;
    sim->call.reply = (struct crux_reply){.count = count, .scores = value};
}

/* One known number in [0, 1] is the value of a leaf. */
Test(reply, a_leaf_has_one_value)
{
    static const double bad[] = {NAN, INFINITY, 1.5};
    static const double good = 0.25, unknown = -1.0;

    valued(1, &good);
    taken(reply_value);
    cr_assert_float_eq(sim->value, 0.25, 0);
    for (int i = 0; i < 3; i++) {
        valued(1, &bad[i]);
        refused(reply_value, "one value in [0, 1]");
    }
    valued(2, &good);
    refused(reply_value, "one value in [0, 1]");
    valued(1, NULL);
    refused(reply_value, "one value in [0, 1]");
    valued(1, &unknown);
    refused(reply_value, "unknown");
}
