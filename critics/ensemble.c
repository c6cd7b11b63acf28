/*
 * ensemble.c - asks several critics the same and makes one answer of theirs.
 *
 * The askings of an inquiry stand member by member: `askings` of each, but one of those that are
 * asked in turn, whose memory would count every asking as another answer.
 */
#include "critics/ensemble.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "critics/inquiry.h"
#include "critics/said.h"
#include "io/sentences.h"

#define ENSEMBLE_SEEDS UINT64_C(0x9E3779B97F4A7C15) /* apart in every bit */

enum { ENSEMBLE_ASKINGS = 3, ENSEMBLE_ASKINGS_MOST = RULE_SCORES };

struct ensemble {
    struct crux_critic critic; /* first: a port is its ensemble */
    struct ensemble_manner manner;
    struct crux_critic *members[MEMBERS_MOST];
    uint32_t count, ones;
    struct inquiries pending;
    struct sentences sentences;
};

struct ensemble_question {
    struct inquiry inquiry; /* first */
    struct ensemble *ensemble;
    struct inquiry_one ones[];
};

static uint32_t ensemble_askings(const struct ensemble *ensemble, uint32_t member)
{
    return ensemble->members[member]->in_turn ? 1 : ensemble->manner.askings;
}

/* --- what they say of one candidate ----------------------------------------------------------- */

/* A number for each asking of a member, below 0 where it does not know. */
typedef double ensemble_word(const struct crux_reply *reply, uint32_t candidate);

static double word_score(const struct crux_reply *reply, uint32_t candidate)
{
    return reply->scores[candidate];
}

static double word_verdict(const struct crux_reply *reply, uint32_t candidate)
{
    enum crux_verdict verdict = reply->outcomes[candidate].verdict;

    return verdict == CRUX_UNKNOWN ? -1.0 : verdict == CRUX_RIGHT ? 1.0 : 0.0;
}

static double word_reward(const struct crux_reply *reply, uint32_t candidate)
{
    return reply->outcomes[candidate].reward;
}

static double word_known_reward(const struct crux_reply *reply, uint32_t candidate)
{
    return reply->outcomes[candidate].verdict != CRUX_UNKNOWN ? word_reward(reply, candidate)
                                                              : -1.0;
}

/* The members' numbers, each the mean of what it said, and how consistent it was. */
struct ensemble_words {
    double scores[MEMBERS_MOST], weights[MEMBERS_MOST];
    uint32_t known;
};

static struct ensemble_words ensemble_hear(const struct ensemble_question *question,
                                           uint32_t candidate, ensemble_word *word)
{
    const struct ensemble *ensemble = question->ensemble;
    struct ensemble_words words = {.known = 0};
    uint32_t one = 0;

    for (uint32_t i = 0; i < ensemble->count; i++) {
        double said[ENSEMBLE_ASKINGS_MOST];
        uint32_t askings = ensemble_askings(ensemble, i);

        for (uint32_t k = 0; k < askings; k++)
            said[k] = word(&question->ones[one++].asking.call.reply, candidate);
        words.scores[i] = rule_apply(RULE_MEAN, said, NULL, askings);
        words.weights[i] = rule_consistency(said, askings);
        words.known += words.scores[i] >= 0.0;
    }
    return words;
}

static double ensemble_rule(const struct ensemble *ensemble, const struct ensemble_words *words)
{
    return rule_apply(ensemble->manner.rule, words->scores, words->weights, ensemble->count);
}

/* --- the reply ---------------------------------------------------------------------------- */

/* The first answer that a member gives. */
static const char *ensemble_answer(const struct ensemble_question *question, uint32_t candidate)
{
    const char *answer = NULL;

    for (uint32_t i = 0; i < question->inquiry.count && answer == NULL; i++)
        answer = question->ones[i].asking.call.reply.outcomes[candidate].answer;
    return answer;
}

static const char *ensemble_sentence(const struct ensemble_question *question, uint32_t candidate)
{
    const char *sentence = NULL;

    for (uint32_t i = 0; i < question->inquiry.count && sentence == NULL; i++) {
        const struct crux_opinion *opinions = question->ones[i].asking.call.reply.opinions;

        sentence = opinions != NULL ? opinions[candidate].sentence : NULL;
    }
    return sentence;
}

static struct crux_opinion ensemble_opinion(const struct ensemble_question *question,
                                            uint32_t candidate, const struct ensemble_words *words)
{
    return (struct crux_opinion){
        .judges = words->known,
        .spread = rule_spread(words->scores, question->ensemble->count),
        .sentence = ensemble_sentence(question, candidate),
    };
}

static struct said ensemble_score(const struct ensemble_question *question, uint32_t candidate)
{
    const struct ensemble_words words = ensemble_hear(question, candidate, word_score);

    return (struct said){.number = ensemble_rule(question->ensemble, &words),
                         .opinion = ensemble_opinion(question, candidate, &words)};
}

static enum crux_verdict ensemble_verdict(double verdict)
{
    if (verdict < 0.0 || verdict == 0.5)
        return CRUX_UNKNOWN;
    return verdict > 0.5 ? CRUX_RIGHT : CRUX_WRONG;
}

static struct said ensemble_outcome(const struct ensemble_question *question, uint32_t candidate)
{
    const struct ensemble *ensemble = question->ensemble;
    const struct ensemble_words verdicts = ensemble_hear(question, candidate, word_verdict);
    const struct ensemble_words rewards =
        ensemble_hear(question, candidate, verdicts.known > 0 ? word_known_reward : word_reward);
    double reward = ensemble_rule(ensemble, &rewards);

    if (reward < 0.0)
        reward = rule_apply(RULE_MEAN, rewards.scores, NULL, ensemble->count);
    return (struct said){.number = reward,
                         .verdict = ensemble_verdict(ensemble_rule(ensemble, &verdicts)),
                         .answer = ensemble_answer(question, candidate),
                         .opinion = ensemble_opinion(question, candidate, &rewards)};
}

/* All have answered. */
static int ensemble_reply(struct crux_reply *out, const struct ensemble_question *question)
{
    const struct crux_call *call = question->inquiry.call;
    struct said *said = calloc(call->count + 1, sizeof *said);
    int status;

    if (said == NULL) {
        *out = (struct crux_reply){.sentence = "no memory for the answer of several critics"};
        return CRUX_MEMORY;
    }
    for (uint32_t i = 0; i < call->count; i++)
        said[i] =
            call->verb == CRUX_JUDGE ? ensemble_outcome(question, i) : ensemble_score(question, i);
    status = said_reply(out, call, said);
    free(said);
    if (status == CRUX_DONE)
        inquiry_add_cost(&question->inquiry, out);
    return status;
}

static int ensemble_judge(struct inquiry *inquiry)
{
    struct ensemble_question *question = (struct ensemble_question *)(void *)inquiry;
    struct crux_reply *reply = &inquiry->call->reply;
    struct crux_error error = {""};
    int status = inquiry_check(inquiry, &error);

    if (status == CRUX_OK)
        status = ensemble_reply(reply, question);
    else
        *reply = (struct crux_reply){
            .sentence = sentences_keep(&question->ensemble->sentences, error.text)};
    inquiry_release(inquiry);
    return status;
}

/* --- the port -------------------------------------------------------------------------- */

static struct ensemble *ensemble_of(struct crux_port *port)
{
    return (struct ensemble *)(void *)port;
}

static int ensemble_ask(struct crux_port *port, struct crux_call *call)
{
    struct ensemble *ensemble = ensemble_of(port);
    struct ensemble_question *question =
        calloc(1, sizeof *question + ensemble->ones * sizeof *question->ones);
    uint32_t one = 0;

    if (question == NULL) {
        call->reply.sentence = "no memory to ask several critics";
        return CRUX_MEMORY;
    }
    question->ensemble = ensemble;
    question->inquiry.call = call;
    question->inquiry.judge = ensemble_judge;
    question->inquiry.ones = question->ones;
    question->inquiry.count = ensemble->ones;
    for (uint32_t i = 0; i < ensemble->count; i++)
        for (uint32_t k = 0; k < ensemble_askings(ensemble, i); k++)
            inquiry_put(&question->inquiry, one++, &ensemble->members[i]->port,
                        call->seed + k * ENSEMBLE_SEEDS);
    return inquiry_begin(&ensemble->pending, &question->inquiry);
}

static void ensemble_cancel(struct crux_port *port, struct crux_call *call)
{
    inquiry_cancel(&ensemble_of(port)->pending, call);
}

static void ensemble_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    free(reply->owner);
}

static void ensemble_close_members(struct crux_critic *const *members, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (members[i]->port.close != NULL)
            members[i]->port.close(&members[i]->port);
}

static void ensemble_close(struct crux_port *port)
{
    struct ensemble *ensemble = ensemble_of(port);

    ensemble_close_members(ensemble->members, ensemble->count);
    inquiries_close(&ensemble->pending);
    sentences_close(&ensemble->sentences);
    free(ensemble);
}

/* --- opening -------------------------------------------------------------------------------- */

static bool text_is(struct crux_text text, const char *word)
{
    return text.length == strlen(word) && memcmp(text.start, word, text.length) == 0;
}

/* Behind `weighted=`; 0: it is no number from 2 to 16. */
static uint32_t ensemble_read_askings(struct crux_text number)
{
    uint32_t askings = 0;

    for (size_t i = 0; i < number.length; i++) {
        if (number.start[i] < '0' || number.start[i] > '9' || askings > ENSEMBLE_ASKINGS_MOST)
            return 0;
        askings = askings * 10 + (uint32_t)(number.start[i] - '0');
    }
    return askings >= 2 && askings <= ENSEMBLE_ASKINGS_MOST ? askings : 0;
}

int ensemble_manner_read(struct ensemble_manner *out, struct crux_text word,
                         struct crux_error *error)
{
    static const char weighted[] = "weighted=";
    size_t length = sizeof weighted - 1;
    uint32_t askings = 1;

    for (int rule = 0; rule < RULES; rule++)
        if (text_is(word, rule_name((enum rule)rule))) {
            askings = rule == RULE_WEIGHTED ? ENSEMBLE_ASKINGS : 1;
            *out = (struct ensemble_manner){(enum rule)rule, askings};
            return CRUX_OK;
        }
    if (word.length > length && memcmp(word.start, weighted, length) == 0)
        askings =
            ensemble_read_askings((struct crux_text){word.start + length, word.length - length});
    else
        askings = 0;
    if (askings == 0)
        return crux_fail(error, CRUX_INVALID,
                         "critic ensemble: expected mean, min, product, median, majority, agree, "
                         "weighted or weighted=N with N from 2 to %d before its members, found "
                         "`%.*s`",
                         ENSEMBLE_ASKINGS_MOST, (int)(word.length < 80 ? word.length : 80),
                         word.start);
    *out = (struct ensemble_manner){RULE_WEIGHTED, askings};
    return CRUX_OK;
}

/* What it is follows from what they are. */
static void ensemble_describe(struct ensemble *ensemble, const char *name, enum crux_verb verb)
{
    ensemble->critic = (struct crux_critic){.port = {.name = name,
                                                     .instant = true,
                                                     .ask = ensemble_ask,
                                                     .cancel = ensemble_cancel,
                                                     .release = ensemble_release,
                                                     .close = ensemble_close},
                                            .verbs = 1U << verb};
    for (uint32_t i = 0; i < ensemble->count; i++) {
        const struct crux_critic *member = ensemble->members[i];

        assert((member->verbs & 1U << verb) != 0);
        ensemble->critic.port.instant &= member->port.instant;
        ensemble->critic.sees_reference |= member->sees_reference;
        ensemble->critic.in_turn |= member->in_turn;
        ensemble->ones += ensemble_askings(ensemble, i);
    }
}

static int ensemble_check(const struct ensemble *ensemble, struct crux_error *error)
{
    const char *late = "", *turn = "";

    if (!ensemble->critic.in_turn || ensemble->critic.port.instant)
        return CRUX_OK;
    for (uint32_t i = 0; i < ensemble->count; i++) {
        const struct crux_critic *member = ensemble->members[i];

        turn = member->in_turn ? member->port.name : turn;
        late = member->port.instant ? late : member->port.name;
    }
    return crux_fail(error, CRUX_INVALID,
                     "critic %s cannot ask %.80s, which is asked in turn and at once, beside "
                     "%.80s, which answers late",
                     ensemble->critic.port.name, turn, late);
}

int ensemble_new(struct crux_critic **out, const char *name, const struct ensemble_manner *manner,
                 struct crux_critic *const *members, uint32_t count, enum crux_verb verb,
                 struct crux_error *error)
{
    struct ensemble *ensemble = calloc(1, sizeof *ensemble);
    int status;

    assert(count > 0 && count <= MEMBERS_MOST);
    assert(verb == CRUX_SCORE || verb == CRUX_JUDGE);
    if (ensemble == NULL) {
        ensemble_close_members(members, count);
        return crux_fail(error, CRUX_MEMORY, "no memory for critic %s", name);
    }
    ensemble->manner = *manner;
    ensemble->count = count;
    memcpy(ensemble->members, members, count * sizeof *members);
    inquiries_open(&ensemble->pending);
    sentences_open(&ensemble->sentences);
    ensemble_describe(ensemble, name, verb);
    status = ensemble_check(ensemble, error);
    if (status == CRUX_OK)
        *out = &ensemble->critic;
    else
        ensemble_close(&ensemble->critic.port);
    return status;
}
