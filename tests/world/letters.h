/*
 * letters.h - a policy and an outcome critic for passes, scripted by letters.
 *
 * What the policy answers behind some steps is written down as letters, one for each sample, the
 * last one for all further ones: R an answer that is right, W a wrong one, U one whose verdict
 * nobody knows, X one that the critic fails at, '.' nothing more, F the call fails. Behind steps
 * that the script does not name all are wrong.
 *
 * Threads. Ports may be asked from anywhere; log and counts are read when nothing is in flight.
 */
#ifndef TESTS_WORLD_LETTERS_H
#define TESTS_WORLD_LETTERS_H

#include <pthread.h>

#include "search/crux.h"

struct letters_row {
    const char *steps; /* "a/b"; "": the problem alone */
    const char *letters;
};

struct letters {
    struct crux_policy policy; /* first */
    struct crux_critic critic;
    const struct letters_row *rows; /* ended by one without steps */
    pthread_mutex_t lock;
    char log[20000]; /* of each call of the policy: `a/b 4+8 `: 8 samples from number 4 on */
    uint64_t seed;   /* of the last call */
    uint32_t calls, judged, outstanding;
    uint32_t tokens;  /* that the critic takes for a call */
    uint32_t kill_at; /* the process is killed at this call, counted from 1; 0: never */
};

void letters_open(struct letters *letters, const struct letters_row *rows);

#endif
