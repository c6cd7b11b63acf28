/*
 * terminal.c - text for terminals: control characters made safe, colours where they help, readable
 * numbers.
 *
 * One decision: a text is decoded, not searched for bad bytes, because the second
 * control range and the marks of direction are several bytes long in UTF-8.
 */
#include "io/cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/utf8.h"

bool terminal_colours(FILE *stream)
{
    const char *no = getenv("NO_COLOR");
    const char *kind = getenv("TERM");

    if (no != NULL && no[0] != '\0')
        return false;
    return isatty(fileno(stream)) && (kind == NULL || strcmp(kind, "dumb") != 0);
}

static const struct range {
    uint32_t first, last;
} unsafe[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},     {0x061c, 0x061c}, {0x200e, 0x200f},
    {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfeff, 0xfeff},
};

static bool is_unsafe(uint32_t point)
{
    for (size_t i = 0; i < sizeof unsafe / sizeof unsafe[0]; i++)
        if (point >= unsafe[i].first && point <= unsafe[i].last)
            return true;
    return false;
}

void terminal_put(FILE *stream, const char *text, size_t length)
{
    while (length > 0) {
        uint32_t point = 0;
        size_t width = utf8_character(text, length, &point);

        if (width == 0)
            (void)fprintf(stream, "\\x%02x", (unsigned char)*text);
        else if (is_unsafe(point))
            (void)fprintf(stream, "\\u{%x}", point);
        else
            (void)fwrite(text, 1, width, stream);
        width += width == 0;
        text += width;
        length -= width;
    }
}

void terminal_style(FILE *stream, bool colours, enum terminal_style style)
{
    static const char *const codes[] = {
        [TERMINAL_PLAIN] = "\033[0m", [TERMINAL_BOLD] = "\033[1m", [TERMINAL_DIM] = "\033[2m",
        [TERMINAL_GOOD] = "\033[32m", [TERMINAL_BAD] = "\033[31m",
    };

    if (colours)
        (void)fputs(codes[style], stream);
}

void terminal_duration(int64_t ns, char *out, size_t size)
{
    int64_t seconds = (ns + 500000000) / 1000000000;

    if (seconds < 3600)
        (void)snprintf(out, size, "%lld:%02lld", (long long)(seconds / 60),
                       (long long)(seconds % 60));
    else
        (void)snprintf(out, size, "%lld:%02lld:%02lld", (long long)(seconds / 3600),
                       (long long)(seconds / 60 % 60), (long long)(seconds % 60));
}
