/*
 * http_body.c - brackets are counted, strings are skipped, members of the outermost object
 * are looked at.
 *
 * It is no parser: nested values are passed over. It has to be right about where strings
 * end, since a bracket or the word "error" inside of one means nothing.
 */
#include "io/http_body.h"

#include <string.h>

/* A place in a text with its end. */
struct cursor {
    const char *at, *end;
};

static void skip_blanks(struct cursor *cursor)
{
    while (cursor->at < cursor->end && memchr(" \t\r\n", *cursor->at, 4) != NULL)
        cursor->at++;
}

/* A string, of which *piece is told; false: there is none, or no end to it. */
static bool skip_string(struct cursor *cursor, struct cursor *piece)
{
    const char *at = cursor->at + 1;

    if (cursor->at == cursor->end || *cursor->at != '"')
        return false;
    while (at < cursor->end && *at != '"')
        at += *at == '\\' ? 2 : 1;
    if (at >= cursor->end)
        return false;
    *piece = (struct cursor){cursor->at + 1, at};
    cursor->at = at + 1;
    return true;
}

/* Any value up to the comma or bracket that ends it; false: it does not end. */
static bool skip_value(struct cursor *cursor)
{
    struct cursor piece;
    int depth = 0;

    while (cursor->at < cursor->end) {
        char byte = *cursor->at;

        if (byte == '"') {
            if (!skip_string(cursor, &piece))
                return false;
            continue;
        }
        if (depth == 0 && (byte == ',' || byte == '}' || byte == ']'))
            return true;
        depth += byte == '{' || byte == '[' ? 1 : byte == '}' || byte == ']' ? -1 : 0;
        cursor->at++;
        if (depth == 0 && (byte == '}' || byte == ']'))
            return true;
    }
    return false;
}

static bool is_word(struct cursor piece, const char *word)
{
    size_t length = strlen(word);

    return (size_t)(piece.end - piece.at) >= length && memcmp(piece.at, word, length) == 0;
}

static bool is_string(struct cursor value, const char *word)
{
    struct cursor piece;

    return skip_string(&value, &piece) && (size_t)(piece.end - piece.at) == strlen(word) &&
           is_word(piece, word);
}

/* The next member of an object whose bracket is behind us. False: it has no more; then
 * *whole tells whether its closing bracket was there. */
static bool next_member(struct cursor *cursor, struct cursor *key, struct cursor *value,
                        bool *whole)
{
    *whole = false;
    skip_blanks(cursor);
    if (cursor->at < cursor->end && *cursor->at == ',')
        cursor->at++;
    skip_blanks(cursor);
    if (cursor->at < cursor->end && *cursor->at == '}') {
        cursor->at++;
        *whole = true;
        return false;
    }
    if (!skip_string(cursor, key))
        return false;
    skip_blanks(cursor);
    if (cursor->at == cursor->end || *cursor->at++ != ':')
        return false;
    skip_blanks(cursor);
    *value = *cursor;
    if (!skip_value(cursor))
        return false;
    value->end = cursor->at;
    return true;
}

static bool key_is(struct cursor key, const char *word)
{
    return (size_t)(key.end - key.at) == strlen(word) && is_word(key, word);
}

static void take_message(struct http_body *out, struct cursor value)
{
    struct cursor piece;

    if (out->message == NULL && skip_string(&value, &piece)) {
        out->message = piece.at;
        out->message_length = (size_t)(piece.end - piece.at);
    }
}

/* What an error's value says: it is a text, or has one. */
static void read_error(struct http_body *out, struct cursor value)
{
    struct cursor key, inner;
    bool whole;

    out->kind = HTTP_BODY_ERROR;
    take_message(out, value);
    if (value.at == value.end || *value.at != '{')
        return;
    value.at++;
    while (next_member(&value, &key, &inner, &whole))
        if (key_is(key, "message"))
            take_message(out, inner);
}

/* An object whose bracket is behind us, and what is after it. */
static void read_object(struct http_body *out, struct cursor *cursor)
{
    struct cursor key, value, flat = {NULL, NULL};
    bool whole, failed = false;

    out->kind = HTTP_BODY_JSON;
    while (next_member(cursor, &key, &value, &whole)) {
        if (key_is(key, "error") && !is_word(value, "null") && !is_word(value, "false"))
            read_error(out, value);
        if (key_is(key, "object") && is_string(value, "error"))
            failed = true;
        if (key_is(key, "message"))
            flat = value;
    }
    if (failed)
        out->kind = HTTP_BODY_ERROR;
    if (flat.at != NULL)
        take_message(out, flat);
    skip_blanks(cursor);
    if (out->kind == HTTP_BODY_JSON && (!whole || cursor->at < cursor->end))
        out->kind = HTTP_BODY_CUT;
}

static void read_array(struct http_body *out, struct cursor *cursor)
{
    bool whole = skip_value(cursor);

    skip_blanks(cursor);
    out->kind = whole && cursor->at == cursor->end ? HTTP_BODY_JSON : HTTP_BODY_CUT;
}

/* Events, of which the first with an error gives its message. */
static void read_stream(struct http_body *out, struct cursor cursor)
{
    while (cursor.at < cursor.end && out->message == NULL) {
        struct cursor line = {cursor.at, cursor.at};
        struct http_body event = {.message = NULL};

        while (line.end < cursor.end && *line.end != '\n' && *line.end != '\r')
            line.end++;
        cursor.at = line.end + 1;
        if (!is_word(line, "data:"))
            continue;
        line.at += 5;
        skip_blanks(&line);
        if (line.at == line.end || *line.at++ != '{')
            continue;
        read_object(&event, &line);
        if (event.kind == HTTP_BODY_ERROR) {
            out->message = event.message;
            out->message_length = event.message_length;
        }
    }
}

static bool begins_stream(struct cursor cursor)
{
    return is_word(cursor, "data:") || is_word(cursor, "event:") || is_word(cursor, "id:") ||
           is_word(cursor, "retry:") || is_word(cursor, ":");
}

void http_body_read(struct http_body *out, const char *body, size_t length)
{
    struct cursor cursor = {body, body + length};

    *out = (struct http_body){.kind = HTTP_BODY_OTHER};
    if (is_word(cursor, "\xEF\xBB\xBF"))
        cursor.at += 3;
    skip_blanks(&cursor);
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

/* --- quoting ----------------------------------------------------------------------------- */

/* Bytes of the character at the beginning, 0: it is none (RFC 3629). */
static size_t character(const unsigned char *at, size_t left)
{
    size_t size = at[0] < 0x80                     ? 1
                  : at[0] >= 0xC2 && at[0] < 0xE0  ? 2
                  : (at[0] & 0xF0) == 0xE0         ? 3
                  : at[0] >= 0xF0 && at[0] <= 0xF4 ? 4
                                                   : 0;

    if (size > left)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    if (size == 3 && ((at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xED && at[1] > 0x9F)))
        return 0;
    if (size == 4 && ((at[0] == 0xF0 && at[1] < 0x90) || (at[0] == 0xF4 && at[1] > 0x8F)))
        return 0;
    return size;
}

void http_body_quote(char *out, size_t room, const char *piece, size_t length)
{
    size_t used = 0;

    for (size_t i = 0; i < length;) {
        const unsigned char *at = (const unsigned char *)piece + i;
        size_t size = character(at, length - i);
        bool plain = size > 1 || (size == 1 && *at >= ' ' && *at != 0x7F);

        size = size == 0 ? 1 : size;
        if (used + size >= room)
            break;
        if (plain)
            memcpy(out + used, at, size);
        else
            out[used] = ' ';
        used += size;
        i += size;
    }
    out[used] = '\0';
}
