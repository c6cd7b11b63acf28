/*
 * replied.c - takes off what stands around a JSON object in a model's reply.
 */
#include "critics/replied.h"

#include <string.h>

/* What a model thought aloud in front of its answer, as far as the server left it there. */
static struct crux_text replied_without_thoughts(struct crux_text text)
{
    static const char open[] = "<think>", close[] = "</think>";
    const char *end;

    while (text.length > 0 && strchr(" \t\r\n", *text.start) != NULL) {
        text.start++;
        text.length--;
    }
    if (text.length < sizeof open || memcmp(text.start, open, sizeof open - 1) != 0)
        return text;
    end = memmem(text.start, text.length, close, sizeof close - 1);
    if (end == NULL)
        return (struct crux_text){text.start, 0};
    end += sizeof close - 1;
    return (struct crux_text){end, text.length - (size_t)(end - text.start)};
}

/* What stands in a fence that is all there is. */
static struct crux_text replied_without_fence(struct crux_text text)
{
    static const char fence[] = "```";
    const size_t marks = sizeof fence - 1;
    const char *line;

    while (text.length > 0 && strchr(" \t\r\n", *text.start) != NULL) {
        text.start++;
        text.length--;
    }
    while (text.length > 0 && strchr(" \t\r\n", text.start[text.length - 1]) != NULL)
        text.length--;
    line = memchr(text.start, '\n', text.length);
    if (line == NULL || memcmp(text.start, fence, marks) != 0 ||
        (size_t)(text.start + text.length - line) <= marks ||
        memcmp(text.start + text.length - marks, fence, marks) != 0)
        return text;
    return (struct crux_text){line + 1, (size_t)(text.start + text.length - line) - 1 - marks};
}

const char *replied_object(struct json **out, const struct chat_sample *sample)
{
    struct crux_text text = {sample->text, strlen(sample->text)};
    struct json *object = NULL;

    text = replied_without_fence(replied_without_thoughts(text));
    if (json_parse(&object, text.start, text.length, NULL) == CRUX_OK &&
        json_type_of(object) == JSON_IS_OBJECT) {
        *out = object;
        return NULL;
    }
    json_free(object);
    return sample->end == CHAT_END_LENGTH
               ? "the answer was cut at its most tokens (--max-tokens), before its JSON ended"
               : "the answer is not one JSON object";
}

char *replied_schema(struct json *members)
{
    struct json *schema = json_new_object(), *required = json_new_array();
    char *text;

    for (const char *key = json_next_key(members, NULL); key != NULL;
         key = json_next_key(members, key))
        json_add(required, json_of_string(key));
    json_put(schema, "type", json_of_string("object"));
    json_put(schema, "properties", members);
    json_put(schema, "required", required);
    json_put(schema, "additionalProperties", json_of_bool(false));
    text = json_text(schema, false);
    json_free(schema);
    return text;
}
