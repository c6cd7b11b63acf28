/*
 * queue.c - where a call goes, when it is sent, and what becomes of it when it comes back: one
 * queue per endpoint, and whoever has room is given the next call.
 *
 * What it decides, places.c does; which call is next is chosen by turns.c; what time alone brings
 * is in ticks.c.
 */
#include "io/http/queue.h"

#include "io/clock.h"
#include "io/http/body.h"
#include "io/http/places.h"
#include "io/http/secret.h"
#include "io/http/turns.h"
#include "io/quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define IN_FLIGHT_MOST 65536u

enum { STALE_MOST = 3, FILES_BESIDE = 64 };

/* --- opening --------------------------------------------------------------------------- */

struct http_options http_options_default(void)
{
    return (struct http_options){.in_flight = 256,
                                 .client = {.retries = 4,
                                            .retry_after_max_ns = 300 * CLOCK_SECOND_NS,
                                            .patience_ns = 600 * CLOCK_SECOND_NS,
                                            .connect_ns = 10 * CLOCK_SECOND_NS,
                                            .answer_ns = 900 * CLOCK_SECOND_NS,
                                            .stall_ns = 30 * CLOCK_SECOND_NS,
                                            .body_ns = 120 * CLOCK_SECOND_NS},
                                 .bad_most = 1,
                                 .idle_ns = 4 * CLOCK_SECOND_NS, /* uvicorn closes after 5 */
                                 .body_most = (uint64_t)64 << 20};
}

/* Raise the limit of open files, since each connection is one. */
static int allow_files(uint32_t in_flight, struct crux_error *error)
{
    rlim_t needed = 2 * (rlim_t)in_flight + FILES_BESIDE;
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= needed)
        return CRUX_OK;
    files.rlim_cur = needed < files.rlim_max ? needed : files.rlim_max;
    if (files.rlim_cur < needed || setrlimit(RLIMIT_NOFILE, &files) != 0)
        return crux_fail(error, CRUX_INVALID,
                         "%u requests in flight need %llu open files, and the limit is %llu "
                         "(ulimit -n)",
                         in_flight, (unsigned long long)needed, (unsigned long long)files.rlim_max);
    return CRUX_OK;
}

int http_queue_may_have(uint32_t in_flight, struct crux_error *error)
{
    if (in_flight == 0 || in_flight > IN_FLIGHT_MOST)
        return crux_fail(error, CRUX_INVALID, "requests in flight are 1 .. %u", IN_FLIGHT_MOST);
    return allow_files(in_flight, error);
}

void http_queue_allow(struct http_queue *queue, uint32_t in_flight)
{
    queue->options.in_flight = in_flight;
    for (uint32_t i = 0; i < queue->endpoints.count; i++)
        http_adapt_allow(&http_places_endpoint(queue, i)->adapt, in_flight);
}

int http_queue_open(struct http_queue *out, const struct http_options *options,
                    struct crux_error *error)
{
    uint32_t most = options->joins ? HTTP_ENDPOINTS_MOST : options->server_count;
    int status = http_queue_may_have(options->in_flight, error);

    if (status != CRUX_OK)
        return status;
    *out = (struct http_queue){.options = *options};
    status = http_endpoints_open(&out->endpoints, options->servers, options->server_count, most,
                                 options->in_flight, error);
    if (status != CRUX_OK)
        return status;
    out->endpoints.retry_after_max_ns = options->client.retry_after_max_ns;
    out->waiting = calloc(most, sizeof *out->waiting);
    out->published_endpoints = calloc(most, sizeof *out->published_endpoints);
    http_members_open(&out->members);
    (void)pthread_mutex_init(&out->published_lock, NULL);
    if (!http_calls_open(&out->calls) || out->waiting == NULL || out->published_endpoints == NULL) {
        http_queue_close(out);
        return crux_fail(error, CRUX_MEMORY, "no memory for a client's calls");
    }
    return CRUX_OK;
}

void http_queue_close(struct http_queue *queue)
{
    http_calls_close(&queue->calls);
    http_endpoints_close(&queue->endpoints);
    http_members_close(&queue->members);
    (void)pthread_mutex_destroy(&queue->published_lock);
    free(queue->waiting);
    free(queue->published_endpoints);
}

/* --- coming --------------------------------------------------------------------------------- */

/* Of those that are used, if there are some. */
static uint32_t least_busy(struct http_queue *queue)
{
    uint32_t best = http_endpoints_home(&queue->endpoints, 0), count = queue->endpoints.count;
    uint32_t least = UINT32_MAX;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = (queue->first_choice + i) % count;
        const struct http_endpoint *endpoint = http_places_endpoint(queue, number);

        if (!http_endpoints_is_used(endpoint) || endpoint->waiting + endpoint->in_flight >= least)
            continue;
        least = endpoint->waiting + endpoint->in_flight;
        best = number;
    }
    return best;
}

/* A call that was submitted again rests as if it had never ended; one whose connection had been an
 * old one goes at once. */
static void arrive_again(struct http_queue *queue, struct http_call *call)
{
    const struct http_tries *tries = &call->request.tries;

    call->requests = tries->requests;
    call->faulty = tries->faulty;
    call->bad = tries->bad;
    call->refreshed = tries->refreshed;
    call->endpoint = tries->endpoint;
    if (call->faulty + call->bad > 0)
        http_places_rest(queue, call, call->faulty + call->bad);
    else
        http_places_wait(queue, call, call->endpoint, true);
}

static void arrive(struct http_queue *queue, struct http_call *call)
{
    const struct http_request *request = &call->request;
    uint32_t to = request->endpoint;
    bool any = to == HTTP_ANY_ENDPOINT;

    if (queue->stopped || queue->going == HTTP_DROPS) {
        http_places_end_without(queue, call, HTTP_CANCELLED, "the client is stopped");
        return;
    }
    if (request->tries.requests > 0) {
        arrive_again(queue, call);
        return;
    }
    if (any)
        to = request->sticky == 0 ? least_busy(queue)
                                  : http_endpoints_home(&queue->endpoints, request->sticky);
    if (!any && (to >= queue->endpoints.count || http_places_endpoint(queue, to)->gone))
        http_places_end_without(queue, call, HTTP_FATAL, "there is no such endpoint");
    else
        http_places_wait(queue, call, to, false);
}

void http_queue_take(struct http_queue *queue)
{
    struct http_list inbox = {.first = NULL};
    struct http_calls *calls = &queue->calls;
    struct http_call *next;
    uint32_t waiting = queue->homeless.count;

    for (uint32_t i = 0; i < queue->endpoints.count; i++)
        waiting += http_places_endpoint(queue, i)->waiting;
    http_calls_take(calls, &inbox, queue->flying.count + waiting < queue->options.in_flight);
    for (struct http_call *call = inbox.first; call != NULL; call = next) {
        next = call->next;
        arrive(queue, call);
    }
    for (uint32_t i = 0; i < calls->unwanted_count; i++)
        if (calls->unwanted[i]->state != HTTP_ENDED) /* it may have ended as it arrived */
            http_places_drop(queue, calls->unwanted[i], HTTP_CANCELLED, "the call was cancelled");
}

/* --- going ---------------------------------------------------------------------------------- */

static void send_to(struct http_queue *queue, struct http_call *call, uint32_t number)
{
    struct http_endpoint *endpoint = http_places_endpoint(queue, number);

    http_order_sent(&endpoint->order, call);
    http_places_leave(queue, call);
    call->state = HTTP_FLYING;
    call->endpoint = number;
    call->sent_ns = queue->now_ns;
    call->first_byte_ns = call->last_byte_ns = 0;
    call->first_ns = call->first_ns == 0 ? queue->now_ns : call->first_ns;
    call->requests++;
    call->key_turn = http_secret_turn(endpoint->secret);
    endpoint->in_flight++;
    endpoint->samples += http_places_samples(call);
    endpoint->turns++;
    http_calls_append(&queue->flying, call);
    queue->view.requests++;
    queue->first_choice = number + 1;
}

struct http_call *http_queue_next(struct http_queue *queue)
{
    uint32_t count = queue->endpoints.count;

    if (queue->going != HTTP_GOES)
        return NULL;
    for (uint32_t i = 0; i < count && queue->flying.count < queue->options.in_flight; i++) {
        uint32_t number = (queue->first_choice + i) % count;
        struct http_endpoint *endpoint = http_places_endpoint(queue, number);
        struct http_call *call;

        if (!http_endpoints_ready(endpoint, 1, queue->now_ns))
            continue;
        call = http_turns_next(queue, number);
        if (call == NULL ||
            !http_endpoints_ready(endpoint, http_places_samples(call), queue->now_ns))
            continue;
        send_to(queue, call, number);
        return call;
    }
    return NULL;
}

/* --- what came ------------------------------------------------------------------------------- */

static void wipe(const struct http_endpoint *endpoint, struct http_result *result)
{
    if (endpoint->secret == NULL)
        return;
    if (result->body != NULL)
        (void)http_secret_wipe(endpoint->secret, result->body, result->length);
    (void)http_secret_wipe(endpoint->secret, result->verdict.sentence,
                           strlen(result->verdict.sentence));
}

/* Let the caller check the answer (struct http_request.check), also one of an odd form: then the
 * form is what was wrong with it, if it cannot be read. */
static void http_queue_check(struct http_call *call, struct http_result *result)
{
    const struct http_request *request = &call->request;
    struct http_verdict *verdict = &result->verdict;
    struct crux_error error = {""};

    if (request->check == NULL || (verdict->class != HTTP_DONE && !verdict->readable))
        return;
    if (request->check(request->context, result->body, result->length, &error) >= 0) {
        verdict->class = HTTP_DONE;
        result->unknown = false;
        *verdict->sentence = '\0';
    } else if (verdict->class == HTTP_DONE) {
        quote_text(verdict->sentence, sizeof verdict->sentence, error.text, strlen(error.text));
        verdict->class = HTTP_BAD;
    }
}

/* What the endpoint has shown of itself. */
static void note(struct http_queue *queue, const struct http_call *call,
                 const struct http_result *result)
{
    struct http_endpoint *endpoint = http_places_endpoint(queue, call->endpoint);

    switch (result->verdict.class) {
    case HTTP_BUSY:
        http_endpoints_busy(&queue->endpoints, endpoint, call->sent_ns, result->wait_ns,
                            queue->now_ns);
        break;
    case HTTP_FAULTY:
        if (result->status >= 500 || (result->status > 0 && result->status < 300))
            http_endpoints_down(&queue->endpoints, endpoint, call->sent_ns, queue->now_ns);
        else if (result->unheard || result->broken)
            http_endpoints_lost(&queue->endpoints, endpoint, call->sent_ns, queue->now_ns);
        break;
    default:
        http_endpoints_good(endpoint);
        return;
    }
    endpoint->why = result->verdict.class;
    endpoint->hasty = result->status == 429;
    (void)snprintf(endpoint->trouble, sizeof endpoint->trouble, "%s", result->verdict.sentence);
}

/* May the call go on? Counts what it has cost. */
static bool may_go_on(struct http_queue *queue, struct http_call *call,
                      const struct http_result *result)
{
    if (call->request.once || queue->stopped)
        return false;
    switch (result->verdict.class) {
    case HTTP_BUSY:
        return true;
    case HTTP_FAULTY:
        return result->unheard || ++call->faulty <= queue->options.client.retries;
    case HTTP_BAD:
        return ++call->bad <= queue->options.bad_most;
    default:
        return false;
    }
}

static void end_with(struct http_queue *queue, struct http_call *call, struct http_result *result,
                     bool again)
{
    struct http_reply reply = {.class = result->verdict.class,
                               .again = again,
                               .unknown = result->unknown,
                               .overflow = result->verdict.overflow,
                               .status = result->status,
                               .body = result->body,
                               .length = result->length};

    http_places_end(queue, call, result->verdict.sentence, &reply);
    result->body = reply.body;
}

/* Keys that live an hour are renewed in their file: is there another one than it was sent with? */
static bool has_new_key(struct http_queue *queue, const struct http_call *call)
{
    struct http_secret *secret = http_places_endpoint(queue, call->endpoint)->secret;

    return http_secret_turn(secret) != call->key_turn || http_secret_again(secret);
}

void http_queue_came(struct http_queue *queue, struct http_call *call, struct http_result *result)
{
    bool billed = call->request.billed && http_message_billed(result);

    http_places_leave(queue, call);
    if (result->stale && call->refreshed++ < STALE_MOST) {
        if (billed)
            end_with(queue, call, result, true);
        else
            http_places_wait(queue, call, call->endpoint, true);
        return;
    }
    if (result->status == 401 && has_new_key(queue, call)) {
        http_places_wait(queue, call, call->endpoint, true);
        return;
    }
    wipe(http_places_endpoint(queue, call->endpoint), result);
    http_queue_check(call, result);
    queue->view.tried[result->verdict.class]++;
    note(queue, call, result);
    if (!may_go_on(queue, call, result))
        end_with(queue, call, result, false);
    else if (call->request.billed && http_message_billed(result))
        end_with(queue, call, result, true);
    else if (result->verdict.class == HTTP_BUSY || result->unheard)
        http_places_wait_again(queue, call); /* the endpoint's gate is wait enough */
    else
        http_places_rest(queue, call, call->faulty + call->bad);
}
