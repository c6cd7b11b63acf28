/*
 * spelling.c - tables of LaTeX commands, Unicode signs and short words, and what each means.
 *
 * Signs that begin alike stand with the longer one first.
 */
#include "critics/match/spelling.h"

#include "critics/match/number.h"
#include "critics/match/token.h"
#include "critics/match/unit.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* After the backslash. */
static const struct match_spelling commands[] = {
    {"frac", SPELLS_SIGN, MATCH_FRACTION, NULL},
    {"dfrac", SPELLS_SIGN, MATCH_FRACTION, NULL},
    {"tfrac", SPELLS_SIGN, MATCH_FRACTION, NULL},
    {"cfrac", SPELLS_SIGN, MATCH_FRACTION, NULL},
    {"sqrt", SPELLS_SIGN, MATCH_SQUARE_ROOT, NULL},
    {"nicefrac", SPELLS_SIGN, MATCH_FRACTION, NULL},
    {"sfrac", SPELLS_SIGN, MATCH_FRACTION, NULL},
    {"over", SPELLS_SIGN, MATCH_OVER, NULL},
    {"choose", SPELLS_SIGN, MATCH_CHOOSES, NULL},
    {"binom", SPELLS_SIGN, MATCH_BINOMIAL, NULL},
    {"dbinom", SPELLS_SIGN, MATCH_BINOMIAL, NULL},
    {"tbinom", SPELLS_SIGN, MATCH_BINOMIAL, NULL},
    {"pm", SPELLS_SIGN, MATCH_PLUS_MINUS, NULL},
    {"mp", SPELLS_SIGN, MATCH_MINUS_PLUS, NULL},
    {"cdot", SPELLS_SIGN, '*', NULL},
    {"times", SPELLS_SIGN, '*', NULL},
    {"ast", SPELLS_SIGN, '*', NULL},
    {"div", SPELLS_SIGN, '/', NULL},
    {"le", SPELLS_SIGN, MATCH_AT_MOST, NULL},
    {"leq", SPELLS_SIGN, MATCH_AT_MOST, NULL},
    {"leqslant", SPELLS_SIGN, MATCH_AT_MOST, NULL},
    {"ge", SPELLS_SIGN, MATCH_AT_LEAST, NULL},
    {"geq", SPELLS_SIGN, MATCH_AT_LEAST, NULL},
    {"geqslant", SPELLS_SIGN, MATCH_AT_LEAST, NULL},
    {"lt", SPELLS_SIGN, '<', NULL},
    {"gt", SPELLS_SIGN, '>', NULL},
    {"ne", SPELLS_SIGN, MATCH_NOT_EQUAL, NULL},
    {"neq", SPELLS_SIGN, MATCH_NOT_EQUAL, NULL},
    {"approx", SPELLS_SIGN, MATCH_ABOUT, NULL},
    {"approxeq", SPELLS_SIGN, MATCH_ABOUT, NULL},
    {"simeq", SPELLS_SIGN, MATCH_ABOUT, NULL},
    {"sim", SPELLS_SIGN, MATCH_ABOUT, NULL},
    {"setminus", SPELLS_SIGN, MATCH_WITHOUT, NULL},
    {"backslash", SPELLS_SIGN, MATCH_WITHOUT, NULL},
    {"lfloor", SPELLS_SIGN, MATCH_FLOOR_OPEN, NULL},
    {"rfloor", SPELLS_SIGN, MATCH_FLOOR_CLOSE, NULL},
    {"lceil", SPELLS_SIGN, MATCH_CEILING_OPEN, NULL},
    {"rceil", SPELLS_SIGN, MATCH_CEILING_CLOSE, NULL},
    {"mid", SPELLS_SIGN, '|', NULL},
    {"colon", SPELLS_SIGN, ':', NULL},
    {"in", SPELLS_SIGN, MATCH_IN, NULL},
    {"cup", SPELLS_SIGN, MATCH_UNION, NULL},
    {"cap", SPELLS_SIGN, MATCH_INTERSECTION, NULL},
    {"circ", SPELLS_SIGN, MATCH_DEGREES, NULL},
    {"degree", SPELLS_SIGN, MATCH_DEGREES, NULL},
    {"lbrace", SPELLS_SIGN, MATCH_SET_OPEN, NULL},
    {"rbrace", SPELLS_SIGN, MATCH_SET_CLOSE, NULL},
    {"lbrack", SPELLS_SIGN, '[', NULL},
    {"rbrack", SPELLS_SIGN, ']', NULL},
    {"langle", SPELLS_SIGN, '(', NULL},
    {"rangle", SPELLS_SIGN, ')', NULL},
    {"vert", SPELLS_SIGN, '|', NULL},
    {"lvert", SPELLS_SIGN, '|', NULL},
    {"rvert", SPELLS_SIGN, '|', NULL},
    {"emptyset", SPELLS_SIGN, MATCH_EMPTY_SET, NULL},
    {"varnothing", SPELLS_SIGN, MATCH_EMPTY_SET, NULL},
    {"infty", SPELLS_NAME, 0, "infinity"},
    {"begin", SPELLS_BEGIN, 0, NULL},
    {"end", SPELLS_END, 0, NULL},
    {"text", SPELLS_PROSE, 0, NULL},
    {"textbf", SPELLS_PROSE, 0, NULL},
    {"textit", SPELLS_PROSE, 0, NULL},
    {"textrm", SPELLS_PROSE, 0, NULL},
    {"texttt", SPELLS_PROSE, 0, NULL},
    {"mbox", SPELLS_PROSE, 0, NULL},
    {"hbox", SPELLS_PROSE, 0, NULL},
    {"mathrm", SPELLS_PROSE, 0, NULL},
    {"textnormal", SPELLS_PROSE, 0, NULL},
    {"textsf", SPELLS_PROSE, 0, NULL},
    {"emph", SPELLS_PROSE, 0, NULL},
    {"operatorname", SPELLS_OPERATOR, 0, NULL},
    {"phantom", SPELLS_SKIP, 0, NULL},
    {"hphantom", SPELLS_SKIP, 0, NULL},
    {"vphantom", SPELLS_SKIP, 0, NULL},
    {"hspace", SPELLS_SKIP, 0, NULL},
    {"vspace", SPELLS_SKIP, 0, NULL},
    {"color", SPELLS_SKIP, 0, NULL},
    {"textcolor", SPELLS_SKIP, 0, NULL},
    {"tag", SPELLS_SKIP, 0, NULL},
    {"label", SPELLS_SKIP, 0, NULL},
    {"overline", SPELLS_LINE, 0, NULL},
    {"overrightarrow", SPELLS_LINE, 0, NULL},
    {"widehat", SPELLS_LINE, 0, NULL},
    {"triangle", SPELLS_NAME, 0, "triangle"},
    {"angle", SPELLS_NAME, 0, "angle"},
    {"tg", SPELLS_NAME, 0, "tan"},
    {"ctg", SPELLS_NAME, 0, "cot"},
    {"ldots", SPELLS_OTHER, 0, "..."},
    {"dots", SPELLS_OTHER, 0, "..."},
    {"cdots", SPELLS_OTHER, 0, "..."},
    {"dotsc", SPELLS_OTHER, 0, "..."},
    {"blacksquare", SPELLS_NOTHING, 0, NULL},
    {"square", SPELLS_NOTHING, 0, NULL},
    {"Box", SPELLS_NOTHING, 0, NULL},
    {"qed", SPELLS_NOTHING, 0, NULL},
    {"bf", SPELLS_NOTHING, 0, NULL},
    {"rm", SPELLS_NOTHING, 0, NULL},
    {"it", SPELLS_NOTHING, 0, NULL},
    {"bm", SPELLS_NOTHING, 0, NULL},
    {"tiny", SPELLS_NOTHING, 0, NULL},
    {"small", SPELLS_NOTHING, 0, NULL},
    {"normalsize", SPELLS_NOTHING, 0, NULL},
    {"large", SPELLS_NOTHING, 0, NULL},
    {"Large", SPELLS_NOTHING, 0, NULL},
    {"LARGE", SPELLS_NOTHING, 0, NULL},
    {"huge", SPELLS_NOTHING, 0, NULL},
    {"Huge", SPELLS_NOTHING, 0, NULL},
    {"mathbb", SPELLS_NOTHING, 0, NULL},
    {"mathcal", SPELLS_NOTHING, 0, NULL},
    {"mathsf", SPELLS_NOTHING, 0, NULL},
    {"mathtt", SPELLS_NOTHING, 0, NULL},
    {"underline", SPELLS_NOTHING, 0, NULL},
    {"ensuremath", SPELLS_NOTHING, 0, NULL},
    {"fbox", SPELLS_NOTHING, 0, NULL},
    {"biggl", SPELLS_NOTHING, 0, NULL},
    {"biggr", SPELLS_NOTHING, 0, NULL},
    {"bigg", SPELLS_NOTHING, 0, NULL},
    {"Bigg", SPELLS_NOTHING, 0, NULL},
    {"limits", SPELLS_NOTHING, 0, NULL},
    {"scriptstyle", SPELLS_SPACE, 0, NULL},
    {"dollar", SPELLS_MONEY, 0, "dollar"},
    {"euro", SPELLS_MONEY, 0, "euro"},
    {"pounds", SPELLS_MONEY, 0, "gbp"},
    {"mathbf", SPELLS_NOTHING, 0, NULL},
    {"boldsymbol", SPELLS_NOTHING, 0, NULL},
    {"mathit", SPELLS_NOTHING, 0, NULL},
    {"boxed", SPELLS_NOTHING, 0, NULL},
    {"left", SPELLS_NOTHING, 0, NULL},
    {"right", SPELLS_NOTHING, 0, NULL},
    {"big", SPELLS_NOTHING, 0, NULL},
    {"Big", SPELLS_NOTHING, 0, NULL},
    {"bigl", SPELLS_NOTHING, 0, NULL},
    {"bigr", SPELLS_NOTHING, 0, NULL},
    {"Bigl", SPELLS_NOTHING, 0, NULL},
    {"Bigr", SPELLS_NOTHING, 0, NULL},
    {"displaystyle", SPELLS_SPACE, 0, NULL},
    {"textstyle", SPELLS_SPACE, 0, NULL},
    {"quad", SPELLS_SPACE, 0, NULL},
    {"qquad", SPELLS_SPACE, 0, NULL},
};

/* Everything that is not a command. */
static const struct match_spelling signs[] = {
    {"\\mathbb{R}", SPELLS_NAME, 0, "reals"},
    {"\\mathbb R", SPELLS_NAME, 0, "reals"},
    {"\xE2\x84\x9D", SPELLS_NAME, 0, "reals"},
    {"\\mu m", SPELLS_WORD, 0, "micrometer"},
    {"\\mu\\text{m}", SPELLS_WORD, 0, "micrometer"},
    {"\\mu\\mathrm{m}", SPELLS_WORD, 0, "micrometer"},
    {"\xCE\xBCm", SPELLS_WORD, 0, "micrometer"}, /* with either mu */
    {"\xC2\xB5m", SPELLS_WORD, 0, "micrometer"},
    {"\\Omega", SPELLS_NAME, 0, "Omega"},
    {"\xCE\xA9", SPELLS_NAME, 0, "Omega"},
    {"\\\\", SPELLS_SIGN, MATCH_ROW, NULL},
    {"\\{", SPELLS_SIGN, MATCH_SET_OPEN, NULL},
    {"\\}", SPELLS_SIGN, MATCH_SET_CLOSE, NULL},
    {"\\%", SPELLS_SIGN, '%', NULL},
    {"\\$", SPELLS_MONEY, 0, "dollar"},
    {"\\,", SPELLS_SPACE, 0, NULL},
    {"\\;", SPELLS_SPACE, 0, NULL},
    {"\\:", SPELLS_SPACE, 0, NULL},
    {"\\ ", SPELLS_SPACE, 0, NULL},
    {"\\!", SPELLS_NOTHING, 0, NULL},
    {"\\(", SPELLS_SPACE, 0, NULL},
    {"\\)", SPELLS_SPACE, 0, NULL},
    {"\\[", SPELLS_SPACE, 0, NULL},
    {"\\]", SPELLS_SPACE, 0, NULL},
    {"~", SPELLS_SPACE, 0, NULL},
    {"\xC2\xA0", SPELLS_SPACE, 0, NULL},
    {"\xE2\x80\x89", SPELLS_SPACE, 0, NULL}, /* thin, and narrow no-break */
    {"\xE2\x80\xAF", SPELLS_SPACE, 0, NULL},
    {"`", SPELLS_NOTHING, 0, NULL},
    {"\"", SPELLS_NOTHING, 0, NULL},
    {"\xE2\x80\x9C", SPELLS_NOTHING, 0, NULL}, /* quotation marks */
    {"\xE2\x80\x9D", SPELLS_NOTHING, 0, NULL},
    {"\xE2\x88\x92", SPELLS_SIGN, '-', NULL}, /* minus, en dash */
    {"\xE2\x80\x93", SPELLS_SIGN, '-', NULL},
    {"\xC3\x97", SPELLS_SIGN, '*', NULL}, /* times, dots */
    {"\xC2\xB7", SPELLS_SIGN, '*', NULL},
    {"\xE2\x8B\x85", SPELLS_SIGN, '*', NULL},
    {"\xC3\xB7", SPELLS_SIGN, '/', NULL},
    {"\xE2\x81\x84", SPELLS_SIGN, '/', NULL},
    {"\xC2\xB1", SPELLS_SIGN, MATCH_PLUS_MINUS, NULL},
    {"\xE2\x88\x93", SPELLS_SIGN, MATCH_MINUS_PLUS, NULL},
    {"+/-", SPELLS_SIGN, MATCH_PLUS_MINUS, NULL},
    {"\xC2\xB3\xE2\x88\x9A", SPELLS_ROOT, 0, "3"},
    {"\xE2\x88\x9B", SPELLS_ROOT, 0, "3"},
    {"\xE2\x88\x9C", SPELLS_ROOT, 0, "4"},
    {"\xE2\x88\x9A", SPELLS_SIGN, MATCH_PLAIN_ROOT, NULL},
    {"\xC2\xB0", SPELLS_SIGN, MATCH_DEGREES, NULL},
    {"\xE2\x89\xA4", SPELLS_SIGN, MATCH_AT_MOST, NULL},
    {"\xE2\x89\xA5", SPELLS_SIGN, MATCH_AT_LEAST, NULL},
    {"\xE2\x89\xA0", SPELLS_SIGN, MATCH_NOT_EQUAL, NULL},
    {"<=", SPELLS_SIGN, MATCH_AT_MOST, NULL},
    {">=", SPELLS_SIGN, MATCH_AT_LEAST, NULL},
    {"!=", SPELLS_SIGN, MATCH_NOT_EQUAL, NULL},
    {"\xE2\x89\x88", SPELLS_SIGN, MATCH_ABOUT, NULL},
    {"\xE2\x89\x83", SPELLS_SIGN, MATCH_ABOUT, NULL},
    {"\xE2\x88\x96", SPELLS_SIGN, MATCH_WITHOUT, NULL},
    {"\xE2\x8C\x8A", SPELLS_SIGN, MATCH_FLOOR_OPEN, NULL},
    {"\xE2\x8C\x8B", SPELLS_SIGN, MATCH_FLOOR_CLOSE, NULL},
    {"\xE2\x8C\x88", SPELLS_SIGN, MATCH_CEILING_OPEN, NULL},
    {"\xE2\x8C\x89", SPELLS_SIGN, MATCH_CEILING_CLOSE, NULL},
    {"\xE2\x88\xA3", SPELLS_SIGN, '|', NULL},
    {"\xEF\xBC\x9A", SPELLS_SIGN, ':', NULL}, /* wide signs */
    {"\xEF\xBC\x8C", SPELLS_SIGN, ',', NULL},
    {"\xE3\x80\x81", SPELLS_SIGN, ',', NULL},
    {"\xEF\xBC\x88", SPELLS_SIGN, '(', NULL},
    {"\xEF\xBC\x89", SPELLS_SIGN, ')', NULL},
    {"\xEF\xBC\x85", SPELLS_SIGN, '%', NULL},
    {"\xE3\x80\x82", SPELLS_OTHER, 0, "."},
    {"\xE2\x80\xA6", SPELLS_OTHER, 0, "..."},
    {"...", SPELLS_OTHER, 0, "..."},
    {"\xE2\x80\xB2", SPELLS_OTHER, 0, "'"},
    {"\xE2\x80\x99", SPELLS_OTHER, 0, "'"},
    {"\xE2\x88\x88", SPELLS_SIGN, MATCH_IN, NULL},
    {"\xE2\x88\xAA", SPELLS_SIGN, MATCH_UNION, NULL},
    {"\xE2\x88\xA9", SPELLS_SIGN, MATCH_INTERSECTION, NULL},
    {"\xE2\x88\x85", SPELLS_SIGN, MATCH_EMPTY_SET, NULL},
    {"\xE2\x9F\xA8", SPELLS_SIGN, '(', NULL},
    {"\xE2\x9F\xA9", SPELLS_SIGN, ')', NULL},
    {"\xE2\x88\x9E", SPELLS_NAME, 0, "infinity"},
    {"\xCF\x80", SPELLS_NAME, 0, "pi"},
    {"\xCE\xB8", SPELLS_NAME, 0, "theta"},
    {"\xE2\x82\xAC", SPELLS_MONEY, 0, "euro"},
    {"Rs.", SPELLS_MONEY, 0, "rupee"},
    {"\xC2\xA3", SPELLS_MONEY, 0, "gbp"},
    {"\xC2\xA5", SPELLS_MONEY, 0, "yen"},
    {"\xE2\x82\xB9", SPELLS_MONEY, 0, "rupee"},
    {"\xC2\xBD", SPELLS_DIGITS, MATCH_FRACTION, "12"}, /* a half, quarters, thirds */
    {"\xC2\xBC", SPELLS_DIGITS, MATCH_FRACTION, "14"},
    {"\xC2\xBE", SPELLS_DIGITS, MATCH_FRACTION, "34"},
    {"\xE2\x85\x93", SPELLS_DIGITS, MATCH_FRACTION, "13"},
    {"\xE2\x85\x94", SPELLS_DIGITS, MATCH_FRACTION, "23"},
    {"o'clock", SPELLS_WORD, 0, "o'clock"},
    {"A.M.", SPELLS_WORD, 0, "am"},
    {"P.M.", SPELLS_WORD, 0, "pm"},
    {"A.M", SPELLS_WORD, 0, "am"},
    {"P.M", SPELLS_WORD, 0, "pm"},
    {"a.m.", SPELLS_WORD, 0, "am"},
    {"p.m.", SPELLS_WORD, 0, "pm"},
    {"a.m", SPELLS_WORD, 0, "am"},
    {"p.m", SPELLS_WORD, 0, "pm"},
};

/* Runs of letters that are one name. */
static const struct match_spelling names[] = {
    {"sqrt", SPELLS_SIGN, MATCH_PLAIN_ROOT, NULL},
    {"cbrt", SPELLS_ROOT, 0, "3"},
    {"asin", SPELLS_NAME, 0, "arcsin"},
    {"acos", SPELLS_NAME, 0, "arccos"},
    {"atan", SPELLS_NAME, 0, "arctan"},
    {"tg", SPELLS_NAME, 0, "tan"},
    {"ctg", SPELLS_NAME, 0, "cot"},
    {"\xE6\x98\xAF", SPELLS_WORD, 0, "yes"}, /* in Chinese */
    {"\xE5\xAF\xB9", SPELLS_WORD, 0, "yes"},
    {"\xE5\x90\xA6", SPELLS_WORD, 0, "no"},
    {"oui", SPELLS_WORD, 0, "yes"},
    {"pi", SPELLS_NAME, 0, "pi"},
    {"infinity", SPELLS_NAME, 0, "infinity"},
    {"inf", SPELLS_NAME, 0, "infinity"},
    {"infty", SPELLS_NAME, 0, "infinity"},
    {"theta", SPELLS_NAME, 0, "theta"},
    {"alpha", SPELLS_NAME, 0, "alpha"},
    {"beta", SPELLS_NAME, 0, "beta"},
    {"lambda", SPELLS_NAME, 0, "lambda"},
};

static const char *const greek[] = {"pi",    "theta",  "alpha", "beta",   "gamma",
                                    "delta", "phi",    "omega", "mu",     "rho",
                                    "tau",   "lambda", "sigma", "varphi", "epsilon"};

/* Short runs that are words all the same; units are known by their own table. */
static const char *const short_words[] = {"or",  "no",  "am",  "pm",  "is",  "to",  "of",  "in",
                                          "by",  "at",  "it",  "us",  "sq",  "per", "and", "yes",
                                          "the", "one", "two", "six", "ten", "odd", "red", "not",
                                          "egg", "on",  "dne", "pct", "mol", "usd", "eur"};

/* --- lookup ------------------------------------------------------------------------ */

static const struct match_spelling *spelling_find(const struct match_spelling *table, size_t count,
                                                  const char *text, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].text[0] == text[0] && strlen(table[i].text) == length &&
            memcmp(table[i].text, text, length) == 0)
            return &table[i];
    return NULL;
}

const struct match_spelling *match_spelling_command(const char *text, size_t length)
{
    return spelling_find(commands, COUNT(commands), text, length);
}

const struct match_spelling *match_spelling_name(const char *text, size_t length)
{
    return spelling_find(names, COUNT(names), text, length);
}

const struct match_spelling *match_spelling_sign(const char *at, const char *end)
{
    /* Most of a text begins none. */
    if ((*at >= 'b' && *at <= 'n') || (*at >= 'q' && *at <= 'z') || (*at >= '0' && *at <= '9') ||
        *at == ' ')
        return NULL;
    for (size_t i = 0; i < COUNT(signs); i++) {
        size_t length;

        if (signs[i].text[0] != *at)
            continue;
        length = strlen(signs[i].text);
        if ((size_t)(end - at) >= length && memcmp(signs[i].text, at, length) == 0)
            return &signs[i];
    }
    return NULL;
}

bool match_spelling_is_name(const char *command)
{
    for (size_t i = 0; i < COUNT(greek); i++)
        if (strcmp(greek[i], command) == 0)
            return true;
    return match_is_function(command);
}

bool match_spelling_is_word(const char *folded)
{
    for (size_t i = 0; i < COUNT(short_words); i++)
        if (strcmp(short_words[i], folded) == 0)
            return true;
    return strlen(folded) >= 4 || match_unit_find(folded) != NULL;
}

const char *match_spelling_of_sign(uint8_t sign, char ascii[2])
{
    static const char *const texts[] = {
        [MATCH_PLUS_MINUS - 128] = "\xC2\xB1",
        [MATCH_MINUS_PLUS - 128] = "\xE2\x88\x93",
        [MATCH_FRACTION - 128] = "\\frac",
        [MATCH_SQUARE_ROOT - 128] = "sqrt",
        [MATCH_BINOMIAL - 128] = "\\binom",
        [MATCH_DEGREES - 128] = "\xC2\xB0",
        [MATCH_SET_OPEN - 128] = "\\{",
        [MATCH_SET_CLOSE - 128] = "\\}",
        [MATCH_UNION - 128] = "\xE2\x88\xAA",
        [MATCH_INTERSECTION - 128] = "\xE2\x88\xA9",
        [MATCH_AT_MOST - 128] = "<=",
        [MATCH_AT_LEAST - 128] = ">=",
        [MATCH_NOT_EQUAL - 128] = "!=",
        [MATCH_IN - 128] = "\xE2\x88\x88",
        [MATCH_EMPTY_SET - 128] = "{}",
        [MATCH_MATRIX_OPEN - 128] = "\\begin{matrix}",
        [MATCH_MATRIX_CLOSE - 128] = "\\end{matrix}",
        [MATCH_ROW - 128] = "\\\\",
        [MATCH_PLAIN_ROOT - 128] = "sqrt",
        [MATCH_ABOUT - 128] = "\xE2\x89\x88",
        [MATCH_OVER - 128] = "\\over",
        [MATCH_CHOOSES - 128] = "\\choose",
        [MATCH_FLOOR_OPEN - 128] = "\\lfloor",
        [MATCH_FLOOR_CLOSE - 128] = "\\rfloor",
        [MATCH_CEILING_OPEN - 128] = "\\lceil",
        [MATCH_CEILING_CLOSE - 128] = "\\rceil",
        [MATCH_WITHOUT - 128] = "\\setminus",
    };

    if (sign >= 128)
        return texts[sign - 128];
    ascii[0] = (char)sign;
    ascii[1] = '\0';
    return ascii;
}
