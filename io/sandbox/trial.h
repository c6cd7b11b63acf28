/*
 * trial.h - one program on its tests: a line of JSON in, a line of JSON out.
 *
 *     {"language": "python", "code": ..., "setup": ..., "entry": "f", "check": "def
 * check(candidate): ..."}
 *     {"language": "python", "code": ..., "setup": ..., "asserts": ["assert f(1) == 2", ...]}
 *     {"language": "python", "code": ..., "entry": "f", "calls": [[[1], 2], ...]}
 *     {"language": "python" or "c" or "c++", "code": ..., "runs": [["input", "output"], ...]}
 *     {"language": "command", "command": "...", "code": ..., "runs": [["input", null]]}
 *
 *     {"status": "wrong", "passed": 3, "of": 4, "level": "strict", "why": "test 2 failed: ..."}
 *
 * With check, asserts and calls the tests run in a jail of their own (tester.py), which asks the
 * program's jail for each value. Of runs the printed text is compared here: lines without the
 * blanks at their ends, and without empty lines at the end of all. A run passes if it ended with
 * status 0, too. A command gets the name of a file with the code as $1; null: its status alone
 * counts.
 *
 * A reason tells which test failed and how, never what was expected.
 *
 * Threads. One for each place.
 */
#ifndef IO_SANDBOX_TRIAL_H
#define IO_SANDBOX_TRIAL_H

#include <stdatomic.h>

#include "io/sandbox/jail.h"

enum trial_status {
    TRIAL_OK,
    TRIAL_WRONG,
    TRIAL_BUILD_ERROR,
    TRIAL_RUNTIME_ERROR,
    TRIAL_TIMEOUT_CPU,
    TRIAL_TIMEOUT_WALL,
    TRIAL_MEMORY,
    TRIAL_OUTPUT,
    TRIAL_SIGNAL,
    TRIAL_BUSY,          /* unknown: not done in time, and did not sleep */
    TRIAL_SANDBOX_ERROR, /* unknown: the jail or the tests did not work */
    TRIAL_STATUSES
};

/* Where a supervisor does one trial after the other. */
struct trial_place {
    struct jail_plan plan; /* without its script */
    int wake;              /* readable: look at `unwanted` */
    atomic_bool unwanted;  /* the trial is to end */
    struct jail tester;    /* kept between trials */
    bool ready;            /* it has said that it runs ... */
    bool working;          /* ... and has not said that its last job has ended */
};

/* A line without its end, to be freed. NULL: it was not wanted any more, or there is no memory. */
char *trial_run(struct trial_place *place, const char *line, size_t length);

void trial_close(struct trial_place *place);

#endif
