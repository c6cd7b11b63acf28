/*
 * closing.c - final answers, known by their words: lists of what a value and a closing sentence
 * have, and what they never have.
 *
 * It errs on one side. A final answer that is not seen costs a call more, for the model then says
 * it again or that there is no more to say; a remark that is taken for one labels a right text
 * wrong.
 */
#include "io/closing.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "io/utf8.h"

enum { UNIT_WORDS = 5, NAME_WORDS = 6 };

static bool closing_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v';
}

/* --- words ------------------------------------------------------------------------ */

/* What may lead from a value's `is` to the value. */
static const char *const value_leads[] = {
    "approximately", "about", "exactly",  "roughly", "simply", "just",   "therefore",
    "thus",          "then",  "indeed",   "minus",   "plus",   "option", "choice",
    "equal",         "only",  "negative", "usd",     "rs",     "pi",     "sqrt",
    "sin",           "cos",   "tan",      "log",     "ln",     NULL};

/* Words that a value does not have: what has them is a remark on the answer. */
static const char *const remarks[] = {
    "not",     "expected",  "supposed", "likely",  "probably", "possibly",  "maybe",
    "perhaps", "unknown",   "unclear",  "clear",   "obvious",  "if",        "when",
    "unless",  "but",       "because",  "since",   "so",       "for",       "while",
    "which",   "that",      "where",    "what",    "how",      "who",       "whether",
    "is",      "are",       "was",      "were",    "be",       "will",      "would",
    "could",   "should",    "may",      "might",   "must",     "can",       "cannot",
    "we",      "you",       "they",     "it",      "its",      "let",       "need",
    "between", "less",      "more",     "greater", "fewer",    "at",        "least",
    "most",    "always",    "never",    "also",    "either",   "neither",   "divisible",
    "correct", "incorrect", "wrong",    "right",   "same",     "different", "given",
    "found",   "obtained",  "integer",  "whole",   "as",       "from",      "after",
    "before",  "until",     "yet",      "still",   "here",     "there",     "this",
    "these",   "now",       "far",      "an",      NULL};

/* Single words that say what an answer is like. */
static const char *const qualities[] = {
    "even",      "odd",      "prime",      "positive", "negative",  "simple",     "unique", "large",
    "small",     "easy",     "fixed",      "hidden",   "next",      "below",      "above",  "the",
    "composite", "rational", "reasonable", "valid",    "plausible", "consistent", NULL};

static const char *const plain_values[] = {
    "yes",  "no",    "true",   "false",  "none",     "zero",     "one",
    "two",  "three", "four",   "five",   "six",      "seven",    "eight",
    "nine", "ten",   "eleven", "twelve", "infinity", "infinite", NULL};

/* The words of "So, we get that the final answer is". */
static const char *const closers[] = {
    "the",      "our",       "my",           "this",       "final",   "correct",  "right",
    "exact",    "numerical", "overall",      "total",      "desired", "required", "full",
    "complete", "so",        "thus",         "therefore",  "hence",   "then",     "finally",
    "and",      "now",       "consequently", "we",         "get",     "have",     "find",
    "see",      "conclude",  "obtain",       "that",       "it",      "follows",  "means",
    "which",    "gives",     "in",           "conclusion", "summary", "result",   "as",
    "a",        NULL};

/* A clause in front of them begins with one of these, and has none of the next. */
static const char *const reasons[] = {
    "since",   "because", "as",      "so", "thus",   "therefore",    "hence",      "then", "now",
    "finally", "and",     "overall", "in", "adding", "consequently", "altogether", NULL};

static const char *const conditions[] = {"if",   "whether", "suppose", "assume", "part",
                                         "case", "would",   "could",   "might",  "unless",
                                         "when", "not",     "this",    NULL};

bool closing_listed(const char *const *list, struct crux_text word)
{
    for (; *list != NULL; list++)
        if (strlen(*list) == word.length && strncasecmp(*list, word.start, word.length) == 0)
            return true;
    return false;
}

bool closing_is_letter(char c)
{
    return isalpha((unsigned char)c) != 0 || (unsigned char)c >= 0x80;
}

/* The bytes of a sign that only decorates, here: a shape or dingbat, an emoji with what joins and
 * varies it, the sign for what is no character. 0: it is something else. */
static size_t closing_ornament(const char *at, const char *end)
{
    uint32_t point = 0;
    size_t length =
        at < end && (unsigned char)*at >= 0xE2 ? utf8_character(at, (size_t)(end - at), &point) : 0;
    bool is = (point >= 0x2500 && point <= 0x27BF) || (point >= 0x2B00 && point <= 0x2BFF) ||
              (point >= 0x1F000 && point <= 0x1FAFF) || point == 0x220E || point == 0x200D ||
              point == 0xFE0F || point == 0xFFFD;

    return is ? length : 0;
}

/* The same of one that the text ends in. */
static size_t closing_ornament_behind(const char *start, const char *end)
{
    const char *at = end;

    while (at > start && end - at < 4 && ((unsigned char)*--at & 0xC0) == 0x80)
        continue;
    return at < end && closing_ornament(at, end) == (size_t)(end - at) ? (size_t)(end - at) : 0;
}

/* The next word at or behind *at, and *at behind it; of length 0: there is none. */
struct crux_text closing_word(const char **at, const char *end)
{
    struct crux_text word;
    size_t ornament;

    while (*at < end && ((ornament = closing_ornament(*at, end)) > 0 || !closing_is_letter(**at)))
        *at += ornament > 0 ? ornament : 1;
    word.start = *at;
    while (*at < end && closing_ornament(*at, end) == 0 &&
           (closing_is_letter(**at) || (**at == '\'' && *at > word.start)))
        ++*at;
    word.length = (size_t)(*at - word.start);
    return word;
}

/* Are all words of the text in the list? */
static bool closing_all_listed(const char *const *list, const char *at, const char *end)
{
    struct crux_text word = closing_word(&at, end);

    while (word.length > 0 && closing_listed(list, word))
        word = closing_word(&at, end);
    return word.length == 0;
}

static bool closing_any_listed(const char *const *list, const char *at, const char *end)
{
    struct crux_text word = closing_word(&at, end);

    while (word.length > 0 && !closing_listed(list, word))
        word = closing_word(&at, end);
    return word.length > 0;
}

/* --- pieces of a text ------------------------------------------------------------- */

static bool closing_is_break(char c)
{
    return c == '\n' || c == '\v';
}

bool closing_begins(const char *at, const char *end, const char *word)
{
    size_t length = strlen(word);

    return (size_t)(end - at) >= length && strncasecmp(at, word, length) == 0;
}

const char *closing_line_end(const char *at, const char *end)
{
    while (at < end && !closing_is_break(*at))
        at++;
    return at;
}

const char *closing_line_start(const char *start, const char *at)
{
    while (at > start && !closing_is_break(at[-1]))
        at--;
    return at;
}

/* Without the marks of typesetting around it: emphasis, mathematics, quotes, a full stop. */
struct crux_text closing_bare(const char *start, const char *end)
{
    static const char front[] = "*`\"'$:=_>", back[] = "*`\"'$_.!";

    while (start < end && (closing_is_blank(*start) || strchr(front, *start) != NULL ||
                           closing_begins(start, end, "\\(") || closing_begins(start, end, "\\[")))
        start += *start == '\\' ? 2 : 1;
    for (;;) {
        if (end - start >= 2 && end[-2] == '\\' && (end[-1] == ')' || end[-1] == ']'))
            end -= 2;
        else if (end - start >= 3 &&
                 memcmp(end - 3, "\xE3\x80\x82", 3) == 0) /* another full stop */
            end -= 3;
        else if (start < end && (closing_is_blank(end[-1]) || strchr(back, end[-1]) != NULL))
            end--;
        else if (closing_ornament_behind(start, end) > 0)
            end -= closing_ornament_behind(start, end);
        else
            return (struct crux_text){start, (size_t)(end - start)};
    }
}

/* The end of the box that begins here; NULL: none does. */
const char *closing_box_end(const char *at, const char *end)
{
    uint32_t open = 0;

    if (!closing_begins(at, end, "\\boxed") && !closing_begins(at, end, "\\fbox"))
        return NULL;
    for (at = memchr(at, '{', (size_t)(end - at)); at != NULL && at < end; at++) {
        if (*at == '\\') {
            at++;
            continue;
        }
        open += *at == '{';
        open -= *at == '}';
        if (open == 0)
            return at + 1;
    }
    return NULL;
}

/* --- values ----------------------------------------------------------------------- */

/* What was seen of a text that may be a value. */
struct closing_seen {
    bool number, mathematics, symbol, remark, capital, plain;
    uint32_t words; /* of two letters or more */
    struct crux_text first, last;
    bool word_first; /* a word came before any number */
};

/* blank: one stands behind it. */
static void closing_see_word(struct closing_seen *seen, struct crux_text word, bool blank)
{
    bool other = (unsigned char)word.start[0] >= 0x80;

    if (closing_listed(remarks, word))
        seen->remark = true;
    if (word.length < 2) {
        seen->symbol = true;
        seen->remark = seen->remark || (word.start[0] == 'a' && blank);
        return;
    }
    if (seen->words == 0) {
        seen->first = word;
        seen->word_first = !seen->number && !seen->mathematics;
    }
    seen->last = word;
    seen->words++;
    seen->capital = seen->capital || other || isupper((unsigned char)word.start[0]) != 0;
    seen->plain = closing_listed(plain_values, word);
}

/* A LaTeX command; words that are typeset as such are a unit. */
static const char *closing_see_command(struct closing_seen *seen, const char *at, const char *end)
{
    const char *name = ++at;

    seen->mathematics = true;
    while (at < end && isalpha((unsigned char)*at) != 0)
        at++;
    if (at < end && *at == '{' &&
        (closing_begins(name, at, "text") || closing_begins(name, at, "math") ||
         closing_begins(name, at, "mbox")))
        while (at < end && *at != '}')
            at++;
    return at < end && at == name ? at + 1 : at;
}

/* A sign that parts a sentence, behind which no value goes on. */
static bool closing_parts(const char *at, const char *end)
{
    const char *next = at + 1;

    if (closing_is_break(*at) || *at == ';' || *at == '?')
        return true;
    if (next == end || !closing_is_blank(*next))
        return false;
    while (next < end && closing_is_blank(*next))
        next++;
    if (*at == ',')
        return end - next > 1 && closing_is_letter(next[0]) && closing_is_letter(next[1]) &&
               !closing_begins(next, end, "and ") && !closing_begins(next, end, "or ");
    return *at == '.' || *at == ':';
}

/* False: it has parts, so it is more than a value. */
static bool closing_see(struct closing_seen *seen, struct crux_text text)
{
    const char *at = text.start, *end = at + text.length;

    while (at < end) {
        if (closing_parts(at, end))
            return false;
        if (*at == '\\') {
            at = closing_see_command(seen, at, end);
        } else if (closing_ornament(at, end) > 0) {
            at += closing_ornament(at, end);
        } else if (closing_is_letter(*at)) {
            struct crux_text word = closing_word(&at, end);

            closing_see_word(seen, word, at < end && *at == ' ');
        } else {
            seen->number = seen->number || isdigit((unsigned char)*at) != 0;
            at++;
        }
    }
    return true;
}

static bool closing_ends_so(struct crux_text word, const char *ending)
{
    size_t length = strlen(ending);

    return word.length > length &&
           strncasecmp(word.start + word.length - length, ending, length) == 0;
}

/* Words without a number among them. */
static enum closing_value closing_name(const struct closing_seen *seen)
{
    if (seen->words == 0)
        return seen->symbol ? CLOSING_SURE : CLOSING_NONE;
    if (seen->words == 1 && seen->plain)
        return CLOSING_SURE;
    if (seen->capital)
        return seen->words <= NAME_WORDS ? CLOSING_SURE : CLOSING_NONE;
    if (seen->words > 1 || closing_listed(qualities, seen->first) ||
        closing_ends_so(seen->first, "ed") || closing_ends_so(seen->first, "ing") ||
        closing_ends_so(seen->first, "ly"))
        return CLOSING_NONE;
    return CLOSING_MAYBE;
}

static enum closing_value closing_plain_value(struct crux_text text)
{
    struct closing_seen seen = {.words = 0};

    if (!closing_see(&seen, text) || seen.remark || seen.words > NAME_WORDS)
        return CLOSING_NONE;
    if (!seen.number && !seen.mathematics)
        return closing_name(&seen);
    if (seen.words > UNIT_WORDS)
        return CLOSING_NONE;
    if (!seen.word_first || closing_listed(value_leads, seen.first))
        return CLOSING_SURE;
    return seen.capital ? CLOSING_MAYBE : CLOSING_NONE;
}

/* Boxes, one behind the other, and maybe a unit. */
static enum closing_value closing_boxes(struct crux_text text, const char *behind)
{
    const char *end = text.start + text.length;
    struct crux_text rest = closing_bare(behind, end);
    const char *next = rest.start, *close;
    struct closing_seen seen = {.words = 0};

    if (rest.length == 0)
        return CLOSING_SURE;
    while (next < end && (closing_is_blank(*next) || *next == ',' || *next == '$'))
        next++;
    if (closing_begins(next, end, "and "))
        next += 4;
    while (next < end && (closing_is_blank(*next) || *next == '$'))
        next++;
    close = closing_box_end(next, end);
    if (close != NULL)
        return closing_boxes(text, close);
    return closing_see(&seen, rest) && !seen.remark && !seen.number && seen.words <= UNIT_WORDS
               ? CLOSING_SURE
               : CLOSING_NONE;
}

enum closing_value closing_value_of(const char *start, const char *end)
{
    struct crux_text text = closing_bare(start, end);
    const char *close = closing_box_end(text.start, text.start + text.length);

    if (text.length == 0)
        return CLOSING_NONE;
    return close != NULL ? closing_boxes(text, close) : closing_plain_value(text);
}

/* The last line that says something. */
static struct crux_text closing_last_line(struct crux_text text)
{
    const char *end = text.start + text.length, *start;

    while (end > text.start && closing_is_blank(end[-1]))
        end--;
    start = closing_line_start(text.start, end);
    while (start < end && closing_is_blank(*start))
        start++;
    return (struct crux_text){start, (size_t)(end - start)};
}

struct crux_text closing_unlabelled(struct crux_text line)
{
    const char *at = line.start, *end = at + line.length;

    while (at < end && (isalpha((unsigned char)*at) != 0 || *at == ' '))
        at++;
    if (at == line.start || at == end || isdigit((unsigned char)*at) == 0)
        return line;
    while (at < end && isdigit((unsigned char)*at) != 0)
        at++;
    if (at == end || *at != ':')
        return line;
    for (at++; at < end && closing_is_blank(*at);)
        at++;
    return (struct crux_text){at, (size_t)(end - at)};
}

/* The mark and a value: a number, mathematics or a letter, for behind such marks words are the
 * title of a section. */
enum closing_value closing_marked(struct crux_text text, const char *mark)
{
    struct crux_text line = closing_unlabelled(closing_last_line(text)), value;
    size_t length = strlen(mark);
    struct closing_seen seen = {.words = 0};
    bool title;

    if (line.length <= length || strncmp(line.start, mark, length) != 0 ||
        line.start[length] == '#')
        return CLOSING_NONE;
    value = closing_bare(line.start + length, line.start + line.length);
    if (closing_box_end(value.start, value.start + value.length) != NULL)
        return closing_value_of(value.start, value.start + value.length);
    if (!closing_see(&seen, value) || seen.remark || (seen.words > 0 && seen.word_first))
        return seen.words == 1 && seen.plain && !seen.number ? CLOSING_SURE : CLOSING_NONE;
    title = seen.capital || seen.words > UNIT_WORDS || line.start[line.length - 1] == '.' ||
            (!seen.number && !seen.mathematics);
    if (!seen.number && !seen.mathematics && (seen.words > 0 || value.length > 3))
        return CLOSING_NONE;
    return value.length == 0 || (seen.capital && seen.words > 0) ? CLOSING_NONE
           : title                                               ? CLOSING_MAYBE
                                                                 : CLOSING_SURE;
}

/* Where the sentence begins that goes on at this place. */
const char *closing_sentence(const char *start, const char *at)
{
    while (at > start && !closing_is_break(at[-1]) &&
           !(at - start > 1 && closing_is_blank(at[-1]) && strchr(".!?:;", at[-2]) != NULL))
        at--;
    return at;
}

/* Does a sentence that goes on with `answer is` close the reasoning? */
bool closing_closes(const char *start, const char *at)
{
    const char *clause = at;
    struct crux_text word;

    start = closing_sentence(start, at);
    while (clause > start && clause[-1] != ',')
        clause--;
    if (!closing_all_listed(closers, clause, at))
        return false;
    if (clause == start)
        return true;
    if (closing_any_listed(conditions, start, clause))
        return false;
    word = closing_word(&start, clause);
    return word.length == 0 || closing_listed(reasons, word);
}
