/*
 * features.c - reads a candidate and its context into hashed features.
 */
#include "critics/linear/features.h"

#include "critics/linear/about.h"
#include "critics/linear/words.h"
#include "critics/numbers/facts.h"
#include "io/contexts.h"
#include "io/draw.h"
#include "io/steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    GRAM_LEAST = 3,
    GRAM_MOST = 4,
    GRAM_ENDS = 256,
    SHARES = 8,
    NUMBERS_COUNTED = 4,
    DEPTHS = 16
};

/* --- of the candidate and its context ------------------------------------------------------- */

static void add_grams_of(struct linear_features *out, const char *text, size_t length)
{
    for (size_t start = 0; start + GRAM_LEAST <= length; start++) {
        uint64_t gram = 0;

        for (size_t i = 0; i < GRAM_MOST && start + i < length; i++) {
            gram = gram << 8 | (unsigned char)linear_lower(text[start + i]);
            if (i + 1 >= GRAM_LEAST)
                linear_add_about(out, ABOUT_GRAM, gram);
        }
    }
}

/* A long text is known by how it begins and ends: its words are seen all the same. */
static void add_grams(struct linear_features *out, const char *text, size_t length)
{
    if (length <= 2 * (size_t)GRAM_ENDS) {
        add_grams_of(out, text, length);
        return;
    }
    add_grams_of(out, text, GRAM_ENDS);
    add_grams_of(out, text + length - GRAM_ENDS, GRAM_ENDS);
}

/* Words of the candidate, alone and in pairs, and how many of them come from its context. */
static void add_words(struct linear_features *out, const struct crux_step *last,
                      const struct linear_heard *heard)
{
    const char *at = last->text, *end = last->text + last->length;
    uint64_t before = 0, words = 0, again = 0, new_numbers = 0;
    struct linear_word word;

    for (; linear_word_next(&at, end, &word); words++) {
        linear_add_about(out, ABOUT_WORD, word.hash);
        linear_add_about(out, ABOUT_WORDS, draw(before, word.hash));
        again += linear_was_heard(heard, word);
        new_numbers += word.number && !linear_was_heard(heard, word);
        before = word.hash;
    }
    linear_add_about(out, ABOUT_REPEATED, words > 0 ? again * SHARES / words : SHARES + 1);
    linear_add_about(out, ABOUT_NEW_NUMBERS,
                     new_numbers < NUMBERS_COUNTED ? new_numbers : NUMBERS_COUNTED);
}

/* How many binary digits it has: a magnitude. */
static uint64_t bits_of(uint32_t value)
{
    return value == 0 ? 0 : (uint64_t)(32 - __builtin_clz(value));
}

static void add_measures(struct linear_features *out, const struct crux_step *last)
{
    double logprob = (double)last->logprob;

    linear_add_about(out, ABOUT_KIND, last->kind);
    linear_add_about(out, ABOUT_TERMINAL, draw(last->kind, last->terminal));
    linear_add_about(out, ABOUT_DEPTH, last->depth < DEPTHS ? last->depth : DEPTHS);
    linear_add_about(out, ABOUT_LENGTH, bits_of(last->length));
    linear_add_about(out, ABOUT_TOKENS, bits_of(last->tokens));
    if (logprob < 0.0)
        linear_add_about(out, ABOUT_LOGPROB, (uint64_t)fmin(floor(-4.0 * logprob), 64.0));
}

/* Is it a step of plain reasoning, whose context is told from nothing but the step before it? */
static bool is_plain(const struct crux_step *last)
{
    return last->kind == CRUX_STEP || last->kind == CRUX_ANSWER;
}

/* The context that words may come from: of plain reasoning the step before, else all of it. */
static void hear_context(struct linear_heard *heard, const struct crux_problem *problem,
                         const struct crux_step *last)
{
    struct contexts context = contexts_of((enum crux_kind)last->kind);
    const struct crux_step *before = last->previous;

    if (problem->prompt != NULL)
        linear_hear(heard, problem->prompt, strlen(problem->prompt));
    if (is_plain(last)) {
        before = steps_reasoning(before);
        if (before != NULL)
            linear_hear(heard, before->text, before->length);
        return;
    }
    for (; before != NULL; before = before->previous)
        if (contexts_take(&context, (enum crux_kind)before->kind))
            linear_hear(heard, before->text, before->length);
}

static void add_candidate(struct linear_features *out, const struct crux_problem *problem,
                          const struct crux_step *last)
{
    struct linear_heard heard = {.bits = {0}};

    hear_context(&heard, problem, last);
    add_measures(out, last);
    add_words(out, last, &heard);
    add_grams(out, last->text, last->length);
    if (!is_plain(last))
        linear_add_execution(out, problem, last);
}

/* --- of the whole path ---------------------------------------------------------------------- */

static void add_text_words(struct linear_features *out, enum linear_about about, const char *text,
                           size_t length)
{
    const char *at = text, *end = text + length;
    struct linear_word word;

    while (linear_word_next(&at, end, &word))
        linear_add_about(out, about, word.hash);
}

static void add_path(struct linear_features *out, const struct crux_problem *problem,
                     const struct crux_step *last)
{
    if (problem->prompt != NULL)
        add_text_words(out, ABOUT_PROMPT_WORD, problem->prompt, strlen(problem->prompt));
    for (const struct crux_step *step = last; step != NULL; step = step->previous)
        if (crux_kind_reasons((enum crux_kind)step->kind))
            add_text_words(out, ABOUT_PATH_WORD, step->text, step->length);
}

/* --- all ------------------------------------------------------------------------------------ */

static void linear_tell_fact(void *context, uint64_t fact)
{
    linear_add_about(context, ABOUT_FACT, fact);
}

/* A state by itself: by its reasoning, and by what was begun behind that. */
static void add_state(struct linear_features *out, const struct crux_problem *problem,
                      const struct crux_step *last)
{
    const struct crux_step *judged = steps_reasoning(last);

    out->place = judged != NULL ? draw_text(judged->text, judged->length) : 0;
    if (judged != NULL)
        add_candidate(out, problem, judged);
    if (judged != last)
        linear_add_about(out, ABOUT_WAITING, last->kind);
    add_path(out, problem, last);
    (void)numbers_facts(problem, judged, linear_tell_fact, out, &out->place);
}

/* Of a query or a document the state is that of the reasoning before it, for all siblings alike. */
static void add_compared(struct linear_features *out, const struct crux_problem *problem,
                         const struct crux_step *last)
{
    bool reasons = last == NULL || crux_kind_reasons((enum crux_kind)last->kind);

    if (last != NULL && crux_kind_is_subgoal((enum crux_kind)last->kind)) {
        linear_add_subgoal(out, problem, last);
        return;
    }
    out->place = last != NULL ? draw_text(last->text, last->length) : 0;
    if (last != NULL)
        add_candidate(out, problem, last);
    if (reasons)
        (void)numbers_facts(problem, last, linear_tell_fact, out, &out->place);
}

bool linear_features_of(struct linear_features *out, const struct crux_problem *problem,
                        const struct crux_step *last, bool whole)
{
    out->count = 0;
    out->lost = false;
    linear_add_about(out, ABOUT_ALWAYS, 0);
    if (whole)
        add_state(out, problem, last);
    else
        add_compared(out, problem, last);
    if (out->lost)
        return false;
    linear_sort_once(out);
    return true;
}
