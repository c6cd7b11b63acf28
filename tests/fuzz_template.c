/*
 * fuzz_template.c - any bytes are a template or a sentence; what is parsed renders or says why.
 *
 * What renders without a tag in its source is the source.
 */
#include <stdlib.h>
#include <string.h>

#include "io/mustache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct mustache_value item[] = {{".", {"item", 4}, NULL, 0}};
static const struct mustache_scope items[] = {{item, 1}, {item, 1}};
static const struct mustache_value values[] = {
    {"a", {"{{b}}", 5}, NULL, 0}, {"b", {"", 0}, NULL, 0}, {"c", {NULL, 0}, items, 2}};
static const struct mustache_scope scope = {values, 3};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"a", "b", "c", NULL};
    const struct mustache_source source = {"fuzz", 1, {(const char *)data, size}};
    struct mustache *template = NULL;
    struct crux_error error = {""};
    char *text = NULL;
    size_t length = 0;

    if (mustache_parse(&template, &source, &error) != CRUX_OK) {
        if (template != NULL || error.text[0] == '\0')
            abort();
        return 0;
    }
    (void)mustache_check(template, names, &error);
    if (mustache_render(&text, &length, template, &scope, &error) != CRUX_OK) {
        if (text != NULL || error.text[0] == '\0')
            abort();
    } else if (memmem(data, size, "{{", 2) == NULL &&
               (length != size || (size > 0 && memcmp(text, data, size) != 0))) {
        abort();
    }
    free(text);
    mustache_free(template);
    return 0;
}
