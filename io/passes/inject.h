/*
 * inject.h - wrong paths made of right ones: a pass that has a model put false details into right
 * paths of finished trees (Critic-V's VEST, arXiv 2411.18203), and keeps them as findings of kind
 * `injection` (learnt.h).
 *
 *     right path --injector--> the path with false details --outcome critic--> is it wrong now?
 *
 * The injector is an annotating critic that injects. How many details it is asked for, of `least`
 * to `most`, is drawn from the seed. A path whose answer is judged right in spite of them, or of
 * which nobody can tell, is no wrong path; it is kept with its verdict, so that it is not asked for
 * again, and counted. So is one of which the injector has made nothing that can be used.
 *
 * Ownership. Ports and texts of the setup are the caller's and outlive it.
 * Threads.   Those of its pass.
 * Errors.    CRUX_INVALID: a critic that does not inject. What is not of the form that
 *            crux_call.details says fails its path with a sentence. CRUX_MEMORY.
 */
#ifndef IO_PASSES_INJECT_H
#define IO_PASSES_INJECT_H

#include "io/passes/trees.h"

struct inject;

struct inject_setup {
    struct crux_critic *injector, *outcome;
    const char *maker, *model; /* the model's name; "" where it has none */
    uint32_t paths;            /* right paths of a tree, the first ones; 0: all */
    uint32_t least, most;      /* details, 1 .. INJECTED_MOST */
    uint64_t seed;
};

/* Paths that were kept by this pass, by the verdict on them. */
struct inject_counts {
    uint64_t wrong, right, unknown, unusable;
    uint64_t details; /* in the wrong ones */
};

int inject_open(struct inject **out, const struct inject_setup *setup, struct crux_error *error);
void inject_close(struct inject *inject); /* NULL is fine */

struct trees_work *inject_work(struct inject *inject);

const struct inject_counts *inject_counted(const struct inject *inject);

#endif
