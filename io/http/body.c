/*
 * body.c - looks at the body of a 200: is it whole, is it an error in disguise? Only members of
 * the outermost object are read; nested values are skipped.
 */
#include "io/http/body.h"

#include <string.h>

#include "io/skim.h"

static bool http_body_begins(struct skim piece, const char *word)
{
    size_t length = strlen(word);

    return (size_t)(piece.end - piece.at) >= length && memcmp(piece.at, word, length) == 0;
}

static bool is_string(struct skim value, const char *word)
{
    struct skim piece;

    return skim_string(&value, &piece) && skim_is(piece, word);
}

static void take_message(struct http_body *out, struct skim value)
{
    struct skim piece;

    if (out->message == NULL && skim_string(&value, &piece)) {
        out->message = piece.at;
        out->message_length = (size_t)(piece.end - piece.at);
    }
}

/* What an error's value says: it is a text, or has one. */
static void read_error(struct http_body *out, struct skim value)
{
    struct skim key, inner;

    out->kind = HTTP_BODY_ERROR;
    take_message(out, value);
    if (!skim_pass(&value, '{'))
        return;
    while (skim_member(&value, &key, &inner))
        if (skim_is(key, "message"))
            take_message(out, inner);
}

/* An object whose bracket is behind us, and what is after it. */
static void read_object(struct http_body *out, struct skim *cursor)
{
    struct skim key, value, flat = {NULL, NULL};
    bool whole, failed = false;

    out->kind = HTTP_BODY_JSON;
    while (skim_member(cursor, &key, &value)) {
        if (skim_is(key, "error") && !http_body_begins(value, "null") &&
            !http_body_begins(value, "false"))
            read_error(out, value);
        if (skim_is(key, "object") && is_string(value, "error"))
            failed = true;
        if (skim_is(key, "message"))
            flat = value;
    }
    whole = skim_pass(cursor, '}');
    if (failed)
        out->kind = HTTP_BODY_ERROR;
    if (flat.at != NULL)
        take_message(out, flat);
    skim_blanks(cursor);
    if (out->kind == HTTP_BODY_JSON && (!whole || cursor->at < cursor->end))
        out->kind = HTTP_BODY_CUT;
}

static void read_array(struct http_body *out, struct skim *cursor)
{
    bool whole = skim_value(cursor);

    skim_blanks(cursor);
    out->kind = whole && cursor->at == cursor->end ? HTTP_BODY_JSON : HTTP_BODY_CUT;
}

/* Events, of which the first with an error gives its message. */
static void read_stream(struct http_body *out, struct skim cursor)
{
    while (cursor.at < cursor.end && out->message == NULL) {
        struct skim line = {cursor.at, cursor.at};
        struct http_body event = {.message = NULL};

        while (line.end < cursor.end && *line.end != '\n' && *line.end != '\r')
            line.end++;
        cursor.at = line.end + 1;
        if (!http_body_begins(line, "data:"))
            continue;
        line.at += 5;
        skim_blanks(&line);
        if (line.at == line.end || *line.at++ != '{')
            continue;
        read_object(&event, &line);
        if (event.kind == HTTP_BODY_ERROR) {
            out->message = event.message;
            out->message_length = event.message_length;
        }
    }
}

static bool begins_stream(struct skim cursor)
{
    return http_body_begins(cursor, "data:") || http_body_begins(cursor, "event:") ||
           http_body_begins(cursor, "id:") || http_body_begins(cursor, "retry:") ||
           http_body_begins(cursor, ":");
}

void http_body_read(struct http_body *out, const char *body, size_t length)
{
    struct skim cursor = {body, body + length};

    *out = (struct http_body){.kind = HTTP_BODY_OTHER};
    if (http_body_begins(cursor, "\xEF\xBB\xBF"))
        cursor.at += 3;
    skim_blanks(&cursor);
    if (cursor.at == cursor.end) {
        out->kind = HTTP_BODY_EMPTY;
    } else if (*cursor.at == '{') {
        cursor.at++;
        read_object(out, &cursor);
    } else if (*cursor.at == '[') {
        read_array(out, &cursor);
    } else if (begins_stream(cursor)) {
        out->kind = HTTP_BODY_STREAM;
        read_stream(out, cursor);
    }
}
