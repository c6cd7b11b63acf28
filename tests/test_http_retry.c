/*
 * test_http_retry.c - what http/retry.h promises: classes and waits.
 */
#include "io/http/retry.h"

#include <criterion/criterion.h>
#include <string.h>

#define MS INT64_C(1000000)

static struct http_verdict judge(int status, const char *body)
{
    struct http_answer answer = {.status = status, .body = body, .length = strlen(body)};
    struct http_verdict verdict;

    http_retry_judge(&verdict, &answer);
    return verdict;
}

/* --- classes -------------------------------------------------------------------------- */

static const struct {
    int status;
    const char *body;
    enum http_class class;
    bool overflow;
} judged[] = {
    {200, "{\"choices\": []}", HTTP_DONE, false},
    {201, "[1, 2]", HTTP_DONE, false},
    {200, "{\"error\": null, \"choices\": []}", HTTP_DONE, false},
    {200, "", HTTP_BAD, false},
    {200, "<html>", HTTP_BAD, false},
    {200, "{\"error\": \"no\"}", HTTP_FAULTY, false},
    {200, "data: {\"error\": {\"message\": \"x\"}}\n\ndata: [DONE]\n\n", HTTP_FAULTY, false},
    {200, "{\"code\": 503, \"message\": \"busy\"}", HTTP_BUSY, false},
    {200, "{\"error\": {\"type\": \"invalid_request_error\"}}", HTTP_FATAL, false},
    {200, "{\"error\": \"the context length is exceeded\"}", HTTP_REFUSED, true},
    {200, "{\"error\": {}, \"choices\": [{\"text\": \"x\"}]}", HTTP_DONE, false},
    {200, "{\"error\": {\"code\": 429}}", HTTP_BUSY, false},
    {200, "{\"error\": {\"code\": \"overloaded\"}}", HTTP_BUSY, false},
    {200, "{\"error\": {\"code\": 500}}", HTTP_FAULTY, false},
    {200, "{\"choices\": [{\"error\": {\"code\": 502}}]}", HTTP_FAULTY, false},
    {200, "{\"error\": {\"code\": 402}}", HTTP_FATAL, false},
    {200, "{\"error\": {\"code\": 400, \"message\": \"content_filter\"}}", HTTP_FATAL, false},
    {301, "", HTTP_FATAL, false},
    {400, "{\"error\": \"unknown field\"}", HTTP_FATAL, false},
    {401, "", HTTP_FATAL, false},
    {403, "", HTTP_FATAL, false},
    {404, "", HTTP_FATAL, false},
    {405, "", HTTP_FATAL, false},
    {407, "", HTTP_FATAL, false},
    {408, "", HTTP_FAULTY, false},
    {413, "", HTTP_REFUSED, false},
    {422, "", HTTP_REFUSED, false},
    {424, "", HTTP_FAULTY, false},
    {429, "", HTTP_BUSY, false},
    {402, "", HTTP_FATAL, false},
    {400, "{\"error\": {\"code\": \"Arrearage\"}}", HTTP_FATAL, false},
    {429, "{\"error\": {\"code\": \"insufficient_quota\"}}", HTTP_FATAL, false},
    {429, "{\"error\": {\"type\": \"insufficient_quota\", \"code\": null}}", HTTP_FATAL, false},
    {429, "{\"error\": \"please check your plan and BILLING details\"}", HTTP_BUSY, false},
    {429, "{\"error\": {\"message\": \"add a payment method, insufficient_quota\"}}", HTTP_BUSY,
     false},
    {500, "", HTTP_FAULTY, false},
    {501, "", HTTP_FATAL, false},
    {502, "", HTTP_FAULTY, false},
    {503, "{\"error\": {\"message\": \"Loading model\"}}", HTTP_BUSY, false},
    {504, "", HTTP_FAULTY, false},
    {529, "", HTTP_BUSY, false},
    {599, "", HTTP_FAULTY, false},
    {100, "", HTTP_FATAL, false},
    /* A context that is too long, as servers say it. */
    {400, "{\"error\": {\"type\": \"exceed_context_size_error\"}}", HTTP_REFUSED, true},
    {400, "{\"error\": {\"code\": \"context_length_exceeded\"}}", HTTP_REFUSED, true},
    {400, "This model's maximum context length is 4096 tokens", HTTP_REFUSED, true},
    {422, "`inputs` must have less than 1000 tokens", HTTP_REFUSED, true},
    {500, "the request exceeds the available context size", HTTP_REFUSED, true},
    {503, "context length service is down", HTTP_BUSY, false},
    /* A filter's words decide nothing. */
    {400, "{\"error\": {\"code\": \"content_filter\"}}", HTTP_FATAL, false},
    {403, "blocked by our content management policy", HTTP_FATAL, false},
};

/* A status and, where that is not enough, the words of the body make the class. */
Test(judge, status_and_words_make_the_class)
{
    for (size_t i = 0; i < sizeof judged / sizeof *judged; i++) {
        struct http_verdict verdict = judge(judged[i].status, judged[i].body);

        cr_expect_eq(verdict.class, judged[i].class, "%d %s: %s", judged[i].status, judged[i].body,
                     http_class_name(verdict.class));
        cr_expect_eq(verdict.overflow, judged[i].overflow, "%d %s", judged[i].status,
                     judged[i].body);
        cr_expect_eq(*verdict.sentence == '\0', verdict.class == HTTP_DONE);
    }
}

/* Want of money is 402, under whatever status of a refusal it is told: the run ends at once. */
Test(judge, want_of_money_has_one_status)
{
    cr_expect_eq(judge(400, "{\"code\": \"Arrearage\"}").status, 402);
    cr_expect_eq(judge(403, "{\"error\": {\"code\": \"insufficient_balance\"}}").status, 402);
    cr_expect_eq(judge(400, "{\"error\": {\"code\": \"invalid_prompt\"}}").status, 400);
}

/* The sentence has the status and the server's own message, in one line. */
Test(judge, the_sentence_says_what_the_server_said)
{
    cr_expect_str_eq(judge(404, "{\"error\":{\"message\":\"no model `x`\"}}").sentence,
                     "HTTP status 404: no model `x`");
    cr_expect_str_eq(judge(400, "{\"object\":\"error\",\"message\":\"bad n\"}").sentence,
                     "HTTP status 400: bad n");
    cr_expect_str_eq(judge(500, "oh\nno\x1b[31m").sentence, "HTTP status 500: oh no [31m");
    cr_expect_str_eq(judge(502, "").sentence, "HTTP status 502");
    cr_expect_str_eq(judge(200, "<html>").sentence, "the body is not JSON: <html>");
    cr_expect_str_eq(judge(200, "{\"error\":{\"code\":429,\"message\":\"later\"}}").sentence,
                     "the body says that there was an error 429: later");
    cr_expect_str_eq(judge(200, "{\"error\":\"no\"}").sentence,
                     "the body says that there was an error: no");
}

/* A sentence never grows beyond its place, and ends with a whole character. */
Test(judge, a_long_message_is_cut)
{
    char body[2000];
    struct http_verdict verdict;

    for (size_t i = 0; i + 2 < sizeof body; i += 2)
        memcpy(body + i, "\xC3\xA9", 3);
    verdict = judge(500, body);
    cr_expect_lt(strlen(verdict.sentence), sizeof verdict.sentence);
    cr_expect_gt(strlen(verdict.sentence), sizeof verdict.sentence - 8);
    cr_expect_eq((unsigned char)verdict.sentence[strlen(verdict.sentence) - 1], 0xA9);
}

/* Who asks for nothing but a status takes any body. */
Test(judge, bodies_that_are_not_read)
{
    struct http_answer answer = {.status = 200, .body = "ok", .length = 2, .anything = true};
    struct http_verdict verdict;

    http_retry_judge(&verdict, &answer);
    cr_expect_eq(verdict.class, HTTP_DONE);
    answer.status = 503;
    http_retry_judge(&verdict, &answer);
    cr_expect_eq(verdict.class, HTTP_BUSY);
}

/* A body of an odd form may be read by whoever knows what was asked; one that is empty, or an
 * error, not. The status that counts is told. */
Test(judge, odd_forms_are_left_to_the_reader)
{
    cr_expect(judge(200, "data: {}\n\n").readable);
    cr_expect(judge(200, "{\"choices\":[{\"text\":\"x\"}]").readable);
    cr_expect(judge(200, "<html>").readable);
    cr_expect_not(judge(200, "").readable);
    cr_expect_not(judge(200, "{\"error\":\"x\"}").readable);
    cr_expect_not(judge(500, "<html>").readable);
    cr_expect_eq(judge(200, "{\"error\":{\"code\":503}}").status, 503);
    cr_expect_eq(judge(500, "{\"error\":{\"code\":429}}").status, 500);
}

/* --- Retry-After -------------------------------------------------------------------------- */

#define NOW 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */

static const struct {
    const char *value;
    int64_t ms; /* below 0: it says nothing */
} waits[] = {
    {"0", 0},
    {"1", 1000},
    {" 120 ", 120000},
    {"0.25", 250},
    {"-5", 0},
    {"-0.1", 0},
    {"1000000000", 1000000000000},
    {"99999999999999999999", 4000000000000},
    {"Sun, 06 Nov 1994 08:49:37 GMT", 0},
    {"Sun, 06 Nov 1994 08:50:37 GMT", 60000},
    {"Sun, 06 Nov 1994 07:50:37 GMT", 0},
    {"Mon, 07 Nov 1994 08:49:37 GMT", 86400000},
    {"Sun, 06 Nov 9994 08:50:37 GMT", 4000000000000},
    {"", -1},
    {"soon", -1},
    {"1s", -1},
    {"1,5", -1},
    {"0x10", -1},
    {"nan", -1},
    {"Sun, 06 Xyz 1994 08:49:37 GMT", -1},
    {"Sun, 06 anF 1994 08:49:37 GMT", -1},
    {"Sunday, 06-Nov-94 08:49:37 GMT", -1},
};

/* Seconds and dates are understood, what is past counts as now, and garbage as nothing. */
Test(waits, retry_after_is_read)
{
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        int64_t wait_ns = http_retry_after(waits[i].value, NOW);
        int64_t want_ns = waits[i].ms < 0 ? -1 : waits[i].ms * MS;

        cr_expect_eq(wait_ns, want_ns, "`%s`: %lld", waits[i].value, (long long)wait_ns);
    }
}

/* Limits that renew themselves say when in their own ways. */
Test(waits, resets_are_read)
{
    cr_expect_eq(http_retry_reset("6m0s", NOW), 360000 * MS);
    cr_expect_eq(http_retry_reset("1h2m3s", NOW), 3723000 * MS);
    cr_expect_eq(http_retry_reset("250ms", NOW), 250 * MS);
    cr_expect_eq(http_retry_reset("7", NOW), 7000 * MS);
    cr_expect_eq(http_retry_reset("1700000000", 1699999990), 10000 * MS);
    cr_expect_eq(http_retry_reset("later", NOW), -1);
    cr_expect_eq(http_retry_reset("5x", NOW), -1);
    cr_expect_eq(http_retry_reset("3 s", NOW), -1);
    cr_expect_eq(http_retry_reset("", NOW), -1);
}

static const struct {
    const char *body;
    int64_t ms;
} hints[] = {
    {"Please try again in 20s. See /account/billing", 20000},
    {"Please try again in 1m2.5s.", 62500},
    {"try again in 250ms", 250},
    {"Please retry after 7 seconds.", 7000},
    {"Please retry in 3 Minutes", 180000},
    {"try again in 5", 5000},
    {"{\"@type\":\"RetryInfo\",\"retryDelay\": \"34.5s\"}", 34500},
    {"{\"retry_after\": 2.5}", 2500},
    {"try again in a while; retry after 9s", 9000},
    {"try again in a while", -1},
    {"try again in 2 moons", 2000},
    {"", -1},
};

/* An error's words may say how long to wait; only a 429 and its like are asked. */
Test(waits, hints_are_read)
{
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        cr_expect_eq(http_retry_hint(hints[i].body), hints[i].ms < 0 ? -1 : hints[i].ms * MS,
                     "%s: %lld", hints[i].body, (long long)http_retry_hint(hints[i].body));
    cr_expect_eq(judge(429, "try again in 2s").wait_ns, 2000 * MS);
    cr_expect_eq(judge(500, "try again in 2s").wait_ns, -1);
}

/* A wait is drawn from 0 to a bound that doubles with each round until it is large enough. */
Test(waits, jitter_is_full_and_bounded)
{
    static const int64_t bounds[] = {250, 500, 1000, 2000, 4000, 8000, 10000, 10000};

    for (uint32_t round = 1; round <= 8; round++) {
        int64_t bound = bounds[round - 1] * MS, least = bound, most = 0;

        for (uint64_t i = 0; i < 1000; i++) {
            int64_t wait_ns = http_retry_wait(round, i * 0x9E3779B97F4A7C15u);

            least = wait_ns < least ? wait_ns : least;
            most = wait_ns > most ? wait_ns : most;
        }
        cr_expect(least >= 0 && least < bound / 20, "round %u: %lld", round, (long long)least);
        cr_expect(most < bound && most > bound - bound / 20, "round %u: %lld", round,
                  (long long)most);
    }
    cr_expect_lt(http_retry_wait(UINT32_MAX, UINT64_MAX), 10000 * MS);
}

/* Every class has a name. */
Test(waits, classes_have_names)
{
    for (int i = 0; i < HTTP_CLASSES; i++)
        cr_expect_gt(strlen(http_class_name((enum http_class)i)), 2);
}
