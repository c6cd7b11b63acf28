/*
 * measure.c - parser of the unit behind a number, which it gives in one spelling.
 *
 * A unit is all words from a number to the end of its item, or nothing is read: so a
 * sentence that goes on (`5 less than x`) is no unit. Words that would change the
 * number (`3 tenths`) are refused as well.
 */
#include "critics/match/measure.h"

#include "critics/match/unit.h"

#include <stdio.h>

/* Volt, ampere, coulomb, tesla, farad or Fahrenheit, henry: in prose they are units. */
#define LETTER_UNITS "VACTFH"

struct measure {
    struct match_parser *p;
    char *unit;
    size_t length;
};

static void measure_put(struct measure *measure, const char *text)
{
    int length =
        snprintf(measure->unit + measure->length, MATCH_TEXT - measure->length, "%s", text);

    measure->length += (size_t)length;
    if (measure->length >= MATCH_TEXT)
        measure->length = MATCH_TEXT - 1;
}

bool match_measure_ends(const struct match_parser *p)
{
    static const uint8_t enders[] = {',',
                                     ';',
                                     ')',
                                     ']',
                                     '}',
                                     '|',
                                     '=',
                                     '<',
                                     '>',
                                     '&',
                                     MATCH_SET_CLOSE,
                                     MATCH_UNION,
                                     MATCH_ABOUT,
                                     MATCH_WITHOUT,
                                     '%',
                                     MATCH_AT_MOST,
                                     MATCH_AT_LEAST,
                                     MATCH_NOT_EQUAL,
                                     MATCH_MATRIX_CLOSE,
                                     MATCH_ROW};
    const struct match_token *token = match_parse_peek(p);
    bool ends = token->kind == MATCH_END || match_parse_joins(p, token);

    for (size_t i = 0; i < sizeof enders && !ends; i++)
        ends = match_parse_is(token, enders[i]);
    return ends;
}

/* Words that are part of the number, or say that it is another one. */
static bool refused(const struct match_parser *p, const struct match_token *token)
{
    static const char *const words[] = {
        "half",       "halves",      "third",   "thirds",    "quarter",    "quarters",
        "fourth",     "fourths",     "fifth",   "fifths",    "sixth",      "sixths",
        "eighth",     "eighths",     "tenth",   "tenths",    "hundredth",  "hundredths",
        "thousandth", "thousandths", "times",   "factorial", "less",       "more",
        "fewer",      "plus",        "minus",   "percent",   "percentage", "negative",
        "mod",        "modulo",      "not",     "to",        "out",        "hundred",
        "thousand",   "million",     "billion", "trillion",  "dozen",      "remainder",
        "choose",     "over",        "squared", "cubed",     "between",    "base",
        "zero",       "one",         "two",     "three",     "four",       "five",
        "six",        "seven",       "eight",   "nine",      "ten",        "eleven",
        "twelve"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (match_parse_word(p, token, words[i]))
            return true;
    return false;
}

/* A word, or a letter that is known as a unit and stands apart or behind a slash. */
static bool is_unit_word(const struct match_parser *p, const struct match_token *token, bool slash)
{
    if (token->kind == MATCH_WORD)
        return !match_parse_joins(p, token) && !match_parse_word(p, token, "per") &&
               !refused(p, token);
    if (token->prose && match_parse_letter(p, token, 'A', 'V') &&
        strchr(LETTER_UNITS, *match_parse_text(p, token)) != NULL)
        return true;
    if (token->kind != MATCH_NAME || match_unit_find(match_parse_text(p, token)) == NULL)
        return false;
    if (slash || token->prose || strcmp(match_parse_text(p, token), "Omega") == 0)
        return true;
    /* Within brackets a letter is a variable; so is one with a power, but for m^2. */
    return token->spaced && p->depth == 0 &&
           (!match_parse_is(token + 1, '^') || strcmp(match_parse_text(p, token), "m") == 0);
}

/* ^2, squared: its exponent, 1 without. */
static int read_power(struct match_parser *p)
{
    const struct match_token *token = match_parse_peek(p);
    bool braces = match_parse_is(token + 1, '{');
    const struct match_token *number = token + 1 + braces;
    char digit;

    if (match_parse_word(p, token, "squared") || match_parse_word(p, token, "cubed")) {
        match_parse_advance(p);
        return match_parse_text(p, token)[0] == 's' ? 2 : 3;
    }
    if (!match_parse_is(token, '^') || number->kind != MATCH_NUMBER || number->length != 1)
        return 1;
    digit = match_parse_text(p, number)[0];
    if (digit < '2' || (braces && !match_parse_is(number + 1, '}')))
        return 1;
    p->at += 2u + 2u * braces;
    return digit - '0';
}

static int read_prefix(struct match_parser *p)
{
    const struct match_token *token = match_parse_peek(p);
    bool square = match_parse_word(p, token, "square") || match_parse_word(p, token, "sq");

    if (!square && !match_parse_word(p, token, "cubic"))
        return 1;
    match_parse_advance(p);
    return square ? 2 : 3;
}

/* One unit, or the words that stand for one. False: there is none. */
static bool read_term(struct measure *measure, bool slash)
{
    struct match_parser *p = measure->p;
    int power = read_prefix(p), behind;
    uint32_t start = p->at;

    while (is_unit_word(p, match_parse_peek(p), slash && p->at == start)) {
        const char *text = match_parse_text(p, match_parse_peek(p));
        const struct match_unit *unit = match_unit_find(text);
        char word[64];

        (void)snprintf(word, sizeof word, "%s%s", p->at > start ? " " : "",
                       unit != NULL ? unit->name : text);
        if (unit == NULL)
            match_singular(word);
        measure_put(measure, word);
        match_parse_advance(p);
    }
    if (p->at == start)
        return false;
    behind = read_power(p);
    power = power > behind ? power : behind;
    if (power > 1) {
        const char exponent[3] = {'^', (char)('0' + power), '\0'};

        measure_put(measure, exponent);
    }
    return true;
}

static bool accept_per(struct match_parser *p)
{
    bool per =
        match_parse_is(match_parse_peek(p), '/') || match_parse_word(p, match_parse_peek(p), "per");

    if (per)
        match_parse_advance(p);
    return per;
}

/* An amount of money needs no further words; `$5 per day` has some that count. */
static bool read_terms(struct measure *measure, const char *money)
{
    struct match_parser *p = measure->p;
    bool found = money != NULL;

    if (!found && match_parse_peek(p)->kind == MATCH_MONEY) { /* 5 $ */
        measure_put(measure, match_parse_text(p, match_parse_peek(p)));
        match_parse_advance(p);
        return true;
    }
    if (found && !accept_per(p)) {
        (void)read_term(measure, false);
        measure->length = 0;
        measure_put(measure, money);
    } else if (found) {
        measure_put(measure, money);
        measure_put(measure, "/");
        found = read_term(measure, true);
    } else {
        found = read_term(measure, false);
    }
    while (found && accept_per(p)) {
        measure_put(measure, "/");
        found = read_term(measure, true);
    }
    return found;
}

bool match_measure_degrees(const struct match_token *token)
{
    return match_parse_is(token, '^') &&
           (match_parse_is(token + 1, MATCH_DEGREES) ||
            (match_parse_is(token + 1, '{') && match_parse_is(token + 2, MATCH_DEGREES) &&
             match_parse_is(token + 3, '}')));
}

/* A scale behind the degrees: C, Celsius, F. */
static const char *read_scale(struct match_parser *p)
{
    const struct match_token *token = match_parse_peek(p);
    const char *text = match_parse_text(p, token);

    if (token->kind != MATCH_WORD && token->kind != MATCH_NAME)
        return "degree";
    match_parse_advance(p);
    if (strcmp(text, "C") == 0 || strcmp(text, "celsius") == 0)
        return "celsius";
    if (strcmp(text, "F") == 0 || strcmp(text, "fahrenheit") == 0)
        return "fahrenheit";
    p->at--;
    return "degree";
}

static bool read_degrees(struct measure *measure)
{
    struct match_parser *p = measure->p;
    const struct match_token *token = match_parse_peek(p);

    if (match_measure_degrees(token))
        p->at += match_parse_is(token + 1, '{') ? 4 : 2;
    else if (match_parse_is(token, MATCH_DEGREES) || match_parse_word(p, token, "degrees"))
        match_parse_advance(p);
    else
        return false;
    measure_put(measure, read_scale(p));
    return true;
}

bool match_measure_unit(struct match_parser *p, const char *money, char unit[MATCH_TEXT])
{
    struct measure measure = {.p = p, .unit = unit};
    uint32_t start = p->at;

    unit[0] = '\0';
    if ((read_degrees(&measure) || read_terms(&measure, money)) && match_measure_ends(p))
        return true;
    p->at = start;
    return false;
}

bool match_measure_term(struct match_parser *p, char unit[MATCH_TEXT])
{
    struct measure measure = {.p = p, .unit = unit};
    uint32_t start = p->at;

    unit[0] = '\0';
    if (read_terms(&measure, NULL))
        return true;
    p->at = start;
    return false;
}

bool match_measure_here(struct match_parser *p)
{
    char unit[MATCH_TEXT];
    uint32_t start = p->at;
    bool here = match_measure_unit(p, NULL, unit);

    if (!here && match_measure_term(p, unit)) { /* 2 h 15 min */
        const struct match_token *next = match_parse_peek(p);

        here = p->depth == 0 && match_unit_find(unit) != NULL && next->kind == MATCH_NUMBER &&
               (next[1].kind == MATCH_WORD || next[1].kind == MATCH_NAME) &&
               match_unit_find(match_parse_text(p, next + 1)) != NULL;
    }
    p->at = start;
    return here;
}
