/*
 * process.h - critic `process`: scores, verdicts and notes of a program of the user's own.
 *
 * It answers SCORE, JUDGE and ANNOTATE in the language of io/process/message.h, late, and does not
 * see the reference answer.
 */
#ifndef CRITICS_PROCESS_H
#define CRITICS_PROCESS_H

#include "search/crux.h"

struct served;

/* From [timeout=SECONDS:]COMMAND; its replies are kept nowhere. */
int process_critic_new(struct crux_critic **out, const char *argument, struct crux_error *error);

/* On a backend that is a program and outlives the critic. */
int process_critic_on(struct crux_critic **out, struct served *served, struct crux_error *error);

#endif
