/*
 * words.c - cuts a text into words.
 */
#include "critics/linear/words.h"

#include "io/draw.h"

enum { WORDS_SHARES = 8 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

char linear_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_letter(char c)
{
    return (linear_lower(c) >= 'a' && linear_lower(c) <= 'z') || is_digit(c) ||
           (unsigned char)c >= 0x80;
}

bool linear_word_next(const char **at, const char *end, struct linear_word *out)
{
    const char *c = *at, *start;
    uint64_t hash = 0;

    while (c < end && (unsigned char)*c <= ' ')
        c++;
    if (c == end)
        return false;
    start = c;
    out->number = is_digit(*c);
    if (!is_letter(*c))
        hash = draw(hash, (unsigned char)*c++);
    else
        while (c < end && is_letter(*c))
            hash = draw(hash, (unsigned char)linear_lower(*c++));
    out->hash = hash;
    out->length = (size_t)(c - start);
    *at = c;
    return true;
}

void linear_hear(struct linear_heard *heard, const char *text, size_t length)
{
    const char *at = text, *end = text + length;
    struct linear_word word;

    while (linear_word_next(&at, end, &word))
        heard->bits[word.hash >> 58] |= UINT64_C(1) << (word.hash >> 52 & 63);
}

bool linear_was_heard(const struct linear_heard *heard, struct linear_word word)
{
    return heard->bits[word.hash >> 58] >> (word.hash >> 52 & 63) & 1;
}

uint64_t linear_share_heard(const struct linear_heard *heard, const char *text, size_t length,
                            size_t least)
{
    const char *at = text, *end = text + length;
    uint64_t words = 0, again = 0;
    struct linear_word word;

    while (linear_word_next(&at, end, &word)) {
        words += word.length >= least;
        again += word.length >= least && linear_was_heard(heard, word);
    }
    return words > 0 ? again * WORDS_SHARES / words : WORDS_SHARES + 1;
}
