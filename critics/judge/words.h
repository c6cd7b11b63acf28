/*
 * words.h - what a judge is asked, and in which form it is to answer: a template in parts.
 *
 *     --- system
 *     You check solutions.
 *     --- user
 *     {{problem}} ... {{#steps}}[{{@index}}] {{.}} ... {{form}}
 *     --- criteria
 *     correctness 2: is every step right?
 *
 * A line `--- NAME` begins a part; what a file leaves out is the mode's own. system and user are
 * templates (io/mustache.h) with these values:
 *     problem     its prompt
 *     steps       all steps, the candidate's among them; in a template they count from 0
 *     path        the steps in front of the candidate
 *     candidate   its own; of a pair the first one's
 *     rival       mode pair: the second one's
 *     whole       "yes" for a whole answer, "" for a step
 *     reference   the reference answer, "" without one. A judge whose template says it looks at the
 *                 reference
 *     criteria    mode criteria: a list of name and text
 *     form        how to answer: a sentence, which the mode makes
 * criteria has lines NAME WEIGHT: TEXT, names of letters, digits and '_', weights above 0.
 *
 * The candidate's text is only ever the value of a template, and what is read is the model's reply
 * (verdict.h), so nothing in a candidate is a verdict.
 *
 * Ownership. Words own their parts. The caller frees what is rendered.
 * Threads.   Never changed: any thread.
 * Errors.    CRUX_INVALID: file, line and what was expected. CRUX_MEMORY.
 */
#ifndef CRITICS_JUDGE_WORDS_H
#define CRITICS_JUDGE_WORDS_H

#include "critics/judge/plan.h"
#include "critics/solution.h"
#include "io/mustache.h"

enum { JUDGE_CRITERIA_MOST = 16 };

struct judge_criterion {
    char *name, *text;
    double weight;
};

struct judge_words {
    struct mustache *system, *user;
    struct judge_criterion criteria[JUDGE_CRITERIA_MOST];
    uint32_t criterion_count;
    bool sees_reference;
};

int judge_words_open(struct judge_words *out, const struct judge_plan *plan,
                     struct crux_error *error);
void judge_words_close(struct judge_words *words); /* a zeroed one too */

/* What one question is about. */
struct judge_matter {
    const struct crux_problem *problem;
    const struct solution *solution, *rival; /* rival: NULL but in mode pair */
    bool whole;
    const char *form;
};

int judge_words_say(char **system, char **user, const struct judge_words *words,
                    const struct judge_matter *matter, struct crux_error *error);

#endif
