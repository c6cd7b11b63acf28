/*
 * locate.h - where does a wrong path go wrong, where no domain can prove it? A pass over finished
 * trees that goes on with the first steps of their wrong paths: the first step after which no
 * completion is right.
 *
 *     tree --pairs--> wrong path --bisect.h--> prefix --prefixes.h--> right completions, or none
 *                         ^                                                   |
 *                         '-- until step i is found: alive before, dead with it, or it cannot be
 *
 * A step is located only where the prefix before it has right completions of its own, the one that
 * ends with it is dead, and that is not likely by chance: Fisher's exact test, if need be after all
 * completions that `most` allows. For a model that has gone wrong is right all the same now and
 * then, and one of 64 is no sign that nothing was wrong before. All steps need no completion where
 * they have given an answer: it is there, and wrong; so the last step is located by the prefix
 * before it. A path that gave none may only lack its end, and is gone on with like any other. The
 * search begins at what the path shares with a right one, since that is no error.
 *
 * A first wrong step is not known
 *     if nothing right is found there, either: the policy is too weak, or the problem too hard;
 *     if right completions before are too few to tell them from none behind;
 *     if the counts are not monotone: right completions behind a prefix that was found dead;
 *     if prefixes between stay undecided: then it is one of several steps (BETWEEN);
 *     if the step only opens what follows it (io/split.h), which is no error.
 *
 * With two completers, as a weak and a strong one, the second looks where the first has located
 * something, at its step first, and as far as it must. Where both locate the same step they agree.
 * Else it is one of the steps from the first to the last that either names (BETWEEN): what the weak
 * one finds dead the strong one may still mend, and what the strong one mends may be wrong all the
 * same. Where one says nothing, nothing is known; nor is it where that is all steps.
 *
 * Of right paths (`rights`) the prefixes of 1, 2, 4, ... steps and of all but the last are probed:
 * an answer that is right behind steps from which no completion is has luck.
 *
 * Every probe stands in the finding, with its counts and its exact interval; what it has cost, in
 * that of the first path that has it. A path with a probe whose call failed for good has no
 * finding.
 *
 * Repeats. Paths of a tree share their probes, and one path may have a probe filled (prefixes.h)
 * that another only needs decided. So a path that is asked about again, because calls failed, may
 * find fewer completions behind a shared prefix than it would have found beside the others; and so
 * may all paths that come to a tree later. What is asked is the same, and mostly in the ledger:
 * less of it, never other answers. Which step is found follows from what stands in the finding.
 *
 * Ownership. Ports and texts of the setup are the caller's and outlive it.
 * Threads.   Those of its pass.
 * Errors.    CRUX_INVALID: a setup out of its ranges, or a critic that does not judge. CRUX_MEMORY.
 */
#ifndef IO_PASSES_LOCATE_H
#define IO_PASSES_LOCATE_H

#include "io/passes/prefixes.h"

#define LOCATE_BELOW_LEAST 0.001
#define LOCATE_BELOW_MOST  0.5

struct locate;

struct locate_setup {
    const char *maker;
    struct prefixes_completer completers[PREFIXES_COMPLETERS];
    uint32_t completer_count; /* 1 or 2 */
    struct crux_critic *outcome;
    uint64_t seed;
    double below;  /* LOCATE_BELOW_LEAST .. LOCATE_BELOW_MOST */
    uint32_t most; /* completions of a probe, 1 or more. Below prefixes_enough() nothing is dead but
                      what the tree alone decides */
    bool every;  /* every prefix is probed, not only those that decide: dearer, and counts that are
                    not monotone are all found */
    bool proved; /* also paths whose first wrong step the domain has proved */
    bool rights; /* right paths, too */
};

/* Why there is no step. */
enum locate_why {
    LOCATE_FOUND,        /* there is one: "" */
    LOCATE_HOPELESS,     /* nothing right from the problem itself */
    LOCATE_SHARED_DEAD,  /* nothing right from what a right path shares */
    LOCATE_UNCLEAR,      /* too few verdicts to say either */
    LOCATE_NOT_MONOTONE, /* right ones behind a prefix that was found dead */
    LOCATE_UNDECIDED,    /* BETWEEN: what lies between is undecided */
    LOCATE_WEAK,         /* right ones before are too few to tell them from none behind */
    LOCATE_DIFFER,       /* BETWEEN: the two completers name different steps */
    LOCATE_OPENS,        /* the step only opens what follows it */
    LOCATE_UNENDED,      /* a right path goes on where this one ends ... */
    LOCATE_WHOLE,        /* ... or a completion of it: no step is wrong, some are lacking */
    LOCATE_RIGHT,        /* it is a right path */
    LOCATE_WHYS
};

/* The phrase that is in findings. */
const char *locate_why(enum locate_why why);

/* What was found by this pass, and what it has asked. */
struct locate_counts {
    uint64_t how[LEARNT_HOWS];    /* wrong paths */
    uint64_t why[LOCATE_WHYS];    /* of all paths */
    uint64_t lucky;               /* right paths with a prefix that is dead to some completer */
    struct prefixes_counts asked; /* probes that paths share count once */
};

int locate_open(struct locate **out, const struct locate_setup *setup, struct crux_error *error);
void locate_close(struct locate *locate); /* NULL is fine; after trees_close() */

struct trees_work *locate_work(struct locate *locate);

const struct locate_counts *locate_counted(const struct locate *locate);

#endif
