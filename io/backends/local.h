/*
 * local.h - backends that are on this machine: programs of the user's own, and jails for programs
 * of strangers. What says the same (a command; level and limits) is one backend.
 *
 * Ownership. A list is its holder's; *list is NULL before the first.
 * Threads.   One at a time, but for local_hold(), local_look() and local_add_heard(), which may
 * meet nothing that adds. Errors.    Those of served_open() and process_options_read();
 * CRUX_MEMORY.
 */
#ifndef IO_BACKENDS_LOCAL_H
#define IO_BACKENDS_LOCAL_H

#include "io/served/served.h"

#define LOCAL_PROGRAM "process" /* what programs are called in the ledger, ... */
#define LOCAL_JAILS   "run"     /* ... and jails */

struct local;

/* ledger and account of the run, and the calls that a program is given at a time where it says
 * nothing of that itself: what the run has for servers is more (ahead.h). */
struct local_place {
    struct local **list;
    struct ledger *ledger;
    struct account *account;
    const _Atomic uint32_t *in_flight; /* as process_options has it */
};

/* command and port as in process_options_read(). */
int local_program(struct served **out, struct local_place place, const char *command,
                  const char *port, struct crux_error *error);
int local_jails(struct served **out, struct local_place place, const struct sandbox_options *jails,
                struct crux_error *error);

void local_hold(const struct local *list, enum served_going going);

/* Sums over those of a name, added to *out. */
void local_look(const struct local *list, const char *name, struct served_view *out);
void local_add_heard(const struct local *list, struct served_heard *sum);
void local_free(struct local *list);

#endif
