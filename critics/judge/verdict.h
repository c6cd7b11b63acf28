/*
 * verdict.h - in what form a judge answers, and what its answer says.
 *
 *     form       a sentence that asks for the form, for the template
 *     schema     the same as a JSON schema, for servers that enforce one
 *     read       a reply that has the form becomes a verdict; any other is unknown
 *
 * A reply is one JSON object, alone or in one fence of ```, with thoughts in front of it passed
 * over, and its verdict is the value of the mode's own member: of the right type, in its range,
 * there once. Text before or behind the object, a second object, a verdict in a string or in
 * words are none, whatever they imitate. In mode point by token the verdict is what the model held
 * likely as its first word.
 *
 * Ownership. A verdict owns what it holds until judge_verdict_free().
 * Threads.   Pure; any thread.
 */
#ifndef CRITICS_JUDGE_VERDICT_H
#define CRITICS_JUDGE_VERDICT_H

#include "critics/judge/plan.h"
#include "critics/judge/words.h"
#include "io/chat/reply.h"

enum { JUDGE_SENTENCE = 400 };

/* What decides the form. */
struct judge_form {
    const struct judge_plan *plan;
    const struct judge_words *words;
    bool by_token;
    size_t steps; /* of the solution */
};

enum judge_better { JUDGE_NEITHER, JUDGE_FIRST_ONE, JUDGE_SECOND_ONE };

struct judge_verdict {
    bool known;
    double score;             /* of the whole, 0 .. 1; not in mode pair */
    enum judge_better better; /* mode pair */
    bool *wrong;              /* modes steps, first: by step */
    char why[JUDGE_SENTENCE]; /* "": it gave no reason */
};

/* The caller frees *sentence, and *schema, which is NULL by token. */
int judge_form_write(char **sentence, char **schema, const struct judge_form *form,
                     struct crux_error *error);

/* What is not as it must be is not known; false: no memory. *why, a sentence that lasts: what was
 * wrong with it. */
bool judge_verdict_read(struct judge_verdict *out, const char **why, const struct judge_form *form,
                        const struct chat_sample *sample);
void judge_verdict_free(struct judge_verdict *verdict);

#endif
