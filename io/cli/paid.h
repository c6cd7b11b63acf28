/*
 * paid.h - what a run pays with: the ledger, the account, and the backend of the options.
 *
 *     options, store --paid_open()--> ledger and account, with what the run has paid before
 *     endpoints ------paid_serve()--> backend `chat` (io/served/served.h), which policies ask
 *     search ---------paid_watch()--> is stopped when a limit is reached or paying fails
 *
 * Limits. Of served models --limit-calls, --limit-tokens and --limit-price count what the whole run
 *         has paid since it was first begun, and the account holds them; of policies that cost
 * nothing
 *         --limit-calls stays the search's own, of this process. --limit-seconds is the
 *         search's; what earlier sessions took is told by paid_spent_ns().
 *
 *     trees ---------paid_settle()--> the order in which they settled, kept and followed
 *
 * Ownership. The store outlives it; the backend lives until paid_close(), which takes a zeroed one
 *            too and comes after policies and search are closed.
 * Errors.    As in crux.h.
 */
#ifndef IO_CLI_PAID_H
#define IO_CLI_PAID_H

#include "io/account.h"
#include "io/cli/options/options.h"
#include "io/ledger/ledger.h"
#include "io/served/served.h"

struct paid {
    struct crux_arrivals settling; /* first: a settling is its paid */
    struct ledger *ledger;
    struct account *account;
    struct served *served; /* NULL: nothing is served */
};

/* store: open for writing; NULL: what is paid for is not kept. With --replay its ledger is
 * another's, and is only read. */
int paid_open(struct paid *paid, const struct options *options, struct crux_store *store,
              struct crux_error *error);
void paid_close(struct paid *paid);

/* The model of the options, found out before (io/cli/model.h). */
int paid_serve(struct paid *paid, const struct options *options, struct crux_error *error);

/* The search is stopped when the account says so. */
void paid_watch(struct paid *paid, struct crux_search *search);

/* Trees are settled in an order that is written into the ledger, and in a replay read from it;
 * where replies' order decides, and a tree has one lane. */
int paid_settle(struct paid *paid, struct crux_setup *setup, struct crux_error *error);

/* What the status of a search really was: a search that was stopped for the account's reason ends
 * with that, CRUX_LIMIT for a limit. */
int paid_status(struct paid *paid, int status, struct crux_error *error);

/* How long earlier sessions of the run took. A replay is none of them. */
int64_t paid_spent_ns(const struct paid *paid);

#endif
