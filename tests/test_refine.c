/*
 * test_refine.c - what strategies/refine.h promises: chains of answers, each in place of the one
 * before.
 *
 * The actor's answers name their sample and their place in the chain, "s6 2"; a revision is made
 * from the answer and the critique that came with the call, and both must be what the court has
 * said. The court's word depends on the place alone.
 */
#include "tests/world/hanging_policy.h"
#include "tests/world/late_port.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 8, FAILS = -2 };

/* What becomes of an answer at a place: its reward, or FAILS; a verdict. */
struct word {
    double reward;
    enum crux_verdict verdict;
};

struct play {
    struct crux_policy actor;
    struct crux_critic court;
    struct word words[PLACES];
    bool silent;             /* the court says no sentence */
    uint32_t fails_at;       /* revisions to this place fail; 0: none */
    bool firsts_fail;        /* so do first answers from the second chain on */
    _Atomic uint32_t wrong;  /* calls that were not as they must be */
    _Atomic uint32_t failed; /* calls */
};

/* --- the two of them -------------------------------------------------------------------- */

static int read_place(const char *text)
{
    unsigned sample, place;

    return sscanf(text, "s%u %u", &sample, &place) == 2 ? (int)place : FAILS;
}

static int fail_call(struct play *play, struct crux_call *call)
{
    atomic_fetch_add(&play->failed, 1);
    call->reply.sentence = "not today";
    return CRUX_FAILED;
}

static int act(struct crux_port *port, struct crux_call *call)
{
    struct play *play = (struct play *)(void *)port;
    const struct crux_revision *revision = call->revision;
    int place = revision != NULL ? read_place(revision->answer->text) + 1 : 0;
    struct crux_proposal *proposal;
    char *text, said[64];

    if (call->kind != CRUX_ANSWER || call->count != 1 || call->state.last != NULL)
        atomic_fetch_add(&play->wrong, 1);
    if (revision != NULL) {
        (void)snprintf(said, sizeof said, "about %s", revision->answer->text);
        if (play->silent ? revision->critique != NULL
                         : revision->critique == NULL || strcmp(said, revision->critique) != 0)
            atomic_fetch_add(&play->wrong, 1);
    }
    if ((place > 0 && (uint32_t)place == play->fails_at) ||
        (place == 0 && play->firsts_fail && call->sample > 0))
        return fail_call(play, call);
    proposal = calloc(1, sizeof *proposal + 32);
    cr_assert_not_null(proposal);
    text = (char *)(proposal + 1);
    (void)snprintf(text, 32, "s%u %d", call->sample, place);
    *proposal = (struct crux_proposal){.text = text, .terminal = true};
    call->reply.count = 1;
    call->reply.proposals = proposal;
    call->reply.owner = proposal;
    return CRUX_DONE;
}

struct ruling {
    struct crux_outcome outcome;
    struct crux_opinion opinion;
    char sentence[64];
};

static int judge(struct crux_port *port, struct crux_call *call)
{
    struct play *play = (struct play *)(void *)((char *)port - offsetof(struct play, court.port));
    int place = read_place(call->candidates[0].text);
    struct word word = play->words[place >= 0 && place < PLACES ? place : 0];
    struct ruling *ruling;

    if (place < 0 || call->claim != NULL || call->count != 1)
        atomic_fetch_add(&play->wrong, 1);
    if (word.reward == FAILS)
        return fail_call(play, call);
    ruling = calloc(1, sizeof *ruling);
    cr_assert_not_null(ruling);
    (void)snprintf(ruling->sentence, sizeof ruling->sentence, "about %s", call->candidates[0].text);
    ruling->outcome = (struct crux_outcome){.reward = word.reward, .verdict = word.verdict};
    ruling->opinion.sentence = play->silent ? NULL : ruling->sentence;
    call->reply.count = 1;
    call->reply.outcomes = &ruling->outcome;
    call->reply.opinions = &ruling->opinion;
    call->reply.owner = ruling;
    return CRUX_DONE;
}

static void give_back(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    free(reply->owner);
}

/* Nothing is ever good enough, and one chain is under way at a time. */
static void open_play(struct play *play, struct search_fixture *fixture)
{
    memset(play, 0, sizeof *play);
    play->actor.port = (struct crux_port){"actor", true, act, NULL, give_back, NULL};
    play->actor.revises = true;
    play->court = (struct crux_critic){
        {"court", true, judge, NULL, give_back, NULL}, 1u << CRUX_JUDGE, false, false, false};
    for (int i = 0; i < PLACES; i++)
        play->words[i].verdict = CRUX_WRONG;
    *fixture = search_fixture_of(WORLD_INSTANT);
    fixture->problems = 1;
    fixture->setup.strategy = CRUX_REFINE;
    fixture->setup.policies[CRUX_STEP] = &play->actor;
    fixture->setup.critics[CRUX_ROLE_OUTCOME] = &play->court;
    fixture->setup.per_tree = 1;
}

/* The texts of all answers, in their order. */
static void write_answers(struct search_fixture *fixture, const struct crux_tree *tree)
{
    char *out = fixture->context;

    for (uint32_t i = 0; i < tree->rollout_count; i++) {
        cr_assert_eq(tree->rollouts[i].node, 0);
        out += sprintf(out, "%s%s", i > 0 ? ", " : "", tree->rollouts[i].text);
    }
}

static void run_play(struct play *play, struct search_fixture *fixture)
{
    search_fixture_run(fixture);
    cr_assert_eq(fixture->status, CRUX_OK, "%s", fixture->error.text);
    cr_assert_null(search_fixture_fault(fixture), "%s", search_fixture_fault(fixture));
    cr_assert_eq(play->wrong, 0);
}

static void assert_answers(struct play *play, struct search_fixture *fixture, const char *want)
{
    char found[4096] = "";

    fixture->context = found;
    fixture->look = write_answers;
    run_play(play, fixture);
    cr_assert_str_eq(found, want);
}

TestSuite(refine, .timeout = 60);

/* --- one chain after the other ------------------------------------------------------------ */

/* An answer, two revisions, then another answer; the budget ends where it ends. Each costs a call.
 */
Test(refine, rounds)
{
    struct play play;
    struct search_fixture fixture;

    open_play(&play, &fixture);
    fixture.setup.calls = 8;
    fixture.setup.refine_rounds = 2;
    assert_answers(&play, &fixture, "s0 0, s1 1, s2 2, s3 0, s4 1, s5 2, s6 0, s7 1");
    cr_assert_eq(fixture.view.calls, 8);
    cr_assert_eq(fixture.sink.simulations, 8);
}

/* Without revisions it is strategy sample. */
Test(refine, no_rounds)
{
    struct play play;
    struct search_fixture fixture;

    open_play(&play, &fixture);
    fixture.setup.calls = 4;
    fixture.setup.refine_rounds = 0;
    assert_answers(&play, &fixture, "s0 0, s1 0, s2 0, s3 0");
    fixture.setup.strategy = CRUX_SAMPLE;
    assert_answers(&play, &fixture, "s0 0, s1 0, s2 0, s3 0");
}

/* More than gamma ends a chain; gamma itself does not. */
Test(refine, good_enough)
{
    struct play play;
    struct search_fixture fixture;

    open_play(&play, &fixture);
    fixture.setup.calls = 6;
    fixture.setup.refine_gamma = 0.75;
    play.words[1] = (struct word){0.75, CRUX_RIGHT};
    play.words[2] = (struct word){0.8, CRUX_RIGHT};
    assert_answers(&play, &fixture, "s0 0, s1 1, s2 2, s6 0, s7 1, s8 2");
    fixture.setup.refine_gamma = 0.7;
    assert_answers(&play, &fixture, "s0 0, s1 1, s6 0, s7 1, s12 0, s13 1");
}

/* A good number says nothing where the verdict is unknown. */
Test(refine, what_is_unknown_is_not_good)
{
    struct play play;
    struct search_fixture fixture;

    open_play(&play, &fixture);
    fixture.setup.calls = 5;
    fixture.setup.refine_rounds = 3;
    play.words[0] = play.words[1] = (struct word){1.0, CRUX_UNKNOWN};
    assert_answers(&play, &fixture, "s0 0, s1 1, s2 2, s3 3, s4 0");
}

/* Good, whatever the critic's word on it: the number decides. */
Test(refine, a_good_number_of_a_wrong_answer)
{
    struct play play;
    struct search_fixture fixture;

    open_play(&play, &fixture);
    fixture.setup.calls = 2;
    play.words[0] = (struct word){0.6, CRUX_WRONG};
    assert_answers(&play, &fixture, "s0 0, s6 0");
}

/* Who writes no sentence gives none to the actor. */
Test(refine, without_a_sentence)
{
    struct play play;
    struct search_fixture fixture;

    open_play(&play, &fixture);
    play.silent = true;
    fixture.setup.calls = 3;
    assert_answers(&play, &fixture, "s0 0, s1 1, s2 2");
}

/* --- what fails ---------------------------------------------------------------------------- */

static void look_at_reason(struct search_fixture *fixture, const struct crux_tree *tree)
{
    enum crux_reason *reason = fixture->context;

    *reason = tree->reason;
}

static enum crux_reason reason_of(struct play *play, struct search_fixture *fixture)
{
    enum crux_reason reason = CRUX_REASONS;

    fixture->context = &reason;
    fixture->look = look_at_reason;
    run_play(play, fixture);
    return reason;
}

/* A revision that fails, by the actor or by the court, ends its chain and nothing else. */
Test(refine, a_revision_fails)
{
    struct play play;
    struct search_fixture fixture;

    open_play(&play, &fixture);
    play.fails_at = 2;
    fixture.setup.calls = 6;
    assert_answers(&play, &fixture, "s0 0, s1 1, s6 0, s7 1");
    cr_assert_eq(play.failed, 2);
    cr_assert_eq(reason_of(&play, &fixture), CRUX_REASON_BUDGET);
    open_play(&play, &fixture);
    play.words[1].reward = FAILS;
    fixture.setup.calls = 4;
    assert_answers(&play, &fixture, "s0 0, s6 0");
    cr_assert_eq(reason_of(&play, &fixture), CRUX_REASON_BUDGET);
}

/* A first answer that fails is the problem's failure, as in sample. */
Test(refine, a_first_answer_fails)
{
    struct play play;
    struct search_fixture fixture;

    open_play(&play, &fixture);
    play.firsts_fail = true;
    fixture.setup.calls = 6;
    fixture.setup.refine_rounds = 1;
    cr_assert_eq(reason_of(&play, &fixture), CRUX_REASON_FAILED);
    cr_assert_eq(play.failed, 1);
    fixture.setup.strategy = CRUX_SAMPLE;
    cr_assert_eq(reason_of(&play, &fixture), CRUX_REASON_FAILED);
}

/* What hangs until its deadline is asked for again; each such call costs one of the budget. */
Test(refine, what_is_late_is_asked_again)
{
    for (int order = CRUX_ORDER_ARRIVAL; order <= CRUX_ORDER_ISSUED; order++) {
        struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);
        struct hanging_policy hanging;

        hanging_policy_open(&hanging, &fixture);
        hanging.every = 4;
        hanging.policy.revises = true;
        fixture.setup.strategy = CRUX_REFINE;
        fixture.setup.order = (enum crux_order)order;
        fixture.setup.calls = 40;
        search_fixture_run(&fixture);
        cr_assert_eq(fixture.status, CRUX_OK, "%s", fixture.error.text);
        cr_assert_null(search_fixture_fault(&fixture), "%s", search_fixture_fault(&fixture));
        cr_assert_gt(hanging.hung, 0);
        cr_assert_eq(fixture.view.withdrawn, hanging.hung);
        cr_assert_eq(fixture.view.simulations + fixture.view.withdrawn, 40 * fixture.problems);
        cr_assert_eq(fixture.sink.failed, 0);
    }
}

/* --- many at a time ------------------------------------------------------------------------ */

/* No more chains than the budget brings to their end, whatever the window. */
Test(refine, as_many_chains_as_can_end)
{
    struct play play;
    struct search_fixture fixture;

    open_play(&play, &fixture);
    fixture.setup.per_tree = 8;
    fixture.setup.calls = 6;
    assert_answers(&play, &fixture, "s0 0, s1 1, s2 2, s3 3, s4 4, s5 5");
    fixture.setup.calls = 3; /* none would */
    assert_answers(&play, &fixture, "s0 0, s1 1, s2 2");
    fixture.setup.order = CRUX_ORDER_ISSUED;
    fixture.setup.calls = 12;
    assert_answers(&play, &fixture,
                   "s0 0, s6 0, s1 1, s7 1, s2 2, s8 2, s3 3, s9 3, s4 4, s10 4, s5 5, s11 5");
}

/* Every chain's answers come in its own order and leave none out; samples are never asked twice. */
static void look_at_chains(struct search_fixture *fixture, const struct crux_tree *tree)
{
    uint32_t rounds = fixture->setup.refine_rounds + 1, next[64] = {0};

    cr_assert_gt(tree->rollout_count, 0);
    for (uint32_t i = 0; i < tree->rollout_count; i++) {
        unsigned sample, place;

        cr_assert_eq(sscanf(tree->rollouts[i].text, "s%u %u", &sample, &place), 2);
        cr_assert_lt(sample / rounds, 64);
        cr_assert_eq(sample % rounds, place);
        cr_assert_eq(next[sample / rounds]++, place, "chain %u", sample / rounds);
    }
}

/* In any window, in groups, with answers that come late and in any order. */
Test(refine, chains_side_by_side)
{
    static const uint32_t windows[] = {1, 3, 8, 64};

    for (uint32_t i = 0; i < 4 * 2 * 2; i++) {
        struct play play;
        struct search_fixture fixture;
        struct late_port *late;

        open_play(&play, &fixture);
        play.words[3] = (struct word){1.0, CRUX_RIGHT};
        late = late_port_open(&play.actor.port, 2, i + 1);
        if (i % 2 == 1)
            fixture.setup.policies[CRUX_STEP] = (struct crux_policy *)(void *)late_port_of(late);
        fixture.problems = 6;
        fixture.setup.calls = 60;
        fixture.setup.per_tree = windows[i / 4];
        fixture.setup.group = i / 2 % 2 == 1 ? 4 : 1;
        fixture.look = look_at_chains;
        run_play(&play, &fixture);
        cr_assert_eq(fixture.view.calls, 360);
        late_port_close(late);
    }
}

/* In the order of issue the same trees come of any number of workers and calls in flight. */
Test(refine, the_order_of_issue)
{
    static const uint32_t workers[] = {1, 2, 8}, in_flight[] = {64, 7, 1};
    uint64_t first = 0;

    for (int i = 0; i < 3; i++) {
        struct search_fixture fixture = search_fixture_of(WORLD_LATE);

        fixture.script.opinions = true;
        fixture.setup.strategy = CRUX_REFINE;
        fixture.setup.order = CRUX_ORDER_ISSUED;
        fixture.setup.calls = 100;
        fixture.setup.refine_rounds = 3;
        fixture.setup.workers = workers[i];
        fixture.setup.in_flight = in_flight[i];
        search_fixture_run(&fixture);
        cr_assert_eq(fixture.status, CRUX_OK, "%s", fixture.error.text);
        cr_assert_null(search_fixture_fault(&fixture), "%s", search_fixture_fault(&fixture));
        cr_assert_eq(fixture.sink.calls, 100 * fixture.problems);
        first = i == 0 ? fixture.sink.digest : first;
        cr_assert_eq(fixture.sink.digest, first, "%u workers", workers[i]);
    }
}

/* The first right answer ends the problem where that is asked for. */
Test(refine, stops_at_the_first_right_one)
{
    struct play play;
    struct search_fixture fixture;

    open_play(&play, &fixture);
    play.words[2] = (struct word){1.0, CRUX_RIGHT};
    fixture.setup.stop_right = 1;
    fixture.setup.calls = 60;
    assert_answers(&play, &fixture, "s0 0, s1 1, s2 2");
    cr_assert_eq(reason_of(&play, &fixture), CRUX_REASON_STOP);
}
