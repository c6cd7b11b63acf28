/*
 * plan.h - how a judge is to judge: its description, read.
 *
 *     point      is this right? The probability of Yes as the first word, where the server lists
 *                the likeliest tokens and one vote is wanted, unknown where Yes and No together
 * have less than 1 in 100; else a score of 0 .. 10 pair       which of two is better? Each pair is
 * asked about in both orders, and what the two say counts only where they agree (J1, arXiv
 * 2505.10320). A candidate's score is the share of such comparisons that it wins (SPO, arXiv
 * 2401.04056), a tie half steps      which steps are wrong? The whole solution in one pass, with
 * votes (CAPO, arXiv 2508.02298) first      which step is the first wrong one? -1: none
 * (ProcessBench) criteria   several scores of 0 .. 10 by name, weighted
 *
 * Threads. It is never changed: any thread.
 * Errors.  CRUX_INVALID with a sentence that names the setting.
 */
#ifndef CRITICS_JUDGE_PLAN_H
#define CRITICS_JUDGE_PLAN_H

#include "critics/described.h"

enum judge_mode { JUDGE_POINT, JUDGE_PAIR, JUDGE_STEPS, JUDGE_FIRST, JUDGE_CRITERIA, JUDGE_MODES };

/* Which votes it takes to call a step wrong (CAPO: union, majority, intersection). */
enum judge_keep { JUDGE_ANY, JUDGE_MOST, JUDGE_ALL };

enum { JUDGE_VOTES = 64, JUDGE_RIVALS = 64 };

struct judge_plan {
    char backend[DESCRIBED_NAME];   /* "": the one without a name */
    char template[DESCRIBED_VALUE]; /* "": the mode's own words */
    unsigned mode, keep;
    uint32_t votes;   /* samples of each question */
    uint32_t rivals;  /* siblings that a candidate is compared with, at most about so many */
    unsigned silent;  /* no reason is asked for, which is much cheaper */
    unsigned written; /* point: a score is asked for although probabilities could be had */
};

int judge_plan_read(struct judge_plan *out, const char *argument, struct crux_error *error);

#endif
