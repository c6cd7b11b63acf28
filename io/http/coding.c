/*
 * coding.c - undoes one coding after the other, each by its library, into a block that grows.
 */
#include "io/http/coding.h"

#include <brotli/decode.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>
#include <zstd.h>

enum { LAYERS = 4, OUT_FIRST = 16384 };

/* What has been undone so far. */
struct undone {
    struct http_coded text;
    uint64_t most;
    bool whole; /* the coding's own end was met, and nothing is behind it */
    bool full;  /* there was more than is taken */
};

/* Room for more. False: that was all that is taken, or there is no memory. */
static bool coding_grow(struct undone *out)
{
    struct http_coded *text = &out->text;
    size_t room = text->room == 0 ? OUT_FIRST : 2 * text->room;
    char *grown;

    if (text->room > text->length + 1)
        return true;
    out->full = text->length >= out->most;
    grown = out->full ? NULL : realloc(text->bytes, room);
    if (grown == NULL)
        return false;
    text->bytes = grown;
    text->room = room;
    return true;
}

/* Behind the text, but for the NUL at its end. */
static char *coding_place(const struct undone *out, size_t *left)
{
    *left = out->text.room - out->text.length - 1;
    return out->text.bytes + out->text.length;
}

static bool is_gzip(const char *bytes, size_t length)
{
    return length > 2 && memcmp(bytes, "\x1F\x8B", 2) == 0;
}

/* bits: of the window, with which header, as inflateInit2() wants it. */
static void undo_zlib(struct undone *out, const struct http_coded *body, int bits)
{
    z_stream stream = {.next_in = (Bytef *)body->bytes, .avail_in = (uInt)body->length};
    int status = inflateInit2(&stream, bits);
    size_t left;

    while (status == Z_OK && coding_grow(out)) {
        stream.next_out = (Bytef *)coding_place(out, &left);
        stream.avail_out = (uInt)left;
        status = inflate(&stream, Z_NO_FLUSH);
        out->text.length += left - stream.avail_out;
        if (status == Z_STREAM_END && is_gzip((const char *)stream.next_in, stream.avail_in))
            status = inflateReset(&stream); /* another member */
    }
    out->whole = status == Z_STREAM_END && stream.avail_in == 0;
    (void)inflateEnd(&stream);
}

static void undo_gzip(struct undone *out, const struct http_coded *body)
{
    undo_zlib(out, body, 16 + MAX_WBITS);
}

/* With the header that the standard wants, or without, as some send it. */
static void undo_deflate(struct undone *out, const struct http_coded *body)
{
    undo_zlib(out, body, MAX_WBITS);
    if (out->whole || out->full)
        return;
    out->text.length = 0;
    undo_zlib(out, body, -MAX_WBITS);
}

static void undo_brotli(struct undone *out, const struct http_coded *body)
{
    BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    BrotliDecoderResult result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
    const uint8_t *in = (const uint8_t *)body->bytes;
    size_t given = body->length, left, room;

    while (state != NULL && result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT && coding_grow(out)) {
        uint8_t *place = (uint8_t *)coding_place(out, &left);

        room = left;
        result = BrotliDecoderDecompressStream(state, &given, &in, &left, &place, NULL);
        out->text.length += room - left;
    }
    out->whole = result == BROTLI_DECODER_RESULT_SUCCESS && given == 0;
    BrotliDecoderDestroyInstance(state);
}

static void undo_zstd(struct undone *out, const struct http_coded *body)
{
    ZSTD_DStream *stream = ZSTD_createDStream();
    ZSTD_inBuffer in = {body->bytes, body->length, 0};
    size_t hint = 1, before;

    while (stream != NULL && !ZSTD_isError(hint) && coding_grow(out)) {
        ZSTD_outBuffer place = {.dst = NULL};

        place.dst = coding_place(out, &place.size);
        before = in.pos;
        hint = ZSTD_decompressStream(stream, &place, &in);
        out->text.length += place.pos;
        if (in.pos == in.size && (hint == 0 || (place.pos < place.size && in.pos == before)))
            break;
    }
    out->whole = hint == 0 && in.pos == in.size;
    (void)ZSTD_freeDStream(stream);
}

/* --- which ---------------------------------------------------------------------------------- */

static bool coding_names(const char *label, const char *name)
{
    return strcasestr(label, name) != NULL;
}

/* The one that the body is in; NULL: none. *marked: its own bytes say so. */
static void (*coding_of(const struct http_coded *body, const char *label,
                        bool *marked))(struct undone *out, const struct http_coded *body)
{
    *marked = true;
    if (is_gzip(body->bytes, body->length))
        return undo_gzip;
    if (body->length > 4 && memcmp(body->bytes, "\x28\xB5\x2F\xFD", 4) == 0)
        return undo_zstd;
    *marked = false;
    if (coding_names(label, "deflate"))
        return undo_deflate;
    return coding_names(label, "br") ? undo_brotli : NULL;
}

/* JSON, an event stream, or a comment in front of either. */
static bool coding_is_plain(const struct http_coded *body)
{
    const char *at = body->bytes + strspn(body->bytes, " \t\r\n");

    return strchr("{[:\"", *at) != NULL || strncmp(at, "data:", 5) == 0 ||
           strncmp(at, "event:", 6) == 0;
}

bool http_coding_undo(struct http_coded *body, const char *label, uint64_t most)
{
    void (*undo)(struct undone * out, const struct http_coded *body);
    bool marked, full = false;

    for (int layer = 0; layer < LAYERS && body->length > 0 && !full; layer++) {
        struct undone out = {.most = most};

        undo = coding_of(body, label, &marked);
        if (undo == NULL)
            break;
        undo(&out, body);
        if (!out.whole && (out.text.length == 0 || (!marked && coding_is_plain(body)))) {
            free(out.text.bytes);
            break;
        }
        free(body->bytes);
        *body = out.text;
        body->bytes[body->length] = '\0';
        full = out.full;
        if (!marked)
            label = "";
    }
    return !full;
}
