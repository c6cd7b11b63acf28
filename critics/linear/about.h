/*
 * about.h - what a feature of a linear critic is about: the first thing that is hashed of it.
 *
 * A row that changes its meaning, or its place, changes the language (features.h); new ones go to
 * the end.
 *
 * Threads. Nothing is shared.
 */
#ifndef CRITICS_LINEAR_ABOUT_H
#define CRITICS_LINEAR_ABOUT_H

#include "critics/linear/features.h"

enum linear_about {
    ABOUT_ALWAYS = 1,
    ABOUT_KIND,
    ABOUT_TERMINAL,
    ABOUT_DEPTH,
    ABOUT_LENGTH,
    ABOUT_TOKENS,
    ABOUT_LOGPROB,
    ABOUT_WORD,
    ABOUT_WORDS,
    ABOUT_GRAM,
    ABOUT_REPEATED,
    ABOUT_NEW_NUMBERS,
    ABOUT_PATH_WORD,
    ABOUT_PROMPT_WORD,
    ABOUT_FACT,
    ABOUT_WAITING,     /* a sub-goal, a query or a document behind what is judged */
    ABOUT_SAID,        /* a word, and where in the context it was said before */
    ABOUT_SHARE,       /* how much of the candidate a part of the context has ... */
    ABOUT_COVERED,     /* ... and of the part the candidate */
    ABOUT_PLAN,        /* a sub-goal; the same, and ... */
    ABOUT_PLAN_COUNT,  /* ... how many executions of a kind there were */
    ABOUT_PLAN_LATEST, /* ... of which kinds the latest were */
    ABOUT_PLAN_DEPTH,
    ABOUT_PLAN_PROMPT_WORD,
    ABOUT_PLAN_WORD,        /* ... a word of some execution */
    ABOUT_PLAN_LATEST_WORD, /* ... a word of the latest one */
    ABOUT_PLAN_SHARE,       /* ... how much of a text the documents have */
    ABOUT_PLAN_FACT
};

void linear_add_about(struct linear_features *out, enum linear_about about, uint64_t what);

/* Ascending, each once. */
void linear_sort_once(struct linear_features *out);

/* How good the latest execution is for what was asked for, of the candidate and its context
 * (contexts.h), beside what linear_features_of() sees of any step. */
void linear_add_execution(struct linear_features *out, const struct crux_problem *problem,
                          const struct crux_step *last);

/* Everything of a sub-goal: each feature is about it and what the context says. */
void linear_add_subgoal(struct linear_features *out, const struct crux_problem *problem,
                        const struct crux_step *last);

#endif
