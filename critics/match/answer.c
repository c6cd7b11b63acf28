/*
 * answer.c - where the final answer of a text is, and its form.
 *
 * The three kinds of place are tried one after another, the surest first, each from the end
 * of the text backwards: what comes later corrects what came before.
 */
#include "critics/match/answer.h"

#include "critics/match/form.h"
#include "critics/match/parse.h"
#include "critics/match/print.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* No answer is longer than this, so a search stops there and the time stays linear in the text. */
#define LONGEST ((ptrdiff_t)MATCH_TEXT * 2)

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

static struct crux_text answer_trimmed(const char *start, const char *end)
{
    while (start < end && is_space(*start))
        start++;
    while (start < end && is_space(end[-1]))
        end--;
    return start < end ? (struct crux_text){start, (size_t)(end - start)} : none();
}

/* --- \boxed --------------------------------------------------------------------------- */

/* From behind the opening brace to its partner. NULL: it has none. */
static const char *closing_brace(struct span text)
{
    uint32_t open = 1;

    for (; text.at < text.end; text.at++) {
        if (*text.at == '\\' && text.at + 1 < text.end) {
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

/* Behind \boxed or \fbox. */
static struct crux_text boxed_here(struct span text)
{
    const char *close;

    text.at += answer_begins(text, "\\boxed") ? 6 : 5;
    while (text.at < text.end && *text.at == ' ')
        text.at++;
    if (text.at == text.end || *text.at != '{')
        return none();
    text.at++;
    close = closing_brace(text);
    return close != NULL ? answer_trimmed(text.at, close) : none();
}

static struct crux_text boxed_at(struct span text)
{
    if (*text.at != '\\' || !(answer_begins(text, "\\boxed") || answer_begins(text, "\\fbox")))
        return none();
    return boxed_here(text);
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

/* Behind `answer`: what leads to the answer. NULL: something else does. */
static const char *behind_lead(struct span text)
{
    static const char *const leads[] = {"is equal to", "is:", "is", "would be", ":", "="};
    bool found = false;
    size_t i = 0;

    while (text.at < text.end && (*text.at == ' ' || *text.at == '*'))
        text.at++;
    while (i < sizeof leads / sizeof *leads && !answer_begins(text, leads[i]))
        i++;
    if (i < sizeof leads / sizeof *leads) {
        text.at += strlen(leads[i]);
        found = isalpha((unsigned char)leads[i][0]) == 0 || text.at == text.end ||
                isalnum((unsigned char)*text.at) == 0;
    }
    while (text.at < text.end && (is_space(*text.at) || *text.at == '*' || *text.at == ':'))
        text.at++;
    return found && text.at < text.end ? text.at : NULL;
}

/* The end of mathematics that begins here: $...$, \(...\), \[...\]. NULL: none does. */
static const char *mathematics_end(struct span text)
{
    static const char *const closers[] = {"\\(", "\\)", "\\[", "\\]", "$$", "$$"};

    for (size_t i = 0; i < sizeof closers / sizeof *closers; i += 2)
        if (answer_begins(text, closers[i]))
            return memmem(text.at + 2, (size_t)(text.end - text.at) - 2, closers[i + 1], 2);
    if (*text.at != '$')
        return NULL;
    /* A closing dollar sign stands close to what it closes, and before no digit. */
    for (const char *at = text.at + 2; at < text.end && *at != '\n'; at++)
        if (*at == '$' && at[-1] != ' ' && at[-1] != '\\' &&
            (at + 1 == text.end || isdigit((unsigned char)at[1]) == 0))
            return at + 1;
    return NULL;
}

/* A point that ends the sentence: not in 3.5, not in p.m. */
static bool ends_sentence(const char *start, struct span text)
{
    bool end = text.at + 1 == text.end || is_space(text.at[1]) || text.at[1] == '*';

    return *text.at == '.' && end &&
           !(text.at - start > 2 && text.at[-1] == 'm' && text.at[-2] == '.');
}

static struct crux_text sentence(struct span text)
{
    const char *start = text.at, *end = mathematics_end(text);

    text.end = answer_line_end(text);
    /* Words behind the mathematics may be a unit. */
    text.at = end != NULL ? end : start;
    while (text.at < text.end && !ends_sentence(start, text) && !answer_begins(text, "**"))
        text.at++;
    return answer_trimmed(start, text.at > start ? text.at : start);
}

static struct crux_text said_at(struct span text)
{
    struct span behind = {text.at + 6, text.end};

    if (!answer_begins(text, "answer"))
        return none();
    behind.at = behind_lead(behind);
    return behind.at != NULL ? sentence(behind) : none();
}

/* --- the whole ----------------------------------------------------------------------------- */

struct crux_text match_find(const char *text, size_t length)
{
    static struct crux_text (*const finders[])(struct span) = {boxed_at, hashes_at, said_at};
    struct crux_text found = none();

    for (size_t i = 0; i < sizeof finders / sizeof *finders && found.length == 0; i++)
        for (size_t at = length; at > 0 && found.length == 0; at--)
            found = finders[i](reach(text + at - 1, text + length));
    return found;
}

/* --- forms ------------------------------------------------------------------------------- */

struct match_form *match_read(const char *text, size_t length)
{
    struct match_form *form = calloc(1, sizeof *form);
    struct match_row *row = malloc(sizeof *row);

    if (form == NULL || row == NULL) {
        free(form);
        free(row);
        return NULL;
    }
    if (length <= MATCH_TEXT && match_tokens(row, text, length) && match_parse(form, row))
        match_print_node(form, form->root, form->text, sizeof form->text);
    /* A form that is cut could be taken for another. */
    if (strlen(form->text) + 1 == sizeof form->text)
        form->text[0] = '\0';
    if (form->text[0] == '\0')
        form->root = 0;
    free(row);
    return form;
}

void match_free(struct match_form *form)
{
    free(form);
}

const char *match_text(const struct match_form *form)
{
    return form->text;
}
