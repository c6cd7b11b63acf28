/*
 * attempt.c - reads an answer out of a prompt, and compares critiques with what is true of it.
 */
#include "tests/world/server/attempt.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MARK " starts with "

/* The problem: from its number to its question mark. NULL: there is none. */
static const char *last_problem(const char *prompt, const char **end)
{
    const char *found = NULL;

    for (const char *at = strstr(prompt, MARK); at != NULL; at = strstr(at + 1, MARK))
        found = at;
    *end = found != NULL ? strchr(found, '?') : NULL;
    *end = *end != NULL ? *end + 1 : NULL;
    return *end != NULL ? found : NULL;
}

/* "[3] " at the beginning of a line; where its text begins, or NULL. */
static const char *numbered(const char *line)
{
    char *end;

    if (*line != '[' || !isdigit((unsigned char)line[1]))
        return NULL;
    (void)strtol(line + 1, &end, 10);
    return end[0] == ']' && end[1] == ' ' ? end + 2 : NULL;
}

/* The numbered lines behind a title are steps, up to the first line that is empty. */
static void add_steps(struct attempt *attempt, const char *prompt, const char *title)
{
    const char *line = title != NULL ? strstr(prompt, title) : NULL;

    for (line = line != NULL ? strchr(line, '\n') : NULL; line != NULL && line[1] != '\n';
         line = strchr(line + 1, '\n')) {
        const char *text = numbered(line + 1);

        if (text == NULL)
            continue;
        attempt->step_count++;
        text_add(&attempt->text, text, strcspn(text, "\n"));
        text_say(&attempt->text, "\n");
    }
}

/* A result's step is the line of the attempt's text that it stands on. */
static void place_results(struct attempt *attempt)
{
    const char *at = strchr(attempt->text.bytes, '?');
    uint32_t line = 0;

    for (uint32_t i = 0; i < attempt->result_count; i++) {
        for (; at < attempt->results[i].equation; at++)
            line += *at == '\n';
        attempt->step_of[i] = line;
    }
}

static void check_attempt(struct attempt *attempt)
{
    const char *bytes = attempt->text.bytes, *boxed = NULL;
    int64_t truth = 0;

    attempt->result_count =
        brain_results(attempt->results, attempt->text.bytes, attempt->text.length);
    attempt->slip = brain_first_error(attempt->text.bytes, attempt->text.length);
    place_results(attempt);
    for (const char *at = strstr(bytes, "boxed{"); at != NULL; at = strstr(at + 1, "boxed{"))
        boxed = at;
    attempt->boxed = boxed != NULL ? strtoll(boxed + strlen("boxed{"), NULL, 10) : -1;
    attempt->right = boxed != NULL && brain_truth(&truth, bytes, attempt->text.length) &&
                     attempt->boxed == truth;
}

static bool begin_attempt(struct attempt *attempt, const char *prompt)
{
    const char *end, *start = last_problem(prompt, &end);

    *attempt = (struct attempt){.slip = -1, .first = 1};
    text_say(&attempt->text, "");
    if (start == NULL)
        return false;
    text_add(&attempt->text, start, (size_t)(end - start));
    text_say(&attempt->text, "\n");
    return true;
}

void attempt_open(struct attempt *out, const char *prompt, const char *shared, const char *own)
{
    bool known = begin_attempt(out, prompt);

    add_steps(out, prompt, shared);
    out->first = out->step_count + 1;
    add_steps(out, prompt, own);
    if (known)
        check_attempt(out);
}

void attempt_open_text(struct attempt *out, const char *prompt, const char *end)
{
    const char *from;

    if (!begin_attempt(out, prompt))
        return;
    (void)last_problem(prompt, &from);
    if (end > from)
        text_add(&out->text, from, (size_t)(end - from));
    check_attempt(out);
}

void attempt_close(struct attempt *attempt)
{
    text_free(&attempt->text);
    *attempt = (struct attempt){.slip = -1};
}

/* --- critiques ------------------------------------------------------------------------------ */

/* A number that is no part of another one. */
static bool says_number(const char *text, size_t length, int64_t number)
{
    char word[24];
    size_t size = (size_t)snprintf(word, sizeof word, "%lld", (long long)number);

    for (const char *at = text; (at = memmem(at, length - (size_t)(at - text), word, size)) != NULL;
         at++)
        if ((at == text || !isdigit((unsigned char)at[-1])) && !isdigit((unsigned char)at[size]))
            return true;
    return false;
}

/* "step 3", or "7 = 2". */
static bool names_something(const char *text, size_t length)
{
    for (size_t i = 0; i + 5 < length; i++)
        if ((strncasecmp(text + i, "step ", 5) == 0 && isdigit((unsigned char)text[i + 5])) ||
            (isdigit((unsigned char)text[i]) && strncmp(text + i + 1, " = ", 3) == 0 &&
             isdigit((unsigned char)text[i + 4])))
            return true;
    return false;
}

enum critique_quality attempt_judge(const struct attempt *attempt, const char *critique,
                                    size_t length)
{
    const struct brain_result *slip = attempt->slip >= 0 ? &attempt->results[attempt->slip] : NULL;

    if (slip != NULL && memmem(critique, length, slip->equation, slip->length) != NULL &&
        says_number(critique, length, slip->right))
        return CRITIQUE_TRUE;
    return names_something(critique, length) ? CRITIQUE_FALSE : CRITIQUE_VAGUE;
}
