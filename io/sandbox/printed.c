/*
 * printed.c - compares two texts, one of which comes in hexadecimal.
 */
#include "io/sandbox/printed.h"

#include <stdlib.h>
#include <string.h>

static int hex_digit(char sign)
{
    if (sign >= '0' && sign <= '9')
        return sign - '0';
    return sign >= 'a' && sign <= 'f' ? sign - 'a' + 10 : -1;
}

/* NULL: no memory, or no such text. */
static char *from_hex(const char *text, size_t *length)
{
    size_t digits = strlen(text);
    char *bytes = digits % 2 == 0 ? malloc(digits / 2 + 1) : NULL;

    *length = digits / 2;
    for (size_t i = 0; bytes != NULL && i < digits / 2; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

        if (high < 0 || low < 0) {
            free(bytes);
            return NULL;
        }
        bytes[i] = (char)(16 * high + low);
    }
    return bytes;
}

static bool is_space(char sign)
{
    return sign == ' ' || sign == '\t' || sign == '\r' || sign == '\n';
}

/* The next line's end without the blanks before it; *next: behind the line. */
static const char *trim_line(const char *at, const char *end, const char **next)
{
    const char *stop = memchr(at, '\n', (size_t)(end - at));

    *next = stop != NULL ? stop + 1 : end;
    if (stop == NULL)
        stop = end;
    while (stop > at && is_space(stop[-1]))
        stop--;
    return stop;
}

static const char *trim_end(const char *text, size_t length)
{
    const char *end = text + length;

    while (end > text && is_space(end[-1]))
        end--;
    return end;
}

static bool same_lines(const char *a, size_t a_length, const char *b, size_t b_length)
{
    const char *a_end = trim_end(a, a_length), *b_end = trim_end(b, b_length);

    while (a < a_end && b < b_end) {
        const char *a_next, *b_next;
        const char *a_stop = trim_line(a, a_end, &a_next), *b_stop = trim_line(b, b_end, &b_next);

        if (a_stop - a != b_stop - b || memcmp(a, b, (size_t)(a_stop - a)) != 0)
            return false;
        a = a_next;
        b = b_next;
    }
    return a == a_end && b == b_end;
}

bool printed_same(const char *printed, const char *expected)
{
    size_t length;
    char *bytes = from_hex(printed, &length);
    bool same = bytes != NULL && same_lines(bytes, length, expected, strlen(expected));

    free(bytes);
    return same;
}
