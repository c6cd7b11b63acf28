/*
 * retry.c - classifies a failed request (retry, rest, give up) by a table of statuses, and a few
 * phrases in error bodies.
 *
 * Servers agree on statuses far better than on the shape of an error's body, and their
 * wording changes; so the phrases only tell a context that is too small, where a text may be tried
 * that is shorter, from other errors of its status.
 */
#include "io/http/retry.h"

#include "io/clock.h"
#include "io/http/body.h"
#include "io/quote.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define FIRST_NS   (CLOCK_SECOND_NS / 4)  /* the bound of the first wait ... */
#define BOUND_NS   (10 * CLOCK_SECOND_NS) /* ... and of the last */
#define WAIT_MOST  INT64_C(4000000000)    /* seconds; more would not fit */
#define EPOCH_LIKE INT64_C(1000000000)    /* a reset so large is a time of day */

const char *http_class_name(enum http_class class)
{
    static const char *const names[HTTP_CLASSES] = {
        [HTTP_DONE] = "done",     [HTTP_FATAL] = "fatal",        [HTTP_REFUSED] = "refused",
        [HTTP_BUSY] = "busy",     [HTTP_FAULTY] = "faulty",      [HTTP_BAD] = "bad payload",
        [HTTP_LATE] = "too late", [HTTP_CANCELLED] = "cancelled"};

    return names[class];
}

/* --- classes --------------------------------------------------------------------------- */

static const struct {
    int first, last;
    enum http_class class;
} statuses[] = {
    {200, 299, HTTP_DONE},    {408, 408, HTTP_FAULTY}, {413, 413, HTTP_REFUSED},
    {422, 422, HTTP_REFUSED}, {424, 425, HTTP_FAULTY}, {429, 429, HTTP_BUSY},
    {501, 501, HTTP_FATAL},   {503, 503, HTTP_BUSY},   {529, 529, HTTP_BUSY},
    {500, 599, HTTP_FAULTY},
};

static const char *const too_long[] = {
    "exceed_context_size", "context_length_exceeded", "context length",
    "context size",        "context window",          "max_model_len",
    "prompt is too long",  "input is too long",       "must have less than", /* of tokens: TGI */
};

static bool is_too_long(const struct http_answer *answer)
{
    for (size_t i = 0; i < sizeof too_long / sizeof *too_long; i++)
        if (strcasestr(answer->body, too_long[i]) != NULL)
            return true;
    return false;
}

static enum http_class class_of(int status)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (status >= statuses[i].first && status <= statuses[i].last)
            return statuses[i].class;
    return HTTP_FATAL;
}

/* A context that is too small is told in words: no status is its own. */
static void read_words(struct http_verdict *out, const struct http_answer *answer)
{
    bool may_be_long =
        out->class == HTTP_REFUSED || out->status < 300 || out->status == 400 || out->status == 500;

    if (may_be_long && is_too_long(answer)) {
        out->class = HTTP_REFUSED;
        out->overflow = true;
    }
}

static void describe(struct http_verdict *out, const char *what, const char *said, size_t length)
{
    size_t at = (size_t)snprintf(out->sentence, sizeof out->sentence, "%s", what);

    if (length == 0 || at + 8 >= sizeof out->sentence)
        return;
    at += (size_t)snprintf(out->sentence + at, sizeof out->sentence - at, ": ");
    quote_text(out->sentence + at, sizeof out->sentence - at, said, length);
}

/* It has failed with this status, which is that of the reply or stands in its body. */
static void judge_status(struct http_verdict *out, const struct http_answer *answer,
                         const struct http_body *body)
{
    char what[80];

    if (out->status >= 400 && out->status < 500 && body->code == 402) {
        out->class = HTTP_FATAL;
        out->status = out->status == 429 ? 429 : 402;
    }
    read_words(out, answer);
    if (out->class == HTTP_BUSY)
        out->wait_ns = http_retry_hint(answer->body);
    if (out->status == answer->status)
        (void)snprintf(what, sizeof what, "HTTP status %d", out->status);
    else
        (void)snprintf(what, sizeof what, "the body says that there was an error %d", out->status);
    if (body->message_length > 0)
        describe(out, what, body->message, body->message_length);
    else
        describe(out, what, answer->body, answer->length);
}

static void judge_body(struct http_verdict *out, const struct http_answer *answer,
                       const struct http_body *body)
{
    static const char *const troubles[HTTP_BODIES] = {
        [HTTP_BODY_ERROR] = "the body says that there was an error",
        [HTTP_BODY_STREAM] = "an event stream, which was not asked for",
        [HTTP_BODY_CUT] = "the body ends too early",
        [HTTP_BODY_OTHER] = "the body is not JSON",
        [HTTP_BODY_EMPTY] = "the body is empty"};

    if (body->kind == HTTP_BODY_JSON)
        return;
    out->class = body->kind == HTTP_BODY_ERROR ? HTTP_FAULTY : HTTP_BAD;
    out->readable = body->kind != HTTP_BODY_ERROR && body->kind != HTTP_BODY_EMPTY;
    if (body->kind == HTTP_BODY_ERROR)
        read_words(out, answer);
    if (body->message_length > 0 || body->kind != HTTP_BODY_OTHER)
        describe(out, troubles[body->kind], body->message, body->message_length);
    else
        describe(out, troubles[body->kind], answer->body, answer->length);
}

void http_retry_judge(struct http_verdict *out, const struct http_answer *answer)
{
    struct http_body body;

    *out = (struct http_verdict){
        .class = class_of(answer->status), .status = answer->status, .wait_ns = -1};
    if (out->class == HTTP_DONE && answer->anything)
        return;
    http_body_read(&body, answer->body, answer->length);
    if (out->class == HTTP_DONE && body.code != 0) {
        out->status = body.code;
        out->class = class_of(body.code);
    }
    if (out->class == HTTP_DONE)
        judge_body(out, answer, &body);
    else
        judge_status(out, answer, &body);
}

/* --- waits -------------------------------------------------------------------------------- */

static int64_t seconds(double value)
{
    if (value < 0.0)
        return 0;
    return value > (double)WAIT_MOST ? WAIT_MOST * CLOCK_SECOND_NS : (int64_t)(value * 1e9);
}

/* IMF-fixdate (RFC 9110, 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT". Our own, since strptime()
 * reads the names of months in the language of the user. */
int64_t http_retry_date(const char *value)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const char *found;
    struct tm at = {.tm_sec = 0};
    char month[4] = "";

    if (sscanf(value, " %*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT", &at.tm_mday, month,
               &at.tm_year, &at.tm_hour, &at.tm_min, &at.tm_sec) != 6)
        return -1;
    found = strstr(months, month);
    if (found == NULL || strlen(month) != 3 || (found - months) % 3 != 0)
        return -1;
    at.tm_mon = (int)(found - months) / 3;
    at.tm_year -= 1900;
    return (int64_t)timegm(&at);
}

/* A number in the C locale, whatever that of the host: digits, a point, digits. */
static bool read_decimal(const char **text, double *out)
{
    const char *at = *text + (**text == '-');
    double value = 0.0, digit = 0.1;

    if (!isdigit((unsigned char)*at))
        return false;
    for (; isdigit((unsigned char)*at); at++)
        value = 10.0 * value + (*at - '0');
    if (*at == '.')
        for (at++; isdigit((unsigned char)*at); at++, digit /= 10.0)
            value += digit * (*at - '0');
    *out = **text == '-' ? -value : value;
    *text = at;
    return true;
}

static const char *http_retry_trimmed(const char *value)
{
    return value + strspn(value, " \t");
}

int64_t http_retry_after(const char *value, int64_t now_s)
{
    const char *at = http_retry_trimmed(value);
    int64_t date = http_retry_date(value);
    double number;

    if (read_decimal(&at, &number) && *http_retry_trimmed(at) == '\0')
        return seconds(number);
    return date < 0 ? -1 : seconds((double)date - (double)now_s);
}

/* A unit of time, also written out; 0: it is none. */
static double unit_of(const char **text)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"ms", 0.001},    {"milliseconds", 0.001}, {"s", 1.0},        {"sec", 1.0},
                 {"secs", 1.0},    {"second", 1.0},         {"seconds", 1.0},  {"m", 60.0},
                 {"min", 60.0},    {"mins", 60.0},          {"minute", 60.0},  {"minutes", 60.0},
                 {"h", 3600.0},    {"hour", 3600.0},        {"hours", 3600.0}, {"d", 86400.0},
                 {"day", 86400.0}, {"days", 86400.0}};
    size_t length = 0;

    while (isalpha((unsigned char)(*text)[length]))
        length++;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i].unit) == length && strncasecmp(units[i].unit, *text, length) == 0) {
            *text += length;
            return units[i].seconds;
        }
    return 0.0;
}

int64_t http_retry_reset(const char *value, int64_t now_s)
{
    const char *at = http_retry_trimmed(value);
    double total = 0.0, number, unit;

    if (*at == '\0')
        return -1;
    while (*at != '\0') {
        if (!read_decimal(&at, &number))
            return -1;
        if (*at == '\0') /* no unit: seconds, or a time of day */
            return seconds(number >= (double)EPOCH_LIKE ? number - (double)now_s : number);
        unit = unit_of(&at);
        if (unit <= 0.0)
            return -1;
        total += number * unit;
    }
    return seconds(total);
}

/* "34.5s", "1m2.5s", "7 seconds", "7": whatever stands behind it. */
static int64_t read_span(const char *at)
{
    double total = 0.0, number, unit;

    at += strspn(at, " \":~");
    if (!isdigit((unsigned char)*at))
        return -1;
    while (read_decimal(&at, &number)) {
        at = http_retry_trimmed(at);
        unit = unit_of(&at);
        total += number * (unit > 0.0 ? unit : 1.0);
        if (unit <= 0.0)
            break;
    }
    return seconds(total);
}

int64_t http_retry_hint(const char *body)
{
    static const char *const words[] = {"\"retryDelay\"", "try again in",    "retry in",
                                        "retry after",    "\"retry_after\"", "try again after"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *found = strcasestr(body, words[i]);
        int64_t wait_ns = found == NULL ? -1 : read_span(found + strlen(words[i]));

        if (wait_ns >= 0)
            return wait_ns;
    }
    return -1;
}

int64_t http_retry_wait(uint32_t round, uint64_t random)
{
    int64_t bound = FIRST_NS;

    while (round-- > 1 && bound < BOUND_NS)
        bound *= 2;
    bound = bound < BOUND_NS ? bound : BOUND_NS;
    return (int64_t)(random % (uint64_t)bound);
}
