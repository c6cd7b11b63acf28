/*
 * find.c - where the final answer of a text is.
 *
 * The kinds of place are tried one after another, the surest first, each from the end of the
 * text backwards: what comes later corrects what came before. Nothing looks further than an
 * answer can be long, so the time stays linear in the text.
 */
#include "critics/match/find.h"

#include "critics/match/compare.h"
#include "critics/match/form.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* No answer is longer than this, so a search stops there and the time stays linear in the text. */
#define LONGEST   ((ptrdiff_t)MATCH_TEXT * 2)
#define UNCLOSED  64u  /* boxes without an end that are looked at */
#define TOGETHER  160u /* bytes between two boxes of one answer */
#define BARE_MOST 40u  /* a text that is nothing but its answer */
#define TAIL_MOST 400u /* a last sentence that is looked at */

/* A piece of the text, and where the text ends. */
struct span {
    const char *at, *end;
};

/* The text from at on, as far as an answer can reach. */
static struct span reach(const char *at, const char *end)
{
    return (struct span){at, end - at > LONGEST ? at + LONGEST : end};
}

static struct crux_text none(void)
{
    return (struct crux_text){NULL, 0};
}

static bool answer_begins(struct span text, const char *word)
{
    size_t length = strlen(word);

    return (size_t)(text.end - text.at) >= length && strncasecmp(text.at, word, length) == 0;
}

static bool is_space(char c)
{
    return isspace((unsigned char)c) != 0;
}

static bool is_letter(char c)
{
    return isalpha((unsigned char)c) != 0;
}

static struct crux_text answer_trimmed(const char *start, const char *end)
{
    while (start < end && is_space(*start))
        start++;
    while (start < end && is_space(end[-1]))
        end--;
    return start < end ? (struct crux_text){start, (size_t)(end - start)} : none();
}

static const char *end_of(struct crux_text text)
{
    return text.start + text.length;
}

/* --- \boxed --------------------------------------------------------------------------- */

/* From behind the opening brace to its partner; escaped braces are of the text, or count as well.
 * NULL: it has none. */
static const char *closing_brace(struct span text, bool escaped)
{
    uint32_t open = 1;

    for (; text.at < text.end; text.at++) {
        if (!escaped && *text.at == '\\' && text.at + 1 < text.end) {
            text.at++;
            continue;
        }
        open += *text.at == '{';
        open -= *text.at == '}';
        if (open == 0)
            return text.at;
    }
    return NULL;
}

/* \boxed 42: to the end of the word. */
static struct match_box bare_box(struct span text, const char *start)
{
    const char *from = text.at;

    while (text.at < text.end && (isalnum((unsigned char)*text.at) ||
                                  (strchr(".,-/", *text.at) != NULL && text.at + 1 < text.end &&
                                   isdigit((unsigned char)text.at[1]))))
        text.at++;
    if (text.at == from || from[-1] != ' ')
        return (struct match_box){NULL, NULL, none()};
    return (struct match_box){start, text.at, {from, (size_t)(text.at - from)}};
}

struct match_box match_box_at(const char *at, const char *end)
{
    const struct match_box no = {NULL, NULL, none()};
    struct span text = reach(at, end);
    struct match_box box = no;
    const char *close;

    if (*at != '\\' || !(answer_begins(text, "\\boxed") || answer_begins(text, "\\fbox")))
        return no;
    text.at += answer_begins(text, "\\boxed") ? 6 : 5;
    while (text.at < text.end && *text.at == ' ')
        text.at++;
    if (text.at == text.end)
        return no;
    if (*text.at != '{')
        return bare_box(text, at);
    text.at++;
    close = closing_brace(text, false);
    if (close == NULL)
        close = closing_brace(text, true);
    if (close == NULL)
        return no;
    box = (struct match_box){at, close + 1, answer_trimmed(text.at, close)};
    /* A backslash that got before the brace. */
    if (box.content.length > 1 && end_of(box.content)[-1] == '\\' &&
        end_of(box.content)[-2] != '\\')
        box.content = answer_trimmed(box.content.start, end_of(box.content) - 1);
    return box.content.length > 0 ? box : no;
}

/* The last box that ends at or before limit and begins at or behind from. */
static struct match_box last_box(const char *from, const char *limit, const char *end)
{
    uint32_t unclosed = 0;
    const char *at = limit;

    while (unclosed < UNCLOSED && (at = memrchr(from, '\\', (size_t)(at - from))) != NULL) {
        struct match_box box = match_box_at(at, end);

        if (box.start != NULL)
            return box;
        unclosed += answer_begins((struct span){at, end}, "\\boxed");
    }
    return (struct match_box){NULL, NULL, none()};
}

/* --- boxes that stand together ----------------------------------------------------------- */

static const char *skip_any(struct span text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (answer_begins(text, words[i]))
            return text.at + strlen(words[i]);
    return NULL;
}

/* (a), (ii): which part of the question it is. */
static const char *part_end(struct span text)
{
    const char *at = text.at + 1;

    if (*text.at != '(')
        return NULL;
    while (at < text.end && at - text.at < 4 && isalnum((unsigned char)*at))
        at++;
    return at < text.end && *at == ')' && at > text.at + 1 ? at + 1 : NULL;
}

/* x =, f(x) =, y_1 =, AB =: what a box is the value of. NULL: none stands here. */
static const char *name_end(struct span text)
{
    const char *at = text.at;

    if (!is_letter(*at) && *at != '\\')
        return NULL;
    for (at++; at < text.end && at - text.at < 24; at++) {
        if (*at == '=') { /* and the sign of what is in the box */
            for (at++; at < text.end && (*at == ' ' || *at == '-'); at++) {
            }
            return at;
        }
        if (!isalnum((unsigned char)*at) && strchr("_{}()' \\", *at) == NULL)
            return NULL;
    }
    return NULL;
}

/* Does what stands between two boxes make one answer of them? */
static bool joins_boxes(const char *at, const char *end)
{
    static const char *const nothing[] = {
        "$",         "\\(",       "\\)",       "\\[",    "\\]", "\\,",     "\\;",
        "\\ ",       "\\!",       "\\qquad",   "\\quad", "~",   "\\text{", "\\mbox{",
        "\\textrm{", "\\textbf{", "\\mathrm{", "}",      "*",   "for",     "part"};
    static const char *const joiners[] = {"and", "or",           "und",          ",",           ";",
                                          "&",   "\xE5\x92\x8C", "\xEF\xBC\x8C", "\xE3\x80\x81"};
    bool joined = false, newline = false;

    while (at < end) {
        struct span text = {at, end};
        const char *next = skip_any(text, nothing, sizeof nothing / sizeof *nothing);

        newline |= *at == '\n';
        if (next == NULL && is_space(*at))
            next = at + 1;
        if (next == NULL) {
            next = skip_any(text, joiners, sizeof joiners / sizeof *joiners);
            if (next == NULL)
                next = part_end(text);
            if (next == NULL)
                next = name_end(text);
            joined = true;
        }
        if (next == NULL)
            return false;
        at = next;
    }
    return joined || !newline;
}

/* --- what touches a box --------------------------------------------------------------------- */

static bool ends_with(const char *from, const char *at, const char *word)
{
    size_t length = strlen(word);

    return (size_t)(at - from) >= length && memcmp(at - length, word, length) == 0;
}

static const char *back_over_spaces(const char *from, const char *at)
{
    while (at > from && (at[-1] == ' ' || at[-1] == '\t'))
        at--;
    return ends_with(from, at, "\\,") || ends_with(from, at, "\\;") ? at - 2 : at;
}

/* What an operand may end with. */
static bool ends_operand(const char *from, const char *at)
{
    return at > from && (isalnum((unsigned char)at[-1]) || strchr(")]}!%", at[-1]) != NULL);
}

/* A sign before a box: where it begins; at: there is none. NULL: the box is part of a sum. */
static const char *sign_before(const char *from, const char *at)
{
    static const char *const signs[] = {"-", "\xE2\x88\x92", "\\pm", "\xC2\xB1"};
    const char *behind = back_over_spaces(from, at);

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        const char *sign, *before;

        if (!ends_with(from, behind, signs[i]))
            continue;
        sign = behind - strlen(signs[i]);
        before = back_over_spaces(from, sign);
        if (behind < at && (sign == from || sign[-1] == '\n' || before < sign))
            return before > from && before[-1] == '=' ? sign : at; /* a dash, or an item */
        return ends_operand(from, before) && !(before < sign && is_letter(before[-1])) ? NULL
                                                                                       : sign;
    }
    return at;
}

/* Is it an operand of something that begins before it? */
static bool bound_before(const char *from, const char *at)
{
    static const char *const operators[] = {"\\times",  "\\cdot", "\\div",   "\\frac",   "\\dfrac",
                                            "\\tfrac",  "\\sqrt", "\\frac{", "\\dfrac{", "\\sqrt{",
                                            "\\tfrac{", "^{",     "_{",      "^",        "_",
                                            "/",        "+"};

    at = back_over_spaces(from, at);
    if (at > from && isdigit((unsigned char)at[-1]))
        return true;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (ends_with(from, at, operators[i]))
            return true;
    return false;
}

/* Where mathematics ends: at its sign, or where something else is said. */
static const char *factor_end(struct span text)
{
    static const char *const ends[] = {"$", "\\)",      "\\]",    "=",      "\n",     ",",
                                       ";", "\\approx", "\\text", "\\quad", "\\qquad"};
    uint32_t braces = 0;

    for (; text.at < text.end; text.at++) {
        if (*text.at == '}' && braces == 0)
            return text.at;
        braces += *text.at == '{';
        braces -= *text.at == '}';
        if (skip_any(text, ends, sizeof ends / sizeof *ends) != NULL ||
            (*text.at == '.' && (text.at + 1 == text.end || !isdigit((unsigned char)text.at[1]))))
            return text.at;
    }
    return text.at;
}

/* Behind a word like million, else: there is none. */
static const char *scale_end(struct span text, const char *otherwise)
{
    static const char *const scales[] = {"million",  "billion", "thousand", "hundred",
                                         "trillion", "dozen",   "percent"};
    const char *end = skip_any(text, scales, sizeof scales / sizeof *scales);

    return end != NULL && !(end < text.end && is_letter(*end)) ? end : otherwise;
}

/* Behind a box: where what belongs to it ends; at: nothing does. */
static const char *touch_behind(const char *at, const char *end)
{
    static const char *const binders[] = {"\\times",
                                          "\\cdot",
                                          "\\%",
                                          "%",
                                          "^",
                                          "/",
                                          "+",
                                          "\\pi",
                                          "\\sqrt",
                                          "\\frac",
                                          "\\dfrac",
                                          "\\div",
                                          "\\binom",
                                          "\\text{ million}",
                                          "\\text{ billion}",
                                          "\\text{ thousand}",
                                          "\\text{ percent}",
                                          "\xC3\x97",
                                          "\xC2\xB0"};
    struct span text = {at, end - at > (ptrdiff_t)TOGETHER ? at + TOGETHER : end};
    const char *binder;

    while (text.at < text.end && (*text.at == ' ' || answer_begins(text, "\\,")))
        text.at += *text.at == ' ' ? 1 : 2;
    if (text.at == text.end)
        return at;
    if (*text.at == '$' && text.end - text.at > 1 && text.at[1] == ' ')
        return scale_end((struct span){text.at + 2, text.end}, at);
    if (text.at == at && (isalnum((unsigned char)*at) || *at == '{' || *at == '('))
        return factor_end(text);
    if (*text.at == '!' && text.at + 1 < text.end && text.at[1] == '$')
        return text.at + 1;
    if (*text.at == '-' && text.end - text.at > 2 && text.at[1] != '-' &&
        (text.at[1] != ' ') == (text.at == at) && text.at[1] != '\n' &&
        !is_letter(text.at[1 + (text.at[1] == ' ')]))
        return factor_end(text);
    binder = skip_any(text, binders, sizeof binders / sizeof *binders);
    if (binder == NULL)
        return scale_end(text, at);
    if (answer_begins(text, "\\text"))
        return binder;
    return factor_end(text);
}

/* One box with all that belongs to it; none: it is part of something that begins before it. */
static struct crux_text whole_of(struct span all, struct match_box box)
{
    const char *start = sign_before(all.at, box.start);
    const char *end = touch_behind(box.end, all.end);

    if (start == NULL || bound_before(all.at, start))
        return none();
    if (start == box.start && end == box.end)
        return box.content;
    return answer_trimmed(start, end);
}

/* The name that stands right before a box: from where to where. Empty: there is none. */
static struct crux_text name_before(const char *from, const char *at)
{
    const char *end = back_over_spaces(from, at), *start;

    if (end == from || end[-1] != '=')
        return none();
    start = back_over_spaces(from, end - 1);
    while (start > from && at - start < 24 &&
           (isalnum((unsigned char)start[-1]) || strchr("_{}()'\\", start[-1]) != NULL))
        start--;
    while (start < end && *start == '(' && (start[1] == ')' || *start == '\\'))
        start++;
    return start < end ? (struct crux_text){start, (size_t)(end - start)} : none();
}

/* Several boxes, with the name and the sign of the first. */
static struct crux_text group_text(struct span all, struct match_box box)
{
    const char *sign = sign_before(all.at, box.start);
    const char *start = sign != NULL ? sign : box.start;
    struct crux_text name = name_before(all.at, start);

    if (name.length > 0)
        start = name.start;
    return (struct crux_text){start, (size_t)(box.end - start)};
}

/* The last box with those that stand before it; alone: there is one. */
static struct match_box box_group(struct span all, bool *alone)
{
    struct match_box box = last_box(all.at, all.end, all.end);

    *alone = true;
    while (box.start != NULL) {
        const char *from = box.start - all.at > (ptrdiff_t)LONGEST ? box.start - LONGEST : all.at;
        struct match_box before = last_box(from, box.start, all.end);

        if (before.start == NULL)
            break;
        if (before.end >= box.end) { /* a box in a box */
            box = before;
            continue;
        }
        if (before.end > box.start || box.start - before.end > (ptrdiff_t)TOGETHER ||
            end_of(before.content) + LONGEST < box.end || !joins_boxes(before.end, box.start))
            break;
        box.start = before.start;
        *alone = false;
    }
    return box;
}

/* --- #### ------------------------------------------------------------------------------ */

static const char *answer_line_end(struct span text)
{
    const char *end = memchr(text.at, '\n', (size_t)(text.end - text.at));

    return end != NULL ? end : text.end;
}

static struct crux_text hashes_at(struct span text)
{
    return answer_begins(text, "#### ") ? answer_trimmed(text.at + 5, answer_line_end(text))
                                        : none();
}

/* --- the answer is ------------------------------------------------------------------------ */

/* Words that lead from `answer` to it. */
static const char *const leads[] = {
    "is equal to",  "ist",          "is:",          "is",          "are:",
    "are",          "would be",     "should be",    "must be",     "will be",
    "comes to",     "equals",       "becomes",      ":",           "=",
    "est de",       "est",          "lautet",       "es",          "\xC3\xA9",
    "\xC3\xA8",     "\xE6\x98\xAF", /* is, in Chinese; topic marks */
    "\xE4\xB8\xBA", "\xE7\x82\xBA", "\xE3\x81\xAF", "\xEF\xBC\x9A"};

static bool begins_mathematics(struct span text)
{
    return answer_begins(text, "$") || answer_begins(text, "\\(") || answer_begins(text, "\\[");
}

/* `not 5 but 6` says 6. */
static const char *behind_not(struct span text)
{
    const char *but;

    if (!answer_begins(text, "not "))
        return text.at;
    text.end = answer_line_end(text);
    but = memmem(text.at, (size_t)(text.end - text.at), " but ", 5);
    return but != NULL ? but + 5 : text.at;
}

static const char *behind_fillers(struct span text)
{
    static const char *const fillers[] = {"therefore ", "thus ",     "then ",   "clearly ",
                                          "indeed ",    "for sure ", "simply ", "definitely "};
    const char *next;

    while ((next = skip_any(text, fillers, sizeof fillers / sizeof *fillers)) != NULL)
        text.at = next;
    return behind_not(text);
}

/* Behind `answer`: what leads to the answer. titled: a line break leads as well. NULL: something
 * else does. */
static const char *behind_lead(struct span text, bool titled)
{
    bool found = false, broken = false;
    size_t i = 0;

    while (text.at < text.end && (*text.at == ' ' || *text.at == '*' || *text.at == '"'))
        text.at++;
    while (i < sizeof leads / sizeof *leads && !answer_begins(text, leads[i]))
        i++;
    if (i < sizeof leads / sizeof *leads) {
        text.at += strlen(leads[i]);
        found =
            !is_letter(leads[i][0]) || text.at == text.end || isalnum((unsigned char)*text.at) == 0;
    } else {
        found = begins_mathematics(text);
    }
    while (text.at < text.end && (is_space(*text.at) || *text.at == '*' || *text.at == ':')) {
        broken |= *text.at == '\n';
        text.at++;
    }
    if (!(found || (titled && broken)) || text.at == text.end)
        return NULL;
    return behind_fillers(text);
}

/* The end of mathematics that begins here: $...$, \(...\), \[...\]. NULL: none does. */
static const char *mathematics_end(struct span text)
{
    static const char *const closers[] = {"\\(", "\\)", "\\[", "\\]", "$$", "$$"};

    for (size_t i = 0; i < sizeof closers / sizeof *closers; i += 2)
        if (answer_begins(text, closers[i])) {
            const char *close =
                memmem(text.at + 2, (size_t)(text.end - text.at) - 2, closers[i + 1], 2);

            return close != NULL ? close + 2 : NULL;
        }
    if (*text.at != '$')
        return NULL;
    /* A closing dollar sign stands close to what it closes, and before no digit. */
    for (const char *at = text.at + 2; at < text.end && *at != '\n'; at++)
        if (*at == '$' && at[-1] != '\\' && (at[-1] != ' ' || text.at[1] == ' ') &&
            (at + 1 == text.end || isdigit((unsigned char)at[1]) == 0))
            return at + 1;
    return NULL;
}

/* Mr. Smith, St. Louis. */
static bool is_abbreviation(const char *start, const char *point)
{
    static const char *const titles[] = {"Mr", "Mrs", "Ms", "Dr", "St", "Prof", "Mt", "No", "Rs"};

    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        size_t length = strlen(titles[i]);

        if (ends_with(start, point, titles[i]) &&
            ((size_t)(point - start) == length || point[-(ptrdiff_t)length - 1] == ' '))
            return true;
    }
    return false;
}

/* A point that ends the sentence: not in 3.5, not in p.m., not in Mr. Smith. */
static bool ends_sentence(const char *start, struct span text)
{
    bool end = text.at + 1 == text.end || is_space(text.at[1]) || text.at[1] == '*';

    if (answer_begins(text, "\xE3\x80\x82")) /* a full stop of Chinese */
        return true;
    return *text.at == '.' && end &&
           !(text.at - start > 2 && text.at[-1] == 'm' && text.at[-2] == '.') &&
           !(text.at + 1 < text.end && is_abbreviation(start, text.at)) &&
           /* D. with what stands there */
           !(text.at - start == 1 && *start >= 'A' && *start <= 'J');
}

/* Words that only say why, or go on. */
static bool begins_reason(struct span text)
{
    static const char *const reasons[] = {", because ", ", since ", " because ", ", as ",
                                          ", which ",   "<|",       ", not ",    ", so "};

    return skip_any(text, reasons, sizeof reasons / sizeof *reasons) != NULL;
}

static struct crux_text sentence(struct span text)
{
    const char *start = text.at, *end = mathematics_end(text);

    text.end = answer_line_end((struct span){end != NULL ? end : start, text.end});
    /* Words behind the mathematics may be a unit. */
    text.at = end != NULL ? end : start;
    while (text.at < text.end && !ends_sentence(start, text) && !answer_begins(text, "**") &&
           !begins_reason(text))
        text.at++;
    return answer_trimmed(start, text.at > start ? text.at : start);
}

/* "answer": "42" in JSON. */
static struct crux_text member(struct span text)
{
    const char *end = text.at + 1;

    if (*text.at == '"') {
        while (end < text.end && *end != '"')
            end += *end == '\\' && end + 1 < text.end ? 2 : 1;
        return end < text.end ? answer_trimmed(text.at + 1, end) : none();
    }
    end = text.at;
    while (end < text.end && strchr(",}\n", *end) == NULL)
        end++;
    return answer_trimmed(text.at, end);
}

/* The words for `answer`, and how many are many of them. */
static const struct {
    const char *word;
    bool many;
} answers[] = {
    {"answers", true},
    {"answer", false},
    {"r\xC3\xA9ponse", false},
    {"antwort", false},
    {"respuesta", false},
    {"resposta", false},
    {"risposta", false},
    {"correct choice", false},
    {"correct option", false},
    {"\xD0\x9E\xD1\x82\xD0\xB2\xD0\xB5\xD1\x82", false}, /* Russian */
    {"\xD0\xBE\xD1\x82\xD0\xB2\xD0\xB5\xD1\x82", false},
    {"\xE7\xAD\x94\xE6\xA1\x88", false}, /* Chinese, Japanese, Korean */
    {"\xE7\xAD\x94\xE3\x81\x88", false},
    {"\xEB\x8B\xB5", false},
    {"\xE0\xA4\x89\xE0\xA4\xA4\xE0\xA5\x8D\xE0\xA4\xA4\xE0\xA4\xB0", false}, /* Hindi */
};

static bool says_mathematics(struct crux_text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (isdigit((unsigned char)text.start[i]) || strchr("$\\", text.start[i]) != NULL)
            return true;
    return false;
}

static struct crux_text said_at(const char *from, struct span text)
{
    size_t i = 0;
    bool quoted, titled;
    struct span behind = text;
    struct crux_text found;

    while (i < sizeof answers / sizeof *answers && !answer_begins(text, answers[i].word))
        i++;
    if (i == sizeof answers / sizeof *answers)
        return none();
    behind.at += strlen(answers[i].word);
    quoted = text.at > from && text.at[-1] == '"' && behind.at < behind.end && *behind.at == '"';
    titled = text.at - from >= 6 && answer_begins((struct span){text.at - 6, text.end}, "final ");
    behind.at = behind_lead(behind, titled);
    if (behind.at == NULL)
        return none();
    found = quoted ? member(behind) : sentence(behind);
    return answers[i].many && !says_mathematics(found) ? none() : found;
}

/* Can a word for `answer` begin with it? */
static bool may_be_said(char c)
{
    return strchr("aArRcC\xD0\xE7\xEB\xE0", c) != NULL && c != '\0';
}

static struct crux_text last_said(const char *from, const char *end)
{
    struct crux_text found = none();

    for (const char *at = end; at > from && found.length == 0; at--)
        if (may_be_said(at[-1]))
            found = said_at(from, reach(at - 1, end));
    return found;
}

/* --- tags ------------------------------------------------------------------------------------ */

/* Behind the last `tag`; NULL: there is none. */
static const char *behind_last(struct span text, const char *tag)
{
    size_t length = strlen(tag);

    for (const char *at = text.end; (at = memrchr(text.at, '<', (size_t)(at - text.at))) != NULL;)
        if (answer_begins((struct span){at, text.end}, tag))
            return at + length;
    return NULL;
}

/* <answer> 42 </answer> */
static struct crux_text tagged(struct span text)
{
    const char *start = behind_last(text, "<answer>");
    const char *end =
        start != NULL ? memmem(start, (size_t)(text.end - start), "</answer>", 9) : NULL;

    return end != NULL ? answer_trimmed(start, end) : none();
}

/* --- the last sentence ------------------------------------------------------------------------ */

/* So the total is 42 dollars. */
static struct crux_text conclusion(struct span text)
{
    static const char *const words[] = {"so ",
                                        "therefore",
                                        "thus",
                                        "hence",
                                        "in conclusion",
                                        "we find that",
                                        "donc",
                                        "en conclusion",
                                        "the solution is",
                                        "the solutions are",
                                        "\xE5\x9B\xA0\xE6\xAD\xA4",
                                        "\xE6\x89\x80\xE4\xBB\xA5"}; /* therefore, in Chinese */
    struct crux_text all = answer_trimmed(text.at, text.end);
    const char *from, *at;

    if (all.length == 0)
        return none();
    text.end = end_of(all);
    from = all.length > TAIL_MOST ? text.end - TAIL_MOST : all.start;
    for (at = text.end - 1; at > from && at[-1] != '\n' &&
                            !(is_space(*at) && ends_sentence(from, (struct span){at - 1, at}));
         at--) {
    }
    while (at < text.end && (is_space(*at) || *at == '*'))
        at++;
    text.at = at;
    if (skip_any(text, words, sizeof words / sizeof *words) == NULL)
        return none();
    return answer_trimmed(at, text.end);
}

/* A text that is nothing but a number, or a letter. */
static struct crux_text bare(struct span text)
{
    struct crux_text all = answer_trimmed(text.at, text.end);
    bool number = false;

    if (all.length == 0 || all.length > BARE_MOST)
        return none();
    if (all.length == 1 && *all.start >= 'A' && *all.start <= 'J')
        return all;
    for (size_t i = 0; i < all.length; i++) {
        number |= isdigit((unsigned char)all.start[i]) != 0;
        if (isdigit((unsigned char)all.start[i]) == 0 && strchr("+-.,/%$", all.start[i]) == NULL)
            return none();
    }
    return number ? all : none();
}

/* --- the whole ----------------------------------------------------------------------------- */

/* Do two places of one text name different answers? */
static bool contradict(struct crux_text one, struct crux_text two)
{
    struct match_form *a = match_read(one.start, one.length);
    struct match_form *b = match_read(two.start, two.length);
    bool different = a != NULL && b != NULL && !a->vague && !b->vague &&
                     match_compare_both(a, b) == MATCH_UNEQUAL;

    match_free(a);
    match_free(b);
    return different;
}

/* `The answer is (C)` inside a box. */
static struct crux_text inside(struct crux_text found)
{
    struct crux_text said = none();

    if (found.length > 10)
        said = last_said(found.start, end_of(found));
    return said.length > 0 ? said : found;
}

static struct crux_text boxed(struct span text)
{
    bool alone;
    struct match_box box = box_group(text, &alone);
    struct crux_text found, later;

    if (box.start == NULL)
        return none();
    if (alone)
        found = whole_of(text, box);
    else
        found = group_text(text, box);
    later = last_said(box.end, text.end);
    if (found.length > 0 && later.length > 0 && contradict(found, later))
        return none();
    return alone ? inside(found) : found;
}

static struct crux_text last_hashes(struct span text)
{
    struct crux_text found = none();

    for (const char *at = text.end;
         found.length == 0 && (at = memrchr(text.at, '#', (size_t)(at - text.at))) != NULL;)
        found = hashes_at(reach(at, text.end));
    return found;
}

struct crux_text match_find(const char *text, size_t length)
{
    struct span all = {text, text + length};
    const char *thought = behind_last(all, "</think>");
    struct crux_text found;

    if (thought != NULL)
        all.at = thought;
    found = tagged(all);
    if (found.length > 0) {
        struct crux_text within = match_find(found.start, found.length);

        return within.length > 0 ? within : found;
    }
    if (last_box(all.at, all.end, all.end).start != NULL)
        return boxed(all);
    found = last_hashes(all);
    if (found.length == 0)
        found = last_said(all.at, all.end);
    if (found.length == 0)
        found = conclusion(all);
    return found.length > 0 ? found : bare(all);
}

/* --- several boxes, read
 * --------------------------------------------------------------------------
 */

struct list {
    char *out;
    size_t room, length;
};

static void list_add(struct list *list, const char *text, size_t length)
{
    if (length >= list->room - list->length) {
        list->room = 0; /* there is none: the list is nothing */
        list->length = 0;
        return;
    }
    memcpy(list->out + list->length, text, length);
    list->length += length;
}

static void list_add_box(struct list *list, const char *from, struct match_box box, uint32_t count)
{
    const char *sign = sign_before(from, box.start);
    struct crux_text name = name_before(from, sign != NULL ? sign : box.start);

    if (count > 0)
        list_add(list, ", ", 2);
    if (name.length > 0)
        list_add(list, name.start, name.length);
    if (sign != NULL && sign < box.start)
        list_add(list, sign, (size_t)(box.start - sign));
    list_add(list, box.content.start, box.content.length);
}

size_t match_box_list(struct crux_text text, char *out, size_t room)
{
    struct list list = {.out = out, .room = room};
    const char *from = text.start, *end = end_of(text), *at = text.start;
    struct crux_text last = none();
    uint32_t count = 0, boxes = 0;

    while ((at = memchr(at, '\\', (size_t)(end - at))) != NULL && list.room > 0) {
        struct match_box box = match_box_at(at, end);

        if (box.start == NULL) {
            at++;
            continue;
        }
        /* The same again is one answer. */
        if (count == 0 || box.content.length != last.length ||
            memcmp(box.content.start, last.start, last.length) != 0)
            list_add_box(&list, from, box, count++);
        boxes++;
        last = box.content;
        at = from = box.end;
    }
    return boxes > 1 ? list.length : 0;
}
