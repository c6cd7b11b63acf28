/*
 * transport.h - how a composed request reaches a backend: by HTTP, as a line to a program, or to a
 * jail on this machine.
 *
 *     submit --> (sent, sent again ...) --> served_call_split() --> served_call_ended()
 *
 * submit() is called with the lock of served. CRUX_OK: served_call_ended() is called exactly
 * once, from the transport's own thread or from cancel(). Negative: it is not; *error says why.
 * cancel() is called with that lock, too, and may meet a call that has ended.
 * hold() is called without it. open() leaves a handle in served, close() takes NULL for it.
 */
#ifndef IO_SERVED_TRANSPORT_H
#define IO_SERVED_TRANSPORT_H

#include "io/served/call.h"

struct served_transport {
    int (*open)(struct served *served, const struct served_options *options,
                struct crux_error *error);
    void (*close)(struct served *served);
    int (*submit)(struct served_call *call, struct crux_error *error);
    void (*cancel)(struct served_call *call);
    void (*hold)(struct served *served, enum served_going going);
};

extern const struct served_transport served_by_servers; /* servers.c: io/http */
extern const struct served_transport served_by_program; /* program.c: io/process */
extern const struct served_transport served_by_jails;   /* jails.c: io/sandbox */

#endif
