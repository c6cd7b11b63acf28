/*
 * digits.c - reads the numbers of an answer: separators of thousands, digits that repeat.
 *
 * A token has plain digits, a point maybe, an exponent maybe; digits that repeat stand in brackets.
 */
#include "critics/match/lexer.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* The number begins a brace of \frac, where no list can stand. */
static bool in_fraction(const struct match_lexer *lexer)
{
    const struct match_row *row = lexer->row;
    const struct match_token *last;

    if (row->count < 3) /* the number itself is the last token */
        return false;
    last = &row->tokens[row->count - 2];
    return last->kind == MATCH_SIGN && last->sign == '{' && last[-1].kind == MATCH_SIGN &&
           last[-1].sign == MATCH_FRACTION;
}

/* Plain commas between digits separate thousands if all groups have three of them: 25,100,55 are
 * three numbers, and so are the digits behind its first comma. */
static bool commas_group(const struct match_lexer *lexer, const char *start, const char *at)
{
    if (lexer->brackets > 0 || (lexer->braces > 0 && lexer->prose == 0 && !in_fraction(lexer)) ||
        (start - lexer->begin > 1 && start[-1] == ',' && isdigit((unsigned char)start[-2]) != 0))
        return false;
    while (at < lexer->end && *at == ',' && match_lexer_digit(lexer, at + 1)) {
        const char *group = ++at;

        while (match_lexer_digit(lexer, at))
            at++;
        if (at - group != 3)
            return false;
    }
    return true;
}

/* Three digits, and no more. */
static bool group_at(const struct match_lexer *lexer, const char *at)
{
    return match_lexer_digit(lexer, at) && match_lexer_digit(lexer, at + 1) &&
           match_lexer_digit(lexer, at + 2) && !match_lexer_digit(lexer, at + 3);
}

/* A plain space or apostrophe separates where no fraction follows (5 100/3), and in no prose. */
static bool spaces_group(const struct match_lexer *lexer, const char *group)
{
    const char *behind = group + 3;

    while (behind < lexer->end && *behind == ' ')
        behind++;
    return !lexer->sentence && lexer->prose == 0 &&
           (behind >= lexer->end || (*behind != '/' && *behind != '.'));
}

/* The three digits behind a separator of thousands, NULL: it is none. */
static const char *thousands(const struct match_lexer *lexer, const char *start, const char *at)
{
    static const struct {
        const char *text;
        bool airy; /* spaces may follow */
    } separators[] = {{"{,}", false}, {",\\!", true},
                      {"\\,", false}, {"\\!,", true},
                      {",", false},   {"\xE2\x80\x89", false},
                      {"\\ ", false}, {"\xE2\x80\xAF", false},
                      {"\\;", false}, {" ", false},
                      {"'", false},   {"\xC2\xA0", false}};

    for (size_t i = 0; i < COUNT(separators); i++) {
        size_t length = strlen(separators[i].text);
        const char *group = at + length;

        if ((size_t)(lexer->end - at) < length || memcmp(at, separators[i].text, length) != 0)
            continue;
        while (separators[i].airy && group < lexer->end && *group == ' ')
            group++;
        if (!group_at(lexer, group) ||
            (*at == ',' && length == 1 && !commas_group(lexer, start, at)) ||
            ((*at == ' ' || *at == '\'') && !spaces_group(lexer, group)))
            continue;
        return group;
    }
    return NULL;
}

static const char *digits_end(const struct match_lexer *lexer, const char *at)
{
    while (match_lexer_digit(lexer, at))
        at++;
    return at;
}

/* The exponent of 1.5e-3, NULL: there is none. */
static const char *token_exponent(const struct match_lexer *lexer, const char *at)
{
    if (at + 1 >= lexer->end || (*at != 'e' && *at != 'E'))
        return NULL;
    at++;
    at += *at == '-' || *at == '+';
    return match_lexer_digit(lexer, at) ? at : NULL;
}

/* \overline{36}, \bar{6}, \dot{3} behind a decimal number: the digits that repeat, and behind
 * what they stand. NULL: none do. */
static const char *repeats(const struct match_lexer *lexer, const char *at, const char **digits,
                           size_t *length)
{
    static const char *const marks[] = {"\\overline{", "\\bar{", "\\dot{", "("};

    for (size_t i = 0; i < COUNT(marks); i++) {
        const char *end;

        if (!match_lexer_here(lexer, at, marks[i]))
            continue;
        *digits = at + strlen(marks[i]);
        end = digits_end(lexer, *digits);
        *length = (size_t)(end - *digits);
        /* Brackets are a product but right behind the point. */
        if (*length > 0 && *length < 10 && end < lexer->end &&
            *end == (*marks[i] == '(' ? ')' : '}') && (*marks[i] != '(' || at[-1] == '.'))
            return end + 1;
    }
    return NULL;
}

/* 0.333... says that its last digits repeat; how many, 0: it does not say so. */
static size_t repeated(const char *digits, size_t length)
{
    for (size_t period = 1; period < 10 && period * 2 <= length; period++)
        if (memcmp(digits + length - period, digits + length - 2 * period, period) == 0)
            return period;
    return 0;
}

static const char *dots_end(const struct match_lexer *lexer, const char *at)
{
    static const char *const dots[] = {"\\ldots", "\\dots", "\\cdots", "...", "\xE2\x80\xA6"};

    for (size_t i = 0; i < COUNT(dots); i++)
        if (match_lexer_here(lexer, at, dots[i]))
            return at + strlen(dots[i]);
    return NULL;
}

/* The places behind the point that stands at at. Returns behind them. */
static const char *read_places(struct match_lexer *lexer, const char *at)
{
    const char *end = digits_end(lexer, at + 1), *digits = NULL, *behind;
    size_t places = (size_t)(end - at - 1), length = 0;

    behind = repeats(lexer, end, &digits, &length);
    if (behind == NULL && places > 0 && (behind = dots_end(lexer, end)) != NULL) {
        length = repeated(at + 1, places);
        digits = end - length;
        places -= length;
        if (length == 0)
            behind = NULL;
    }
    if (places == 0 && behind == NULL)
        return at;
    match_lexer_put(lexer, at, places + 1);
    if (behind == NULL)
        return end;
    match_lexer_put(lexer, "(", 1);
    match_lexer_put(lexer, digits, length);
    match_lexer_put(lexer, ")", 1);
    return behind;
}

/* 0x1F */
static bool read_hexadecimal(struct match_lexer *lexer)
{
    const char *at = lexer->at + 2;
    char text[24];
    uint64_t value = 0;

    if (!match_lexer_here(lexer, lexer->at, "0x") || at >= lexer->end ||
        isxdigit((unsigned char)*at) == 0)
        return false;
    for (; at < lexer->end && isxdigit((unsigned char)*at) != 0 && value >> 56 == 0; at++)
        value = value * 16 +
                (uint64_t)(isdigit((unsigned char)*at) != 0 ? *at - '0' : (*at | 0x20) - 'a' + 10);
    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    match_lexer_text(lexer, MATCH_NUMBER, text, strlen(text));
    lexer->at = at;
    return true;
}

/* 0b1011 */
static bool read_binary(struct match_lexer *lexer)
{
    const char *at = lexer->at + 2;
    char text[24];
    uint64_t value = 0;

    if (!match_lexer_here(lexer, lexer->at, "0b") || at >= lexer->end || (*at != '0' && *at != '1'))
        return false;
    for (; at < lexer->end && (*at == '0' || *at == '1') && value >> 62 == 0; at++)
        value = value * 2 + (uint64_t)(*at - '0');
    if (match_lexer_digit(lexer, at))
        return false;
    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    match_lexer_text(lexer, MATCH_NUMBER, text, strlen(text));
    lexer->at = at;
    return true;
}

/* 2A_{16}: no product, and what else it is nobody says. NULL: it is something else. */
static const char *hexadecimal_end(const struct match_lexer *lexer, const char *at)
{
    bool letters = false;

    for (; at < lexer->end && (match_lexer_digit(lexer, at) || (*at >= 'A' && *at <= 'F')); at++)
        letters |= *at >= 'A';
    return letters && (match_lexer_here(lexer, at, "_{16}") || match_lexer_here(lexer, at, "_16"))
               ? at
               : NULL;
}

/* 12,34,567: lakhs as they are written in India, or three numbers. NULL: it is something else. */
static const char *lakhs_end(const struct match_lexer *lexer, const char *at)
{
    const char *end = digits_end(lexer, at);
    size_t first = (size_t)(end - at), pairs = 0;

    if (lexer->brackets > 0 || first == 0 || first > 2)
        return NULL;
    while (end < lexer->end && *end == ',' && digits_end(lexer, end + 1) == end + 3) {
        end += 3;
        pairs++;
    }
    return pairs > 0 && end < lexer->end && *end == ',' && group_at(lexer, end + 1) ? end + 4
                                                                                    : NULL;
}

/* What may be two things is read as none of them. False: here it may not. */
static bool read_ambiguous(struct match_lexer *lexer)
{
    const char *end = hexadecimal_end(lexer, lexer->at);

    if (end == NULL)
        end = lakhs_end(lexer, lexer->at);
    if (end == NULL)
        return false;
    match_lexer_text(lexer, MATCH_OTHER, lexer->at, (size_t)(end - lexer->at));
    lexer->at = end;
    return true;
}

static void digits_decimal(struct match_lexer *lexer)
{
    const char *start = lexer->at, *end = digits_end(lexer, start), *group;

    (void)match_lexer_add(lexer, MATCH_NUMBER);
    match_lexer_put(lexer, start, (size_t)(end - start));
    if (end > start && end - start <= 3 && *start != '0')
        while ((group = thousands(lexer, start, end)) != NULL) {
            match_lexer_put(lexer, group, 3);
            end = group + 3;
        }
    if (end + 1 < lexer->end && *end == '.')
        end = read_places(lexer, end);
    start = token_exponent(lexer, end);
    if (start != NULL) {
        end = digits_end(lexer, start);
        match_lexer_put(lexer, "e", 1);
        if (start[-1] == '-')
            match_lexer_put(lexer, "-", 1);
        match_lexer_put(lexer, start, (size_t)(end - start));
    }
    match_lexer_finish(lexer);
    lexer->at = end;
}

/* The digit of a raised or a lowered sign, '-' for their minus; '\0': at at there is none. */
static char small_digit(const struct match_lexer *lexer, const char *at, bool raised)
{
    const unsigned char *sign = (const unsigned char *)at;

    if (lexer->end - at >= 2 && sign[0] == 0xC2 && raised)
        return sign[1] == 0xB9 ? '1'
                               : (char)(sign[1] == 0xB2 || sign[1] == 0xB3 ? sign[1] - 0x80 : 0);
    if (lexer->end - at < 3 || sign[0] != 0xE2 || sign[1] != (raised ? 0x81 : 0x82))
        return '\0';
    if (sign[2] == (raised ? 0xBB : 0x8B))
        return '-';
    return (char)(sign[2] >= (raised ? 0xB0 : 0x80) && sign[2] <= (raised ? 0xB9 : 0x89)
                      ? '0' + (sign[2] & 0x0F)
                      : 0);
}

/* Raised digits as ^{23}, lowered ones as _{12}: signs side by side are one number. False: none
 * stand here, or they are the degree of a root. */
static bool read_small_digits(struct match_lexer *lexer, bool raised)
{
    char digits[24];
    const char *at = lexer->at, *next;
    size_t count = 0;

    while (count < sizeof digits && small_digit(lexer, at, raised) != '\0' &&
           (count == 0 || small_digit(lexer, at, raised) != '-')) {
        digits[count++] = small_digit(lexer, at, raised);
        at += (unsigned char)*at == 0xC2 ? 2 : 3;
    }
    next = at;
    if (count == 0 || (count == 1 && *digits == '-') ||
        match_lexer_here(lexer, next, "\xE2\x88\x9A"))
        return false;
    match_lexer_sign(lexer, raised ? '^' : '_');
    match_lexer_sign(lexer, '{');
    if (*digits == '-')
        match_lexer_sign(lexer, '-');
    match_lexer_text(lexer, MATCH_NUMBER, digits + (*digits == '-'), count - (*digits == '-'));
    match_lexer_sign(lexer, '}');
    lexer->at = at;
    return true;
}

bool match_digits_small(struct match_lexer *lexer)
{
    unsigned char first = (unsigned char)*lexer->at;

    return (first == 0xC2 || first == 0xE2) &&
           (read_small_digits(lexer, true) || read_small_digits(lexer, false));
}

void match_digits(struct match_lexer *lexer)
{
    if (!read_hexadecimal(lexer) && !read_binary(lexer) && !read_ambiguous(lexer))
        digits_decimal(lexer);
}
