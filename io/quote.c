/*
 * quote.c - foreign bytes in a sentence of ours.
 */
#include "io/quote.h"

#include <stdbool.h>
#include <string.h>

/* Bytes of the character at the beginning, 0: it is none (RFC 3629). */
static size_t character(const unsigned char *at, size_t left)
{
    size_t size = at[0] < 0x80                     ? 1
                  : at[0] >= 0xC2 && at[0] < 0xE0  ? 2
                  : (at[0] & 0xF0) == 0xE0         ? 3
                  : at[0] >= 0xF0 && at[0] <= 0xF4 ? 4
                                                   : 0;

    if (size > left)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    if (size == 3 && ((at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xED && at[1] > 0x9F)))
        return 0;
    if (size == 4 && ((at[0] == 0xF0 && at[1] < 0x90) || (at[0] == 0xF4 && at[1] > 0x8F)))
        return 0;
    return size;
}

void quote_text(char *out, size_t room, const char *piece, size_t length)
{
    size_t used = 0;

    for (size_t i = 0; i < length;) {
        const unsigned char *at = (const unsigned char *)piece + i;
        size_t size = character(at, length - i);
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
