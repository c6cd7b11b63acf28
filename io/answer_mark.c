/*
 * answer_mark.c - tables of the words for `answer` and of what leads from them to it.
 */
#include "io/answer_mark.h"

#include <ctype.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

enum {
    FOREIGN_WORDS = 4, /* before the word for `answer`, in its sentence */
    CODE_INDENT = 4
};

/* Words that lead from `answer` to it. */
static const struct {
    const char *text;
    bool hedged; /* a section may be called so as well, or it is only supposed */
} answer_leads[] = {
    {"is equal to", false},
    {"ist", false},
    {"is:", false},
    {"is", false},
    {"are:", false},
    {"are", false},
    {"would be", true},
    {"should be", true},
    {"must be", true},
    {"will be", true},
    {"comes to", false},
    {"equals", false},
    {"becomes", true},
    {":", true},
    {"=", true},
    {"est de", false},
    {"est", false},
    {"lautet", false},
    {"es", false},
    {"\xC3\xA9", false},
    {"\xC3\xA8", false},
    {"\xE6\x98\xAF", false}, /* is, in Chinese; topic marks */
    {"\xE4\xB8\xBA", false},
    {"\xE7\x82\xBA", false},
    {"\xE3\x81\xAF", false},
    {"\xEC\x9D\x80", false},
    {"\xEB\x8A\x94", false},
    {"\xEF\xBC\x9A", true},
};

/* The words for `answer`. */
static const struct {
    const char *text;
    bool many, foreign;
} answer_words[] = {
    {"answers", true, false},
    {"answer", false, false},
    {"r\xC3\xA9ponse", false, true},
    {"antwort", false, true},
    {"respuesta", false, true},
    {"resposta", false, true},
    {"risposta", false, true},
    {"correct choice", false, false},
    {"correct option", false, false},
    {"\xD0\x9E\xD1\x82\xD0\xB2\xD0\xB5\xD1\x82", false, true}, /* Russian */
    {"\xD0\xBE\xD1\x82\xD0\xB2\xD0\xB5\xD1\x82", false, true},
    {"\xE7\xAD\x94\xE6\xA1\x88", false, true}, /* Chinese, Japanese, Korean */
    {"\xE7\xAD\x94\xE3\x81\x88", false, true},
    {"\xEB\x8B\xB5", false, true},
    {"\xE0\xA4\x89\xE0\xA4\xA4\xE0\xA5\x8D\xE0\xA4\xA4\xE0\xA4\xB0", false, true}, /* Hindi */
};

/* What may stand between a word for `answer` and what leads from it. */
static const char *const answer_adjectives[] = {"finale",   "final",   "correcte", "correcta",
                                                "corretta", "correta", "exacte"};

static bool mark_is_letter(char c)
{
    return isalpha((unsigned char)c) != 0;
}

static bool begins_mathematics(const char *at, const char *end)
{
    return closing_begins(at, end, "$") || closing_begins(at, end, "\\(") ||
           closing_begins(at, end, "\\[");
}

/* `not 5 but 6` says 6. */
static const char *behind_not(const char *at, const char *end)
{
    const char *but;

    if (!closing_begins(at, end, "not "))
        return at;
    end = closing_line_end(at, end);
    but = memmem(at, (size_t)(end - at), " but ", 5);
    return but != NULL ? but + 5 : at;
}

static const char *behind_fillers(const char *at, const char *end)
{
    static const char *const fillers[] = {"therefore ", "thus ",     "then ",   "clearly ",
                                          "indeed ",    "for sure ", "simply ", "definitely "};
    size_t i = 0;

    while (i < COUNT(fillers)) {
        if (closing_begins(at, end, fillers[i])) {
            at += strlen(fillers[i]);
            i = 0;
        } else {
            i++;
        }
    }
    return behind_not(at, end);
}

static const char *behind_adjective(const char *at, const char *end)
{
    for (size_t i = 0; i < COUNT(answer_adjectives); i++) {
        const char *behind = at + strlen(answer_adjectives[i]);

        if (closing_begins(at, end, answer_adjectives[i]) && behind < end && *behind == ' ')
            return behind + 1;
    }
    return at;
}

/* Is the word a title, a line of its own but for marks of typesetting? */
static bool is_title(const char *start, const char *at, const char *behind, const char *end)
{
    while (at > start && strchr(" \t#*", at[-1]) != NULL)
        at--;
    while (behind < end && strchr(" *:", *behind) != NULL)
        behind++;
    return (at == start || at[-1] == '\n' || at[-1] == '\v') && behind < end &&
           (*behind == '\n' || *behind == '\v');
}

/* Behind the words that lead from at to what is said, in the same line; NULL: none do. */
static const char *behind_lead(struct answer_mark *mark, const char *at, const char *end)
{
    size_t i = 0;

    while (i < COUNT(answer_leads) && !closing_begins(at, end, answer_leads[i].text))
        i++;
    if (i == COUNT(answer_leads))
        return begins_mathematics(at, end) ? at : NULL;
    at += strlen(answer_leads[i].text);
    mark->hedged = answer_leads[i].hedged;
    return !mark_is_letter(answer_leads[i].text[0]) || at == end || isalnum((unsigned char)*at) == 0
               ? at
               : NULL;
}

/* Behind `answer`. titled: a line break leads to it as well. NULL: something else does. */
static const char *behind_word(struct answer_mark *mark, const char *at, const char *end,
                               bool titled)
{
    const char *behind;
    bool broken = false;

    while (at < end && (*at == ' ' || *at == '*' || *at == '"'))
        at++;
    if (mark->foreign)
        at = behind_adjective(at, end);
    behind = behind_lead(mark, at, end);
    if (behind != NULL)
        at = behind;
    while (at < end && (isspace((unsigned char)*at) != 0 || *at == '*' || *at == ':')) {
        broken |= *at == '\n' || *at == '\v';
        at++;
    }
    if (at == end || (behind == NULL && !(titled && broken)))
        return NULL;
    return behind_fillers(at, end);
}

bool answer_mark_may_begin(char c)
{
    return c != '\0' && strchr("aArRcC\xD0\xE7\xEB\xE0", c) != NULL;
}

bool answer_mark_at(struct answer_mark *out, const char *start, const char *at, const char *end)
{
    struct answer_mark mark = {.word = at};
    bool final = at - start >= 6 && closing_begins(at - 6, end, "final ");
    size_t i = 0;

    while (i < COUNT(answer_words) && (((answer_words[i].text[0] ^ *at) & ~0x20) != 0 ||
                                       !closing_begins(at, end, answer_words[i].text)))
        i++;
    if (i == COUNT(answer_words))
        return false;
    mark.many = answer_words[i].many;
    mark.foreign = answer_words[i].foreign;
    at += strlen(answer_words[i].text);
    mark.quoted = mark.word > start && mark.word[-1] == '"' && at < end && *at == '"';
    mark.behind = behind_word(&mark, at, end, final || is_title(start, mark.word, at, end));
    if (mark.behind == NULL || mark.behind == end)
        return false;
    mark.hedged &= !final;
    *out = mark;
    return true;
}

bool answer_mark_last(struct answer_mark *out, struct crux_text text)
{
    const char *end = text.start + text.length;

    for (const char *at = end; at > text.start; at--)
        if (answer_mark_may_begin(at[-1]) && answer_mark_at(out, text.start, at - 1, end))
            return true;
    return false;
}

/* `La bonne`, and no more: what else stands before it may say anything. */
static bool little_before(const char *start, const char *at)
{
    const char *from = closing_sentence(start, at);
    uint32_t words = 0;

    while (words <= FOREIGN_WORDS && closing_word(&from, at).length > 0)
        words++;
    return words <= FOREIGN_WORDS;
}

/* A comment in code that is known by its indentation alone. */
static bool in_comment(const char *start, const char *at)
{
    const char *line = closing_line_start(start, at), *said = line;

    while (said < at && (*said == ' ' || *said == '\t'))
        said++;
    return (said - line >= CODE_INDENT || *line == '\t') &&
           (*said == '#' || closing_begins(said, at, "//"));
}

enum closing_value answer_mark_closes(const struct answer_mark *mark, const char *start)
{
    bool closes = mark->quoted || (mark->foreign ? little_before(start, mark->word)
                                                 : closing_closes(start, mark->word));

    if (!closes || in_comment(start, mark->word))
        return CLOSING_NONE;
    return mark->hedged ? CLOSING_MAYBE : CLOSING_SURE;
}

bool answer_mark_is_tagged(struct crux_text text)
{
    static const char open[] = "<answer>", close[] = "</answer>";
    const char *end = text.start + text.length;
    struct crux_text bare = closing_bare(text.start, end);

    end = bare.start + bare.length;
    return bare.length > strlen(close) && closing_begins(end - strlen(close), end, close) &&
           memmem(bare.start, bare.length, open, strlen(open)) != NULL;
}
