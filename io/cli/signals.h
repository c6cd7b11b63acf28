/*
 * signals.h - what ends a command in order: SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGXFSZ.
 *
 *     signals_open()                     from now on a signal ends with 130, at once or in order
 *     signals_listen() .. signals_hush() while a search or a pass runs: the first one stops it,
 *                                        as below; the second keeps what has come and ends; the
 *                                        third just ends
 *     signals_close_down()               what the search has kept is written, too
 *
 * A stop. Nothing more is sent; what has not been sent ends at once. What is out is waited for, and
 * how much that is and for how long is said. When the grace is over it is called off: its cost is
 * in the ledger as what was intended, the next session of the run asks for it again, and this one
 * ends in order. If something does not let go all the same, the program ends a few seconds later,
 * with all kept that has come.
 *
 * SIGHUP, SIGXCPU and SIGXFSZ that were ignored when the program started (nohup) stay ignored.
 * SIGXFSZ and SIGXCPU come again and again, by every write and every second: only the first
 * counts, and SIGXFSZ only while a search runs: elsewhere the write that fails has its sentence.
 *
 * SIGPIPE by a reader who has gone (| head, or a tee that a closed terminal took along) ends a
 * search likewise, once; before that it ends the program as everywhere.
 *
 * Threads. All of it by the main thread, but for signals_stop(); signals come on any.
 */
#ifndef IO_CLI_SIGNALS_H
#define IO_CLI_SIGNALS_H

#include "io/cli/steered.h"

/* For a command that ends in order. waits: it looks at signals_came() and ends by itself. */
void signals_open(bool waits);

bool signals_came(void);

/* What a signal stops, hurries and keeps; stores may be NULL. CRUX_MEMORY: no thread. */
struct signals_heard {
    const struct steered *steered; /* until signals_hush() */
    struct crux_store *store;
    struct crux_store *trees; /* where finished trees go, if that is another store */
    int64_t grace_ns;         /* how long a stop waits for what is out */
};
int signals_listen(const struct signals_heard *heard, struct crux_error *error);

/* As the first signal does; nothing, if one has come. While a search listens, on any thread. */
void signals_stop(void);

/* The search has ended; its last writes are hurried by a signal, and not cut by the first one. */
void signals_hush(void);

/* The store may be closed. */
void signals_close_down(void);

#endif
