/*
 * find.c - where the final answer of a text is.
 *
 * The kinds of place are tried one after another, the surest first, each from the end of the
 * text backwards: what comes later corrects what came before.
 */
#include "critics/match/box.h"

#include "critics/match/compare.h"
#include "critics/match/form.h"

#include <ctype.h>
#include <string.h>

#define BARE_MOST 40u  /* a text that is nothing but its answer */
#define TAIL_MOST 400u /* a last sentence that is looked at */

/* --- #### ------------------------------------------------------------------------------ */

static const char *answer_line_end(struct match_span text)
{
    const char *end = memchr(text.at, '\n', (size_t)(text.end - text.at));

    return end != NULL ? end : text.end;
}

static struct crux_text hashes_at(struct match_span text)
{
    return match_span_begins(text, "#### ") ? match_span_trimmed(text.at + 5, answer_line_end(text))
                                            : match_span_none();
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

static bool begins_mathematics(struct match_span text)
{
    return match_span_begins(text, "$") || match_span_begins(text, "\\(") ||
           match_span_begins(text, "\\[");
}

/* `not 5 but 6` says 6. */
static const char *behind_not(struct match_span text)
{
    const char *but;

    if (!match_span_begins(text, "not "))
        return text.at;
    text.end = answer_line_end(text);
    but = memmem(text.at, (size_t)(text.end - text.at), " but ", 5);
    return but != NULL ? but + 5 : text.at;
}

static const char *behind_fillers(struct match_span text)
{
    static const char *const fillers[] = {"therefore ", "thus ",     "then ",   "clearly ",
                                          "indeed ",    "for sure ", "simply ", "definitely "};
    const char *next;

    while ((next = match_span_skip(text, fillers, sizeof fillers / sizeof *fillers)) != NULL)
        text.at = next;
    return behind_not(text);
}

/* Behind `answer`: what leads to the answer. titled: a line break leads as well. NULL: something
 * else does. */
static const char *behind_lead(struct match_span text, bool titled)
{
    bool found = false, broken = false;
    size_t i = 0;

    while (text.at < text.end && (*text.at == ' ' || *text.at == '*' || *text.at == '"'))
        text.at++;
    while (i < sizeof leads / sizeof *leads && !match_span_begins(text, leads[i]))
        i++;
    if (i < sizeof leads / sizeof *leads) {
        text.at += strlen(leads[i]);
        found =
            !match_span_letter(leads[i][0]) || text.at == text.end || !match_span_alnum(*text.at);
    } else {
        found = begins_mathematics(text);
    }
    while (text.at < text.end &&
           (match_span_space(*text.at) || *text.at == '*' || *text.at == ':')) {
        broken |= *text.at == '\n';
        text.at++;
    }
    if (!(found || (titled && broken)) || text.at == text.end)
        return NULL;
    return behind_fillers(text);
}

/* The end of mathematics that begins here: $...$, \(...\), \[...\]. NULL: none does. */
static const char *mathematics_end(struct match_span text)
{
    static const char *const closers[] = {"\\(", "\\)", "\\[", "\\]", "$$", "$$"};

    for (size_t i = 0; i < sizeof closers / sizeof *closers; i += 2)
        if (match_span_begins(text, closers[i])) {
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

        if (match_span_ends(start, point, titles[i]) &&
            ((size_t)(point - start) == length || point[-(ptrdiff_t)length - 1] == ' '))
            return true;
    }
    return false;
}

/* A point that ends the sentence: not in 3.5, not in p.m., not in Mr. Smith. */
static bool ends_sentence(const char *start, struct match_span text)
{
    bool end = text.at + 1 == text.end || match_span_space(text.at[1]) || text.at[1] == '*';

    if (match_span_begins(text, "\xE3\x80\x82")) /* a full stop of Chinese */
        return true;
    return *text.at == '.' && end &&
           !(text.at - start > 2 && text.at[-1] == 'm' && text.at[-2] == '.') &&
           !(text.at + 1 < text.end && is_abbreviation(start, text.at)) &&
           /* D. with what stands there */
           !(text.at - start == 1 && *start >= 'A' && *start <= 'J');
}

/* Words that only say why, or go on. */
static bool begins_reason(struct match_span text)
{
    static const char *const reasons[] = {", because ", ", since ", " because ", ", as ",
                                          ", which ",   "<|",       ", not ",    ", so "};

    return match_span_skip(text, reasons, sizeof reasons / sizeof *reasons) != NULL;
}

static struct crux_text sentence(struct match_span text)
{
    const char *start = text.at, *end = mathematics_end(text);

    text.end = answer_line_end((struct match_span){end != NULL ? end : start, text.end});
    /* Words behind the mathematics may be a unit. */
    text.at = end != NULL ? end : start;
    while (text.at < text.end && !ends_sentence(start, text) && !match_span_begins(text, "**") &&
           !begins_reason(text))
        text.at++;
    return match_span_trimmed(start, text.at > start ? text.at : start);
}

/* "answer": "42" in JSON. */
static struct crux_text quoted_member(struct match_span text)
{
    const char *end = text.at + 1;

    if (*text.at == '"') {
        while (end < text.end && *end != '"')
            end += *end == '\\' && end + 1 < text.end ? 2 : 1;
        return end < text.end ? match_span_trimmed(text.at + 1, end) : match_span_none();
    }
    end = text.at;
    while (end < text.end && strchr(",}\n", *end) == NULL)
        end++;
    return match_span_trimmed(text.at, end);
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

static struct crux_text said_at(const char *from, struct match_span text)
{
    size_t i = 0;
    bool quoted, titled;
    struct match_span behind = text;
    struct crux_text found;

    while (i < sizeof answers / sizeof *answers &&
           (((answers[i].word[0] ^ *text.at) & ~0x20) != 0 ||
            !match_span_begins(text, answers[i].word)))
        i++;
    if (i == sizeof answers / sizeof *answers)
        return match_span_none();
    behind.at += strlen(answers[i].word);
    quoted = text.at > from && text.at[-1] == '"' && behind.at < behind.end && *behind.at == '"';
    titled = text.at - from >= 6 &&
             match_span_begins((struct match_span){text.at - 6, text.end}, "final ");
    behind.at = behind_lead(behind, titled);
    if (behind.at == NULL || behind.at == behind.end)
        return match_span_none();
    found = quoted ? quoted_member(behind) : sentence(behind);
    return answers[i].many && !says_mathematics(found) ? match_span_none() : found;
}

/* Can a word for `answer` begin with it? */
static bool may_be_said(char c)
{
    return strchr("aArRcC\xD0\xE7\xEB\xE0", c) != NULL && c != '\0';
}

static struct crux_text last_said(const char *from, const char *end)
{
    struct crux_text found = match_span_none();

    for (const char *at = end; at > from && found.length == 0; at--)
        if (may_be_said(at[-1]))
            found = said_at(from, match_span_reach(at - 1, end));
    return found;
}

/* --- tags ------------------------------------------------------------------------------------ */

/* Behind the last `tag`; NULL: there is none. */
static const char *behind_last(struct match_span text, const char *tag)
{
    size_t length = strlen(tag);

    for (const char *at = text.end; (at = memrchr(text.at, '<', (size_t)(at - text.at))) != NULL;)
        if (match_span_begins((struct match_span){at, text.end}, tag))
            return at + length;
    return NULL;
}

/* <answer> 42 </answer> */
static struct crux_text tagged(struct match_span text)
{
    const char *start = behind_last(text, "<answer>");
    const char *end =
        start != NULL ? memmem(start, (size_t)(text.end - start), "</answer>", 9) : NULL;

    return end != NULL ? match_span_trimmed(start, end) : match_span_none();
}

/* --- the last sentence ------------------------------------------------------------------------ */

/* So the total is 42 dollars. */
static struct crux_text conclusion(struct match_span text)
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
    struct crux_text all = match_span_trimmed(text.at, text.end);
    const char *from, *at;

    if (all.length == 0)
        return match_span_none();
    text.end = match_span_end(all);
    from = all.length > TAIL_MOST ? text.end - TAIL_MOST : all.start;
    for (at = text.end - 1;
         at > from && at[-1] != '\n' &&
         !(match_span_space(*at) && ends_sentence(from, (struct match_span){at - 1, at}));
         at--) {
    }
    while (at < text.end && (match_span_space(*at) || *at == '*'))
        at++;
    text.at = at;
    if (match_span_skip(text, words, sizeof words / sizeof *words) == NULL)
        return match_span_none();
    return match_span_trimmed(at, text.end);
}

/* A text that is nothing but a number, or a letter. */
static struct crux_text bare(struct match_span text)
{
    struct crux_text all = match_span_trimmed(text.at, text.end);
    bool number = false;

    if (all.length == 0 || all.length > BARE_MOST)
        return match_span_none();
    if (all.length == 1 && *all.start >= 'A' && *all.start <= 'J')
        return all;
    for (size_t i = 0; i < all.length; i++) {
        number |= isdigit((unsigned char)all.start[i]) != 0;
        if (isdigit((unsigned char)all.start[i]) == 0 && strchr("+-.,/%$", all.start[i]) == NULL)
            return match_span_none();
    }
    return number ? all : match_span_none();
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
static struct crux_text inside_answer(struct crux_text found)
{
    struct crux_text said = match_span_none();

    if (found.length > 10)
        said = last_said(found.start, match_span_end(found));
    return said.length > 0 ? said : found;
}

static struct crux_text boxed(struct match_span text)
{
    bool alone;
    struct match_box box = match_box_group(text, &alone);
    struct crux_text found, later;

    if (box.start == NULL)
        return match_span_none();
    if (alone)
        found = match_box_whole(text, box);
    else
        found = match_box_together(text, box);
    later = last_said(box.end, text.end);
    if (found.length > 0 && later.length > 0 && contradict(found, later))
        return match_span_none();
    return alone ? inside_answer(found) : found;
}

static struct crux_text last_hashes(struct match_span text)
{
    struct crux_text found = match_span_none();

    for (const char *at = text.end;
         found.length == 0 && (at = memrchr(text.at, '#', (size_t)(at - text.at))) != NULL;)
        found = hashes_at(match_span_reach(at, text.end));
    return found;
}

struct crux_text match_find(const char *text, size_t length)
{
    struct match_span all = {text, text + length};
    const char *thought = behind_last(all, "</think>");
    struct crux_text found;

    if (thought != NULL)
        all.at = thought;
    found = tagged(all);
    if (found.length > 0) {
        struct crux_text within = match_find(found.start, found.length);

        return within.length > 0 ? within : found;
    }
    if (match_box_last(all.at, all.end, all.end).start != NULL)
        return boxed(all);
    found = last_hashes(all);
    if (found.length == 0)
        found = last_said(all.at, all.end);
    if (found.length == 0)
        found = conclusion(all);
    return found.length > 0 ? found : bare(all);
}
