/*
 * queue.c - which call is sent next, and where to: one queue per endpoint; an endpoint with room
 * takes calls from the queues of busier ones.
 *
 * So a call stays with its endpoint, whose cache knows its prefix, as long as that one keeps
 * up; no setting has to say beforehand how fast each of them is.
 */
#include "io/http/queue.h"

#include "io/clock.h"
#include "io/http/body.h"
#include "io/http/secret.h"
#include "io/quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define IN_FLIGHT_MOST 65536u
#define TICK_NS        (CLOCK_SECOND_NS / 20)

enum { LOOK_AT_MOST = 16, STALE_MOST = 3, FILES_BESIDE = 64 };

/* --- opening --------------------------------------------------------------------------- */

struct http_options http_options_default(void)
{
    return (struct http_options){.in_flight = 256,
                                 .faulty_most = 4,
                                 .bad_most = 1,
                                 .retry_after_max_ns = 300 * CLOCK_SECOND_NS,
                                 .patience_ns = 600 * CLOCK_SECOND_NS,
                                 .connect_ns = 10 * CLOCK_SECOND_NS,
                                 .answer_ns = 900 * CLOCK_SECOND_NS,
                                 .stall_ns = 30 * CLOCK_SECOND_NS,
                                 .body_ns = 120 * CLOCK_SECOND_NS,
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

int http_queue_open(struct http_queue *out, const struct http_options *options,
                    struct crux_error *error)
{
    int status;

    if (options->in_flight == 0 || options->in_flight > IN_FLIGHT_MOST)
        return crux_fail(error, CRUX_INVALID, "requests in flight are 1 .. %u", IN_FLIGHT_MOST);
    status = allow_files(options->in_flight, error);
    if (status != CRUX_OK)
        return status;
    *out = (struct http_queue){.options = *options};
    status = http_endpoints_open(&out->endpoints, options->servers, options->server_count,
                                 options->in_flight, error);
    if (status != CRUX_OK)
        return status;
    out->endpoints.retry_after_max_ns = options->retry_after_max_ns;
    out->waiting = calloc(options->server_count, sizeof *out->waiting);
    out->published_endpoints = calloc(options->server_count, sizeof *out->published_endpoints);
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
    (void)pthread_mutex_destroy(&queue->published_lock);
    free(queue->waiting);
    free(queue->published_endpoints);
}

/* --- where calls are --------------------------------------------------------------------- */

static struct http_endpoint *endpoint_of(struct http_queue *queue, uint32_t number)
{
    return &queue->endpoints.items[number];
}

static void wait_at(struct http_queue *queue, struct http_call *call, uint32_t endpoint, bool first)
{
    call->state = HTTP_WAITING;
    call->endpoint = endpoint;
    endpoint_of(queue, endpoint)->waiting++;
    if (first)
        http_calls_prepend(&queue->waiting[endpoint], call);
    else
        http_calls_append(&queue->waiting[endpoint], call);
}

static void http_queue_leave_list(struct http_queue *queue, struct http_call *call)
{
    switch (call->state) {
    case HTTP_WAITING:
        endpoint_of(queue, call->endpoint)->waiting--;
        http_calls_remove(&queue->waiting[call->endpoint], call);
        break;
    case HTTP_RESTING:
        http_calls_remove(&queue->resting, call);
        break;
    case HTTP_FLYING:
        endpoint_of(queue, call->endpoint)->in_flight--;
        http_calls_remove(&queue->flying, call);
        break;
    default:
        break;
    }
    call->state = HTTP_INBOX; /* in no list of the queue's */
}

/* A retry goes to another endpoint if there is one, ahead of calls that have not been sent; but
 * behind them while that one lets nothing through, so that no call spends all its retries there. */
static void wait_again(struct http_queue *queue, struct http_call *call)
{
    uint32_t to = call->request.endpoint;

    if (to == HTTP_ANY_ENDPOINT)
        to = http_endpoints_again(&queue->endpoints, call->request.sticky, call->endpoint,
                                  queue->now_ns);
    wait_at(queue, call, to, endpoint_of(queue, to)->trouble_ns == 0);
}

static void rest(struct http_queue *queue, struct http_call *call, uint32_t round)
{
    call->state = HTTP_RESTING;
    call->rest_until_ns =
        queue->now_ns + http_retry_wait(round, http_endpoints_draw(&queue->endpoints));
    http_calls_append(&queue->resting, call);
}

/* --- how calls end -------------------------------------------------------------------------- */

/* End a call that is in no list. */
static void end(struct http_queue *queue, struct http_call *call, const char *why,
                struct http_reply *reply)
{
    char sentence[512] = "", proxy[160] = "";

    if (call->endpoint != UINT32_MAX && *endpoint_of(queue, call->endpoint)->proxy != '\0')
        (void)snprintf(proxy, sizeof proxy, " (through the proxy %s)",
                       endpoint_of(queue, call->endpoint)->proxy);
    if (reply->class != HTTP_DONE && call->endpoint != UINT32_MAX)
        (void)snprintf(sentence, sizeof sentence,
                       call->requests > 1 ? "%s%s: %s (%u requests)" : "%s%s: %s",
                       endpoint_of(queue, call->endpoint)->base, proxy, why, call->requests);
    else if (reply->class != HTTP_DONE)
        (void)snprintf(sentence, sizeof sentence, "%s", why);
    reply->sentence = sentence;
    reply->endpoint = call->endpoint;
    reply->requests = call->requests;
    reply->total_ns = queue->now_ns - call->submitted_ns;
    reply->waited_ns = (call->first_ns == 0 ? queue->now_ns : call->first_ns) - call->submitted_ns;
    reply->took_ns = call->sent_ns == 0 ? 0 : queue->now_ns - call->sent_ns;
    reply->tries = (struct http_tries){call->requests, call->faulty, call->bad, call->refreshed,
                                       call->endpoint};
    queue->view.ended[reply->class] += !reply->again;
    call->request.done(call->request.context, reply);
    http_calls_end(&queue->calls, call);
}

/* Of a call whose last request brought nothing. */
static void end_unanswered(struct http_queue *queue, struct http_call *call,
                           struct http_reply *reply, const char *why)
{
    char whole[420];
    const char *trouble =
        call->endpoint == UINT32_MAX ? "" : endpoint_of(queue, call->endpoint)->trouble;

    http_queue_leave_list(queue, call);
    (void)snprintf(whole, sizeof whole, *trouble == '\0' ? "%s" : "%s; last: %s", why, trouble);
    end(queue, call, reply->class == HTTP_CANCELLED ? why : whole, reply);
}

static void end_without(struct http_queue *queue, struct http_call *call, enum http_class class,
                        const char *why)
{
    struct http_reply reply = {.class = class};

    end_unanswered(queue, call, &reply, why);
}

static void drop_and_end(struct http_queue *queue, struct http_call *call, enum http_class class,
                         const char *why)
{
    struct http_reply reply = {.class = class};

    reply.unknown = call->state == HTTP_FLYING && queue->drop(queue->context, call);
    end_unanswered(queue, call, &reply, why);
}

/* --- coming --------------------------------------------------------------------------------- */

static uint32_t least_busy(struct http_queue *queue)
{
    uint32_t best = queue->first_choice % queue->endpoints.count, count = queue->endpoints.count;

    for (uint32_t i = 0; i < count; i++) {
        const struct http_endpoint *a = endpoint_of(queue, (queue->first_choice + i) % count);
        const struct http_endpoint *b = endpoint_of(queue, best);

        if (a->waiting + a->in_flight < b->waiting + b->in_flight)
            best = (queue->first_choice + i) % count;
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
        rest(queue, call, call->faulty + call->bad);
    else
        wait_at(queue, call, call->endpoint, true);
}

static void arrive(struct http_queue *queue, struct http_call *call)
{
    const struct http_request *request = &call->request;
    uint32_t to = request->endpoint;

    if (queue->stopped || queue->going == HTTP_DROPS) {
        end_without(queue, call, HTTP_CANCELLED, "the client is stopped");
        return;
    }
    if (request->tries.requests > 0) {
        arrive_again(queue, call);
        return;
    }
    if (to == HTTP_ANY_ENDPOINT)
        to = request->sticky == 0 ? least_busy(queue)
                                  : http_endpoints_home(&queue->endpoints, request->sticky);
    if (to >= queue->endpoints.count)
        end_without(queue, call, HTTP_FATAL, "there is no such endpoint");
    else
        wait_at(queue, call, to, false);
}

void http_queue_take(struct http_queue *queue)
{
    struct http_list inbox = {.first = NULL};
    struct http_calls *calls = &queue->calls;
    struct http_call *next;
    uint32_t waiting = 0;

    for (uint32_t i = 0; i < queue->endpoints.count; i++)
        waiting += endpoint_of(queue, i)->waiting;
    http_calls_take(calls, &inbox, queue->flying.count + waiting < queue->options.in_flight);
    for (struct http_call *call = inbox.first; call != NULL; call = next) {
        next = call->next;
        arrive(queue, call);
    }
    for (uint32_t i = 0; i < calls->unwanted_count; i++)
        if (calls->unwanted[i]->state != HTTP_ENDED) /* it may have ended as it arrived */
            drop_and_end(queue, calls->unwanted[i], HTTP_CANCELLED, "the call was cancelled");
}

/* --- going ---------------------------------------------------------------------------------- */

/* A call that may leave the queue of another endpoint for this one. */
static struct http_call *take_over(struct http_queue *queue, uint32_t for_endpoint)
{
    struct http_call *call = NULL;
    uint32_t from = UINT32_MAX, looked = 0;

    for (uint32_t i = 0; i < queue->endpoints.count; i++)
        if (i != for_endpoint && http_endpoints_behind(endpoint_of(queue, i), queue->now_ns) &&
            (from == UINT32_MAX ||
             endpoint_of(queue, i)->waiting > endpoint_of(queue, from)->waiting))
            from = i;
    if (from != UINT32_MAX)
        call = queue->waiting[from].first;
    while (call != NULL && call->request.endpoint != HTTP_ANY_ENDPOINT && looked++ < LOOK_AT_MOST)
        call = call->next;
    return call != NULL && call->request.endpoint == HTTP_ANY_ENDPOINT ? call : NULL;
}

struct http_call *http_queue_next(struct http_queue *queue)
{
    uint32_t count = queue->endpoints.count;

    if (queue->going != HTTP_GOES)
        return NULL;
    for (uint32_t i = 0; i < count && queue->flying.count < queue->options.in_flight; i++) {
        uint32_t number = (queue->first_choice + i) % count;
        struct http_call *call;

        if (!http_endpoints_ready(endpoint_of(queue, number), queue->now_ns))
            continue;
        call = queue->waiting[number].first;
        if (call == NULL && count > 1)
            call = take_over(queue, number);
        if (call == NULL)
            continue;
        http_queue_leave_list(queue, call);
        call->state = HTTP_FLYING;
        call->endpoint = number;
        call->sent_ns = queue->now_ns;
        call->first_byte_ns = call->last_byte_ns = 0;
        call->first_ns = call->first_ns == 0 ? queue->now_ns : call->first_ns;
        call->requests++;
        call->key_turn = http_secret_turn(endpoint_of(queue, number)->secret);
        endpoint_of(queue, number)->in_flight++;
        http_calls_append(&queue->flying, call);
        queue->view.requests++;
        queue->first_choice = number + 1;
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
        *verdict->sentence = '\0';
    } else {
        if (verdict->class == HTTP_DONE)
            quote_text(verdict->sentence, sizeof verdict->sentence, error.text, strlen(error.text));
        verdict->class = HTTP_BAD;
    }
}

/* What the endpoint has shown of itself. */
static void note(struct http_queue *queue, const struct http_call *call,
                 const struct http_result *result)
{
    struct http_endpoint *endpoint = endpoint_of(queue, call->endpoint);

    switch (result->verdict.class) {
    case HTTP_BUSY:
        http_endpoints_busy(&queue->endpoints, endpoint, call->sent_ns, result->wait_ns,
                            queue->now_ns);
        break;
    case HTTP_FAULTY:
        if (result->status >= 500)
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
        return result->unheard || ++call->faulty <= queue->options.faulty_most;
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

    end(queue, call, result->verdict.sentence, &reply);
    result->body = reply.body;
}

/* Keys that live an hour are renewed in their file: is there another one than it was sent with? */
static bool has_new_key(struct http_queue *queue, const struct http_call *call)
{
    struct http_secret *secret = endpoint_of(queue, call->endpoint)->secret;

    return http_secret_turn(secret) != call->key_turn || http_secret_again(secret);
}

void http_queue_came(struct http_queue *queue, struct http_call *call, struct http_result *result)
{
    bool billed = call->request.billed && http_message_billed(result);

    http_queue_leave_list(queue, call);
    if (result->stale && call->refreshed++ < STALE_MOST) {
        if (billed)
            end_with(queue, call, result, true);
        else
            wait_at(queue, call, call->endpoint, true);
        return;
    }
    if (result->status == 401 && has_new_key(queue, call)) {
        wait_at(queue, call, call->endpoint, true);
        return;
    }
    wipe(endpoint_of(queue, call->endpoint), result);
    http_queue_check(call, result);
    queue->view.tried[result->verdict.class]++;
    note(queue, call, result);
    if (!may_go_on(queue, call, result))
        end_with(queue, call, result, false);
    else if (call->request.billed && http_message_billed(result))
        end_with(queue, call, result, true);
    else if (result->verdict.class == HTTP_BUSY || result->unheard)
        wait_again(queue, call); /* the endpoint's gate is wait enough */
    else
        rest(queue, call, call->faulty + call->bad);
}

/* --- time ------------------------------------------------------------------------------------ */

/* The time limit that a request has passed, in words; NULL: none. */
static const char *too_slow(const struct http_queue *queue, const struct http_call *call)
{
    const struct http_options *options = &queue->options;
    int64_t now_ns = queue->now_ns;

    if (call->first_byte_ns == 0)
        return now_ns - call->sent_ns > options->answer_ns
                   ? "no answer came in time (--answer-timeout)"
                   : NULL;
    if (now_ns - call->last_byte_ns > options->stall_ns)
        return "the answer began and then stalled (--stall-timeout)";
    return now_ns - call->first_byte_ns > options->body_ns
               ? "the answer came too slowly (--body-timeout)"
               : NULL;
}

static void end_slow(struct http_queue *queue)
{
    struct http_call *next;

    for (struct http_call *call = queue->flying.first; call != NULL; call = next) {
        struct http_result result = {.verdict = {.class = HTTP_FAULTY}, .wait_ns = -1};
        const char *why = too_slow(queue, call);

        next = call->next;
        if (why == NULL || queue->salvage(queue->context, call))
            continue;
        (void)snprintf(result.verdict.sentence, sizeof result.verdict.sentence, "%s", why);
        result.broken = call->first_byte_ns == 0;
        result.unknown = queue->drop(queue->context, call);
        http_queue_came(queue, call, &result);
    }
}

static void end_late(struct http_queue *queue, const struct http_list *list)
{
    struct http_call *next;

    for (struct http_call *call = list->first; call != NULL; call = next) {
        next = call->next;
        if (call->request.deadline_ns != 0 && call->request.deadline_ns <= queue->now_ns)
            drop_and_end(queue, call, HTTP_LATE, "no answer before the call's deadline");
    }
}

static void wake_rested(struct http_queue *queue)
{
    struct http_call *next;

    for (struct http_call *call = queue->resting.first; call != NULL; call = next) {
        next = call->next;
        if (call->rest_until_ns > queue->now_ns)
            continue;
        http_queue_leave_list(queue, call);
        wait_again(queue, call);
    }
}

/* Is there no use in waiting for this endpoint? */
static bool is_hopeless(struct http_queue *queue, const struct http_endpoint *endpoint, char *why,
                        size_t room)
{
    if (http_endpoints_left(&queue->endpoints, endpoint, queue->now_ns)) {
        (void)snprintf(why, room, "it asks to wait longer than --retry-after-max");
        return true;
    }
    (void)snprintf(why, room, "nothing has come through for %g seconds (--patience)",
                   (double)queue->options.patience_ns / (double)CLOCK_SECOND_NS);
    return endpoint->trouble_ns != 0 &&
           queue->now_ns - endpoint->trouble_ns > queue->options.patience_ns;
}

static bool all_hopeless(struct http_queue *queue)
{
    char why[80];

    for (uint32_t i = 0; i < queue->endpoints.count; i++)
        if (!is_hopeless(queue, endpoint_of(queue, i), why, sizeof why))
            return false;
    return true;
}

/* Haste that outlasts all patience is want of money. */
static enum http_class class_of_hopeless(struct http_queue *queue,
                                         const struct http_endpoint *endpoint)
{
    bool left = http_endpoints_left(&queue->endpoints, endpoint, queue->now_ns);

    return endpoint->hasty && !left ? HTTP_FATAL : endpoint->why;
}

/* Calls that only a hopeless endpoint could answer: all of its own when the others are
 * hopeless too, else those that may go nowhere else. */
static void end_hopeless(struct http_queue *queue)
{
    bool all = all_hopeless(queue);
    char why[80];

    for (uint32_t i = 0; i < queue->endpoints.count; i++) {
        const struct http_endpoint *endpoint = endpoint_of(queue, i);
        struct http_call *next;

        if (endpoint->waiting == 0 || !is_hopeless(queue, endpoint, why, sizeof why))
            continue;
        for (struct http_call *call = queue->waiting[i].first; call != NULL; call = next) {
            next = call->next;
            if (all || call->request.endpoint != HTTP_ANY_ENDPOINT)
                end_unanswered(queue, call,
                               &(struct http_reply){.class = class_of_hopeless(queue, endpoint),
                                                    .nobody = all},
                               why);
        }
    }
}

/* End every call that waits or rests, and with flying also those in flight. */
static void clear(struct http_queue *queue, bool flying)
{
    static const char why[] = "the client is stopped";

    while (queue->resting.first != NULL)
        end_without(queue, queue->resting.first, HTTP_CANCELLED, why);
    for (uint32_t i = 0; i < queue->endpoints.count; i++)
        while (queue->waiting[i].first != NULL)
            end_without(queue, queue->waiting[i].first, HTTP_CANCELLED, why);
    while (flying && queue->flying.first != NULL)
        drop_and_end(queue, queue->flying.first, HTTP_CANCELLED, why);
}

/* An endpoint could not show meanwhile that it is well: its time counts anew. */
void http_queue_hold(struct http_queue *queue, enum http_going going)
{
    if (going == queue->going)
        return;
    queue->going = going;
    for (uint32_t i = 0; i < queue->endpoints.count; i++)
        if (going == HTTP_GOES && endpoint_of(queue, i)->trouble_ns != 0)
            endpoint_of(queue, i)->trouble_ns = queue->now_ns;
}

void http_queue_tick(struct http_queue *queue)
{
    if (queue->now_ns < queue->tick_ns)
        return;
    queue->tick_ns = queue->now_ns + TICK_NS;
    end_late(queue, &queue->flying);
    end_slow(queue);
    end_late(queue, &queue->resting);
    for (uint32_t i = 0; i < queue->endpoints.count; i++)
        end_late(queue, &queue->waiting[i]);
    wake_rested(queue);
    if (queue->going == HTTP_GOES)
        end_hopeless(queue);
    else if (queue->going == HTTP_DROPS)
        clear(queue, false);
    http_queue_publish(queue);
}

bool http_queue_wind_up(struct http_queue *queue, int64_t grace_ns)
{
    if (grace_ns < 0)
        return false;
    if (!queue->stopped)
        queue->grace_ends_ns = queue->now_ns + grace_ns;
    queue->stopped = true;
    clear(queue, queue->now_ns >= queue->grace_ends_ns);
    return queue->flying.count == 0;
}
