/*
 * page.c - writes the frame around the page's data, and the data so that they stay data.
 *
 * The frame has three marks: for the style and for the program, each between its tags, and between
 * these for the data.
 */
#include "io/page/page.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PAGE_STYLE   "<!--STYLE-->"
#define PAGE_DATA    "<!--DATA-->"
#define PAGE_PROGRAM "<!--SCRIPT-->"

static int page_say(const struct page_sink *sink, const char *text, struct crux_error *error)
{
    return sink->put(sink->context, text, strlen(text), error);
}

/* --- the frame ---------------------------------------------------------------------------- */

/* The piece of the frame between two marks; NULL: from its beginning, to its end. */
static struct crux_text page_piece(const char *from, const char *to)
{
    const char *start = from == NULL ? page_text_frame : strstr(page_text_frame, from);
    const char *end =
        to == NULL ? page_text_frame + strlen(page_text_frame) : strstr(page_text_frame, to);

    assert(start != NULL && end != NULL);
    if (from != NULL)
        start += strlen(from);
    assert(start <= end);
    return (struct crux_text){start, (size_t)(end - start)};
}

static int page_say_piece(const struct page_sink *sink, const char *from, const char *to,
                          struct crux_error *error)
{
    struct crux_text piece = page_piece(from, to);

    return sink->put(sink->context, piece.start, piece.length, error);
}

int page_begin(const struct page_sink *sink, struct crux_error *error)
{
    int status = page_say_piece(sink, NULL, PAGE_STYLE, error);

    if (status == CRUX_OK)
        status = page_say(sink, page_text_style, error);
    if (status == CRUX_OK)
        status = page_say_piece(sink, PAGE_STYLE, PAGE_DATA, error);
    return status;
}

struct crux_text page_program(void)
{
    return (struct crux_text){page_text_program, strlen(page_text_program)};
}

int page_end(const struct page_sink *sink, struct crux_error *error)
{
    int status = page_say_piece(sink, PAGE_DATA, PAGE_PROGRAM, error);

    if (status == CRUX_OK)
        status = page_say(sink, page_text_program, error);
    if (status == CRUX_OK)
        status = page_say_piece(sink, PAGE_PROGRAM, NULL, error);
    return status;
}

/* --- the data ----------------------------------------------------------------------------- */

/* How the character at the beginning of text is written; NULL: as it is. *length: its bytes. */
static const char *page_escape(const char *text, size_t left, size_t *length)
{
    *length = 1;
    switch (*text) {
    case '<':
        return "\\u003c";
    case '>':
        return "\\u003e";
    case '&':
        return "\\u0026";
    case '\xe2':
        break;
    default:
        return NULL;
    }
    if (left < 3 || text[1] != '\x80' || (text[2] != '\xa8' && text[2] != '\xa9'))
        return NULL;
    *length = 3;
    return text[2] == '\xa8' ? "\\u2028" : "\\u2029";
}

int page_escaped(const struct page_sink *sink, struct crux_text json, struct crux_error *error)
{
    const char *end = json.start + json.length, *plain = json.start;
    int status = CRUX_OK;

    for (const char *at = json.start; at < end && status == CRUX_OK;) {
        size_t length;
        const char *escape = page_escape(at, (size_t)(end - at), &length);

        if (escape != NULL) {
            status = sink->put(sink->context, plain, (size_t)(at - plain), error);
            if (status == CRUX_OK)
                status = page_say(sink, escape, error);
            plain = at + length;
        }
        at += length;
    }
    return status == CRUX_OK ? sink->put(sink->context, plain, (size_t)(end - plain), error)
                             : status;
}

int page_problem(const struct page_sink *sink, uint64_t number, struct crux_text json,
                 struct crux_error *error)
{
    char tag[120];
    int status;

    (void)snprintf(
        tag, sizeof tag,
        "<script type=\"application/json\" class=\"crux-problem\" data-n=\"%" PRIu64 "\">", number);
    status = page_say(sink, tag, error);
    if (status == CRUX_OK)
        status = page_escaped(sink, json, error);
    return status == CRUX_OK ? page_say(sink, "</script>\n", error) : status;
}

int page_index_begin(const struct page_sink *sink, struct crux_error *error)
{
    return page_say(sink, "<script type=\"application/json\" id=\"crux-index\">", error);
}

int page_index_add(const struct page_sink *sink, struct crux_text json, struct crux_error *error)
{
    return page_escaped(sink, json, error);
}

int page_index_end(const struct page_sink *sink, struct crux_error *error)
{
    return page_say(sink, "</script>\n", error);
}
