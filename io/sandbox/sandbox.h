/*
 * sandbox.h - runs programs of strangers on tests, each in a jail, and says which tests they pass.
 *
 *     sandbox_submit() --> queue --> a supervisor's thread: one jail --> done()
 *
 * The jail.    bubblewrap: name spaces of its own for users, processes, network, mounts, IPC and
 *              names, where only /usr can be read and only a small /tmp be written; no capability,
 *              a seccomp filter (filter.h), no file of ours but two pipes. A caller who is root
 *              drops to an uid that nobody has first, since the kernel counts no process of root's.
 *              Limits: processor, wall, memory (of each process, and of all of them by watching),
 *              processes, open files, size of files, size of what is said.
 * Two jails.   A program that is tested must not see what is expected, nor judge itself. Programs
 *              that read and print are compared here, outside. Tests that are code (assertions of
 *              Python) run in a jail of their own, which asks the program's jail for the value of
 *              each call, as data. What it says at the end has a nonce that only this process and
 *              it know.
 * Many tests.  All tests of a program share one start of a jail.
 * Its level.   What the machine offers is tried out at the start, by an attempt on each wall. What
 *              is asked for and is not there is refused with a sentence; nothing is run with less.
 * Unknown.     What the jail itself could not do is an answer that says so. A program fails when it
 *              has used its time of the processor, or slept for twice as long and two seconds. One
 *              that has done neither after five times that on the wall had a busy machine: nothing
 *              is known of it.
 *
 * Requests and answers are lines of JSON, trial.h says which.
 *
 * Ownership.   A request's line is copied. An answer lives for the length of done().
 * Threads.     sandbox_submit(), _cancel() and _hold() from any thread; they never wait for a
 *              program. done() is called exactly once for every submitted request, without a lock,
 *              from a supervisor's thread, sandbox_cancel() or sandbox_hold().
 * Errors.      As in crux.h.
 */
#ifndef IO_SANDBOX_SANDBOX_H
#define IO_SANDBOX_SANDBOX_H

#include "search/crux.h"

/* PLAIN: all that stands above, but that a process may try to make more user name spaces is only
 * the filter's to refuse. STRICT: the kernel refuses it, too. */
enum sandbox_level { SANDBOX_PLAIN, SANDBOX_STRICT, SANDBOX_LEVELS };

const char *sandbox_level_name(enum sandbox_level level);

struct sandbox_limits {
    uint32_t seconds;   /* of the processor, 1 .. 3,600: for all calls of a program, or for each of
                           its runs */
    uint32_t memory;    /* MiB, 64 .. 65,536 */
    uint32_t processes; /* 1 .. 1,024, and threads */
    uint32_t output;    /* KiB that a run may print, 1 .. 16,384 */
};

struct sandbox_limits sandbox_limits_default(void);

struct sandbox_options {
    enum sandbox_level level;
    struct sandbox_limits limits;
    uint32_t at_once; /* programs, 1 .. 64; 0: as many as there are processors */
};

/* All that decides what a program's answer is, apart from the program: level and limits in words.
 * NULL: no memory. To be freed. */
char *sandbox_words(const struct sandbox_options *options);

/* Can this machine do it? CRUX_INVALID: why not. */
int sandbox_probe(enum sandbox_level level, const struct sandbox_limits *limits,
                  struct crux_error *error);

struct sandbox;

/* It probes. */
int sandbox_open(struct sandbox **out, const struct sandbox_options *options,
                 struct crux_error *error);

/* When every request has been answered. NULL is fine. */
void sandbox_close(struct sandbox *sandbox);

enum sandbox_end { SANDBOX_ANSWERED, SANDBOX_LATE, SANDBOX_CANCELLED };

struct sandbox_answer {
    enum sandbox_end end;
    bool begun;       /* a jail was started for it ... */
    int64_t took_ns;  /* ... and was gone after so long */
    const char *line; /* ANSWERED */
    size_t length;
    const char *sentence; /* else: why there is none */
};

typedef void sandbox_done(void *context, const struct sandbox_answer *answer);

struct sandbox_request {
    const char *line;
    size_t length;
    int64_t deadline_ns; /* of CLOCK_MONOTONIC; 0: none. A program that has begun is let end */
    sandbox_done *done;
    void *context;
};

/* CRUX_OK, or CRUX_CANCELLED or CRUX_MEMORY: then done() is not called. */
int sandbox_submit(struct sandbox *sandbox, const struct sandbox_request *said, uint64_t *number,
                   struct crux_error *error);

/* done() with CANCELLED comes soon: from here, or when its jail is gone. Nothing happens to a
 * request that has ended. */
void sandbox_cancel(struct sandbox *sandbox, uint64_t number);

/* HELD: nothing new is begun. DROPS: nor is any, and what has not begun ends, CANCELLED, also what
 * comes. */
enum sandbox_going { SANDBOX_GOES, SANDBOX_HELD, SANDBOX_DROPS };
void sandbox_hold(struct sandbox *sandbox, enum sandbox_going going);

#endif
