/*
 * model_names.c - crux_same_model(): two spellings of one model's name.
 *
 * Servers answer with the name that they were asked for, or with the file's, or with the version
 * that a name stands for today (gpt-4o: gpt-4o-2024-08-06).
 */
#include "io/crux_io.h"

#include <string.h>
#include <strings.h>

/* What counts of a name. */
static size_t trim_name(const char **name)
{
    static const char *const ends[] = {":latest", ".gguf"};
    const char *slash = strrchr(*name, '/');
    size_t length;

    if (slash != NULL && slash[1] != '\0')
        *name = slash + 1;
    length = strlen(*name);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t size = strlen(ends[i]);

        if (length > size && strncasecmp(*name + length - size, ends[i], size) == 0)
            length -= size;
    }
    return length;
}

/* -2024-08-06, @20240229, -0613 */
static bool is_date(const char *text, size_t length)
{
    size_t digits = 0;

    if (length == 0 || (text[0] != '-' && text[0] != '@'))
        return false;
    for (size_t i = 1; i < length; i++) {
        digits += text[i] >= '0' && text[i] <= '9';
        if ((text[i] < '0' || text[i] > '9') && text[i] != '-')
            return false;
    }
    return digits >= 4;
}

static bool is_spelling(const char *a, const char *b)
{
    size_t short_length = trim_name(&a), long_length = trim_name(&b);
    const char *rest = b;

    if (short_length > long_length) {
        size_t length = short_length;

        short_length = long_length;
        long_length = length;
        rest = a;
    }
    return strncasecmp(a, b, short_length) == 0 &&
           (short_length == long_length ||
            is_date(rest + short_length, long_length - short_length));
}

static bool is_name(const char *name, const char *text, size_t length)
{
    return strlen(name) == length && strncmp(name, text, length) == 0;
}

bool crux_same_model(const char *a, const char *b, const char *const *aliases, uint32_t alias_count)
{
    if (is_spelling(a, b))
        return true;
    for (uint32_t i = 0; i < alias_count; i++) {
        const char *sign = strchr(aliases[i], '=');
        size_t length = sign != NULL ? (size_t)(sign - aliases[i]) : 0;

        if (sign != NULL && ((is_name(a, aliases[i], length) && strcmp(b, sign + 1) == 0) ||
                             (is_name(b, aliases[i], length) && strcmp(a, sign + 1) == 0)))
            return true;
    }
    return false;
}
