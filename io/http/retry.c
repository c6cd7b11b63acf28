/*
 * retry.c - classifies a failed request (retry, rest, give up) by a table of statuses and a table
 * of phrases in error bodies.
 *
 * Servers agree on statuses far better than on the shape of an error's body, and their
 * wording changes; so the phrases only distinguish errors that share a status: a 400 for a context
 * that is too long from one for a wrong field, a 429 for haste from one for want of money.
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

enum about { TOO_LONG, FILTERED, NO_CREDIT };

static const struct {
    enum about about;
    const char *words;
} phrases[] = {
    {TOO_LONG, "exceed_context_size"},
    {TOO_LONG, "context_length_exceeded"},
    {TOO_LONG, "context length"},
    {TOO_LONG, "context size"},
    {TOO_LONG, "context window"},
    {TOO_LONG, "max_model_len"},
    {TOO_LONG, "prompt is too long"},
    {TOO_LONG, "input is too long"},
    {TOO_LONG, "must have less than"}, /* of tokens, says TGI */
    {FILTERED, "content_filter"},
    {FILTERED, "content_policy"},
    {FILTERED, "content management policy"},
    {NO_CREDIT, "insufficient_quota"},
    {NO_CREDIT, "billing"},
    {NO_CREDIT, "credit balance"},
    {NO_CREDIT, "insufficient credit"},
};

static bool is_about(const struct http_answer *answer, enum about about)
{
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
        if (phrases[i].about == about && answer->body != NULL &&
            strcasestr(answer->body, phrases[i].words) != NULL)
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

/* Errors whose meaning is in their words. */
static void read_words(struct http_verdict *out, const struct http_answer *answer)
{
    bool may_be_long = out->class == HTTP_REFUSED || out->class == HTTP_BAD ||
                       answer->status == 400 || answer->status == 500;

    if (may_be_long && is_about(answer, TOO_LONG)) {
        out->class = HTTP_REFUSED;
        out->overflow = true;
    } else if ((may_be_long || answer->status == 403) && is_about(answer, FILTERED)) {
        out->class = HTTP_REFUSED;
    } else if (answer->status == 429 && is_about(answer, NO_CREDIT)) {
        out->class = HTTP_FATAL;
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

static void judge_status(struct http_verdict *out, const struct http_answer *answer)
{
    struct http_body body;
    char what[64];

    http_body_read(&body, answer->body, answer->length);
    (void)snprintf(what, sizeof what, "HTTP status %d", answer->status);
    read_words(out, answer);
    if (body.message_length > 0)
        describe(out, what, body.message, body.message_length);
    else
        describe(out, what, answer->body, answer->length);
}

static void judge_body(struct http_verdict *out, const struct http_answer *answer)
{
    static const char *const troubles[HTTP_BODIES] = {
        [HTTP_BODY_ERROR] = "the body says that there was an error",
        [HTTP_BODY_STREAM] = "an event stream, which was not asked for",
        [HTTP_BODY_CUT] = "the body ends too early",
        [HTTP_BODY_OTHER] = "the body is not JSON",
        [HTTP_BODY_EMPTY] = "the body is empty"};
    struct http_body body;

    if (answer->anything)
        return;
    http_body_read(&body, answer->body, answer->length);
    if (body.kind == HTTP_BODY_JSON && !answer->compressed)
        return;
    out->class = HTTP_BAD;
    if (answer->compressed) {
        describe(out, "the body is compressed, which was not asked for", NULL, 0);
        return;
    }
    if (body.kind == HTTP_BODY_ERROR || body.kind == HTTP_BODY_STREAM)
        read_words(out, answer);
    if (body.message_length > 0 || body.kind != HTTP_BODY_OTHER)
        describe(out, troubles[body.kind], body.message, body.message_length);
    else
        describe(out, troubles[body.kind], answer->body, answer->length);
}

void http_retry_judge(struct http_verdict *out, const struct http_answer *answer)
{
    out->class = class_of(answer->status);
    out->overflow = false;
    *out->sentence = '\0';
    if (out->class == HTTP_DONE)
        judge_body(out, answer);
    else
        judge_status(out, answer);
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
static bool read_date(const char *value, int64_t *out)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const char *found;
    struct tm at = {.tm_sec = 0};
    char month[4] = "";

    if (sscanf(value, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT", &at.tm_mday, month,
               &at.tm_year, &at.tm_hour, &at.tm_min, &at.tm_sec) != 6)
        return false;
    found = strstr(months, month);
    if (found == NULL || strlen(month) != 3 || (found - months) % 3 != 0)
        return false;
    at.tm_mon = (int)(found - months) / 3;
    at.tm_year -= 1900;
    *out = (int64_t)timegm(&at);
    return true;
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
    double number;
    int64_t date;

    if (read_decimal(&at, &number) && *http_retry_trimmed(at) == '\0')
        return seconds(number);
    if (read_date(http_retry_trimmed(value), &date))
        return seconds((double)date - (double)now_s);
    return -1;
}

int64_t http_retry_reset(const char *value, int64_t now_s)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"ms", 0.001}, {"s", 1.0}, {"m", 60.0}, {"h", 3600.0}, {"d", 86400.0}};
    const char *at = http_retry_trimmed(value);
    double total = 0.0, number;

    if (*at == '\0')
        return -1;
    while (*at != '\0') {
        size_t i = 0;

        if (!read_decimal(&at, &number))
            return -1;
        if (*at == '\0') /* no unit: seconds, or a time of day */
            return seconds(number >= (double)EPOCH_LIKE ? number - (double)now_s : number);
        while (i < 5 && strncmp(at, units[i].unit, strlen(units[i].unit)) != 0)
            i++;
        if (i == 5)
            return -1;
        total += number * units[i].seconds;
        at += strlen(units[i].unit);
    }
    return seconds(total);
}

int64_t http_retry_wait(uint32_t round, uint64_t random)
{
    int64_t bound = FIRST_NS;

    while (round-- > 1 && bound < BOUND_NS)
        bound *= 2;
    bound = bound < BOUND_NS ? bound : BOUND_NS;
    return (int64_t)(random % (uint64_t)bound);
}
