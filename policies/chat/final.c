/*
 * final.c - final answers in a text: looks at its last line and last sentence, word by word.
 *
 * It errs on one side. A final answer that is not seen costs a call more, for the model then says
 * it again or that there is no more to say; a remark that is taken for one labels a right text
 * wrong.
 */
#include "policies/chat/final.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "io/utf8.h"
#include "policies/chat/boundary.h"
#include "policies/chat/fence.h"

#define ANSWER_IS "answer is"

enum { UNIT_WORDS = 5, NAME_WORDS = 6, WORD_MOST = 24 };

/* How sure it is that a text is a value. */
enum final_value { FINAL_NONE, FINAL_MAYBE, FINAL_SURE };

/* --- words ------------------------------------------------------------------------ */

/* What may lead from a value's `is` to the value. */
static const char *const leads[] = {
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
static const char *const qualities[] = {"even",   "odd",       "prime",    "positive", "negative",
                                        "simple", "unique",    "large",    "small",    "easy",
                                        "fixed",  "hidden",    "next",     "below",    "above",
                                        "the",    "composite", "rational", NULL};

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

static const char *const new_questions[] = {"question", "problem", "exercise",    "example", "task",
                                            "user",     "human",   "instruction", "q",       NULL};

static const char *const turn_marks[] = {
    "<|im_start|>", "<|im_end|>", "<|user|>", "[INST]", "<|eot_id|>", "<|start_header_id|>", NULL};

static bool final_listed(const char *const *list, struct crux_text word)
{
    for (; *list != NULL; list++)
        if (strlen(*list) == word.length && strncasecmp(*list, word.start, word.length) == 0)
            return true;
    return false;
}

static bool final_is_letter(char c)
{
    return isalpha((unsigned char)c) != 0 || (unsigned char)c >= 0x80;
}

/* The bytes of a sign that only decorates, here: a shape or dingbat, an emoji with what joins and
 * varies it, the sign for what is no character. 0: it is something else. */
static size_t final_ornament(const char *at, const char *end)
{
    uint32_t point = 0;
    size_t length =
        at < end && (unsigned char)*at >= 0xE2 ? utf8_character(at, (size_t)(end - at), &point) : 0;
    bool is = (point >= 0x2500 && point <= 0x27BF) || (point >= 0x2B00 && point <= 0x2BFF) ||
              (point >= 0x1F000 && point <= 0x1FAFF) || point == 0x220E || point == 0x200D ||
              point == 0xFE0F || point == 0xFFFD;

    return is ? length : 0;
}

/* The next word at or behind *at, and *at behind it; of length 0: there is none. */
static struct crux_text final_word(const char **at, const char *end)
{
    struct crux_text word;
    size_t ornament;

    while (*at < end && ((ornament = final_ornament(*at, end)) > 0 || !final_is_letter(**at)))
        *at += ornament > 0 ? ornament : 1;
    word.start = *at;
    while (*at < end && final_ornament(*at, end) == 0 &&
           (final_is_letter(**at) || (**at == '\'' && *at > word.start)))
        ++*at;
    word.length = (size_t)(*at - word.start);
    return word;
}

/* Are all words of the text in the list? */
static bool final_all_listed(const char *const *list, const char *at, const char *end)
{
    struct crux_text word = final_word(&at, end);

    while (word.length > 0 && final_listed(list, word))
        word = final_word(&at, end);
    return word.length == 0;
}

static bool final_any_listed(const char *const *list, const char *at, const char *end)
{
    struct crux_text word = final_word(&at, end);

    while (word.length > 0 && !final_listed(list, word))
        word = final_word(&at, end);
    return word.length > 0;
}

/* --- pieces of a text ------------------------------------------------------------- */

static bool final_is_break(char c)
{
    return c == '\n' || c == '\v';
}

static bool final_begins(const char *at, const char *end, const char *word)
{
    size_t length = strlen(word);

    return (size_t)(end - at) >= length && strncasecmp(at, word, length) == 0;
}

static const char *final_line_end(const char *at, const char *end)
{
    while (at < end && !final_is_break(*at))
        at++;
    return at;
}

static const char *final_line_start(const char *start, const char *at)
{
    while (at > start && !final_is_break(at[-1]))
        at--;
    return at;
}

/* The same of one that the text ends in. */
static size_t final_ornament_behind(const char *start, const char *end)
{
    const char *at = end;

    while (at > start && end - at < 4 && ((unsigned char)*--at & 0xC0) == 0x80)
        continue;
    return at < end && final_ornament(at, end) == (size_t)(end - at) ? (size_t)(end - at) : 0;
}

/* Without the marks of typesetting around it: emphasis, mathematics, quotes, a full stop. */
static struct crux_text final_bare(const char *start, const char *end)
{
    static const char front[] = "*`\"'$:=_>", back[] = "*`\"'$_.!";

    while (start < end && (boundary_is_blank(*start) || strchr(front, *start) != NULL ||
                           final_begins(start, end, "\\(") || final_begins(start, end, "\\[")))
        start += *start == '\\' ? 2 : 1;
    for (;;) {
        if (end - start >= 2 && end[-2] == '\\' && (end[-1] == ')' || end[-1] == ']'))
            end -= 2;
        else if (end - start >= 3 &&
                 memcmp(end - 3, "\xE3\x80\x82", 3) == 0) /* another full stop */
            end -= 3;
        else if (start < end && (boundary_is_blank(end[-1]) || strchr(back, end[-1]) != NULL))
            end--;
        else if (final_ornament_behind(start, end) > 0)
            end -= final_ornament_behind(start, end);
        else
            return (struct crux_text){start, (size_t)(end - start)};
    }
}

/* The last place of a word; NULL: there is none. */
static const char *final_last(struct crux_text text, const char *word)
{
    size_t length = strlen(word);

    for (size_t at = text.length; at-- > 0;)
        if (text.length - at >= length && strncasecmp(text.start + at, word, length) == 0)
            return text.start + at;
    return NULL;
}

/* The end of the box that begins here; NULL: none does. */
static const char *final_box_end(const char *at, const char *end)
{
    uint32_t open = 0;

    if (!final_begins(at, end, "\\boxed") && !final_begins(at, end, "\\fbox"))
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
struct final_seen {
    bool number, mathematics, symbol, remark, capital, plain;
    uint32_t words; /* of two letters or more */
    struct crux_text first, last;
    bool word_first; /* a word came before any number */
};

static void final_see_word(struct final_seen *seen, struct crux_text word)
{
    bool other = (unsigned char)word.start[0] >= 0x80;

    if (final_listed(remarks, word))
        seen->remark = true;
    if (word.length < 2) {
        seen->symbol = true;
        seen->remark = seen->remark || (word.start[0] == 'a' && word.start[1] == ' ');
        return;
    }
    if (seen->words == 0) {
        seen->first = word;
        seen->word_first = !seen->number && !seen->mathematics;
    }
    seen->last = word;
    seen->words++;
    seen->capital = seen->capital || other || isupper((unsigned char)word.start[0]) != 0;
    seen->plain = final_listed(plain_values, word);
}

/* A LaTeX command; words that are typeset as such are a unit. */
static const char *final_see_command(struct final_seen *seen, const char *at, const char *end)
{
    const char *name = ++at;

    seen->mathematics = true;
    while (at < end && isalpha((unsigned char)*at) != 0)
        at++;
    if (at < end && *at == '{' &&
        (final_begins(name, at, "text") || final_begins(name, at, "math") ||
         final_begins(name, at, "mbox")))
        while (at < end && *at != '}')
            at++;
    return at < end && at == name ? at + 1 : at;
}

/* A sign that parts a sentence, behind which no value goes on. */
static bool final_parts(const char *at, const char *end)
{
    const char *next = at + 1;

    if (final_is_break(*at) || *at == ';' || *at == '?')
        return true;
    if (next == end || !boundary_is_blank(*next))
        return false;
    while (next < end && boundary_is_blank(*next))
        next++;
    if (*at == ',')
        return end - next > 1 && final_is_letter(next[0]) && final_is_letter(next[1]) &&
               !final_begins(next, end, "and ") && !final_begins(next, end, "or ");
    return *at == '.' || *at == ':';
}

/* False: it has parts, so it is more than a value. */
static bool final_see(struct final_seen *seen, struct crux_text text)
{
    const char *at = text.start, *end = at + text.length;

    while (at < end) {
        if (final_parts(at, end))
            return false;
        if (*at == '\\') {
            at = final_see_command(seen, at, end);
        } else if (final_is_letter(*at)) {
            final_see_word(seen, final_word(&at, end));
        } else {
            seen->number = seen->number || isdigit((unsigned char)*at) != 0;
            at++;
        }
    }
    return true;
}

static bool final_ends_so(struct crux_text word, const char *ending)
{
    size_t length = strlen(ending);

    return word.length > length &&
           strncasecmp(word.start + word.length - length, ending, length) == 0;
}

/* Words without a number among them. */
static enum final_value final_name(const struct final_seen *seen)
{
    if (seen->words == 0)
        return seen->symbol ? FINAL_SURE : FINAL_NONE;
    if (seen->words == 1 && seen->plain)
        return FINAL_SURE;
    if (seen->capital)
        return seen->words <= NAME_WORDS ? FINAL_SURE : FINAL_NONE;
    if (seen->words > 1 || final_listed(qualities, seen->first) ||
        final_ends_so(seen->first, "ed") || final_ends_so(seen->first, "ing") ||
        final_ends_so(seen->first, "ly"))
        return FINAL_NONE;
    return FINAL_MAYBE;
}

static enum final_value final_plain_value(struct crux_text text)
{
    struct final_seen seen = {.words = 0};

    if (!final_see(&seen, text) || seen.remark || seen.words > NAME_WORDS)
        return FINAL_NONE;
    if (!seen.number && !seen.mathematics)
        return final_name(&seen);
    if (seen.words > UNIT_WORDS)
        return FINAL_NONE;
    if (!seen.word_first || final_listed(leads, seen.first))
        return FINAL_SURE;
    return seen.capital ? FINAL_MAYBE : FINAL_NONE;
}

/* Boxes, one behind the other, and maybe a unit. */
static enum final_value final_boxes(struct crux_text text, const char *behind)
{
    const char *end = text.start + text.length;
    struct crux_text rest = final_bare(behind, end);
    const char *next = rest.start, *close;
    struct final_seen seen = {.words = 0};

    if (rest.length == 0)
        return FINAL_SURE;
    while (next < end && (boundary_is_blank(*next) || *next == ',' || *next == '$'))
        next++;
    if (final_begins(next, end, "and "))
        next += 4;
    while (next < end && (boundary_is_blank(*next) || *next == '$'))
        next++;
    close = final_box_end(next, end);
    if (close != NULL)
        return final_boxes(text, close);
    return final_see(&seen, rest) && !seen.remark && !seen.number && seen.words <= UNIT_WORDS
               ? FINAL_SURE
               : FINAL_NONE;
}

static enum final_value final_value_of(const char *start, const char *end)
{
    struct crux_text text = final_bare(start, end);
    const char *close = final_box_end(text.start, text.start + text.length);

    if (text.length == 0)
        return FINAL_NONE;
    return close != NULL ? final_boxes(text, close) : final_plain_value(text);
}

/* --- forms of a final answer ------------------------------------------------------ */

/* The line that is a box and nothing else, at the end of the text. */
static bool final_is_box(struct crux_text text)
{
    const char *end = text.start + text.length, *box = final_last(text, "\\boxed{");
    const char *close = box == NULL ? NULL : final_box_end(box, end);

    return close != NULL && final_bare(close, end).length == 0 &&
           final_bare(final_line_start(text.start, box), box).length == 0;
}

/* The last line that says something. */
static struct crux_text final_last_line(struct crux_text text)
{
    const char *end = text.start + text.length, *start;

    while (end > text.start && boundary_is_blank(end[-1]))
        end--;
    start = final_line_start(text.start, end);
    while (start < end && boundary_is_blank(*start))
        start++;
    return (struct crux_text){start, (size_t)(end - start)};
}

/* The mark and a value: a number, mathematics or a letter, for behind such marks words are the
 * title of a section. */
static enum final_value final_marked(struct crux_text text, const char *mark)
{
    struct crux_text line = final_last_line(text), value;
    size_t length = strlen(mark);
    struct final_seen seen = {.words = 0};
    bool title;

    if (line.length <= length || strncmp(line.start, mark, length) != 0 ||
        line.start[length] == '#')
        return FINAL_NONE;
    value = final_bare(line.start + length, line.start + line.length);
    if (final_box_end(value.start, value.start + value.length) != NULL)
        return final_value_of(value.start, value.start + value.length);
    if (!final_see(&seen, value) || seen.remark || (seen.words > 0 && seen.word_first))
        return seen.words == 1 && seen.plain && !seen.number ? FINAL_SURE : FINAL_NONE;
    title = seen.capital || seen.words > UNIT_WORDS || line.start[line.length - 1] == '.' ||
            (!seen.number && !seen.mathematics);
    if (!seen.number && !seen.mathematics && (seen.words > 0 || value.length > 3))
        return FINAL_NONE;
    return value.length == 0 || (seen.capital && seen.words > 0) ? FINAL_NONE
           : title                                               ? FINAL_MAYBE
                                                                 : FINAL_SURE;
}

/* Where the sentence begins that goes on at this place. */
static const char *final_sentence(const char *start, const char *at)
{
    while (at > start && !final_is_break(at[-1]) &&
           !(at - start > 1 && boundary_is_blank(at[-1]) && strchr(".!?:;", at[-2]) != NULL))
        at--;
    return at;
}

/* Does a sentence that goes on with `answer is` close the reasoning? */
static bool final_closes(const char *start, const char *at)
{
    const char *clause = at;
    struct crux_text word;

    start = final_sentence(start, at);
    while (clause > start && clause[-1] != ',')
        clause--;
    if (!final_all_listed(closers, clause, at))
        return false;
    if (clause == start)
        return true;
    if (final_any_listed(conditions, start, clause))
        return false;
    word = final_word(&start, clause);
    return word.length == 0 || final_listed(reasons, word);
}

/* boxes: only such values count. */
static enum final_value final_said(struct crux_text text, const char *word, bool boxes)
{
    const char *end = text.start + text.length, *at = final_last(text, word), *behind;

    if (at == NULL || !final_closes(text.start, at))
        return FINAL_NONE;
    behind = at + strlen(word);
    if (behind < end && final_is_letter(*behind))
        return FINAL_NONE;
    if (boxes && final_last(text, "\\boxed") == NULL)
        return FINAL_NONE;
    return final_value_of(behind, end);
}

/* A text of the user's own. */
static bool final_own(struct crux_text text, const char *word)
{
    const char *end = text.start + text.length, *at = final_last(text, word), *behind, *sentence;
    uint32_t lines = 0;

    if (at == NULL)
        return false;
    behind = at + strlen(word);
    if (final_bare(behind, end).length == 0)
        return true;
    sentence = final_sentence(text.start, at);
    if (final_bare(sentence, at).length > 0)
        return false;
    for (; behind < end; behind = final_line_end(behind, end) + 1)
        lines += final_bare(behind, final_line_end(behind, end)).length > 0;
    return lines <= 1;
}

static bool final_by_word(struct crux_text text, const char *word, bool went_on)
{
    enum final_value needed = went_on ? FINAL_SURE : FINAL_MAYBE;
    size_t length = strlen(word), said = strlen(ANSWER_IS);

    if (word[strspn(word, "#")] == '\0')
        return final_marked(text, word) >= needed;
    if (strstr(word, "\\boxed") != NULL || strstr(word, "\\fbox") != NULL)
        return (!went_on && final_is_box(text)) || final_said(text, ANSWER_IS, true) >= needed;
    if (length >= said && strcasecmp(word + length - said, ANSWER_IS) == 0)
        return final_said(text, word, false) >= needed;
    return final_own(text, word);
}

/* --- the whole -------------------------------------------------------------------- */

static bool final_text_is(const struct chat_prompt *prompt, struct crux_text text, bool went_on)
{
    for (uint32_t i = 0; i < prompt->final_count; i++)
        if (strcmp(prompt->finals[i], "```") != 0 &&
            final_by_word(text, prompt->finals[i], went_on))
            return true;
    return false;
}

static bool final_wants_code(const struct chat_prompt *prompt)
{
    for (uint32_t i = 0; i < prompt->final_count; i++)
        if (strcmp(prompt->finals[i], "```") == 0)
            return true;
    return false;
}

bool final_is(const struct chat_prompt *prompt, struct final_text text, bool went_on)
{
    const char *end = text.start + text.length, *from = text.start + text.from;
    const char *line = final_line_start(text.start, from);
    struct fence fence = fence_read(text.start, end);

    if (fence.closed && fence.mark == '\0')
        return !went_on && final_wants_code(prompt);
    return fence.mark == '\0' &&
           final_text_is(prompt, (struct crux_text){line, (size_t)(end - line)}, went_on);
}

/* `Question 2:`, `**Problem**: ...`, or a turn's mark: a model that goes on for its own sake. */
static bool final_asks(const char *at, const char *end)
{
    struct crux_text word;

    while (at < end && (boundary_is_blank(*at) || *at == '#' || *at == '*'))
        at++;
    for (const char *const *mark = turn_marks; *mark != NULL; mark++)
        if (final_begins(at, end, *mark))
            return true;
    if (at == end || !final_is_letter(*at))
        return false;
    word = final_word(&at, end);
    while (at < end && (boundary_is_blank(*at) || *at == '*' || isdigit((unsigned char)*at) != 0))
        at++;
    return final_listed(new_questions, word) && at < end && (*at == ':' || *at == '.');
}

size_t final_length(const struct chat_prompt *prompt, struct final_text text, bool cut)
{
    const char *end = text.start + text.length, *from = text.start + text.from, *next;
    struct fence fence = {.mark = '\0'};
    bool answered = false;

    for (const char *line = text.start; line < end; line = next + 1) {
        struct crux_text said;
        bool code = fence.mark != '\0';

        next = final_line_end(line, end);
        said = (struct crux_text){line, (size_t)(next - line)};
        if (answered && !code && line >= from && final_asks(line, next))
            return (size_t)(line - text.start);
        fence_read_line(&fence, line, next);
        if (code || fence.mark != '\0' || !final_text_is(prompt, said, false))
            continue;
        answered = true;
        if (cut && next < end && next > from && final_text_is(prompt, said, true))
            return (size_t)(next - text.start);
    }
    return text.length;
}
