/*
 * message.c - the reply of one request as it arrives: the status, the few headers that matter, the
 * body.
 */
#include "io/http/message.h"

#include "io/http/coding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { FIRST_ROOM = 4096, VALUE = 256 };

#define HEAD_MOST ((size_t)256 << 10)

static void begin_head(struct http_message *message)
{
    message->date_s = message->after_ms_ns = -1;
    *message->location = *message->after = *message->reset = *message->coding = '\0';
}

void http_message_begin(struct http_message *message, const struct http_request *request,
                        uint64_t body_most)
{
    message->request = request;
    message->body_most = body_most;
    message->length = message->head_length = 0;
    message->too_much = message->begun = message->comment = false;
    http_message_rewind(message);
    begin_head(message);
}

void http_message_free(struct http_message *message)
{
    free(message->body);
    *message = (struct http_message){.body = NULL};
}

/* --- going out --------------------------------------------------------------------------- */

void http_message_rewind(struct http_message *message)
{
    message->piece = 0;
    message->piece_at = 0;
}

size_t http_message_read(struct http_message *message, char *out, size_t room)
{
    const struct http_request *request = message->request;
    size_t count = 0;

    while (count < room && message->piece < request->piece_count) {
        const struct http_piece *piece = &request->pieces[message->piece];
        size_t left = piece->length - message->piece_at;
        size_t part = left < room - count ? left : room - count;

        memcpy(out + count, piece->bytes + message->piece_at, part);
        count += part;
        message->piece_at += part;
        if (message->piece_at == piece->length) {
            message->piece++;
            message->piece_at = 0;
        }
    }
    return count;
}

/* --- coming in ---------------------------------------------------------------------------- */

/* Has the body begun with these bytes? */
static void look_for_first(struct http_message *message, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length && !message->begun; i++) {
        char byte = bytes[i];

        if (byte == '\n' || byte == '\r')
            message->comment = false;
        else if (byte == ':')
            message->comment = true;
        else if (byte != ' ' && byte != '\t' && !message->comment)
            message->begun = true;
    }
}

bool http_message_add(struct http_message *message, const char *bytes, size_t length)
{
    size_t room = message->room == 0 ? FIRST_ROOM : message->room;
    char *grown = message->body;

    look_for_first(message, bytes, length);
    if (message->length + length > message->body_most) {
        message->too_much = true;
        return false;
    }
    while (room < message->length + length + 1)
        room *= 2;
    if (room != message->room)
        grown = realloc(message->body, room);
    if (grown == NULL)
        return false;
    message->body = grown;
    message->room = room;
    memcpy(message->body + message->length, bytes, length);
    message->length += length;
    message->body[message->length] = '\0';
    return true;
}

static void read_after(struct http_message *message, const char *value)
{
    (void)snprintf(message->after, sizeof message->after, "%s", value);
}

static void read_after_ms(struct http_message *message, const char *value)
{
    int64_t wait_ns = http_retry_after(value, 0);

    message->after_ms_ns = wait_ns < 0 ? -1 : wait_ns / 1000;
}

/* The sooner of requests and tokens: then there is something again. */
static void read_reset(struct http_message *message, const char *value)
{
    int64_t reset_ns = http_retry_reset(value, 0), before_ns = http_retry_reset(message->reset, 0);

    if (reset_ns >= 0 && (before_ns < 0 || reset_ns < before_ns))
        (void)snprintf(message->reset, sizeof message->reset, "%s", value);
}

static void read_server_date(struct http_message *message, const char *value)
{
    message->date_s = http_retry_date(value);
}

static void read_coding(struct http_message *message, const char *value)
{
    (void)snprintf(message->coding, sizeof message->coding, "%s", value);
}

static void read_location(struct http_message *message, const char *value)
{
    (void)snprintf(message->location, sizeof message->location, "%s", value);
}

static const struct {
    const char *name;
    void (*read)(struct http_message *message, const char *value);
} headers[] = {
    {"retry-after:", read_after},
    {"retry-after-ms:", read_after_ms},
    {"x-ratelimit-reset-requests:", read_reset},
    {"x-ratelimit-reset-tokens:", read_reset},
    {"content-encoding:", read_coding},
    {"date:", read_server_date},
    {"location:", read_location},
};

static void read_value(struct http_message *message, size_t header, const char *line, size_t length)
{
    size_t begin = strlen(headers[header].name);
    char value[VALUE];

    while (begin < length && (line[begin] == ' ' || line[begin] == '\t'))
        begin++;
    while (length > begin && strchr(" \t\r\n", line[length - 1]) != NULL)
        length--;
    (void)snprintf(value, sizeof value, "%.*s", (int)(length - begin), line + begin);
    headers[header].read(message, value);
}

bool http_message_header(struct http_message *message, const char *line, size_t length)
{
    message->head_length += length;
    if (message->head_length > HEAD_MOST) {
        message->too_much = true;
        return false;
    }
    if (length > 5 && strncasecmp(line, "HTTP/", 5) == 0)
        begin_head(message);
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        if (length > strlen(headers[i].name) &&
            strncasecmp(line, headers[i].name, strlen(headers[i].name)) == 0)
            read_value(message, i, line, length);
    return true;
}

bool http_message_decode(struct http_message *message)
{
    struct http_coded coded = {message->body, message->length, message->room};

    if (message->length > 0 && !http_coding_undo(&coded, message->coding, message->body_most))
        message->too_much = true;
    message->body = coded.bytes;
    message->length = coded.length;
    message->room = coded.room;
    *message->coding = '\0';
    return !message->too_much;
}

/* --- what it means ------------------------------------------------------------------------- */

/* As the headers ask, by the server's own clock where it tells it; below 0: they do not. */
static int64_t wait_of(const struct http_message *message, int64_t now_s)
{
    int64_t wait_ns = http_retry_after(message->after, now_s);

    return wait_ns < 0 ? message->after_ms_ns : wait_ns;
}

/* What a limit's renewal or the words of an error say: a hint, not a promise. */
static int64_t hint_of(const struct http_message *message, const struct http_verdict *verdict,
                       int64_t now_s, int64_t most_ns)
{
    int64_t hint_ns = verdict->wait_ns;

    if (hint_ns < 0 && verdict->status == 429)
        hint_ns = http_retry_reset(message->reset, now_s);
    return hint_ns < most_ns ? hint_ns : most_ns;
}

void http_message_judge(const struct http_message *message, int status, int64_t retry_after_max_ns,
                        struct http_result *out)
{
    struct http_answer answer = {.status = status,
                                 .body = message->length == 0 ? "" : message->body,
                                 .length = message->length,
                                 .anything = message->request->piece_count == 0};
    int64_t now_s = message->date_s < 0 ? (int64_t)time(NULL) : message->date_s;

    http_retry_judge(&out->verdict, &answer);
    out->status = out->verdict.status;
    out->wait_ns = wait_of(message, now_s);
    if (out->wait_ns < 0)
        out->wait_ns = hint_of(message, &out->verdict, now_s, retry_after_max_ns);
    if (status >= 300 && status < 400 && *message->location != '\0')
        (void)snprintf(out->verdict.sentence, sizeof out->verdict.sentence,
                       "HTTP status %d, a redirect to %s, which is not followed", status,
                       message->location);
}

void http_message_trouble(const struct http_message *message, const char *said, char *out,
                          size_t size)
{
    if (message->too_much)
        (void)snprintf(out, size, "the reply is longer than %llu bytes, or has too many headers",
                       (unsigned long long)message->body_most);
    else
        (void)snprintf(out, size, "%s", said);
}

void http_message_show(struct http_message *message, struct http_result *result)
{
    if (result->status == 0)
        return;
    if (message->length == 0) /* an empty body is a body */
        (void)http_message_add(message, "", 0);
    result->body = message->body;
    result->length = result->body == NULL ? 0 : message->length;
}

void http_message_take_back(struct http_message *message, const struct http_result *result)
{
    if (result->status == 0 || result->body != NULL)
        return;
    message->body = NULL;
    message->room = 0;
}

bool http_message_billed(const struct http_result *result)
{
    enum http_class class = result->verdict.class;

    if (result->status == 0 || result->unknown)
        return result->unknown;
    if (result->status < 300 && (class == HTTP_DONE || class == HTTP_BAD || class == HTTP_FAULTY))
        return true;
    return result->body != NULL && strstr(result->body, "\"usage\"") != NULL;
}
