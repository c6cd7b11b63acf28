/*
 * ratio.c - asks two models for the log-probability of each candidate, and compares.
 */
#include "critics/ratio/ratio.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "critics/inquiry.h"
#include "critics/ratio/loglik.h"
#include "critics/said.h"
#include "io/sentences.h"

enum { STRONG, WEAK, MODELS };
enum { RATIO_NAME = 80, RATIO_SENTENCE = 120 };

struct ratio {
    struct crux_critic critic; /* first */
    struct crux_port *models[MODELS];
    double scale;
    struct inquiries pending;
    struct sentences sentences;
};

struct ratio_question {
    struct inquiry inquiry; /* first */
    struct ratio *ratio;
    struct inquiry_one ones[MODELS];
};

/* --- what they say --------------------------------------------------------------------------- */

static struct said ratio_say(const struct ratio_question *question, uint32_t i,
                             char sentence[RATIO_SENTENCE])
{
    double strong = question->ones[STRONG].asking.call.reply.scores[i];
    double weak = question->ones[WEAK].asking.call.reply.scores[i];
    struct said said = said_nothing(question->inquiry.call->verb);

    if (question->inquiry.call->candidates == NULL)
        return said_at_root();
    if (strong > 0.0 || weak > 0.0) /* there is nothing to score */
        return said;
    (void)snprintf(sentence, RATIO_SENTENCE,
                   "log-probability %.4f under the stronger model, %.4f under the weaker", strong,
                   weak);
    said.number = 1.0 / (1.0 + exp(-question->ratio->scale * (strong - weak)));
    said.opinion.sentence = sentence;
    return said;
}

static int ratio_reply(struct crux_reply *out, const struct ratio_question *question)
{
    const struct crux_call *call = question->inquiry.call;
    struct said *said = calloc(call->count + 1, sizeof *said);
    char(*sentences)[RATIO_SENTENCE] = calloc(call->count + 1, sizeof *sentences);
    int status = CRUX_MEMORY;

    *out = (struct crux_reply){.sentence = "no memory for the answer of two models"};
    if (said != NULL && sentences != NULL) {
        for (uint32_t i = 0; i < call->count; i++)
            said[i] = ratio_say(question, i, sentences[i]);
        status = said_reply(out, call, said);
    }
    if (status == CRUX_DONE)
        inquiry_add_cost(&question->inquiry, out);
    free(said);
    free(sentences);
    return status;
}

static int ratio_judge(struct inquiry *inquiry)
{
    struct ratio_question *question = (struct ratio_question *)(void *)inquiry;
    struct crux_error error = {""};
    int status = inquiry_check(inquiry, &error);

    if (status == CRUX_OK)
        status = ratio_reply(&inquiry->call->reply, question);
    else
        inquiry->call->reply = (struct crux_reply){
            .sentence = sentences_keep(&question->ratio->sentences, error.text)};
    inquiry_release(inquiry);
    return status;
}

/* --- the port ----------------------------------------------------------------------------- */

static struct ratio *ratio_of(struct crux_port *port)
{
    return (struct ratio *)(void *)port;
}

static int ratio_ask(struct crux_port *port, struct crux_call *call)
{
    struct ratio *ratio = ratio_of(port);
    struct ratio_question *question = calloc(1, sizeof *question);

    if (question == NULL) {
        call->reply.sentence = "no memory to ask two models";
        return CRUX_MEMORY;
    }
    question->ratio = ratio;
    question->inquiry.call = call;
    question->inquiry.judge = ratio_judge;
    question->inquiry.ones = question->ones;
    question->inquiry.count = MODELS;
    for (uint32_t i = 0; i < MODELS; i++) {
        inquiry_put(&question->inquiry, i, ratio->models[i], 0);
        question->ones[i].asking.call.verb = CRUX_SCORE;
    }
    return inquiry_begin(&ratio->pending, &question->inquiry);
}

static void ratio_cancel(struct crux_port *port, struct crux_call *call)
{
    inquiry_cancel(&ratio_of(port)->pending, call);
}

static void ratio_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    free(reply->owner);
}

static void ratio_close(struct crux_port *port)
{
    struct ratio *ratio = ratio_of(port);

    for (int i = 0; i < MODELS; i++)
        if (ratio->models[i] != NULL)
            ratio->models[i]->close(ratio->models[i]);
    inquiries_close(&ratio->pending);
    sentences_close(&ratio->sentences);
    free(ratio);
}

/* --- opening --------------------------------------------------------------------------------- */

struct ratio_said {
    char names[MODELS][RATIO_NAME];
    double scale;
};

static bool ratio_read_scale(double *out, const char *text)
{
    static const char key[] = "scale=";
    char *end;

    if (strncmp(text, key, sizeof key - 1) != 0)
        return false;
    *out = strtod(text + sizeof key - 1, &end);
    return end != text + sizeof key - 1 && *end == '\0' && isfinite(*out) && *out > 0.0;
}

static int ratio_read(struct ratio_said *out, const char *argument, struct crux_error *error)
{
    const char *comma = argument != NULL ? strchr(argument, ',') : NULL;
    size_t strong = comma != NULL ? (size_t)(comma - argument) : 0;
    size_t weak = comma != NULL ? strcspn(comma + 1, ",") : 0;
    const char *rest = comma != NULL ? comma + 1 + weak : "";

    *out = (struct ratio_said){.scale = 1.0};
    if (comma == NULL || strong >= RATIO_NAME || weak >= RATIO_NAME ||
        memchr(argument, '=', strong + 1 + weak) != NULL ||
        (*rest == ',' && !ratio_read_scale(&out->scale, rest + 1)))
        return crux_fail(error, CRUX_INVALID,
                         "critic ratio: expected STRONG,WEAK[,scale=X] with the names of two "
                         "backends and X above 0, found `%.200s`",
                         argument != NULL ? argument : "");
    (void)snprintf(out->names[STRONG], RATIO_NAME, "%.*s", (int)strong, argument);
    (void)snprintf(out->names[WEAK], RATIO_NAME, "%.*s", (int)weak, comma + 1);
    if (strcmp(out->names[STRONG], out->names[WEAK]) != 0)
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID, "critic ratio compares two backends, and `%.200s` is one",
                     argument);
}

int ratio_critic_check(enum crux_role role, const char *argument, struct crux_error *error)
{
    struct ratio_said said;

    (void)role;
    return ratio_read(&said, argument, error);
}

int ratio_open(struct crux_critic **out, enum crux_role role, const char *argument,
               struct crux_backends *backends, struct crux_error *error)
{
    bool whole = role == CRUX_ROLE_OUTCOME || role == CRUX_ROLE_VALUE;
    struct ratio_said said;
    struct ratio *ratio;
    int status = ratio_read(&said, argument, error);

    if (status == CRUX_OK && backends == NULL)
        return crux_fail(error, CRUX_INVALID,
                         "critic ratio asks served models, and there are no backends");
    if (status != CRUX_OK)
        return status;
    ratio = calloc(1, sizeof *ratio);
    if (ratio == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for critic ratio");
    ratio->scale = said.scale;
    inquiries_open(&ratio->pending);
    sentences_open(&ratio->sentences);
    ratio->critic =
        (struct crux_critic){.port = {.name = "ratio",
                                      .ask = ratio_ask,
                                      .cancel = ratio_cancel,
                                      .release = ratio_release,
                                      .close = ratio_close},
                             .verbs = 1U << (role == CRUX_ROLE_OUTCOME ? CRUX_JUDGE : CRUX_SCORE)};
    for (int i = 0; i < MODELS && status == CRUX_OK; i++)
        status = loglik_open(&ratio->models[i], backends, said.names[i], whole, error);
    if (status == CRUX_OK)
        *out = &ratio->critic;
    else
        ratio_close(&ratio->critic.port);
    return status;
}
