/*
 * inside.h - what crux_backends is, for the files of this room.
 */
#ifndef IO_BACKENDS_INSIDE_H
#define IO_BACKENDS_INSIDE_H

#include <stdatomic.h>

#include "io/ahead.h"
#include "io/backends/arrivals.h"
#include "io/backends/backends.h"
#include "io/backends/local.h"
#include "io/backends/muster.h"
#include "io/backends/services.h"
#include "io/backends/witness.h"

#define BACKENDS_UNNAMED "chat" /* as ledger and account know the one without a name */

enum { BACKENDS_IN_FLIGHT = 256, BACKENDS_IN_FLIGHT_MOST = 65536 };

struct backend {
    struct backend *next;
    char *name; /* "": it has none */
    struct crux_chat chat;
    _Atomic uint32_t in_flight; /* 0: no limit of its own */
    struct served *served;
    struct muster *muster; /* NULL: it has no roster */
};

struct crux_backends {
    struct crux_paying paying;
    struct ledger *ledger;
    struct ledger *orders; /* of settling, where trees have a store of their own; else NULL */
    struct account *account;
    struct arrivals arrivals;
    struct backend *first;
    struct local *locals; /* programs and jails */
    struct service_backend *services;
    struct backends_witness *witnesses;
    _Atomic uint32_t shared; /* calls in flight of those without a limit of their own */
    /* What a store's trouble, and who steers the run, say of requests that have not been sent: of
     * the two the one that holds back more counts (enum served_going). */
    _Atomic int trouble, steered;
    void (*_Atomic stop)(void *what); /* when there is a reason to end; NULL: nobody cares */
    void *stopped;
};

/* NULL or "": the one without a name. NULL: there is none of that name. */
struct backend *backends_of_name(const struct crux_backends *backends, const char *name);

/* How many calls they may have at a time, where those without a limit of their own share so many.
 */
struct ahead_room backends_room(const struct crux_backends *backends, uint32_t shared);

/* What trouble and steered say is so, whoever changes them meanwhile. */
void backends_hold(struct crux_backends *backends);

/* What account_on_halt() is given, with the backends as its context. */
void backends_halted(void *context);

#endif
