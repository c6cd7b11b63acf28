/*
 * wanted.h - what a call for documents asks for: the query, and which documents must not come.
 *
 * The query is the latest QUERY on the path; without one the latest RATIONALE; without one the
 * problem. Never come:
 *
 *     what the path has already              its steps begin with `[ID]`
 *     what the problem's line excludes       `"excluded_ids": ["a", "b"]`, as BRIGHT has it, where
 *                                            "N/A" stands for none
 *     what says the problem, if refused      anywhere
 *     what says its answer, if refused       as words of their own: "42" is not in "1942"
 *
 * The last two compare without case (of ASCII letters), runs of blanks as one. A short answer, as 2
 * or True, is said by very many documents, all of which are refused then.
 *
 * Ownership. A wanted owns its memory; the call's state must live as long.
 * Threads.   It is never changed: any thread.
 */
#ifndef POLICIES_RETRIEVE_WANTED_H
#define POLICIES_RETRIEVE_WANTED_H

#include "policies/retrieve/plan.h"
#include "search/crux.h"

struct json;

/* One that an index or a service has found. */
struct retrieved {
    const char *id, *title, *text; /* "" where there is none */
    double score;
};

struct wanted {
    char *query; /* '\n' where lines end */
    const struct crux_step *last;
    struct json *line;           /* the problem's */
    const struct json *excluded; /* in it; NULL: none */
    char *problem, *answer;      /* folded; NULL: not refused */
    uint32_t count;              /* documents asked for */
};

/* Is it a call for documents? Else its status, with its sentence. */
int wanted_check(struct crux_call *call);

int wanted_open(struct wanted *out, const struct retrieve_plan *plan, const struct crux_call *call,
                struct crux_error *error);
void wanted_close(struct wanted *wanted);

/* May it come? CRUX_OK with *allowed; CRUX_MEMORY. */
int wanted_allows(bool *allowed, const struct wanted *wanted, const struct retrieved *document);

/* How many to ask a service for, so that enough are left when all that must not come has come. */
uint32_t wanted_most(const struct wanted *wanted);

#endif
