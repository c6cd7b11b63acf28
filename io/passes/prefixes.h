/*
 * prefixes.h - can it still be answered rightly from here? Completions of the first steps of paths
 * of one tree, as many as it takes to know.
 *
 *     prefixes_open() -> prefixes_probe() -> prefixes_next() <-> prefixes_answered() ... the probe
 *
 * A probe is a prefix, as its texts say it, and who completes it. Answers that the search had from
 * exactly its node come first, if it was this policy that searched: they were drawn as completions
 * are, without looking further. Of the path that is looked at its own answer is one of them, where
 * it ends at this node, and only there; the probe is that of every other path that begins so. Then
 * completions are asked for, in batches that double (adaptive k: EpicPRM, arXiv 2503.02382), until
 *     alive      one is right; or
 *     dead       none is, and the exact 95 % interval (figures_exact()) of the share of right ones
 *                ends at `below` or lower; or
 *     undecided  `most` were asked for or drawn, or the policy has nothing to go on with.
 * How many wrong ones are dead follows from `below` alone. So of prefixes of which one completion
 * in 1 / below is right, 2.5 % are found dead: to look after each batch whether there is a right
 * one adds nothing to that. The interval of an alive one is right below; its upper end is a little
 * low, since the batch with the first right one is the last.
 *
 * One right completion of four, and none of 36 behind the next step: that may be chance. Who has to
 * tell the two apart (prefixes_apart()) may have all completions asked for that `most` allows
 * (prefixes_fill()).
 *
 * Paths that share a prefix share its probe: who needs one that another has begun waits for it.
 *
 * Repeats.   A probe's questions depend on the run's seed, the problem, the completer and the texts
 *            of the steps, not on who asks first.
 * Ownership. The plan, its ports, and steps and items given to a probe are the caller's, and stay
 *            until prefixes_close().
 * Threads.   Those of its pass.
 * Errors.    CRUX_MEMORY. A call that failed for good is no error: `failure` says why.
 */
#ifndef IO_PASSES_PREFIXES_H
#define IO_PASSES_PREFIXES_H

#include "io/passes/bisect.h"
#include "io/passes/completions.h"
#include "io/passes/trees.h"

enum { PREFIXES_COMPLETERS = 2, PREFIXES_BATCH = 4 /* the first */ };

struct prefixes_completer {
    struct crux_policy *policy;
    bool searched; /* the trees' answers are this policy's */
};

/* Of all trees of a pass; the caller's, zeroed. */
struct prefixes_counts {
    uint64_t probes;    /* decided or not; of these ... */
    uint64_t by_tree;   /* ... by the tree's answers alone, */
    uint64_t undecided; /* ... not */
    uint64_t calls;     /* of policies, for ... */
    uint64_t asked;     /* ... so many completions, of which ... */
    uint64_t judged;    /* ... so many have a verdict */
};

struct prefixes_plan {
    struct prefixes_completer completers[PREFIXES_COMPLETERS];
    uint32_t completer_count;
    struct crux_critic *outcome;
    uint64_t seed;
    double below;  /* in (0, 1) */
    uint32_t most; /* completions of a probe: 1 or more */
    struct prefixes_counts *counts;
};

/* Who waits for a probe; the caller's, zeroed. */
struct prefixes_waiter {
    struct trees_item *item;
    struct prefixes_waiter *next;
    bool waits;
};

struct prefixes_probe {
    struct completions completions; /* first: a question is its probe */
    enum bisect_state state;
    uint32_t completer, prefix;
    bool decided, filled;
    struct learnt_count first; /* completions when it was decided, before any filling */
    uint32_t right, of;        /* with a verdict, now; of these ... */
    uint32_t from_tree;        /* ... as many from the tree */
    uint32_t asked;            /* completions that were asked for, ... */
    uint32_t calls;            /* ... by how many calls of the policy, ... */
    uint32_t batch;            /* ... of which one for so many is not done; 0: none */
    struct crux_paid cost;     /* of all its calls, and ... */
    bool paid;                 /* ... it stands in the finding of a path */
    char *failure;             /* NULL: none */
    struct crux_state begin;
    uint64_t seed;
    struct prefixes_waiter *waiters;
    struct prefixes_probe *next;
};

struct prefixes;

/* room: about as many probes as there will be. */
int prefixes_open(struct prefixes **out, const struct prefixes_plan *plan,
                  const struct crux_tree *tree, size_t room, struct crux_error *error);
void prefixes_close(struct prefixes *prefixes); /* NULL is fine */

/* The probe of the steps up to last (NULL: of the problem alone), which is the same for the same
 * texts. node: of the tree, at which they end; CRUX_NO_NODE. */
int prefixes_probe(struct prefixes *prefixes, uint32_t completer, const struct crux_step *last,
                   uint32_t node, struct prefixes_probe **out, struct crux_error *error);

/* Is it known from the tree alone? node as above. */
bool prefixes_known(const struct prefixes *prefixes, uint32_t completer, uint32_t node);

/* The next question of a probe. CRUX_PENDING: it is in flight, and the waiter's item is woken
 * (trees_wake()) when it is answered; CRUX_END: the probe is decided, or has failed. */
int prefixes_next(struct prefixes *prefixes, struct prefixes_probe *probe,
                  struct prefixes_waiter *waiter, struct passes_question **out);

/* As passes_answered(), of a question of a probe. */
int prefixes_answered(struct prefixes *prefixes, struct passes_question *question, int status,
                      struct crux_error *error);

/* Ask for all completions that `most` allows, if that was not done: prefixes_next() has it. The
 * probe is decided, and stays alive if it was. */
void prefixes_fill(struct prefixes *prefixes, struct prefixes_probe *probe);

/* If both had the same share of right completions, would the chance that all the right ones are
 * before, as they are, be 2.5 % or less (Fisher's exact test)? None is right behind. */
bool prefixes_apart(struct learnt_count before, struct learnt_count behind);

/* Completions without a right one that it takes to find a prefix dead. */
uint32_t prefixes_enough(double below);

/* The most calls of the policy for one probe that is not filled. */
uint32_t prefixes_calls(const struct prefixes_plan *plan);

#endif
