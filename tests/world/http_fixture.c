/*
 * http_fixture.c - calls through the HTTP client, each with a record. Records do not move, because
 * the client keeps pointers to their texts.
 */
#include "tests/world/http_fixture.h"

#include "io/json.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND_NS INT64_C(1000000000)

struct http_options http_fixture_options(void)
{
    struct http_options options = http_options_default();

    options.in_flight = 64;
    options.client.patience_ns = 20 * SECOND_NS;
    options.client.retry_after_max_ns = 10 * SECOND_NS;
    options.client.answer_ns = 10 * SECOND_NS;
    options.client.stall_ns = SECOND_NS;
    options.client.body_ns = 2 * SECOND_NS;
    return options;
}

void http_fixture_open_servers(struct http_fixture *fixture, struct http_options options,
                               const struct http_server *servers, uint32_t count, uint32_t room)
{
    struct crux_error error = {""};
    pthread_condattr_t monotonic;
    int status;

    *fixture = (struct http_fixture){.room = room,
                                     .calls = calloc(room, sizeof(struct http_fixture_call))};
    assert(fixture->calls != NULL);
    (void)pthread_mutex_init(&fixture->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&fixture->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    options.servers = servers;
    options.server_count = count;
    status = http_open(&fixture->client, &options, &error);
    if (status != CRUX_OK)
        (void)fprintf(stderr, "%s\n", error.text);
    assert(status == CRUX_OK);
}

void http_fixture_open(struct http_fixture *fixture, struct http_options options,
                       const char *const *urls, uint32_t room)
{
    struct http_server servers[8] = {{.url = NULL}};
    uint32_t count = 0;

    for (; urls[count] != NULL && count < 8; count++)
        servers[count].url = urls[count];
    http_fixture_open_servers(fixture, options, servers, count, room);
}

/* --- one call -------------------------------------------------------------------------- */

static void on_done(void *context, struct http_reply *reply)
{
    struct http_fixture_call *call = context;
    struct http_fixture *fixture = call->fixture;

    call->class = reply->class;
    call->overflow = reply->overflow;
    call->status = reply->status;
    call->endpoint = reply->endpoint;
    call->requests = reply->requests;
    call->total_ns = reply->total_ns;
    call->length = reply->length;
    (void)snprintf(call->body, sizeof call->body, "%s", reply->body == NULL ? "" : reply->body);
    (void)snprintf(call->sentence, sizeof call->sentence, "%s", reply->sentence);
    (void)pthread_mutex_lock(&fixture->lock);
    call->ends++;
    fixture->ended++;
    (void)pthread_cond_broadcast(&fixture->changed);
    (void)pthread_mutex_unlock(&fixture->lock);
}

static int on_check(void *context, const char *body, size_t length, struct crux_error *error)
{
    const struct http_fixture_call *call = context;
    struct json *json = NULL;
    const char *text;
    int status;

    if (!call->fixture->check)
        return CRUX_OK;
    status = json_parse(&json, body, length, error);
    text = json_as_string(json_get(json_at(json_get(json, "choices"), 0), "text"));
    if (status == CRUX_OK && (text == NULL || *text == '\0'))
        status = crux_fail(error, CRUX_FAILED, "there is no choice with a text");
    json_free(json);
    return status;
}

struct http_fixture_call *http_fixture_ask(struct http_fixture *fixture,
                                           struct http_request template, const char *prompt)
{
    struct http_fixture_call *call;

    (void)pthread_mutex_lock(&fixture->lock);
    assert(fixture->count < fixture->room);
    call = &fixture->calls[fixture->count];
    (void)snprintf(call->key, sizeof call->key, "call-%u", fixture->count++);
    (void)pthread_mutex_unlock(&fixture->lock);
    call->fixture = fixture;
    (void)snprintf(call->question, sizeof call->question,
                   "{\"model\": \"fake\", \"prompt\": \"%s\", \"seed\": 1, \"max_tokens\": 40}",
                   prompt);
    if (template.path == NULL)
        template.path = "completions";
    template.pieces[0] = (struct http_piece){call->question, strlen(call->question)};
    template.piece_count = 1;
    template.key = call->key;
    template.check = on_check;
    template.done = on_done;
    template.context = call;
    call->submitted = http_submit(fixture->client, &template, &call->ticket);
    return call;
}

/* --- all of them ------------------------------------------------------------------------- */

bool http_fixture_wait(struct http_fixture *fixture, uint32_t count)
{
    struct timespec until;
    int status = 0;
    bool reached;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 60;
    (void)pthread_mutex_lock(&fixture->lock);
    while (fixture->ended < count && status == 0)
        status = pthread_cond_timedwait(&fixture->changed, &fixture->lock, &until);
    reached = fixture->ended >= count;
    (void)pthread_mutex_unlock(&fixture->lock);
    return reached;
}

void http_fixture_close(struct http_fixture *fixture)
{
    http_close(fixture->client);
    fixture->client = NULL;
}

void http_fixture_free(struct http_fixture *fixture)
{
    if (fixture->client != NULL)
        http_fixture_close(fixture);
    (void)pthread_mutex_destroy(&fixture->lock);
    (void)pthread_cond_destroy(&fixture->changed);
    free(fixture->calls);
}

uint32_t http_fixture_count(const struct http_fixture *fixture, enum http_class class)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < fixture->count; i++)
        count += fixture->calls[i].ends > 0 && fixture->calls[i].class == class;
    return count;
}

const char *http_fixture_odd(struct http_fixture *fixture, enum http_class class)
{
    for (uint32_t i = 0; i < fixture->count; i++) {
        const struct http_fixture_call *call = &fixture->calls[i];

        if (call->ends == 1 && call->class == class)
            continue;
        (void)snprintf(fixture->odd, sizeof fixture->odd, "call %u ended %u times, %s: %s", i,
                       call->ends, http_class_name(call->class), call->sentence);
        return fixture->odd;
    }
    return NULL;
}
