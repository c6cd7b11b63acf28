/*
 * skim.c - skips over JSON text without parsing it: counts brackets and passes strings.
 */
#include "io/skim.h"

#include <string.h>

static bool is_blank_byte(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

void skim_blanks(struct skim *skim)
{
    while (skim->at < skim->end && is_blank_byte(*skim->at))
        skim->at++;
}

/* Where the string that goes on at at has its closing quote; NULL: nowhere. Most strings have
 * no escape, and then the first quote is it. */
static const char *closing_quote(const char *at, const char *end)
{
    const char *quote = memchr(at, '"', (size_t)(end - at));

    if (quote == NULL || memchr(at, '\\', (size_t)(quote - at)) == NULL)
        return quote;
    while (at < end && *at != '"')
        at += *at == '\\' ? 2 : 1;
    return at < end ? at : NULL;
}

bool skim_string(struct skim *skim, struct skim *piece)
{
    const char *quote;

    if (skim->at == skim->end || *skim->at != '"')
        return false;
    quote = closing_quote(skim->at + 1, skim->end);
    if (quote == NULL)
        return false;
    *piece = (struct skim){skim->at + 1, quote};
    skim->at = quote + 1;
    return true;
}

bool skim_value(struct skim *skim)
{
    struct skim piece;
    int depth = 0;

    while (skim->at < skim->end) {
        char byte = *skim->at;

        if (byte == '"') {
            if (!skim_string(skim, &piece))
                return false;
            continue;
        }
        if (depth == 0 && (byte == ',' || byte == '}' || byte == ']'))
            return true;
        depth += byte == '{' || byte == '[' ? 1 : byte == '}' || byte == ']' ? -1 : 0;
        skim->at++;
        if (depth == 0 && (byte == '}' || byte == ']'))
            return true;
    }
    return false;
}

bool skim_is(struct skim piece, const char *word)
{
    size_t length = strlen(word);

    return (size_t)(piece.end - piece.at) == length && memcmp(piece.at, word, length) == 0;
}

/* One character of a string; -1: an escape that stands for no letter. */
static int skim_character(struct skim *piece)
{
    unsigned letter = 0;

    if (*piece->at != '\\')
        return (unsigned char)*piece->at++;
    if (piece->end - piece->at < 6 || piece->at[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        const char *digits = "0123456789abcdef", *digit = strchr(digits, piece->at[i] | 0x20);

        if (digit == NULL)
            return -1;
        letter = letter << 4 | (unsigned)(digit - digits);
    }
    piece->at += 6;
    return letter < 0x80 ? (int)letter : -1;
}

bool skim_spells(struct skim piece, const char *word)
{
    if (skim_is(piece, word))
        return true;
    if (memchr(piece.at, '\\', (size_t)(piece.end - piece.at)) == NULL)
        return false;
    while (piece.at < piece.end && *word != '\0')
        if (skim_character(&piece) != (unsigned char)*word++)
            return false;
    return piece.at == piece.end && *word == '\0';
}

bool skim_integer(struct skim piece, int64_t *out)
{
    bool negative = piece.at < piece.end && *piece.at == '-';
    int64_t value = 0;

    piece.at += negative;
    if (piece.at == piece.end)
        return false;
    for (; piece.at < piece.end; piece.at++) {
        int digit = *piece.at - '0';

        if (digit < 0 || digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, negative ? -digit : digit, &value))
            return false;
    }
    *out = value;
    return true;
}

/* --- members and items ---------------------------------------------------------------- */

bool skim_pass(struct skim *skim, char byte)
{
    skim_blanks(skim);
    if (skim->at == skim->end || *skim->at != byte)
        return false;
    skim->at++;
    return true;
}

/* The value before us, without blanks around it. */
static bool skim_bare_value(struct skim *skim, struct skim *value)
{
    struct skim bare;

    skim_blanks(skim);
    bare.at = skim->at;
    if (!skim_value(skim) || skim->at == bare.at)
        return false;
    bare.end = skim->at;
    while (is_blank_byte(bare.end[-1]))
        bare.end--;
    *value = bare;
    return true;
}

bool skim_item(struct skim *skim, struct skim *value)
{
    (void)skim_pass(skim, ',');
    return skim_bare_value(skim, value);
}

bool skim_member(struct skim *skim, struct skim *name, struct skim *value)
{
    struct skim ahead;

    (void)skim_pass(skim, ',');
    skim_blanks(skim);
    ahead = *skim;
    if (!skim_string(&ahead, name) || !skim_pass(&ahead, ':') || !skim_bare_value(&ahead, value))
        return false;
    *skim = ahead;
    return true;
}

/* --- what stands before JSON --------------------------------------------------------- */

static bool skim_begins(struct skim skim, const char *word)
{
    size_t length = strlen(word);

    return (size_t)(skim.end - skim.at) >= length && memcmp(skim.at, word, length) == 0;
}

static void skim_line(struct skim *skim, struct skim *line)
{
    const char *at = skim->at;

    while (at < skim->end && *at != '\n' && *at != '\r')
        at++;
    *line = (struct skim){skim->at, at};
    skim->at = at < skim->end ? at + 1 : at;
}

void skim_preamble(struct skim *skim)
{
    struct skim line;

    if (skim_begins(*skim, "\xEF\xBB\xBF"))
        skim->at += 3;
    skim_blanks(skim);
    while (skim->at < skim->end && *skim->at == ':') {
        skim_line(skim, &line);
        skim_blanks(skim);
    }
}

bool skim_begins_stream(struct skim skim)
{
    return skim_begins(skim, "data:") || skim_begins(skim, "event:") || skim_begins(skim, "id:") ||
           skim_begins(skim, "retry:");
}

bool skim_event(struct skim *skim, struct skim *data)
{
    struct skim line;

    while (skim->at < skim->end) {
        skim_line(skim, &line);
        if (!skim_begins(line, "data:"))
            continue;
        line.at += 5;
        skim_blanks(&line);
        *data = line;
        return true;
    }
    return false;
}

/* --- leaving out ---------------------------------------------------------------------- */

/* Pass everything up to the colon behind a member's name. False: there is no other. */
static bool next_name(struct skim *skim, struct skim *name)
{
    while ((skim->at = memchr(skim->at, '"', (size_t)(skim->end - skim->at))) != NULL &&
           skim_string(skim, name)) {
        skim_blanks(skim);
        if (skim->at < skim->end && *skim->at == ':') {
            skim->at++;
            return true;
        }
    }
    return false;
}

static bool is_one_of(struct skim name, const char *const *names)
{
    while (*names != NULL && !skim_is(name, *names))
        names++;
    return *names != NULL;
}

/* A member is gone: so is the comma behind it, or that before it if it was the last one. */
static char *drop_comma(struct skim *skim, const char *out, char *to)
{
    skim_blanks(skim);
    if (skim->at < skim->end && *skim->at == ',') {
        skim->at++;
        return to;
    }
    while (to > out && is_blank_byte(to[-1]))
        to--;
    return to > out && to[-1] == ',' ? to - 1 : to;
}

size_t skim_without(char *out, const char *text, size_t length, const char *const *names)
{
    struct skim skim = {text, text + length}, name;
    const char *copied = text; /* up to here */
    char *to = out;

    while (next_name(&skim, &name)) {
        size_t before = (size_t)(name.at - 1 - copied);

        if (!is_one_of(name, names))
            continue;
        if (!skim_value(&skim))
            break;
        memcpy(to, copied, before);
        to = drop_comma(&skim, out, to + before);
        copied = skim.at;
    }
    memcpy(to, copied, (size_t)(text + length - copied));
    return (size_t)(to - out) + (size_t)(text + length - copied);
}
