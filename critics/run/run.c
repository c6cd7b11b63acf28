/*
 * run.c - critic `run`: a call's candidates become questions to jails, one each; the call is
 * answered when all of them are.
 *
 * The record of a call lives from run_judge() until the last of its questions and run_judge()
 * itself have let it go: `left` counts them. Whoever takes it to 0 answers, run_judge() by its
 * return.
 */
#include "critics/run/run.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "critics/run/question.h"
#include "critics/run/sums.h"
#include "critics/run/verdict.h"
#include "io/backends/backends.h"
#include "io/quote.h"
#include "io/sentences.h"
#include "io/served/served.h"

struct run_critic {
    struct crux_critic critic;
    char *argument; /* what the settings point into */
    struct run_settings settings;
    struct served *served;
    struct served *own; /* closed with it; NULL: it is on a backend of its opener */
    struct sentences sentences;
};

/* What a reply is made of. */
struct run_reply {
    struct crux_outcome *outcomes;
    struct crux_opinion *opinions;
    double *scores;
    struct run_verdict verdicts[];
};

struct run_call;

struct run_item {
    struct served_question question; /* first: a question is its item */
    struct run_call *of;
    char *line;
    struct http_piece same;
};

struct run_call {
    struct run_critic *self;
    struct crux_call *call;
    uint64_t ticket;
    atomic_uint left;
    pthread_mutex_t lock; /* of the two that follow */
    int status;           /* of the first question that failed */
    struct crux_error error;
    struct run_reply *reply;
    struct run_item items[];
};

static struct run_critic *run_critic_of(struct crux_port *port)
{
    return (struct run_critic *)(void *)port;
}

/* --- the form of a question ----------------------------------------------------------------- */

static int run_compose(const struct served_question *question, uint32_t first, uint32_t count,
                       struct served_request *out, struct crux_error *error)
{
    (void)first;
    (void)count;
    (void)error;
    *out = (struct served_request){.pieces = {question->same[0]}, .piece_count = 1};
    return CRUX_OK;
}

/* Kept as it is said, if it can be read. */
static int run_split(const struct served_question *question, const char *body, size_t length,
                     struct served_reading *reading, struct served_choice *choices,
                     struct crux_error *error)
{
    const struct run_item *item = (const struct run_item *)(const void *)question;
    struct run_verdict verdict;
    int status = run_verdict_read(&verdict, body, length, &item->of->self->settings, error);

    if (status != CRUX_OK)
        return status;
    choices[0].text = malloc(length + 1);
    if (choices[0].text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a verdict");
    memcpy(choices[0].text, body, length);
    choices[0].text[length] = '\0';
    choices[0].length = length;
    reading->has_usage = true; /* it has cost no token */
    return CRUX_OK;
}

static const struct served_form run_form = {1, run_compose, run_split};

/* --- replies ------------------------------------------------------------------------------------
 */

static void free_reply(struct run_reply *reply)
{
    if (reply == NULL)
        return;
    free(reply->outcomes);
    free(reply->opinions);
    free(reply->scores);
    free(reply);
}

/* NULL: no memory. */
static struct run_reply *make_reply(uint32_t count)
{
    struct run_reply *reply = calloc(1, sizeof *reply + count * sizeof *reply->verdicts);

    if (reply == NULL)
        return NULL;
    reply->outcomes = calloc(count, sizeof *reply->outcomes);
    reply->opinions = calloc(count, sizeof *reply->opinions);
    reply->scores = calloc(count, sizeof *reply->scores);
    if (reply->outcomes != NULL && reply->opinions != NULL && reply->scores != NULL)
        return reply;
    free_reply(reply);
    return NULL;
}

/* Rewards, verdicts and sentences as the search reads them. */
static void put_reply(struct crux_call *call, struct run_reply *reply)
{
    for (uint32_t i = 0; i < call->count; i++) {
        const char *sentence = reply->verdicts[i].sentence;

        reply->outcomes[i] = reply->verdicts[i].outcome;
        reply->scores[i] = reply->verdicts[i].outcome.reward;
        reply->opinions[i] = (struct crux_opinion){
            .spread = -1.0, .sentence = sentence[0] != '\0' ? sentence : NULL};
    }
    call->reply = (struct crux_reply){.count = call->count,
                                      .outcomes = reply->outcomes,
                                      .scores = reply->scores,
                                      .opinions = reply->opinions,
                                      .owner = reply};
}

static void run_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    free_reply(reply->owner);
}

/* --- judging
 * -------------------------------------------------------------------------------------- */

static void free_run_call(struct run_call *record, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        free(record->items[i].line);
    free_reply(record->reply);
    (void)pthread_mutex_destroy(&record->lock);
    free(record);
}

static struct run_call *make_run_call(struct run_critic *self, struct crux_call *call)
{
    struct run_call *record = calloc(1, sizeof *record + call->count * sizeof *record->items);

    if (record == NULL)
        return NULL;
    record->self = self;
    record->call = call;
    record->ticket = call->ticket;
    (void)pthread_mutex_init(&record->lock, NULL);
    atomic_init(&record->left, call->count + 1);
    record->reply = make_reply(call->count);
    if (record->reply == NULL) {
        free_run_call(record, call->count);
        return NULL;
    }
    return record;
}

static void fail_run_call(struct run_call *record, int status, const char *sentence)
{
    (void)pthread_mutex_lock(&record->lock);
    if (record->status == CRUX_OK)
        record->status = crux_fail(&record->error, status, "%s", sentence);
    (void)pthread_mutex_unlock(&record->lock);
}

/* All is known: fill in the call's reply. Its status. */
static int finish_run_call(struct run_call *record)
{
    struct crux_call *call = record->call;
    int status = record->status;

    if (status == CRUX_OK) {
        put_reply(call, record->reply);
        record->reply = NULL;
    } else {
        call->reply = (struct crux_reply){
            .sentence = sentences_keep(&record->self->sentences, record->error.text)};
    }
    free_run_call(record, call->count);
    return status;
}

/* True: nobody else has it. acq_rel: what each has written is seen by the last. */
static bool let_go_run_call(struct run_call *record)
{
    return atomic_fetch_sub_explicit(&record->left, 1, memory_order_acq_rel) == 1;
}

static void run_answered(struct served_question *question, const struct served_answer *answer)
{
    struct run_item *item = (struct run_item *)(void *)question;
    struct run_call *record = item->of;
    struct crux_call *call = record->call;
    uint64_t ticket = record->ticket;
    struct run_verdict *verdict = &record->reply->verdicts[item - record->items];
    struct crux_error error = {""};
    int status = answer->status;
    void *owner;

    if (status == CRUX_OK)
        status = run_verdict_read(verdict, answer->samples[0].text, answer->samples[0].length,
                                  &record->self->settings, &error);
    else
        (void)crux_fail(&error, status, "%s", answer->sentence);
    if (status != CRUX_OK)
        fail_run_call(record, status, error.text);
    if (!let_go_run_call(record))
        return;
    status = finish_run_call(record);
    owner = call->reply.owner;
    if (!crux_complete(call, ticket, status))
        free_reply(owner); /* the call is over */
}

/* Ask about one candidate; it may be answered by the time that this returns. */
static void ask_item(struct run_call *record, uint32_t i)
{
    struct run_item *item = &record->items[i];
    const struct crux_call *call = record->call;
    const char *why;
    int status = run_question(&item->line, call->state.problem, &call->candidates[i],
                              &record->self->settings, &why);

    if (status != CRUX_OK)
        fail_run_call(record, status, "no memory for a question to a jail");
    else if (item->line == NULL)
        record->reply->verdicts[i] = run_verdict_unknown(why);
    if (item->line == NULL) {
        (void)let_go_run_call(record); /* run_judge() still has it */
        return;
    }
    item->of = record;
    item->same = (struct http_piece){item->line, strlen(item->line)};
    item->question = (struct served_question){
        .form = &run_form,
        .answered = run_answered,
        .same = &item->same,
        .same_count = 1,
        .count = 1,
        .problem = call->state.problem,
        .owner = &call->candidates[i], /* no deadline: the search cancels what is late */
        .ticket = call->ticket,
    };
    (void)served_ask(record->self->served, &item->question);
}

static int run_judge(struct crux_port *port, struct crux_call *call)
{
    struct run_critic *self = run_critic_of(port);
    struct run_call *record = make_run_call(self, call);

    if (record == NULL) {
        call->reply = (struct crux_reply){.sentence = "no memory to judge programs"};
        return CRUX_MEMORY;
    }
    for (uint32_t i = 0; i < call->count; i++)
        ask_item(record, i);
    return let_go_run_call(record) ? finish_run_call(record) : CRUX_PENDING;
}

static void run_cancel(struct crux_port *port, struct crux_call *call)
{
    for (uint32_t i = 0; i < call->count; i++)
        served_cancel(run_critic_of(port)->served, &call->candidates[i], call->ticket);
}

/* --- recomputing
 * ---------------------------------------------------------------------------------- */

/* What is scored: a candidate, or the state's last step. */
static const struct crux_step *scored_step(const struct crux_call *call, uint32_t i)
{
    return call->candidates != NULL ? &call->candidates[i] : call->state.last;
}

/* False: no memory. */
static bool check_step(struct run_verdict *out, const struct crux_step *step)
{
    struct sums sums = {.held = 0};
    char quoted[120];

    *out = run_verdict_unknown("");
    out->outcome.reward = -1.0;
    if (step == NULL)
        return true;
    if (!sums_check(&sums, step->text, step->length))
        return false;
    if (sums.failed > 0) {
        quote_text(quoted, sizeof quoted, sums.mistake.start, sums.mistake.length);
        (void)snprintf(out->sentence, sizeof out->sentence, "`%s` does not hold", quoted);
        out->outcome.reward = 0.0;
    } else if (sums.held > 0) {
        out->outcome.reward = 1.0;
    }
    return true;
}

static int run_score(struct crux_port *port, struct crux_call *call)
{
    struct run_reply *reply = make_reply(call->count);
    bool memory = reply != NULL;

    (void)port;
    for (uint32_t i = 0; memory && i < call->count; i++)
        memory = check_step(&reply->verdicts[i], scored_step(call, i));
    if (memory) {
        put_reply(call, reply);
        return CRUX_DONE;
    }
    free_reply(reply);
    call->reply = (struct crux_reply){.sentence = "no memory to recompute steps"};
    return CRUX_MEMORY;
}

/* --- open and close
 * --------------------------------------------------------------------------------- */

static void run_close(struct crux_port *port)
{
    struct run_critic *self = run_critic_of(port);

    served_close(self->own);
    sentences_close(&self->sentences);
    free(self->argument);
    free(self);
}

static int open_served(struct run_critic *self, struct crux_backends *backends,
                       struct crux_error *error)
{
    const struct served_options alone = {.name = "run", .jails = &self->settings.jail};
    int status;

    if (backends != NULL)
        return backends_jails(&self->served, backends, &self->settings.jail, error);
    status = served_open(&self->own, &alone, error);
    self->served = self->own;
    return status;
}

static int open_run_judge(struct run_critic *self, const char *argument,
                          struct crux_backends *backends, struct crux_error *error)
{
    int status;

    self->critic.port.ask = run_judge;
    self->critic.port.cancel = run_cancel;
    self->critic.verbs = 1U << CRUX_JUDGE;
    if (argument != NULL && (self->argument = strdup(argument)) == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for critic run");
    status = run_settings_read(&self->settings, self->argument, error);
    self->critic.sees_reference = !self->settings.visible;
    return status == CRUX_OK ? open_served(self, backends, error) : status;
}

static int open_score(struct run_critic *self, const char *argument, struct crux_error *error)
{
    self->critic.port.ask = run_score;
    self->critic.port.instant = true;
    self->critic.verbs = 1U << CRUX_SCORE;
    if (argument != NULL)
        return crux_fail(error, CRUX_INVALID,
                         "critic run recomputes steps without an argument, and got `%.100s`",
                         argument);
    return CRUX_OK;
}

int run_new(struct crux_critic **out, enum crux_role role, const char *argument,
            struct crux_backends *backends, struct crux_error *error)
{
    struct run_critic *self = calloc(1, sizeof *self);
    int status;

    if (self == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for critic run");
    sentences_open(&self->sentences);
    self->critic.port =
        (struct crux_port){.name = "run", .release = run_release, .close = run_close};
    status = role == CRUX_ROLE_OUTCOME ? open_run_judge(self, argument, backends, error)
                                       : open_score(self, argument, error);
    if (status == CRUX_OK)
        *out = &self->critic;
    else
        run_close(&self->critic.port);
    return status;
}

int run_critic_check(enum crux_role role, const char *argument, struct crux_error *error)
{
    struct run_settings settings;

    (void)role;
    return run_settings_read(&settings, argument, error);
}
