/*
 * test_http_lenient.c - what http.h promises of odd replies, by a server that writes bytes as a row
 * says: coded bodies, blanks before the first byte, wrong lengths, errors inside of a 200, clocks
 * that differ.
 */
#include "io/http/http.h"

#include <criterion/criterion.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "io/clock.h"

#define MS INT64_C(1000000)

/* --- a server --------------------------------------------------------------------------- */

enum { PIECES = 12, REPLIES = 5 };

/* Bytes, and a pause before them. Without bytes: silence for ever. */
struct piece {
    int ms;
    const char *bytes;
    size_t length;
};

#define SAID(ms, text)                                                                             \
    {                                                                                              \
        ms, text, sizeof(text) - 1                                                                 \
    }
#define SILENCE                                                                                    \
    {                                                                                              \
        1, NULL, 0                                                                                 \
    }
#define OK_HEAD      "HTTP/1.1 200 OK\r\nConnection: close\r\n"
#define CHUNKED_HEAD OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"
#define GOOD         "{\"choices\":[{\"text\":\"good\"}]}"
#define WHOLE(body)  SAID(0, OK_HEAD "\r\n" body)

/* The last reply is given again to all further requests. */
struct script {
    struct piece replies[REPLIES][PIECES];
};

static const struct script *script;
static int listener = -1;
static char url[64];
static _Atomic uint32_t asked;
static pthread_t accepting;

/* The head and a body of a known length. */
static bool read_request(int socket)
{
    char text[4096];
    size_t length = 0, body = 0;
    const char *end = NULL, *said;

    while (end == NULL || length < (size_t)(end - text) + 4 + body) {
        ssize_t got = recv(socket, text + length, sizeof text - 1 - length, 0);

        if (got <= 0)
            return false;
        length += (size_t)got;
        text[length] = '\0';
        end = strstr(text, "\r\n\r\n");
        said = strcasestr(text, "content-length:");
        body = said == NULL ? 0 : (size_t)atoi(said + 15);
    }
    return true;
}

static void pause_ms(int ms)
{
    (void)nanosleep(&(struct timespec){ms / 1000, ms % 1000 * MS}, NULL);
}

static void *serve_one(void *context)
{
    int socket = (int)(intptr_t)context;
    uint32_t number;
    char byte;

    if (read_request(socket)) {
        number = atomic_fetch_add(&asked, 1);
        while (number > 0 &&
               (number >= REPLIES ||
                script->replies[number][0].ms + (int)script->replies[number][0].length == 0))
            number--;
        for (int i = 0; i < PIECES; i++) {
            const struct piece *piece = &script->replies[number][i];

            pause_ms(piece->ms);
            if (piece->bytes != NULL)
                (void)send(socket, piece->bytes, piece->length, MSG_NOSIGNAL);
            else if (piece->ms > 0)
                while (recv(socket, &byte, 1, 0) > 0) /* until the client has gone */
                    ;
        }
    }
    (void)close(socket);
    return NULL;
}

static void *serve(void *context)
{
    int socket;

    (void)context;
    while ((socket = accept(listener, NULL, NULL)) >= 0) {
        pthread_t thread;

        if (pthread_create(&thread, NULL, serve_one, (void *)(intptr_t)socket) == 0)
            (void)pthread_detach(thread);
    }
    return NULL;
}

static void set_up(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;

    listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_geq(listener, 0);
    cr_assert_eq(bind(listener, (struct sockaddr *)&address, length), 0);
    cr_assert_eq(listen(listener, 64), 0);
    cr_assert_eq(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/v1", ntohs(address.sin_port));
    cr_assert_eq(pthread_create(&accepting, NULL, serve, NULL), 0);
}

static void tear_down(void)
{
    (void)shutdown(listener, SHUT_RDWR);
    (void)pthread_join(accepting, NULL);
    (void)close(listener);
}

TestSuite(lenient, .init = set_up, .fini = tear_down, .timeout = 60);

/* --- a call ------------------------------------------------------------------------------- */

struct outcome {
    enum http_class class;
    int status;
    bool nobody;
    uint32_t requests;
    char body[200], sentence[600];
    atomic_bool over;
    int says; /* what the reader of the answer says */
};

static int on_check(void *context, const char *body, size_t length, struct crux_error *error)
{
    const struct outcome *outcome = context;

    cr_expect_eq(body[length], '\0');
    return outcome->says == CRUX_OK ? CRUX_OK : crux_fail(error, outcome->says, "not like this");
}

static void on_done(void *context, struct http_reply *reply)
{
    struct outcome *outcome = context;

    outcome->class = reply->class;
    outcome->status = reply->status;
    outcome->nobody = reply->nobody;
    outcome->requests = reply->requests;
    (void)snprintf(outcome->body, sizeof outcome->body, "%s",
                   reply->body == NULL ? "" : reply->body);
    (void)snprintf(outcome->sentence, sizeof outcome->sentence, "%s", reply->sentence);
    atomic_store(&outcome->over, true);
}

static struct http_options quick(void)
{
    struct http_options options = http_options_default();

    options.in_flight = 1;
    options.client.answer_ns = 20000 * MS;
    options.client.stall_ns = 300 * MS;
    options.client.body_ns = 1000 * MS;
    options.client.retries = 0;
    options.bad_most = 0;
    options.client.retry_after_max_ns = 10000 * MS;
    return options;
}

/* Ask once; says: what the reader will say. */
static struct outcome ask(const struct script *how, struct http_options options, int says)
{
    static struct outcome outcome;
    const struct http_server server = {.url = url};
    struct http_request request = {.path = "completions",
                                   .pieces = {{"{}", 2}},
                                   .piece_count = 1,
                                   .endpoint = HTTP_ANY_ENDPOINT,
                                   .check = on_check,
                                   .done = on_done,
                                   .context = &outcome};
    struct http_client *client = NULL;
    struct crux_error error = {""};
    http_ticket ticket;

    script = how;
    atomic_store(&asked, 0);
    outcome = (struct outcome){.says = says};
    options.servers = &server;
    options.server_count = 1;
    cr_assert_eq(http_open(&client, &options, &error), CRUX_OK, "%s", error.text);
    cr_assert_eq(http_submit(client, &request, &ticket), CRUX_OK);
    while (!atomic_load(&outcome.over))
        pause_ms(5);
    http_close(client);
    return outcome;
}

static void expect_done(const char *name, const struct script *how, struct http_options options,
                        const char *body, uint32_t requests)
{
    struct outcome outcome = ask(how, options, CRUX_OK);

    cr_expect_eq(outcome.class, HTTP_DONE, "%s: %s", name, outcome.sentence);
    cr_expect_str_eq(outcome.sentence, "", "%s", name);
    cr_expect_eq(outcome.requests, requests, "%s: %u requests", name, outcome.requests);
    cr_expect(body == NULL || strcmp(outcome.body, body) == 0, "%s: %s", name, outcome.body);
}

/* --- coded bodies -------------------------------------------------------------------------- */

#define PACKED "{\"choices\":[{\"text\":\"packed\"}]}"

/* What a server has packed is unpacked, whether it was asked to or says so or not; a coding that
 * nobody knows is none, and what is not packed is read as it is, whatever it says. */
Test(lenient, coded_bodies)
{
    static const struct {
        const char *name;
        struct script script;
    } rows[] = {
        {"gzip",
         {{{SAID(0,
                 OK_HEAD "Content-Encoding: gzip\r\n\r\n"
                         "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x4a\xce\xc8\xcf\x4c\x4e"
                         "\x2d\x56\xb2\x8a\xae\x56\x2a\x49\xad\x28\x51\xb2\x52\x2a\x48\x4c\xce\x4e"
                         "\x4d\x51\xaa\x8d\xad\x05\x00\x7f\x4c\x72\xca\x1f\x00\x00\x00")}}}},
        {"deflate",
         {{{SAID(
             0, OK_HEAD
             "content-encoding: deflate\r\n\r\n"
             "\x78\x9c\xab\x56\x4a\xce\xc8\xcf\x4c\x4e\x2d\x56\xb2\x8a\xae\x56\x2a\x49\xad\x28\x51"
             "\xb2\x52\x2a\x48\x4c\xce\x4e\x4d\x51\xaa\x8d\xad\x05\x00\xae\x5f\x0a\xf4")}}}},
        {"identity", {{{SAID(0, OK_HEAD "Content-Encoding: identity\r\n\r\n" PACKED)}}}},
        {"unknown", {{{SAID(0, OK_HEAD "Content-Encoding: UTF-8\r\n\r\n" PACKED)}}}},
        {"no gzip", {{{SAID(0, OK_HEAD "Content-Encoding: gzip\r\n\r\n" PACKED)}}}},
        {"no deflate", {{{SAID(0, OK_HEAD "Content-Encoding: deflate\r\n\r\n" PACKED)}}}},
        {"no brotli", {{{SAID(0, OK_HEAD "Content-Encoding: br\r\n\r\n" PACKED)}}}},
        {"no zstd", {{{SAID(0, OK_HEAD "Content-Encoding: zstd\r\n\r\n" PACKED)}}}},
        {"gzip that nobody says",
         {{{SAID(0,
                 OK_HEAD "\r\n"
                         "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x4a\xce\xc8\xcf\x4c\x4e"
                         "\x2d\x56\xb2\x8a\xae\x56\x2a\x49\xad\x28\x51\xb2\x52\x2a\x48\x4c\xce\x4e"
                         "\x4d\x51\xaa\x8d\xad\x05\x00\x7f\x4c\x72\xca\x1f\x00\x00\x00")}}}},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_done(rows[i].name, &rows[i].script, quick(), PACKED, 1);
}

/* --- more than is taken -------------------------------------------------------------------- */

/* A reply that is longer than is taken is read as far as it came: it may be all that matters. One
 * that cannot be read so is not asked again. */
Test(lenient, more_than_is_taken)
{
    static const struct script how = {{{SAID(0, OK_HEAD "\r\n{\"choices\":[{\"text\":\"first\"}],"),
                                        SAID(50, "\"more\":[1,2,3,4,5]}")}}};
    struct http_options options = quick();
    struct outcome outcome;

    options.body_most = 40;
    expect_done("longer", &how, options, "{\"choices\":[{\"text\":\"first\"}],", 1);
    outcome = ask(&how, options, CRUX_FAILED);
    cr_expect_eq(outcome.class, HTTP_REFUSED, "%s", outcome.sentence);
    cr_expect_eq(outcome.requests, 1);
    cr_expect(strstr(outcome.sentence, "longer than 40 bytes") != NULL, "%s", outcome.sentence);
}

/* --- the first byte -------------------------------------------------------------------------- */

#define BLANK SAID(350, "2\r\n\r\n\r\n")
#define PING  SAID(350, "c\r\n: WORKING\n\n\r\n")

/* Headers, blanks and comments are no beginning of an answer, whatever comes between them and it:
 * the times between two bytes and for the whole begin with the first byte that is none. */
Test(lenient, blanks_are_no_first_byte)
{
    static const struct script blanks = {{{SAID(0, CHUNKED_HEAD), BLANK, BLANK, BLANK, BLANK,
                                           SAID(0, "1f\r\n" PACKED "\r\n"), SAID(0, "0\r\n\r\n")}}};
    static const struct script comments = {
        {{SAID(0, CHUNKED_HEAD), PING, PING, PING, PING, SAID(0, "1f\r\n" PACKED "\r\n"),
          SAID(0, "0\r\n\r\n")}}};
    static const struct script silence = {{{SAID(0, OK_HEAD "\r\n"), SAID(900, PACKED)}}};

    expect_done("blanks", &blanks, quick(), NULL, 1);
    expect_done("comments", &comments, quick(), NULL, 1);
    expect_done("silence", &silence, quick(), PACKED, 1);
}

/* Each time limit has its own sentence, which names its option. */
Test(lenient, each_limit_has_its_option)
{
    static const struct script silent = {{{SAID(0, OK_HEAD "\r\n\r\n"), SILENCE}}};
    static const struct script stalled = {{{SAID(0, OK_HEAD "\r\n{"), SILENCE}}};
    static const struct script slow = {
        {{SAID(0, OK_HEAD "\r\n{"), SAID(150, " "), SAID(150, " "), SAID(150, " "), SAID(150, " "),
          SAID(150, " "), SAID(150, " "), SAID(150, " "), SAID(150, " "), SAID(150, "}")}}};
    struct http_options options = quick();

    options.client.answer_ns = 300 * MS;
    cr_expect_not_null(strstr(ask(&silent, options, CRUX_OK).sentence,
                              "no answer came in time (--answer-timeout)"));
    options.client.answer_ns = 20000 * MS;
    cr_expect_not_null(strstr(ask(&stalled, options, CRUX_OK).sentence,
                              "the answer began and then stalled (--stall-timeout)"));
    options.client.stall_ns = 20000 * MS;
    options.client.body_ns = 300 * MS;
    cr_expect_not_null(strstr(ask(&slow, options, CRUX_OK).sentence,
                              "the answer came too slowly (--body-timeout)"));
}

/* --- ends that are not as they should be -------------------------------------------------------
 */

/* A body that is whole by its brackets is whole, though its length was told wrong or no end comes;
 * half of one is none. */
Test(lenient, whole_without_an_end)
{
    static const struct script closed = {{{SAID(0, OK_HEAD "Content-Length: 900\r\n\r\n" PACKED)}}};
    static const struct script open = {
        {{SAID(0, OK_HEAD "Content-Length: 900\r\n\r\n" PACKED), SILENCE}}};
    static const struct script chunk = {{{SAID(0, CHUNKED_HEAD "1f\r\n" PACKED "\r\n")}}};
    static const struct script half = {
        {{SAID(0, OK_HEAD "Content-Length: 900\r\n\r\n{\"choices\":[")}}};
    static const struct script error = {
        {{SAID(0, "HTTP/1.1 500 no\r\nContent-Length: 900\r\n\r\n" PACKED)}}};

    expect_done("closed", &closed, quick(), PACKED, 1);
    expect_done("open", &open, quick(), PACKED, 1);
    expect_done("chunk", &chunk, quick(), PACKED, 1);
    cr_expect_eq(ask(&half, quick(), CRUX_OK).class, HTTP_FAULTY);
    cr_expect_eq(ask(&error, quick(), CRUX_OK).class, HTTP_FAULTY);
}

/* --- what the reader says ----------------------------------------------------------------------
 */

/* A 200 of an odd form is good if its reader can read it; what its reader refuses is bad. */
Test(lenient, the_reader_decides)
{
    static const struct script stream = {{{WHOLE("data: {\"choices\":[]}\n\ndata: [DONE]\n\n")}}};
    static const struct script good = {{{WHOLE(GOOD)}}};
    struct http_options options = quick();
    struct outcome outcome;

    expect_done("stream", &stream, options, NULL, 1);
    options.bad_most = 1;
    outcome = ask(&stream, options, CRUX_FAILED);
    cr_expect_eq(outcome.class, HTTP_BAD);
    cr_expect_eq(outcome.requests, 2);
    cr_expect_not_null(strstr(outcome.sentence, "an event stream"));
    outcome = ask(&good, options, CRUX_FAILED);
    cr_expect_eq(outcome.class, HTTP_BAD);
    cr_expect_not_null(strstr(outcome.sentence, "not like this"));
}

/* --- errors inside of a 200 ----------------------------------------------------------------------
 */

#define OVERLOADED WHOLE("{\"error\":{\"code\":429,\"message\":\"Please try again in 10ms\"}}")
#define UPSTREAM                                                                                   \
    WHOLE("{\"choices\":[{\"finish_reason\":\"error\",\"error\":{\"code\":502,\"message\":\"x\"}," \
          "\"message\":{\"content\":\"\"}}]}")

/* An overload that is told inside of a 200 costs a call nothing, a fault one of its retries, and
 * neither the one that bad payloads have. */
Test(lenient, errors_in_a_200_are_statuses)
{
    static const struct script busy = {{{OVERLOADED}, {OVERLOADED}, {OVERLOADED}, {WHOLE(GOOD)}}};
    static const struct script faulty = {{{UPSTREAM}, {UPSTREAM}, {WHOLE(GOOD)}}};
    struct http_options options = quick();
    struct outcome outcome;

    expect_done("busy", &busy, options, GOOD, 4);
    options.client.retries = 2;
    expect_done("faulty", &faulty, options, GOOD, 3);
    options.client.retries = 1;
    outcome = ask(&faulty, options, CRUX_OK);
    cr_expect_eq(outcome.class, HTTP_FAULTY);
    cr_expect_eq(outcome.status, 502);
}

/* Haste that mentions billing is waited for; when nothing else comes for longer than the patience
 * it ends as want of money does. An overload ends as one. */
Test(lenient, haste_and_money)
{
    static const struct script hasty = {
        {{SAID(0, "HTTP/1.1 429 x\r\nConnection: close\r\nRetry-After: 0.1\r\n\r\n"
                  "{\"error\":{\"message\":\"Limit 3, used 3. Add a payment method at "
                  "https://x/account/billing.\",\"code\":\"rate_limit_exceeded\"}}")},
         {WHOLE(GOOD)}}};
    static const struct script stays = {
        {{SAID(0, "HTTP/1.1 429 x\r\nConnection: close\r\nRetry-After: 0.1\r\n\r\n")}}};
    static const struct script overload = {
        {{SAID(0, "HTTP/1.1 503 x\r\nConnection: close\r\nRetry-After: 0.1\r\n\r\n")}}};
    struct http_options options = quick();
    struct outcome outcome;

    expect_done("hasty", &hasty, options, GOOD, 2);
    options.client.patience_ns = 400 * MS;
    outcome = ask(&stays, options, CRUX_OK);
    cr_expect_eq(outcome.class, HTTP_FATAL, "%s", outcome.sentence);
    cr_expect(outcome.nobody);
    outcome = ask(&overload, options, CRUX_OK);
    cr_expect_eq(outcome.class, HTTP_BUSY, "%s", outcome.sentence);
    cr_expect(outcome.nobody);
}

/* Many calls outlast a fault that is there for longer than the retries of one of them. */
Test(lenient, a_fault_is_shared_by_all_calls)
{
    static const struct script down = {
        {{UPSTREAM}, {UPSTREAM}, {UPSTREAM}, {UPSTREAM}, {WHOLE(GOOD)}}};
    enum { CALLS = 8 };
    static struct outcome outcomes[CALLS];
    const struct http_server server = {.url = url};
    struct http_options options = quick();
    struct http_client *client = NULL;
    http_ticket ticket;

    script = &down;
    atomic_store(&asked, 0);
    options.servers = &server;
    options.server_count = 1;
    options.client.retries = 3;
    options.in_flight = 2;
    cr_assert_eq(http_open(&client, &options, NULL), CRUX_OK);
    for (int i = 0; i < CALLS; i++) {
        const struct http_request request = {.path = "completions",
                                             .pieces = {{"{}", 2}},
                                             .piece_count = 1,
                                             .endpoint = HTTP_ANY_ENDPOINT,
                                             .done = on_done,
                                             .context = &outcomes[i]};

        cr_assert_eq(http_submit(client, &request, &ticket), CRUX_OK);
    }
    for (int i = 0; i < CALLS; i++) {
        while (!atomic_load(&outcomes[i].over))
            pause_ms(5);
        cr_expect_eq(outcomes[i].class, HTTP_DONE, "%d: %s", i, outcomes[i].sentence);
    }
    http_close(client);
}

/* --- clocks ---------------------------------------------------------------------------------- */

/* The date of Retry-After is one of the server's clock, which may be an hour ahead. */
Test(lenient, the_clock_of_the_server)
{
    static char reply[300];
    static struct script ahead = {{{{0, reply, 0}}, {WHOLE(GOOD)}}};
    time_t then = time(NULL) + 3600, later = then + 1;
    char date[2][40];
    int64_t began_ns;

    (void)strftime(date[0], sizeof date[0], "%a, %d %b %Y %H:%M:%S GMT", gmtime(&then));
    (void)strftime(date[1], sizeof date[1], "%a, %d %b %Y %H:%M:%S GMT", gmtime(&later));
    (void)snprintf(reply, sizeof reply,
                   "HTTP/1.1 429 x\r\nConnection: close\r\nRetry-After: %s\r\nDate: %s\r\n\r\n",
                   date[1], date[0]);
    ahead.replies[0][0].length = strlen(reply);
    began_ns = clock_now_ns();
    expect_done("ahead", &ahead, quick(), GOOD, 2);
    cr_expect_geq(clock_now_ns() - began_ns, 1000 * MS);
}
