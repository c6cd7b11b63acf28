/*
 * refusal.c - critiques that say nothing, too much, or the answer.
 */
#include "critics/annotate/refusal.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "io/quoted.h"

/* --- words ---------------------------------------------------------------------------------- */

static struct crux_text refusal_text(const char *text)
{
    return (struct crux_text){text, strlen(text)};
}

/* --- too little and too much ---------------------------------------------------------------- */

static size_t refusal_characters(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

const char *annotate_refusal_of_text(const char *text)
{
    struct crux_text rest = refusal_text(text);

    if (quoted_next_word(&rest).length == 0)
        return "the critique is empty";
    return refusal_characters(text) > ANNOTATE_LONGEST ? "the critique has more than 1,200 "
                                                         "characters"
                                                       : NULL;
}

/* --- the answer ----------------------------------------------------------------------------- */

/* A word that only says that an answer comes. */
static bool refusal_announces(struct crux_text word)
{
    static const char *const words[] = {"a",      "the",   "correct",  "right",  "true",
                                        "final",  "real",  "answer",   "is",     "it",
                                        "should", "be",    "solution", "result", "so",
                                        "=",      "boxed", "to",       "this",   "problem"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (quoted_same_word(word, refusal_text(words[i])))
            return true;
    return word.length == 1 && quoted_is_mark(*word.start);
}

static struct crux_text refusal_next_telling(struct crux_text *text)
{
    struct crux_text word;

    do {
        word = quoted_next_word(text);
        if (word.length > 7 && memcmp(word.start, "\\boxed{", 7) == 0)
            word = (struct crux_text){word.start + 7, word.length - 7};
        else if (word.length > 6 && memcmp(word.start, "boxed{", 6) == 0)
            word = (struct crux_text){word.start + 6, word.length - 6};
    } while (word.length > 0 && refusal_announces(word));
    return word;
}

static bool refusal_is_answer_alone(const char *text, const char *answer)
{
    struct crux_text words = refusal_text(text), wanted = refusal_text(answer);
    bool any = false;

    for (;;) {
        struct crux_text word = refusal_next_telling(&words), want = refusal_next_telling(&wanted);

        if (!quoted_same_word(word, want))
            return false;
        if (word.length == 0)
            return any;
        any = true;
    }
}

static bool refusal_is_joined(char c)
{
    return isalnum((unsigned char)c) || ((unsigned char)c & 0x80) != 0;
}

/* Does a number or word end here, or go on as 15 does in 15.5? */
static bool refusal_ends(const char *at)
{
    return !refusal_is_joined(*at) &&
           !((*at == '.' || *at == ',') && isdigit((unsigned char)at[1]));
}

/* The number of a step is no answer. */
static bool refusal_counts_steps(const char *text, const char *at)
{
    while (at > text && (at[-1] == ' ' || at[-1] == '#' || at[-1] == '['))
        at--;
    return (at - text >= 4 && strncasecmp(at - 4, "step", 4) == 0) ||
           (at - text >= 5 && strncasecmp(at - 5, "steps", 5) == 0);
}

static bool refusal_tells(const char *text, const char *answer)
{
    size_t length = strlen(answer);

    if (length == 0)
        return false;
    for (const char *at = strstr(text, answer); at != NULL; at = strstr(at + 1, answer)) {
        bool begins =
            at == text || (!refusal_is_joined(at[-1]) &&
                           !(at[-1] == '.' && at - text > 1 && isdigit((unsigned char)at[-2])));

        if (begins && refusal_ends(at + length) && !refusal_counts_steps(text, at))
            return true;
    }
    return false;
}

/* --- quotations ----------------------------------------------------------------------------- */

static bool refusal_quotes_wrong(const char *text, const struct annotate_matter *matter)
{
    const struct annotate_path *path = &matter->wrong;

    if (matter->located < path->count)
        return quoted_in(text, path->steps[matter->located]);
    for (uint32_t i = matter->prefix; i < path->count; i++)
        if (quoted_in(text, path->steps[i]))
            return true;
    return false;
}

/* --- the whole ------------------------------------------------------------------------------ */

const char *annotate_refusal(const char *text, uint32_t step, const struct annotate_matter *matter)
{
    const char *reference = matter->problem->answer != NULL ? matter->problem->answer : "";
    const char *why = annotate_refusal_of_text(text);

    if (why != NULL)
        return why;
    if (refusal_is_answer_alone(text, reference) ||
        refusal_is_answer_alone(text, matter->right_answer))
        return "the critique says nothing but the answer";
    if (!matter->has_wrong)
        return NULL;
    if (step < matter->prefix)
        return "the critique points at a step that the right path has, too";
    if (refusal_tells(text, matter->right_answer) && !refusal_quotes_wrong(text, matter))
        return "the critique solves the problem and quotes nothing of what is wrong";
    return NULL;
}
