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

#include "io/cli/columns.h"
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
    {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},     {0x061c, 0x061c}, {0x115f, 0x1160},
    {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
    {0x3164, 0x3164}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xe0000, 0xe0fff},
};

static bool is_unsafe(uint32_t point)
{
    for (size_t i = 0; i < sizeof unsafe / sizeof unsafe[0]; i++)
        if (point >= unsafe[i].first && point <= unsafe[i].last)
            return true;
    return false;
}

size_t terminal_safe(char out[TERMINAL_SAFE], const char *text, size_t length, unsigned *columns)
{
    uint32_t point = 0;
    size_t width = utf8_character(text, length, &point);

    if (width == 0)
        *columns = (unsigned)snprintf(out, TERMINAL_SAFE, "\\x%02x", (unsigned char)*text);
    else if (is_unsafe(point))
        *columns = (unsigned)snprintf(out, TERMINAL_SAFE, "\\u{%x}", point);
    if (width == 0 || is_unsafe(point))
        return width + (width == 0);
    memcpy(out, text, width);
    out[width] = '\0';
    *columns = columns_of_point(point);
    return width;
}

void terminal_put(FILE *stream, const char *text, size_t length)
{
    while (length > 0) {
        char safe[TERMINAL_SAFE];
        unsigned columns;
        size_t taken = terminal_safe(safe, text, length, &columns);

        (void)fputs(safe, stream);
        text += taken;
        length -= taken;
    }
}

void terminal_say(const char *sentence)
{
    (void)fputs("crux: ", stderr);
    terminal_put(stderr, sentence, strlen(sentence));
    (void)fputc('\n', stderr);
}

static void put_json_escape(FILE *stream, uint32_t point)
{
    if (point >= 0x10000)
        (void)fprintf(stream, "\\u%04x\\u%04x", 0xd800 + ((point - 0x10000) >> 10),
                      0xdc00 + ((point - 0x10000) & 0x3ff));
    else
        (void)fprintf(stream, "\\u%04x", point);
}

/* Outside of its strings JSON is ASCII, and below 0x20 it has only line breaks of its own. */
void terminal_put_json(FILE *stream, const char *json)
{
    size_t length = strlen(json);

    while (length > 0) {
        uint32_t point = 0;
        size_t width = utf8_character(json, length, &point);

        if (width > 0 && point > 0x1f && is_unsafe(point))
            put_json_escape(stream, point);
        else
            (void)fwrite(json, 1, width + (width == 0), stream);
        width += width == 0;
        json += width;
        length -= width;
    }
    (void)fputc('\n', stream);
}

void terminal_put_step(FILE *stream, const char *text, size_t length, int indent)
{
    const char *end = text + length;

    for (const char *at = text; at < end; at++)
        if (*at == '\v' || *at == '\n') {
            terminal_put(stream, text, (size_t)(at - text));
            (void)fprintf(stream, "\n%*s", indent, "");
            text = at + 1;
        }
    terminal_put(stream, text, (size_t)(end - text));
}

const char *terminal_code(enum terminal_style style)
{
    static const char *const codes[] = {
        [TERMINAL_PLAIN] = "\033[0m", [TERMINAL_BOLD] = "\033[1m", [TERMINAL_DIM] = "\033[2m",
        [TERMINAL_GOOD] = "\033[32m", [TERMINAL_BAD] = "\033[31m",
    };

    return codes[style];
}

void terminal_style(FILE *stream, bool colours, enum terminal_style style)
{
    if (colours)
        (void)fputs(terminal_code(style), stream);
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

void terminal_short(double value, char *out, size_t size)
{
    static const struct {
        double from;
        const char *letter;
    } steps[] = {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e4, "k"}};

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        double unit = steps[i].from == 1e4 ? 1e3 : steps[i].from;

        if (value >= steps[i].from) {
            (void)snprintf(out, size, value < 10 * unit ? "%.1f%s" : "%.0f%s", value / unit,
                           steps[i].letter);
            return;
        }
    }
    (void)snprintf(out, size, "%.0f", value);
}
