/*
 * message.c - the JSON lines of a program: reads its reply, for each verb.
 *
 * Whether a text is one line and a number in its range the search checks itself, for every
 * port alike; here only the shape is read.
 */
#include "io/process/message.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/process/fields.h"
#include "io/process/note.h"
#include "io/process/opinion.h"
#include "io/quote.h"

#define PRICE_MOST INT64_C(1000000000000000) /* a million of the currency for one reply */

static int no_reply_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for a reply");
}

static int take_number(float *out, const struct json *step, const char *key,
                       struct crux_error *error)
{
    const struct json *value = process_member(step, key);

    if (value == NULL)
        return CRUX_OK;
    if (!process_is_number(value))
        return process_bad_field(error, key, "a number", value);
    *out = (float)json_as_real(value);
    return CRUX_OK;
}

/* All but the text. */
static int message_take_step(struct crux_proposal *out, const struct json *step,
                             struct crux_error *error)
{
    const struct json *terminal = process_member(step, "terminal");
    int status;

    *out = (struct crux_proposal){.prior = 1.0F, .terminal = json_as_bool(terminal)};
    if (terminal != NULL && json_type_of(terminal) != JSON_IS_BOOL)
        return process_bad_field(error, "terminal", "a boolean", terminal);
    status = take_number(&out->prior, step, "prior", error);
    if (status == CRUX_OK)
        status = take_number(&out->logprob, step, "logprob", error);
    return status == CRUX_OK ? process_take_count(&out->tokens, step, "tokens", error) : status;
}

static const char *step_text(const struct json *step)
{
    return json_as_string(json_type_of(step) == JSON_IS_OBJECT ? json_get(step, "text") : step);
}

/* Lines of a rationale or a document are lines of one step. */
static void break_inside(char *text)
{
    for (char *at = text; (at = strchr(at, '\n')) != NULL;)
        *at = '\v';
}

/* The bytes of all texts, or 0 and the sentence. */
static size_t message_text_bytes(const struct json *steps, struct crux_error *error)
{
    size_t bytes = 1;

    for (size_t i = 0; i < json_count(steps); i++) {
        const char *text = step_text(json_at(steps, i));

        if (text == NULL || text[0] == '\0') {
            (void)crux_fail(error, CRUX_FAILED,
                            "field `steps` of a reply: expected texts, or objects with a `text`, "
                            "found something else or an empty one at place %zu",
                            i);
            return 0;
        }
        bytes += strlen(text) + 1;
    }
    return bytes;
}

static int take_steps(struct crux_reply *reply, const struct crux_call *call,
                      const struct json *object, struct crux_error *error)
{
    const struct json *steps = json_get(object, "steps");
    struct crux_proposal *proposals;
    size_t count = json_count(steps), bytes;
    int status = CRUX_OK;
    char *at;

    if (json_type_of(steps) != JSON_IS_ARRAY)
        return process_bad_field(error, "steps", "an array", steps);
    if (count > call->count)
        return crux_fail(error, CRUX_FAILED,
                         "field `steps` of a reply: expected at most %u, found %zu", call->count,
                         count);
    bytes = message_text_bytes(steps, error);
    if (bytes == 0)
        return CRUX_FAILED;
    proposals = calloc(1, count * sizeof *proposals + bytes);
    if (proposals == NULL)
        return no_reply_memory(error);
    at = (char *)(proposals + count);
    for (size_t i = 0; i < count && status == CRUX_OK; i++) {
        const struct json *step = json_at(steps, i);

        status = message_take_step(&proposals[i], step, error);
        proposals[i].text = at;
        (void)strcpy(at, step_text(step));
        if (call->kind == CRUX_RATIONALE || call->kind == CRUX_DOC)
            break_inside(at);
        at += strlen(at) + 1;
    }
    reply->count = (uint32_t)count;
    reply->proposals = proposals;
    reply->owner = proposals;
    return status;
}

/* Left out, or null: not known. */
static int take_entropy(struct crux_reply *reply, const struct json *object,
                        struct crux_error *error)
{
    const struct json *value = process_member(object, "entropy");

    if (value == NULL)
        return CRUX_OK;
    if (!process_is_number(value) || json_as_real(value) < 0.0)
        return process_bad_field(error, "entropy", "a number from 0 on", value);
    reply->knows_entropy = true;
    reply->entropy = (float)fmin(json_as_real(value), FLT_MAX);
    return CRUX_OK;
}

static int take_proposals(struct crux_reply *reply, const struct crux_call *call,
                          const struct json *object, struct crux_error *error)
{
    int status = take_entropy(reply, object, error);

    return status == CRUX_OK ? take_steps(reply, call, object, error) : status;
}

/* An array with one element for each candidate. */
static int check_one_each(const struct json *values, const char *field,
                          const struct crux_call *call, struct crux_error *error)
{
    if (json_type_of(values) != JSON_IS_ARRAY)
        return process_bad_field(error, field, "an array", values);
    if (json_count(values) != call->count)
        return crux_fail(error, CRUX_FAILED,
                         "field `%s` of a reply: expected %u, one for each candidate, found %zu",
                         field, call->count, json_count(values));
    return CRUX_OK;
}

/* A score as it stands, or in an object beside which more is said. */
static const struct json *score_of(const struct json *value)
{
    return json_type_of(value) == JSON_IS_OBJECT ? json_get(value, "score") : value;
}

static int take_scores(struct crux_reply *reply, const struct crux_call *call,
                       const struct json *object, struct crux_error *error)
{
    const struct json *values = json_get(object, "scores");
    int status = check_one_each(values, "scores", call, error);
    size_t said = 0;
    double *scores;

    if (status == CRUX_OK)
        status = opinion_measure(&said, values, error);
    if (status != CRUX_OK)
        return status;
    scores = calloc(1, call->count * sizeof *scores + said);
    if (scores == NULL)
        return no_reply_memory(error);
    for (size_t i = 0; i < call->count && status == CRUX_OK; i++) {
        const struct json *value = score_of(json_at(values, i));

        scores[i] = process_is_share(value) ? json_as_real(value) : -1.0;
        if (!process_is_share(value) && json_type_of(value) != JSON_IS_NULL)
            status = process_bad_field(error, "scores", "numbers from 0 to 1, or null for unknown",
                                       value);
    }
    reply->count = call->count;
    reply->scores = scores;
    reply->opinions = said > 0 ? opinion_fill(scores + call->count, values) : NULL;
    reply->owner = scores;
    return status;
}

/* --- verdicts ---------------------------------------------------------------------------- */

static int take_verdict(struct crux_outcome *out, const struct json *object,
                        struct crux_error *error)
{
    static const double rewards[] = {[CRUX_UNKNOWN] = 0.5, [CRUX_RIGHT] = 1.0, [CRUX_WRONG] = 0.0};
    const struct json *said = process_member(object, "verdict"),
                      *reward = process_member(object, "reward");
    enum crux_verdict verdict = CRUX_UNKNOWN;

    if (said != NULL && !process_is_verdict(&verdict, said))
        return process_bad_field(error, "verdict", "right, wrong or unknown", said);
    if (reward != NULL && !process_is_share(reward))
        return process_bad_field(error, "reward", "a number from 0 to 1", reward);
    out->verdict = verdict;
    out->reward = reward != NULL ? json_as_real(reward) : rewards[verdict];
    return CRUX_OK;
}

/* The texts are those of the line until they are copied. */
static int message_take_outcome(struct crux_outcome *out, const struct json *value,
                                struct crux_error *error)
{
    int status;

    if (json_type_of(value) != JSON_IS_OBJECT)
        return process_bad_field(error, "outcomes", "objects", value);
    status = take_verdict(out, value, error);
    if (status == CRUX_OK)
        status = process_take_text(&out->answer, value, "answer", error);
    if (status == CRUX_OK && strchr(out->answer, '\n') != NULL)
        status = process_bad_field(error, "answer", "a text without line breaks",
                                   json_get(value, "answer"));
    return status;
}

static int take_outcomes(struct crux_reply *reply, const struct crux_call *call,
                         const struct json *object, struct crux_error *error)
{
    const struct json *values = json_get(object, "outcomes");
    int status = check_one_each(values, "outcomes", call, error);
    struct crux_outcome *outcomes;
    size_t bytes = 0, said = 0;
    char *at;

    if (status == CRUX_OK)
        status = opinion_measure(&said, values, error);
    for (size_t i = 0; i < json_count(values) && status == CRUX_OK; i++) {
        struct crux_outcome outcome;

        status = message_take_outcome(&outcome, json_at(values, i), error);
        bytes += status == CRUX_OK ? strlen(outcome.answer) + 1 : 0;
    }
    if (status != CRUX_OK)
        return status;
    outcomes = calloc(1, call->count * sizeof *outcomes + said + bytes);
    if (outcomes == NULL)
        return no_reply_memory(error);
    reply->opinions = said > 0 ? opinion_fill(outcomes + call->count, values) : NULL;
    at = (char *)(outcomes + call->count) + said;
    for (uint32_t i = 0; i < call->count; i++) {
        const char *answer;

        (void)message_take_outcome(&outcomes[i], json_at(values, i), error);
        answer = outcomes[i].answer;
        outcomes[i].answer = answer[0] != '\0' ? at : NULL;
        at = stpcpy(at, answer) + 1;
    }
    reply->count = call->count;
    reply->outcomes = outcomes;
    reply->owner = outcomes;
    return CRUX_OK;
}

/* --- the whole --------------------------------------------------------------------------- */

static int take_cost(struct crux_reply *reply, const struct json *object, struct crux_error *error)
{
    const struct json *price = process_member(object, "price");
    int status = process_take_count(&reply->prompt_tokens, object, "prompt_tokens", error);

    if (status == CRUX_OK)
        status = process_take_count(&reply->completion_tokens, object, "completion_tokens", error);
    reply->price = json_as_integer(price);
    if (status == CRUX_OK && price != NULL &&
        (json_type_of(price) != JSON_IS_INTEGER || reply->price < 0 || reply->price > PRICE_MOST))
        return process_bad_field(error, "price", "an integer from 0 to 1000000000000000", price);
    return status;
}

static int take_by_verb(struct crux_reply *reply, const struct crux_call *call,
                        const struct json *line, struct crux_error *error)
{
    switch (call->verb) {
    case CRUX_PROPOSE:
        return take_proposals(reply, call, line, error);
    case CRUX_SCORE:
        return take_scores(reply, call, line, error);
    case CRUX_JUDGE:
        return take_outcomes(reply, call, line, error);
    default:
        return process_take_note(reply, call, line, error);
    }
}

int process_reply(struct crux_reply *out, const struct crux_call *call, const struct json *line,
                  struct crux_error *error)
{
    const char *fault = json_as_string(json_get(line, "error"));
    struct crux_reply reply = {.count = 0};
    struct crux_error why;
    int status;

    assert(call->verb < CRUX_VERBS);
    if (fault != NULL) {
        quote_text(why.text, sizeof why.text, fault, strlen(fault));
        return crux_fail(error, CRUX_FAILED, "%s", why.text);
    }
    status = take_cost(&reply, line, error);
    if (status == CRUX_OK)
        status = take_by_verb(&reply, call, line, error);
    if (status == CRUX_OK)
        *out = reply;
    else
        free(reply.owner);
    return status;
}
