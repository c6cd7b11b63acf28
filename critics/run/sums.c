/*
 * sums.c - finds equations between numbers in a text, and has critic match compare their sides.
 *
 * The text is first written in plain signs, one byte for each of its bytes, so that places in both
 * are the same.
 */
#include "critics/run/sums.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "critics/match/compare.h"

enum { SUMS_DEEP = 16 };

/* --- plain signs ---------------------------------------------------------------------------------
 */

static const struct {
    const char *written;
    char sign;
} plain_signs[] = {
    {"\xC3\x97", '*'},
    {"\xC3\xB7", '/'},
    {"\xE2\x88\x92", '-'},
    {"\xC2\xB7", '*'},
    {"\xE2\x8B\x85", '*'},
    {"\\times", '*'},
    {"\\cdot", '*'},
    {"\\div", '/'},
    {"\xE2\x80\x93", '-'},
    {"\xC2\xA0", ' '},
    {"$", ' '},
    {"\\$", ' '},
    {"\\(", ' '},
    {"\\)", ' '},
    {"**", '^'},
};

/* An x between a number and a number, with or without blanks, is a multiplication. */
static bool is_times_sign(const char *text, size_t length, size_t at)
{
    size_t before = at, after = at + 1;

    while (before > 0 && text[before - 1] == ' ')
        before--;
    while (after < length && text[after] == ' ')
        after++;
    return before > 0 && after < length &&
           (isdigit((unsigned char)text[before - 1]) || text[before - 1] == ')') &&
           (isdigit((unsigned char)text[after]) || text[after] == '(');
}

/* The sign that is written at a place, and its length there; 1 and itself for all others. */
static char sign_at(const char *text, size_t length, size_t at, size_t *size)
{
    for (size_t i = 0; i < sizeof plain_signs / sizeof *plain_signs; i++) {
        size_t written = strlen(plain_signs[i].written);

        if (written <= length - at && memcmp(text + at, plain_signs[i].written, written) == 0) {
            *size = written;
            return plain_signs[i].sign;
        }
    }
    *size = 1;
    if ((text[at] == 'x' || text[at] == 'X') && is_times_sign(text, length, at))
        return '*';
    return text[at];
}

/* NULL: no memory. */
static char *write_plain_signs(const char *text, size_t length)
{
    char *plain = malloc(length + 1);

    for (size_t at = 0, size; plain != NULL && at < length; at += size) {
        char sign = sign_at(text, length, at, &size);

        memset(plain + at, ' ', size);
        plain[at] = sign;
    }
    if (plain != NULL)
        plain[length] = '\0';
    return plain;
}

/* --- expressions of numbers
 * ------------------------------------------------------------------------ */

static const char *skip_blanks(const char *at)
{
    while (*at == ' ' || *at == '\t')
        at++;
    return at;
}

static bool is_operator(char sign)
{
    return sign != '\0' && strchr("+-*/^", sign) != NULL;
}

/* 12, 1,200, 3.5, .5, 20%; behind it, or NULL. */
static const char *pass_number(const char *at)
{
    const char *start = at;

    while (isdigit((unsigned char)*at) ||
           (*at == ',' && at > start && isdigit((unsigned char)at[1]) &&
            isdigit((unsigned char)at[2]) && isdigit((unsigned char)at[3]) &&
            !isdigit((unsigned char)at[4])))
        at++;
    if (*at == '.' && isdigit((unsigned char)at[1]))
        for (at++; isdigit((unsigned char)*at);)
            at++;
    if (at > start && *at == '%')
        at++;
    return at > start ? at : NULL;
}

static const char *pass_sum(const char *at, bool *operation, int deep);

static const char *pass_term(const char *at, bool *operation, int deep)
{
    if ((*at == '-' || *at == '+') && at[1] != ' ')
        at++;
    if (*at != '(')
        return pass_number(at);
    if (deep == SUMS_DEEP)
        return NULL;
    at = pass_sum(skip_blanks(at + 1), operation, deep + 1);
    at = at != NULL ? skip_blanks(at) : NULL;
    return at != NULL && *at == ')' ? at + 1 : NULL;
}

/* Behind the longest expression that begins here, NULL: none does. *operation: it has one. */
static const char *pass_sum(const char *at, bool *operation, int deep)
{
    const char *end = pass_term(at, operation, deep);

    while (end != NULL) {
        const char *sign = skip_blanks(end);
        const char *next;

        if (!is_operator(*sign))
            break;
        next = pass_term(skip_blanks(sign + 1), operation, deep);
        if (next == NULL)
            break;
        *operation = true;
        end = next;
    }
    return end;
}

/* --- equations -----------------------------------------------------------------------------------
 */

/* May an expression begin here, by what stands before it on its line? */
static bool may_begin(const char *line, const char *at)
{
    const char *before = at;
    bool apart;

    while (before > line && (before[-1] == ' ' || before[-1] == '\t'))
        before--;
    apart = before < at;
    if (before == line)
        return true;
    if (is_operator(before[-1])) /* a list's own sign, at the beginning of a line */
        return before - 1 == skip_blanks(line) && apart;
    if (!apart && before - 1 > line && strchr(",:", before[-1]) != NULL &&
        isdigit((unsigned char)before[-2])) /* 3,5 and 2:30 */
        return false;
    if (isdigit((unsigned char)before[-1]) || strchr(")]}_\\.%", before[-1]) != NULL)
        return before[-1] == '.' && apart;
    return apart ? !is_operator(*at) : !isalpha((unsigned char)before[-1]) && before[-1] > 0;
}

struct side {
    const char *start;
    size_t length;  /* 0: there is none */
    bool operation; /* it has one */
};

/* The expression that ends before an equals sign. */
static struct side left_of(const char *line, const char *equals)
{
    for (const char *at = line; at < equals; at++) {
        struct side side = {.start = at};
        const char *end = pass_sum(at, &side.operation, 0);

        if (end == NULL || skip_blanks(end) != equals)
            continue;
        if (may_begin(line, at))
            side.length = (size_t)(end - at);
        return side;
    }
    return (struct side){.start = equals};
}

/* Does a number go on here that is written in parts: 3 1/2, 8 000, 3,5, 1:30, 2 R 1? */
static bool has_more_parts(const char *end)
{
    const char *next = skip_blanks(end);

    if (next == end)
        return (*end == ',' || *end == ':') && isdigit((unsigned char)end[1]);
    return isdigit((unsigned char)*next) ||
           ((*next == 'R' || *next == 'r') && isdigit((unsigned char)*skip_blanks(next + 1)));
}

/* May what was passed end here? */
static bool may_end(const char *end)
{
    return !is_operator(*skip_blanks(end)) && !isalpha((unsigned char)*end) && *end >= 0 &&
           (*end == '\0' || strchr("_\\(", *end) == NULL) && !has_more_parts(end);
}

/* The one behind it: all that is there. */
static struct side right_of(const char *equals)
{
    struct side side = {.start = skip_blanks(equals + 1)};
    const char *end = pass_sum(side.start, &side.operation, 0);

    if (end != NULL && may_end(end))
        side.length = (size_t)(end - side.start);
    return side;
}

/* Only in a chain (3 + 4 = 7 = 14 / 2) may the left side be a number. */
static bool states_arithmetic(const char *text, const char *line, const struct side *left,
                              const struct side *right)
{
    bool chained = line > text && line[-1] == '=' && left->start == skip_blanks(line);

    return left->length > 0 && right->length > 0 &&
           (left->operation || (chained && right->operation));
}

/* Both ways round, so that a rounded side may be either. False: no memory. */
static bool compare_sides(enum match *out, const struct side *left, const struct side *right)
{
    struct match_form *a = match_read(left->start, left->length);
    struct match_form *b = match_read(right->start, right->length);
    enum match one, other;
    bool memory = a != NULL && b != NULL;

    if (memory) {
        one = match_compare(b, a, 0.0);
        other = match_compare(a, b, 0.0);
        *out = one == MATCH_EQUAL || other == MATCH_EQUAL       ? MATCH_EQUAL
               : one == MATCH_UNEQUAL && other == MATCH_UNEQUAL ? MATCH_UNEQUAL
                                                                : MATCH_UNKNOWN;
    }
    match_free(a);
    match_free(b);
    return memory;
}

/* Does the text reckon with remainders, or with other digits? */
static bool reckons_otherwise(const char *text)
{
    static const char *const words[] = {"remainder", "in base", "(base", "binary", "hexadecimal"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasestr(text, words[i]) != NULL)
            return true;
    for (; (text = strcasestr(text, "mod")) != NULL; text++)
        if (!isalpha((unsigned char)text[3]) || text[3] == 'u')
            return true;
    return false;
}

/* What does not hold as it stands may be meant otherwise: 2 + 4 = 1 (mod 5), 20 - 15% = 17. */
static bool is_meant_otherwise(const char *text, const struct side *left, const struct side *right)
{
    size_t length = (size_t)(right->start + right->length - left->start);

    return reckons_otherwise(text) ||
           (memchr(left->start, '%', length) != NULL &&
            (memchr(left->start, '+', length) != NULL || memchr(left->start, '-', length) != NULL));
}

static bool check_equation(struct sums *out, const char *text, const char *line, const char *equals)
{
    struct side left = left_of(line, equals), right = right_of(equals);
    enum match match = MATCH_UNKNOWN;

    if (!states_arithmetic(text, line, &left, &right))
        return true;
    if (!compare_sides(&match, &left, &right))
        return false;
    if (match == MATCH_UNEQUAL && is_meant_otherwise(text, &left, &right))
        return true;
    out->held += match == MATCH_EQUAL;
    out->failed += match == MATCH_UNEQUAL;
    if (match == MATCH_UNEQUAL && out->mistake.length == 0)
        out->mistake =
            (struct crux_text){left.start, (size_t)(right.start + right.length - left.start)};
    return true;
}

/* <=, >=, !=, == are no equations. */
static bool is_equals(const char *text, const char *at)
{
    return *at == '=' && at[1] != '=' && (at == text || strchr("<>!=:~", at[-1]) == NULL);
}

bool sums_check(struct sums *out, const char *text, size_t length)
{
    char *plain = write_plain_signs(text, length);
    const char *line = plain;
    bool memory = plain != NULL;

    *out = (struct sums){.held = 0};
    for (const char *at = plain; memory && *at != '\0'; at++) {
        if (is_equals(plain, at))
            memory = check_equation(out, plain, line, at);
        if (*at == '=' || *at == '\n' || *at == '\v')
            line = at + 1;
    }
    if (out->mistake.length > 0)
        out->mistake.start = text + (out->mistake.start - plain);
    free(plain);
    return memory;
}
