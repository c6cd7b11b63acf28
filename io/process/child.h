/*
 * child.h - a program of the user's own, kept running, and lines to and from it.
 *
 * The command is run by /bin/sh in a process group of its own, with our environment less what
 * is hidden (io/child_environment.h), its three streams as pipes and no other file of ours. One
 * thread serves the child: it fetches lines to write when there is room for them, hands on what the
 * child says, and notices when it ends. No other code may wait for the child.
 *
 *              child_open()                    ended(again)
 *     (start) --------------> RUNNING --------------------------> RESTING
 *                                ^  |                                |
 *                                |  | ended(permanently)             | a while: 0.1 s, 0.4 s, 1.6 s
 *                                '--|--------------------------------'
 *                                   v
 *                                 GONE
 *
 * It is started again at most `restarts` times in a row; child_well() begins the count
 * anew. A command that the shell cannot find or run is not tried again.
 *
 * Standard error is given to aside(), line by line, and its last line is quoted when the
 * child ends, since it mostly says why.
 *
 * Ends.    child_close() closes the child's input, which well-behaved programs take for
 *          the end; one that is still there after a second is killed, with its whole
 *          process group. That group is also killed when the child itself has ended. If we
 *          are killed ourselves the child sees the end of its input, no more.
 * Signals. Its thread takes none, so a broken pipe is an error like any other.
 * Threads. All functions of the setup are called by the child's thread, one at a time.
 *          child_wake() from any thread; child_well() and child_fail() from those functions.
 */
#ifndef IO_PROCESS_CHILD_H
#define IO_PROCESS_CHILD_H

#include "io/lines.h"
#include "search/crux.h"

struct child;

struct child_setup {
    const char *command;
    size_t line_most; /* of its standard output: longer lines are reported as overlong */
    uint32_t restarts;
    void *context;

    /* The next line to write, ended by '\n'; NULL: none until child_wake(). It stays as it
     * is until this is called again, or ended(). */
    const char *(*next)(void *context, size_t *length);
    void (*heard)(void *context, struct child *child, const struct lines_line *line);
    void (*aside)(void *context, const struct lines_line *line);

    /* It has ended, and why, in a few words. What was written and not answered is lost. */
    void (*ended)(void *context, const char *why, bool permanently);

    /* Called in every round of the thread's loop: it may child_fail(). Returns the time by which it
     * must be called again; INT64_MAX: any. */
    int64_t (*look)(void *context, struct child *child, int64_t now_ns);
};

int child_open(struct child **out, const struct child_setup *setup, struct crux_error *error);
void child_close(struct child *child); /* NULL is fine */

/* There may be something to write. */
void child_wake(struct child *child);

/* It does its work. */
void child_well(struct child *child);

/* It does not, says the sentence: kill it. */
void child_fail(struct child *child, const char *why);

#endif
