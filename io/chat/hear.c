/*
 * hear.c - one request to a server and its answer, waited for.
 */
#include "io/chat/hear.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/clock.h"

#define ANSWER_NS (60 * CLOCK_SECOND_NS) /* a server may load its model for the first chat */

static void chat_hear_take(void *context, struct http_reply *reply)
{
    struct chat_heard *heard = context;

    heard->class = reply->class;
    heard->status = reply->status;
    heard->unknown = reply->unknown;
    heard->body = reply->body;
    heard->length = reply->length;
    heard->took_ns = reply->took_ns;
    reply->body = NULL;
    (void)snprintf(heard->sentence, sizeof heard->sentence, "%s",
                   reply->sentence == NULL ? "" : reply->sentence);
    (void)sem_post(&heard->ended);
}

/* The bytes of a mark that some put before a text in UTF-8. */
static size_t bom_of(const struct chat_heard *heard)
{
    return heard->length >= 3 && memcmp(heard->body, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

/* What a model wrote may be billed: as the answer tells, else all that it may have cost. */
static void add_cost(struct crux_spent *spent, const char *body, const struct chat_heard *heard)
{
    const struct json *usage = json_get(heard->json, "usage");
    uint32_t prompt = chat_heard_count(usage, "prompt_tokens");
    bool told = prompt > 0, good = heard->status >= 200 && heard->status < 300;

    if (!good && !heard->unknown && !told)
        return;
    spent->calls++;
    spent->prompt += told ? prompt : strlen(body);
    spent->completion +=
        told ? chat_heard_count(usage, "completion_tokens") : (uint64_t)CHAT_HEAR_TOKENS;
}

/* Send it and wait. body NULL: a GET. */
static void hear_once(const struct chat_probe *probe, const char *path, const char *body,
                      struct chat_heard *out)
{
    struct http_request request = {.path = path,
                                   .endpoint = HTTP_ANY_ENDPOINT,
                                   .once = true,
                                   .deadline_ns = clock_now_ns() +
                                                  (probe->wait_ns > 0 ? probe->wait_ns : ANSWER_NS),
                                   .done = chat_hear_take,
                                   .context = out};
    http_ticket ticket;

    *out = (struct chat_heard){.class = HTTP_CANCELLED};
    if (body != NULL)
        request.pieces[request.piece_count++] = (struct http_piece){body, strlen(body)};
    (void)sem_init(&out->ended, 0, 0);
    if (http_submit(probe->client, &request, &ticket) == CRUX_OK)
        while (sem_wait(&out->ended) != 0)
            continue; /* a signal came */
    (void)sem_destroy(&out->ended);
    if (out->body != NULL)
        (void)json_parse(&out->json, out->body + bom_of(out), out->length - bom_of(out), NULL);
    if (body != NULL && probe->spent != NULL && strstr(path, "completions") != NULL)
        add_cost(probe->spent, body, out);
}

void chat_heard_free(struct chat_heard *heard)
{
    json_free(heard->json);
    free(heard->body);
    *heard = (struct chat_heard){.body = NULL};
}

bool chat_hear(const struct chat_probe *probe, const char *path, const char *body,
               struct chat_heard *out)
{
    const struct timespec pause = {1, 0};

    hear_once(probe, path, body, out);
    while (out->class == HTTP_BUSY && out->status == 503 &&
           clock_now_ns() < probe->patient_until_ns) {
        chat_heard_free(out);
        (void)nanosleep(&pause, NULL);
        hear_once(probe, path, body, out);
    }
    return out->class == HTTP_DONE && out->status == 200;
}

bool chat_hear_json(const struct chat_probe *probe, const char *path, struct json *body,
                    struct chat_heard *out)
{
    char *text = json_text(body, false);
    bool good = false;

    *out = (struct chat_heard){.class = HTTP_CANCELLED};
    if (text != NULL)
        good = chat_hear(probe, path, text, out);
    free(text);
    json_free(body);
    return good;
}

bool chat_heard_server(const struct chat_heard *heard)
{
    return heard->status > 0 && heard->status != 407 &&
           heard->status < 502; /* a list that a server fails to make is no list */
}

uint32_t chat_heard_count(const struct json *object, const char *member)
{
    int64_t count = json_as_integer(json_get(object, member));

    return count > 0 && count <= UINT32_MAX ? (uint32_t)count : 0;
}

/* --- opening and closing ------------------------------------------------------------------ */

static int read_patch(struct chat_probe *probe, struct crux_error *error)
{
    const char *body = probe->known->body;
    struct crux_error why = {""};

    if (body == NULL || json_parse(&probe->patch, body, strlen(body), &why) == CRUX_OK)
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID, "--body: %.400s", why.text);
}

int chat_hear_open(struct chat_probe *probe, const struct crux_endpoint *endpoint)
{
    const struct http_server where = served_server_of(endpoint);
    struct http_options how = http_options_default();
    int status = read_patch(probe, probe->error);

    if (status == CRUX_OK && probe->known->profile != NULL) {
        probe->profile = chat_profile_find(probe->known->profile, probe->error);
        status = probe->profile == NULL ? CRUX_INVALID : CRUX_OK;
    }
    how.servers = &where;
    how.server_count = 1;
    if (probe->wait_ns > 0)
        how.client.connect_ns = probe->wait_ns;
    return status == CRUX_OK ? http_open(&probe->client, &how, probe->error) : status;
}

void chat_hear_close(struct chat_probe *probe)
{
    http_close(probe->client);
    json_free(probe->patch);
}
