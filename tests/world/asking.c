/*
 * asking.c - records of calls do not move, because the client keeps pointers to their texts.
 */
#include "tests/world/asking.h"

#include "io/json.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND_NS INT64_C(1000000000)

struct http_options asking_options(void)
{
    struct http_options options = http_options_default();

    options.in_flight = 64;
    options.patience_ns = 20 * SECOND_NS;
    options.retry_after_max_ns = 10 * SECOND_NS;
    options.answer_ns = 10 * SECOND_NS;
    options.stall_ns = SECOND_NS;
    options.body_ns = 2 * SECOND_NS;
    return options;
}

void asking_open_servers(struct asking *asking, struct http_options options,
                         const struct http_server *servers, uint32_t count, uint32_t room)
{
    struct crux_error error = {""};
    pthread_condattr_t monotonic;
    int status;

    *asking = (struct asking){.room = room, .calls = calloc(room, sizeof(struct asked))};
    assert(asking->calls != NULL);
    (void)pthread_mutex_init(&asking->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&asking->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    options.servers = servers;
    options.server_count = count;
    status = http_open(&asking->client, &options, &error);
    if (status != CRUX_OK)
        (void)fprintf(stderr, "%s\n", error.text);
    assert(status == CRUX_OK);
}

void asking_open(struct asking *asking, struct http_options options, const char *const *urls,
                 uint32_t room)
{
    struct http_server servers[8] = {{.url = NULL}};
    uint32_t count = 0;

    for (; urls[count] != NULL && count < 8; count++)
        servers[count].url = urls[count];
    asking_open_servers(asking, options, servers, count, room);
}

/* --- one call -------------------------------------------------------------------------- */

static void on_done(void *context, struct http_reply *reply)
{
    struct asked *call = context;
    struct asking *asking = call->asking;

    call->class = reply->class;
    call->overflow = reply->overflow;
    call->status = reply->status;
    call->endpoint = reply->endpoint;
    call->requests = reply->requests;
    call->total_ns = reply->total_ns;
    call->length = reply->length;
    (void)snprintf(call->body, sizeof call->body, "%s", reply->body == NULL ? "" : reply->body);
    (void)snprintf(call->sentence, sizeof call->sentence, "%s", reply->sentence);
    (void)pthread_mutex_lock(&asking->lock);
    call->ends++;
    asking->ended++;
    (void)pthread_cond_broadcast(&asking->changed);
    (void)pthread_mutex_unlock(&asking->lock);
}

static int on_check(void *context, const char *body, size_t length, struct crux_error *error)
{
    const struct asked *call = context;
    struct json *json = NULL;
    const char *text;
    int status;

    if (!call->asking->check)
        return CRUX_OK;
    status = json_parse(&json, body, length, error);
    text = json_as_string(json_get(json_at(json_get(json, "choices"), 0), "text"));
    if (status == CRUX_OK && (text == NULL || *text == '\0'))
        status = crux_fail(error, CRUX_FAILED, "there is no choice with a text");
    json_free(json);
    return status;
}

struct asked *asking_call(struct asking *asking, struct http_request template, const char *prompt)
{
    struct asked *call;

    (void)pthread_mutex_lock(&asking->lock);
    assert(asking->count < asking->room);
    call = &asking->calls[asking->count];
    (void)snprintf(call->key, sizeof call->key, "call-%u", asking->count++);
    (void)pthread_mutex_unlock(&asking->lock);
    call->asking = asking;
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
    call->submitted = http_submit(asking->client, &template, &call->ticket);
    return call;
}

/* --- all of them ------------------------------------------------------------------------- */

bool asking_wait(struct asking *asking, uint32_t count)
{
    struct timespec until;
    int status = 0;
    bool reached;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 60;
    (void)pthread_mutex_lock(&asking->lock);
    while (asking->ended < count && status == 0)
        status = pthread_cond_timedwait(&asking->changed, &asking->lock, &until);
    reached = asking->ended >= count;
    (void)pthread_mutex_unlock(&asking->lock);
    return reached;
}

void asking_close(struct asking *asking)
{
    http_close(asking->client);
    asking->client = NULL;
}

void asking_free(struct asking *asking)
{
    if (asking->client != NULL)
        asking_close(asking);
    (void)pthread_mutex_destroy(&asking->lock);
    (void)pthread_cond_destroy(&asking->changed);
    free(asking->calls);
}

uint32_t asking_count(const struct asking *asking, enum http_class class)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < asking->count; i++)
        count += asking->calls[i].ends > 0 && asking->calls[i].class == class;
    return count;
}

const char *asking_odd(struct asking *asking, enum http_class class)
{
    for (uint32_t i = 0; i < asking->count; i++) {
        const struct asked *call = &asking->calls[i];

        if (call->ends == 1 && call->class == class)
            continue;
        (void)snprintf(asking->odd, sizeof asking->odd, "call %u ended %u times, %s: %s", i,
                       call->ends, http_class_name(call->class), call->sentence);
        return asking->odd;
    }
    return NULL;
}
