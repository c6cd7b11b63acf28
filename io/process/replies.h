/*
 * replies.h - what a program has answered is kept like what a model was paid for.
 *
 *     wire_ledger_find()  is the reply known? Then nobody is asked
 *     wire_ledger_keep()  reply --> ledger --> the call completes
 *
 * The key is SHA-256 over the port's name, the command, and the question as the program reads
 * it, without its number: a program that is changed without its command changing is taken to
 * answer as before. What a reply tells of tokens and price stands in the account (crux cost);
 * limits of the account are for served models. Faults are not kept.
 *
 * Threads. Any. A kept call completes on the ledger's thread. Where the ledger cannot write, the
 *          account is halted, and the run with it.
 */
#ifndef IO_PROCESS_REPLIES_H
#define IO_PROCESS_REPLIES_H

#include "io/account.h"
#include "io/json.h"
#include "io/ledger/ledger.h"

struct wire_ledger {
    struct ledger *ledger; /* NULL: nothing is kept */
    struct account *account;
    const char *name, *command;
};

/* CRUX_DONE: call->reply is what the ledger knows. CRUX_END: it is to be asked for. CRUX_FAILED: it
 * is not known, and a replay asks nobody. Or another negative status. */
int wire_ledger_find(const struct wire_ledger *at, struct crux_call *call,
                     struct crux_error *error);

/* call->reply was made of this line. CRUX_PENDING: the call completes. Negative: it does not. */
int wire_ledger_keep(const struct wire_ledger *at, struct crux_call *call, uint64_t ticket,
                     const struct json *line, struct crux_error *error);

#endif
