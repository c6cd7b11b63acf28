/*
 * process.h - a program of the user's own that answers requests: lines out, lines in.
 *
 *     any thread                          the program's thread
 *     process_submit() --> queue --> written to the program ... a line with its number --> done()
 *
 * What it is.  One program, kept running (child.h), and a record of each request that it has not
 *              answered. A request is a line of JSON that begins with an id; the program answers
 *              it with a line that has the same id. What the lines say otherwise is the
 *              caller's business: for calls of the search, message.h.
 *
 * Its end.     Requests that are out when the program ends are written to it once more when it
 *              runs again; at its second end they fail with a sentence. It is killed, which is an
 *              end, when it is silent for `silence_ns` while it owes an answer, or writes a line
 *              longer than 16 MiB. When it cannot be kept running all requests fail, and all
 *              later ones at once. A line that answers no request is reported on standard error
 *              and otherwise ignored, as is what the program writes to its own standard error: of
 * that 200 lines in ten seconds at most, and how many more there were.
 *
 * Ownership.   A request's line is copied. A reply lives for the length of done().
 * Threads.     process_submit(), process_cancel() and process_hold() from any; they hold a lock for
 * a moment and never wait for the program. done() is called exactly once for every submitted
 *              request, without the lock, from the program's thread, process_cancel() or
 * process_hold(): it hands on and returns. Errors.      As in crux.h.
 */
#ifndef IO_PROCESS_PROCESS_H
#define IO_PROCESS_PROCESS_H

#include "io/process/message.h"
#include "search/crux.h"

struct process;

struct process_options {
    const char *command; /* run by /bin/sh */
    int64_t silence_ns;
    /* Requests that the program has before it at a time, as it stands there at each moment (who
     * changes it says process_hold() again); NULL or 0: any number. */
    const _Atomic uint32_t *in_flight;
};

/* What the command line takes: [timeout=SECONDS:]COMMAND; the command is a part of text. port
 * names the port that the option is for, in the sentence of CRUX_INVALID. */
int process_options_read(struct process_options *out, const char *text, const char *port,
                         struct crux_error *error);

enum process_end { PROCESS_ANSWERED, PROCESS_FAILED, PROCESS_LATE, PROCESS_CANCELLED };

struct process_answer {
    enum process_end end;
    bool sent;        /* the program may have worked on it */
    const char *line; /* ANSWERED: what the program wrote, without a NUL */
    size_t length;
    const char *sentence; /* else: why there is no answer */
};

typedef void process_done(void *context, const struct process_answer *answer);

struct process_request {
    const char *line; /* begins with PROCESS_HEAD, ends in '\n' */
    size_t length;
    int64_t deadline_ns; /* of CLOCK_MONOTONIC; 0: none */
    process_done *done;
    void *context;
};

/* name is that of the port or backend, for what is reported on standard error. */
int process_open(struct process **out, const char *name, const struct process_options *options,
                 struct crux_error *error);

/* When every request has been answered. NULL is fine. */
void process_close(struct process *process);

/* CRUX_OK. CRUX_FAILED, as the program is gone, CRUX_CANCELLED or CRUX_MEMORY: then done() is not
 * called. The number names the request to process_cancel(). */
int process_submit(struct process *process, const struct process_request *said, uint64_t *number,
                   struct crux_error *error);

/* GOES: as usual. HELD: no request is written to the program; what it has is answered. DROPS: nor
 * is any, and requests that have not been written end, CANCELLED, also those that come. */
enum process_going { PROCESS_GOES, PROCESS_HELD, PROCESS_DROPS };
void process_hold(struct process *process, enum process_going going);

/* done() is called from here, with CANCELLED. Nothing happens to a request that has ended. */
void process_cancel(struct process *process, uint64_t number);

#endif
