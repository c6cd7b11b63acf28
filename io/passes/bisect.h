/*
 * bisect.h - between which prefixes of a wrong path does it go wrong: the next one to try, and what
 * follows from those that were tried.
 *
 *     states[0 .. count]: of the path's first 0, 1, ... steps
 *
 *     ALIVE ... ALIVE  ?  ?  ?  DEAD ... DEAD      binary search (OmegaPRM, arXiv 2406.06592)
 *       step `low` may still be right ^    ^ at the latest with step high - 1 all is lost
 *
 * A right completion of a long prefix is one of its beginnings, too. So all before an alive prefix
 * is alive, and what was found dead there was found wrong: such counts are not monotone, and say
 * nothing. Prefixes that stay undecided are gone around, on both sides: what is left is that the
 * error lies between.
 *
 * Pure; any thread.
 */
#ifndef IO_PASSES_BISECT_H
#define IO_PASSES_BISECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bisect_state {
    BISECT_UNASKED,
    BISECT_ALIVE,    /* a completion is right */
    BISECT_DEAD,     /* so many are wrong that right ones are rare, if there are any */
    BISECT_UNDECIDED /* it was tried, and is neither */
};

#define BISECT_NONE SIZE_MAX

struct bisect {
    const uint8_t *states; /* enum bisect_state of count + 1 prefixes; DEAD of all steps, where with
                              them the answer is there, and wrong */
    size_t count;          /* steps: 1 or more */
    size_t shared;         /* a right path begins with that many of them: below count */
    size_t guess;          /* a step that may be the first wrong one, tried first; BISECT_NONE */
    bool every;            /* try all from `shared` on, in order, not only those that decide */
};

/* The prefix to try next, one that is UNASKED; BISECT_NONE: there is nothing more to learn. */
size_t bisect_next(const struct bisect *bisect);

enum bisect_outcome {
    BISECT_FOUND,        /* step `from`: alive before it, dead with it */
    BISECT_BETWEEN,      /* one of the steps from .. to: what lies between is undecided */
    BISECT_WHOLE,        /* alive with all steps: none is wrong */
    BISECT_HOPELESS,     /* what a right path shares is dead: where it is more than nothing, too */
    BISECT_UNCLEAR,      /* whether that is alive, or all steps are dead, is undecided */
    BISECT_NOT_MONOTONE, /* dead before alive */
};

/* When nothing is left to try. from and to are set by the first two, to == from when FOUND. */
enum bisect_outcome bisect_conclude(const struct bisect *bisect, size_t *from, size_t *to);

#endif
