/*
 * full_stop.c - ends of sentences, by what stands before and behind a full stop.
 */
#include "io/full_stop.h"

#include <ctype.h>
#include <string.h>

#include "io/closing.h"

/* A name or a number stands behind these, so not even a capital letter ends the sentence. */
static const char *const abbreviations[] = {
    "e.g", "i.e", "eg", "ie",  "vs",  "cf",     "mr", "mrs", "ms", "dr",  "prof", "st",  "mt",
    "no",  "nos", "eq", "eqs", "fig", "approx", "ca", "viz", "al", "thm", "sec",  "gen", NULL};

/* A single letter before the full stop is the sentence's last word behind these ... */
static const char *const names_of_letters[] = {
    "is",    "are", "be",  "option", "choice", "answer", "point", "points", "set",
    "event", "to",  "and", "or",     "than",   "by",     "with",  "of",     NULL};

/* ... or before these, with which sentences begin, and names do not. */
static const char *const openers[] = {
    "the",   "so",     "then",  "thus",  "therefore", "hence", "now",  "since", "it",
    "we",    "this",   "that",  "these", "if",        "in",    "to",   "and",   "but",
    "he",    "she",    "they",  "there", "next",      "first", "let",  "for",   "as",
    "after", "before", "given", "each",  "finally",   "when",  "also", "on",    NULL};

static const char *const counted[] = {"step", "part", "case", "question", "problem", "stage", NULL};

static bool full_stop_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static const char *full_stop_skip(const char *at, const char *end)
{
    while (at < end && full_stop_blank(*at))
        at++;
    return at;
}

/* Marks that begin a line and say nothing. */
static const char *behind_marks(const char *at, const char *end)
{
    while (at < end && (full_stop_blank(*at) || strchr("*_#>", *at) != NULL))
        at++;
    return at;
}

/* Behind the number or the letter of an item, a letter only if it is the only one. */
static const char *full_stop_behind_number(const char *at, const char *end)
{
    const char *from = at;

    while (at < end && isdigit((unsigned char)*at) != 0)
        at++;
    if (at > from)
        return at - from <= 3 ? at : from;
    if (at < end && isalpha((unsigned char)*at) != 0)
        at++;
    while (at < end && at - from < 4 && strchr("ivx", *at) != NULL && strchr("ivx", *from) != NULL)
        at++;
    return at;
}

const char *full_stop_item(const char *start, const char *end)
{
    const char *at = behind_marks(start, end), *number, *behind;
    struct crux_text word;
    bool named, opened;

    if (at < end && strchr("-+", *at) != NULL && at + 1 < end && full_stop_blank(at[1]))
        return full_stop_skip(at + 1, end);
    opened = at < end && *at == '(';
    number = at + opened;
    named = at < end && closing_is_letter(*at);
    if (named) {
        word = closing_word(&number, end);
        named = word.start == at && closing_listed(counted, word);
    }
    number = named ? full_stop_skip(number, end) : at + opened;
    behind = full_stop_behind_number(number, end);
    if (behind > number && behind < end && strchr(opened ? ")" : ".):", *behind) != NULL &&
        (*behind != ':' || named))
        behind++;
    else
        behind = number;
    if (behind > number && (behind == end || full_stop_blank(*behind) || *behind == '*'))
        return behind_marks(behind, end);
    for (at = start; at < end && full_stop_blank(*at);)
        at++;
    return end - at > 1 && *at == '*' && full_stop_blank(at[1]) ? full_stop_skip(at + 1, end)
                                                                : start;
}

/* The word that ends at at, with the points inside of it. */
static struct crux_text word_before(const char *start, const char *at)
{
    const char *from = at;

    while (from > start && (closing_is_letter(from[-1]) ||
                            (from[-1] == '.' && from < at && closing_is_letter(*from))))
        from--;
    while (from < at && *from == '.')
        from++;
    return (struct crux_text){from, (size_t)(at - from)};
}

static bool is_initial(const char *start, struct crux_text letter, const char *next,
                       const char *end)
{
    const char *before = letter.start;
    struct crux_text word;

    if (letter.length != 1 || isupper((unsigned char)*letter.start) == 0)
        return false;
    while (before > start && full_stop_blank(before[-1]))
        before--;
    word = word_before(start, before);
    if (word.length > 0 && closing_listed(names_of_letters, word))
        return false;
    if (next == end || isupper((unsigned char)*next) == 0)
        return false;
    if (letter.start > start && !full_stop_blank(letter.start[-1]) && letter.start[-1] != '.')
        return false; /* of a formula: x + Y, $Z */
    word = closing_word(&next, end);
    return !closing_listed(openers, word);
}

/* With this behind it a sentence goes on. */
static bool full_stop_goes_on(char mark, const char *start, const char *at, const char *next,
                              const char *end)
{
    unsigned char before = at > start ? (unsigned char)at[-1] : ' ';

    if (next == end)
        return false;
    if (islower((unsigned char)*next) != 0 || strchr("=+/<>,;:)]}|%&", *next) != NULL)
        return true;
    if (mark == '!' && (isdigit(before) != 0 || before == ')'))
        return isupper((unsigned char)*next) == 0;
    return false;
}

/* Behind the closing quotes, brackets and marks of emphasis. */
static const char *behind_closers(const char *at, const char *end)
{
    static const char *const wide[] = {"”", "’", "»", "」", "）", NULL};
    bool more = true;

    while (more) {
        more = false;
        while (at < end && strchr("\"')]}*_`$", *at) != NULL)
            at++;
        for (size_t i = 0; wide[i] != NULL; i++) {
            size_t length = strlen(wide[i]);

            if ((size_t)(end - at) >= length && memcmp(at, wide[i], length) == 0) {
                at += length;
                more = true;
            }
        }
    }
    return at;
}

/* The full stops of Chinese and Japanese: their length; 0: at is none. */
static size_t wide_stop(const char *at, const char *end)
{
    static const char *const stops[] = {"。", "！", "？", NULL};

    for (size_t i = 0; stops[i] != NULL; i++)
        if ((size_t)(end - at) >= strlen(stops[i]) && memcmp(at, stops[i], strlen(stops[i])) == 0)
            return strlen(stops[i]);
    return 0;
}

const char *full_stop_behind(const char *start, const char *at, const char *end)
{
    size_t wide = wide_stop(at, end);
    const char *next;
    struct crux_text word;

    if (wide > 0)
        return full_stop_skip(behind_closers(at + wide, end), end);
    if (at == end || strchr(".!?", *at) == NULL)
        return NULL;
    next = behind_closers(at + 1, end);
    if (next < end && !full_stop_blank(*next))
        return NULL;
    next = full_stop_skip(next, end);
    if (full_stop_goes_on(*at, start, at, next, end) || full_stop_item(start, at + 1) > at)
        return NULL;
    if (*at == '.' && next < end) {
        word = word_before(start, at);
        if (closing_listed(abbreviations, word) || is_initial(start, word, next, end))
            return NULL;
    }
    return next;
}
