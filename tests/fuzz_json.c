/*
 * fuzz_json.c - any bytes are JSON or a sentence, and what is written is read back.
 *
 * The text of a value that was read must be readable, and give the same text again.
 */
#include <stdlib.h>
#include <string.h>

#include "io/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
