/*
 * chat.c - policy `chat`: proposals of a served model.
 *
 * A record stands between a call of the search and its question. The policy writes a question for
 * each call (conversation.h), puts it to its backend (io/chat/exchange.h), and makes steps of what
 * comes back (steps.h), asking on where a step has only begun (onward.h). The record lives from
 * ask() until chat_answered(), which may come from within ask(): then nothing is completed, and
 * what ask() answers is the call's status.
 */
#include "io/chat/exchange.h"
#include "policies/catalogue.h"
#include "policies/chat/aside.h"
#include "policies/chat/onward.h"
#include "policies/chat/plan.h"
#include "policies/chat/planned.h"
#include "policies/chat/query.h"
#include "policies/chat/thoughts.h"

#include <math.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/backends/backends.h"
#include "io/restarts.h"
#include "io/sentences.h"

struct chat {
    struct crux_policy policy;
    struct chat_plan *plan;
    struct served *served;
    struct images *images;
    struct crux_backends *backends;
    struct sentences sentences;
    struct chat_aside aside; /* witness of the backends */
    _Atomic unsigned told;   /* what was said already: a set of thoughts.h and TOLD_ ... */
};

#define TOLD_NOTHING    0x80000000u
#define TOLD_NO_ENTROPY 0x40000000u
#define TOLD_NO_TOKENS  0x20000000u

#define IDLE_IMAGES     ((size_t)256 << 20) /* bytes that are kept while no question shows them */

struct chat_pending {
    struct chat_exchange exchange; /* first: a question is its record */
    struct chat *chat;
    struct crux_call *call;
    struct planned_reasons reasons; /* of the call's path */
    int *at_once;                   /* ask()'s, only while it waits */
    struct chat_onward onward;
};

/* --- the way there --------------------------------------------------------------------- */

static void chat_pending_free(struct chat_pending *pending)
{
    chat_onward_free(&pending->onward);
    chat_exchange_end(&pending->exchange);
    planned_reasons_free(&pending->reasons);
    free(pending);
}

/* Images are opened first, because their URLs are pieces of the body. */
static int chat_write_body(struct chat_pending *pending, struct crux_error *error)
{
    struct chat *chat = pending->chat;
    struct chat_exchange *exchange = &pending->exchange;
    const struct crux_call *call = pending->call;
    int status = chat_images_take(&exchange->images, chat->images, chat->plan->folder,
                                  call->state.problem, error);
    const struct chat_asking asking = {.kind = call->kind,
                                       .problem = call->state.problem,
                                       .last = pending->reasons.last,
                                       .path = call->state.last,
                                       .revision = call->revision,
                                       .sample = call->sample,
                                       .images = exchange->images.urls,
                                       .image_count = exchange->images.count};

    if (status != CRUX_OK)
        return status;
    exchange->entropy = chat_conversation_lists(&chat->plan->conversation, &asking);
    exchange->token_ids = chat->plan->conversation.settings.token_ids;
    return chat_conversation_write(&exchange->body, &chat->plan->conversation, &asking, error);
}

static void chat_answered(struct served_question *question, const struct served_answer *answer);

/* An answer without a word is one where something was said before, and else a bad reply; what a
 * model has only thought is kept, and judged as steps. No
 * deadline: the search cancels what is late, and may ask again; a call that the client had
 * given up would have failed permanently. */
static void chat_fill_question(struct chat_pending *pending)
{
    struct chat_exchange *exchange = &pending->exchange;
    const struct chat_conversation *conversation = &pending->chat->plan->conversation;
    const struct crux_call *call = pending->call;

    exchange->manner = &pending->chat->plan->manner;
    exchange->stops = chat_conversation_stops(conversation, call->kind);
    exchange->cap = call->kind == CRUX_ANSWER ? conversation->boundary.cap : 0;
    exchange->silent = pending->reasons.last != NULL && call->kind != CRUX_QUERY;
    exchange->hears = true;
    chat_exchange_begin(exchange, call->seed);
    exchange->question.answered = chat_answered;
    exchange->question.first = call->sample;
    exchange->question.count = call->count;
    exchange->question.other_shape = exchange->stops;
    exchange->question.problem = call->state.problem;
    exchange->question.owner = call;
    exchange->question.ticket = call->ticket;
}

static struct chat_pending *chat_pending_new(struct chat *chat, struct crux_call *call,
                                             struct crux_error *error)
{
    struct chat_pending *pending = calloc(1, sizeof *pending);

    if (pending == NULL) {
        (void)crux_fail(error, CRUX_MEMORY, "no memory for a question");
        return NULL;
    }
    pending->chat = chat;
    pending->call = call;
    if (!planned_reasons_of(&pending->reasons, call->state.last)) {
        (void)crux_fail(error, CRUX_MEMORY, "no memory for a question");
        chat_pending_free(pending);
        return NULL;
    }
    if (chat_write_body(pending, error) != CRUX_OK) {
        chat_pending_free(pending);
        return NULL;
    }
    chat_fill_question(pending);
    return pending;
}

/* --- the way back -------------------------------------------------------------------------- */

/* What was seen of thoughts is said once each, on standard error. */
static void chat_tell_thoughts(struct chat *chat, unsigned seen)
{
    unsigned fresh = seen & ~atomic_fetch_or_explicit(&chat->told, seen, memory_order_relaxed);

    for (unsigned one = 1; one <= fresh; one <<= 1)
        if (fresh & one)
            (void)fprintf(stderr, "crux: %s\n",
                          thoughts_sentence(one, chat->plan->conversation.thoughts_are_kept));
}

/* A tree without a first step is of no use. */
static void chat_tell_nothing(struct chat *chat)
{
    if ((atomic_fetch_or_explicit(&chat->told, TOLD_NOTHING, memory_order_relaxed) &
         TOLD_NOTHING) == 0)
        (void)fputs(
            "crux: no sample for a first step was a step: all were cut off at the most tokens, "
            "ended by the server, or began with what ends a step (--max-tokens, --step-stop)\n",
            stderr);
}

/* Who branches by entropy pays for calls that can tell it. */
static void chat_tell_no_entropy(struct chat *chat)
{
    if ((atomic_fetch_or_explicit(&chat->told, TOLD_NO_ENTROPY, memory_order_relaxed) &
         TOLD_NO_ENTROPY) == 0)
        (void)fputs("crux: a reply lists no likeliest tokens, so --branch entropy asks for all "
                    "children there: does the server report top log-probabilities?\n",
                    stderr);
}

/* An older server passes the wish over. */
static void chat_tell_no_tokens(struct chat *chat)
{
    if ((atomic_fetch_or_explicit(&chat->told, TOLD_NO_TOKENS, memory_order_relaxed) &
         TOLD_NO_TOKENS) == 0)
        (void)fputs("crux: a reply has no numbers of tokens with a log-probability each, so "
                    "--token-ids keeps none of it: does the server know return_token_ids?\n",
                    stderr);
}

/* Is nothing said, where something must be? */
static bool chat_says_nothing(const struct chat_pending *pending, const struct chat_proposals *made)
{
    bool nothing = pending->reasons.last == NULL;

    for (uint32_t i = 0; i < made->count; i++)
        nothing = nothing && made->items[i].text[0] == '\0';
    return nothing;
}

/* Why nothing is left of a sample. */
static const char *drop_reason(const struct chat_sample *sample, const struct chat_proposals *made)
{
    if (made->thoughts & THOUGHTS_CUT)
        return thoughts_sentence(THOUGHTS_CUT, false);
    if (sample->end == CHAT_END_LENGTH)
        return "the text was cut at its most tokens (--max-tokens, or the server's context)";
    if (sample->end == CHAT_END_BROKEN)
        return "the text was broken off, says the server (finish_reason)";
    return sample->text[0] == '\0' ? "the text is empty" : "the text is blank";
}

/* Tell the backend whether there was anything in a reply, so that a run ends to which nothing but
 * rubbish comes. Where a text stands already, an empty next step is an end, which says nothing. */
static void chat_judge(const struct chat_pending *pending, const struct chat_proposals *made,
                       const struct chat_sample *samples)
{
    const struct crux_call *call = pending->call;
    enum served_way way = call->kind == CRUX_ANSWER ? SERVED_ANSWERS : SERVED_STEPS;
    bool used = false;

    for (uint32_t i = 0; i < made->count; i++)
        used |= made->items[i].text[0] != '\0';
    if (used)
        served_used(pending->chat->served, way);
    else if (pending->reasons.last == NULL)
        served_dropped(pending->chat->served, way, call->state.problem,
                       drop_reason(&samples[0], made));
}

/* Of those that should go on with what is there, how many begin it anew? */
static void chat_count_restarts(const struct chat_pending *pending,
                                const struct chat_proposals *made)
{
    const struct crux_step *first = pending->reasons.last;
    uint64_t continued = 0, restarts = 0;

    if (first == NULL || pending->call->kind == CRUX_QUERY)
        return;
    while (first->previous != NULL)
        first = first->previous;
    for (uint32_t i = 0; i < made->count; i++) {
        const char *text = made->items[i].text;

        continued += text[0] != '\0';
        restarts += text[0] != '\0' && restarts_begins_anew(text, first->text);
    }
    served_went_on(pending->chat->served, continued, restarts);
}

/* entropy: of the first token; below 0: unknown. */
static int chat_propose(const struct chat_pending *pending, double entropy,
                        struct chat_proposals *made, struct crux_error *error)
{
    const struct chat_onward *onward = &pending->onward;
    struct crux_call *call = pending->call;

    if (made->thoughts & THOUGHTS_CUT && chat_says_nothing(pending, made)) {
        chat_steps_free(made);
        return crux_fail(error, CRUX_FAILED, "%s", thoughts_sentence(THOUGHTS_CUT, false));
    }
    chat_tell_thoughts(pending->chat, made->thoughts);
    chat_count_restarts(pending, made);
    if (made->count == 0 && pending->reasons.last == NULL)
        chat_tell_nothing(pending->chat);
    if (pending->exchange.entropy && entropy < 0.0)
        chat_tell_no_entropy(pending->chat);
    call->reply = (struct crux_reply){.count = made->count,
                                      .knows_entropy = entropy >= 0.0,
                                      .entropy = (float)fmax(entropy, 0.0),
                                      .proposals = made->items,
                                      .prompt_tokens = onward->usage.prompt,
                                      .completion_tokens = onward->usage.completion,
                                      .price = onward->price,
                                      .owner = made->block};
    return CRUX_OK;
}

/* The texts of an answer as steps of the reply. */
static int chat_make_steps(const struct chat_pending *pending, struct crux_error *error)
{
    const struct chat_conversation *conversation = &pending->chat->plan->conversation;
    const struct chat_sample *samples = pending->onward.samples;
    enum crux_kind kind = pending->call->kind;
    const struct crux_step *last = kind == CRUX_QUERY ? NULL : pending->reasons.last;
    char *given = chat_conversation_given(conversation, kind, last);
    const struct chat_context context = {.boundary = &conversation->boundary,
                                         .prompt = conversation->prompt,
                                         .last = last,
                                         .given = given,
                                         .route = conversation->settings.route,
                                         .kind = planned_is_step(kind) ? CRUX_STEP : kind,
                                         .thoughts_are_steps = conversation->thoughts_are_steps};
    struct chat_proposals made;
    int status;

    if (given == NULL)
        status = crux_fail(error, CRUX_MEMORY, "no memory for steps");
    else if (kind == CRUX_QUERY)
        status = chat_query_of(&made, &context, samples, pending->onward.count, error);
    else
        status = chat_steps_of(&made, &context, samples, pending->onward.count, error);

    if (status == CRUX_OK)
        chat_judge(pending, &made, samples);
    if (pending->exchange.token_ids && samples[0].ids == NULL && *samples[0].text != '\0')
        chat_tell_no_tokens(pending->chat);
    free(given);
    return status == CRUX_OK ? chat_propose(pending, samples[0].entropy, &made, error) : status;
}

static void chat_went_on(struct chat_onward *onward, int status);

/* The samples of an answer; CRUX_PENDING: some have only begun, and are asked on for. */
static int chat_read_answer(struct chat_pending *pending, const struct served_answer *answer)
{
    struct chat_onward *onward = &pending->onward;
    const struct chat_plan *plan = pending->chat->plan;
    int status = chat_exchange_read(&onward->samples, answer, &onward->error);

    if (status != CRUX_OK)
        return status;
    onward->plan = plan;
    onward->served = pending->chat->served;
    onward->call = pending->call;
    onward->last = pending->reasons.last;
    onward->ticket = pending->exchange.question.ticket;
    onward->images = &pending->exchange.images;
    onward->done = chat_went_on;
    onward->count = answer->count;
    onward->usage = answer->usage;
    onward->price = answer->price;
    if (!planned_is_step(pending->call->kind) || plan->conversation.boundary.way == SPLIT_MODEL)
        return CRUX_OK;
    return chat_onward_begin(onward);
}

/* What comes of the call. */
static int chat_conclude(struct chat_pending *pending, int status)
{
    struct crux_call *call = pending->call;
    struct crux_error *error = &pending->onward.error;

    call->reply = (struct crux_reply){.count = 0};
    if (status == CRUX_OK && pending->onward.samples != NULL)
        status = chat_make_steps(pending, error);
    if (status != CRUX_OK)
        call->reply.sentence = sentences_keep(&pending->chat->sentences, error->text);
    return status;
}

/* at_once: ask() waits; NULL: it does not. */
static void chat_finish(struct chat_pending *pending, int status, int *at_once)
{
    struct crux_call *call = pending->call;
    void *owner;

    status = chat_conclude(pending, status);
    owner = call->reply.owner;
    if (at_once != NULL)
        *at_once = status;
    else if (!crux_complete(call, pending->exchange.question.ticket, status))
        free(owner); /* nobody waits any more */
    chat_pending_free(pending);
}

static void chat_went_on(struct chat_onward *onward, int status)
{
    struct chat_pending *pending =
        (struct chat_pending *)(void *)((char *)onward - offsetof(struct chat_pending, onward));

    chat_finish(pending, status, NULL);
}

/* Where the text fills the context there is no next step: a dead end, not a failure. */
static void chat_answered(struct served_question *question, const struct served_answer *answer)
{
    struct chat_pending *pending = (struct chat_pending *)(void *)question;
    int *at_once = answer->at_once ? pending->at_once : NULL;
    int status = answer->status;

    if (status == CRUX_OK)
        status = chat_read_answer(pending, answer);
    else if (answer->overflow && pending->call->kind != CRUX_ANSWER)
        status = CRUX_OK;
    else
        (void)crux_fail(&pending->onward.error, status, "%s", answer->sentence);
    if (status != CRUX_PENDING)
        chat_finish(pending, status, at_once);
    else if (at_once != NULL)
        *at_once = CRUX_PENDING;
}

/* --- the port ------------------------------------------------------------------------------- */

static int chat_fail(struct chat *chat, struct crux_call *call, int status, const char *sentence)
{
    call->reply.sentence = sentences_keep(&chat->sentences, sentence);
    return status;
}

static int chat_ask(struct crux_port *port, struct crux_call *call)
{
    struct chat *chat = (struct chat *)(void *)port;
    struct crux_error error = {""};
    struct chat_pending *pending;
    int at_once = CRUX_FAILED;
    int status;

    if (!planned_is_step(call->kind) && call->kind != CRUX_QUERY && call->kind != CRUX_ANSWER)
        return chat_fail(chat, call, CRUX_FAILED,
                         "policy chat proposes steps, rationales, queries and answers only");
    if (call->revision != NULL && (call->kind != CRUX_ANSWER || call->state.last != NULL))
        return chat_fail(chat, call, CRUX_FAILED, "a revision is a whole answer, from the root");
    pending = chat_pending_new(chat, call, &error);
    if (pending == NULL)
        return chat_fail(chat, call, CRUX_FAILED, error.text);
    pending->at_once = &at_once;
    status = served_ask(chat->served, &pending->exchange.question);
    return status == CRUX_PENDING ? CRUX_PENDING : at_once;
}

static void chat_cancel(struct crux_port *port, struct crux_call *call)
{
    struct chat *chat = (struct chat *)(void *)port;

    served_cancel(chat->served, call, call->ticket);
    if (chat->plan->conversation.boundary.way != SPLIT_MODEL && planned_is_step(call->kind))
        chat_onward_cancel(chat->served, call, call->ticket);
}

static void chat_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    free(reply->owner);
}

static void chat_close(struct crux_port *port)
{
    struct chat *chat = (struct chat *)(void *)port;

    backends_remove_witness(chat->backends, &chat->aside.witness);
    sentences_close(&chat->sentences);
    images_close(chat->images);
    chat_plan_close(chat->plan);
    free(chat);
}

int chat_policy_open(struct crux_policy **out, const char *arg, struct crux_backends *backends,
                     struct crux_error *error)
{
    struct chat *chat;
    struct served *served;
    int status = backends_find(&served, backends, arg, error);

    if (status != CRUX_OK)
        return status;
    chat = calloc(1, sizeof *chat);
    if (chat == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for policy chat");
    status = chat_plan_open(&chat->plan, crux_backends_chat(backends, arg), error);
    if (status == CRUX_OK)
        status = images_open(&chat->images, IDLE_IMAGES, error);
    if (status != CRUX_OK) {
        chat_plan_close(chat->plan);
        free(chat);
        return status;
    }
    chat->policy.revises = true;
    chat->policy.tells_entropy = chat->plan->conversation.settings.entropy;
    chat->policy.port = (struct crux_port){.name = "chat",
                                           .ask = chat_ask,
                                           .cancel = chat_cancel,
                                           .release = chat_release,
                                           .close = chat_close};
    chat->served = served;
    chat->backends = backends;
    chat_aside_make(&chat->aside, chat->plan, served, arg);
    backends_add_witness(backends, &chat->aside.witness);
    sentences_open(&chat->sentences);
    *out = &chat->policy;
    return CRUX_OK;
}
