/*
 * progress.h - how a search is doing, about once a second, from a thread of its own.
 *
 *     412/1362 problems  5123 simulations/s  64 calls in flight  2100 pairs  0:42 left
 *
 * On a terminal one line of standard error that is written anew, else a plain line
 * every five seconds. The same heartbeat is given to a listener, which may keep it
 * where other processes can read it.
 *
 * Ownership.  What the setup names outlives the progress. progress_close() takes NULL,
 *             waits for the thread and clears the line.
 * Threads.    beat() is called from the progress thread, and once more, last, from the
 *             thread that closes.
 */
#ifndef IO_CLI_PROGRESS_H
#define IO_CLI_PROGRESS_H

#include "search/crux.h"

struct progress_setup {
    const struct crux_search *search;
    uint64_t problems; /* that this run has to do */
    bool shown;        /* false: beat only */
    void (*beat)(void *context, const struct crux_view *view, bool last); /* or NULL */
    void *context;
};

struct progress;

int progress_open(struct progress **out, const struct progress_setup *setup,
                  struct crux_error *error);
void progress_close(struct progress *progress);

/* How long the rest takes if it goes on as before; 0: not known yet. */
int64_t progress_left_ns(int64_t elapsed_ns, uint64_t done, uint64_t problems);

/* The line as above, without its end. */
void progress_line(char *out, size_t size, const struct crux_view *view, uint64_t problems,
                   int64_t elapsed_ns);

#endif
