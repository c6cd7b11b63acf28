/*
 * attempt.h - an answer that a prompt shows, checked against the truth of the fake model's world,
 * and what a critique of it is worth.
 *
 * Pure, but for the memory of an attempt; any thread.
 */
#ifndef TESTS_WORLD_SERVER_ATTEMPT_H
#define TESTS_WORLD_SERVER_ATTEMPT_H

#include "tests/world/server/brain.h"

/* TRUE: it names the equation that is wrong first, as it stands there, and what is right. FALSE: it
 * names another step or equation, as one does that was written for another answer. VAGUE: neither.
 */
enum critique_quality { CRITIQUE_TRUE, CRITIQUE_VAGUE, CRITIQUE_FALSE, CRITIQUE_QUALITIES };

struct attempt {
    struct text text;    /* the problem and the steps, as the brain reads them */
    uint32_t step_count; /* its steps are numbered from 1 in the prompt */
    uint32_t first;      /* the first that is its own, from 1: those before are shared */
    struct brain_result results[BRAIN_STEPS];
    uint32_t step_of[BRAIN_STEPS]; /* in which step a result stands */
    uint32_t result_count;
    int64_t slip;  /* the first wrong result, from 0; -1: none */
    bool right;    /* its final answer is */
    int64_t boxed; /* that answer */
};

/* Numbered steps behind these lines of a prompt (shared: NULL, or of steps that come before), and
 * its last problem. */
void attempt_open(struct attempt *out, const char *prompt, const char *shared, const char *own);

/* The answer as a text, without numbers, from the last problem up to this end. */
void attempt_open_text(struct attempt *out, const char *prompt, const char *end);
void attempt_close(struct attempt *attempt);

enum critique_quality attempt_judge(const struct attempt *attempt, const char *critique,
                                    size_t length);

#endif
