/*
 * stream.c - gathers the values of all events by choice and member, as they stand, and writes them
 * as arrays into one body: a text in parts is a text (words.h).
 */
#include "io/chat/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum list { LIST_TEXT, LIST_THOUGHTS, LIST_CHAT, LIST_LOGPROBS, LIST_TOKENS, LIST_TOP, LISTS };

/* Values with commas between them. */
struct values {
    char *bytes;
    size_t length, room;
};

struct streamed {
    struct values lists[LISTS];
    struct skim finish, hit;
    bool came;
};

struct stream {
    struct streamed *choices;
    uint32_t count;
    const char *hit;
    struct skim usage;
    bool done, no_memory;
};

static void gather(struct stream *stream, struct values *values, struct skim value)
{
    size_t length = (size_t)(value.end - value.at), room = values->room == 0 ? 256 : values->room;
    char *grown = values->bytes;

    if (length == 0)
        return;
    while (room < values->length + length + 1)
        room *= 2;
    if (room != values->room)
        grown = realloc(values->bytes, room);
    if (grown == NULL) {
        stream->no_memory = true;
        return;
    }
    if (values->length > 0)
        grown[values->length++] = ',';
    memcpy(grown + values->length, value.at, length);
    *values = (struct values){grown, values->length + length, room};
}

/* What stands between the brackets of an array. */
static struct skim inside(struct skim array)
{
    if (!skim_pass(&array, '[') || array.end[-1] != ']')
        return (struct skim){array.at, array.at};
    array.end--;
    skim_blanks(&array);
    return array;
}

/* --- reading ------------------------------------------------------------------------- */

static void read_tokens(struct stream *stream, struct streamed *choice, struct skim logprobs)
{
    struct skim name, value;

    if (!skim_pass(&logprobs, '{'))
        return;
    while (skim_member(&logprobs, &name, &value)) {
        if (skim_is(name, "content"))
            gather(stream, &choice->lists[LIST_CHAT], inside(value));
        else if (skim_is(name, "token_logprobs"))
            gather(stream, &choice->lists[LIST_LOGPROBS], inside(value));
        else if (skim_is(name, "tokens"))
            gather(stream, &choice->lists[LIST_TOKENS], inside(value));
        else if (skim_is(name, "top_logprobs"))
            gather(stream, &choice->lists[LIST_TOP], inside(value));
    }
}

static void read_delta(struct stream *stream, struct streamed *choice, struct skim delta)
{
    struct skim name, value;
    bool thought = false; /* servers that have both members write the same into both */

    if (!skim_pass(&delta, '{'))
        return;
    while (skim_member(&delta, &name, &value)) {
        if (skim_is(value, "null"))
            continue;
        if (skim_is(name, "content"))
            gather(stream, &choice->lists[LIST_TEXT], value);
        if (!thought && (skim_is(name, "reasoning_content") || skim_is(name, "reasoning"))) {
            gather(stream, &choice->lists[LIST_THOUGHTS], value);
            thought = true;
        }
    }
}

static uint32_t index_of(struct skim choice)
{
    struct skim name, value;
    int64_t index = 0;

    while (skim_member(&choice, &name, &value))
        if (skim_is(name, "index") && (!skim_integer(value, &index) || index < 0))
            index = 0;
    return index > UINT32_MAX ? UINT32_MAX : (uint32_t)index;
}

static void read_piece(struct stream *stream, struct skim piece)
{
    struct streamed *choice;
    struct skim name, value;
    uint32_t index;

    if (!skim_pass(&piece, '{'))
        return;
    index = index_of(piece);
    if (index >= stream->count)
        return;
    choice = &stream->choices[index];
    choice->came = true;
    while (skim_member(&piece, &name, &value)) {
        if (skim_is(name, "delta") || skim_is(name, "message"))
            read_delta(stream, choice, value);
        else if (skim_is(value, "null"))
            continue;
        else if (skim_is(name, "text"))
            gather(stream, &choice->lists[LIST_TEXT], value);
        else if (skim_is(name, "logprobs"))
            read_tokens(stream, choice, value);
        else if (skim_is(name, "finish_reason"))
            choice->finish = value;
        else if (stream->hit != NULL && skim_is(name, stream->hit))
            choice->hit = value;
    }
}

static void read_event(struct stream *stream, struct skim data)
{
    struct skim name, value, piece;

    if (skim_is(data, "[DONE]"))
        stream->done = true;
    if (!skim_pass(&data, '{'))
        return;
    while (skim_member(&data, &name, &value)) {
        if (skim_is(name, "usage") && !skim_is(value, "null"))
            stream->usage = value;
        if (skim_is(name, "choices") && skim_pass(&value, '['))
            while (skim_item(&value, &piece))
                read_piece(stream, piece);
    }
}

/* --- writing ------------------------------------------------------------------------- */

static size_t room_of(const struct stream *stream)
{
    size_t room = 64 + (size_t)(stream->usage.end - stream->usage.at);

    for (uint32_t i = 0; i < stream->count; i++) {
        const struct streamed *choice = &stream->choices[i];

        room += 256 + (size_t)(choice->finish.end - choice->finish.at) +
                (size_t)(choice->hit.end - choice->hit.at);
        room += stream->hit == NULL ? 0 : strlen(stream->hit);
        for (int j = 0; j < LISTS; j++)
            room += choice->lists[j].length;
    }
    return room;
}

static char *put_list(char *to, const char *name, const struct values *values)
{
    to += sprintf(to, ",\"%s\":[", name);
    to = mempcpy(to, values->bytes, values->length);
    return stpcpy(to, "]");
}

static char *put_value(char *to, const char *name, struct skim value)
{
    if (value.at == NULL)
        return to;
    to += sprintf(to, ",\"%s\":", name);
    return mempcpy(to, value.at, (size_t)(value.end - value.at));
}

static char *put_choice(char *to, const struct stream *stream, uint32_t index, bool first)
{
    const struct streamed *choice = &stream->choices[index];
    const struct values *lists = choice->lists;

    to +=
        sprintf(to, "%s{\"index\":%u,\"message\":{\"role\":\"assistant\"", first ? "" : ",", index);
    if (lists[LIST_TEXT].length > 0)
        to = put_list(to, "content", &lists[LIST_TEXT]);
    if (lists[LIST_THOUGHTS].length > 0)
        to = put_list(to, "reasoning", &lists[LIST_THOUGHTS]);
    to = put_value(stpcpy(to, "}"), "finish_reason", choice->finish);
    if (stream->hit != NULL)
        to = put_value(to, stream->hit, choice->hit);
    if (lists[LIST_CHAT].length + lists[LIST_LOGPROBS].length > 0) {
        to = stpcpy(to, ",\"logprobs\":{\"version\":1");
        if (lists[LIST_CHAT].length > 0)
            to = put_list(to, "content", &lists[LIST_CHAT]);
        if (lists[LIST_LOGPROBS].length > 0)
            to = put_list(to, "token_logprobs", &lists[LIST_LOGPROBS]);
        if (lists[LIST_TOKENS].length > 0)
            to = put_list(to, "tokens", &lists[LIST_TOKENS]);
        if (lists[LIST_TOP].length > 0)
            to = put_list(to, "top_logprobs", &lists[LIST_TOP]);
        to = stpcpy(to, "}");
    }
    return stpcpy(to, "}");
}

static int write_body(char **out, size_t *length, const struct stream *stream,
                      struct crux_error *error)
{
    char *body = stream->no_memory ? NULL : malloc(room_of(stream)), *to;
    bool first = true;

    if (body == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a server's answer");
    to = stpcpy(body, "{\"choices\":[");
    for (uint32_t i = 0; i < stream->count; i++) {
        if (!stream->choices[i].came)
            continue;
        to = put_choice(to, stream, i, first);
        first = false;
    }
    to = put_value(stpcpy(to, "]"), "usage", stream->usage);
    to = stpcpy(to, "}");
    *out = body;
    *length = (size_t)(to - body);
    return CRUX_OK;
}

/* It says so, or each choice that it began does. */
static bool is_complete(const struct stream *stream)
{
    bool any = false, all = true;

    for (uint32_t i = 0; i < stream->count; i++) {
        any = any || stream->choices[i].came;
        all = all && (!stream->choices[i].came || stream->choices[i].finish.at != NULL);
    }
    return stream->done || (any && all);
}

int chat_stream_join(char **out, size_t *length, struct skim events, uint32_t count,
                     const char *hit, struct crux_error *error)
{
    struct stream stream = {
        .choices = calloc(count, sizeof *stream.choices), .count = count, .hit = hit};
    struct skim data;
    int status;

    if (stream.choices == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a server's answer");
    while (skim_event(&events, &data))
        read_event(&stream, data);
    if (is_complete(&stream))
        status = write_body(out, length, &stream, error);
    else
        status = crux_fail(error, CRUX_FAILED, "the server's answer is a stream that ends early");
    for (uint32_t i = 0; i < count; i++)
        for (int j = 0; j < LISTS; j++)
            free(stream.choices[i].lists[j].bytes);
    free(stream.choices);
    return status;
}
