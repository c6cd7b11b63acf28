/*
 * loglik.c - a call becomes a request for each candidate, in which the model repeats problem, path
 * and candidate.
 *
 * A token at the boundary that begins before the candidate is not the candidate's. Both models of a
 * ratio cut it at the same character.
 */
#include "critics/ratio/loglik.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/service/bodies.h"
#include "critics/ratio/echo.h"
#include "io/backends/backends.h"
#include "io/chat/manner.h"
#include "io/chat/template.h"
#include "io/json.h"
#include "io/steps.h"

#define LOGLIK_BETWEEN "\n\n"

struct loglik {
    struct crux_port port; /* first */
    struct served *served;
    struct chat_manner manner;      /* profile, model, what the user adds to requests */
    struct mustache *chat_template; /* NULL: plain text */
    char *backend;
    bool whole;
    struct sentences sentences;
};

/* --- texts -------------------------------------------------------------------------------------
 */

/* A prompt, and where the part of it that is scored begins and ends, in characters. */
struct loglik_text {
    char *prompt;
    size_t from, to;
};

/* Each line of an answer is a step. */
static char *loglik_spread(const char *text, size_t length, bool answer)
{
    char *out = malloc(2 * length + 1), *at = out;

    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < length; i++) {
        *at++ = text[i] == '\v' ? '\n' : text[i];
        if (answer && text[i] == '\n')
            *at++ = '\n';
    }
    *at = '\0';
    return out;
}

/* What stands before the steps. */
static char *loglik_frame(const struct loglik *loglik, const char *problem)
{
    struct crux_error error;
    char *frame = NULL;

    if (loglik->chat_template == NULL)
        return asprintf(&frame, "%s" LOGLIK_BETWEEN, problem) < 0 ? NULL : frame;
    return chat_template_render(&frame, loglik->chat_template, "", problem, &error) == CRUX_OK
               ? frame
               : NULL;
}

/* The path's steps, each with what stands between it and the next; and the candidate. */
static bool loglik_parts(const struct crux_call *call, uint32_t i, char **path, char **own)
{
    static const struct crux_text between = {LOGLIK_BETWEEN, sizeof LOGLIK_BETWEEN - 1};
    const struct crux_step *candidate = call->candidates != NULL ? &call->candidates[i] : NULL;
    const struct crux_step *last = candidate != NULL ? candidate->previous : call->state.last;

    *path = last == NULL ? strdup("") : steps_join(last, between, LOGLIK_BETWEEN, NULL);
    *own = candidate == NULL
               ? strdup("")
               : loglik_spread(candidate->text, candidate->length, candidate->kind == CRUX_ANSWER);
    return *path != NULL && *own != NULL;
}

/* Texts of problems and steps have no marks of a chat template. */
static char *loglik_join(const char *frame, const char *path, const char *own)
{
    char *guarded_path = chat_template_guard(path), *guarded_own = chat_template_guard(own);
    char *prompt = NULL;

    if (guarded_path == NULL || guarded_own == NULL ||
        asprintf(&prompt, "%s%s%s", frame, guarded_path, guarded_own) < 0)
        prompt = NULL;
    free(guarded_path);
    free(guarded_own);
    return prompt;
}

/* False: no memory. */
static bool loglik_text_write(struct loglik_text *out, const struct loglik *loglik,
                              const struct crux_call *call, uint32_t i)
{
    char *frame = loglik_frame(loglik, call->state.problem->prompt), *path = NULL, *own = NULL;
    char *before = NULL;
    bool made = loglik_parts(call, i, &path, &own) && frame != NULL;

    if (made) {
        before = loglik_join(frame, loglik->whole ? "" : path, "");
        out->prompt = loglik_join(frame, path, own);
        made = before != NULL && out->prompt != NULL;
    }
    if (made) {
        out->from = echo_characters(before);
        out->to = echo_characters(out->prompt);
    }
    free(frame);
    free(path);
    free(own);
    free(before);
    return made;
}

static int loglik_body(char **out, const struct loglik *loglik, const struct crux_call *call,
                       uint32_t i, struct crux_error *error)
{
    const struct chat_settings *settings = &loglik->manner.settings;
    struct loglik_text text = {.prompt = NULL};
    int status;

    if (!loglik_text_write(&text, loglik, call, i)) {
        free(text.prompt);
        return crux_fail(error, CRUX_MEMORY, "no memory for a request");
    }
    status =
        echo_request(out, settings->model, text.prompt,
                     loglik->chat_template != NULL ? settings->profile->fields[CHAT_SPECIAL] : NULL,
                     settings->patch, error);
    free(text.prompt);
    return status;
}

/* --- replies ------------------------------------------------------------------------------------
 */

static int loglik_check(const struct bodies *bodies, const struct json *reply, char **kept,
                        struct crux_error *error)
{
    (void)bodies;
    return echo_check(reply, kept, error);
}

static int loglik_read(const struct bodies *bodies, struct json *const *replies,
                       struct crux_reply *out, struct crux_error *error)
{
    const struct loglik *loglik = bodies->port;
    const struct crux_call *call = bodies->call;
    double *scores = calloc(call->count + 1, sizeof *scores);
    bool made = scores != NULL;

    for (uint32_t i = 0; i < call->count && made; i++) {
        struct loglik_text text = {.prompt = NULL};
        uint32_t tokens;

        made = loglik_text_write(&text, loglik, call, i);
        if (made) {
            scores[i] = echo_sum(replies[i], text.from, text.to, &tokens);
            scores[i] = tokens > 0 ? scores[i] : 1.0;
        }
        free(text.prompt);
    }
    if (!made) {
        free(scores);
        return crux_fail(error, CRUX_MEMORY, "no memory for a reply");
    }
    *out = (struct crux_reply){.count = call->count, .scores = scores, .owner = scores};
    return CRUX_DONE;
}

static const struct bodies_manner loglik_manner = {loglik_check, loglik_read, NULL};

/* --- the port ------------------------------------------------------------------------------- */

static struct loglik *loglik_of(struct crux_port *port)
{
    return (struct loglik *)(void *)port;
}

static int loglik_ask(struct crux_port *port, struct crux_call *call)
{
    struct loglik *loglik = loglik_of(port);
    struct bodies *bodies = bodies_new(call, call->count);
    struct crux_error error = {""};
    int status = CRUX_OK;

    if (bodies == NULL) {
        call->reply.sentence = "no memory to ask a model";
        return CRUX_MEMORY;
    }
    bodies->manner = &loglik_manner;
    bodies->port = loglik;
    bodies->sentences = &loglik->sentences;
    bodies->path = chat_route_path(CHAT_COMPLETIONS);
    for (uint32_t i = 0; i < call->count && status == CRUX_OK; i++)
        status = loglik_body(&bodies->texts[i], loglik, call, i, &error);
    if (status != CRUX_OK)
        return bodies_fail(bodies, status, &error);
    for (uint32_t i = 0; i < call->count; i++)
        if (strlen(bodies->texts[i]) > bodies->question.prompt_most)
            bodies->question.prompt_most = (uint32_t)strlen(bodies->texts[i]);
    bodies->question.completion_most = 1;
    return bodies_ask(loglik->served, bodies);
}

static void loglik_cancel(struct crux_port *port, struct crux_call *call)
{
    served_cancel(loglik_of(port)->served, call, call->ticket);
}

static void loglik_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    free(reply->owner);
}

static void loglik_close(struct crux_port *port)
{
    struct loglik *loglik = loglik_of(port);

    chat_manner_close(&loglik->manner);
    mustache_free(loglik->chat_template);
    sentences_close(&loglik->sentences);
    free(loglik->backend);
    free(loglik);
}

/* --- opening --------------------------------------------------------------------------------- */

struct loglik_probe {
    struct crux_asking asking; /* first */
    sem_t done;
    int status;
};

static void loglik_probed(struct crux_asking *asking, int status)
{
    struct loglik_probe *probe = (struct loglik_probe *)(void *)asking;

    probe->status = status;
    (void)sem_post(&probe->done);
}

/* Ask about something short, as about everything later: kept and paid for. So a run that goes on,
 * and a replay, know the answer. */
static int loglik_try(struct loglik *loglik, struct crux_error *error)
{
    static const struct crux_problem problem = {.id = "", .prompt = "1 + 1", .line = "{}"};
    static const struct crux_step two = {.text = "= 2", .length = 3, .depth = 1};
    struct loglik_probe probe = {.asking = {.call = {.verb = CRUX_SCORE,
                                                     .count = 1,
                                                     .candidates = &two,
                                                     .state = {.problem = &problem}},
                                            .answered = loglik_probed}};
    const char *sentence;
    int status;

    (void)sem_init(&probe.done, 0, 0);
    status = crux_ask(&loglik->port, &probe.asking);
    if (status == CRUX_PENDING) {
        while (sem_wait(&probe.done) != 0)
            continue;
        status = probe.status;
    }
    (void)sem_destroy(&probe.done);
    if (status == CRUX_DONE) {
        crux_release(&probe.asking);
        return CRUX_OK;
    }
    sentence = probe.asking.call.reply.sentence;
    return crux_fail(error, CRUX_INVALID,
                     "critic ratio needs servers that score prompts (vLLM does; llama-server, "
                     "Ollama and hosted chats do not), and backend %s does not: %.300s",
                     loglik->backend[0] != '\0' ? loglik->backend : "without a name",
                     sentence != NULL ? sentence : "no answer");
}

static int loglik_find(struct loglik *loglik, struct crux_backends *backends, const char *backend,
                       struct crux_error *error)
{
    const struct crux_chat *chat;
    struct crux_chat known;
    int status = backends_find(&loglik->served, backends, backend, error);

    if (status != CRUX_OK)
        return status;
    chat = crux_backends_chat(backends, backend);
    known = *chat;
    known.route = "next"; /* its requests have a route of their own */
    status = chat_manner_open(&loglik->manner, &known, error);
    if (status == CRUX_OK && chat->chat_template != NULL)
        status = chat_template_open(&loglik->chat_template, chat->chat_template,
                                    loglik->manner.settings.profile, error);
    loglik->backend = strdup(backend);
    return loglik->backend != NULL || status != CRUX_OK
               ? status
               : crux_fail(error, CRUX_MEMORY, "no memory for critic ratio");
}

int loglik_open(struct crux_port **out, struct crux_backends *backends, const char *backend,
                bool whole, struct crux_error *error)
{
    struct loglik *loglik = calloc(1, sizeof *loglik);
    int status;

    if (loglik == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for critic ratio");
    sentences_open(&loglik->sentences);
    loglik->whole = whole;
    loglik->port = (struct crux_port){.name = "ratio",
                                      .ask = loglik_ask,
                                      .cancel = loglik_cancel,
                                      .release = loglik_release,
                                      .close = loglik_close};
    status = loglik_find(loglik, backends, backend, error);
    if (status == CRUX_OK)
        status = loglik_try(loglik, error);
    if (status == CRUX_OK)
        *out = &loglik->port;
    else
        loglik_close(&loglik->port);
    return status;
}
