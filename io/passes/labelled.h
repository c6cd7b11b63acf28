/*
 * labelled.h - files of which the truth is known, and on which critics are measured.
 *
 *     solutions  the form of ProcessBench (arXiv 2412.06559), which view processbench writes:
 *                `problem`, `steps` (texts, at most 1,024), `label` (the first wrong step, from 0;
 *                -1: none) and `final_answer_correct`
 *     pairs      the form of preference data: `prompt`, `chosen`, `rejected`; the answers are
 *                texts, or chats with one turn of the assistant
 *
 * JSON lines or a JSON array, as crux_problems_read() reads them: a row is a problem's line, so a
 * critic finds in it whatever else its domain needs (numbers, tests, answer). All rows are of the
 * form of the first. A bad row ends the reading: figures over a part of a set are not comparable.
 *
 * Ownership. What it holds is its own until labelled_free(), which takes a zeroed one, too.
 * Threads.   Read by one thread; then it is constant.
 * Errors.    CRUX_INPUT: the sentence names file, line, field, and what was expected. CRUX_INVALID:
 *            fields, which are as in struct crux_reading. CRUX_MEMORY.
 */
#ifndef IO_PASSES_LABELLED_H
#define IO_PASSES_LABELLED_H

#include "io/crux_io.h"
#include "search/crux.h"

struct labelled_solution {
    const struct crux_problem *problem;
    struct crux_step *steps; /* a path: each links to the one before; the last one is terminal */
    uint32_t count;          /* 1 or more */
    int32_t label;           /* -1, or below count */
    bool right;              /* its final answer is */
    uint32_t group;          /* solutions of one group answer the same problem */
};

struct labelled_pair {
    const struct crux_problem *problem;
    struct crux_step answers[2]; /* chosen, rejected: steps of kind ANSWER */
    uint32_t group;              /* pairs of one group answer the same question */
    uint32_t number[2]; /* of the answers among the group's, from 0; equal texts share it */
};

struct labelled {
    struct crux_problems problems;
    struct labelled_solution *solutions; /* one of the two is NULL */
    struct labelled_pair *pairs;
    size_t count;    /* of rows */
    uint32_t groups; /* of rows with the same problem text */
    void **memory;   /* of each row */
};

/* path: "-" is standard input. fields: NULL or names of members. */
int labelled_read(struct labelled *out, const char *path, const char *fields,
                  struct crux_error *error);
void labelled_free(struct labelled *labelled);

#endif
