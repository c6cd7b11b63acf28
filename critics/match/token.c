/*
 * token.c - splits the text of an answer into tokens, in one pass; what a spelling means
 * stands in tables.
 *
 * A sign of the table wins; what begins none is a digit, a letter, a LaTeX command, or a
 * sign that stands for itself. There is no backing up, so the pass is linear in the text.
 */
#include "critics/match/lexer.h"

#include "critics/match/number.h"
#include "critics/match/spelling.h"
#include "critics/match/unit.h"

#include <ctype.h>
#include <string.h>

#define PROSE_DEPTH  16u
#define COUNT(table) (sizeof(table) / sizeof *(table))

/* --- tokens ------------------------------------------------------------------------ */

struct match_token *match_lexer_add(struct match_lexer *lexer, enum match_token_kind kind)
{
    struct match_row *row = lexer->row;
    struct match_token *token = &row->tokens[row->count];

    if (row->count == MATCH_TOKENS || row->used + 1 >= sizeof row->text) {
        lexer->full = true;
        return token;
    }
    *token = (struct match_token){.kind = (uint8_t)kind,
                                  .spaced = lexer->spaced,
                                  .prose = lexer->prose != 0,
                                  .text = (uint16_t)row->used};
    lexer->spaced = false;
    row->count++;
    return token;
}

/* More text for the newest token. */
void match_lexer_put(struct match_lexer *lexer, const char *text, size_t length)
{
    struct match_row *row = lexer->row;

    if (lexer->full || length >= sizeof row->text - row->used) {
        lexer->full = true;
        return;
    }
    memcpy(row->text + row->used, text, length);
    row->used += (uint32_t)length;
    row->text[row->used] = '\0';
    row->tokens[row->count - 1].length = (uint16_t)(row->tokens[row->count - 1].length + length);
}

/* The newest token's text is complete. */
void match_lexer_finish(struct match_lexer *lexer)
{
    if (lexer->full || lexer->row->used + 1 >= sizeof lexer->row->text) {
        lexer->full = true;
        return;
    }
    lexer->row->text[lexer->row->used++] = '\0';
}

void match_lexer_text(struct match_lexer *lexer, enum match_token_kind kind, const char *text,
                      size_t length)
{
    (void)match_lexer_add(lexer, kind);
    match_lexer_put(lexer, text, length);
    match_lexer_finish(lexer);
}

void match_lexer_sign(struct match_lexer *lexer, uint8_t sign)
{
    if (sign == '(' || sign == '[' || sign == MATCH_SET_OPEN)
        lexer->brackets++;
    else if ((sign == ')' || sign == ']' || sign == MATCH_SET_CLOSE) && lexer->brackets > 0)
        lexer->brackets--;
    match_lexer_add(lexer, MATCH_SIGN)->sign = sign;
}

/* --- letters -------------------------------------------------------------------------------- */

static size_t glyph(const struct match_lexer *lexer, const char *at)
{
    size_t length = 1;

    while (at + length < lexer->end && ((unsigned char)at[length] & 0xC0) == 0x80)
        length++;
    return length;
}

/* Raised and lowered digits are none. */
static bool letter_at(const struct match_lexer *lexer, const char *at)
{
    bool digit = lexer->end - at >= 2 && (unsigned char)at[0] == 0xE2 &&
                 ((unsigned char)at[1] == 0x81 || (unsigned char)at[1] == 0x82);

    return at < lexer->end && !digit && (isalpha((unsigned char)*at) || (unsigned char)*at >= 0xC3);
}

/* An apostrophe or a hyphen within a word. */
static bool joins(const struct match_lexer *lexer, const char *at)
{
    return (*at == '\'' || *at == '-') && letter_at(lexer, at + 1) && letter_at(lexer, at + 2);
}

/* Chinese, Japanese, Korean: words without spaces, and never a variable. */
static bool ideograph_at(const char *at)
{
    return (unsigned char)*at >= 0xE3 && (unsigned char)*at <= 0xED;
}

static const char *run_end(const struct match_lexer *lexer)
{
    const char *at = lexer->at;
    bool ideographs = ideograph_at(at);

    while ((letter_at(lexer, at) && ideograph_at(at) == ideographs &&
            (isalpha((unsigned char)*at) || match_spelling_sign(at, lexer->end) == NULL)) ||
           (at < lexer->end && at - lexer->at > 1 && joins(lexer, at)))
        at += glyph(lexer, at);
    return at;
}

/* Small letters for capital ones: of ASCII, with accents, and Cyrillic. */
static void fold(char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char first = (unsigned char)text[0], second = (unsigned char)text[1];

        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text + ('a' - 'A'));
        else if ((first == 0xC3 && second >= 0x80 && second <= 0x9E && second != 0x97) ||
                 (first == 0xD0 && second >= 0x90 && second <= 0x9F))
            *++text = (char)(second + 0x20);
        else if (first == 0xD0 && second >= 0xA0 && second <= 0xAF) {
            text[0] = (char)0xD1;
            *++text = (char)(second - 0x20);
        }
    }
}

/* Three letters like `car`, apart and behind a number, are no product. */
static bool is_short_noun(const struct match_lexer *lexer, const char *folded)
{
    const struct match_row *row = lexer->row;

    return strlen(folded) == 3 && lexer->spaced && row->count > 0 &&
           row->tokens[row->count - 1].kind == MATCH_NUMBER && strchr("aeiou", folded[0]) == NULL &&
           strchr("aeiou", folded[1]) != NULL && strchr("aeiou", folded[2]) == NULL;
}

static bool all_ascii(const char *text, size_t length)
{
    while (length > 0 && (unsigned char)text[length - 1] < 0x80)
        length--;
    return length == 0;
}

/* Letters that are no word: each is a name of its own. */
static void split(struct match_lexer *lexer, const char *end)
{
    while (lexer->at < end) {
        size_t length = glyph(lexer, lexer->at);

        match_lexer_text(lexer, MATCH_NAME, lexer->at, length);
        lexer->at += length;
    }
}

static void act(struct match_lexer *lexer, const struct match_spelling *spelling);

static bool behind_number(const struct match_lexer *lexer)
{
    const struct match_row *row = lexer->row;

    return row->count > 0 && row->tokens[row->count - 1].kind == MATCH_NUMBER;
}

/* 5th: the letters say nothing about the number. */
static bool is_ordinal(const struct match_lexer *lexer, const char *folded)
{
    return behind_number(lexer) && !lexer->spaced &&
           (strcmp(folded, "st") == 0 || strcmp(folded, "nd") == 0 || strcmp(folded, "rd") == 0 ||
            strcmp(folded, "th") == 0);
}

/* 1.5 x 10^3 */
static bool is_times(const struct match_lexer *lexer, const char *end)
{
    if (end - lexer->at != 1 || (*lexer->at | 0x20) != 'x' || !behind_number(lexer) ||
        !lexer->spaced || end >= lexer->end || *end != ' ')
        return false;
    while (end < lexer->end && *end == ' ')
        end++;
    return match_lexer_digit(lexer, end);
}

static void read_letters(struct match_lexer *lexer)
{
    const char *end = run_end(lexer);
    size_t length = (size_t)(end - lexer->at);
    const struct match_spelling *name = match_spelling_name(lexer->at, length);
    char folded[64] = "";

    memcpy(folded, lexer->at, length < sizeof folded ? length : sizeof folded - 1);
    fold(folded);
    if (is_ordinal(lexer, folded)) {
        match_lexer_text(lexer, MATCH_WORD, "th", 2);
    } else if (is_times(lexer, end)) {
        match_lexer_sign(lexer, '*');
    } else if (name != NULL && (lexer->prose == 0 || name->meaning == SPELLS_WORD)) {
        act(lexer, name);
    } else if (ideograph_at(lexer->at)) {
        match_lexer_text(lexer, MATCH_WORD, lexer->at, length);
    } else if (match_is_function(folded) && match_unit_find(folded) == NULL && lexer->prose == 0) {
        match_lexer_text(lexer, MATCH_NAME, folded, length);
    } else if (length == glyph(lexer, lexer->at) ||
               (all_ascii(lexer->at, length) && lexer->prose == 0 && !lexer->sentence &&
                !match_spelling_is_word(folded) && !is_short_noun(lexer, folded))) {
        split(lexer, end);
    } else {
        uint32_t from = lexer->row->used;

        match_lexer_text(lexer, MATCH_WORD, lexer->at, length);
        if (!lexer->full)
            fold(lexer->row->text + from);
    }
    lexer->at = end;
}

/* --- commands ----------------------------------------------------------------------------------
 */

static void skip_spaces(struct match_lexer *lexer)
{
    while (lexer->at < lexer->end && isspace((unsigned char)*lexer->at))
        lexer->at++;
}

/* {pmatrix}, and the columns of an {array}. */
static bool environment_is_matrix(struct match_lexer *lexer, bool begins)
{
    static const char *const known[] = {"pmatrix}",     "bmatrix}", "matrix}",
                                        "smallmatrix}", "Bmatrix}", "array}"};
    bool found = false;

    skip_spaces(lexer);
    if (lexer->at < lexer->end && *lexer->at == '{')
        lexer->at++;
    for (size_t i = 0; i < COUNT(known) && !found; i++) {
        size_t length = strlen(known[i]);

        found =
            (size_t)(lexer->end - lexer->at) >= length && memcmp(lexer->at, known[i], length) == 0;
        if (!found)
            continue;
        lexer->at += length;
        if (begins && i == COUNT(known) - 1 && lexer->at < lexer->end && *lexer->at == '{')
            while (lexer->at < lexer->end && *lexer->at++ != '}') {
            }
    }
    return found;
}

static void act_on_digits(struct match_lexer *lexer, const struct match_spelling *spelling)
{
    match_lexer_sign(lexer, spelling->sign);
    for (const char *digit = spelling->name; *digit != '\0'; digit++)
        match_lexer_text(lexer, MATCH_NUMBER, digit, 1);
}

/* {...}, with no braces in it. */
static void skip_group(struct match_lexer *lexer)
{
    const char *end;

    skip_spaces(lexer);
    if (lexer->at >= lexer->end || *lexer->at != '{')
        return;
    end = memchr(lexer->at, '}', (size_t)(lexer->end - lexer->at));
    if (end != NULL)
        lexer->at = end + 1;
}

/* \operatorname{atan} is a function, \operatorname{or} prose. */
static void act_on_operator(struct match_lexer *lexer)
{
    const struct match_spelling *name;
    const char *end;
    char text[16] = "";
    size_t length;

    skip_spaces(lexer);
    lexer->prose_next = true;
    lexer->spaced = true;
    end = memchr(lexer->at, '}', (size_t)(lexer->end - lexer->at));
    if (end == NULL || *lexer->at != '{' || end - lexer->at > (ptrdiff_t)sizeof text)
        return;
    length = (size_t)(end - lexer->at) - 1;
    memcpy(text, lexer->at + 1, length);
    name = match_spelling_name(text, length);
    if (name == NULL && !match_is_function(text))
        return;
    lexer->prose_next = false;
    if (name != NULL)
        act(lexer, name);
    else
        match_lexer_text(lexer, MATCH_NAME, text, length);
    lexer->at = end + 1;
}

/* \overline{AB} is a segment, and its length; over anything else a line is not understood. */
static void act_on_line(struct match_lexer *lexer, const struct match_spelling *spelling)
{
    const char *at = lexer->at;

    while (at < lexer->end && *at == ' ')
        at++;
    if (at < lexer->end && *at == '{')
        for (at++; at < lexer->end && *at >= 'A' && *at <= 'Z'; at++) {
        }
    if (at >= lexer->end || *at != '}')
        match_lexer_text(lexer, MATCH_OTHER, spelling->text, strlen(spelling->text));
}

static void act(struct match_lexer *lexer, const struct match_spelling *spelling)
{
    switch (spelling->meaning) {
    case SPELLS_NOTHING:
        break;
    case SPELLS_SPACE:
        lexer->spaced = true;
        break;
    case SPELLS_SIGN:
        match_lexer_sign(lexer, spelling->sign);
        break;
    case SPELLS_NAME:
        match_lexer_text(lexer, MATCH_NAME, spelling->name, strlen(spelling->name));
        break;
    case SPELLS_MONEY:
        match_lexer_text(lexer, MATCH_MONEY, spelling->name, strlen(spelling->name));
        break;
    case SPELLS_WORD:
        match_lexer_text(lexer, MATCH_WORD, spelling->name, strlen(spelling->name));
        break;
    case SPELLS_PROSE:
        lexer->prose_next = true;
        lexer->spaced = true;
        break;
    case SPELLS_DIGITS:
        act_on_digits(lexer, spelling);
        break;
    case SPELLS_ROOT:
        match_lexer_sign(lexer, MATCH_PLAIN_ROOT);
        match_lexer_sign(lexer, '[');
        match_lexer_text(lexer, MATCH_NUMBER, spelling->name, strlen(spelling->name));
        match_lexer_sign(lexer, ']');
        break;
    case SPELLS_OTHER:
        match_lexer_text(lexer, MATCH_OTHER, spelling->name, strlen(spelling->name));
        break;
    case SPELLS_SKIP:
        skip_group(lexer);
        break;
    case SPELLS_OPERATOR:
        act_on_operator(lexer);
        break;
    case SPELLS_LINE:
        act_on_line(lexer, spelling);
        break;
    case SPELLS_BEGIN:
    case SPELLS_END:
        if (environment_is_matrix(lexer, spelling->meaning == SPELLS_BEGIN))
            match_lexer_sign(lexer, spelling->meaning == SPELLS_BEGIN ? MATCH_MATRIX_OPEN
                                                                      : MATCH_MATRIX_CLOSE);
        else
            match_lexer_text(lexer, MATCH_OTHER, "\\begin", 6);
        break;
    }
}

/* Greek letters and functions go by their own name; anything else is not understood. */
static void read_command(struct match_lexer *lexer)
{
    const char *start = ++lexer->at;
    const struct match_spelling *command;
    char name[32] = "";
    size_t length;

    while (lexer->at < lexer->end && isalpha((unsigned char)*lexer->at))
        lexer->at++;
    length = (size_t)(lexer->at - start);
    command = match_spelling_command(start, length);
    if (command != NULL) {
        act(lexer, command);
        return;
    }
    if (length < sizeof name)
        memcpy(name, start, length);
    if (strncmp(name, "quad", 4) == 0) { /* \quadx, where a space got lost */
        lexer->at = start + 4;
        lexer->spaced = true;
        return;
    }
    match_lexer_text(lexer, match_spelling_is_name(name) ? MATCH_NAME : MATCH_OTHER, start, length);
}

/* --- the rest ------------------------------------------------------------------------------------
 */

/* A brace of \text is none; within it all is prose. */
static void read_brace(struct match_lexer *lexer)
{
    bool opens = *lexer->at++ == '{';
    uint32_t bit;

    if (!opens && lexer->braces > 0)
        lexer->braces--;
    bit = lexer->braces < PROSE_DEPTH ? 1u << lexer->braces : 0;
    if (opens)
        lexer->braces++;
    if (opens && lexer->prose_next && bit != 0)
        lexer->prose |= bit;
    else if (opens || (lexer->prose & bit) == 0)
        match_lexer_add(lexer, MATCH_SIGN)->sign = opens ? '{' : '}';
    else
        lexer->prose &= ~bit;
    lexer->spaced |= lexer->prose != 0;
    lexer->prose_next = false;
}

/* Two stars are bold type, or a power. */
static void read_stars(struct match_lexer *lexer)
{
    bool power = lexer->row->count > 0 && !lexer->spaced && lexer->at + 2 < lexer->end &&
                 (isalnum((unsigned char)lexer->at[2]) || strchr("(-", lexer->at[2]) != NULL);

    lexer->at += 2;
    if (power)
        match_lexer_sign(lexer, '^');
}

/* A dollar sign is money before a number, unless they come in pairs. */
static void read_dollar(struct match_lexer *lexer, bool paired)
{
    const char *next = ++lexer->at;

    while (next < lexer->end && (*next == ' ' || *next == '-'))
        next++;
    if (paired || !(match_lexer_digit(lexer, next) || (next < lexer->end && *next == '.')))
        return;
    match_lexer_text(lexer, MATCH_MONEY, "dollar", 6);
}

/* f' is a name of its own. False: there is no name to put it to. */
static bool read_prime(struct match_lexer *lexer)
{
    struct match_row *row = lexer->row;

    if (row->count == 0 || row->tokens[row->count - 1].kind != MATCH_NAME || lexer->spaced ||
        lexer->full)
        return false;
    row->used--;
    match_lexer_put(lexer, "'", 1);
    match_lexer_finish(lexer);
    lexer->at++;
    return true;
}

/* A stray backslash says nothing. */
static void read_other(struct match_lexer *lexer)
{
    unsigned char first = (unsigned char)*lexer->at;

    if (first == '\'' && read_prime(lexer))
        return;
    if (first > ' ' && first < 0x7F && first != '.' && first != '\'' && first != '\\')
        match_lexer_sign(lexer, first);
    else if (first != '\\')
        match_lexer_text(lexer, MATCH_OTHER, lexer->at, glyph(lexer, lexer->at));
    lexer->at += first != '\\' ? glyph(lexer, lexer->at) : 1;
}

static void read_one(struct match_lexer *lexer, bool paired)
{
    const struct match_spelling *sign;
    char first = *lexer->at;

    if (match_digits_small(lexer))
        return;
    sign = match_spelling_sign(lexer->at, lexer->end);
    if (sign != NULL) {
        lexer->at += strlen(sign->text);
        act(lexer, sign);
    } else if (isspace((unsigned char)first)) {
        lexer->spaced = true;
        lexer->at++;
    } else if (match_lexer_digit(lexer, lexer->at) ||
               (first == '.' && match_lexer_digit(lexer, lexer->at + 1))) {
        match_digits(lexer);
    } else if (letter_at(lexer, lexer->at)) {
        read_letters(lexer);
    } else if (first == '{' || first == '}') {
        read_brace(lexer);
    } else if (first == '$') {
        read_dollar(lexer, paired);
    } else if (first == '*' && lexer->at + 1 < lexer->end && lexer->at[1] == '*') {
        read_stars(lexer);
    } else if (first == '\\' && letter_at(lexer, lexer->at + 1)) {
        read_command(lexer);
    } else {
        read_other(lexer);
    }
}

/* Do plain dollar signs come in pairs? */
static bool dollars_paired(const char *text, size_t length)
{
    bool paired = true;

    for (size_t i = 0; i < length; i++)
        if (text[i] == '$' && (i == 0 || text[i - 1] != '\\'))
            paired = !paired;
    return paired;
}

/* Two long words, and no LaTeX. */
static bool is_sentence(const char *text, size_t length)
{
    uint32_t letters = 0, words = 0;

    for (size_t i = 0; i < length; i++) {
        letters = isalpha((unsigned char)text[i]) ? letters + 1 : 0;
        words += letters == 4;
        if (text[i] == '\\')
            return false;
    }
    return words >= 2;
}

/* Marks at the end that belong to the sentence. */
static size_t token_trim(const char *text, size_t length)
{
    size_t all = length;

    while (length > 0 &&
           (isspace((unsigned char)text[length - 1]) || strchr(".,;:*", text[length - 1]) != NULL))
        length--;
    /* 0.333... goes on. */
    if (length > 0 && all - length >= 3 && isdigit((unsigned char)text[length - 1]) != 0 &&
        memcmp(text + length, "...", 3) == 0)
        length += 3;
    return length;
}

/* A full stop before the last dollar sign, a line break: they belong to the sentence. */
static void drop_trailing(struct match_row *row)
{
    while (row->count > 1) {
        const struct match_token *last = &row->tokens[row->count - 1];
        bool stop = last->kind == MATCH_OTHER && strcmp(row->text + last->text, ".") == 0;

        if (!stop && !(last->kind == MATCH_SIGN && last->sign == MATCH_ROW))
            return;
        row->count--;
    }
}

bool match_tokens(struct match_row *row, const char *text, size_t length)
{
    struct match_lexer lexer = {
        .row = row, .begin = text, .at = text, .sentence = is_sentence(text, length)};
    bool paired = dollars_paired(text, length);

    lexer.end = text + token_trim(text, length);
    row->count = 0;
    row->used = 1; /* text 0 is none */
    row->text[0] = '\0';
    while (lexer.at < lexer.end && !lexer.full)
        read_one(&lexer, paired);
    drop_trailing(row);
    for (uint32_t i = 0; i < MATCH_AHEAD; i++)
        row->tokens[row->count + i] = (struct match_token){.kind = MATCH_END};
    return !lexer.full;
}
