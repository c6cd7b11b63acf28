/*
 * http.c - the HTTP client, by libcurl: one thread, one multi handle, and an easy handle for each
 * request in flight, kept for the next.
 *
 * An easy handle is set up once and then used again and again with another address and body;
 * it is in the multi handle only while its request is on its way. libcurl never queues
 * anything: what waits, waits in queue.c. (Inside of libcurl it would cost time in every round.)
 */
#include "io/http/http.h"

#include "io/clock.h"
#include "io/http/heads.h"
#include "io/http/message.h"
#include "io/http/poll.h"
#include "io/http/queue.h"
#include "io/http/secret.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    COMMON_HEADERS = 3, /* ours; then the key's, and the endpoint's own */
    ALL_HEADERS = COMMON_HEADERS + 1 + HTTP_HEADS,
    ADDRESS = 1400,
    KEY_LINE = 300,
    /* Curl's own choice, 64 and 16 KiB for each request, comes from the allocator's slow end. */
    UPLOAD = 16384, /* the least there can be */
    DOWNLOAD = 8192 /* most replies are shorter */
};

#define ROUND_NS (CLOCK_SECOND_NS / 50) /* of handing on replies */

/* An easy handle with its request's side of things; idle ones are kept. */
struct flight {
    struct flight *next_idle;
    struct http_client *client;
    CURL *easy;
    struct http_call *call;
    uint32_t endpoint;                         /* that it is set up for; UINT32_MAX: none */
    char path[ADDRESS];                        /* the same */
    struct curl_slist lines[1 + HTTP_HEADERS]; /* of this call; then the endpoint's */
    char key[KEY_LINE];
    struct http_message message;
    char trouble[CURL_ERROR_SIZE];
};

struct http_client {
    struct http_queue queue;
    CURLM *multi;
    struct http_poll poll;
    int64_t timer_ns;                        /* when curl wants to be called */
    struct curl_slist (*heads)[ALL_HEADERS]; /* lines that all requests to an endpoint share */
    struct flight *idle;
    pthread_t thread;
    bool started;
    _Atomic int64_t grace_ns; /* below 0: not stopped */
    _Atomic int going;        /* enum http_going, as http_hold() said last */
};

/* --- what curl calls ----------------------------------------------------------------------- */

/* Returning anything but the whole length ends the transfer. */
static size_t on_body(char *bytes, size_t one, size_t count, void *context)
{
    struct flight *flight = context;
    bool room = http_message_add(&flight->message, bytes, one * count);

    if (flight->message.begun)
        http_calls_byte(flight->call, flight->client->queue.now_ns);
    return room ? one * count : 0;
}

static size_t on_header(char *line, size_t one, size_t count, void *context)
{
    struct flight *flight = context;
    bool room = http_message_header(&flight->message, line, one * count);

    if (flight->message.coded) /* curl would refuse what it cannot undo */
        (void)curl_easy_setopt(flight->easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    return room ? one * count : 0;
}

static size_t on_read(char *out, size_t one, size_t room, void *context)
{
    return http_message_read(&((struct flight *)context)->message, out, one * room);
}

/* Only to the beginning, to send again on another connection; not what may be billed by then. */
static int on_seek(void *context, curl_off_t offset, int origin)
{
    if (offset != 0 || origin != SEEK_SET || ((struct flight *)context)->call->request.billed)
        return CURL_SEEKFUNC_CANTSEEK;
    http_message_rewind(&((struct flight *)context)->message);
    return CURL_SEEKFUNC_OK;
}

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *unused)
{
    struct http_client *client = context;

    (void)easy;
    (void)unused;
    http_poll_watch(&client->poll, socket, what == CURL_POLL_IN || what == CURL_POLL_INOUT,
                    what == CURL_POLL_OUT || what == CURL_POLL_INOUT);
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *context)
{
    struct http_client *client = context;

    (void)multi;
    client->timer_ns = ms < 0 ? INT64_MAX : client->queue.now_ns + (int64_t)ms * 1000000;
    return 0;
}

/* --- setting up ---------------------------------------------------------------------------- */

static void set_up_once(struct flight *flight)
{
    const struct http_options *options = &flight->client->queue.options;
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {{CURLOPT_NOSIGNAL, 1},
                   {CURLOPT_FOLLOWLOCATION, 0},
                   {CURLOPT_CONNECTTIMEOUT_MS, (long)(options->connect_ns / 1000000)},
                   {CURLOPT_MAXAGE_CONN, (long)(options->idle_ns / CLOCK_SECOND_NS)},
                   {CURLOPT_TCP_KEEPALIVE, 1},
                   {CURLOPT_TCP_KEEPIDLE, 30},
                   {CURLOPT_TCP_KEEPINTVL, 15},
                   {CURLOPT_PIPEWAIT, 1},
                   {CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD},
                   {CURLOPT_BUFFERSIZE, DOWNLOAD}};
    CURL *easy = flight->easy;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        (void)curl_easy_setopt(easy, numbers[i].option, numbers[i].value);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "crux/" CRUX_VERSION);
    (void)curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, ""); /* all that curl undoes */
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, flight);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, flight);
    (void)curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    (void)curl_easy_setopt(easy, CURLOPT_READDATA, flight);
    (void)curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    (void)curl_easy_setopt(easy, CURLOPT_SEEKDATA, flight);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, flight->trouble);
    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, flight);
}

static struct flight *new_flight(struct http_client *client)
{
    struct flight *flight = client->idle;

    if (flight != NULL) {
        client->idle = flight->next_idle;
        return flight;
    }
    flight = calloc(1, sizeof *flight);
    if (flight == NULL)
        return NULL;
    flight->client = client;
    flight->endpoint = UINT32_MAX;
    flight->easy = curl_easy_init();
    if (flight->easy == NULL) {
        free(flight);
        return NULL;
    }
    set_up_once(flight);
    return flight;
}

static void free_flight(struct flight *flight)
{
    curl_easy_cleanup(flight->easy);
    http_message_free(&flight->message);
    free(flight);
}

/* Set the endpoint's address and headers, unless the handle's last request went there, too. */
static bool set_address(struct flight *flight, uint32_t number, const char *path)
{
    const struct http_client *client = flight->client;
    const struct http_endpoint *endpoint = &client->queue.endpoints.items[number];
    bool http2 = endpoint->tls && !client->queue.options.http1;
    char url[ADDRESS + 1024];
    CURL *easy = flight->easy;

    if (flight->endpoint == number && strcmp(flight->path, path) == 0)
        return true;
    flight->endpoint = UINT32_MAX;
    if (strlen(path) >= sizeof flight->path ||
        !http_endpoints_url(endpoint, path, url, sizeof url) ||
        curl_easy_setopt(easy, CURLOPT_URL, url) != CURLE_OK)
        return false;
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                           http2 ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_NOPROXY, endpoint->loopback ? "*" : NULL);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, endpoint->insecure ? 0L : 1L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, endpoint->insecure ? 0L : 2L);
    if (endpoint->cacert != NULL)
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, endpoint->cacert);
    flight->endpoint = number;
    (void)snprintf(flight->path, sizeof flight->path, "%s", path);
    return true;
}

/* Put the call's own headers before those of its endpoint, without allocating. */
static void set_headers(struct flight *flight, const struct http_request *request)
{
    struct curl_slist *next = flight->client->heads[flight->endpoint];
    const struct http_secret *secret =
        flight->client->queue.endpoints.items[flight->endpoint].secret;

    if (secret != NULL) /* it may have changed */
        next[COMMON_HEADERS].data = (char *)http_secret_header(secret);
    for (int i = HTTP_HEADERS; i-- > 0;) {
        if (request->headers[i] == NULL)
            continue;
        flight->lines[1 + i] = (struct curl_slist){(char *)request->headers[i], next};
        next = &flight->lines[1 + i];
    }
    if (request->key != NULL) {
        (void)snprintf(flight->key, sizeof flight->key, "Idempotency-Key: %s", request->key);
        flight->lines[0] = (struct curl_slist){flight->key, next};
        next = flight->lines;
    }
    (void)curl_easy_setopt(flight->easy, CURLOPT_HTTPHEADER, next);
}

static void set_body(struct flight *flight, const struct http_request *request)
{
    curl_off_t size = 0;

    if (request->piece_count == 0) {
        (void)curl_easy_setopt(flight->easy, CURLOPT_HTTPGET, 1L);
        return;
    }
    for (uint32_t i = 0; i < request->piece_count; i++)
        size += (curl_off_t)request->pieces[i].length;
    (void)curl_easy_setopt(flight->easy, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(flight->easy, CURLOPT_POSTFIELDSIZE_LARGE, size);
    (void)curl_easy_setopt(flight->easy, CURLOPT_POSTFIELDS,
                           request->piece_count == 1 && !request->billed ? request->pieces[0].bytes
                                                                         : NULL);
}

static uint64_t most_of(const struct http_client *client, const struct http_request *request)
{
    uint64_t most = client->queue.options.body_most;

    return request->body_most > 0 && request->body_most < most ? request->body_most : most;
}

static bool take_off(struct flight *flight, struct http_call *call)
{
    flight->call = call;
    http_message_begin(&flight->message, &call->request, most_of(flight->client, &call->request));
    *flight->trouble = '\0';
    if (!set_address(flight, call->endpoint, call->request.path))
        return false;
    set_headers(flight, &call->request);
    set_body(flight, &call->request);
    (void)curl_easy_setopt(flight->easy, CURLOPT_FRESH_CONNECT, call->refreshed > 0 ? 1L : 0L);
    (void)curl_easy_setopt(flight->easy, CURLOPT_HTTP_CONTENT_DECODING, 1L);
    call->flight = flight;
    return curl_multi_add_handle(flight->client->multi, flight->easy) == CURLM_OK;
}

static void land(struct flight *flight)
{
    struct http_client *client = flight->client;

    (void)curl_multi_remove_handle(client->multi, flight->easy);
    flight->call->flight = NULL;
    flight->call = NULL;
    flight->next_idle = client->idle;
    client->idle = flight;
}

/* Has something of the request gone out? */
static bool was_sent(const struct flight *flight)
{
    long bytes = 0;

    return curl_easy_getinfo(flight->easy, CURLINFO_REQUEST_SIZE, &bytes) == CURLE_OK && bytes > 0;
}

static bool drop(void *context, struct http_call *call)
{
    bool sent = call->flight != NULL && was_sent(call->flight);

    (void)context;
    if (call->flight != NULL)
        land(call->flight);
    return sent;
}

/* --- what came ------------------------------------------------------------------------------- */

enum { UNHEARD = 1, BROKEN = 2 };

/* Errors that are not in the table are FAULTY. */
static const struct {
    CURLcode code;
    enum http_class class;
    unsigned flags;
} codes[] = {
    {CURLE_COULDNT_RESOLVE_PROXY, HTTP_FAULTY, UNHEARD},
    {CURLE_COULDNT_RESOLVE_HOST, HTTP_FAULTY, UNHEARD},
    {CURLE_COULDNT_CONNECT, HTTP_FAULTY, UNHEARD},
    {CURLE_OPERATION_TIMEDOUT, HTTP_FAULTY, UNHEARD}, /* only connecting has a time in curl */
    {CURLE_GOT_NOTHING, HTTP_FAULTY, BROKEN},
    {CURLE_SEND_ERROR, HTTP_FAULTY, BROKEN},
    {CURLE_SEND_FAIL_REWIND, HTTP_FAULTY, BROKEN}, /* by on_seek() */
    {CURLE_RECV_ERROR, HTTP_FAULTY, BROKEN},
    {CURLE_PARTIAL_FILE, HTTP_FAULTY, BROKEN},
    {CURLE_HTTP2, HTTP_FAULTY, BROKEN},
    {CURLE_HTTP2_STREAM, HTTP_FAULTY, BROKEN},
    {CURLE_SSL_CONNECT_ERROR, HTTP_FAULTY, BROKEN},
    {CURLE_PEER_FAILED_VERIFICATION, HTTP_FATAL, 0},
    {CURLE_SSL_CACERT_BADFILE, HTTP_FATAL, 0},
    {CURLE_SSL_CERTPROBLEM, HTTP_FATAL, 0},
    {CURLE_SSL_CIPHER, HTTP_FATAL, 0},
    {CURLE_SSL_ISSUER_ERROR, HTTP_FATAL, 0},
    {CURLE_URL_MALFORMAT, HTTP_FATAL, 0},
    {CURLE_BAD_CONTENT_ENCODING, HTTP_BAD, 0},
    {CURLE_WRITE_ERROR, HTTP_BAD, 0},
};

static void add_hint(struct http_verdict *verdict, const char *hint)
{
    size_t length = strlen(verdict->sentence);

    (void)snprintf(verdict->sentence + length, sizeof verdict->sentence - length, "; %s", hint);
}

/* A reply whose transfer did not end, or not as it should, and which is whole by its brackets: its
 * length was told wrong, or the connection was closed a little early. */
static bool is_whole(struct flight *flight, struct http_result *out)
{
    const struct http_message *message = &flight->message;
    struct http_result result = {.wait_ns = -1};
    long status = 0;

    (void)curl_easy_getinfo(flight->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200 || !message->begun || message->request->piece_count == 0)
        return false;
    http_message_judge(message, (int)status, flight->client->queue.options.retry_after_max_ns,
                       &result);
    if (result.verdict.class == HTTP_DONE)
        *out = result;
    return result.verdict.class == HTTP_DONE;
}

static void read_failure(struct flight *flight, CURLcode code, struct http_result *out)
{
    struct http_verdict *verdict = &out->verdict;
    long connects = 1;

    verdict->class = HTTP_FAULTY;
    out->unknown = was_sent(flight);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (codes[i].code != code)
            continue;
        verdict->class = codes[i].class;
        out->unheard = (codes[i].flags & UNHEARD) != 0;
        out->broken = (codes[i].flags & BROKEN) != 0;
    }
    if (out->broken && is_whole(flight, out))
        return;
    if (flight->message.too_much)
        verdict->class = HTTP_REFUSED; /* asked again it would be as long, and cost as much */
    http_message_trouble(&flight->message,
                         *flight->trouble == '\0' ? curl_easy_strerror(code) : flight->trouble,
                         verdict->sentence, sizeof verdict->sentence);
    if (code == CURLE_SSL_CONNECT_ERROR)
        add_hint(verdict, "it may speak http: try http://");
    else if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY)
        add_hint(verdict, "it may speak https: try https://");
    (void)curl_easy_getinfo(flight->easy, CURLINFO_NUM_CONNECTS, &connects);
    out->stale = out->broken && (connects == 0 || code == CURLE_SEND_FAIL_REWIND) &&
                 flight->message.head_length == 0;
}

static void bring(struct flight *flight, struct http_result *result)
{
    struct http_call *call = flight->call;

    land(flight);
    http_message_show(&flight->message, result);
    http_queue_came(&flight->client->queue, call, result);
    http_message_take_back(&flight->message, result);
}

static bool salvage(void *context, struct http_call *call)
{
    struct http_result result;

    (void)context;
    if (!is_whole(call->flight, &result))
        return false;
    bring(call->flight, &result);
    return true;
}

/* So long at most, so that deadlines and cancels are looked at between replies that take time. */
static bool read_finished(struct http_client *client)
{
    int64_t until_ns = clock_now_ns() + ROUND_NS;
    CURLMsg *message;
    int left;
    bool any = false;

    while (clock_now_ns() < until_ns &&
           (message = curl_multi_info_read(client->multi, &left)) != NULL) {
        struct http_result result = {.wait_ns = -1};
        struct flight *flight = NULL;
        CURLcode code = message->data.result;
        long status = 0;

        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &flight);
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
        if (code == CURLE_OK)
            http_message_judge(&flight->message, (int)status,
                               client->queue.options.retry_after_max_ns, &result);
        else
            read_failure(flight, code, &result);
        bring(flight, &result);
        any = true;
    }
    return any;
}

/* --- the thread ---------------------------------------------------------------------- */

static void fly(struct http_client *client, struct http_call *call)
{
    struct flight *flight = new_flight(client);
    struct http_result result = {
        .verdict = {.class = HTTP_FAULTY, .sentence = "the request cannot be begun"},
        .wait_ns = -1};

    if (flight != NULL && take_off(flight, call))
        return;
    if (flight != NULL)
        bring(flight, &result);
    else
        http_queue_came(&client->queue, call, &result);
}

/* Serve the sockets that are ready and curl's timers, then take the transfers that have ended. */
static bool work(struct http_client *client, const struct http_ready *ready, int count)
{
    int running;

    for (int i = 0; i < count; i++)
        (void)curl_multi_socket_action(client->multi, ready[i].socket,
                                       (ready[i].in ? CURL_CSELECT_IN : 0) |
                                           (ready[i].out ? CURL_CSELECT_OUT : 0) |
                                           (ready[i].error ? CURL_CSELECT_ERR : 0),
                                       &running);
    if (client->timer_ns <= client->queue.now_ns) {
        client->timer_ns = INT64_MAX;
        (void)curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    return read_finished(client);
}

static void *run(void *context)
{
    struct http_client *client = context;
    struct http_queue *queue = &client->queue;
    struct http_ready ready[HTTP_READY];
    bool over = false;
    int count = 0;

    while (!over) {
        struct http_call *call;
        bool finished;
        int64_t until_ns;

        queue->now_ns = clock_now_ns();
        finished = work(client, ready, count);
        /* relaxed: the word is all there is to see. */
        http_queue_hold(
            queue, (enum http_going)atomic_load_explicit(&client->going, memory_order_relaxed));
        http_queue_take(queue);
        http_queue_tick(queue);
        /* acquire: pairs with the release in http_stop(): calls are shut out by then. */
        over = http_queue_wind_up(queue,
                                  atomic_load_explicit(&client->grace_ns, memory_order_acquire));
        while ((call = http_queue_next(queue)) != NULL)
            fly(client, call);
        until_ns = client->timer_ns < queue->tick_ns ? client->timer_ns : queue->tick_ns;
        count =
            http_poll_wait(&client->poll, finished || over ? 0 : until_ns - queue->now_ns, ready);
    }
    queue->now_ns = clock_now_ns();
    http_queue_take(queue); /* what was submitted before it was shut */
    http_queue_publish(queue);
    return NULL;
}

/* Signals are the host's: this thread takes none, and writes to dead connections end there. */
static bool http_start(struct http_client *client)
{
    sigset_t all, before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    client->started = pthread_create(&client->thread, NULL, run, client) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return client->started;
}

/* --- opening and closing ------------------------------------------------------------------ */

static bool make_heads(struct http_client *client)
{
    static char lines[COMMON_HEADERS][40] = {"Content-Type: application/json",
                                             "Accept: application/json", "Expect:"};
    uint32_t count = client->queue.endpoints.count;

    client->heads = calloc(count, sizeof *client->heads);
    for (uint32_t i = 0; client->heads != NULL && i < count; i++) {
        const struct http_endpoint *endpoint = &client->queue.endpoints.items[i];
        struct curl_slist *head = client->heads[i], *last = &head[COMMON_HEADERS - 1];

        for (int j = 0; j < COMMON_HEADERS; j++)
            head[j] = (struct curl_slist){lines[j], j < COMMON_HEADERS - 1 ? &head[j + 1] : NULL};
        if (endpoint->secret != NULL) {
            last = last->next = &head[COMMON_HEADERS];
            last->data = (char *)http_secret_header(endpoint->secret);
        }
        for (uint32_t j = 0; j < endpoint->header_count; j++) {
            last = last->next = &head[COMMON_HEADERS + 1 + j];
            last->data = endpoint->headers[j];
        }
    }
    return client->heads != NULL;
}

static void init_curl(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

static int open_multi(struct http_client *client, struct crux_error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, init_curl);
    client->multi = curl_multi_init();
    if (client->multi == NULL || !make_heads(client) || !http_poll_open(&client->poll))
        return crux_fail(error, CRUX_MEMORY, "no memory for an HTTP client");
    (void)curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS,
                            (long)client->queue.options.in_flight);
    (void)curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    (void)curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    (void)curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    if (!http_start(client))
        return crux_fail(error, CRUX_MEMORY, "cannot start the thread of the HTTP client");
    return CRUX_OK;
}

int http_open(struct http_client **out, const struct http_options *options,
              struct crux_error *error)
{
    struct http_client *client;
    int status;

    client = calloc(1, sizeof *client);
    if (client == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for an HTTP client");
    atomic_init(&client->grace_ns, -1);
    atomic_init(&client->going, HTTP_GOES);
    client->poll = (struct http_poll){-1, -1};
    client->timer_ns = INT64_MAX;
    status = http_queue_open(&client->queue, options, error);
    if (status != CRUX_OK) {
        free(client);
        return status;
    }
    client->queue.drop = drop;
    client->queue.salvage = salvage;
    client->queue.context = client;
    client->queue.endpoints.random = (uint64_t)clock_now_ns() ^ (uint64_t)getpid() << 32;
    status = open_multi(client, error);
    if (status != CRUX_OK)
        http_close(client);
    else
        *out = client;
    return status;
}

int http_submit(struct http_client *client, const struct http_request *request, http_ticket *ticket)
{
    bool wake = false;
    int status = http_calls_put(&client->queue.calls, request, clock_now_ns(), ticket, &wake);

    if (status == CRUX_OK && wake)
        http_poll_wake(&client->poll);
    return status;
}

void http_cancel(struct http_client *client, http_ticket ticket)
{
    if (http_calls_cancel(&client->queue.calls, ticket))
        http_poll_wake(&client->poll);
}

void http_hold(struct http_client *client, enum http_going going)
{
    atomic_store_explicit(&client->going, (int)going, memory_order_relaxed);
    http_poll_wake(&client->poll);
}

const char *http_endpoint_url(const struct http_client *client, uint32_t endpoint)
{
    return client->queue.endpoints.items[endpoint].base;
}

uint32_t http_leave(struct http_client *client, uint32_t endpoint)
{
    return http_endpoints_leave(&client->queue.endpoints, endpoint);
}

void http_stop(struct http_client *client, int64_t grace_ns)
{
    int64_t running = -1;

    http_calls_shut(&client->queue.calls);
    /* release: pairs with the acquire in run(). */
    (void)atomic_compare_exchange_strong_explicit(&client->grace_ns, &running,
                                                  grace_ns < 0 ? 0 : grace_ns, memory_order_acq_rel,
                                                  memory_order_acquire);
    http_poll_wake(&client->poll);
}

void http_close(struct http_client *client)
{
    if (client == NULL)
        return;
    if (client->started) {
        http_stop(client, 0);
        (void)pthread_join(client->thread, NULL);
    }
    while (client->idle != NULL) {
        struct flight *flight = client->idle;

        client->idle = flight->next_idle;
        free_flight(flight);
    }
    if (client->multi != NULL)
        (void)curl_multi_cleanup(client->multi);
    http_poll_close(&client->poll);
    free(client->heads);
    http_queue_close(&client->queue);
    free(client);
}

void http_look(struct http_client *client, struct http_view *out)
{
    http_queue_look(&client->queue, out);
}

void http_look_at(struct http_client *client, uint32_t endpoint, struct http_endpoint_view *out)
{
    http_queue_look_at(&client->queue, endpoint, out);
}
