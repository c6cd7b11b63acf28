/*
 * test_http_faults.c - every way in which a server can fail, against the real client.
 *
 * A row is a fault, what becomes of a call that meets it, and how many requests that may take.
 * One fake server has all of them in its script, each for the prompts with its row's name;
 * every row has a client of its own, because what one server says is remembered. All
 * rows run at the same time.
 */
#include "io/http/http.h"
#include "tests/world/deep.h"
#include "tests/world/http_fixture.h"
#include "tests/world/serving.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)

enum { CALLS = 2 }; /* a row */

struct row {
    const char *name; /* in the prompt, and where the rule matches; rule without braces */
    const char *rule;
    enum http_class class;
    uint32_t least, most; /* requests a call */
    const char *says;     /* in the sentence; NULL: anything */
};

/* As often as there are calls: one of them may meet it twice, and another never. */
#define ONCE ",\"times\":2"

static const struct row rows[] = {
    /* Nothing is wrong, or nothing that matters here. */
    {"well", "\"fault\":\"late\",\"ms\":1", HTTP_DONE, 1, 1, NULL},
    {"null error", "\"fault\":\"edit\",\"edit\":\"null_error\"", HTTP_DONE, 1, 1, NULL},
    {"cut short", "\"fault\":\"edit\",\"edit\":\"length\"", HTTP_DONE, 1, 1, NULL},
    {"no finish", "\"fault\":\"edit\",\"edit\":\"no_finish\"", HTTP_DONE, 1, 1, NULL},
    {"more choices", "\"fault\":\"edit\",\"edit\":\"more\"", HTTP_DONE, 1, 1, NULL},
    {"wrong id", "\"fault\":\"edit\",\"edit\":\"wrong_id\"", HTTP_DONE, 1, 1, NULL},
    {"other model", "\"fault\":\"edit\",\"edit\":\"wrong_model\"", HTTP_DONE, 1, 1, NULL},
    {"usage missing", "\"fault\":\"edit\",\"edit\":\"no_usage\"", HTTP_DONE, 1, 1, NULL},
    {"usage negative", "\"fault\":\"edit\",\"edit\":\"negative_usage\"", HTTP_DONE, 1, 1, NULL},
    {"usage huge", "\"fault\":\"edit\",\"edit\":\"huge_usage\"", HTTP_DONE, 1, 1, NULL},
    {"said twice", "\"fault\":\"twice\"", HTTP_DONE, 1, 1, NULL},
    {"closed after", "\"fault\":\"close\"", HTTP_DONE, 1, 1, NULL},
    {"reset after", "\"fault\":\"cut\",\"at\":\"end\",\"how\":\"reset\"", HTTP_DONE, 1, 2, NULL},

    /* Patience. */
    {"429 seconds", "\"fault\":\"reply\",\"status\":429,\"retry_after\":\"1\"" ONCE, HTTP_DONE, 1,
     3, NULL},
    {"429 half", "\"fault\":\"reply\",\"status\":429,\"retry_after\":\"0.5\"" ONCE, HTTP_DONE, 1, 3,
     NULL},
    {"429 date", "\"fault\":\"reply\",\"status\":429,\"retry_after\":\"date:2\"" ONCE, HTTP_DONE, 1,
     3, NULL},
    {"429 past", "\"fault\":\"reply\",\"status\":429,\"retry_after\":\"date:-9\"" ONCE, HTTP_DONE,
     1, 3, NULL},
    {"429 minus", "\"fault\":\"reply\",\"status\":429,\"retry_after\":\"-5\"" ONCE, HTTP_DONE, 1, 3,
     NULL},
    {"429 garbage", "\"fault\":\"reply\",\"status\":429,\"retry_after\":\"soon\"" ONCE, HTTP_DONE,
     1, 3, NULL},
    {"429 missing", "\"fault\":\"reply\",\"status\":429" ONCE, HTTP_DONE, 1, 3, NULL},
    {"429 reset",
     "\"fault\":\"reply\",\"status\":429,\"header\":\"x-ratelimit-reset-requests: "
     "300ms\"" ONCE,
     HTTP_DONE, 1, 3, NULL},
    {"429 huge", "\"fault\":\"reply\",\"status\":429,\"retry_after\":\"1000000000\"", HTTP_BUSY, 0,
     1, "--retry-after-max"},
    {"429 no credit",
     "\"fault\":\"reply\",\"status\":429,\"body\":\"{\\\"error\\\":{\\\"message"
     "\\\":\\\"You exceeded your quota\\\",\\\"code\\\":\\\"insufficient_quota"
     "\\\"}}\"",
     HTTP_FATAL, 1, 1, "exceeded your quota"},
    {"503 loading",
     "\"fault\":\"reply\",\"status\":503,\"body\":\"{\\\"error\\\":{\\\"code\\\":"
     "503,\\\"message\\\":\\\"Loading model\\\"}}\"" ONCE,
     HTTP_DONE, 1, 3, NULL},
    {"529", "\"fault\":\"reply\",\"status\":529" ONCE, HTTP_DONE, 1, 3, NULL},

    /* The server's fault: a few times more. */
    {"408 once", "\"fault\":\"reply\",\"status\":408" ONCE, HTTP_DONE, 1, 3, NULL},
    {"500 once", "\"fault\":\"reply\",\"status\":500" ONCE, HTTP_DONE, 1, 3, NULL},
    {"500 always", "\"fault\":\"reply\",\"status\":500", HTTP_FAULTY, 3, 3, "HTTP status 500"},
    {"502 always", "\"fault\":\"reply\",\"status\":502", HTTP_FAULTY, 3, 3, "502"},
    {"504 always", "\"fault\":\"reply\",\"status\":504", HTTP_FAULTY, 3, 3, "504"},
    {"424 always", "\"fault\":\"reply\",\"status\":424", HTTP_FAULTY, 3, 3, "424"},

    /* The configuration's fault: never again. */
    {"401", "\"fault\":\"reply\",\"status\":401", HTTP_FATAL, 1, 1, "401"},
    {"403", "\"fault\":\"reply\",\"status\":403", HTTP_FATAL, 1, 1, "403"},
    {"404", "\"fault\":\"reply\",\"status\":404", HTTP_FATAL, 1, 1, "404"},
    {"407", "\"fault\":\"reply\",\"status\":407", HTTP_FATAL, 1, 1, "407"},
    {"400 field",
     "\"fault\":\"reply\",\"status\":400,\"body\":\"{\\\"error\\\":\\\"unknown field "
     "top_q\\\"}\"",
     HTTP_FATAL, 1, 1, "unknown field top_q"},
    {"501", "\"fault\":\"reply\",\"status\":501", HTTP_FATAL, 1, 1, "501"},
    {"302 away", "\"fault\":\"reply\",\"status\":302,\"header\":\"Location: http://127.0.0.1:1/\"",
     HTTP_FATAL, 1, 1, "redirect to http://127.0.0.1:1/"},
    {"301 file", "\"fault\":\"reply\",\"status\":301,\"header\":\"Location: file:///etc/passwd\"",
     HTTP_FATAL, 1, 1, "file:///etc/passwd"},
    {"307 loop", "\"fault\":\"reply\",\"status\":307,\"header\":\"Location: /v1/completions\"",
     HTTP_FATAL, 1, 1, "redirect"},

    /* This call's fault. */
    {"413", "\"fault\":\"reply\",\"status\":413", HTTP_REFUSED, 1, 1, "413"},
    {"422", "\"fault\":\"reply\",\"status\":422", HTTP_REFUSED, 1, 1, "422"},
    {"400 long",
     "\"fault\":\"reply\",\"status\":400,\"body\":\"{\\\"error\\\":{\\\"type\\\":"
     "\\\"exceed_context_size_error\\\"}}\"",
     HTTP_REFUSED, 1, 1, NULL},
    {"400 filter",
     "\"fault\":\"reply\",\"status\":400,\"body\":\"{\\\"error\\\":{\\\"code\\\":"
     "\\\"content_filter\\\"}}\"",
     HTTP_FATAL, 1, 1, NULL},

    /* 200, and yet nothing. */
    {"error in 200", "\"fault\":\"edit\",\"edit\":\"error\"", HTTP_FAULTY, 3, 3, "the engine died"},
    {"text error", "\"fault\":\"edit\",\"edit\":\"text_error\"", HTTP_FAULTY, 3, 3,
     "the engine died"},
    {"error once", "\"fault\":\"edit\",\"edit\":\"error\"" ONCE, HTTP_DONE, 1, 3, NULL},
    {"no choices", "\"fault\":\"edit\",\"edit\":\"no_choices\"", HTTP_BAD, 2, 2, "no choice"},
    {"null content", "\"fault\":\"edit\",\"edit\":\"null_content\"", HTTP_BAD, 2, 2, "no choice"},
    {"empty text", "\"fault\":\"edit\",\"edit\":\"empty\"", HTTP_BAD, 2, 2, "no choice"},
    {"bad utf8", "\"fault\":\"edit\",\"edit\":\"bad_utf8\"", HTTP_BAD, 2, 2, NULL},
    {"html", "\"fault\":\"reply\",\"content_type\":\"text/html\",\"body\":\"<html>Bad gateway\"",
     HTTP_BAD, 2, 2, "<html>Bad gateway"},
    {"nothing", "\"fault\":\"reply\",\"body\":\"\"", HTTP_BAD, 2, 2, "empty"},
    {"stream", "\"fault\":\"sse\",\"sse\":\"plain\"", HTTP_BAD, 2, 2, "event stream"},
    {"stream error", "\"fault\":\"sse\",\"sse\":\"error\"", HTTP_FAULTY, 3, 3, "the engine died"},
    {"stream open", "\"fault\":\"sse\",\"sse\":\"no_done\"", HTTP_BAD, 2, 2, "event stream"},
    {"stream unfinished", "\"fault\":\"sse\",\"sse\":\"no_finish\"", HTTP_BAD, 2, 2,
     "event stream"},
    {"stream pings", "\"fault\":\"sse\",\"sse\":\"comments\"", HTTP_BAD, 2, 2, "event stream"},
    {"stream crlf", "\"fault\":\"sse\",\"sse\":\"crlf\"", HTTP_BAD, 2, 2, "event stream"},
    {"stream cr", "\"fault\":\"sse\",\"sse\":\"cr\"", HTTP_BAD, 2, 2, "event stream"},
    {"stream bom", "\"fault\":\"sse\",\"sse\":\"bom\"", HTTP_BAD, 2, 2, "event stream"},
    {"stream double", "\"fault\":\"sse\",\"sse\":\"duplicate\"", HTTP_BAD, 2, 2, "event stream"},
    {"stream mixed", "\"fault\":\"sse\",\"sse\":\"reorder\"", HTTP_BAD, 2, 2, "event stream"},
    {"100 MB", "\"fault\":\"huge\",\"bytes\":100000000", HTTP_REFUSED, 1, 1, "longer than"},
    {"10 GB", "\"fault\":\"huge\",\"bytes\":10000000000", HTTP_REFUSED, 1, 1, "longer than"},
    {"bomb", "\"fault\":\"bomb\",\"bytes\":100000", HTTP_REFUSED, 1, 1, "longer than"},
    {"many headers", "\"fault\":\"headers\",\"count\":100000,\"bytes\":10", HTTP_REFUSED, 1, 1,
     "too many headers"},
    {"length short", "\"fault\":\"length\",\"bytes\":-40", HTTP_BAD, 2, 2, "too early"},

    /* The connection's fault. */
    {"long header", "\"fault\":\"headers\",\"count\":1,\"bytes\":1000000", HTTP_FAULTY, 3, 3, NULL},
    {"length long", "\"fault\":\"length\",\"bytes\":40", HTTP_DONE, 1, 1, NULL},
    {"chunks end", "\"fault\":\"chunked\"", HTTP_DONE, 1, 1, NULL},
    {"chunk cut", "\"fault\":\"chunked\",\"bytes\":30", HTTP_FAULTY, 3, 3, NULL},
    {"no head", "\"fault\":\"cut\"", HTTP_FAULTY, 3, 6, NULL},
    {"half a head", "\"fault\":\"cut\",\"bytes\":30", HTTP_BAD, 2, 2, "empty"},
    {"half a body", "\"fault\":\"cut\",\"at\":\"body\",\"bytes\":30", HTTP_FAULTY, 3, 3, NULL},
    {"reset", "\"fault\":\"cut\",\"how\":\"reset\"", HTTP_FAULTY, 3, 6, NULL},
    {"reset in head", "\"fault\":\"cut\",\"bytes\":30,\"how\":\"reset\"", HTTP_FAULTY, 3, 6, NULL},
    {"reset in body", "\"fault\":\"cut\",\"at\":\"body\",\"bytes\":30,\"how\":\"reset\"",
     HTTP_FAULTY, 3, 3, NULL},
    {"reset once", "\"fault\":\"cut\",\"how\":\"reset\"" ONCE, HTTP_DONE, 1, 3, NULL},
    {"no HTTP", "\"fault\":\"reply\",\"status\":999999,\"body\":\"x\"", HTTP_FAULTY, 3, 6, NULL},
    {"silence", "\"fault\":\"cut\",\"how\":\"hang\"", HTTP_FAULTY, 3, 3, "no answer came in time"},
    {"silence once", "\"fault\":\"cut\",\"how\":\"hang\"" ONCE, HTTP_DONE, 1, 3, NULL},
    {"late once", "\"fault\":\"late\",\"ms\":9000" ONCE, HTTP_DONE, 1, 3, NULL},
    {"stall", "\"fault\":\"cut\",\"at\":\"body\",\"bytes\":30,\"how\":\"hang\"", HTTP_FAULTY, 3, 3,
     "stalled"},
    /* libcurl reports header lines when they are whole */
    {"loris", "\"fault\":\"drip\",\"bytes\":1,\"ms\":10000", HTTP_FAULTY, 3, 3,
     "no answer came in time"},
    {"slow body", "\"fault\":\"drip\",\"bytes\":20,\"ms\":500", HTTP_FAULTY, 3, 3, "too slowly"},
};

enum { ROWS = sizeof rows / sizeof *rows };

static struct serving server;
static struct http_fixture asked[ROWS];

/* --- all rows at once ---------------------------------------------------------------------- */

static char *make_script(void)
{
    size_t room = 65536, at = 1;
    char *script = malloc(room);

    cr_assert_not_null(script);
    script[0] = '[';
    for (size_t i = 0; i < ROWS; i++)
        at += (size_t)snprintf(script + at, room - at, "%s{%s,\"text\":\"row %s.\"}",
                               i == 0 ? "" : ",", rows[i].rule, rows[i].name);
    (void)snprintf(script + at, room - at, "]");
    cr_assert_lt(at, room - 2);
    return script;
}

static void ask_row(size_t number)
{
    struct http_options options = http_fixture_options();
    const char *const urls[] = {server.url, NULL};
    struct http_request request = {.endpoint = HTTP_ANY_ENDPOINT};
    char prompt[128];

    options.in_flight = CALLS;
    options.client.retries = 2;
    options.client.answer_ns = 4 * SECOND_NS; /* a busy machine is no fault of the server */
    options.client.stall_ns = 2 * SECOND_NS;
    options.client.body_ns = 4 * SECOND_NS;
    options.body_most = 1 << 20;
    http_fixture_open(&asked[number], options, urls, CALLS);
    asked[number].check = true;
    (void)snprintf(prompt, sizeof prompt, "row %s.", rows[number].name);
    for (int i = 0; i < CALLS; i++)
        (void)http_fixture_ask(&asked[number], request, prompt);
}

static void set_up(void)
{
    char *script = make_script();
    const char *const arguments[] = {"--faults", script, "--latency", "constant:5", NULL};
    bool ended = true;

    serving_start(&server, arguments);
    for (size_t i = 0; i < ROWS; i++)
        ask_row(i);
    for (size_t i = 0; i < ROWS; i++)
        ended = http_fixture_wait(&asked[i], CALLS) && ended;
    for (size_t i = 0; i < ROWS; i++)
        http_fixture_close(&asked[i]);
    cr_assert(ended, "a call did not end within a minute");
    free(script);
}

static void tear_down(void)
{
    for (size_t i = 0; i < ROWS; i++)
        http_fixture_free(&asked[i]);
    serving_stop(&server);
}

TestSuite(faults, .init = set_up, .fini = tear_down, .timeout = 100);

static void expect_row(const struct row *row, const struct http_fixture_call *call)
{
    cr_expect_eq(call->ends, 1, "%s: ended %u times", row->name, call->ends);
    cr_expect_eq(call->class, row->class, "%s: %s: %s", row->name, http_class_name(call->class),
                 call->sentence);
    cr_expect(call->requests >= row->least && call->requests <= row->most, "%s: %u requests: %s",
              row->name, call->requests, call->sentence);
    cr_expect(row->says == NULL || strstr(call->sentence, row->says) != NULL, "%s: said `%s`",
              row->name, call->sentence);
    cr_expect_eq(*call->sentence == '\0', row->class == HTTP_DONE, "%s: %s", row->name,
                 call->sentence);
    cr_expect_eq(call->overflow, strcmp(row->name, "400 long") == 0, "%s", row->name);
}

/* Whatever a server does, each call ends once, in the class that its fault has, after no
 * more requests than that class allows, and with a sentence that says what the server said. */
Test(faults, every_call_ends_once_as_its_fault_deserves)
{
    for (size_t i = 0; i < ROWS; i++)
        for (int j = 0; j < CALLS; j++)
            expect_row(&rows[i], &asked[i].calls[j]);
}

/* --- waits, by the server's log --------------------------------------------------------------- */

TestSuite(waits, .timeout = 100);

/* The first request is refused; all that come later must come late enough. */
static void expect_wait(const char *retry_after, int64_t least_ns)
{
    char rule[160];
    const char *const arguments[] = {"--faults", rule, NULL};
    struct http_request request = {.endpoint = HTTP_ANY_ENDPOINT};
    struct http_fixture fixture;
    struct serving own;
    struct visit *all;
    size_t count;

    (void)snprintf(rule, sizeof rule,
                   "[{\"fault\":\"reply\",\"status\":429,\"retry_after\":\"%s\",\"last\":1}]",
                   retry_after);
    serving_start(&own, arguments);
    http_fixture_open(&fixture, http_fixture_options(), (const char *const[]){own.url, NULL}, 10);
    (void)http_fixture_ask(&fixture, request, "first");
    cr_expect(http_fixture_wait(&fixture, 1));
    for (int i = 0; i < 9; i++)
        (void)http_fixture_ask(&fixture, request, "later");
    cr_expect(http_fixture_wait(&fixture, 10));
    http_fixture_close(&fixture);
    count = serving_visits(&own, &all);
    cr_assert_eq(count, 11, "%s: %zu requests", retry_after, count);
    for (size_t i = 1; i < count; i++)
        cr_expect_geq(all[i].in_ns - all[0].out_ns, least_ns, "%s: early by %lld us", retry_after,
                      (long long)(least_ns - all[i].in_ns + all[0].out_ns) / 1000);
    free(all);
    http_fixture_free(&fixture);
    serving_stop(&own);
}

/* No request reaches a server before the time that its Retry-After named. */
Test(waits, retry_after_is_never_cut_short)
{
    expect_wait("1", SECOND_NS);
    expect_wait("0.3", SECOND_NS * 3 / 10);
    expect_wait("date:2", SECOND_NS);
    expect_wait("-3", 0);
}

struct storm {
    uint32_t calls;
    const char *rule;
    uint32_t requests_most;
    const char *latency;
    int minutes; /* it takes no longer */
};

static void expect_storm(const struct storm *storm)
{
    const char *const arguments[] = {"--faults",  storm->rule,    "--slots", "64",
                                     "--latency", storm->latency, NULL};
    struct http_request request = {.endpoint = HTTP_ANY_ENDPOINT};
    struct http_options options = http_fixture_options();
    struct http_fixture fixture;
    struct serving own;
    struct visit *all;
    size_t count;

    if (storm->minutes > 1)
        options.client.patience_ns = storm->minutes * 60 * SECOND_NS;
    serving_start(&own, arguments);
    http_fixture_open(&fixture, options, (const char *const[]){own.url, NULL}, storm->calls);
    for (uint32_t i = 0; i < storm->calls; i++)
        (void)http_fixture_ask(&fixture, request, "weather");
    for (int minute = 1; minute < storm->minutes; minute++)
        (void)http_fixture_wait(&fixture, storm->calls);
    cr_expect(http_fixture_wait(&fixture, storm->calls));
    http_fixture_close(&fixture);
    cr_expect_eq(http_fixture_count(&fixture, HTTP_DONE), storm->calls);
    for (uint32_t i = 0; i < storm->calls; i++)
        cr_expect_eq(fixture.calls[i].ends, 1);
    count = serving_visits(&own, &all);
    cr_log_info("%zu requests for %u calls", count, storm->calls);
    cr_expect_leq(count, storm->requests_most, "%zu requests for %u calls", count, storm->calls);
    cr_expect_gt(count, storm->calls, "there was no storm");
    free(all);
    http_fixture_free(&fixture);
    serving_stop(&own);
}

/* When a server refuses everything for a while, few requests are wasted on finding out when it
 * is over, and no call is lost. */
Test(waits, a_storm_costs_few_requests)
{
    static const struct storm storm = {
        1500, "[{\"fault\":\"reply\",\"status\":429,\"from_s\":0.3,\"to_s\":2}]", 1800,
        "constant:20", 1};

    expect_storm(&storm);
}

/* The same when the server says each time that one may come back at once. */
Test(waits, a_storm_with_retry_after_0_costs_few_requests)
{
    static const struct storm storm = {
        1500,
        "[{\"fault\":\"reply\",\"status\":503,\"retry_after\":\"0\",\"from_s\":0.3,\"to_s\":2}]",
        1800, "constant:20", 1};

    expect_storm(&storm);
}

/* Single refusals all the time slow nothing down to a stop. */
Test(waits, scattered_refusals_cost_one_request_each)
{
    static const struct storm storm = {
        1500, "[{\"fault\":\"reply\",\"status\":429,\"retry_after\":\"0\",\"probability\":0.01}]",
        1600, "constant:20", 1};

    expect_storm(&storm);
}

/* Ten thousand calls, and nothing but refusals from second 10 to 70; with CRUX_DEEP=1. */
Test(waits, a_minute_of_storm, .timeout = 300)
{
    static const struct storm storm = {
        10000, "[{\"fault\":\"reply\",\"status\":429,\"from_s\":10,\"to_s\":70}]", 12000,
        "lognormal:200", 3};

    if (!is_deep())
        cr_skip("without CRUX_DEEP=1");
    expect_storm(&storm);
}
