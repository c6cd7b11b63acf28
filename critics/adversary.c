/*
 * adversary.c - a round for the accuser, then one for each validator, about what is still open.
 */
#include "critics/adversary.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "critics/inquiry.h"
#include "critics/said.h"
#include "io/sentences.h"
#include "io/steps.h"

enum ruling { RULING_NONE, RULING_OPEN, RULING_CONFIRMED, RULING_REFUTED };

/* What one candidate is accused of. */
struct accusation {
    enum ruling ruling;           /* NONE: of nothing */
    const struct crux_step *step; /* NULL: the candidate as a whole */
    uint32_t number;              /* of the step, from 1 */
    struct crux_step *lines;      /* the candidate's own steps, behind its path */
    char *texts;                  /* of the lines */
    char *claim;                  /* NULL: none */
    uint32_t validator;           /* who ruled */
    enum crux_verdict verdict;    /* of one that judged the whole */
};

struct adversary {
    struct crux_critic critic; /* first */
    struct crux_critic *accuser;
    struct adversary_validator validators[MEMBERS_MOST];
    uint32_t count;
    bool own; /* only the candidate's own steps are accused */
    struct inquiries pending;
    struct sentences sentences;
};

struct adversary_question {
    struct inquiry inquiry; /* first */
    struct adversary *adversary;
    struct accusation *accusations; /* of each candidate */
    uint32_t *about;                /* the candidate of each of a round's ones */
    uint32_t round;                 /* 0: the accuser's; then validator number round - 1 */
    struct crux_reply cost;
    struct inquiry_one ones[];
};

/* --- steps --------------------------------------------------------------------------------------
 */

static uint32_t line_count(const struct crux_step *candidate)
{
    uint32_t count = 1;

    if (candidate->kind != CRUX_ANSWER)
        return 1;
    for (const char *at = candidate->text; (at = strchr(at, '\n')) != NULL; at++)
        count++;
    return candidate->length > 0 ? count : 0;
}

/* The candidate's own steps: an answer has one on each line. False: no memory. */
static bool accusation_cut(struct accusation *out, const struct crux_step *candidate,
                           uint32_t count)
{
    char *at;

    out->texts = strndup(candidate->text, candidate->length);
    out->lines = calloc(count + 1, sizeof *out->lines);
    if (out->texts == NULL || out->lines == NULL)
        return false;
    at = out->texts;
    for (uint32_t i = 0; i < count; i++) {
        size_t length = candidate->kind == CRUX_ANSWER ? strcspn(at, "\n") : strlen(at);
        uint32_t before = candidate->previous != NULL ? candidate->previous->depth : 0;

        out->lines[i] = (struct crux_step){
            .previous = i > 0 ? &out->lines[i - 1] : candidate->previous,
            .text = at,
            .length = (uint32_t)length,
            .depth = before + i + 1,
            .kind = candidate->kind == CRUX_ANSWER ? CRUX_STEP : candidate->kind};
        at[length] = '\0';
        at += length + 1;
    }
    return true;
}

/* Step number (from 0) of the path and the lines. */
static const struct crux_step *accusation_step(const struct accusation *accusation,
                                               const struct crux_step *candidate, uint32_t number)
{
    const struct crux_step *step = candidate->previous;
    uint32_t depth = step != NULL ? step->depth : 0;

    if (number >= depth)
        return &accusation->lines[number - depth];
    while (step->depth > number + 1)
        step = step->previous;
    return step;
}

/* --- the accuser --------------------------------------------------------------------------- */

/* The place of the lowest reward that is known; UINT32_MAX: none is. */
static uint32_t lowest_step(const struct crux_opinion *opinion, uint32_t first)
{
    uint32_t lowest = UINT32_MAX;

    for (uint32_t i = first; i < opinion->step_count; i++)
        if (opinion->steps[i] >= 0.0 &&
            (lowest == UINT32_MAX || opinion->steps[i] < opinion->steps[lowest]))
            lowest = i;
    return lowest;
}

/* Rewards whose steps were cut otherwise than ours accuse the whole. False: no memory. */
static bool accuse_step(struct accusation *out, const struct adversary *adversary,
                        const struct crux_step *candidate, const struct crux_opinion *opinion)
{
    uint32_t depth = candidate->previous != NULL ? candidate->previous->depth : 0;
    uint32_t lines = line_count(candidate), number;

    if (opinion->steps == NULL || opinion->step_count != depth + lines)
        return true;
    number = lowest_step(opinion, adversary->own ? depth : 0);
    if (number == UINT32_MAX)
        return true;
    if (!accusation_cut(out, candidate, lines))
        return false;
    out->step = accusation_step(out, candidate, number);
    out->number = number + 1;
    return true;
}

static bool accuse(struct accusation *out, const struct adversary_question *question, uint32_t i)
{
    const struct crux_call *call = question->inquiry.call;
    const struct crux_reply *reply = &question->ones[0].asking.call.reply;
    const struct crux_opinion none = {.spread = -1.0};
    const struct crux_opinion *opinion = reply->opinions != NULL ? &reply->opinions[i] : &none;
    bool knows = call->verb == CRUX_JUDGE ? reply->outcomes[i].verdict != CRUX_UNKNOWN ||
                                                reply->outcomes[i].reward != 0.5
                                          : reply->scores[i] >= 0.0;

    if (call->candidates == NULL || (!knows && opinion->steps == NULL))
        return true;
    out->ruling = RULING_OPEN;
    out->claim = opinion->sentence != NULL ? strdup(opinion->sentence) : NULL;
    return (out->claim != NULL || opinion->sentence == NULL) &&
           accuse_step(out, question->adversary, &call->candidates[i], opinion);
}

static int hear_accuser(struct adversary_question *question, struct crux_error *error)
{
    for (uint32_t i = 0; i < question->inquiry.call->count; i++)
        if (!accuse(&question->accusations[i], question, i))
            return crux_fail(error, CRUX_MEMORY, "no memory for an accusation");
    return CRUX_OK;
}

/* --- the validators --------------------------------------------------------------------------- */

/* About candidate number i: a step, or the whole of it. */
static void put_accusation(struct adversary_question *question, uint32_t one, uint32_t i)
{
    const struct adversary_validator *validator =
        &question->adversary->validators[question->round - 1];
    const struct accusation *accusation = &question->accusations[i];
    struct crux_call *call = &question->ones[one].asking.call;

    inquiry_put(&question->inquiry, one, &validator->critic->port, question->inquiry.call->seed);
    question->about[one] = i;
    call->verb = validator->verb;
    call->candidates = &question->inquiry.call->candidates[i];
    if (validator->verb == CRUX_SCORE && accusation->step != NULL) {
        call->candidates = accusation->step;
        call->state.last = accusation->step->previous;
        call->state.depth = accusation->number - 1;
    }
    call->count = 1;
    call->claim = accusation->claim;
}

/* One that scores steps can say nothing about an answer as a whole. */
static bool can_rule(const struct adversary_question *question, uint32_t i)
{
    const struct accusation *accusation = &question->accusations[i];
    const struct adversary_validator *validator =
        &question->adversary->validators[question->round - 1];

    return accusation->ruling == RULING_OPEN &&
           (validator->verb == CRUX_JUDGE || accusation->step != NULL ||
            question->inquiry.call->verb == CRUX_SCORE);
}

/* The next validator that has something to rule on; false: there is none. */
static bool put_open_ones(struct adversary_question *question)
{
    uint32_t count = 0;

    while (count == 0 && question->round < question->adversary->count) {
        question->round++;
        for (uint32_t i = 0; i < question->inquiry.call->count; i++)
            if (can_rule(question, i))
                put_accusation(question, count++, i);
    }
    question->inquiry.count = count;
    return count > 0;
}

static void hear_validator(struct adversary_question *question)
{
    for (uint32_t one = 0; one < question->inquiry.count; one++) {
        struct accusation *accusation = &question->accusations[question->about[one]];
        const struct crux_call *call = &question->ones[one].asking.call;
        bool judged = call->verb == CRUX_JUDGE;
        enum crux_verdict verdict = judged ? call->reply.outcomes[0].verdict : CRUX_UNKNOWN;

        if (!judged && call->reply.scores[0] >= 0.0)
            verdict = call->reply.scores[0] >= 0.5 ? CRUX_RIGHT : CRUX_WRONG;
        if (verdict == CRUX_UNKNOWN)
            continue;
        accusation->ruling = verdict == CRUX_WRONG ? RULING_CONFIRMED : RULING_REFUTED;
        accusation->validator = question->round - 1;
        accusation->verdict = judged || verdict == CRUX_WRONG ? verdict : CRUX_UNKNOWN;
    }
}

/* --- the reply ----------------------------------------------------------------------------------
 */

/* "step 2: 7 is used twice (confirmed by numbers)"; NULL: no memory. */
static char *adversary_sentence(const struct adversary_question *question,
                                const struct accusation *accusation)
{
    static const char *const words[] = {[RULING_OPEN] = "nobody knows",
                                        [RULING_CONFIRMED] = "confirmed by ",
                                        [RULING_REFUTED] = "refuted by "};
    const struct adversary *adversary = question->adversary;
    const char *by = accusation->ruling == RULING_OPEN
                         ? ""
                         : adversary->validators[accusation->validator].critic->port.name;
    const char *claim = accusation->claim != NULL ? accusation->claim : "it is wrong";
    char where[32] = "the whole", *sentence = NULL;

    if (accusation->step != NULL)
        (void)snprintf(where, sizeof where, "step %u", accusation->number);
    return asprintf(&sentence, "%s: %s (%s%s)", where, claim, words[accusation->ruling], by) < 0
               ? NULL
               : sentence;
}

static bool adversary_say(struct said *out, const struct adversary_question *question, uint32_t i)
{
    const struct accusation *accusation = &question->accusations[i];

    *out = said_nothing(question->inquiry.call->verb);
    if (question->inquiry.call->candidates == NULL) {
        *out = said_at_root();
        out->opinion.sentence = strdup(out->opinion.sentence);
        return out->opinion.sentence != NULL;
    }
    if (accusation->ruling == RULING_NONE)
        return true;
    if (accusation->ruling != RULING_OPEN) {
        out->number = accusation->ruling == RULING_CONFIRMED ? 0.0 : 1.0;
        out->verdict = accusation->verdict;
    }
    out->opinion.sentence = adversary_sentence(question, accusation);
    return out->opinion.sentence != NULL;
}

static int adversary_reply(const struct adversary_question *question)
{
    struct crux_call *call = question->inquiry.call;
    struct said *said = calloc(call->count + 1, sizeof *said);
    bool made = said != NULL;
    int status = CRUX_MEMORY;

    for (uint32_t i = 0; i < call->count && made; i++)
        made = adversary_say(&said[i], question, i);
    if (made)
        status = said_reply(&call->reply, call, said);
    else
        call->reply = (struct crux_reply){.sentence = "no memory for the rulings on accusations"};
    for (uint32_t i = 0; i < call->count && said != NULL; i++)
        free((void *)(uintptr_t)said[i].opinion.sentence);
    free(said);
    if (status != CRUX_DONE)
        return status;
    call->reply.prompt_tokens = question->cost.prompt_tokens;
    call->reply.completion_tokens = question->cost.completion_tokens;
    call->reply.price = question->cost.price;
    return status;
}

/* --- rounds
 * --------------------------------------------------------------------------------------- */

static void adversary_forget(struct adversary_question *question)
{
    for (uint32_t i = 0; i < question->inquiry.call->count && question->accusations != NULL; i++) {
        free(question->accusations[i].lines);
        free(question->accusations[i].texts);
        free(question->accusations[i].claim);
    }
    free(question->accusations);
    free(question->about);
}

static int adversary_hear(struct adversary_question *question, struct crux_error *error)
{
    int status = inquiry_check(&question->inquiry, error);

    if (status == CRUX_OK && question->round == 0)
        status = hear_accuser(question, error);
    else if (status == CRUX_OK)
        hear_validator(question);
    inquiry_add_cost(&question->inquiry, &question->cost);
    inquiry_release(&question->inquiry);
    return status;
}

static int adversary_judge(struct inquiry *inquiry)
{
    struct adversary_question *question = (struct adversary_question *)(void *)inquiry;
    struct crux_error error = {""};
    int status = adversary_hear(question, &error);

    if (status == CRUX_OK && put_open_ones(question))
        return CRUX_PENDING;
    if (status == CRUX_OK)
        status = adversary_reply(question);
    else
        inquiry->call->reply = (struct crux_reply){
            .sentence = sentences_keep(&question->adversary->sentences, error.text)};
    adversary_forget(question);
    return status;
}

/* --- the port ----------------------------------------------------------------------------- */

static struct adversary *adversary_of(struct crux_port *port)
{
    return (struct adversary *)(void *)port;
}

static int adversary_ask(struct crux_port *port, struct crux_call *call)
{
    struct adversary *adversary = adversary_of(port);
    struct adversary_question *question =
        calloc(1, sizeof *question + call->count * sizeof *question->ones);

    if (question != NULL) {
        question->inquiry.call = call;
        question->accusations = calloc(call->count, sizeof *question->accusations);
        question->about = calloc(call->count, sizeof *question->about);
    }
    if (question == NULL || question->accusations == NULL || question->about == NULL) {
        if (question != NULL)
            adversary_forget(question);
        free(question);
        call->reply.sentence = "no memory to accuse anybody";
        return CRUX_MEMORY;
    }
    question->adversary = adversary;
    question->inquiry.judge = adversary_judge;
    question->inquiry.ones = question->ones;
    question->inquiry.count = 1;
    inquiry_put(&question->inquiry, 0, &adversary->accuser->port, call->seed);
    return inquiry_begin(&adversary->pending, &question->inquiry);
}

static void adversary_cancel(struct crux_port *port, struct crux_call *call)
{
    inquiry_cancel(&adversary_of(port)->pending, call);
}

static void adversary_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    free(reply->owner);
}

static void adversary_close_one(struct crux_critic *critic)
{
    if (critic->port.close != NULL)
        critic->port.close(&critic->port);
}

static void adversary_close(struct crux_port *port)
{
    struct adversary *adversary = adversary_of(port);

    adversary_close_one(adversary->accuser);
    for (uint32_t i = 0; i < adversary->count; i++)
        adversary_close_one(adversary->validators[i].critic);
    inquiries_close(&adversary->pending);
    sentences_close(&adversary->sentences);
    free(adversary);
}

/* --- opening --------------------------------------------------------------------------------- */

static int adversary_add(struct adversary *adversary, const struct crux_critic *member,
                         struct crux_error *error)
{
    adversary->critic.port.instant &= member->port.instant;
    adversary->critic.sees_reference |= member->sees_reference;
    if (!member->in_turn)
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID,
                     "critic adversary cannot ask %.80s, which is asked in turn",
                     member->port.name);
}

static int adversary_describe(struct adversary *adversary, enum crux_role role,
                              struct crux_error *error)
{
    int status;

    adversary->own = role == CRUX_ROLE_EXECUTION || role == CRUX_ROLE_SUBGOAL;
    adversary->critic =
        (struct crux_critic){.port = {.name = "adversary",
                                      .instant = true,
                                      .ask = adversary_ask,
                                      .cancel = adversary_cancel,
                                      .release = adversary_release,
                                      .close = adversary_close},
                             .verbs = 1U << (role == CRUX_ROLE_OUTCOME ? CRUX_JUDGE : CRUX_SCORE)};
    status = adversary_add(adversary, adversary->accuser, error);
    for (uint32_t i = 0; i < adversary->count && status == CRUX_OK; i++)
        status = adversary_add(adversary, adversary->validators[i].critic, error);
    return status;
}

int adversary_new(struct crux_critic **out, enum crux_role role, struct crux_critic *accuser,
                  const struct adversary_validator *validators, uint32_t count,
                  struct crux_error *error)
{
    struct adversary *adversary = calloc(1, sizeof *adversary);
    int status;

    assert(count > 0 && count < MEMBERS_MOST);
    if (adversary == NULL) {
        adversary_close_one(accuser);
        for (uint32_t i = 0; i < count; i++)
            adversary_close_one(validators[i].critic);
        return crux_fail(error, CRUX_MEMORY, "no memory for critic adversary");
    }
    adversary->accuser = accuser;
    memcpy(adversary->validators, validators, count * sizeof *validators);
    adversary->count = count;
    inquiries_open(&adversary->pending);
    sentences_open(&adversary->sentences);
    status = adversary_describe(adversary, role, error);
    if (status == CRUX_OK)
        *out = &adversary->critic;
    else
        adversary_close(&adversary->critic.port);
    return status;
}
