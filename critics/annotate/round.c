/*
 * round.c - the questions of one call to an annotator, asked, read and gone on from.
 */
#include "critics/annotate/round.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "critics/annotate/inject.h"
#include "critics/notes.h"
#include "io/chat/exchange.h"
#include "io/draw.h"

/* One request for one sample. */
struct annotate_question {
    struct chat_exchange exchange; /* first: a question is its record */
    struct annotate_round *round;
    struct annotate_member *member;
    struct annotate_said said;
    bool usable;   /* said is set */
    bool hopeless; /* another sample would not help */
    int status;
    const char *sentence; /* kept by the annotator */
    struct served_usage usage;
    int64_t price;
};

struct annotate_round {
    struct annotate_round *previous, *next; /* of the open ones; lock */
    struct annotator *annotator;
    struct crux_call *call;
    uint64_t ticket;
    struct annotate_matter matter;
    struct annotate_asked asked; /* the stage, and what was written before */
    uint32_t tries;              /* of this stage so far */
    struct annotate_question questions[ANNOTATE_MEMBERS];
    uint32_t count;
    _Atomic uint32_t left; /* questions without an answer, and the one who asks */
    _Atomic bool cancelled;

    bool done;
    int status;
    const char *sentence;
    struct annotate_said result; /* its text is NULL where there is no critique */
    struct served_usage usage;
    int64_t price;
};

/* --- the list of open rounds ---------------------------------------------------------------- */

static void round_enter(struct annotate_round *round)
{
    struct annotator *annotator = round->annotator;

    (void)pthread_mutex_lock(&annotator->lock);
    round->next = annotator->rounds;
    if (round->next != NULL)
        round->next->previous = round;
    annotator->rounds = round;
    (void)pthread_mutex_unlock(&annotator->lock);
}

static void round_leave(struct annotate_round *round)
{
    struct annotator *annotator = round->annotator;

    (void)pthread_mutex_lock(&annotator->lock);
    if (round->previous != NULL)
        round->previous->next = round->next;
    else
        annotator->rounds = round->next;
    if (round->next != NULL)
        round->next->previous = round->previous;
    (void)pthread_mutex_unlock(&annotator->lock);
}

/* Of one question among those of a call, for served_cancel(). */
static uint64_t annotate_ticket(uint64_t ticket, uint32_t number)
{
    return draw(ticket, number);
}

void annotate_round_cancel(struct annotator *annotator, const struct crux_call *call)
{
    (void)pthread_mutex_lock(&annotator->lock);
    for (struct annotate_round *round = annotator->rounds; round != NULL; round = round->next)
        if (round->call == call && round->ticket == call->ticket)
            /* relaxed: it is seen before the next stage is asked, or with its answer. */
            atomic_store_explicit(&round->cancelled, true, memory_order_relaxed);
    (void)pthread_mutex_unlock(&annotator->lock);
    for (uint32_t i = 0; i < annotator->plan.backend_count; i++)
        served_cancel(annotator->members[i].served, call, annotate_ticket(call->ticket, i));
}

static void annotate_round_free(struct annotate_round *round)
{
    round_leave(round);
    for (uint32_t i = 0; i < ANNOTATE_MEMBERS; i++) {
        annotate_said_close(&round->questions[i].said);
        chat_exchange_end(&round->questions[i].exchange);
    }
    annotate_said_close(&round->result);
    annotate_list_close(&round->asked.first);
    annotate_list_close(&round->asked.second);
    annotate_matter_close(&round->matter);
    free(round);
}

static void round_fail(struct annotate_round *round, int status, const char *sentence)
{
    round->done = true;
    if (round->status != CRUX_OK)
        return;
    round->status = status;
    round->sentence = sentence;
}

/* --- one answer ----------------------------------------------------------------------------- */

/* What has the form of an answer counts as one, whether it is kept or not. */
static int annotate_read_sample(struct annotate_question *question,
                                const struct chat_sample *sample)
{
    const struct annotate_round *round = question->round;
    const char *why = NULL;

    switch (annotate_said_read(&question->said, &why, &round->asked, sample)) {
    case ANNOTATE_READ:
        question->usable = true;
        served_used(question->member->served, SERVED_ANSWERS);
        return CRUX_OK;
    case ANNOTATE_REFUSED:
        served_used(question->member->served, SERVED_ANSWERS);
        return CRUX_OK;
    case ANNOTATE_NO_FORM:
        served_dropped(question->member->served, SERVED_ANSWERS, round->call->tree->problem, why);
        return CRUX_OK;
    default:
        return CRUX_MEMORY;
    }
}

/* Where the context is too small for the question, nothing is said. */
static int annotate_take_answer(struct annotate_question *question,
                                const struct served_answer *answer, struct crux_error *error)
{
    struct chat_sample *samples;
    int status = answer->status;

    question->hopeless = answer->overflow;
    if (answer->overflow)
        return CRUX_OK;
    if (status != CRUX_OK)
        return crux_fail(error, status, "%s", answer->sentence);
    question->usage = answer->usage;
    question->price = answer->price;
    status = chat_exchange_read(&samples, answer, error);
    if (status != CRUX_OK)
        return status;
    status = annotate_read_sample(question, &samples[0]);
    if (status != CRUX_OK)
        (void)crux_fail(error, status, "no memory for a critique");
    chat_samples_free(samples, answer->count);
    return status;
}

/* True: that was the last, and the caller goes on. */
static bool annotate_drop_one(struct annotate_round *round)
{
    /* acq_rel: whoever is the last sees what all others have written; pairs with itself. */
    return atomic_fetch_sub_explicit(&round->left, 1, memory_order_acq_rel) == 1;
}

/* --- from stage to stage -------------------------------------------------------------------- */

static uint32_t count_usable(const struct annotate_round *round)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < round->count; i++)
        count += round->questions[i].usable;
    return count;
}

/* What the answers cost, and the first failure. */
static void annotate_sum_up(struct annotate_round *round)
{
    for (uint32_t i = 0; i < round->count; i++) {
        struct annotate_question *question = &round->questions[i];

        round->usage.prompt += question->usage.prompt;
        round->usage.completion += question->usage.completion;
        round->price += question->price;
        question->usage = (struct served_usage){.prompt = 0};
        question->price = 0;
        if (question->status != CRUX_OK)
            round_fail(round, question->status, question->sentence);
    }
}

static bool wants_again(const struct annotate_round *round)
{
    bool again = false;

    for (uint32_t i = 0; i < round->count; i++)
        again = again || (!round->questions[i].usable && !round->questions[i].hopeless);
    return again && round->tries < round->annotator->plan.tries;
}

/* The critiques of those who wrote one. */
static bool gather_texts(struct annotate_round *round)
{
    struct annotate_list *list = &round->asked.first;

    list->texts = calloc(ANNOTATE_MEMBERS, sizeof *list->texts);
    for (uint32_t i = 0; i < round->count && list->texts != NULL; i++) {
        if (!round->questions[i].usable)
            continue;
        list->texts[list->count++] = round->questions[i].said.text;
        round->questions[i].said.text = NULL;
    }
    return list->texts != NULL;
}

/* Begins a stage, which has this one question or, WRITE of a panel, several. */
static void enter_stage(struct annotate_round *round, enum annotate_stage stage)
{
    round->asked.stage = stage;
    round->tries = 0;
    for (uint32_t i = 0; i < round->count; i++) {
        annotate_said_close(&round->questions[i].said);
        round->questions[i].usable = round->questions[i].hopeless = false;
    }
    round->count = stage == ANNOTATE_WRITE ? round->annotator->plan.backend_count : 1;
}

/* Takes what the first question said. */
static struct annotate_said take_said(struct annotate_round *round)
{
    struct annotate_said said = round->questions[0].said;

    round->questions[0].said = (struct annotate_said){.step = CRUX_NO_STEP};
    return said;
}

static void next_stage(struct annotate_round *round)
{
    struct annotate_said said;

    switch (round->asked.stage) {
    case ANNOTATE_EACH:
    case ANNOTATE_AGAIN:
        said = take_said(round);
        if (round->asked.stage == ANNOTATE_EACH)
            round->asked.first = said.list;
        else
            round->asked.second = said.list;
        enter_stage(round, round->asked.stage == ANNOTATE_EACH ? ANNOTATE_AGAIN : ANNOTATE_MERGE);
        return;
    case ANNOTATE_WRITE:
        if (round->annotator->plan.style != ANNOTATE_PANEL)
            break;
        if (!gather_texts(round))
            round_fail(round, CRUX_MEMORY, "no memory for critiques");
        enter_stage(round, ANNOTATE_META);
        return;
    default:
        break;
    }
    round->result = take_said(round);
    round->done = true;
}

/* All questions of a stage have been answered. */
static void take_stage(struct annotate_round *round)
{
    annotate_sum_up(round);
    round->tries++;
    if (round->done || wants_again(round))
        return;
    if (count_usable(round) == 0)
        round->done = true;
    else
        next_stage(round);
}

/* --- one question --------------------------------------------------------------------------- */

static void annotate_round_answered(struct served_question *asked,
                                    const struct served_answer *answer);

/* Pictures are opened first, because their URLs are pieces of the body. */
static int annotate_write_body(struct annotate_question *question, struct crux_error *error)
{
    const struct annotate_round *round = question->round;
    struct chat_exchange *exchange = &question->exchange;
    struct annotate_member *member = question->member;
    struct annotate_words words = {.system = NULL};
    int status = chat_images_take(&exchange->images, round->annotator->images, member->folder,
                                  round->matter.problem, error);

    if (status == CRUX_OK)
        status = round->asked.stage == ANNOTATE_INJECT
                     ? annotate_inject_write(&words, round->matter.problem, &round->matter.right,
                                             round->asked.details, error)
                     : annotate_words_write(&words, &round->asked, error);
    if (status == CRUX_OK) {
        const struct chat_request request = {.system = words.system,
                                             .user = words.user,
                                             .given = "",
                                             .images = exchange->images.urls,
                                             .image_count = exchange->images.count,
                                             .max_tokens = member->manner.settings.max_tokens,
                                             .schema = words.schema};

        status = chat_request_write(&exchange->body, &member->manner.settings, &request, error);
    }
    annotate_words_close(&words);
    return status;
}

/* An empty answer is no critique, and no fault of the server. */
static int annotate_prepare(struct annotate_round *round, uint32_t number, struct crux_error *error)
{
    struct annotate_question *question = &round->questions[number];
    const struct crux_call *call = round->call;
    int status;

    chat_exchange_end(&question->exchange);
    question->exchange = (struct chat_exchange){.silent = true, .hears = true};
    question->round = round;
    question->member = &round->annotator->members[number];
    question->exchange.manner = &question->member->manner;
    status = annotate_write_body(question, error);
    if (status != CRUX_OK)
        return status;
    chat_exchange_begin(&question->exchange, call->seed);
    question->exchange.question.answered = annotate_round_answered;
    question->exchange.question.first = number * ANNOTATE_TRIES + round->tries;
    question->exchange.question.count = 1;
    question->exchange.question.problem = round->matter.problem;
    question->exchange.question.owner = call;
    question->exchange.question.ticket = annotate_ticket(round->ticket, number);
    question->exchange.question.other_shape = true;
    return CRUX_OK;
}

/* Those that have nothing to use yet. */
static bool prepare_stage(struct annotate_round *round)
{
    struct crux_error error = {""};
    int status = CRUX_OK;

    /* relaxed: see annotate_round_cancel(). */
    if (atomic_load_explicit(&round->cancelled, memory_order_relaxed))
        status = crux_fail(&error, CRUX_CANCELLED, "the call was called off");
    for (uint32_t i = 0; i < round->count && status == CRUX_OK; i++)
        if (!round->questions[i].usable && !round->questions[i].hopeless)
            status = annotate_prepare(round, i, &error);
    if (status != CRUX_OK)
        round_fail(round, status, sentences_keep(&round->annotator->sentences, error.text));
    return status == CRUX_OK;
}

/* Asks, and goes on as long as answers are there at once. True: the round is done, and else
 * somebody else goes on with it. */
static bool annotate_go_on(struct annotate_round *round)
{
    while (!round->done && prepare_stage(round)) {
        bool asks[ANNOTATE_MEMBERS] = {false};
        uint32_t count = round->count, left = 1;

        for (uint32_t i = 0; i < count; i++) {
            asks[i] = !round->questions[i].usable && !round->questions[i].hopeless;
            left += asks[i];
        }
        /* relaxed: nobody else knows of this stage before it is asked. */
        atomic_store_explicit(&round->left, left, memory_order_relaxed);
        for (uint32_t i = 0; i < count; i++)
            if (asks[i])
                (void)served_ask(round->questions[i].member->served,
                                 &round->questions[i].exchange.question);
        if (!annotate_drop_one(round))
            return false;
        take_stage(round);
    }
    return true;
}

/* --- the way back --------------------------------------------------------------------------- */

static int annotate_conclude(struct annotate_round *round)
{
    const struct annotate_said *said = &round->result;
    struct crux_reply *reply = &round->call->reply;
    uint32_t count = annotate_matter_path(&round->matter)->count;
    /* What both paths share is no step of the pair's error, whoever says so. */
    bool points = said->step != CRUX_NO_STEP && said->step >= round->matter.prefix;
    const struct crux_note note = {.first_error = points ? said->step : CRUX_NO_STEP,
                                   .text = said->text,
                                   .error_type = "",
                                   .corrected_step = "",
                                   .method = "",
                                   .verdict = said->answer,
                                   .steps = said->steps,
                                   .step_count = said->steps != NULL ? count : 0};

    *reply = (struct crux_reply){.prompt_tokens = round->usage.prompt,
                                 .completion_tokens = round->usage.completion,
                                 .price = round->price,
                                 .sentence = round->sentence};
    if (round->status != CRUX_OK)
        return round->status;
    return notes_reply(reply, said->text != NULL ? &note : NULL);
}

static void annotate_complete(struct annotate_round *round)
{
    int status = annotate_conclude(round);
    struct crux_call *call = round->call;
    void *owner = call->reply.owner;
    uint64_t ticket = round->ticket;

    /* Before the call completes: after that the annotator may be closed. */
    annotate_round_free(round);
    if (!crux_complete(call, ticket, status))
        free(owner); /* nobody waits any more */
}

static void annotate_round_answered(struct served_question *asked,
                                    const struct served_answer *answer)
{
    struct annotate_question *question = (struct annotate_question *)(void *)asked;
    struct annotate_round *round = question->round;
    struct crux_error error = {""};

    question->status = annotate_take_answer(question, answer, &error);
    if (question->status != CRUX_OK)
        question->sentence = sentences_keep(&round->annotator->sentences, error.text);
    if (!annotate_drop_one(round))
        return;
    take_stage(round);
    if (annotate_go_on(round))
        annotate_complete(round);
}

/* --- the way there -------------------------------------------------------------------------- */

/* Of a right path there is nothing to ask, unless it is to be judged; of no steps, nothing to say.
 * True: *note is the answer. */
static bool answer_unasked(const struct annotate_round *round, const struct crux_note **note)
{
    static const struct crux_note nothing = {.first_error = CRUX_NO_STEP,
                                             .text = NOTES_NOTHING,
                                             .error_type = "",
                                             .corrected_step = "",
                                             .method = ""};

    *note = NULL;
    if (annotate_matter_path(&round->matter)->count == 0)
        return true;
    *note = &nothing;
    return !round->matter.has_wrong && round->call->details == 0 &&
           round->annotator->plan.style != ANNOTATE_BLIND;
}

int annotate_round_ask(struct annotator *annotator, struct crux_call *call)
{
    static const enum annotate_stage first[ANNOTATE_STYLES] = {[ANNOTATE_MMC] = ANNOTATE_WRITE,
                                                               [ANNOTATE_DELIBERATE] =
                                                                   ANNOTATE_EACH,
                                                               [ANNOTATE_BLIND] = ANNOTATE_JUDGE,
                                                               [ANNOTATE_PANEL] = ANNOTATE_WRITE};
    struct annotate_round *round = calloc(1, sizeof *round);
    const struct crux_note *note;
    int status;

    assert(call->details <= INJECTED_MOST);
    assert(call->details == 0 || call->pair->wrong == CRUX_NO_NODE);
    if (round == NULL)
        return CRUX_MEMORY;
    round->annotator = annotator;
    round->call = call;
    round->ticket = call->ticket;
    round_enter(round);
    if (!annotate_matter_open(&round->matter, call->tree, call->pair)) {
        annotate_round_free(round);
        call->reply.sentence = "no memory for an annotator's question";
        return CRUX_MEMORY;
    }
    if (answer_unasked(round, &note)) {
        call->reply = (struct crux_reply){.count = 0};
        status = notes_reply(&call->reply, note);
        annotate_round_free(round);
        return status;
    }
    round->asked.matter = &round->matter;
    round->asked.details = call->details;
    enter_stage(round, call->details > 0 ? ANNOTATE_INJECT : first[annotator->plan.style]);
    if (!annotate_go_on(round))
        return CRUX_PENDING;
    status = annotate_conclude(round);
    annotate_round_free(round);
    return status;
}
