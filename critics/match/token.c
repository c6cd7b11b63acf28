/*
 * token.c - splits the text of an answer into tokens, in one pass; what a spelling means
 * stands in tables.
 *
 * A sign of the table wins; what begins none is a digit, a letter, a LaTeX command, or a
 * sign that stands for itself. There is no backing up, so the pass is linear in the text.
 */
#include "critics/match/token.h"

#include "critics/match/number.h"
#include "critics/match/spelling.h"
#include "critics/match/unit.h"

#include <ctype.h>
#include <string.h>

#define PROSE_DEPTH  16u
#define COUNT(table) (sizeof(table) / sizeof *(table))

struct lexer {
    struct match_row *row;
    const char *at, *end;
    bool spaced, full;
    uint32_t brackets; /* open ones: between them a comma separates */
    uint32_t braces;   /* open; only the first PROSE_DEPTH can be those of a \text */
    uint32_t prose;    /* bit i set: brace i is that of a \text */
    bool prose_next;   /* the next brace is */
    bool sentence;     /* plain prose: every run of letters is a word */
};

/* --- tokens ------------------------------------------------------------------------ */

static struct match_token *token_add(struct lexer *lexer, enum match_token_kind kind)
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
static void token_put(struct lexer *lexer, const char *text, size_t length)
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
static void finish(struct lexer *lexer)
{
    if (lexer->full || lexer->row->used + 1 >= sizeof lexer->row->text) {
        lexer->full = true;
        return;
    }
    lexer->row->text[lexer->row->used++] = '\0';
}

static void add_text(struct lexer *lexer, enum match_token_kind kind, const char *text,
                     size_t length)
{
    (void)token_add(lexer, kind);
    token_put(lexer, text, length);
    finish(lexer);
}

static void add_sign(struct lexer *lexer, uint8_t sign)
{
    if (sign == '(' || sign == '[' || sign == MATCH_SET_OPEN)
        lexer->brackets++;
    else if ((sign == ')' || sign == ']' || sign == MATCH_SET_CLOSE) && lexer->brackets > 0)
        lexer->brackets--;
    token_add(lexer, MATCH_SIGN)->sign = sign;
}

/* --- numbers ----------------------------------------------------------------------------- */

static bool digit_at(const struct lexer *lexer, const char *at)
{
    return at < lexer->end && isdigit((unsigned char)*at);
}

/* The three digits behind a separator of thousands, NULL: it is none. */
static const char *thousands(const struct lexer *lexer, const char *at)
{
    static const char *const separators[] = {"{,}", ",\\!",         "\\,",         "\\!,",
                                             ",",   "\xE2\x80\x89", "\xE2\x80\xAF"};

    for (size_t i = 0; i < COUNT(separators); i++) {
        size_t length = strlen(separators[i]);
        const char *group = at + length;

        if ((size_t)(lexer->end - at) < length || memcmp(at, separators[i], length) != 0)
            continue;
        if (length == 1 && (lexer->brackets > 0 || (lexer->braces > 0 && lexer->prose == 0)))
            continue;
        if (digit_at(lexer, group) && digit_at(lexer, group + 1) && digit_at(lexer, group + 2) &&
            !digit_at(lexer, group + 3))
            return group;
    }
    return NULL;
}

static const char *digits_end(const struct lexer *lexer, const char *at)
{
    while (digit_at(lexer, at))
        at++;
    return at;
}

/* The exponent of 1.5e-3, NULL: there is none. */
static const char *token_exponent(const struct lexer *lexer, const char *at)
{
    if (at + 1 >= lexer->end || (*at != 'e' && *at != 'E'))
        return NULL;
    at++;
    at += *at == '-' || *at == '+';
    return digit_at(lexer, at) ? at : NULL;
}

static void read_number(struct lexer *lexer)
{
    const char *start = lexer->at, *end = digits_end(lexer, start), *group;

    (void)token_add(lexer, MATCH_NUMBER);
    token_put(lexer, start, (size_t)(end - start));
    if (end > start && end - start <= 3 && *start != '0')
        while ((group = thousands(lexer, end)) != NULL) {
            token_put(lexer, group, 3);
            end = group + 3;
        }
    if (end + 1 < lexer->end && *end == '.' && digit_at(lexer, end + 1)) {
        start = end;
        end = digits_end(lexer, end + 1);
        token_put(lexer, start, (size_t)(end - start));
    }
    start = token_exponent(lexer, end);
    if (start != NULL) {
        end = digits_end(lexer, start);
        token_put(lexer, "e", 1);
        if (start[-1] == '-')
            token_put(lexer, "-", 1);
        token_put(lexer, start, (size_t)(end - start));
    }
    finish(lexer);
    lexer->at = end;
}

/* --- letters -------------------------------------------------------------------------------- */

static size_t glyph(const struct lexer *lexer, const char *at)
{
    size_t length = 1;

    while (at + length < lexer->end && ((unsigned char)at[length] & 0xC0) == 0x80)
        length++;
    return length;
}

static bool letter_at(const struct lexer *lexer, const char *at)
{
    return at < lexer->end && (isalpha((unsigned char)*at) || (unsigned char)*at >= 0xC3);
}

/* An apostrophe or a hyphen within a word. */
static bool joins(const struct lexer *lexer, const char *at)
{
    return (*at == '\'' || *at == '-') && letter_at(lexer, at + 1) && letter_at(lexer, at + 2);
}

static const char *run_end(const struct lexer *lexer)
{
    const char *at = lexer->at;

    while ((letter_at(lexer, at) &&
            (isalpha((unsigned char)*at) || match_spelling_sign(at, lexer->end) == NULL)) ||
           (at < lexer->end && at - lexer->at > 1 && joins(lexer, at)))
        at += glyph(lexer, at);
    return at;
}

static void fold(char *text)
{
    for (; *text != '\0'; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text + ('a' - 'A'));
}

/* Three letters like `car`, apart and behind a number, are no product. */
static bool is_short_noun(const struct lexer *lexer, const char *folded)
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
static void split(struct lexer *lexer, const char *end)
{
    while (lexer->at < end) {
        size_t length = glyph(lexer, lexer->at);

        add_text(lexer, MATCH_NAME, lexer->at, length);
        lexer->at += length;
    }
}

static void act(struct lexer *lexer, const struct match_spelling *spelling);

static void read_letters(struct lexer *lexer)
{
    const char *end = run_end(lexer);
    size_t length = (size_t)(end - lexer->at);
    const struct match_spelling *name = match_spelling_name(lexer->at, length);
    char folded[64] = "";

    memcpy(folded, lexer->at, length < sizeof folded ? length : sizeof folded - 1);
    fold(folded);
    if (name != NULL && lexer->prose == 0) {
        act(lexer, name);
    } else if (match_is_function(folded) && match_unit_find(folded) == NULL && lexer->prose == 0) {
        add_text(lexer, MATCH_NAME, folded, length);
    } else if (length == glyph(lexer, lexer->at) ||
               (all_ascii(lexer->at, length) && lexer->prose == 0 && !lexer->sentence &&
                !match_spelling_is_word(folded) && !is_short_noun(lexer, folded))) {
        split(lexer, end);
    } else {
        uint32_t from = lexer->row->used;

        add_text(lexer, MATCH_WORD, lexer->at, length);
        if (!lexer->full)
            fold(lexer->row->text + from);
    }
    lexer->at = end;
}

/* --- commands ----------------------------------------------------------------------------------
 */

static void skip_spaces(struct lexer *lexer)
{
    while (lexer->at < lexer->end && isspace((unsigned char)*lexer->at))
        lexer->at++;
}

/* {pmatrix}, and the columns of an {array}. */
static bool environment_is_matrix(struct lexer *lexer, bool begins)
{
    static const char *const known[] = {"pmatrix}", "bmatrix}", "matrix}", "array}"};
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

static void act_on_digits(struct lexer *lexer, const struct match_spelling *spelling)
{
    add_sign(lexer, spelling->sign);
    for (const char *digit = spelling->name; *digit != '\0'; digit++)
        add_text(lexer, MATCH_NUMBER, digit, 1);
}

static void act(struct lexer *lexer, const struct match_spelling *spelling)
{
    switch (spelling->meaning) {
    case SPELLS_NOTHING:
        break;
    case SPELLS_SPACE:
        lexer->spaced = true;
        break;
    case SPELLS_SIGN:
        add_sign(lexer, spelling->sign);
        break;
    case SPELLS_NAME:
        add_text(lexer, MATCH_NAME, spelling->name, strlen(spelling->name));
        break;
    case SPELLS_MONEY:
        add_text(lexer, MATCH_MONEY, spelling->name, strlen(spelling->name));
        break;
    case SPELLS_WORD:
        add_text(lexer, MATCH_WORD, spelling->name, strlen(spelling->name));
        break;
    case SPELLS_PROSE:
        lexer->prose_next = true;
        lexer->spaced = true;
        break;
    case SPELLS_DIGITS:
        act_on_digits(lexer, spelling);
        break;
    case SPELLS_BEGIN:
    case SPELLS_END:
        if (environment_is_matrix(lexer, spelling->meaning == SPELLS_BEGIN))
            add_sign(lexer,
                     spelling->meaning == SPELLS_BEGIN ? MATCH_MATRIX_OPEN : MATCH_MATRIX_CLOSE);
        else
            add_text(lexer, MATCH_OTHER, "\\begin", 6);
        break;
    }
}

/* Greek letters and functions go by their own name; anything else is not understood. */
static void read_command(struct lexer *lexer)
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
    add_text(lexer, match_spelling_is_name(name) ? MATCH_NAME : MATCH_OTHER, start, length);
}

/* --- the rest ------------------------------------------------------------------------------------
 */

/* A brace of \text is none; within it all is prose. */
static void read_brace(struct lexer *lexer)
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
        token_add(lexer, MATCH_SIGN)->sign = opens ? '{' : '}';
    else
        lexer->prose &= ~bit;
    lexer->spaced |= lexer->prose != 0;
    lexer->prose_next = false;
}

/* Two stars are bold type, or a power. */
static void read_stars(struct lexer *lexer)
{
    bool power = lexer->row->count > 0 && !lexer->spaced && lexer->at + 2 < lexer->end &&
                 (isalnum((unsigned char)lexer->at[2]) || strchr("(-", lexer->at[2]) != NULL);

    lexer->at += 2;
    if (power)
        add_sign(lexer, '^');
}

/* A dollar sign is money before a number, unless they come in pairs. */
static void read_dollar(struct lexer *lexer, bool paired)
{
    const char *next = ++lexer->at;

    while (next < lexer->end && (*next == ' ' || *next == '-'))
        next++;
    if (paired || !(digit_at(lexer, next) || (next < lexer->end && *next == '.')))
        return;
    add_text(lexer, MATCH_MONEY, "dollar", 6);
}

/* A stray backslash says nothing. */
static void read_other(struct lexer *lexer)
{
    unsigned char first = (unsigned char)*lexer->at;

    if (first > ' ' && first < 0x7F && first != '.' && first != '\'' && first != '\\')
        add_sign(lexer, first);
    else if (first != '\\')
        add_text(lexer, MATCH_OTHER, lexer->at, glyph(lexer, lexer->at));
    lexer->at += first != '\\' ? glyph(lexer, lexer->at) : 1;
}

static void read_one(struct lexer *lexer, bool paired)
{
    const struct match_spelling *sign = match_spelling_sign(lexer->at, lexer->end);
    char first = *lexer->at;

    if (sign != NULL) {
        lexer->at += strlen(sign->text);
        act(lexer, sign);
    } else if (isspace((unsigned char)first)) {
        lexer->spaced = true;
        lexer->at++;
    } else if (digit_at(lexer, lexer->at) || (first == '.' && digit_at(lexer, lexer->at + 1))) {
        read_number(lexer);
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
    while (length > 0 &&
           (isspace((unsigned char)text[length - 1]) || strchr(".,;:*", text[length - 1]) != NULL))
        length--;
    return length;
}

bool match_tokens(struct match_row *row, const char *text, size_t length)
{
    struct lexer lexer = {.row = row, .at = text, .sentence = is_sentence(text, length)};
    bool paired = dollars_paired(text, length);

    lexer.end = text + token_trim(text, length);
    row->count = 0;
    row->used = 1; /* text 0 is none */
    row->text[0] = '\0';
    while (lexer.at < lexer.end && !lexer.full)
        read_one(&lexer, paired);
    for (uint32_t i = 0; i < MATCH_AHEAD; i++)
        row->tokens[row->count + i] = (struct match_token){.kind = MATCH_END};
    return !lexer.full;
}
