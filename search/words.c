/*
 * words.c - error sentences, and the names of kinds, verdicts and reasons in outputs.
 *
 * Every name that is written to an output stands in one of these tables, so that
 * outputs, stores and messages cannot disagree.
 */
#include "search/crux.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A path of 4096 bytes, quoted twice by sentences. */
enum { WORDS_WHOLE = 9216 };

static bool words_is_within(char byte)
{
    return ((unsigned char)byte & 0xc0U) == 0x80U;
}

/* A sentence that is too long is mostly a long path, and why it failed stands behind it: the middle
 * is what it can do without. Characters stay whole. */
static void words_shorten(char *out, size_t size, const char *whole)
{
    static const char gap[] = " ... ";
    size_t length = strlen(whole), head = size / 2 - sizeof gap, tail;

    if (length < size) {
        memcpy(out, whole, length + 1);
        return;
    }
    tail = length - (size - 1 - head - (sizeof gap - 1));
    while (head > 0 && words_is_within(whole[head]))
        head--;
    while (words_is_within(whole[tail]))
        tail++;
    memcpy(out, whole, head);
    memcpy(out + head, gap, sizeof gap - 1);
    memcpy(out + head + sizeof gap - 1, whole + tail, length - tail + 1);
}

int crux_fail(struct crux_error *error, int status, const char *format, ...)
{
    char whole[WORDS_WHOLE];
    va_list arguments;

    if (error == NULL)
        return status;
    va_start(arguments, format);
    (void)vsnprintf(whole, sizeof whole, format, arguments);
    va_end(arguments);
    words_shorten(error->text, sizeof error->text, whole);
    return status;
}

const char *crux_kind_name(enum crux_kind kind)
{
    static const char *const names[CRUX_KINDS] = {
        "step", "reason", "genquery", "retrieve", "rationale", "query", "doc", "answer",
    };

    return (unsigned)kind < CRUX_KINDS ? names[kind] : "?";
}

bool crux_kind_reasons(enum crux_kind kind)
{
    return kind == CRUX_STEP || kind == CRUX_RATIONALE || kind == CRUX_ANSWER;
}

bool crux_kind_is_subgoal(enum crux_kind kind)
{
    return (unsigned)kind < CRUX_KINDS && (CRUX_SUBGOALS >> kind & 1) != 0;
}

const char *crux_subgoal_text(enum crux_kind kind)
{
    static const char *const texts[CRUX_KINDS] = {
        [CRUX_REASON] = "Next: reason about the problem.",
        [CRUX_GENQUERY] = "Next: write a query for what is not known.",
        [CRUX_RETRIEVE] = "Next: retrieve what answers the query.",
    };

    return (unsigned)kind < CRUX_KINDS ? texts[kind] : NULL;
}

const char *crux_grammar_name(enum crux_grammar grammar)
{
    static const char *const names[CRUX_GRAMMARS] = {"steps", "cr-planner"};

    return (unsigned)grammar < CRUX_GRAMMARS ? names[grammar] : "?";
}

const char *crux_verdict_name(enum crux_verdict verdict)
{
    static const char *const names[] = {"unknown", "right", "wrong"};

    return (unsigned)verdict <= CRUX_WRONG ? names[verdict] : "?";
}

const char *crux_role_name(enum crux_role role)
{
    static const char *const names[CRUX_ROLES] = {
        "outcome", "execution", "value", "annotate", "subgoal",
    };

    return (unsigned)role < CRUX_ROLES ? names[role] : "?";
}

const char *crux_unpaired_name(enum crux_unpaired unpaired)
{
    static const char *const names[CRUX_UNPAIREDS] = {
        [CRUX_PAIRED] = "",
        [CRUX_NO_RIGHT] = "no right path",
        [CRUX_NO_WRONG] = "no wrong path",
        [CRUX_NO_VERDICT] = "no verdict",
        [CRUX_NO_REFERENCE] = "reference not right",
        [CRUX_NO_PARTING] = "paths do not part",
    };

    return (unsigned)unpaired < CRUX_UNPAIREDS ? names[unpaired] : "?";
}

const char *crux_reason_name(enum crux_reason reason)
{
    static const char *const names[CRUX_REASONS] = {
        "budget", "stop", "probe", "exhausted", "failed", "stopped",
    };

    return (unsigned)reason < CRUX_REASONS ? names[reason] : "?";
}
