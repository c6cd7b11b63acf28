/*
 * settings.h - what stands behind the colon of critic `run`: KEY=VALUE, with a comma between.
 *
 *     reward=share|all       the share of tests that pass, or 1 if all do
 *     atleast=X              1 if a share of X or more passes, 0 < X <= 1
 *     tests=all|visible      visible: those of the problem's member visible_tests or public_tests
 *                            alone, which whoever solves it may see; so they are no reference
 *     language=python|c|c++  of a block of code, whatever that says itself
 *     level=strict|plain     of the jail (io/sandbox/sandbox.h)
 *     seconds=N, memory=MIB, processes=N, output=KIB
 *                            its limits
 *     at-once=N              programs at a time
 *     command=TEXT           run by sh on a file with the answer, its name in $1; it passes with
 *                            status 0. Stands last, for it may have commas
 */
#ifndef CRITICS_RUN_SETTINGS_H
#define CRITICS_RUN_SETTINGS_H

#include "io/sandbox/sandbox.h"

struct run_settings {
    struct sandbox_options jail;
    double atleast;       /* the share with which a program passes: 1, or less */
    bool graded;          /* the reward is the share itself */
    bool visible;         /* visible tests alone */
    const char *language; /* NULL: as the block says */
    const char *command;  /* NULL: none; within the argument, which outlives it */
};

int run_settings_read(struct run_settings *out, const char *argument, struct crux_error *error);

#endif
