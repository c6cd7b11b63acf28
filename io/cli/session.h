/*
 * session.h - what the commands that search share, and those that make passes: ports, search,
 * source, interrupts.
 *
 *     problems --session_problems()--> options that were left open
 *     options --session_open()--> critics, policies that cost nothing, what served models are
 *     store ----session_pay()--> backends, policies that ask them, search
 *     problems --session_source--> the ones that are wanted, in the order of the input
 *     session_search()  searches them all, stops at Ctrl-C, obeys crux ctl (with a store)
 *     session_pass()    makes a pass (io/passes/passes.h) in place of a search, likewise
 *
 * Ownership.  struct session owns its ports and its search until session_close(), which takes
 *             a zeroed one too. Options and problems are the caller's and outlive it.
 * Interrupts. One search at a time listens (signals.h).
 * Errors.     As in crux.h; a port that cannot be opened is named with its option.
 */
#ifndef IO_CLI_SESSION_H
#define IO_CLI_SESSION_H

#include "io/cli/options/options.h"
#include "io/cli/requeue.h"
#include "io/crux_io.h"
#include "io/passes/passes.h"
#include "search/crux.h"

struct session {
    struct crux_setup setup;
    struct crux_policy *policies[OPTIONS_POLICIES]; /* as described */
    struct crux_policy *late[CRUX_KINDS];           /* those of kinds behind --delay */
    struct crux_critic *critics[OPTIONS_CRITICS];   /* as options name them */
    struct crux_backends *backends;                 /* NULL: nothing is paid for */
    struct crux_search *search;
    struct crux_store *store;      /* the caller's; NULL: none */
    struct crux_store *trees;      /* likewise; NULL: finished trees lie in store */
    const struct options *options; /* since session_pay() */
    struct requeue *requeue;       /* the caller's: problems that are searched again; NULL: none */
};

/* In two steps, so that what cannot work says so before a store is made. The options get what
 * was found out about a served model, and --in-flight that was not given as many as it has slots,
 * if it tells them. Without a policy for steps there is no search. */
int session_open(struct session *session, struct options *options, struct crux_error *error);

/* The slots of the server that told most of them in session_open(), of all its endpoints; 0: none
 * did, or none was asked. */
uint64_t session_slots(const struct options *options);

/* --in-flight for servers with so many slots: as many; within what the option takes. Pure. */
uint32_t session_in_flight(uint64_t slots);

/* Would session_open() and session_pay() do, as far as it is known without asking anybody? */
int session_check(const struct options *options, struct crux_error *error);

/* store: open for writing, outlives the run, and says so on standard error while it waits (for how
 * long, the options say); NULL: nothing is kept. */
int session_pay(struct session *session, const struct options *options, struct crux_store *store,
                struct crux_error *error);

/* The same with finished trees in a store of their own: several searches share the ledger of
 * store. */
int session_pay_apart(struct session *session, const struct options *options,
                      struct crux_store *store, struct crux_store *trees, struct crux_error *error);
void session_close(struct session *session);

/* Keep a finished tree after all that it stands on. */
int session_keep(struct session *session, struct crux_store *store, const struct crux_tree *tree,
                 struct crux_error *error);

/* Problems for a search: those that wanted() takes, in order, up to a limit. */
struct session_source {
    struct crux_source port;
    const struct crux_problems *problems;
    bool (*wanted)(void *context, const struct crux_problem *problem);
    void *context;
    size_t next;
    size_t left;             /* the number that may still be handed out */
    struct requeue *requeue; /* what comes again when nothing else is left; NULL: nothing does */
};

/* A source of all that is wanted. */
struct session_source
session_source_of(const struct crux_problems *problems,
                  bool (*wanted)(void *context, const struct crux_problem *problem), void *context);

/* The number of problems that wanted() takes. */
size_t session_count(const struct session_source *source);

/* Is a model server asked, which costs something? (A program is the user's own.) */
bool session_asks_servers(const struct options *options);

/* Is the problem in the shard of these options? */
bool session_in_shard(const struct options *options, const char *id);

/* Read the file of problems, bad lines to standard error. Critics that the user has not named
 * follow from it (usual.h), so it comes before session_open(). */
int session_problems(struct crux_problems *out, struct options *options, struct crux_error *error);

/* crux_run() with Ctrl-C and crux ctl. */
int session_search(struct session *session, struct session_source *source, struct crux_sink *sink,
                   struct crux_error *error);

/* passes_run() with Ctrl-C and crux ctl, on as many calls in flight as options and backends allow.
 */
int session_pass(struct session *session, const struct passes_setup *setup,
                 struct passes_work *work, struct crux_error *error);

/* Say which limit has ended the search, when one has. */
void session_report_limit(int status, const struct crux_error *error);

#endif
