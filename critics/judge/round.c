/*
 * round.c - the questions of one call, written, asked and weighed.
 */
#include "critics/judge/round.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "critics/judge/weigh.h"
#include "io/chat/exchange.h"
#include "io/draw.h"

/* Tokens of an answer of one word: a blank and a mark may stand around it. */
enum { WORD_TOKENS = 4 };

/* One request for its votes. */
struct judge_question {
    struct chat_exchange exchange; /* first: a question is its record */
    struct judge_round *round;
    uint32_t candidate, rival; /* rival: mode pair */
    struct judge_verdict *votes;
    uint32_t count; /* votes that were read */
    int status;
    const char *sentence; /* kept by the judge */
    struct served_usage usage;
    int64_t price;
};

struct judge_round {
    struct judge *judge;
    struct crux_call *call;
    uint64_t ticket;
    _Atomic uint32_t left;      /* questions without an answer, and the one who asks */
    struct solution *solutions; /* by candidate */
    uint32_t candidates, question_count;
    struct judge_question *questions;
};

/* --- what is asked -------------------------------------------------------------------------- */

/* A candidate meets the next ones in a circle: all others, or about as many as there are rivals. */
static uint32_t reach_of(const struct judge *judge, uint32_t candidates)
{
    uint32_t all = candidates / 2, some = (judge->plan.rivals + 1) / 2;

    return candidates < 2 ? 0 : judge->plan.rivals + 1 >= candidates || some > all ? all : some;
}

/* The questions of so many candidates; out may be NULL. Of an even circle those who are opposite
 * meet once. */
static uint32_t plan_questions(const struct judge *judge, uint32_t candidates,
                               struct judge_question *out)
{
    uint32_t count = 0, reach = reach_of(judge, candidates);

    if (judge->plan.mode != JUDGE_PAIR) {
        for (; count < candidates && out != NULL; count++)
            out[count].candidate = count;
        return candidates;
    }
    for (uint32_t away = 1; away <= reach; away++)
        for (uint32_t one = 0; one < candidates; one++) {
            uint32_t other = (one + away) % candidates;

            if (2 * away == candidates && one >= away)
                continue;
            if (out != NULL) {
                out[count].candidate = out[count + 1].rival = one;
                out[count].rival = out[count + 1].candidate = other;
            }
            count += 2;
        }
    return count;
}

/* Of one question among those of a call, for served_cancel(). */
static uint64_t judge_ticket_of(uint64_t ticket, uint32_t number)
{
    return draw(ticket, number);
}

static struct judge_form form_of(const struct judge_question *question)
{
    const struct judge *judge = question->round->judge;

    return (struct judge_form){.plan = &judge->plan,
                               .words = &judge->words,
                               .by_token = judge->by_token,
                               .steps = question->round->solutions[question->candidate].count};
}

static int judge_write_words(struct judge_question *question, const char *sentence,
                             const char *schema, struct crux_error *error)
{
    const struct judge_round *round = question->round;
    const struct judge *judge = round->judge;
    const struct chat_settings *settings = &judge->manner.settings;
    const struct judge_matter matter = {
        .problem = round->call->state.problem,
        .solution = &round->solutions[question->candidate],
        .rival = judge->plan.mode == JUDGE_PAIR ? &round->solutions[question->rival] : NULL,
        .whole = round->call->verb == CRUX_JUDGE,
        .form = sentence};
    char *system = NULL, *user = NULL;
    int status = judge_words_say(&system, &user, &judge->words, &matter, error);

    if (status == CRUX_OK) {
        const struct chat_request request = {.system = system,
                                             .user = user,
                                             .given = "",
                                             .max_tokens = judge->by_token && settings->max_tokens >
                                                                                  WORD_TOKENS
                                                               ? WORD_TOKENS
                                                               : settings->max_tokens,
                                             .logprobs = judge->by_token,
                                             .listed = judge->by_token,
                                             .schema = schema};

        status = chat_request_write(&question->exchange.body, settings, &request, error);
    }
    free(system);
    free(user);
    return status;
}

static int judge_write_question(struct judge_question *question, struct crux_error *error)
{
    const struct judge_form form = form_of(question);
    char *sentence = NULL, *schema = NULL;
    int status = judge_form_write(&sentence, &schema, &form, error);

    if (status == CRUX_OK)
        status = judge_write_words(question, sentence, schema, error);
    free(sentence);
    free(schema);
    return status;
}

/* --- the way back --------------------------------------------------------------------------- */

static void round_free(struct judge_round *round)
{
    for (uint32_t i = 0; i < round->question_count && round->questions != NULL; i++) {
        struct judge_question *question = &round->questions[i];

        for (uint32_t vote = 0; vote < question->count; vote++)
            judge_verdict_free(&question->votes[vote]);
        free(question->votes);
        chat_exchange_end(&question->exchange);
    }
    for (uint32_t i = 0; i < round->candidates && round->solutions != NULL; i++)
        solution_close(&round->solutions[i]);
    free(round->questions);
    free(round->solutions);
    free(round);
}

static bool weigh_candidates(const struct judge_round *round, struct opinion_made *made)
{
    bool good = true;

    for (uint32_t i = 0; i < round->question_count && good; i++) {
        const struct judge_question *question = &round->questions[i];

        good = judge_weigh_votes(&made[question->candidate], &round->judge->plan, question->votes,
                                 question->count, round->solutions[question->candidate].count);
    }
    return good;
}

/* One comparison that both orders agree on; results: of the candidate's comparisons so far. */
static void count_duel(struct opinion_made *made, double *results, double result)
{
    results[made->judges++] = result;
}

/* The reason of the order that names the candidate first. */
static bool take_duel_reason(struct opinion_made *made, const struct judge_question *question)
{
    for (uint32_t i = 0; i < question->count && made->sentence == NULL; i++)
        if (question->votes[i].known && question->votes[i].why[0] != '\0') {
            made->sentence = strdup(question->votes[i].why);
            return made->sentence != NULL;
        }
    return true;
}

static bool weigh_pairs(const struct judge_round *round, struct opinion_made *made)
{
    size_t room = 2 * (size_t)JUDGE_RIVALS + 2;
    double *results = calloc(round->candidates * room + 1, sizeof *results);
    bool good = results != NULL;

    for (uint32_t i = 0; i + 1 < round->question_count && good; i += 2) {
        const struct judge_question *forth = &round->questions[i], *back = forth + 1;
        uint32_t one = forth->candidate, other = forth->rival;
        enum judge_better first, second;
        double result;

        good = take_duel_reason(&made[one], forth) && take_duel_reason(&made[other], back);
        if (!judge_weigh_order(&first, forth->votes, forth->count) ||
            !judge_weigh_order(&second, back->votes, back->count))
            continue;
        result = judge_weigh_both(first, second);
        if (result < 0.0)
            continue;
        count_duel(&made[one], results + one * room, result);
        count_duel(&made[other], results + other * room, 1.0 - result);
    }
    for (uint32_t i = 0; i < round->candidates && good; i++) {
        double sum = 0.0;

        for (uint32_t j = 0; j < made[i].judges; j++)
            sum += results[i * room + j];
        if (made[i].judges > 0)
            made[i].score = sum / made[i].judges;
        made[i].spread = opinions_spread(results + i * room, made[i].judges);
    }
    free(results);
    return good;
}

/* The first failure is the call's; what others have cost counts all the same. */
static int sum_up(const struct judge_round *round)
{
    struct crux_reply *reply = &round->call->reply;
    int status = CRUX_OK;

    for (uint32_t i = 0; i < round->question_count; i++) {
        const struct judge_question *question = &round->questions[i];

        reply->prompt_tokens += question->usage.prompt;
        reply->completion_tokens += question->usage.completion;
        reply->price += question->price;
        if (status == CRUX_OK && question->status != CRUX_OK) {
            status = question->status;
            reply->sentence = question->sentence;
        }
    }
    return status;
}

static int judge_conclude(struct judge_round *round)
{
    struct crux_call *call = round->call;
    bool pairs = round->judge->plan.mode == JUDGE_PAIR;
    struct opinion_made *made;
    int status;

    call->reply = (struct crux_reply){.count = 0};
    status = sum_up(round);
    if (status != CRUX_OK)
        return status;
    made = opinions_new(call->count);
    if (made != NULL && !(pairs ? weigh_pairs : weigh_candidates)(round, made)) {
        opinions_free(made, call->count);
        made = NULL;
    }
    return opinions_reply(call, made, !pairs);
}

/* --- one answer ----------------------------------------------------------------------------- */

/* Votes that cannot be used are none; when none can, the backend learns why. */
static int read_votes(struct judge_question *question, const struct chat_sample *samples,
                      uint32_t count)
{
    const struct judge_round *round = question->round;
    const struct judge_form form = form_of(question);
    const char *why = NULL;
    bool used = false;

    for (uint32_t i = 0; i < count; i++) {
        if (!judge_verdict_read(&question->votes[i], &why, &form, &samples[i]))
            return CRUX_MEMORY;
        question->count++;
        used = used || question->votes[i].known;
    }
    if (used)
        served_used(round->judge->served, SERVED_ANSWERS);
    else
        served_dropped(round->judge->served, SERVED_ANSWERS, round->call->state.problem, why);
    return CRUX_OK;
}

/* Where the context is too small for the question, nothing is known of the candidate. */
static int judge_take_answer(struct judge_question *question, const struct served_answer *answer,
                             struct crux_error *error)
{
    struct chat_sample *samples;
    int status = answer->status;

    if (answer->overflow)
        return CRUX_OK;
    if (status != CRUX_OK)
        return crux_fail(error, status, "%s", answer->sentence);
    question->usage = answer->usage;
    question->price = answer->price;
    status = chat_exchange_read(&samples, answer, error);
    if (status != CRUX_OK)
        return status;
    status = read_votes(question, samples, answer->count);
    if (status != CRUX_OK)
        (void)crux_fail(error, status, "no memory for a verdict");
    chat_samples_free(samples, answer->count);
    return status;
}

/* True: that was the last, and the caller concludes. */
static bool judge_drop_one(struct judge_round *round)
{
    /* acq_rel: whoever is the last sees what all others have written; pairs with itself. */
    return atomic_fetch_sub_explicit(&round->left, 1, memory_order_acq_rel) == 1;
}

static void round_complete(struct judge_round *round)
{
    int status = judge_conclude(round);
    void *owner = round->call->reply.owner;

    if (!crux_complete(round->call, round->ticket, status))
        opinions_drop(owner); /* nobody waits any more */
    round_free(round);
}

static void question_answered(struct served_question *asked, const struct served_answer *answer)
{
    struct judge_question *question = (struct judge_question *)(void *)asked;
    struct judge_round *round = question->round;
    struct crux_error error = {""};

    question->status = judge_take_answer(question, answer, &error);
    if (question->status != CRUX_OK)
        question->sentence = sentences_keep(&round->judge->sentences, error.text);
    if (judge_drop_one(round))
        round_complete(round);
}

/* --- the way there -------------------------------------------------------------------------- */

static int prepare_question(struct judge_round *round, uint32_t number, struct crux_error *error)
{
    struct judge_question *question = &round->questions[number];
    const struct crux_call *call = round->call;
    int status;

    question->round = round;
    question->exchange.manner = &round->judge->manner;
    question->exchange.top = round->judge->by_token;
    question->exchange.silent =
        true; /* an empty answer is no verdict, and no fault of the server */
    question->exchange.hears = true;
    question->votes = calloc(round->judge->plan.votes, sizeof *question->votes);
    status = question->votes == NULL
                 ? crux_fail(error, CRUX_MEMORY, "no memory for a judge's questions")
                 : judge_write_question(question, error);
    if (status != CRUX_OK)
        return status;
    chat_exchange_begin(&question->exchange, call->seed);
    question->exchange.question.answered = question_answered;
    question->exchange.question.count = round->judge->plan.votes;
    question->exchange.question.problem = call->state.problem;
    question->exchange.question.owner = call;
    question->exchange.question.ticket = judge_ticket_of(call->ticket, number);
    question->exchange.question.other_shape = true;
    return CRUX_OK;
}

static int prepare_round(struct judge_round *round, struct crux_error *error)
{
    const struct crux_call *call = round->call;
    int status = CRUX_OK;

    round->solutions = calloc((size_t)call->count + 1, sizeof *round->solutions);
    round->questions = calloc((size_t)round->question_count + 1, sizeof *round->questions);
    if (round->solutions == NULL || round->questions == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a judge's questions");
    for (; round->candidates < call->count; round->candidates++)
        if (!solution_open(&round->solutions[round->candidates],
                           &call->candidates[round->candidates]))
            return crux_fail(error, CRUX_MEMORY, "no memory for a judge's questions");
    (void)plan_questions(round->judge, call->count, round->questions);
    for (uint32_t i = 0; i < round->question_count && status == CRUX_OK; i++)
        status = prepare_question(round, i, error);
    return status;
}

/* Their answers may come at once, and then the round still lives: the asker has not let go. */
static int round_send(struct judge_round *round)
{
    int status;

    for (uint32_t i = 0; i < round->question_count; i++)
        (void)served_ask(round->judge->served, &round->questions[i].exchange.question);
    if (!judge_drop_one(round))
        return CRUX_PENDING;
    status = judge_conclude(round);
    round_free(round);
    return status;
}

int judge_round_ask(struct judge *judge, struct crux_call *call)
{
    struct judge_round *round;
    struct crux_error error = {""};
    int status;

    if (call->candidates == NULL)
        return opinions_of_nothing(call);
    round = calloc(1, sizeof *round);
    if (round == NULL)
        return CRUX_MEMORY;
    round->judge = judge;
    round->call = call;
    round->ticket = call->ticket;
    round->question_count = plan_questions(judge, call->count, NULL);
    atomic_init(&round->left, round->question_count + 1);
    status = prepare_round(round, &error);
    if (status == CRUX_OK)
        return round_send(round);
    call->reply.sentence = sentences_keep(&judge->sentences, error.text);
    round_free(round);
    return status;
}

void judge_round_cancel(struct judge *judge, struct crux_call *call)
{
    uint32_t count = call->candidates != NULL ? plan_questions(judge, call->count, NULL) : 0;

    for (uint32_t i = 0; i < count; i++)
        served_cancel(judge->served, call, judge_ticket_of(call->ticket, i));
}
