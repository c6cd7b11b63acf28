/*
 * quote.c - quotes foreign bytes in a sentence, with unprintable ones replaced.
 */
#include "io/quote.h"

#include <stdbool.h>
#include <string.h>

#include "io/utf8.h"

void quote_text(char *out, size_t room, const char *piece, size_t length)
{
    size_t used = 0;

    for (size_t i = 0; i < length;) {
        const unsigned char *at = (const unsigned char *)piece + i;
        uint32_t point;
        size_t size = utf8_character(piece + i, length - i, &point);
        bool plain = size > 1 || (size == 1 && *at >= ' ' && *at != 0x7F);

        size = size == 0 ? 1 : size;
        if (used + size >= room)
            break;
        if (plain)
            memcpy(out + used, at, size);
        else
            out[used] = ' ';
        used += size;
        i += size;
    }
    out[used] = '\0';
}
