/*
 * test_http_body.c - what http/body.h promises: what kind of thing a body is; and quote.h.
 */
#include "io/http/body.h"
#include "io/quote.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct http_body read_body(const char *body)
{
    struct http_body out;

    http_body_read(&out, body, strlen(body));
    return out;
}

static void expect_message(const char *body, const char *message)
{
    struct http_body out = read_body(body);

    cr_expect_eq(out.message_length, strlen(message), "%s: %.*s", body, (int)out.message_length,
                 out.message == NULL ? "" : out.message);
    cr_expect(out.message != NULL && strncmp(out.message, message, strlen(message)) == 0, "%s",
              body);
}

static const struct {
    const char *body;
    enum http_body_kind kind;
} bodies[] = {
    {"{}", HTTP_BODY_JSON},
    {" \r\n{ \"a\" : [ { \"error\" : 1 } ] , \"b\":\"}\" } \n", HTTP_BODY_JSON},
    {"\xEF\xBB\xBF{\"a\":1}", HTTP_BODY_JSON},
    {"{\"a\":\"\\\"error\\\": 1\"}", HTTP_BODY_JSON},
    {"{\"text\":\"\\\\\"}", HTTP_BODY_JSON},
    {"{\"error\":null}", HTTP_BODY_JSON},
    {"{\"error\":false}", HTTP_BODY_JSON},
    {"{\"errors\":1}", HTTP_BODY_JSON},
    {"{\"object\":\"list\",\"message\":\"x\"}", HTTP_BODY_JSON},
    {"[{\"error\":1}]", HTTP_BODY_JSON},
    {"[1,{\"error\":\"x\"}]", HTTP_BODY_JSON},
    {"[]", HTTP_BODY_JSON},
    {"{\"a\":{\"b\":[1,2]},\"error\":{}}", HTTP_BODY_JSON},
    {"{\"error\":\"\"}", HTTP_BODY_JSON},
    {"{\"error\":[]}", HTTP_BODY_JSON},
    {"{\"error\":0}", HTTP_BODY_JSON},
    {"{\"error\":{\"code\":0,\"message\":\"success\"}}", HTTP_BODY_JSON},
    {"{\"error\":{\"code\":200,\"message\":\"\"}}", HTTP_BODY_JSON},
    {"{\"error\":\"none\"}", HTTP_BODY_JSON},
    {"{\"error\":\"OK\"}", HTTP_BODY_JSON},
    {"{\"error\":{\"message\":\"null\"}}", HTTP_BODY_JSON},
    {"{\"object\":\"list\"}", HTTP_BODY_JSON},
    {"{\"object\":7}", HTTP_BODY_JSON},
    {"{\"choices\":{\"error\":\"x\"}}", HTTP_BODY_JSON},
    {"{\"choices\":[\"error\"]}", HTTP_BODY_JSON},
    {"{\"choices\":[{\"text\":\"x\"}]}", HTTP_BODY_JSON},
    {"id: 7\n\n", HTTP_BODY_STREAM},
    {"retry: 7\n\n", HTTP_BODY_STREAM},
    {"{\"choices\":[{\"text\":\"x\"}],\"error\":{\"message\":null}}", HTTP_BODY_JSON},
    {"{\"choices\":[{\"error\":null}]}", HTTP_BODY_JSON},
    {"{\"choices\":[{\"error\":{\"code\":502}},{\"text\":\"x\"}]}", HTTP_BODY_JSON},
    {"{\"choices\":[{\"text\":\"x\"}],\"message\":\"x\",\"code\":429}", HTTP_BODY_JSON},
    {"{\"choices\":[],\"message\":\"x\",\"code\":200}", HTTP_BODY_JSON},
    {"{\"choices\":[],\"message\":\"x\",\"code\":429}", HTTP_BODY_ERROR},
    {"{\"choices\":[{\"finish_reason\":\"error\",\"text\":\"x\"}]}", HTTP_BODY_JSON},
    {"{\"choices\":[{\"finish_reason\":\"error\",\"message\":{\"content\":[\"x\"]}}]}",
     HTTP_BODY_JSON},
    {"{\"choices\":[{\"finish_reason\":\"error\",\"message\":{\"reasoning\":\"x\"}}]}",
     HTTP_BODY_JSON},
    {"{\"choices\":[{\"finish_reason\":\"error\",\"text\":\"\"}]}", HTTP_BODY_ERROR},
    {"{\"a\":1}x", HTTP_BODY_JSON},
    {"{\"a\":1}{\"b\":2}", HTTP_BODY_JSON},
    {"{\"a\":1,}", HTTP_BODY_JSON},
    {": PROCESSING\n\n: PROCESSING\r\n{\"a\":1}", HTTP_BODY_JSON},
    {"{\"error\":\"x\"}", HTTP_BODY_ERROR},
    {"{\"error\":true}", HTTP_BODY_ERROR},
    {"{\"error\":429}", HTTP_BODY_ERROR},
    {"{\"error\":{\"code\":502}}", HTTP_BODY_ERROR},
    {"{\"choices\":[{\"error\":{\"code\":502}}]}", HTTP_BODY_ERROR},
    {"{\"choices\":[{\"text\":\"half\"}],\"error\":{\"message\":\"x\"}}", HTTP_BODY_ERROR},
    {"[{\"error\":{\"message\":\"x\"}}]", HTTP_BODY_ERROR},
    {"{\"error\":\"x\",", HTTP_BODY_ERROR},
    {"data: {\"error\":\"x\"}", HTTP_BODY_ERROR},
    {"{\"object\":\"error\"}", HTTP_BODY_ERROR},
    {"data: {\"a\":1}\n\n", HTTP_BODY_STREAM},
    {": ping\n\n", HTTP_BODY_STREAM},
    {"event: x\ndata: 1\n\n", HTTP_BODY_STREAM},
    {"\xEF\xBB\xBF"
     "data:{}\r\r",
     HTTP_BODY_STREAM},
    {"{", HTTP_BODY_CUT},
    {"{\"a\"", HTTP_BODY_CUT},
    {"{\"a\":", HTTP_BODY_CUT},
    {"{\"a\":1", HTTP_BODY_CUT},
    {"{\"a\":\"x\\", HTTP_BODY_CUT},
    {"{\"a\":[1,2}", HTTP_BODY_CUT},
    {"[1, [2]", HTTP_BODY_CUT},
    {"<html>", HTTP_BODY_OTHER},
    {"\"a\"", HTTP_BODY_OTHER},
    {"null", HTTP_BODY_OTHER},
    {"database: no", HTTP_BODY_OTHER},
    {"", HTTP_BODY_EMPTY},
    {" \n ", HTTP_BODY_EMPTY},
};

/* Each body is the kind of thing it is, whatever stands inside of its strings. */
Test(body, kinds_are_told_apart)
{
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        cr_expect_eq(read_body(bodies[i].body).kind, bodies[i].kind, "%s: %d", bodies[i].body,
                     (int)read_body(bodies[i].body).kind);
}

/* An error's message is found wherever servers put it. */
Test(body, messages_are_found)
{
    expect_message("{\"error\":\"no\"}", "no");
    expect_message("{\"error\":{\"code\":1,\"message\":\"no \\\"x\\\"\"}}", "no \\\"x\\\"");
    expect_message("{\"object\":\"error\",\"code\":1,\"message\":\"flat\"}", "flat");
    expect_message("data: {\"choices\":[]}\n\ndata: {\"error\":{\"message\":\"late\"}}\n\n"
                   "data: [DONE]\n\n",
                   "late");
    expect_message("data:{\"error\":\"cr\"}\r\rdata: [DONE]\r\r", "cr");
    cr_expect_null(read_body("{\"choices\":[{\"message\":{}}]}").message);
}

static const struct {
    const char *body;
    int code;
} coded[] = {
    {"{\"error\":{\"code\":429}}", 429},
    {"{\"error\":{\"code\":\"503\",\"message\":\"x\"}}", 503},
    {"{\"error\":{\"code\":399,\"message\":\"x\"}}", 0},
    {"{\"error\":{\"code\":600,\"message\":\"x\"}}", 0},
    {"{\"error\":{\"code\":null,\"message\":\"rate_limit_exceeded is near\"}}", 0},
    {"{\"error\":{\"code\":\"rate_limit_exceeded\"}}", 429},
    {"{\"error\":{\"type\":\"overloaded_error\",\"message\":\"x\"}}", 503},
    {"{\"error\":{\"status\":\"RESOURCE_EXHAUSTED\",\"message\":\"x\"}}", 429},
    {"{\"error\":{\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}}", 429},
    {"{\"error\":{\"code\":\"429\",\"type\":\"insufficient_quota\"}}", 402},
    {"{\"error\":{\"type\":\"insufficient_quota\",\"code\":429}}", 402},
    {"{\"error\":\"Too Many Requests\"}", 429},
    {"{\"error\":503}", 503},
    {"{\"status\":503,\"error\":\"x\",\"message\":\"y\"}", 503},
    {"{\"object\":\"error\",\"code\":404,\"message\":\"x\"}", 404},
    {"{\"choices\":[{\"text\":\"x\"}],\"error\":{\"message\":\"x\"},\"code\":500}", 0},
    {"{\"choices\":[{\"error\":{\"code\":502}}]}", 502},
    {"[{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\"}}]", 429},
    {"data: {\"choices\":[]}\n\ndata: {\"error\":{\"code\":500}}\n\n", 500},
    {"{\"code\":429}", 429},
    {"{\"code\":20000,\"data\":null}", 0},
    {"{\"error\":{\"http_status\":503}}", 503},
    {"{\"statusCode\":502,\"message\":\"x\"}", 502},
    {"{\"choices\":[{\"finish_reason\":\"error\",\"message\":{\"content\":null}}]}", 502},
    {"{\"error\":{\"type\":\"invalid_request_error\"}}", 400},
    {"{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"rate_limit_exceeded\"}}", 429},
    {"{\"error\":{\"code\":\"content_filter\"}}", 400},
    {"{\"error\":\"x\",\"status_code\":429}", 429},
    {"{\"error\":\"x\",\"type\":\"overloaded_error\"}", 503},
};

/* The status that an error names is a number or a word, wherever it stands; that of money goes
 * before others. */
Test(body, codes_are_found)
{
    for (size_t i = 0; i < sizeof coded / sizeof *coded; i++)
        cr_expect_eq(read_body(coded[i].body).code, coded[i].code, "%s: %d", coded[i].body,
                     read_body(coded[i].body).code);
}

/* Cut off anywhere, a body is never taken for a whole one, and nothing beyond is read. */
Test(body, half_a_body_is_not_a_whole_one)
{
    static const char whole[] = "{\"a\":[\"b\\\\\",{\"c\":\"}\"}],\"message\":\"m\",\"d\":-1.5e3}";

    for (size_t length = 1; length < sizeof whole - 1; length++) {
        char *part = malloc(length); /* exactly so long, for AddressSanitizer */
        struct http_body out;

        cr_assert_not_null(part);
        memcpy(part, whole, length);
        http_body_read(&out, part, length);
        cr_expect_eq(out.kind, HTTP_BODY_CUT, "%.*s", (int)length, whole);
        free(part);
    }
    cr_expect_eq(read_body(whole).kind, HTTP_BODY_JSON);
}

static const struct {
    const char *piece;
    size_t room;
    const char *quoted;
} quotes[] = {
    {"plain", 100, "plain"},
    {"a\nb\tc\x7f", 100, "a b c "},
    {"caf\xC3\xA9", 100, "caf\xC3\xA9"},
    {"caf\xC3\xA9", 5, "caf"},
    {"\xFF\xC0\x80x", 100, "   x"},
    {"\xED\xA0\x80", 100, "   "}, /* half of a surrogate pair */
    {"\xE2\x82", 100, "  "},      /* an end is missing */
    {"\xF0\x9F\x98\x80!", 6, "\xF0\x9F\x98\x80!"},
    {"\xF5\x80\x80\x80", 100, "    "}, /* beyond Unicode */
    {"abc", 1, ""},
    {"\xC2\x9B"
     "31m\xE2\x80\x8Fx\xEF\xBB\xBF",
     100, " 31m x "},
};

/* What is quoted is UTF-8 in one line, and fits. */
Test(body, quotes_are_clean)
{
    for (size_t i = 0; i < sizeof quotes / sizeof *quotes; i++) {
        char out[128];

        quote_text(out, quotes[i].room, quotes[i].piece, strlen(quotes[i].piece));
        cr_expect_str_eq(out, quotes[i].quoted, "%zu: `%s`", i, out);
    }
}
