/*
 * fuzz_json.c - any bytes are JSON or a sentence, and what is written is read back.
 *
 * The text of a value that was read must be readable, and give the same text again; and the
 * members that are passed over (skim.h) leave JSON behind.
 */
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/skim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A text that was read is read without some of its members as well, and then they are gone. */
static void insist_without(const char *text, size_t size)
{
    static const char *const names[] = {"a", "token", "", NULL};
    char *less = malloc(size + 1), *again = malloc(size + 1);
    struct json *value = NULL;
    size_t length, same;

    if (less == NULL || again == NULL)
        abort();
    length = skim_without(less, text, size, names);
    if (length > size || json_parse(&value, less, length, NULL) != CRUX_OK)
        abort();
    same = skim_without(again, less, length, names);
    if (same != length || memcmp(less, again, length) != 0)
        abort();
    json_free(value);
    free(less);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json *value = NULL, *again = NULL;
    struct crux_error error = {""};
    char *text, *second;

    if (json_parse(&value, (const char *)data, size, &error) != CRUX_OK) {
        if (value != NULL || error.text[0] == '\0')
            abort();
        return 0;
    }
    insist_without((const char *)data, size);
    text = json_text(value, data[0] % 2 == 0);
    if (text == NULL || json_parse(&again, text, strlen(text), NULL) != CRUX_OK)
        abort();
    second = json_text(again, data[0] % 2 == 0);
    if (second == NULL || strcmp(text, second) != 0)
        abort();
    free(text);
    free(second);
    json_free(value);
    json_free(again);
    return 0;
}
