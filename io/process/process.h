/*
 * process.h - calls over the pipes of a program: the questions that ports ask become lines of
 * JSON, its lines become replies.
 *
 * A policy or a critic that a user has written in any language reads questions from its
 * standard input, a JSON object a line, and writes replies to its standard output, a line
 * each, flushed, in any order:
 *
 *     {"id": 65536, "op": "propose", "kind": "step", "n": 4, "sample": 0, "seed": 123,
 *      "problem": {"id": "p1", "problem": "How much is ...?"}, "steps": ["First, ..."]}
 *     {"id": 65536, "steps": ["Then ...", {"text": "So ...", "prior": 2, "terminal": true}]}
 *
 *     {"id": 65537, "op": "score", ..., "candidates": ["Then ...", "So ..."]}
 *     {"id": 65537, "scores": [0.25, null]}
 *
 *     {"id": 65538, "error": "why there is no answer"}
 *
 *   problem     as a line of a file of problems has it, without the reference answer
 *   steps       the texts of the path so far, from the first on
 *   kind, n     what is wanted, and at most how many; of kind "answer" all that is missing
 *               for a complete answer, a line a step
 *   sample      how many were proposed here before; the same ones should not come again
 *   seed        all randomness should come from here, 53 bits
 *   scores      one for each candidate, from 0 to 1; null is unknown
 *   a step      is a text, or an object with text and, where known, prior, logprob, tokens
 *               (numbers), and terminal: with it the answer is complete
 * Any reply may tell prompt_tokens, completion_tokens and price (integers).
 *
 * Each call completes exactly once. Calls that were out when the program ended, or was
 * killed because it said nothing for `silence_ns` while it owed an answer, or wrote a line
 * longer than 16 MiB, are asked again, once, when it runs again; then they fail with a
 * sentence. When it cannot be kept running all fail, and all later ones at once. A line
 * that is no reply to a call that is out is told on standard error and otherwise ignored,
 * as is whatever the program writes to its own standard error.
 *
 * With a ledger every reply is in it before it has an effect, and what is known there is not
 * asked for; in a replay the program is never started.
 *
 * Ownership. A reply is one block, to be given back by wire_release(). Sentences of failed
 *            calls live until wire_close().
 * Threads.   wire_ask() and wire_cancel() from any; they hold a lock for a moment and never
 *            wait for the program. Calls complete from the program's thread or from the one
 *            that cancels.
 */
#ifndef IO_PROCESS_PROCESS_H
#define IO_PROCESS_PROCESS_H

#include "search/crux.h"

struct wire;

struct ledger;
struct account;

struct wire_setup {
    const char *name; /* of the port, for sentences */
    const char *command;
    int64_t silence_ns;
    struct ledger *ledger;   /* what it knows is not asked again (replies.h); or NULL ... */
    struct account *account; /* ... and then this too; both outlive the wire */
};

int wire_open(struct wire **out, const struct wire_setup *setup, struct crux_error *error);

/* No call is out any more. */
void wire_close(struct wire *wire);

/* PROPOSE or SCORE: CRUX_PENDING; CRUX_DONE when the ledger knows it; or negative with a sentence
 * in the reply. */
int wire_ask(struct wire *wire, struct crux_call *call);
void wire_cancel(struct wire *wire, const struct crux_call *call);
void wire_release(struct crux_reply *reply);

#endif
