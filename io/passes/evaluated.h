/*
 * evaluated.h - what came of a pass over a labelled set, row by row, and what is said of it:
 * between evaluate.c, which asks, and the two files that make figures of the answers.
 *
 * Threads. One at a time.
 */
#ifndef IO_PASSES_EVALUATED_H
#define IO_PASSES_EVALUATED_H

#include "io/passes/evaluate.h"
#include "io/passes/figures.h"

/* Scores below 0 are unknown. */
struct evaluated_row {
    double *scores; /* of a solution: of each step. Of a pair: of chosen and rejected in this order,
                       then of rejected and chosen in this one */
    bool stepwise;  /* of a solution: the critic said something of its steps */
    uint8_t verdict; /* JUDGE, of a solution: enum crux_verdict, and ... */
    double reward;   /* ... its reward; below 0: not judged */
    char *failure;   /* why a call failed for good; NULL: none did */
};

struct evaluated {
    struct evaluate_setup setup;
    struct evaluated_row *rows; /* as many as the set has */
    uint64_t questions, prompt_tokens, completion_tokens;
    int64_t price;
};

int evaluated_solutions(struct json *object, const struct evaluated *evaluated,
                        struct crux_error *error);
int evaluated_pairs(struct json *object, const struct evaluated *evaluated,
                    struct crux_error *error);

/* A share with its interval; null where nothing was counted. */
struct json *evaluated_share(uint64_t right, uint64_t of);

/* null for what is below 0. */
struct json *evaluated_real(double value);

#endif
