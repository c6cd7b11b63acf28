/*
 * backends.h - the inside of crux_backends (crux_io.h): what policies and critics are opened on.
 *
 *     policy, critic --backends_find()--> struct served, by name --> ledger, account, http
 *
 * Threads. Opening ports is done by one thread at a time; what is found may be asked by any.
 */
#ifndef IO_BACKENDS_BACKENDS_H
#define IO_BACKENDS_BACKENDS_H

#include "io/account.h"
#include "io/backends/roster.h" /* for other rooms, which enter by this header */
#include "io/crux_io.h"
#include "io/ledger/ledger.h"
#include "io/served/served.h"

/* The served model of that name; NULL or "": the one that has none. CRUX_INVALID with a sentence
 * that lists the names. How it is asked: crux_backends_chat(). */
int backends_find(struct served **out, const struct crux_backends *backends, const char *name,
                  struct crux_error *error);

/* A program as a port ([timeout=SECONDS:]COMMAND; port names its owner in sentences). On backends
 * it is one of theirs, named `process`: what says the same command shares it. NULL: it is on its
 * own, and nothing is kept. Closed with served_program_close() before the backends. */
int backends_program(struct served_program **out, struct crux_backends *backends,
                     const char *command, const char *port, struct crux_error *error);

/* Jails as a backend named `run` (io/sandbox/sandbox.h); those of equal level and limits are one.
 */
int backends_jails(struct served **out, struct crux_backends *backends,
                   const struct sandbox_options *options, struct crux_error *error);

/* A service of JSON over HTTP that is no model server, as a backend of its own: from name, model
 * and http of the options, to which ledger, account and who is told are added. Who asks for the
 * same file shares it. Closed with the backends. CRUX_INVALID: the name is taken. backends is not
 * NULL. */
int backends_service(struct served **out, struct crux_backends *backends, const char *file,
                     const struct served_options *said, struct crux_error *error);

/* --- endpoints ------------------------------------------------------------------------------- */

/* crux_chat_fill() of a backend. Where it has a roster, for as long as its patience, until one that
 * stands there answers, or the file is there at all; that it waits is said. CRUX_INVALID:
 * none did. */
int backends_fill(struct crux_chat *chat, const struct crux_backend *said,
                  const struct crux_paying *paying, struct crux_server *found,
                  struct crux_error *error);

/* Its endpoints and those of its roster, as it is now: *out to be freed with free(), and *roster,
 * which it points into, with roster_free(). bad: who hears of lines that are wrong, or NULL. */
int backends_roster(struct crux_endpoint **out, uint32_t *count, struct roster *roster,
                    const struct crux_backend *said, void (*bad)(void *context, const char *what),
                    void *context, struct crux_error *error);

/* --- runs that are no searches -------------------------------------------------------------- */

/* Places for the calls of all backends together, where those without a limit of their own share
 * that many: as crux_backends_prepare() has it for a search. With servers among them it is more
 * than they may have in flight (ahead.h); the clients hold to that. */
uint32_t backends_in_flight(const struct crux_backends *backends, uint32_t shared);

/* What is to be done once when a limit is reached or nothing can be kept or asked any more, on any
 * thread; crux_backends_status() knows why. */
void backends_on_halt(struct crux_backends *backends, void (*stop)(void *what), void *what);

/* --- steering, while a run goes on: from any thread ----------------------------------------- */

/* Requests that have not been sent wait; what is in flight is answered. Deadlines of calls pass. */
void backends_pause(struct crux_backends *backends);
void backends_resume(struct crux_backends *backends);

/* For good: requests that have not been sent end, CANCELLED, as do calls that come; what is in
 * flight is answered. What backends_on_halt() was given is called. */
void backends_leave(struct crux_backends *backends);

/* The limits of the account, over all sessions of the run. One that is reached already ends it
 * (account_limit()), also while it is paused, and what is not sent yet is left. */
void backends_limit(struct crux_backends *backends, const struct account_limits *limits);
void backends_limited(struct crux_backends *backends, struct account_limits *out);

/* Calls in flight from now on: of the backends without a limit of their own (name NULL), or of the
 * one of this name ("chat": the one without a name), which has one then. None is taken away.
 * CRUX_INVALID: out of 1 .. 65,536, no such backend, or too few open files. */
int backends_set_in_flight(struct crux_backends *backends, const char *name, uint32_t in_flight,
                           struct crux_error *error);

/* The requests of all of them, and how many they may have at a time, all together, without those
 * that are booked ahead (ahead.h). */
void backends_load(const struct crux_backends *backends, struct served_load *out);
uint64_t backends_most(const struct crux_backends *backends);

/* After backends_leave(): calls whose answers may come, from servers, programs and jails. */
uint64_t backends_out(struct crux_backends *backends);

/* backends_in_flight() as it is now. */
uint32_t backends_in_flight_now(const struct crux_backends *backends);

/* What all of them have heard in this session, besides answers (io/served/heard.h). While nobody
 * adds. */
void backends_heard(const struct crux_backends *backends, struct served_heard *out);

/* --- beside finished trees ------------------------------------------------------------------ */

/* What is found about a tree as it is kept. Zeroed before; maker and kind outlive it. */
struct backends_findings {
    struct crux_finding *items;
    size_t count, room;
};

/* Takes over finding->json, also when it fails. */
int backends_findings_add(struct backends_findings *findings, const struct crux_finding *finding,
                          struct crux_error *error);

/* A port that knows something about trees that its replies have made: it puts this into its own
 * record. crux_backends_keep() asks it about each tree that ended by itself, from any worker, and
 * keeps what it finds in the tree's transaction. */
struct backends_witness {
    struct backends_witness *next; /* the backends' */
    int (*find)(const struct backends_witness *witness, const struct crux_tree *tree,
                struct backends_findings *out, struct crux_error *error);
};

/* While no search runs. What is removed was added. */
void backends_add_witness(struct crux_backends *backends, struct backends_witness *witness);
void backends_remove_witness(struct crux_backends *backends, struct backends_witness *witness);

#endif
