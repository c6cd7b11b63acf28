/*
 * estimate.h - what is left of a run, as a range, from what was measured so far.
 *
 * How much. Work is counted in units that a problem has a budget of: policy calls, or simulations
 *     where calls have no limit. Of problems some are done, some are begun, the others wait.
 *     Those that are begun take at least what they have taken, and at most their budget; the mean
 *     over done and begun ones lies between these two, and those that wait are taken to be like
 *     them:
 *
 *         low   waiting * mean of done and begun ones, as they stand, less the error
 *         high  waiting * the same mean if the begun ones use up their budget, and the error
 *               + what the begun ones may still take
 *
 *     The error is that of a sum of `waiting` problems foretold from `done + begun`: twice the
 *     standard deviation of those that are done times sqrt(waiting + waiting^2 / (done + begun)).
 *     With fewer than two that are done nothing is known of it: then high is the whole budget of
 *     all. Never less than nothing, never more than the budget. So there is a range from the first
 *     answers on, a wide one, and it closes as problems end.
 *     Without a budget the begun ones are taken to take as much as all work so far makes for each
 *     that is done; before one is done nothing is known.
 *
 * How long. At the pace of the whole session or that of the last half minute, whichever is slower
 *     for the high end and faster for the low one.
 *
 * What it costs. Calls, tokens and price for a unit have been so far what they will be.
 *
 * Too little is known in the first two seconds, and before eight units are earned: what a run that
 * goes on finds in its ledger says nothing of the rest.
 *
 * Pure; any thread.
 */
#ifndef IO_CLI_ESTIMATE_H
#define IO_CLI_ESTIMATE_H

#include <stdbool.h>
#include <stdint.h>

struct estimate_known {
    uint64_t problems;    /* to do in this session, in all */
    uint64_t done, begun; /* begun: and not done yet */
    double budget;        /* units a problem may take; 0: no limit is known */
    double spent;         /* units, of done and begun ones */
    double earned;        /* of these, in this session, with the time and cost below: others were
                             known from before, and took none */
    double done_spent;    /* of those that are done; and ... */
    double done_squares;  /* ... the sum of the squares of each one's */
    double seconds;       /* that it took until now */
    double pace;          /* earned ones a second of late; 0: not known */
    double calls, tokens, price; /* that were spent with them */
};

struct estimate_range {
    double low, high;
};

struct estimate {
    bool known; /* false: nothing below says anything */
    struct estimate_range seconds, calls, tokens, price;
};

void estimate_left(struct estimate *out, const struct estimate_known *known);

/* The same for a list of items that are much alike: only the pace is uncertain. Every item takes a
 * unit, all of them earned; calls, tokens and price count as above. */
void estimate_items(struct estimate *out, const struct estimate_known *known);

#endif
