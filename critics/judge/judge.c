/*
 * judge.c - critic `judge`, opened and closed: the port around its rounds.
 */
#include "critics/judge/judge.h"

#include <stdlib.h>

#include "critics/judge/round.h"
#include "critics/opinions.h"
#include "io/backends/backends.h"

static int judge_ask(struct crux_port *port, struct crux_call *call)
{
    struct judge *judge = (struct judge *)(void *)port;

    if (call->verb == CRUX_SCORE || call->verb == CRUX_JUDGE)
        return judge_round_ask(judge, call);
    call->reply.sentence = "critic judge scores steps and judges answers only";
    return CRUX_FAILED;
}

static void judge_cancel(struct crux_port *port, struct crux_call *call)
{
    judge_round_cancel((struct judge *)(void *)port, call);
}

static void judge_free(struct judge *judge)
{
    sentences_close(&judge->sentences);
    judge_words_close(&judge->words);
    chat_manner_close(&judge->manner);
    free(judge);
}

static void judge_close(struct crux_port *port)
{
    judge_free((struct judge *)(void *)port);
}

/* By chat, whichever route the backend has for steps: nothing is continued here, and the server
 * knows its model's turns best. */
static int open_manner(struct judge *judge, const struct crux_backends *backends,
                       struct crux_error *error)
{
    const struct crux_chat *known = crux_backends_chat(backends, judge->plan.backend);
    struct crux_chat chat = *known;
    int status;

    chat.route = "next";
    status = chat_manner_open(&judge->manner, &chat, error);
    if (status == CRUX_OK)
        judge->by_token = judge->plan.mode == JUDGE_POINT && judge->plan.votes == 1 &&
                          !judge->plan.written && chat.logprobs &&
                          judge->manner.settings.profile->listed_most > 0;
    return status;
}

/* All that needs no backend. */
static int plan_judge(struct judge *judge, enum crux_role role, const char *argument,
                      struct crux_error *error)
{
    int status = judge_plan_read(&judge->plan, argument, error);

    if (status == CRUX_OK && judge->plan.mode == JUDGE_PAIR && role == CRUX_ROLE_VALUE)
        status = crux_fail(error, CRUX_INVALID,
                           "critic judge: mode=pair compares siblings, and a leaf that is valued "
                           "comes alone: say another mode");
    return status == CRUX_OK ? judge_words_open(&judge->words, &judge->plan, error) : status;
}

int judge_critic_check(enum crux_role role, const char *argument, struct crux_error *error)
{
    struct judge judge = {.by_token = false};
    int status = plan_judge(&judge, role, argument, error);

    judge_words_close(&judge.words);
    return status;
}

static int open_judge(struct judge *judge, enum crux_role role, const char *argument,
                      struct crux_backends *backends, struct crux_error *error)
{
    int status = plan_judge(judge, role, argument, error);

    if (status == CRUX_OK && backends == NULL)
        status = crux_fail(error, CRUX_INVALID, "critic judge asks a served model: there is none");
    if (status == CRUX_OK)
        status = backends_find(&judge->served, backends, judge->plan.backend, error);
    if (status == CRUX_OK)
        status = open_manner(judge, backends, error);
    return status;
}

int judge_critic_open(struct crux_critic **out, enum crux_role role, const char *argument,
                      struct crux_backends *backends, struct crux_error *error)
{
    struct judge *judge = calloc(1, sizeof *judge);
    int status;

    if (judge == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for critic judge");
    sentences_open(&judge->sentences);
    status = open_judge(judge, role, argument, backends, error);
    if (status != CRUX_OK) {
        judge_free(judge);
        return status;
    }
    judge->critic = (struct crux_critic){.port = {.name = "judge",
                                                  .ask = judge_ask,
                                                  .cancel = judge_cancel,
                                                  .release = opinions_release,
                                                  .close = judge_close},
                                         .verbs = 1U << CRUX_SCORE | 1U << CRUX_JUDGE,
                                         .sees_reference = judge->words.sees_reference};
    *out = &judge->critic;
    return CRUX_OK;
}
