/*
 * numeral.c - reader of numbers that are written out in words.
 *
 * A numeral is read from left to right as it is said: words below a hundred add up, `hundred`
 * multiplies what was said since the last thousand, `thousand` and `million` close it.
 */
#include "critics/match/numeral.h"

#include <stdlib.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const struct {
    const char *word;
    int64_t value;
} small[] = {{"zero", 0},         {"one", 1},          {"two", 2},          {"three", 3},
             {"four", 4},         {"five", 5},         {"six", 6},          {"seven", 7},
             {"eight", 8},        {"nine", 9},         {"ten", 10},         {"eleven", 11},
             {"twelve", 12},      {"thirteen", 13},    {"fourteen", 14},    {"fifteen", 15},
             {"sixteen", 16},     {"seventeen", 17},   {"eighteen", 18},    {"nineteen", 19},
             {"twenty", 20},      {"thirty", 30},      {"forty", 40},       {"fifty", 50},
             {"sixty", 60},       {"seventy", 70},     {"eighty", 80},      {"ninety", 90},
             {"\xE4\xB8\x80", 1}, {"\xE4\xBA\x8C", 2}, {"\xE4\xB8\x89", 3}, {"\xE5\x9B\x9B", 4},
             {"\xE4\xBA\x94", 5}, {"\xE5\x85\xAD", 6}, {"\xE4\xB8\x83", 7}, {"\xE5\x85\xAB", 8},
             {"\xE4\xB9\x9D", 9}, {"\xE5\x8D\x81", 10}};

static const struct {
    const char *word;
    int64_t value;
} scales[] = {{"thousand", 1000}, {"million", 1000000}, {"billion", 1000000000}};

static const struct {
    const char *one, *many;
    int64_t value;
} parts[] = {{"half", "halves", 2},
             {"third", "thirds", 3},
             {"quarter", "quarters", 4},
             {"fourth", "fourths", 4},
             {"fifth", "fifths", 5},
             {"sixth", "sixths", 6},
             {"seventh", "sevenths", 7},
             {"eighth", "eighths", 8},
             {"ninth", "ninths", 9},
             {"tenth", "tenths", 10},
             {"twelfth", "twelfths", 12},
             {"hundredth", "hundredths", 100},
             {"thousandth", "thousandths", 1000}};

/* What was said so far. */
struct numeral {
    int64_t done, open; /* closed by a thousand; since then */
    bool any, tens;     /* something was said; the last word was twenty .. ninety */
};

static bool same_word(const char *a, const char *b, size_t length)
{
    return strlen(a) == length && memcmp(a, b, length) == 0;
}

/* False: the word goes on no numeral. */
static bool hear_number(struct numeral *numeral, const char *word, size_t length)
{
    for (size_t i = 0; i < COUNT(small); i++)
        if (same_word(small[i].word, word, length)) {
            bool unit = small[i].value < 10 && small[i].value > 0;

            if (numeral->open % 100 != 0 && !(numeral->tens && unit))
                return false;
            numeral->open += small[i].value;
            numeral->tens = small[i].value >= 20;
            numeral->any = true;
            return true;
        }
    numeral->tens = false;
    if (same_word("hundred", word, length) && numeral->open > 0 && numeral->open < 100) {
        numeral->open *= 100;
        return true;
    }
    for (size_t i = 0; i < COUNT(scales); i++)
        if (same_word(scales[i].word, word, length) && numeral->open > 0 &&
            numeral->done % (scales[i].value * 1000) == 0) {
            numeral->done += numeral->open * scales[i].value;
            numeral->open = 0;
            return true;
        }
    return false;
}

/* All parts of twenty-five; false: one of them is no numeral, and nothing was said. */
static bool hear_word(struct numeral *numeral, const char *word)
{
    struct numeral before = *numeral;

    for (;;) {
        size_t length = strcspn(word, "-");

        if (!hear_number(numeral, word, length)) {
            *numeral = before;
            return false;
        }
        if (word[length] == '\0')
            return true;
        word += length + 1;
    }
}

int64_t match_numeral_part(const struct match_parser *p, const struct match_token *token)
{
    for (size_t i = 0; i < COUNT(parts); i++)
        if (match_parse_word(p, token, parts[i].one) || match_parse_word(p, token, parts[i].many))
            return parts[i].value;
    return 0;
}

/* one half, two-thirds: behind the last hyphen, or in the next word. */
static int64_t hear_part(struct match_parser *p, struct numeral *numeral)
{
    const struct match_token *token = match_parse_peek(p);
    int64_t part = match_numeral_part(p, token);

    for (size_t i = 0; i < COUNT(parts) && part == 0 && token->kind == MATCH_WORD; i++) {
        const char *word = match_parse_text(p, token), *hyphen = strrchr(word, '-');

        if (!numeral->any && hyphen != NULL &&
            (strcmp(hyphen + 1, parts[i].one) == 0 || strcmp(hyphen + 1, parts[i].many) == 0) &&
            hear_number(numeral, word, (size_t)(hyphen - word)))
            part = parts[i].value;
    }
    return part;
}

/* `one hundred and five`, but not `one and five`. */
static bool goes_on(const struct match_parser *p, const struct numeral *numeral)
{
    struct numeral next = *numeral;

    return numeral->any && (numeral->open % 100 == 0) && numeral->open + numeral->done > 0 &&
           match_parse_word(p, match_parse_peek(p), "and") &&
           match_parse_peek(p)[1].kind == MATCH_WORD &&
           hear_word(&next, match_parse_text(p, match_parse_peek(p) + 1));
}

/* `third` is a place in a row, and a part only as `a third`; `half` and `quarter` are parts. */
static bool is_ordinal_alone(const struct match_parser *p, uint32_t at)
{
    const struct match_token *token = &p->row->tokens[at];
    bool article = at > 0 && (match_parse_letter(p, token - 1, 'a', 'a') ||
                              match_parse_letter(p, token - 1, 'A', 'A'));

    for (size_t i = 0; i < COUNT(parts) && !article; i++)
        if (match_parse_word(p, token, parts[i].one))
            return parts[i].value > 2 && strcmp(parts[i].one, "quarter") != 0;
    return false;
}

bool match_numeral(struct match_parser *p, struct match_number *value)
{
    struct numeral numeral = {.done = 0};
    uint32_t start = p->at;
    int64_t part;

    while (match_parse_peek(p)->kind == MATCH_WORD) {
        if (goes_on(p, &numeral))
            match_parse_advance(p);
        if (!hear_word(&numeral, match_parse_text(p, match_parse_peek(p))))
            break;
        match_parse_advance(p);
    }
    part = hear_part(p, &numeral);
    if (!numeral.any && (part == 0 || (is_ordinal_alone(p, start) && p->at == start))) {
        p->at = start;
        return false;
    }
    *value = match_integer(numeral.any ? numeral.done + numeral.open : 1);
    if (part > 0) {
        match_parse_advance(p);
        *value = match_compute(*value, '/', match_integer(part));
    }
    return true;
}

bool match_numeral_and_part(struct match_parser *p, int64_t *over, int64_t *under)
{
    const struct match_token *token = match_parse_peek(p);
    bool article = token[1].kind == MATCH_NAME && strcmp(match_parse_text(p, token + 1), "a") == 0;
    bool one = match_parse_word(p, token + 1, "one");

    if (!match_parse_word(p, token, "and") || !(article || one))
        return false;
    *over = 1;
    *under = match_numeral_part(p, token + 2);
    if (*under == 0)
        return false;
    p->at += 3;
    return true;
}
