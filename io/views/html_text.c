/*
 * html_text.c - a text that doubles its room.
 */
#include "io/views/html_text.h"

#include <stdlib.h>
#include <string.h>

int html_text_add(struct html_text *text, const char *start, size_t length,
                  struct crux_error *error)
{
    size_t wanted = text->length + length + 1;
    char *grown;

    if (wanted > text->room) {
        wanted += wanted / 2;
        grown = realloc(text->text, wanted);
        if (grown == NULL)
            return crux_fail(error, CRUX_MEMORY, "no memory for %zu bytes of the page", wanted);
        text->text = grown;
        text->room = wanted;
    }
    memcpy(text->text + text->length, start, length);
    text->length += length;
    text->text[text->length] = '\0';
    return CRUX_OK;
}
