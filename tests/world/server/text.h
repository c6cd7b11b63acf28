/*
 * text.h - bytes that grow at their end: what the fake server writes replies in.
 *
 * A zeroed struct text is empty. text_free() gives its memory back. A server of tests
 * that is out of memory ends the process with a sentence: there is nothing to
 * recover for. One thread at a time.
 */
#ifndef TESTS_WORLD_SERVER_TEXT_H
#define TESTS_WORLD_SERVER_TEXT_H

#include <stddef.h>

struct text {
    char *bytes; /* ends in a NUL that length does not count; NULL while empty */
    size_t length, room;
};

void text_add(struct text *text, const char *bytes, size_t length);
void text_say(struct text *text, const char *word); /* up to its NUL */
void text_print(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_quote(struct text *text, const char *bytes, size_t length); /* as a JSON string */
void text_clear(struct text *text);
void text_free(struct text *text);

#endif
