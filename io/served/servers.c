/*
 * servers.c - requests of a backend that is servers: HTTP calls of the client in io/http.
 *
 * Replies are cut into samples on the client's thread, since only there a bad one can be asked
 * for again.
 */
#include "io/served/transport.h"

#include <string.h>

#include "io/draw.h"

static int servers_open(struct served *served, const struct served_options *options,
                        struct crux_error *error)
{
    return http_open(&served->http, &options->http, error);
}

static void servers_close(struct served *served)
{
    http_close(served->http);
}

/* By the problem's id: its prompts have their beginnings in one server's cache. */
static uint64_t sticky_of(const struct crux_problem *problem)
{
    return problem != NULL ? draw_text(problem->id, strlen(problem->id)) | 1 : 0;
}

static int servers_check(void *context, const char *body, size_t length, struct crux_error *error)
{
    return served_call_split(context, body, length, error);
}

/* A reply that the client did not let through: what does it say of its cost, and is it not what was
 * asked for after all? A 200 is billed, other replies only if they name a usage. */
static void read_refused(struct served_call *call, struct http_reply *reply, struct served_end *end)
{
    bool good = reply->status >= 200 && reply->status < 300;
    struct crux_error error;

    if (reply->body == NULL || reply->unknown)
        return;
    end->free = !good || reply->class != HTTP_BAD;
    if (end->free && strstr(reply->body, "\"usage\"") == NULL)
        return;
    if (!call->split && served_call_split(call, reply->body, reply->length, &error) == CRUX_OK &&
        !end->free) {
        *end = (struct served_end){.status = CRUX_OK};
        return;
    }
    end->body = reply->body;
    end->length = reply->length;
    reply->body = NULL;
}

static struct served_end end_of_reply(const struct http_reply *reply, const char *sentence)
{
    bool cancelled = reply->class == HTTP_CANCELLED;
    bool late = reply->class == HTTP_LATE;
    int halts = reply->class == HTTP_FATAL ? CRUX_INVALID : reply->nobody ? CRUX_LIMIT : CRUX_OK;

    return (struct served_end){
        .status = cancelled || halts != CRUX_OK ? CRUX_CANCELLED : CRUX_FAILED,
        .reach = halts != CRUX_OK    ? SERVED_RUN
                 : cancelled || late ? SERVED_ITS_OWN
                 : reply->overflow   ? SERVED_OVERFLOW
                                     : SERVED_ALL,
        .halts = halts,
        .sentence = sentence,
        .unknown = reply->unknown,
        .again = reply->again,
    };
}

static void servers_done(void *context, struct http_reply *reply)
{
    struct served_call *call = context;
    struct served_end end = {.status = CRUX_OK};
    struct crux_error error;

    if (reply->class != HTTP_DONE) {
        (void)crux_fail(&error, CRUX_FAILED, "%s: %s", call->pending->served->name,
                        reply->sentence != NULL ? reply->sentence : "no answer");
        end = end_of_reply(reply, error.text);
        read_refused(call, reply, &end);
        call->tries = reply->tries;
    }
    served_call_ended(call, &end);
}

static int servers_submit(struct served_call *call, struct crux_error *error)
{
    const struct served_question *question = call->pending->question;
    const struct served_request *composed = &call->request;
    struct http_request request = {
        .path = composed->path,
        .piece_count = composed->piece_count,
        .key = call->key,
        .sticky = sticky_of(question->problem),
        .endpoint = HTTP_ANY_ENDPOINT,
        .deadline_ns = question->deadline_ns,
        .billed = true,
        .tries = call->tries,
        .check = servers_check,
        .done = servers_done,
        .context = call,
    };
    int status;

    memcpy(request.pieces, composed->pieces, sizeof request.pieces);
    memcpy(request.headers, composed->headers, sizeof request.headers);
    status = http_submit(call->pending->served->http, &request, &call->ticket);
    if (status < 0)
        (void)crux_fail(error, status, "%s",
                        status == CRUX_MEMORY ? "no memory for a request"
                                              : "the call was cancelled");
    return status;
}

static void servers_cancel(struct served_call *call)
{
    http_cancel(call->pending->served->http, call->ticket);
}

static void servers_hold(struct served *served, enum served_going going)
{
    static const enum http_going as[] = {
        [SERVED_GOES] = HTTP_GOES, [SERVED_HELD] = HTTP_HELD, [SERVED_DROPS] = HTTP_DROPS};

    http_hold(served->http, as[going]);
}

const struct served_transport served_by_servers = {
    .open = servers_open,
    .close = servers_close,
    .submit = servers_submit,
    .cancel = servers_cancel,
    .hold = servers_hold,
};
