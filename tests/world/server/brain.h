/*
 * brain.h - the model of the fake server: it works out word problems, and slips.
 *
 * The problems. brain_problem() writes them: "Mia starts with 12 marbles. She finds 7
 *     more. She gives 4 away. How many marbles does Mia have now?" Operations are add,
 *     subtract and multiply; the answer is a small whole number.
 * The answers.  The brain looks in a prompt for the last such problem and for the
 *     steps ("12 + 7 = 19.") that follow its question mark, wherever a template
 *     has put them, and writes the steps that are missing, with an empty line
 *     between two, then "The answer is \boxed{15}.". A step goes wrong with a
 *     probability that depends on the problem and the step: most are easy, some are
 *     wrong more often than right. What follows a slip is computed from it, so a wrong
 *     path stays wrong, and a search has something to find. Steps are said in one of three ways,
 *     none of which tells how sure the model is; or all in one way that begins with the result
 *     ("19, for 12 + 7 = 19."), and then the first token decides.
 * Tokens.       Their log-probabilities are the true ones (odds.h).
 *     In a prompt without a problem the answer is a number made of its hash.
 *
 * All that is written is a function of seed, prompt and skill. Pure; any thread.
 */
#ifndef TESTS_WORLD_SERVER_BRAIN_H
#define TESTS_WORLD_SERVER_BRAIN_H

#include "tests/world/server/odds.h"
#include "tests/world/server/text.h"

#include <stdbool.h>
#include <stdint.h>

struct brain {
    double skill; /* mean probability that a step is right, 0 .. 1 */
    bool greedy;  /* right where that is likelier than wrong: seed does not matter */
    uint64_t seed;
    bool result_first; /* steps begin with their result */
};

/* A piece of text that the model calls a token. */
struct brain_token {
    uint32_t start, length;
    float logprob;
    const struct odds_fork *fork; /* what else it might have been; NULL: nothing */
};

enum { BRAIN_TOKENS = 1024, BRAIN_STEPS = 12, BRAIN_FORKS = 32 * BRAIN_STEPS };

struct brain_reply {
    struct text text;
    uint32_t count;
    struct brain_token tokens[BRAIN_TOKENS];
    uint32_t result_count; /* of steps */
    uint32_t fork_count;
    struct odds_fork forks[BRAIN_FORKS];
};

/* What a sentence of a problem does to the number; false: it says nothing that changes it. */
struct brain_operation {
    char sign; /* + - * */
    int64_t by;
};
bool brain_read_operation(const char *sentence, struct brain_operation *out);
int64_t brain_apply(struct brain_operation operation, int64_t value);

/* Write one step from a value, with its forks, behind what the reply has; its result, which may be
 * a slip. nature: what the step is like in any sample; word: chance. */
int64_t brain_step(struct brain_reply *reply, const struct brain *brain,
                   struct brain_operation operation, int64_t value, uint64_t nature, uint64_t word);

/* Continue prompt, which ends in a NUL that length does not count, to the end of the
 * answer. The reply's text is cleared first. */
void brain_think(struct brain_reply *reply, const struct brain *brain, const char *prompt,
                 size_t length);

/* Cut the reply's text into its tokens. */
void brain_cut(struct brain_reply *reply);

/* The first wrong step, from 0, behind the last problem of a prompt, which ends in a NUL; -1: none
 * is, or there is no problem. */
int64_t brain_first_error(const char *prompt, size_t length);

/* A result of an answer: what it says, what would be right there, and what follows from the result
 * before, be that right or wrong. */
struct brain_result {
    int64_t said, right, follows;
    const char *equation; /* "12 + 7 = 20", in the prompt */
    size_t length;
};

/* Those behind the last problem of a prompt, which ends in a NUL. */
uint32_t brain_results(struct brain_result out[BRAIN_STEPS], const char *prompt, size_t length);

/* What the last problem of a prompt comes to; false: there is none. */
bool brain_truth(int64_t *out, const char *prompt, size_t length);

/* A hash of the last problem of a prompt; 0: there is none. */
uint64_t brain_about(const char *prompt, size_t length);

/* A whole answer to the last problem of a prompt, of which this step alone is wrong; below 0, or
 * behind the last: none is. */
void brain_answer(struct brain_reply *reply, const struct brain *brain, const char *prompt,
                  size_t length, int64_t wrong);

/* How many tokens a text has. */
uint32_t brain_count(const char *bytes, size_t length);

/* The token at a place of a text, and how probable the model of a seed finds it there: a tenth of a
 * nat for each of its bytes, times the seed. Returns where it ends. */
size_t brain_score(struct brain_token *token, uint64_t seed, const char *bytes, size_t at,
                   size_t length);

/* How many operations a problem has: least .. most, both at most BRAIN_STEPS. */
struct brain_range {
    uint32_t least, most;
};

/* The number-th problem of a seed as a JSON line with id, problem and answer. */
void brain_problem(struct text *line, struct brain_range operations, uint64_t seed,
                   uint64_t number);

#endif
