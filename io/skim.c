/*
 * skim.c - brackets are counted, strings are skipped.
 */
#include "io/skim.h"

#include <string.h>

void skim_blanks(struct skim *skim)
{
    while (skim->at < skim->end && memchr(" \t\r\n", *skim->at, 4) != NULL)
        skim->at++;
}

bool skim_string(struct skim *skim, struct skim *piece)
{
    const char *at = skim->at + 1;

    if (skim->at == skim->end || *skim->at != '"')
        return false;
    while (at < skim->end && *at != '"')
        at += *at == '\\' ? 2 : 1;
    if (at >= skim->end)
        return false;
    *piece = (struct skim){skim->at + 1, at};
    skim->at = at + 1;
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
    while (to > out && memchr(" \t\r\n", to[-1], 4) != NULL)
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
