/*
 * signals.h - what ends a command in order: SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGXFSZ.
 *
 *     signals_open()                     from now on a signal ends with 130, at once or in order
 *     signals_listen() .. signals_hush() while a search or a pass runs: the first one stops it,
 *                                        what is in flight is waited for and kept; the second
 *                                        keeps what has come and ends; the third just ends
 *     signals_close_down()               what the search has kept is written, too
 *
 * SIGHUP, SIGXCPU and SIGXFSZ that were ignored when the program started (nohup) stay ignored.
 * SIGXFSZ and SIGXCPU come again and again, by every write and every second: only the first
 * counts, and SIGXFSZ only while a search runs: elsewhere the write that fails has its sentence.
 *
 * SIGPIPE by a reader who has gone (| head, or a tee that a closed terminal took along) ends a
 * search likewise, once; before that it ends the program as everywhere.
 *
 * Threads. All of it by the main thread; signals come on any.
 */
#ifndef IO_CLI_SIGNALS_H
#define IO_CLI_SIGNALS_H

#include "io/crux_io.h"

/* For a command that ends in order. waits: it looks at signals_came() and ends by itself. */
void signals_open(bool waits);

bool signals_came(void);

/* What a signal stops, hurries and keeps; backends and stores may be NULL. stop() is
 * async-signal-safe, as crux_stop() is. CRUX_MEMORY: no thread. */
struct signals_heard {
    void (*stop)(void *what);
    void *what;
    struct crux_store *store;
    struct crux_backends *backends;
    struct crux_store *trees; /* where finished trees go, if that is another store */
};
int signals_listen(const struct signals_heard *heard, struct crux_error *error);

/* The search has ended; its last writes are hurried by a signal, and not cut by the first one. */
void signals_hush(void);

/* The store may be closed. */
void signals_close_down(void);

#endif
