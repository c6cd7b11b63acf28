/*
 * passes.h - runs that are not searches: many questions to ports, in flight together.
 *
 *     work --next()--> question --crux_ask()--> port --> ledger, account, server or program
 *       ^                                        |
 *       '---answered(), on the pass's thread <---'  from any thread
 *
 * A pass goes over items (rows of a file, finished trees) and asks ports about them. What the items
 * are, what is asked and what becomes of the answers is the work's. Here is what all passes have in
 * common: questions are asked in the order of the work, as many in flight as allowed; answers are
 * taken as they come; a stop leaves what was not asked, and waits for what is in flight; when its
 * time is over that is called off, too, for a server that is down may not answer for long.
 *
 *     struct mine { struct passes_work work; ... } mine = {{my_next, my_answered}, ...};
 *     struct passes *passes;
 *
 *     status = passes_open(&passes, &setup, &error);
 *     status = passes_run(passes, &mine.work, &error);
 *     passes_close(passes);
 *
 * Repeats.    The seed of a question is passes_seed(): of the run's seed, the item's id and the
 *             question's number among the item's, never of a time, a thread or what was answered
 *             before. So the same pass asks the same questions, and what the ledger of its backends
 *             has is answered from there: a pass that was killed goes on, and a replay asks nobody.
 *             Answers come in any order, so a work sums up by item, when all have come.
 * Ownership.  Work and questions are the caller's. A question stays where it is from next() until
 *             answered(), and its reply goes back to its port when answered() returns.
 * Threads.    next(), answered() and told() are called by the thread of passes_run() alone, one at
 *             a time. passes_stop() from any thread or signal handler; what steers a pass, and
 *             passes_flying(), from any thread between opening and closing.
 * Errors.     As in crux.h. passes_run() returns when nothing is in flight any more, whatever
 *             happened: CRUX_OK, CRUX_STOPPED, CRUX_LIMIT (its time is over) or what a function of
 *             the work has returned.
 */
#ifndef IO_PASSES_PASSES_H
#define IO_PASSES_PASSES_H

#include "search/crux_steer.h"

/* One question to a port. The work fills in port and, of asking.call, what a search would (verb,
 * count, state, candidates, seed). Zeroed before its first use; may be used again. */
struct passes_question {
    struct crux_asking asking; /* first: an asking is its question */
    struct crux_port *port;
    void *about;           /* the work's own */
    int status;            /* the pass's own, ... */
    struct passes *passes; /* ... also these */
    struct passes_question *next;
    struct passes_question *before, *behind; /* among those in flight */
};

struct passes_work;

/* The next question. CRUX_OK; CRUX_PENDING: there is none before one of those in flight is
 * answered, of which there must be some; CRUX_END; or negative, which ends the pass. */
typedef int passes_next(struct passes_work *self, struct passes_question **out,
                        struct crux_error *error);

/* CRUX_OK: the reply is in asking.call. Negative: the call failed for good, and its reply's
 * sentence (or NULL) says why. A negative answer of this function ends the pass. Calls that the
 * end of the run has cancelled are not told of: they were not answered. */
typedef int passes_answered(struct passes_work *self, struct passes_question *question, int status,
                            struct crux_error *error);

struct passes_work {
    passes_next *next;
    passes_answered *answered;
    /* As many questions as that may be in flight from now on: on the pass's thread, before the
     * next is asked. NULL: it need not know. */
    void (*places)(struct passes_work *self, uint32_t in_flight);
};

struct passes_view {
    uint64_t asked, answered, failed; /* failed: of those that were answered */
    uint32_t in_flight;
};

struct passes_setup {
    uint32_t in_flight;  /* most questions in flight, 1 or more */
    int64_t deadline_ns; /* time per question, from its asking; 0: none */
    int64_t limit_ns;    /* nothing is asked any more after that time; 0: never */
    void (*told)(void *context, const struct passes_view *view); /* about once a second; or NULL */
    void *context;
};

struct passes;

int passes_open(struct passes **out, const struct passes_setup *setup, struct crux_error *error);
void passes_close(struct passes *passes); /* NULL is fine */

int passes_run(struct passes *passes, struct passes_work *work, struct crux_error *error);

/* Ask nothing new; passes_run() ends with CRUX_STOPPED when what is in flight has come. */
void passes_stop(struct passes *passes);

/* --- steering -------------------------------------------------------------------------------- */

/* As crux_steer.h has it for a search: what is in flight is answered and taken, and nothing is
 * asked; goes on; so many questions in flight, or so much time from its beginning (0: any). */
void passes_pause(struct passes *passes);
void passes_resume(struct passes *passes);
int passes_set_in_flight(struct passes *passes, uint32_t in_flight, struct crux_error *error);
int passes_set_limit_ns(struct passes *passes, int64_t limit_ns, struct crux_error *error);

/* As passes_stop(), and what is in flight is called off. Not from a signal handler. */
void passes_call_off(struct passes *passes);

void passes_steered(struct passes *passes, struct crux_steering *out);

/* Questions in flight. */
uint32_t passes_flying(struct passes *passes);

/* The seed of an item's question of this number. */
uint64_t passes_seed(uint64_t seed, const char *id, uint64_t number);

#endif
