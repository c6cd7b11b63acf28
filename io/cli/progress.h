/*
 * progress.h - how a search is doing, about once a second, from a thread of its own.
 *
 *     412/1362 problems  12:10 .. 15:40 left  51233 calls  64 in flight  812 tokens/s  ...
 *
 * On a terminal one line of standard error that is written anew, else a plain line every five
 * seconds (tell.h); what stands in it says live.h, and how the time that is left is estimated
 * estimate.h. The same heartbeat is given to a listener, which may keep it where other processes
 * can read it.
 *
 * Ownership.  What the setup names outlives the progress. progress_close() takes NULL,
 *             waits for the thread and clears the line.
 * Threads.    beat() is called from the progress thread, and once more, last, from the
 *             thread that closes. progress_finished(), _hide() and _show() from any; between hide
 *             and show, which belong to one thread, the progress thread writes nothing.
 */
#ifndef IO_CLI_PROGRESS_H
#define IO_CLI_PROGRESS_H

#include "io/cli/live.h"
#include "search/crux.h"

struct crux_backends;

struct progress_setup {
    const struct crux_search *search;
    const struct crux_setup *setup; /* its own: what a problem's budget is */
    struct crux_backends *backends; /* NULL: nothing is paid for */
    uint64_t problems;              /* that this run has to do */
    bool shown;                     /* false: beat only */
    void (*beat)(void *context, const struct crux_view *view, const struct live *live,
                 bool last); /* or NULL */
    void *context;
};

struct progress;

int progress_open(struct progress **out, const struct progress_setup *setup,
                  struct crux_error *error);
void progress_close(struct progress *progress);

/* A problem has ended; what it took is what others will take. NULL is fine; trees that a stop cut
 * short are passed by. */
void progress_finished(struct progress *progress, const struct crux_tree *tree);

/* Something else is written to the terminal between these. NULL is fine. */
void progress_hide(struct progress *progress);
void progress_show(struct progress *progress);

/* How long the rest takes if it goes on as before; 0: not known yet. */
int64_t progress_left_ns(int64_t elapsed_ns, uint64_t done, uint64_t problems);

#endif
