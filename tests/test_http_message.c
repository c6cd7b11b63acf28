/*
 * test_http_message.c - what http/message.h promises of the headers that say how long to wait, and
 * of the first byte.
 */
#include "io/http/message.h"

#include <criterion/criterion.h>
#include <string.h>

#define MS INT64_C(1000000)

enum { LINES = 4 };

static const struct {
    int status;
    const char *lines[LINES], *body;
    int64_t ms; /* below 0: no wait was asked for */
} rows[] = {
    {429, {"Retry-After: 2\r\n"}, "", 2000},
    {429, {"retry-after:\t 2 \r\n"}, "", 2000},
    {429, {"retry-after-ms: 250\r\n"}, "", 250},
    {429, {"retry-after-ms: soon\r\n"}, "", -1},
    {429, {"retry-after: 2\r\n", "retry-after-ms: 250\r\n"}, "", 2000},
    {429, {"retry-after: soon\r\n", "retry-after-ms: 250\r\n"}, "", 250},
    {429,
     {"Retry-After: Sun, 06 Nov 1994 08:49:39 GMT\r\n", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"},
     "",
     2000},
    {429,
     {"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "Retry-After: Sun, 06 Nov 1994 08:49:30 GMT\r\n"},
     "",
     0},
    {429, {"Retry-After: Sun, 06 Nov 1994 08:49:39 GMT\r\n"}, "", 0},
    {429, {"x-ratelimit-reset-requests: 6s\r\n", "x-ratelimit-reset-tokens: 3s\r\n"}, "", 3000},
    {429, {"x-ratelimit-reset-requests: 3s\r\n", "x-ratelimit-reset-tokens: 6s\r\n"}, "", 3000},
    {429, {"x-ratelimit-reset-requests: 3s\r\n", "x-ratelimit-reset-tokens: ?\r\n"}, "", 3000},
    {429, {"x-ratelimit-reset-requests: 100s\r\n"}, "", 10000},
    {503, {"x-ratelimit-reset-requests: 3s\r\n"}, "", -1},
    {429, {"x-ratelimit-reset-tokens: 3s\r\n"}, "try again in 2s", 2000},
    {429, {"X-Other: 3\r\n"}, "try again in 99s", 10000},
    {429, {"Retry-After: 3\r\n", "HTTP/1.1 429 again\r\n"}, "", -1},
};

static void receive(struct http_message *message, const struct http_request *request,
                    const char *const lines[LINES], const char *body)
{
    http_message_begin(message, request, 1000);
    for (int i = 0; i < LINES && lines[i] != NULL; i++)
        cr_assert(http_message_header(message, lines[i], strlen(lines[i])));
    cr_assert(http_message_add(message, body, strlen(body)));
}

/* A wait is asked for in seconds, thousandths or by a date of the server's own clock; what renews
 * itself and what an error's words say is a hint, and bounded. */
Test(message, waits)
{
    const struct http_request request = {.piece_count = 1};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_message message = {.body = NULL};
        struct http_result result = {.wait_ns = 77};

        receive(&message, &request, rows[i].lines, rows[i].body);
        http_message_judge(&message, rows[i].status, 10000 * MS, &result);
        cr_expect_eq(result.wait_ns, rows[i].ms < 0 ? -1 : rows[i].ms * MS, "%zu: %lld", i,
                     (long long)result.wait_ns);
        http_message_free(&message);
    }
}

static const struct {
    const char *bytes;
    bool begun;
} beginnings[] = {
    {"", false},          {" \t\r\n", false}, {": WORKING\n\n", false},
    {": WORKING", false}, {"\n: a\rx", true}, {": a\n: b\n\n{", true},
    {"{", true},          {"\n\n<", true},
};

/* Blanks and comments are no beginning of a body, in however many pieces they come. */
Test(message, beginnings)
{
    const struct http_request request = {.piece_count = 1};

    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        struct http_message message = {.body = NULL};

        http_message_begin(&message, &request, 1000);
        for (const char *at = beginnings[i].bytes; *at != '\0'; at++)
            cr_assert(http_message_add(&message, at, 1));
        cr_expect_eq(message.begun, beginnings[i].begun, "%s", beginnings[i].bytes);
        http_message_free(&message);
    }
}

/* The status that a 200's body names is the one that it is reported with. */
Test(message, the_status_of_a_body)
{
    const struct http_request request = {.piece_count = 1};
    struct http_message message = {.body = NULL};
    struct http_result result = {.wait_ns = 77};

    receive(&message, &request, (const char *const[LINES]){"HTTP/1.1 200 OK\r\n"},
            "{\"error\":{\"code\":429,\"message\":\"try again in 3s\"}}");
    http_message_judge(&message, 200, 10000 * MS, &result);
    cr_expect_eq(result.status, 429);
    cr_expect_eq(result.wait_ns, 3000 * MS);
    cr_expect_eq(result.verdict.class, HTTP_BUSY);
    http_message_free(&message);
}
