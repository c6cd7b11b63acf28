/*
 * text.c - bytes that grow at their end, in one block; JSON strings are escaped as they are added.
 */
#include "tests/world/server/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct text *text, size_t more)
{
    size_t room = text->room == 0 ? 512 : text->room;

    while (room - text->length <= more)
        room *= 2;
    if (room == text->room)
        return;
    text->bytes = realloc(text->bytes, room);
    if (text->bytes == NULL) {
        (void)fputs("model_server: out of memory\n", stderr);
        exit(1);
    }
    text->room = room;
}

void text_add(struct text *text, const char *bytes, size_t length)
{
    reserve(text, length);
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_say(struct text *text, const char *word)
{
    text_add(text, word, strlen(word));
}

void text_print(struct text *text, const char *format, ...)
{
    char *made = NULL;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vasprintf(&made, format, arguments);
    va_end(arguments);
    if (length > 0)
        text_add(text, made, (size_t)length);
    if (length >= 0)
        free(made);
}

static void quote_byte(struct text *text, char byte)
{
    static const char escaped[] = "\"\\\n\r\t";
    static const char letters[] = "\"\\nrt";
    const char *found = strchr(escaped, byte);
    char pair[2] = {'\\', ' '};

    if (byte != '\0' && found != NULL) {
        pair[1] = letters[found - escaped];
        text_add(text, pair, 2);
    } else {
        text_print(text, "\\u%04x", (unsigned char)byte);
    }
}

void text_quote(struct text *text, const char *bytes, size_t length)
{
    size_t begin = 0;

    text_add(text, "\"", 1);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)bytes[i] >= ' ' && bytes[i] != '"' && bytes[i] != '\\')
            continue;
        text_add(text, bytes + begin, i - begin);
        quote_byte(text, bytes[i]);
        begin = i + 1;
    }
    text_add(text, bytes + begin, length - begin);
    text_add(text, "\"", 1);
}

void text_clear(struct text *text)
{
    text->length = 0;
    if (text->bytes != NULL)
        text->bytes[0] = '\0';
}

void text_free(struct text *text)
{
    free(text->bytes);
    *text = (struct text){NULL, 0, 0};
}
