/*
 * opening.c - openings, known by their form and by lists of the words that they are made of.
 *
 * A line is judged in plain form: small letters, one blank between words, no marks of emphasis.
 */
#include "io/opening.h"

#include <ctype.h>
#include <string.h>

#include "io/answer_mark.h"
#include "io/closing.h"
#include "io/full_stop.h"

enum { OPENING_PLAIN = 360 }; /* an announcement is no longer */

struct plain {
    char text[OPENING_PLAIN + 1];
};

/* --- words ------------------------------------------------------------------------ */

static const char *const opening_leads[] = {"okay",
                                            "ok",
                                            "sure",
                                            "certainly",
                                            "of course",
                                            "absolutely",
                                            "alright",
                                            "all right",
                                            "great",
                                            "well",
                                            "hmm",
                                            "so",
                                            "now",
                                            "first",
                                            "firstly",
                                            "second",
                                            "secondly",
                                            "third",
                                            "thirdly",
                                            "next",
                                            "then",
                                            "finally",
                                            "lastly",
                                            "also",
                                            "again",
                                            "to start",
                                            "to begin",
                                            "to begin with",
                                            "first of all",
                                            "in order",
                                            "after that",
                                            "once we have that",
                                            "great question",
                                            "good question",
                                            "with this information",
                                            NULL};

static const char *const opening_cohortatives[] = {"let's", "let us", "lets", "let me", NULL};

static const char *const opening_presenters[] = {"here's", "here is", "here are", "below is", NULL};

static const char *const opening_presented[] = {"how", "the", "a",    "an",   "my",
                                                "our", "one", "what", "some", NULL};

static const char *const opening_persons[] = {"we",   "i",      "you",   "one", "we'll",
                                              "i'll", "you'll", "we're", "i'm", NULL};

/* Between a person and what is to be done. What is only planned is not claimed. */
static const char *const opening_plans[] = {
    "can",    "could",   "need",   "needs", "must",       "will",     "shall",
    "should", "have to", "has to", "want",  "would like", "going",    "am",
    "are",    "start",   "begin",  "try",   "proceed",    "continue", NULL};

static const char *const opening_between[] = {"first", "to",     "now",   "then", "next", "also",
                                              "just",  "simply", "again", "only", NULL};

static const char *const opening_deeds[] = {
    "find",          "finding",     "calculate",   "calculating", "compute",  "computing",
    "determine",     "determining", "figure",      "solve",       "solving",  "break",
    "breaking",      "think",       "work",        "go",          "walk",     "analyze",
    "analyse",       "analyzing",   "look",        "looking",     "see",      "understand",
    "understanding", "identify",    "identifying", "read",        "review",   "summarize",
    "list",          "listing",     "follow",      "tackle",      "approach", "dive",
    "explore",       "examine",     "know",        "verify",      "check",    "answer",
    "get started",   "do this",     "do it",       "take it",     "simplify", "evaluate",
    "convert",       NULL};

/* Those of a person who does them now, not of one who plans to. */
static const char *const opening_found[] = {"find",      "calculate",  "compute",
                                            "determine", "figure out", NULL};

static const char *const opening_goals[] = {
    "to find",   "to solve",    "to calculate", "to compute",    "to determine",
    "to answer", "to figure",   "to get",       "to work",       "to know",
    "to see",    "to approach", "to tackle",    "to understand", NULL};

/* With one of these something is claimed, if only how it is done or why. */
static const char *const opening_claims[] = {
    "=",          "≈",           "≠",          "→",       "<",       ">",           "boxed",
    ", so ",      ", which ",    " because ",  " since ", " means ", " therefore",  " add",
    " plus ",     " subtract",   " multipl",   " divid",  " times ", " find that ", " know that ",
    " see that ", " note that ", " get that ", NULL};

static const char *const opening_labels[] = {"step",
                                             "part",
                                             "case",
                                             "stage",
                                             "phase",
                                             "solution",
                                             "answer",
                                             "final answer",
                                             "explanation",
                                             "proof",
                                             "reasoning",
                                             "given",
                                             "analysis",
                                             "conclusion",
                                             "verification",
                                             "approach",
                                             "calculation",
                                             "calculations",
                                             "step-by-step solution",
                                             "step by step solution",
                                             "code",
                                             "output",
                                             "summary",
                                             NULL};

/* --- plain text ------------------------------------------------------------------- */

static bool opening_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct crux_text opening_bare(const char *at, const char *end)
{
    while (at < end && opening_blank(*at))
        at++;
    while (at < end && (opening_blank(end[-1]) || strchr("*_`", end[-1]) != NULL))
        end--;
    return (struct crux_text){at, (size_t)(end - at)};
}

/* False: it is too long to be an announcement. */
static bool opening_plain(struct plain *out, const char *at, const char *end)
{
    size_t length = 0;

    for (; at < end; at++) {
        char c = (char)tolower((unsigned char)*at);

        if ((size_t)(end - at) >= 3 && memcmp(at, "’", 3) == 0) {
            c = '\'';
            at += 2;
        }
        if (c == '\0' || strchr("*_`", c) != NULL)
            continue;
        c = opening_blank(c) ? ' ' : c;
        if (c == ' ' && (length == 0 || out->text[length - 1] == ' '))
            continue;
        if (length == OPENING_PLAIN)
            return false;
        out->text[length++] = c;
    }
    while (length > 0 && out->text[length - 1] == ' ')
        length--;
    out->text[length] = '\0';
    return true;
}

static bool opening_has(const char *text, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strstr(text, *list) != NULL)
            return true;
    return false;
}

static bool opening_has_digit(const char *text)
{
    return strpbrk(text, "0123456789") != NULL;
}

/* The longest phrase of the list with which text begins, as a whole word: behind it and what parts
 * it from the next word. NULL: none does. */
static const char *opening_take(const char *text, const char *const *list)
{
    size_t longest = 0;

    for (; *list != NULL; list++) {
        size_t length = strlen(*list);

        if (length > longest && strncmp(text, *list, length) == 0 &&
            !closing_is_letter(text[length]) && text[length] != '\'' && text[length] != '-')
            longest = length;
    }
    return longest == 0 ? NULL : text + longest + strspn(text + longest, " ,.!");
}

static const char *opening_take_all(const char *text, const char *const *list)
{
    const char *next;

    while ((next = opening_take(text, list)) != NULL)
        text = next;
    return text;
}

/* --- announcements ---------------------------------------------------------------- */

/* `8 * 2`, `9 eggs: 16 - 3`, and what opening_claims says. */
static bool opening_has_claim(const char *text)
{
    const char *colon = strchr(text, ':');

    if (opening_has(text, opening_claims) || (colon != NULL && colon[1] != '\0'))
        return true;
    for (const char *at = text; (at = strpbrk(at, "0123456789")) != NULL;) {
        const char *sign = at + strspn(at, "0123456789.,%) ");

        if (*sign != '\0' && strchr("+*/x-", *sign) != NULL && sign[-1] == ' ' && sign[1] == ' ')
            return true;
        at += strspn(at, "0123456789");
    }
    return false;
}

/* `we need to find ...`: a plan; `we calculate the cost`: the same without a number. */
static bool opening_plans_deed(const char *text, bool planned)
{
    const char *behind = opening_take_all(text, opening_between), *next;

    for (; (next = opening_take(behind, opening_plans)) != NULL; planned = true)
        behind = opening_take_all(next, opening_between);
    if (strncmp(behind, "by ", 3) == 0)
        behind += 3;
    if (planned)
        return opening_take(behind, opening_deeds) != NULL;
    return opening_take(behind, opening_found) != NULL && !opening_has_digit(text) &&
           strstr(text, " is ") == NULL && strstr(text, " are ") == NULL;
}

static bool opening_says_person(const char *text)
{
    const char *behind = opening_take(text, opening_persons);

    return behind != NULL &&
           opening_plans_deed(behind, strchr(text, '\'') != NULL && strchr(text, '\'') < behind);
}

/* `to find the cost, we need to ...` */
static bool opening_says_goal(const char *text)
{
    const char *comma = strchr(text, ',');

    if (opening_take(text, opening_goals) == NULL || comma == NULL)
        return false;
    for (; comma != NULL; comma = strchr(comma + 1, ','))
        if (comma[1] == ' ' && opening_take(comma + 2, opening_persons) != NULL)
            return opening_says_person(comma + 2);
        else if (comma[1] == ' ' && opening_take(comma + 2, opening_cohortatives) != NULL)
            return true;
    return false;
}

static bool opening_speaks_of_steps(const char *text)
{
    static const char *const words[] = {"step by step", "step-by-step", "following steps",
                                        "these steps", NULL};

    return !opening_has_digit(text) && opening_has(text, words);
}

/* counted: it is an item, so that a command is a title. */
static bool opening_announces(const char *text, bool counted_item)
{
    const char *said, *behind;

    if (opening_has_claim(text))
        return false;
    said = opening_take_all(text, opening_leads);
    if (*said == '\0' || opening_speaks_of_steps(text))
        return true;
    behind = opening_take(said, opening_cohortatives);
    if (behind != NULL)
        return opening_plans_deed(behind, true);
    behind = opening_take(said, opening_presenters);
    if (behind != NULL)
        return opening_take(behind, opening_presented) != NULL && !opening_has_digit(text);
    if (opening_says_person(said) || opening_says_goal(said))
        return true;
    return opening_take(said, opening_deeds) == said + strlen(said) ||
           (opening_take(said, opening_deeds) != NULL &&
            (counted_item || !opening_has_digit(said)));
}

/* All sentences of a line do. */
static bool opening_all_announce(struct crux_text line)
{
    const char *end = line.start + line.length, *start = line.start, *next;
    const char *item = full_stop_item(start, end);
    bool counted_item = item > start;

    for (start = item; start < end; start = next) {
        struct plain plain;

        next = NULL;
        for (const char *at = start; at < end && next == NULL; at++)
            next = full_stop_behind(start, at, end);
        next = next == NULL ? end : next;
        if (!opening_plain(&plain, start, next) || !opening_announces(plain.text, counted_item))
            return false;
    }
    return true;
}

/* --- headings --------------------------------------------------------------------- */

/* `Answer: 72`, in whatever form the words for it have. */
static bool opening_is_answer(struct crux_text text)
{
    const char *end = text.start + text.length;
    struct answer_mark mark;

    return answer_mark_last(&mark, text) && closing_value_of(mark.behind, end) != CLOSING_NONE;
}

/* `Step 2`, `Part (a)`, `Solution`: a label, and what counts it. */
static bool opening_is_label(const char *text)
{
    const char *behind = opening_take(text, opening_labels);

    if (behind == NULL)
        return false;
    behind += strspn(behind, "#( ");
    behind += strspn(behind, "0123456789ivx");
    if (islower((unsigned char)*behind) != 0)
        behind++;
    return behind[strspn(behind, "). :#")] == '\0';
}

/* What stands between the first two marks of bold, if nothing else stands in the line but what
 * counts it; of length 0: something does. */
static struct crux_text opening_bold(struct crux_text line)
{
    static const struct crux_text none = {"", 0};
    const char *end = line.start + line.length, *first, *last;

    first = memmem(line.start, line.length, "**", 2);
    if (first == NULL ||
        (opening_bare(line.start, first).length > 0 && full_stop_item(line.start, first) != first))
        return none;
    last = memmem(first + 2, (size_t)(end - first - 2), "**", 2);
    if (last == NULL)
        return none;
    for (const char *at = last; at < end; at++)
        if (strchr("*. ", *at) == NULL)
            return none;
    return opening_bare(first + 2, last);
}

/* The number that counts a title is none of a claim. */
static bool opening_is_title(struct crux_text title)
{
    const char *end = title.start + title.length;
    struct crux_text said = closing_unlabelled(title);
    const char *item = full_stop_item(said.start, end);
    struct plain plain;

    if (title.length == 0 || !opening_plain(&plain, item, end) || opening_has_claim(plain.text))
        return false;
    return strchr(".!?", end[-1]) == NULL &&
           (!opening_has_digit(plain.text) || opening_announces(plain.text, true));
}

/* Behind `#` stands a title, unless it is an answer or says what something is equal to. */
static bool opening_is_hashed(struct crux_text line)
{
    const char *end = line.start + line.length;
    size_t hashes = 0;
    char mark[8] = "";
    struct plain plain;

    while (hashes < line.length && hashes < 7 && line.start[hashes] == '#')
        mark[hashes++] = '#';
    if (hashes == 0 || hashes > 6 || hashes == line.length || !opening_blank(line.start[hashes]))
        return false;
    return opening_plain(&plain, line.start + hashes, end) && strpbrk(plain.text, "=\\") == NULL &&
           strpbrk(plain.text, "abcdefghijklmnopqrstuvwxyz") != NULL &&
           closing_marked(line, mark) == CLOSING_NONE;
}

static bool opening_is_rule(struct crux_text line)
{
    for (size_t i = 0; i < line.length; i++)
        if (strchr("-*_= ", line.start[i]) == NULL || line.start[i] == '\0')
            return false;
    return true;
}

static bool opening_heads(struct crux_text line)
{
    const char *end = line.start + line.length;
    struct plain plain;

    if (opening_is_rule(line) || full_stop_item(line.start, end) == end)
        return true;
    if (opening_is_answer(line))
        return false;
    return opening_is_hashed(line) || opening_is_title(opening_bold(line)) ||
           (opening_plain(&plain, line.start, end) && opening_is_label(plain.text));
}

static bool opening_ends_in_colon(const char *start, const char *end)
{
    struct crux_text bare = opening_bare(start, end);

    end = bare.start + bare.length;
    return bare.length > 0 &&
           (end[-1] == ':' || (bare.length >= 3 && memcmp(end - 3, "：", 3) == 0));
}

/* `We get`, `so that`: the sentence goes on, in a formula of its own line. */
static bool opening_breaks_off(const char *start, const char *end)
{
    static const char *const words[] = {
        "get",   "have", "obtain", "gives",  "give", "yields",    "becomes",  "is",  "are",
        "that",  "thus", "hence",  "namely", "so",   "the",       "of",       "and", "or",
        "where", "a",    "an",     "equals", "then", "therefore", "consider", NULL};
    const char *word = end;

    while (word > start && closing_is_letter(word[-1]))
        word--;
    return word > start && opening_blank(word[-1]) &&
           closing_listed(words, (struct crux_text){word, (size_t)(end - word)});
}

enum opening opening_of(struct crux_text line)
{
    const char *end = line.start + line.length;

    while (end > line.start && opening_blank(end[-1]))
        end--;
    line.start = opening_bare(line.start, end).start;
    line.length = (size_t)(end - line.start);
    if (opening_ends_in_colon(line.start, end) || opening_breaks_off(line.start, end) ||
        opening_heads(line))
        return OPENING_HEADS;
    return opening_all_announce(line) ? OPENING_ANNOUNCES : OPENING_NONE;
}
