/*
 * compose.c - from a body to the bytes on the wire, with a fault: a table with a function for each.
 *
 * A fault may change the body before the head is written (its length is in the head), or
 * how the finished bytes are sent. So every row has two functions, either of which may be
 * missing.
 */
#include "tests/world/server/compose.h"

#include "tests/world/server/answer.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* A reply while it is made. */
struct draft {
    const struct script_rule *rule;
    struct text body, head;
    size_t head_length;
    int64_t announced; /* Content-Length; below 0: chunked */
    struct wire_reply reply;
};

static const struct {
    int status;
    const char *words;
} reasons[] = {{200, "OK"},
               {400, "Bad Request"},
               {401, "Unauthorized"},
               {403, "Forbidden"},
               {404, "Not Found"},
               {429, "Too Many Requests"},
               {500, "Internal Server Error"},
               {503, "Service Unavailable"}};

static const char *reason_of(int64_t status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].words;
    return "Scripted";
}

/* --- before the head ----------------------------------------------------------------- */

static void announce_wrong(struct draft *draft)
{
    draft->announced += draft->rule->bytes;
}

static void chunk(struct draft *draft)
{
    size_t whole = draft->body.length, part = whole;
    struct text chunks = {NULL, 0, 0};

    if (draft->rule->bytes > 0 && (size_t)draft->rule->bytes < whole)
        part = (size_t)draft->rule->bytes;
    text_print(&chunks, "%zx\r\n", whole);
    text_add(&chunks, draft->body.bytes, part);
    if (part == whole)
        text_say(&chunks, "\r\n");
    text_free(&draft->body);
    draft->body = chunks;
    draft->announced = -1;
    draft->reply.end = WIRE_CLOSE;
}

/* "{" and blanks up to the size. */
static void fill(struct draft *draft)
{
    text_clear(&draft->body);
    text_say(&draft->body, "{");
    draft->announced = draft->rule->bytes;
    draft->reply.filler = draft->rule->bytes > 1 ? (uint64_t)draft->rule->bytes - 1 : 0;
}

/* A gzip head and one deflate block with fixed codes (RFC 1951, 3.2.6): a zero, then
 * "258 bytes from 1 back" over and over, 13 bits each; 8 of them are 13 bytes. The block
 * has no end, which nobody who stops in time will miss. */
static void pack_bomb(struct draft *draft)
{
    static const unsigned char gzip[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    struct text *body = &draft->body;
    uint64_t bits = 0x3; /* last block, fixed codes: 1, then 01, low bit first */
    unsigned held = 3;

    text_clear(body);
    text_add(body, (const char *)gzip, sizeof gzip);
    bits |= (uint64_t)0x0c << held; /* literal 0 is 00110000, high bit first */
    held += 8;
    while ((int64_t)body->length < draft->rule->bytes) {
        bits |= (uint64_t)0xa3 << held; /* length 258 is 11000101; distance 1 is 00000 */
        held += 13;
        for (; held >= 8; held -= 8, bits >>= 8) {
            char byte = (char)(bits & 0xff);

            text_add(body, &byte, 1);
        }
    }
    draft->announced = (int64_t)body->length;
    text_say(&draft->head, "Content-Encoding: gzip\r\n");
}

static void add_headers(struct draft *draft)
{
    for (int64_t i = 0; i < draft->rule->count; i++) {
        text_print(&draft->head, "X-Filler-%lld: ", (long long)i);
        for (int64_t j = 0; j < draft->rule->bytes; j++)
            text_add(&draft->head, "x", 1);
        text_say(&draft->head, "\r\n");
    }
}

/* --- after it ---------------------------------------------------------------------------- */

static void cut(struct draft *draft)
{
    const struct script_rule *rule = draft->rule;
    size_t from = strcmp(rule->at, "body") == 0  ? draft->head_length
                  : strcmp(rule->at, "end") == 0 ? draft->reply.bytes.length
                                                 : 0;

    draft->reply.cut = from + (size_t)rule->bytes;
    draft->reply.end = strcmp(rule->how, "reset") == 0  ? WIRE_RESET
                       : strcmp(rule->how, "hang") == 0 ? WIRE_HANG
                                                        : WIRE_CLOSE;
}

static void drip(struct draft *draft)
{
    draft->reply.drip = draft->rule->bytes > 0 ? (size_t)draft->rule->bytes : 1;
    draft->reply.drip_ns = draft->rule->ms * 1000000;
}

static void repeat(struct draft *draft)
{
    struct text twice = {NULL, 0, 0};

    text_add(&twice, draft->reply.bytes.bytes, draft->reply.bytes.length);
    text_add(&twice, draft->reply.bytes.bytes, draft->reply.bytes.length);
    text_free(&draft->reply.bytes);
    draft->reply.bytes = twice;
}

static void close_after(struct draft *draft)
{
    draft->reply.end = WIRE_CLOSE;
}

static const struct {
    void (*before)(struct draft *draft);
    void (*after)(struct draft *draft);
} faults[SCRIPT_KINDS] = {
    [SCRIPT_CUT] = {NULL, cut},
    [SCRIPT_DRIP] = {NULL, drip},
    [SCRIPT_LENGTH] = {announce_wrong, close_after},
    [SCRIPT_CHUNKED] = {chunk, NULL},
    [SCRIPT_HUGE] = {fill, NULL},
    [SCRIPT_BOMB] = {pack_bomb, NULL},
    [SCRIPT_HEADERS] = {add_headers, NULL},
    [SCRIPT_TWICE] = {NULL, repeat},
    [SCRIPT_CLOSE] = {NULL, close_after},
};

/* --- the whole ------------------------------------------------------------------------------ */

static const char *server_name(enum model_kind kind)
{
    return kind == KIND_VLLM ? "uvicorn" : kind == KIND_LLAMACPP ? "llama.cpp" : "model_server";
}

struct wire_reply compose(const struct composition *what)
{
    struct draft draft = {.rule = what->rule,
                          .announced = (int64_t)what->body.length,
                          .reply = {.cut = SIZE_MAX, .end = WIRE_KEEP}};
    struct text *bytes = &draft.reply.bytes;
    enum script_kind kind = what->rule == NULL ? SCRIPT_REPLY : what->rule->kind;

    text_add(&draft.body, what->body.length == 0 ? "" : what->body.bytes, what->body.length);
    if (faults[kind].before != NULL)
        faults[kind].before(&draft);
    text_print(bytes, "HTTP/1.1 %d %s\r\nServer: %s\r\nContent-Type: %s\r\n", what->status,
               reason_of(what->status), server_name(what->model->kind), what->content_type);
    if (what->header != NULL)
        text_print(bytes, "%s\r\n", what->header);
    text_add(bytes, draft.head.length == 0 ? "" : draft.head.bytes, draft.head.length);
    if (draft.announced < 0)
        text_say(bytes, "Transfer-Encoding: chunked\r\n\r\n");
    else
        text_print(bytes, "Content-Length: %lld\r\n\r\n", (long long)draft.announced);
    draft.head_length = bytes->length;
    text_add(bytes, draft.body.bytes, draft.body.length);
    if (faults[kind].after != NULL)
        faults[kind].after(&draft);
    text_free(&draft.body);
    text_free(&draft.head);
    return draft.reply;
}

/* "date:S" becomes an HTTP date S seconds from now (RFC 9110, 5.6.7). */
static void retry_after(struct text *header, const char *value)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    long long away = 0;
    struct tm at;
    time_t when;

    if (sscanf(value, "date:%lld", &away) != 1) {
        text_print(header, "Retry-After: %s", value);
        return;
    }
    when = time(NULL) + (time_t)away;
    (void)gmtime_r(&when, &at);
    text_print(header, "Retry-After: %s, %02d %s %d %02d:%02d:%02d GMT", days[at.tm_wday],
               at.tm_mday, months[at.tm_mon], at.tm_year + 1900, at.tm_hour, at.tm_min, at.tm_sec);
}

struct wire_reply compose_scripted(const struct model *model, const struct script_rule *rule)
{
    struct refusal why = {.status = (int)rule->status, .type = "scripted_error"};
    struct composition what = {.model = model,
                               .status = (int)rule->status,
                               .content_type = rule->content_type == NULL ? "application/json"
                                                                          : rule->content_type};
    struct text header = {NULL, 0, 0};
    struct wire_reply reply;

    (void)snprintf(why.sentence, sizeof why.sentence, "%s", reason_of(rule->status));
    if (rule->body != NULL)
        text_say(&what.body, rule->body);
    else
        answer_refusal(&what.body, model, &why);
    if (rule->retry_after != NULL)
        retry_after(&header, rule->retry_after);
    if (rule->header != NULL)
        text_print(&header, "%s%s", header.length > 0 ? "\r\n" : "", rule->header);
    what.header = header.length > 0 ? header.bytes : NULL;
    reply = compose(&what);
    text_free(&what.body);
    text_free(&header);
    return reply;
}
