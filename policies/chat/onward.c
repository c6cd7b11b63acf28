/*
 * onward.c - rounds of questions: one for each sample that has only begun, until none has.
 *
 * Whoever brings a round's count to nothing goes on: the thread of its last answer, or the one that
 * asked, which counts as one more, so that no round ends while its questions are being asked.
 */
#include "policies/chat/onward.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "io/draw.h"
#include "policies/chat/begun.h"

struct chat_onward_strand {
    struct chat_exchange exchange; /* first: a question is its strand */
    struct chat_onward *onward;
    struct crux_step step; /* what the sample has so far, behind the reasoning before it ... */
    struct crux_step path; /* ... and behind all of the path */
    char *text;            /* ... and its text: NULL while nothing is asked for this sample */
    char *whole;           /* the sample's text, once it was made here */
    uint32_t number;
    uint32_t asked, said; /* questions, and those of their replies that were more than a break */

    struct chat_sample *reply; /* one; NULL: none came */
    struct served_usage usage;
    int64_t price;
    int status;
    struct crux_error error;
};

static uint64_t onward_ticket_of(uint64_t ticket, uint32_t number)
{
    return draw(ticket, number);
}

static struct chat_context onward_context(const struct chat_onward *onward,
                                          const struct crux_step *last, const char *given)
{
    const struct chat_conversation *conversation = &onward->plan->conversation;

    return (struct chat_context){.boundary = &conversation->boundary,
                                 .prompt = conversation->prompt,
                                 .last = last,
                                 .given = given,
                                 .route = conversation->settings.route,
                                 .kind = CRUX_STEP,
                                 .thoughts_are_steps = conversation->thoughts_are_steps};
}

/* The pictures are the first question's. */
static void onward_drop_question(struct chat_onward_strand *strand)
{
    strand->exchange.images.count = 0;
    chat_exchange_end(&strand->exchange);
    memset(&strand->exchange, 0, sizeof strand->exchange);
    if (strand->reply != NULL)
        chat_samples_free(strand->reply, 1);
    strand->reply = NULL;
    free(strand->text);
    strand->text = NULL;
}

void chat_onward_free(struct chat_onward *onward)
{
    for (uint32_t i = 0; onward->strands != NULL && i < onward->count; i++) {
        onward_drop_question(&onward->strands[i]);
        free(onward->strands[i].whole);
    }
    free(onward->strands);
    if (onward->samples != NULL)
        chat_samples_free(onward->samples, onward->count);
    onward->strands = NULL;
    onward->samples = NULL;
}

/* --- the way back ------------------------------------------------------------------------- */

static double onward_mean(const struct chat_sample *a, const struct chat_sample *b)
{
    double tokens = (double)a->tokens + (double)b->tokens;

    return tokens > 0.0 ? (a->logprob * a->tokens + b->logprob * b->tokens) / tokens : a->logprob;
}

/* The sample and what it went on with become one. */
static int onward_join(struct chat_onward_strand *strand)
{
    struct chat_onward *onward = strand->onward;
    struct chat_sample *sample = &onward->samples[strand->number];
    char *given =
        chat_conversation_given(&onward->plan->conversation, onward->call->kind, &strand->step);
    char *whole = NULL;
    const struct chat_context context = onward_context(onward, &strand->step, given);
    int status = given == NULL ? crux_fail(&onward->error, CRUX_MEMORY, "no memory for steps")
                               : chat_begun_join(&whole, &sample->end, &context, strand->reply,
                                                 &onward->error);

    free(given);
    if (status != CRUX_OK)
        return status;
    free(strand->whole);
    strand->whole = whole;
    sample->text = whole;
    sample->made = true;
    if (context.thoughts_are_steps)
        sample->reasoning = ""; /* they are in the text */
    strand->said +=
        strand->reply->end != CHAT_END_STOP || *boundary_said(strand->reply->text) != '\0';
    sample->has_logprob = sample->has_logprob && strand->reply->has_logprob;
    sample->logprob = onward_mean(sample, strand->reply);
    sample->tokens += strand->reply->tokens;
    return CRUX_OK;
}

/* All questions of a round were answered. */
static int onward_gather(struct chat_onward *onward)
{
    int status = CRUX_OK;

    for (uint32_t i = 0; i < onward->count; i++) {
        struct chat_onward_strand *strand = &onward->strands[i];

        if (strand->text == NULL)
            continue;
        onward->usage.prompt += strand->usage.prompt;
        onward->usage.cached += strand->usage.cached;
        onward->usage.completion += strand->usage.completion;
        onward->usage.reasoning += strand->usage.reasoning;
        onward->price += strand->price;
        if (status == CRUX_OK && strand->status != CRUX_OK) {
            status = strand->status;
            onward->error = strand->error;
        }
        if (status == CRUX_OK && strand->reply != NULL)
            status = onward_join(strand);
        onward_drop_question(strand);
    }
    return status;
}

/* True: that was the last, and the caller goes on. */
static bool onward_drop_one(struct chat_onward *onward)
{
    /* acq_rel: whoever is the last sees what all others have written; pairs with itself. */
    return atomic_fetch_sub_explicit(&onward->left, 1, memory_order_acq_rel) == 1;
}

static int onward_ask(struct chat_onward *onward);

/* Where the context is too small for more, the step is what there is. */
static void onward_take(struct chat_onward_strand *strand, const struct served_answer *answer)
{
    strand->status = answer->status;
    strand->usage = answer->usage;
    strand->price = answer->price;
    if (answer->overflow) {
        strand->status = CRUX_OK;
        strand->asked = ONWARD_INSIDE;
    } else if (answer->status == CRUX_OK) {
        strand->status = chat_exchange_read(&strand->reply, answer, &strand->error);
    } else {
        (void)crux_fail(&strand->error, answer->status, "%s", answer->sentence);
    }
}

static void onward_answered(struct served_question *question, const struct served_answer *answer)
{
    struct chat_onward_strand *strand = (struct chat_onward_strand *)(void *)question;
    struct chat_onward *onward = strand->onward;
    int status;

    onward_take(strand, answer);
    if (!onward_drop_one(onward))
        return;
    status = onward_gather(onward);
    if (status == CRUX_OK)
        status = onward_ask(onward);
    if (status != CRUX_PENDING)
        onward->done(onward, status);
}

/* --- the way there ------------------------------------------------------------------------ */

/* Its first token's entropy is told by the first reply: none is listed again, as for a sample that
 * is not a state's first. */
static int onward_write(struct chat_onward_strand *strand)
{
    struct chat_onward *onward = strand->onward;
    const struct chat_conversation *conversation = &onward->plan->conversation;
    const struct crux_call *call = onward->call;
    struct chat_exchange *exchange = &strand->exchange;
    const struct chat_asking asking = {.kind = call->kind,
                                       .problem = call->state.problem,
                                       .last = &strand->step,
                                       .path = &strand->path,
                                       .sample = 1,
                                       .images = onward->images->urls,
                                       .image_count = onward->images->count};
    int status = chat_conversation_write(&exchange->body, conversation, &asking, &onward->error);

    if (status != CRUX_OK)
        return status;
    exchange->images = *onward->images;
    exchange->manner = &onward->plan->manner;
    exchange->stops = chat_conversation_stops(conversation, call->kind);
    exchange->token_ids = conversation->settings.token_ids;
    exchange->silent = true;
    exchange->hears = true;
    chat_exchange_begin(exchange, call->seed);
    exchange->question.answered = onward_answered;
    exchange->question.first = call->sample + strand->number;
    exchange->question.count = 1;
    exchange->question.other_shape = exchange->stops;
    exchange->question.problem = call->state.problem;
    exchange->question.owner = call;
    exchange->question.ticket = onward_ticket_of(onward->ticket, strand->number);
    return CRUX_OK;
}

/* Is there more to be asked for this sample? Then its question is written. */
static int onward_prepare(struct chat_onward_strand *strand, const struct chat_context *context)
{
    struct chat_onward *onward = strand->onward;
    const struct crux_step *last = onward->last;
    struct chat_begun begun;
    int status = chat_begun_by(&begun, context, &onward->samples[strand->number], &onward->error);

    if (status != CRUX_OK || begun.text == NULL)
        return status;
    if (strand->asked >= ONWARD_INSIDE || (!begun.inside && strand->said >= ONWARD_MOST)) {
        free(begun.text);
        return CRUX_OK;
    }
    strand->asked++;
    strand->text = begun.text;
    strand->step = (struct crux_step){.previous = last,
                                      .text = begun.text,
                                      .length = (uint32_t)strlen(begun.text),
                                      .depth = last == NULL ? 1 : last->depth + 1,
                                      .kind = (uint8_t)onward->call->kind};
    strand->path = strand->step;
    strand->path.previous = onward->call->state.last;
    return onward_write(strand);
}

/* The number of questions of the next round, written; below 0: why not. */
static int onward_prepare_all(struct chat_onward *onward, uint32_t *asked)
{
    const struct crux_step *last = onward->last;
    char *given = chat_conversation_given(&onward->plan->conversation, onward->call->kind, last);
    const struct chat_context context = onward_context(onward, last, given);
    int status =
        given == NULL ? crux_fail(&onward->error, CRUX_MEMORY, "no memory for steps") : CRUX_OK;

    *asked = 0;
    for (uint32_t i = 0; i < onward->count && status == CRUX_OK; i++) {
        status = onward_prepare(&onward->strands[i], &context);
        *asked += onward->strands[i].text != NULL;
    }
    free(given);
    return status;
}

/* Rounds, until one is answered elsewhere. */
static int onward_ask(struct chat_onward *onward)
{
    uint32_t asked;
    int status;

    while ((status = onward_prepare_all(onward, &asked)) == CRUX_OK && asked > 0) {
        uint32_t count = onward->count;

        /* relaxed: nobody else knows of this round before it is asked. */
        atomic_store_explicit(&onward->left, asked + 1, memory_order_relaxed);
        for (uint32_t i = 0; i < count; i++)
            if (onward->strands[i].text != NULL)
                (void)served_ask(onward->served, &onward->strands[i].exchange.question);
        if (!onward_drop_one(onward))
            return CRUX_PENDING;
        status = onward_gather(onward);
        if (status != CRUX_OK)
            break;
    }
    return status;
}

int chat_onward_begin(struct chat_onward *onward)
{
    onward->strands = calloc(onward->count, sizeof *onward->strands);
    if (onward->strands == NULL)
        return crux_fail(&onward->error, CRUX_MEMORY, "no memory for steps");
    for (uint32_t i = 0; i < onward->count; i++) {
        onward->strands[i].onward = onward;
        onward->strands[i].number = i;
    }
    return onward_ask(onward);
}

void chat_onward_cancel(struct served *served, const struct crux_call *call, uint64_t ticket)
{
    for (uint32_t i = 0; i < call->count; i++)
        served_cancel(served, call, onward_ticket_of(ticket, i));
}
