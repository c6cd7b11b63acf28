/*
 * bodies.c - puts bodies to a backend, one to a request, and hands all replies on at once.
 */
#include "io/service/bodies.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/usage.h"

static const struct bodies *bodies_of(const struct served_question *question)
{
    return (const struct bodies *)(const void *)question;
}

static void bodies_free(struct bodies *bodies)
{
    for (uint32_t i = 0; i < bodies->question.count; i++)
        free(bodies->texts[i]);
    free(bodies->texts);
    free(bodies);
}

/* --- the form -------------------------------------------------------------------------------- */

static int bodies_compose(const struct served_question *question, uint32_t first, uint32_t count,
                          struct served_request *out, struct crux_error *error)
{
    const struct bodies *bodies = bodies_of(question);

    (void)error;
    (void)count;
    assert(count == 1 && first < question->count);
    *out = (struct served_request){.path = bodies->path, .piece_count = 1};
    out->pieces[0] = bodies->same[1 + first];
    return CRUX_OK;
}

static int bodies_keep(struct served_choice *choice, char *kept, const char *body, size_t length,
                       struct crux_error *error)
{
    choice->text = kept != NULL ? kept : strndup(body, length);
    if (choice->text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a reply");
    choice->length = kept != NULL ? strlen(kept) : length;
    return CRUX_OK;
}

/* What a service does not say it did not cost. */
static int bodies_split(const struct served_question *question, const char *body, size_t length,
                        struct served_reading *reading, struct served_choice *choices,
                        struct crux_error *error)
{
    const struct bodies *bodies = bodies_of(question);
    struct json *reply = NULL;
    char *kept = NULL;
    int status = json_parse_loose(&reply, body, length, error);

    reading->has_usage = question->completion_most == 0 || json_get(reply, "usage") != NULL;
    reading->usage.prompt = usage_tokens(reply, "prompt_tokens");
    reading->usage.cached = usage_cached(reply);
    reading->usage.completion = usage_tokens(reply, "completion_tokens");
    if (status == CRUX_OK)
        status = bodies->manner->check(bodies, reply, &kept, error);
    json_free(reply);
    if (status == CRUX_OK)
        status = bodies_keep(&choices[0], kept, body, length, error);
    if (status == CRUX_OK) {
        choices[0].usage = reading->usage;
        reading->count = 1;
    }
    return status == CRUX_OK || status == CRUX_MEMORY ? status : CRUX_FAILED;
}

static const struct served_form bodies_form = {1, bodies_compose, bodies_split};

/* --- the way back --------------------------------------------------------------------------- */

static int bodies_read_samples(struct crux_reply *out, const struct bodies *bodies,
                               const struct served_answer *answer, struct crux_error *error)
{
    struct json **replies = calloc(answer->count, sizeof *replies);
    int status = replies != NULL ? CRUX_OK : crux_fail(error, CRUX_MEMORY, "no memory for a reply");

    for (uint32_t i = 0; i < answer->count && status == CRUX_OK; i++)
        status = json_parse_loose(&replies[i], answer->samples[i].text, answer->samples[i].length,
                                  error);
    if (status == CRUX_OK)
        status = bodies->manner->read(bodies, replies, out, error);
    for (uint32_t i = 0; i < answer->count && replies != NULL; i++)
        json_free(replies[i]);
    free(replies);
    return status == CRUX_OK || status == CRUX_MEMORY ? status : CRUX_FAILED;
}

static int bodies_read(const struct bodies *bodies, const struct served_answer *answer)
{
    struct crux_reply *reply = &bodies->call->reply;
    struct crux_error error = {""};
    int status = answer->status;

    if (status == CRUX_OK)
        status = bodies_read_samples(reply, bodies, answer, &error);
    else
        (void)crux_fail(&error, status, "%s", answer->sentence);
    if (status != CRUX_OK) {
        *reply = (struct crux_reply){.sentence = sentences_keep(bodies->sentences, error.text)};
        return status;
    }
    reply->prompt_tokens = bodies->before.prompt_tokens + answer->usage.prompt;
    reply->completion_tokens = bodies->before.completion_tokens + answer->usage.completion;
    reply->price = bodies->before.price + answer->price;
    return CRUX_DONE;
}

/* Nobody takes the reply. */
static void bodies_drop(const struct bodies *bodies, struct crux_reply *reply)
{
    if (bodies->manner->drop != NULL)
        bodies->manner->drop(reply);
    else
        free(reply->owner);
}

static void bodies_answered(struct served_question *question, const struct served_answer *answer)
{
    struct bodies *bodies = (struct bodies *)(void *)question;
    struct crux_call *call = bodies->call;
    int status = bodies_read(bodies, answer);
    struct crux_reply reply = call->reply;

    if (answer->at_once)
        *bodies->at_once = status;
    else if (!crux_complete(call, question->ticket, status))
        bodies_drop(bodies, &reply);
    bodies_free(bodies);
}

/* --- the way there -------------------------------------------------------------------------- */

struct bodies *bodies_new(struct crux_call *call, uint32_t count)
{
    struct bodies *bodies = calloc(1, sizeof *bodies + (count + 1) * sizeof *bodies->same);
    char **texts = calloc(count + 1, sizeof *texts);

    assert(count > 0);
    if (bodies == NULL || texts == NULL) {
        free(bodies);
        free(texts);
        return NULL;
    }
    bodies->call = call;
    bodies->texts = texts;
    bodies->question = (struct served_question){
        .form = &bodies_form,
        .answered = bodies_answered,
        .same = bodies->same,
        .same_count = count + 1,
        .count = count,
        .problem = call->state.problem,
        .deadline_ns = call->deadline_ns,
        .owner = call,
        .ticket = call->ticket,
    };
    return bodies;
}

int bodies_ask(struct served *served, struct bodies *bodies)
{
    int at_once = CRUX_FAILED, status;

    bodies->same[0] = (struct http_piece){bodies->path, strlen(bodies->path)};
    for (uint32_t i = 0; i < bodies->question.count; i++)
        bodies->same[1 + i] = (struct http_piece){bodies->texts[i], strlen(bodies->texts[i])};
    bodies->at_once = &at_once;
    status = served_ask(served, &bodies->question);
    return status == CRUX_PENDING ? status : at_once;
}

int bodies_fail(struct bodies *bodies, int status, const struct crux_error *error)
{
    bodies->call->reply.sentence = sentences_keep(bodies->sentences, error->text);
    bodies_free(bodies);
    return status;
}
