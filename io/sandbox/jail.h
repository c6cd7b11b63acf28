/*
 * jail.h - one jail: a script of Python as the first process of name spaces of its own, with lines
 * to it and from it.
 *
 *     jail_start() --> jail_send(), poll jail_files(), jail_pump(), jail_line() ... --> jail_end()
 *
 * Nobody waits here: what the script does not read stays in memory (it was sent by us), what it
 * says is read up to `most` bytes and then no more. jail_end() kills all that lives in it and
 * returns when it is gone; what is left behind is nothing, no process, no zombie, no file.
 *
 * Ownership. A jail is its caller's; zeroed it is none, and jail_end() takes it.
 *            When we are killed, its script sees its input closed, and ends it. (Bubblewrap's own
 *            --die-with-parent leaves processes behind that had not begun.)
 * Threads.   One at a time.
 */
#ifndef IO_SANDBOX_JAIL_H
#define IO_SANDBOX_JAIL_H

#include <poll.h>
#include <sys/types.h>

#include "io/sandbox/sandbox.h"

/* The scripts of the folder, as text. */
extern const char jail_runner[];
extern const char jail_tester[];
extern const char jail_prober[];

enum { JAIL_FILES = 3, JAIL_TROUBLE = 400 };

struct jail_plan {
    const char *script;
    enum sandbox_level level;
    const struct sandbox_limits *limits;
    uint32_t slot; /* jails of other slots have other uids, where the caller may choose */
    const unsigned char *filter;
    size_t filter_length;
};

struct jail_text {
    char *bytes;
    size_t length, room;
};

struct jail {
    pid_t outer;      /* bubblewrap; 0: none was started */
    int handle;       /* its pidfd */
    int inner;        /* the script's pidfd; -1: not known yet */
    pid_t first;      /* and its process; 0: not known yet */
    int in, out, err; /* our ends; -1: closed */
    int info;         /* a file in which bubblewrap names the script's process */
    struct jail_text to, from;
    size_t sent, taken;         /* of to, of from */
    int proc;                   /* the folder /proc of the jail, once it was asked for; or -1 */
    char trouble[JAIL_TROUBLE]; /* what was said on standard error */
};

int jail_start(struct jail *jail, const struct jail_plan *plan, struct crux_error *error);

/* A line without its end. False: no memory. */
bool jail_send(struct jail *jail, const char *line, size_t length);

/* What poll() should wait for; -1 where there is nothing. */
void jail_files(const struct jail *jail, struct pollfd files[JAIL_FILES]);

/* Read and write what can be. False: it has closed its output, or it says too much (more than
 * most bytes that nobody has taken). */
bool jail_pump(struct jail *jail, size_t most);

/* The next whole line; ends in a NUL that length does not count, good until jail_pump(). NULL:
 * none is there. */
char *jail_line(struct jail *jail, size_t *length);

/* The script runs: keep its /proc open, which later may not be found any more. */
void jail_look_in(struct jail *jail);

void jail_end(struct jail *jail);

#endif
