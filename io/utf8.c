/*
 * utf8.c - characters of UTF-8, one at a time.
 */
#include "io/utf8.h"

#include <string.h>

/* Bytes of the character that begins with lead; 0: none begins so. */
static size_t width_of_lead(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead < 0xE0)
        return 2;
    if (lead >= 0xE0 && lead < 0xF0)
        return 3;
    return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

size_t utf8_character(const char *text, size_t left, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *at = (const unsigned char *)text;
    size_t width = width_of_lead(at[0]);
    uint32_t found = width == 1 ? at[0] : at[0] & (0x7Fu >> width);

    if (width == 0 || width > left)
        return 0;
    for (size_t i = 1; i < width; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        found = found << 6 | (at[i] & 0x3Fu);
    }
    if (found < least[width] || found > 0x10FFFF || (found >= 0xD800 && found <= 0xDFFF))
        return 0;
    *point = found;
    return width;
}

bool utf8_is_text(const char *text, size_t length)
{
    uint32_t point;

    for (size_t i = 0, width; i < length; i += width) {
        width = utf8_character(text + i, length - i, &point);
        if (width == 0)
            return false;
    }
    return true;
}

size_t utf8_mend(char *out, const char *text, size_t length)
{
    static const char none[] = UTF8_NO_CHARACTER;
    size_t used = 0;
    uint32_t point;

    for (size_t i = 0; i < length;) {
        size_t width = utf8_character(text + i, length - i, &point);
        size_t put = width > 0 ? width : sizeof none - 1;

        memcpy(out + used, width > 0 ? text + i : none, put);
        used += put;
        i += width > 0 ? width : 1;
    }
    out[used] = '\0';
    return used;
}
