/*
 * quoted.c - words of a text, and whether it quotes a piece of another.
 */
#include "io/quoted.h"

#include <string.h>
#include <strings.h>

/* --- words ---------------------------------------------------------------------------------- */

/* Words of a quotation in a row. */
enum { QUOTED_WORDS = 3 };

static bool quoted_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

bool quoted_is_mark(char c)
{
    return c != '\0' && strchr(".,:;!?`\"'*$()[]{}\\", c) != NULL;
}

struct crux_text quoted_next_word(struct crux_text *text)
{
    const char *end = text->start + text->length, *at = text->start, *stop;
    struct crux_text word;

    while (at < end && quoted_is_blank(*at))
        at++;
    for (stop = at; stop < end && !quoted_is_blank(*stop); stop++)
        continue;
    *text = (struct crux_text){stop, (size_t)(end - stop)};
    word = (struct crux_text){at, (size_t)(stop - at)};
    while (word.length > 1 && quoted_is_mark(*word.start)) {
        word.start++;
        word.length--;
    }
    while (word.length > 1 && quoted_is_mark(word.start[word.length - 1]))
        word.length--;
    return word;
}

bool quoted_same_word(struct crux_text a, struct crux_text b)
{
    return a.length == b.length && strncasecmp(a.start, b.start, a.length) == 0;
}

/* --- quotations ----------------------------------------------------------------------------- */

/* As many as there are, up to those of a quotation. */
static uint32_t quoted_words(struct crux_text step)
{
    uint32_t words = 0;

    while (words < QUOTED_WORDS && quoted_next_word(&step).length > 0)
        words++;
    return words;
}

/* So many words of the step in a row, or all of them if it has fewer. */
static bool quoted_shares_words(const char *text, struct crux_text step)
{
    uint32_t words = quoted_words(step);

    if (words == 0)
        return false;
    for (struct crux_text from = step; from.length > 0; (void)quoted_next_word(&from))
        for (struct crux_text at = (struct crux_text){text, strlen(text)}; at.length > 0;
             (void)quoted_next_word(&at)) {
            struct crux_text here = at, there = from;
            uint32_t same = 0;

            while (same < words) {
                struct crux_text word = quoted_next_word(&here);

                if (word.length == 0 || !quoted_same_word(word, quoted_next_word(&there)))
                    break;
                same++;
            }
            if (same == words)
                return true;
        }
    return false;
}

static bool quoted_holds(struct crux_text step, const char *piece, size_t length)
{
    while (length > 0 && quoted_is_blank(*piece)) {
        piece++;
        length--;
    }
    while (length > 0 && quoted_is_blank(piece[length - 1]))
        length--;
    return length > 0 && memmem(step.start, step.length, piece, length) != NULL;
}

static bool quoted_shares_marked(const char *text, struct crux_text step)
{
    static const char *const marks[][2] = {
        {"`", "`"}, {"\"", "\""}, {"\xE2\x80\x9C", "\xE2\x80\x9D"}, {"$", "$"}};

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        for (const char *at = strstr(text, marks[i][0]); at != NULL;) {
            const char *start = at + strlen(marks[i][0]), *end = strstr(start, marks[i][1]);

            if (end == NULL)
                break;
            if (quoted_holds(step, start, (size_t)(end - start)))
                return true;
            at = strstr(end + strlen(marks[i][1]), marks[i][0]);
        }
    return false;
}

bool quoted_in(const char *text, struct crux_text step)
{
    return quoted_shares_marked(text, step) || quoted_shares_words(text, step);
}

bool quoted_clearly(const char *text, struct crux_text step)
{
    return quoted_shares_marked(text, step) ||
           (quoted_words(step) == QUOTED_WORDS && quoted_shares_words(text, step));
}
