/*
 * stops.c - stop strings: escapes, and their common beginning.
 */
#include "io/stops.h"

#include <string.h>

bool stops_unescape(char *text)
{
    static const char written[] = "nt\\", meant[] = "\n\t\\";
    const char *start = text;
    char *out = text;

    for (; *text != '\0'; text++) {
        const char *found;

        if (*text != '\\') {
            *out++ = *text;
            continue;
        }
        found = *++text == '\0' ? NULL : strchr(written, *text);
        if (found == NULL)
            return false;
        *out++ = meant[found - written];
    }
    *out = '\0';
    return out > start;
}

size_t stops_blanks(const char *text)
{
    return strspn(text, " \t\n\r\v");
}

struct crux_text stops_between(const char *const *stops, size_t count)
{
    const char *first = count > 0 ? stops[0] : "";
    size_t length = stops_blanks(first);

    for (size_t i = 1; i < count; i++) {
        size_t same = 0;

        while (same < length && stops[i][same] == first[same])
            same++;
        length = same;
    }
    return (struct crux_text){first, length};
}
