/*
 * opinions.h - the reply of a critic that knows more than a number: score, rewards of steps, how
 * many said so and how far apart they were, and why.
 *
 *     made = opinions_new(call->count) --filled in--> opinions_reply(call, made, ...)
 *                                                     opinions_release(), when it is given back
 *
 * Ownership. What was made belongs to the reply, also when replying fails.
 * Threads.   Made by one; the reply is the search's.
 */
#ifndef CRITICS_OPINIONS_H
#define CRITICS_OPINIONS_H

#include "search/crux.h"

struct opinion_made {
    double score;  /* 0 .. 1; below 0: unknown */
    double *steps; /* from malloc(); NULL: none */
    uint32_t step_count;
    uint32_t judges;
    double spread;  /* below 0: not known */
    char *sentence; /* from malloc(); NULL: none */
};

/* All unknown. NULL: no memory. */
struct opinion_made *opinions_new(uint32_t count);
void opinions_free(struct opinion_made *made, uint32_t count); /* NULL is fine */

/* CRUX_DONE, or CRUX_MEMORY with a sentence. A complete answer gets the score as its reward, 0.5
 * where it is unknown. With verdicts it is right above 0.5 and wrong below; else, and in between,
 * its verdict is unknown. */
int opinions_reply(struct crux_call *call, struct opinion_made *made, bool verdicts);

/* Of a problem of which nothing was said yet: 0.5, and why. */
int opinions_of_nothing(struct crux_call *call);

/* Frees a reply's owner, NULL too. */
void opinions_drop(void *owner);
void opinions_release(struct crux_port *port, struct crux_reply *reply);

/* The standard deviation of these numbers; below 0: there are fewer than two. */
double opinions_spread(const double *numbers, uint32_t count);

#endif
