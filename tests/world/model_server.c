/*
 * model_server.c - a fake server of a fake model, for tests and for trying without a real one.
 *
 *     model_server --problems 20 > problems.jsonl      write word problems with their answers
 *     model_server --port 8000 --kind vllm             serve the model that works them out
 *
 * It prints "http://127.0.0.1:PORT" when it listens, and serves until SIGTERM, SIGINT or the end
 * of its standard input with --leash. What it answers is in brain.h, how it is at fault in
 * script.h, how its kinds differ in ask.h. Everything is drawn from --seed.
 *
 * The log (--log FILE) has a JSON line for every request to the model, once it is over: in the file
 * before the last byte of the reply is sent, so that whoever has a reply finds its line.
 *     ordinal     from 1, in the order of coming
 *     in, start, end, out   when it came, was given slots (0: it never was), gave them back,
 *                 and was over, in nanoseconds of CLOCK_MONOTONIC
 *     route, n, key (Idempotency-Key), status, connection
 *     fault       name of the scripted fault; "left": the client did not wait; "" none
 *     authorized  did it come with the right key?
 *     prompt, cached   tokens of its prompt, and how many of them it knew (--cache)
 *     about       a hash of the problem that is asked about
 *
 * One thread; a request is a job from its coming to its line in the log.
 */
#include "io/draw.h"
#include "tests/world/server/answer.h"
#include "tests/world/server/brain.h"
#include "tests/world/server/compose.h"
#include "tests/world/server/prefixes.h"
#include "tests/world/server/slots.h"
#include "tests/world/server/rewards.h"
#include "tests/world/server/routes.h"
#include "tests/world/server/script.h"
#include "tests/world/server/settings.h"
#include "tests/world/server/wire.h"

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define SIGMA 0.6 /* of the log of a latency */

enum { LINE_ROUTE = 64, LINE_KEY = 256 };

struct job {
    struct stay stay; /* first: a stay is its job */
    struct job *next_unused;
    struct wire_connection *connection;
    struct ask ask;
    const struct script_rule *rule;
    uint64_t ordinal, connection_number;
    int64_t in_ns;
    int status;
    bool at_desk, authorized;
    uint32_t cached; /* tokens of the prompt */
    uint64_t about;
    uint32_t prompt_tokens;
    char route[LINE_ROUTE], key[LINE_KEY];
};

struct server {
    const struct settings *settings;
    const char *secret; /* "Bearer KEY"; NULL: anybody may ask */
    struct wire *wire;
    struct slots slots;
    struct script script;
    struct job *unused;
    uint64_t ordinal;
    struct prefixes prefixes;
    FILE *log;
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static int64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* --- jobs --------------------------------------------------------------------------------- */

static struct job *new_job(struct server *server)
{
    struct job *job = server->unused;

    if (job != NULL)
        server->unused = job->next_unused;
    else
        job = malloc(sizeof *job);
    if (job == NULL) {
        (void)fputs("model_server: out of memory\n", stderr);
        exit(1);
    }
    memset(job, 0, sizeof *job);
    return job;
}

static void end_job(struct server *server, struct job *job, const char *fault)
{
    struct text key = {NULL, 0, 0};

    ask_free(&job->ask);
    if (server->log != NULL) {
        text_quote(&key, job->key, strlen(job->key));
        (void)fprintf(server->log,
                      "{\"ordinal\":%llu,\"in\":%lld,\"start\":%lld,\"end\":%lld,\"out\":%lld,"
                      "\"route\":\"%s\","
                      "\"n\":%u,\"key\":%s,\"status\":%d,\"connection\":%llu,\"fault\":\"%s\","
                      "\"authorized\":%s,\"prompt\":%u,\"cached\":%u,\"about\":\"%016llx\"}\n",
                      (unsigned long long)job->ordinal, (long long)job->in_ns,
                      (long long)job->stay.start_ns, (long long)job->stay.end_ns,
                      (long long)now_ns(), job->route, job->stay.width, key.bytes, job->status,
                      (unsigned long long)job->connection_number, fault,
                      job->authorized ? "true" : "false", job->prompt_tokens, job->cached,
                      (unsigned long long)job->about);
        (void)fflush(server->log);
        text_free(&key);
    }
    job->next_unused = server->unused;
    server->unused = job;
}

static void on_sent(void *context, void *tag)
{
    struct job *job = tag;

    end_job(context, job, job->rule == NULL ? "" : job->rule->name);
}

static void on_gone(void *context, void *tag)
{
    struct server *server = context;
    struct job *job = tag;

    if (job->at_desk)
        slots_leave(&server->slots, &job->stay, now_ns());
    if (job->rule == NULL)
        job->status = 0;
    end_job(server, job, job->rule == NULL ? "left" : job->rule->name);
}

/* --- answers -------------------------------------------------------------------------------- */

static void send_body(struct server *server, struct job *job, struct text body,
                      const char *content_type)
{
    struct composition what = {.model = &server->settings->model,
                               .rule = job->rule,
                               .status = job->status,
                               .content_type = content_type,
                               .body = body};
    struct wire_reply reply = compose(&what);

    text_free(&body);
    wire_answer(job->connection, &reply);
}

static void refuse(struct server *server, struct job *job, const struct refusal *why)
{
    struct text body = {NULL, 0, 0};

    job->status = why->status;
    answer_refusal(&body, &server->settings->model, why);
    send_body(server, job, body, "application/json");
}

/* The time has come to say what the model thinks. */
static void answer(struct server *server, struct job *job)
{
    const struct script_rule *rule = job->rule;
    struct answer what = {.model = &server->settings->model,
                          .ask = &job->ask,
                          .ordinal = job->ordinal,
                          .prefixes = &server->prefixes,
                          .cached = job->cached,
                          .edit = rule != NULL && rule->kind == SCRIPT_EDIT ? rule->edit : NULL,
                          .sse = rule != NULL && rule->kind == SCRIPT_SSE ? rule->sse : NULL};
    struct text body = {NULL, 0, 0};

    job->status = 200;
    if (job->ask.stream || what.sse != NULL) {
        answer_stream(&body, &what);
        send_body(server, job, body, "text/event-stream");
    } else {
        answer_write(&body, &what);
        send_body(server, job, body, "application/json");
    }
}

/* It is being served now: what it need not read is known. */
static void begin_service(void *context, struct stay *stay)
{
    struct server *server = context;
    struct job *job = (struct job *)(void *)stay;

    job->cached = prefixes_use(&server->prefixes, job->ask.prompt.bytes, job->ask.prompt.length);
    if (job->cached > job->ask.prompt_tokens) /* templates have tokens that are no text */
        job->cached = job->ask.prompt_tokens;
    stay->latency_ns +=
        (int64_t)((double)(job->ask.prompt_tokens - job->cached) * server->settings->prefill_ns);
}

/* Log-normal of the mean, with a few that are much slower. */
static int64_t latency_of(const struct settings *settings, const struct job *job)
{
    uint64_t word = draw(settings->model.seed, job->ordinal);
    double normal =
        sqrt(-2.0 * log(draw_uniform(word))) * cos(2.0 * M_PI * draw_uniform(draw_mix(word)));
    double latency = settings->latency_ns;

    if (!settings->constant)
        latency *= exp(SIGMA * normal - SIGMA * SIGMA / 2.0);
    if (draw_uniform(draw(~word, 1)) < settings->straggler_share)
        latency *= settings->straggler_slow;
    if (job->rule != NULL && job->rule->kind == SCRIPT_LATE)
        latency += (double)job->rule->ms * 1e6;
    return (int64_t)latency;
}

static void serve(struct server *server, struct job *job)
{
    const struct settings *settings = server->settings;
    struct refusal full = {settings->full_status, "unavailable_error", 0, "server busy"};

    job->prompt_tokens = job->ask.prompt_tokens;
    job->about = brain_about(job->ask.prompt.bytes, job->ask.prompt.length);
    job->stay.width = job->ask.n < server->slots.total ? job->ask.n : server->slots.total;
    job->stay.latency_ns = latency_of(settings, job);
    if (server->slots.busy + job->stay.width > server->slots.total &&
        server->slots.waiting >= settings->queue) {
        refuse(server, job, &full);
        return;
    }
    job->at_desk = true;
    slots_enter(&server->slots, &job->stay, now_ns());
}

/* --- requests ----------------------------------------------------------------------------------
 */

static struct job *begin_job(struct server *server, struct wire_connection *connection,
                             const struct wire_request *request)
{
    struct job *job = new_job(server);
    struct script_request about = {request->path, request->body, ++server->ordinal, now_ns()};

    job->connection = connection;
    job->connection_number = request->connection;
    job->ordinal = about.ordinal;
    job->in_ns = about.now_ns;
    job->authorized = server->secret == NULL || strcmp(request->authorization, server->secret) == 0;
    (void)snprintf(job->route, sizeof job->route, "%s", request->path);
    (void)snprintf(job->key, sizeof job->key, "%s", request->key);
    job->rule = script_match(&server->script, &about);
    wire_take(connection, job);
    return job;
}

static void ask_model(struct server *server, struct wire_connection *connection,
                      const struct wire_request *request, bool chat)
{
    const struct model *model = &server->settings->model;
    struct refusal why = {401, "authentication_error", 0, "Incorrect API key provided"};
    struct job *job = begin_job(server, connection, request);
    struct wire_reply reply;

    if (job->authorized && job->rule != NULL && job->rule->kind == SCRIPT_REPLY) {
        job->status = (int)job->rule->status;
        reply = compose_scripted(model, job->rule);
        wire_answer(connection, &reply);
    } else if (job->authorized &&
               ask_read(&job->ask, model, chat, request->body, request->length, &why)) {
        serve(server, job);
    } else {
        refuse(server, job, &why);
    }
}

/* Rewards are had at once: there is nothing to write token by token. */
static void ask_rewards(struct server *server, struct wire_connection *connection,
                        const struct wire_request *request)
{
    const struct model *model = &server->settings->model;
    struct refusal why = {401, "authentication_error", 0, "Incorrect API key provided"};
    struct job *job = begin_job(server, connection, request);
    struct text body = {NULL, 0, 0};
    struct wire_reply reply;

    job->stay.width = 1;
    if (job->authorized && job->rule != NULL && job->rule->kind == SCRIPT_REPLY) {
        job->status = (int)job->rule->status;
        reply = compose_scripted(model, job->rule);
        wire_answer(connection, &reply);
    } else if (job->authorized &&
               rewards_answer(&body, model, request->path, request->body, request->length, &why)) {
        job->status = 200;
        send_body(server, job, body, "application/json");
    } else {
        text_free(&body);
        refuse(server, job, &why);
    }
}

static void on_asked(void *context, struct wire_connection *connection,
                     const struct wire_request *request)
{
    struct server *server = context;
    struct composition what = {.model = &server->settings->model,
                               .content_type = "application/json"};
    struct wire_reply reply;
    bool chat;

    if (routes_model(request, &chat)) {
        ask_model(server, connection, request, chat);
        return;
    }
    if (rewards_route(what.model, request)) {
        ask_rewards(server, connection, request);
        return;
    }
    what.status = routes_answer(&what.body, what.model, request);
    reply = compose(&what);
    text_free(&what.body);
    wire_answer(connection, &reply);
}

/* --- serving
 * ---------------------------------------------------------------------------------------- */

static bool leash_is_cut(const struct settings *settings)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

    return settings->leash && poll(&input, 1, 0) > 0;
}

static void serve_all(struct server *server)
{
    int64_t looked_ns = 0;

    while (!stop) {
        int64_t now = now_ns(), until;
        struct stay *stay;

        if (now - looked_ns > 20000000) { /* what need not be looked at every turn */
            looked_ns = now;
            wire_set_down(server->wire, script_down(&server->script, now));
            if (leash_is_cut(server->settings))
                return;
        }
        while ((stay = slots_due(&server->slots, now)) != NULL) {
            struct job *job = (struct job *)(void *)stay;

            job->at_desk = false;
            answer(server, job);
        }
        until = slots_next(&server->slots);
        wire_turn(server->wire, until < now + 100000000 ? until : now + 100000000);
    }
}

static void close_server(struct server *server)
{
    if (server->wire != NULL)
        wire_close(server->wire);
    while (server->unused != NULL) {
        struct job *job = server->unused;

        server->unused = job->next_unused;
        free(job);
    }
    slots_close(&server->slots);
    prefixes_free(&server->prefixes);
    script_close(&server->script);
    if (server->log != NULL)
        (void)fclose(server->log);
}

static int open_server(struct server *server, struct crux_error *error)
{
    const struct settings *settings = server->settings;
    struct wire_handler handler = {server, on_asked, on_sent, on_gone};
    struct rlimit files;
    int status = script_open(&server->script, settings->faults, settings->model.seed, error);

    if (status == CRUX_OK && getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    if (status == CRUX_OK && settings->log != NULL) {
        server->log = fopen(settings->log, "ae");
        if (server->log == NULL)
            status = crux_fail(error, CRUX_INVALID, "%s: cannot be written", settings->log);
    }
    if (status == CRUX_OK && !slots_open(&server->slots, settings->model.slots))
        status = crux_fail(error, CRUX_MEMORY, "no memory for the slots");
    server->prefixes.most = settings->cache / PREFIXES_BLOCK;
    server->slots.begins = begin_service;
    server->slots.context = server;
    if (status == CRUX_OK)
        status = wire_open(&server->wire, settings->port, handler, error);
    return status;
}

static void print_problems(const struct settings *settings)
{
    struct text line = {NULL, 0, 0};

    for (uint64_t i = 0; i < strtoull(settings->problems, NULL, 10); i++) {
        text_clear(&line);
        brain_problem(&line, settings->operations, settings->model.seed, i);
        (void)fputs(line.bytes, stdout);
    }
    text_free(&line);
}

int main(int count, char **arguments)
{
    struct settings settings;
    struct server server = {.settings = &settings};
    struct sigaction action = {.sa_handler = on_signal};
    struct crux_error error = {""};
    struct text secret = {NULL, 0, 0};
    const char *wrong = settings_read(&settings, arguments), *key;
    int status;

    if (wrong != NULL || count == 1)
        return settings_usage(wrong);
    if (settings.problems != NULL) {
        print_problems(&settings);
        return 0;
    }
    key = settings.key_env == NULL ? NULL : getenv(settings.key_env);
    if (key != NULL) {
        text_print(&secret, "Bearer %s", key);
        server.secret = secret.bytes;
    }
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    status = open_server(&server, &error);
    if (status == CRUX_OK) {
        (void)printf("http://127.0.0.1:%u\n", wire_port(server.wire));
        (void)fflush(stdout);
        serve_all(&server);
    } else {
        (void)fprintf(stderr, "model_server: %s\n", error.text);
    }
    close_server(&server);
    text_free(&secret);
    return status == CRUX_OK ? 0 : 2;
}
