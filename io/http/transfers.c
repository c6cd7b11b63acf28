/*
 * transfers.c - requests on their way, by libcurl: one multi handle, and an easy handle for each
 * request in flight, kept for the next.
 *
 * An easy handle is set up once and then used again and again with another address and body;
 * it is in the multi handle only while its request is on its way. libcurl never queues
 * anything: what waits, waits in queue.c. (Inside of libcurl it would cost time in every round.)
 */
#include "io/http/transfers.h"

#include "io/clock.h"
#include "io/http/coding.h"
#include "io/http/heads.h"
#include "io/http/message.h"
#include "io/http/secret.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    struct http_transfers *transfers;
    CURL *easy;
    struct http_call *call;
    uint32_t born;                             /* of the endpoint that it is set up for; 0: none */
    char path[ADDRESS];                        /* the same */
    struct curl_slist lines[1 + HTTP_HEADERS]; /* of this call; then the endpoint's */
    char key[KEY_LINE];
    struct http_message message;
    char trouble[CURL_ERROR_SIZE];
};

/* Lines that all requests to an endpoint share. */
struct heads {
    uint32_t born; /* of the endpoint that they are of; 0: none */
    struct curl_slist lines[ALL_HEADERS];
};

struct http_transfers {
    struct http_queue *queue;
    struct http_poll *poll;
    CURLM *multi;
    int64_t timer_ns;    /* when curl wants to be called */
    struct heads *heads; /* one an endpoint */
    struct flight *idle;
};

/* --- what curl calls ----------------------------------------------------------------------- */

/* Returning anything but the whole length ends the transfer. */
static size_t on_body(char *bytes, size_t one, size_t count, void *context)
{
    struct flight *flight = context;
    bool room = http_message_add(&flight->message, bytes, one * count);

    if (flight->message.begun)
        http_calls_byte(flight->call, flight->transfers->queue->now_ns);
    return room ? one * count : 0;
}

static size_t on_header(char *line, size_t one, size_t count, void *context)
{
    struct flight *flight = context;
    bool room = http_message_header(&flight->message, line, one * count);

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
    struct http_transfers *transfers = context;

    (void)easy;
    (void)unused;
    http_poll_watch(transfers->poll, socket, what == CURL_POLL_IN || what == CURL_POLL_INOUT,
                    what == CURL_POLL_OUT || what == CURL_POLL_INOUT);
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *context)
{
    struct http_transfers *transfers = context;

    (void)multi;
    transfers->timer_ns = ms < 0 ? INT64_MAX : transfers->queue->now_ns + (int64_t)ms * 1000000;
    return 0;
}

/* --- setting up ---------------------------------------------------------------------------- */

static void set_up_once(struct flight *flight)
{
    const struct http_options *options = &flight->transfers->queue->options;
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {{CURLOPT_NOSIGNAL, 1},
                   {CURLOPT_FOLLOWLOCATION, 0},
                   {CURLOPT_CONNECTTIMEOUT_MS, (long)(options->client.connect_ns / 1000000)},
                   {CURLOPT_MAXAGE_CONN, (long)(options->idle_ns / CLOCK_SECOND_NS)},
                   {CURLOPT_TCP_KEEPALIVE, 1},
                   {CURLOPT_TCP_KEEPIDLE, 30},
                   {CURLOPT_TCP_KEEPINTVL, 15},
                   {CURLOPT_PIPEWAIT, 1},
                   {CURLOPT_HTTP_CONTENT_DECODING, 0}, /* curl loses what is not as labelled */
                   {CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD},
                   {CURLOPT_BUFFERSIZE, DOWNLOAD}};
    CURL *easy = flight->easy;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        (void)curl_easy_setopt(easy, numbers[i].option, numbers[i].value);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "crux/" CRUX_VERSION);
    (void)curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, HTTP_CODINGS);
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

static struct flight *new_flight(struct http_transfers *transfers)
{
    struct flight *flight = transfers->idle;

    if (flight != NULL) {
        transfers->idle = flight->next_idle;
        return flight;
    }
    flight = calloc(1, sizeof *flight);
    if (flight == NULL)
        return NULL;
    flight->transfers = transfers;
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
    const struct http_transfers *transfers = flight->transfers;
    const struct http_endpoint *endpoint = &transfers->queue->endpoints.items[number];
    bool http2 = endpoint->tls && !transfers->queue->options.http1;
    bool direct = endpoint->loopback || (endpoint->secret != NULL && !endpoint->tls);
    char url[ADDRESS + 1024];
    CURL *easy = flight->easy;

    if (flight->born == endpoint->born && strcmp(flight->path, path) == 0)
        return true;
    flight->born = 0;
    if (strlen(path) >= sizeof flight->path ||
        !http_endpoints_url(endpoint, path, url, sizeof url) ||
        curl_easy_setopt(easy, CURLOPT_URL, url) != CURLE_OK)
        return false;
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                           http2 ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_NOPROXY, direct ? "*" : NULL);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, endpoint->insecure ? 0L : 1L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, endpoint->insecure ? 0L : 2L);
    if (endpoint->cacert != NULL)
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, endpoint->cacert);
    flight->born = endpoint->born;
    (void)snprintf(flight->path, sizeof flight->path, "%s", path);
    return true;
}

static void make_heads(struct heads *heads, const struct http_endpoint *endpoint)
{
    static char words[COMMON_HEADERS][40] = {"Content-Type: application/json",
                                             "Accept: application/json", "Expect:"};
    struct curl_slist *lines = heads->lines, *last = &lines[COMMON_HEADERS - 1];

    for (int i = 0; i < COMMON_HEADERS; i++)
        lines[i] = (struct curl_slist){words[i], i < COMMON_HEADERS - 1 ? &lines[i + 1] : NULL};
    if (endpoint->secret != NULL) {
        last = last->next = &lines[COMMON_HEADERS];
        *last = (struct curl_slist){(char *)http_secret_header(endpoint->secret), NULL};
    }
    for (uint32_t i = 0; i < endpoint->header_count; i++) {
        last = last->next = &lines[COMMON_HEADERS + 1 + i];
        *last = (struct curl_slist){endpoint->headers[i], NULL};
    }
    heads->born = endpoint->born;
}

/* Put the call's own headers before those of its endpoint, without allocating. */
static void set_headers(struct flight *flight, const struct http_request *request, uint32_t number)
{
    struct heads *heads = &flight->transfers->heads[number];
    const struct http_endpoint *endpoint = &flight->transfers->queue->endpoints.items[number];
    const struct http_secret *secret = endpoint->secret;
    struct curl_slist *next = heads->lines;

    if (heads->born != endpoint->born)
        make_heads(heads, endpoint);

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

static uint64_t most_of(const struct http_transfers *transfers, const struct http_request *request)
{
    uint64_t most = transfers->queue->options.body_most;

    return request->body_most > 0 && request->body_most < most ? request->body_most : most;
}

static bool take_off(struct flight *flight, struct http_call *call)
{
    flight->call = call;
    http_message_begin(&flight->message, &call->request,
                       most_of(flight->transfers, &call->request));
    *flight->trouble = '\0';
    if (!set_address(flight, call->endpoint, call->request.path))
        return false;
    set_headers(flight, &call->request, call->endpoint);
    set_body(flight, &call->request);
    (void)curl_easy_setopt(flight->easy, CURLOPT_FRESH_CONNECT, call->refreshed > 0 ? 1L : 0L);
    call->flight = flight;
    return curl_multi_add_handle(flight->transfers->multi, flight->easy) == CURLM_OK;
}

static void land(struct flight *flight)
{
    struct http_transfers *transfers = flight->transfers;

    (void)curl_multi_remove_handle(transfers->multi, flight->easy);
    flight->call->flight = NULL;
    flight->call = NULL;
    flight->next_idle = transfers->idle;
    transfers->idle = flight;
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
    {CURLE_WRITE_ERROR, HTTP_BAD, 0},
};

static void add_hint(struct http_verdict *verdict, const char *hint)
{
    size_t length = strlen(verdict->sentence);

    (void)snprintf(verdict->sentence + length, sizeof verdict->sentence - length, "; %s", hint);
}

/* A reply whose transfer did not end, or not as it should, and which is whole by its brackets: its
 * length was told wrong, or the connection was closed a little early. */
static bool flight_is_whole(struct flight *flight, struct http_result *out)
{
    struct http_message *message = &flight->message;
    struct http_result result = {.wait_ns = -1};
    long status = 0;

    (void)curl_easy_getinfo(flight->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200 || !message->begun || message->request->piece_count == 0 ||
        !http_message_decode(message))
        return false;
    http_message_judge(message, (int)status,
                       flight->transfers->queue->options.client.retry_after_max_ns, &result);
    if (result.verdict.class == HTTP_DONE)
        *out = result;
    return result.verdict.class == HTTP_DONE;
}

/* It is longer than is taken. What is there of it may be all that matters, which whoever knows what
 * was asked finds out; asked again it would be as long, and cost as much. */
static void read_too_much(struct flight *flight, struct http_result *out)
{
    struct http_message *message = &flight->message;
    long status = 0;

    (void)curl_easy_getinfo(flight->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)http_message_decode(message);
    out->verdict.class = HTTP_REFUSED;
    out->unknown = true;
    if (status == 200 && message->begun) {
        out->status = out->verdict.status = (int)status;
        out->verdict.readable = true;
    }
    http_message_trouble(message, "", out->verdict.sentence, sizeof out->verdict.sentence);
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
    if (out->broken && flight_is_whole(flight, out))
        return;
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
    http_queue_came(flight->transfers->queue, call, result);
    http_message_take_back(&flight->message, result);
}

static bool salvage(void *context, struct http_call *call)
{
    struct http_result result;

    (void)context;
    if (!flight_is_whole(call->flight, &result))
        return false;
    bring(call->flight, &result);
    return true;
}

/* So long at most, so that deadlines and cancels are looked at between replies that take time. */
static bool read_finished(struct http_transfers *transfers)
{
    int64_t until_ns = clock_now_ns() + ROUND_NS;
    CURLMsg *message;
    int left;
    bool any = false;

    while (clock_now_ns() < until_ns &&
           (message = curl_multi_info_read(transfers->multi, &left)) != NULL) {
        struct http_result result = {.wait_ns = -1};
        struct flight *flight = NULL;
        CURLcode code = message->data.result;
        long status = 0;

        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &flight);
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
        if (flight->message.too_much ||
            (code == CURLE_OK && !http_message_decode(&flight->message)))
            read_too_much(flight, &result);
        else if (code == CURLE_OK)
            http_message_judge(&flight->message, (int)status,
                               transfers->queue->options.client.retry_after_max_ns, &result);
        else
            read_failure(flight, code, &result);
        bring(flight, &result);
        any = true;
    }
    return any;
}

/* --- from the thread ---------------------------------------------------------------------- */

void http_transfers_begin(struct http_transfers *transfers, struct http_call *call)
{
    struct flight *flight = new_flight(transfers);
    struct http_result result = {
        .verdict = {.class = HTTP_FAULTY, .sentence = "the request cannot be begun"},
        .wait_ns = -1};

    if (flight != NULL && take_off(flight, call))
        return;
    if (flight != NULL)
        bring(flight, &result);
    else
        http_queue_came(transfers->queue, call, &result);
}

/* Serve the sockets that are ready and curl's timers, then take the transfers that have ended. */
bool http_transfers_work(struct http_transfers *transfers, const struct http_ready *ready,
                         int count)
{
    int running;

    for (int i = 0; i < count; i++)
        (void)curl_multi_socket_action(transfers->multi, ready[i].socket,
                                       (ready[i].in ? CURL_CSELECT_IN : 0) |
                                           (ready[i].out ? CURL_CSELECT_OUT : 0) |
                                           (ready[i].error ? CURL_CSELECT_ERR : 0),
                                       &running);
    if (transfers->timer_ns <= transfers->queue->now_ns) {
        transfers->timer_ns = INT64_MAX;
        (void)curl_multi_socket_action(transfers->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    return read_finished(transfers);
}

/* --- opening and closing ------------------------------------------------------------------ */

static void init_curl(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

void http_transfers_allow(struct http_transfers *transfers, uint32_t in_flight)
{
    (void)curl_multi_setopt(transfers->multi, CURLMOPT_MAXCONNECTS, (long)in_flight);
}

static bool open_multi(struct http_transfers *transfers)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, init_curl);
    transfers->multi = curl_multi_init();
    transfers->heads = calloc(transfers->queue->endpoints.most, sizeof *transfers->heads);
    if (transfers->multi == NULL || transfers->heads == NULL)
        return false;
    http_transfers_allow(transfers, transfers->queue->options.in_flight);
    (void)curl_multi_setopt(transfers->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(transfers->multi, CURLMOPT_SOCKETDATA, transfers);
    (void)curl_multi_setopt(transfers->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    (void)curl_multi_setopt(transfers->multi, CURLMOPT_TIMERDATA, transfers);
    return true;
}

int http_transfers_open(struct http_transfers **out, struct http_queue *queue,
                        struct http_poll *poll, struct crux_error *error)
{
    struct http_transfers *transfers = calloc(1, sizeof *transfers);

    if (transfers == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for an HTTP client");
    transfers->queue = queue;
    transfers->poll = poll;
    transfers->timer_ns = INT64_MAX;
    if (!open_multi(transfers)) {
        http_transfers_close(transfers);
        return crux_fail(error, CRUX_MEMORY, "no memory for an HTTP client");
    }
    queue->drop = drop;
    queue->salvage = salvage;
    queue->context = transfers;
    *out = transfers;
    return CRUX_OK;
}

void http_transfers_close(struct http_transfers *transfers)
{
    if (transfers == NULL)
        return;
    while (transfers->idle != NULL) {
        struct flight *flight = transfers->idle;

        transfers->idle = flight->next_idle;
        free_flight(flight);
    }
    if (transfers->multi != NULL)
        (void)curl_multi_cleanup(transfers->multi);
    free(transfers->heads);
    free(transfers);
}

int64_t http_transfers_timer(const struct http_transfers *transfers)
{
    return transfers->timer_ns;
}
