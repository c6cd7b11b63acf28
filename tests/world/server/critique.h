/*
 * critique.h - the fake model as an annotator, and as one who is to revise an answer.
 *
 * Questions are those of critics/annotate/ (words.h there), known by their words with or without a
 * schema. The fake model works the problem out itself, so it knows where the wrong path went wrong.
 * What it then writes has one of three qualities, drawn from the seed by its habits:
 *     true    names the step that is wrong first, quotes what it says and tells what is right
 *     vague   asks to check the computation again
 *     false   blames a step that is right, in the same manner
 * Asked for verdicts of steps it gives true ones, or ones that slip: vague sees nothing wrong in a
 * wrong path and something in a right one, false points elsewhere. Of several critiques a true one
 * keeps those that are true, the others keep all. A false detail that it is to put in is another
 * result of a step, and now and then (habits.spoiled) it does not do as it was told.
 *
 * A revision is asked for where the last turn of the user has a problem and a whole answer behind
 * it. What follows that answer is its critique, and it is judged by what is true of the answer
 * (attempt.h). A wrong answer is mended with the probability that belongs to that quality, none
 * being as good as a vague one; else a wrong one is written again. A right answer stays right with
 * probability 0.95, and 0.5 where the critique names a mistake in it.
 *
 * All is a function of seed, prompt, skill and habits. Pure; any thread.
 */
#ifndef TESTS_WORLD_SERVER_CRITIQUE_H
#define TESTS_WORLD_SERVER_CRITIQUE_H

#include "tests/world/server/attempt.h"

/* By quality. */
struct habits {
    double critiques[CRITIQUE_QUALITIES]; /* shares, their sum is 1 */
    double mends[CRITIQUE_QUALITIES];     /* probabilities */
    double spoiled;                       /* share of the false details that are no answer */
};

struct habits habits_default(void);

/* Is it a question to an annotator? */
bool critique_is_asked(const char *prompt);

/* The reply's text is cleared first. */
void critique_think(struct brain_reply *reply, const struct brain *brain,
                    const struct habits *habits, const char *prompt, size_t length);

/* Is a revision asked for? */
bool mend_is_asked(const char *prompt);
void mend_think(struct brain_reply *reply, const struct brain *brain, const struct habits *habits,
                const char *prompt, size_t length);

#endif
