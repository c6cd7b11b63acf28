/*
 * quote.c - quotes foreign bytes in a sentence, with unprintable ones replaced.
 */
#include "io/quote.h"

#include <stdbool.h>
#include <string.h>

#include "io/utf8.h"

/* Does it show, and change nothing of what is around it? Not so the second set of control
 * characters, marks that turn the direction of text, and those that are not seen. */
static bool is_plain(uint32_t point)
{
    static const uint32_t odd[][2] = {
        {0, 0x1F},        {0x7F, 0x9F},     {0xAD, 0xAD},     {0x180E, 0x180E}, {0x200B, 0x200F},
        {0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF}};

    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        if (point >= odd[i][0] && point <= odd[i][1])
            return false;
    return true;
}

void quote_text(char *out, size_t room, const char *piece, size_t length)
{
    size_t used = 0;

    for (size_t i = 0; i < length;) {
        const unsigned char *at = (const unsigned char *)piece + i;
        uint32_t point = 0;
        size_t size = utf8_character(piece + i, length - i, &point);
        bool plain = size > 0 && is_plain(point);

        size = size == 0 ? 1 : size;
        if (used + size >= room)
            break;
        if (plain)
            memcpy(out + used, at, size);
        else
            out[used] = ' ';
        used += plain ? size : 1;
        i += size;
    }
    out[used] = '\0';
}
