/*
 * terminal.c - what people read: safe texts, colours where they help, numbers for eyes.
 *
 * One decision: a text is decoded, not searched for bad bytes, because the second
 * control range and the marks of direction are several bytes long in UTF-8.
 */
#include "io/cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* How many bytes the character has that begins with lead; 0: none begins so. */
static size_t width_of(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead < 0xe0)
        return 2;
    if (lead >= 0xe0 && lead < 0xf0)
        return 3;
    return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

/* One character; 0: the bytes are none. */
static size_t decode(const unsigned char *text, size_t length, uint32_t *point)
{
    size_t width = width_of(text[0]);

    if (width == 0 || width > length)
        return 0;
    *point = width == 1 ? text[0] : text[0] & (0x7fu >> width);
    for (size_t i = 1; i < width; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        *point = *point << 6 | (text[i] & 0x3fu);
    }
    return width;
}

void terminal_put(FILE *stream, const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;

    while (length > 0) {
        uint32_t point = 0;
        size_t width = decode(at, length, &point);

        if (width == 0)
            (void)fprintf(stream, "\\x%02x", *at);
        else if (is_unsafe(point))
            (void)fprintf(stream, "\\u{%x}", point);
        else
            (void)fwrite(at, 1, width, stream);
        width += width == 0;
        at += width;
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
