/*
 * process.h - critic `process`: scores, verdicts and notes of a program of the user's own.
 *
 * It answers SCORE, JUDGE and ANNOTATE in the language of io/process/message.h, late, and does not
 * see the reference answer.
 */
#ifndef CRITICS_PROCESS_H
#define CRITICS_PROCESS_H

#include "io/crux_io.h"

/* From [timeout=SECONDS:]COMMAND; on backends its replies are kept and accounted for. */
int process_critic_new(struct crux_critic **out, const char *argument,
                       struct crux_backends *backends, struct crux_error *error);

int process_critic_check(enum crux_role role, const char *argument, struct crux_error *error);

#endif
