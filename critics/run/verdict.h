/*
 * verdict.h - what a jail says of a program becomes an outcome and an opinion.
 *
 * Pure; any thread.
 */
#ifndef CRITICS_RUN_VERDICT_H
#define CRITICS_RUN_VERDICT_H

#include "critics/run/settings.h"
#include "search/crux.h"

enum { RUN_SENTENCE = 400 };

struct run_verdict {
    struct crux_outcome outcome;
    char sentence[RUN_SENTENCE];
};

/* From a line as io/sandbox/trial.h has it. CRUX_FAILED: it is no such line. */
int run_verdict_read(struct run_verdict *out, const char *line, size_t length,
                     const struct run_settings *settings, struct crux_error *error);

/* Nothing is known, and why. */
struct run_verdict run_verdict_unknown(const char *why);

#endif
