/*
 * judge.c - a critic that asks a served model: a question becomes a request, and its reply an
 * outcome (io/chat/).
 */
#include "tests/world/judge.h"

#include <stdio.h>
#include <stdlib.h>

#include "io/backends/backends.h"
#include "io/chat/exchange.h"
#include "io/sentences.h"

enum { VERDICT_TOKENS = 16 };

struct judge {
    struct crux_critic critic;
    struct chat_manner manner;
    struct served *served;
    struct sentences sentences;
    uint32_t every;
};

struct judge_pending {
    struct chat_exchange exchange; /* first: a question is its record */
    struct judge *judge;
    struct crux_call *call;
    int *at_once; /* judge_ask()'s, only while it waits */
};

/* --- the way back ------------------------------------------------------------------------ */

static int judge_reply(struct crux_call *call)
{
    struct crux_outcome *outcomes = calloc(call->count, sizeof *outcomes);

    if (outcomes == NULL)
        return CRUX_MEMORY;
    for (uint32_t i = 0; i < call->count; i++)
        outcomes[i] = (struct crux_outcome){.reward = 0.5, .verdict = CRUX_UNKNOWN};
    call->reply =
        (struct crux_reply){.count = call->count, .outcomes = outcomes, .owner = outcomes};
    return CRUX_DONE;
}

static int judge_read(struct judge_pending *pending, const struct served_answer *answer)
{
    struct crux_error error = {""};
    struct chat_sample *samples;
    int status = answer->status;

    if (status == CRUX_OK)
        status = chat_exchange_read(&samples, answer, &error);
    else
        (void)crux_fail(&error, status, "%s", answer->sentence);
    if (status != CRUX_OK) {
        pending->call->reply =
            (struct crux_reply){.sentence = sentences_keep(&pending->judge->sentences, error.text)};
        return status;
    }
    chat_samples_free(samples, answer->count);
    status = judge_reply(pending->call);
    pending->call->reply.prompt_tokens = answer->usage.prompt;
    pending->call->reply.completion_tokens = answer->usage.completion;
    pending->call->reply.price = answer->price;
    return status;
}

static void judge_answered(struct served_question *question, const struct served_answer *answer)
{
    struct judge_pending *pending = (struct judge_pending *)(void *)question;
    struct crux_call *call = pending->call;
    int status = judge_read(pending, answer);
    void *owner = call->reply.owner;

    if (answer->at_once)
        *pending->at_once = status;
    else if (!crux_complete(call, question->ticket, status))
        free(owner);
    chat_exchange_end(&pending->exchange);
    free(pending);
}

/* --- the way there ------------------------------------------------------------------------ */

static int judge_write(struct judge_pending *pending, struct crux_error *error)
{
    const struct crux_call *call = pending->call;
    const struct crux_step *last = &call->candidates[0];
    char user[2048];
    const struct chat_request request = {
        .system = "You grade answers.", .user = user, .given = "", .max_tokens = VERDICT_TOKENS};

    (void)snprintf(user, sizeof user, "%.900s\n\nIs this its answer? Yes or no.\n\n%.900s",
                   call->state.problem->prompt, last->text);
    return chat_request_write(&pending->exchange.body, &pending->judge->manner.settings, &request,
                              error);
}

static int judge_send(struct judge *judge, struct crux_call *call)
{
    struct judge_pending *pending = calloc(1, sizeof *pending);
    struct crux_error error = {""};
    int at_once = CRUX_FAILED, status;

    if (pending == NULL)
        return CRUX_MEMORY;
    pending->judge = judge;
    pending->call = call;
    pending->at_once = &at_once;
    pending->exchange.manner = &judge->manner;
    status = judge_write(pending, &error);
    if (status != CRUX_OK) {
        call->reply.sentence = sentences_keep(&judge->sentences, error.text);
        free(pending);
        return status;
    }
    chat_exchange_begin(&pending->exchange, call->seed);
    pending->exchange.question.answered = judge_answered;
    pending->exchange.question.count = 1;
    pending->exchange.question.problem = call->state.problem;
    pending->exchange.question.owner = call;
    pending->exchange.question.ticket = call->ticket;
    status = served_ask(judge->served, &pending->exchange.question);
    return status == CRUX_PENDING ? CRUX_PENDING : at_once;
}

/* --- the port -------------------------------------------------------------------------- */

static int judge_ask(struct crux_port *port, struct crux_call *call)
{
    struct judge *judge = (struct judge *)(void *)port;

    return (call->seed >> 8) % judge->every == 0 ? judge_send(judge, call) : judge_reply(call);
}

static void judge_cancel(struct crux_port *port, struct crux_call *call)
{
    served_cancel(((struct judge *)(void *)port)->served, call, call->ticket);
}

static void judge_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    free(reply->owner);
}

static void judge_close(struct crux_port *port)
{
    struct judge *judge = (struct judge *)(void *)port;

    sentences_close(&judge->sentences);
    chat_manner_close(&judge->manner);
    free(judge);
}

int judge_open(struct crux_critic **out, struct crux_backends *backends, const char *name,
               uint32_t every, struct crux_error *error)
{
    struct served *served;
    struct judge *judge;
    int status = backends_find(&served, backends, name, error);

    if (status != CRUX_OK)
        return status;
    judge = calloc(1, sizeof *judge);
    if (judge == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a judge");
    status = chat_manner_open(&judge->manner, crux_backends_chat(backends, name), error);
    if (status != CRUX_OK) {
        free(judge);
        return status;
    }
    judge->critic = (struct crux_critic){.port = {.name = "judge",
                                                  .ask = judge_ask,
                                                  .cancel = judge_cancel,
                                                  .release = judge_release,
                                                  .close = judge_close},
                                         .verbs = 1U << CRUX_JUDGE};
    judge->served = served;
    judge->every = every;
    sentences_open(&judge->sentences);
    *out = &judge->critic;
    return CRUX_OK;
}
