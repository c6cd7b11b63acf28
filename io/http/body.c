/*
 * body.c - looks at the body of a reply: is it whole, is it an error in disguise? Only members of
 * the outermost object, of its error and of its first choice are read; other values are skipped.
 */
#include "io/http/body.h"

#include <ctype.h>
#include <string.h>

#include "io/skim.h"

/* --- statuses in words ------------------------------------------------------------------ */

/* Written without case and punctuation: rate_limit_exceeded, RateLimitExceeded. Those for want of
 * money are 402, whatever status they came with. */
static const struct {
    int status;
    const char *word;
} named[] = {
    {429, "ratelimitexceeded"},
    {429, "ratelimiterror"},
    {429, "ratelimit"},
    {429, "ratelimited"},
    {429, "ratelimitreached"},
    {429, "toomanyrequests"},
    {429, "resourceexhausted"},
    {429, "throttling"},
    {429, "throttled"},
    {429, "throttlingexception"},
    {429, "throttlingratequota"},
    {402, "insufficientquota"},
    {402, "insufficientbalance"},
    {402, "insufficientfunds"},
    {402, "insufficientcredits"},
    {402, "billinghardlimitreached"},
    {402, "billingnotactive"},
    {402, "paymentrequired"},
    {402, "arrearage"},
    {503, "overloaded"},
    {503, "overloadederror"},
    {503, "engineoverloaded"},
    {503, "engineoverloadederror"},
    {503, "modeloverloaded"},
    {503, "serveroverloaded"},
    {503, "serverbusy"},
    {503, "serviceunavailable"},
    {503, "serviceunavailableerror"},
    {503, "unavailable"},
    {500, "servererror"},
    {500, "internalservererror"},
    {500, "internalerror"},
    {500, "internal"},
    {502, "badgateway"},
    {502, "upstreamerror"},
    {502, "providererror"},
    {504, "gatewaytimeout"},
    {504, "upstreamtimeout"},
    {504, "deadlineexceeded"},
    {504, "timeout"},
    {504, "timeouterror"},
    {408, "requesttimeout"},
    {400, "invalidrequesterror"}, /* weak: rate limits have been called so, too */
    {400, "badrequest"},
    {400, "badrequesterror"},
    {400, "invalidargument"},
    {400, "invalidprompt"},
    {400, "contentfilter"},
    {400, "contentpolicyviolation"},
    {400, "datainspectionfailed"},
    {400, "contextlengthexceeded"},
    {401, "invalidapikey"},
    {401, "authenticationerror"},
    {401, "unauthenticated"},
};

static bool spells(struct skim piece, const char *word)
{
    for (; piece.at < piece.end; piece.at++) {
        if (!isalnum((unsigned char)*piece.at))
            continue;
        if (tolower((unsigned char)*piece.at) != *word)
            return false;
        word++;
    }
    return *word == '\0';
}

static int status_of_word(struct skim piece)
{
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (spells(piece, named[i].word))
            return named[i].status;
    return 0;
}

/* The status that a value names: a number, also in quotes, or a word. */
static int status_of(struct skim value)
{
    struct skim text;
    int64_t number;

    if (!skim_string(&value, &text))
        text = value;
    if (skim_integer(text, &number))
        return number >= 400 && number <= 599 ? (int)number : 0;
    return status_of_word(text);
}

/* --- errors ------------------------------------------------------------------------------ */

/* What is known of an error. Of two codes that of money counts, then the first that says more than
 * that something was wrong with the request. */
struct finding {
    bool present; /* it says something */
    struct skim message;
    int code;
};

static void take_code(struct finding *out, struct skim value)
{
    int code = status_of(value);

    if (out->code == 0 || code == 402 || (out->code == 400 && code > 0))
        out->code = code;
}

/* "", and what some gateways write into every reply. */
static bool body_says_nothing(struct skim piece)
{
    return spells(piece, "") || spells(piece, "success") || spells(piece, "ok") ||
           spells(piece, "none") || spells(piece, "null");
}

static void take_message(struct finding *out, struct skim value)
{
    struct skim piece;

    if (out->message.at == NULL && skim_string(&value, &piece) && !body_says_nothing(piece))
        out->message = piece;
}

static bool names_status(struct skim key)
{
    static const char *const names[] = {"code",       "type",        "status",     "status_code",
                                        "statusCode", "http_status", "httpStatus", "http_code"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (skim_is(key, names[i]))
            return true;
    return false;
}

/* The value of a member "error". */
static void read_error(struct finding *out, struct skim value)
{
    struct skim key, inner;

    out->present = out->present || skim_is(value, "true");
    if (!skim_pass(&value, '{')) {
        take_message(out, value);
        take_code(out, value);
    }
    while (skim_member(&value, &key, &inner)) {
        if (skim_is(key, "message"))
            take_message(out, inner);
        else if (names_status(key))
            take_code(out, inner);
    }
    out->present = out->present || out->message.at != NULL || out->code != 0;
}

/* --- the body ------------------------------------------------------------------------------ */

static bool holds_words(struct skim value)
{
    struct skim piece;

    return skim_pass(&value, '[') ? skim_item(&value, &piece)
                                  : skim_string(&value, &piece) && piece.end > piece.at;
}

/* Has a choice's message, or its text, any words or thoughts? */
static bool holds_text(struct skim value)
{
    struct skim key, inner;

    if (!skim_pass(&value, '{'))
        return holds_words(value);
    while (skim_member(&value, &key, &inner))
        if ((skim_is(key, "content") || skim_is(key, "reasoning") ||
             skim_is(key, "reasoning_content")) &&
            holds_words(inner))
            return true;
    return false;
}

/* The error of a choice that stands alone; *any: there is a choice. One that ended in an error and
 * holds nothing is a fault of what stands behind the server. */
static void body_read_choices(struct finding *out, struct skim choices, bool *any)
{
    struct skim choice, key, value, other;
    bool failed = false, text = false;

    if (!skim_pass(&choices, '[') || !skim_item(&choices, &choice))
        return;
    *any = true;
    if (skim_item(&choices, &other) || !skim_pass(&choice, '{'))
        return;
    while (skim_member(&choice, &key, &value))
        if (skim_is(key, "error"))
            read_error(out, value);
        else if (skim_is(key, "finish_reason"))
            failed = skim_string(&value, &other) && skim_is(other, "error");
        else if (skim_is(key, "message") || skim_is(key, "text") || skim_is(key, "delta"))
            text = text || holds_text(value);
    if (failed && !text && !out->present) {
        out->present = true;
        out->code = 502;
    }
}

static void tell(struct http_body *out, const struct finding *error)
{
    out->kind = HTTP_BODY_ERROR;
    out->code = error->code;
    out->message = error->message.at;
    out->message_length = (size_t)(error->message.end - error->message.at);
}

/* An object whose bracket is behind us. */
static void read_object(struct http_body *out, struct skim *cursor)
{
    struct finding error = {.present = false}, flat = {.present = false};
    struct skim key, value, text, kind;
    bool any = false;

    while (skim_member(cursor, &key, &value)) {
        text = value;
        if (skim_is(key, "error"))
            read_error(&error, value);
        else if (skim_is(key, "choices"))
            body_read_choices(&error, value, &any);
        else if (skim_is(key, "message"))
            take_message(&flat, value);
        else if (skim_is(key, "object") && skim_string(&text, &kind) && skim_is(kind, "error"))
            error.present = true;
        else if (names_status(key))
            take_code(&flat, value);
    }
    out->kind = skim_pass(cursor, '}') ? HTTP_BODY_JSON : HTTP_BODY_CUT;
    error.present = error.present || (!any && flat.code != 0);
    if (!error.present)
        return;
    if (!any && error.code == 0) /* the status may stand beside the error */
        error.code = flat.code;
    if (!any && flat.message.at != NULL && error.message.at == NULL)
        error.message = flat.message;
    tell(out, &error);
}

/* Errors of some gateways are an object in an array. */
static void read_array(struct http_body *out, struct skim *cursor)
{
    struct skim first = *cursor, item;

    while (skim_item(cursor, &item))
        ;
    if (!skim_pass(cursor, ']')) {
        out->kind = HTTP_BODY_CUT;
        return;
    }
    if (skim_pass(&first, '{'))
        read_object(out, &first);
    if (out->kind != HTTP_BODY_ERROR)
        out->kind = HTTP_BODY_JSON;
}

/* Events, of which the first with an error gives its message. */
static void read_stream(struct http_body *out, struct skim cursor)
{
    struct skim data;

    out->kind = HTTP_BODY_STREAM;
    while (out->kind == HTTP_BODY_STREAM && skim_event(&cursor, &data)) {
        struct http_body event = {.kind = HTTP_BODY_OTHER};

        if (!skim_pass(&data, '{'))
            continue;
        read_object(&event, &data);
        if (event.kind == HTTP_BODY_ERROR)
            *out = event;
    }
}

void http_body_read(struct http_body *out, const char *body, size_t length)
{
    struct skim cursor = {body, body + length};
    bool comments;

    *out = (struct http_body){.kind = HTTP_BODY_OTHER};
    skim_blanks(&cursor);
    if (cursor.at == cursor.end) {
        out->kind = HTTP_BODY_EMPTY;
        return;
    }
    skim_preamble(&cursor);
    comments = cursor.at == cursor.end;
    if (skim_pass(&cursor, '{'))
        read_object(out, &cursor);
    else if (skim_pass(&cursor, '['))
        read_array(out, &cursor);
    else if (comments || skim_begins_stream(cursor))
        read_stream(out, cursor);
}
