/*
 * retrieve.h - policy retrieve: documents for steps of kind DOC, from an index or from a service.
 *
 *     plan.h    its settings          wanted.h   what a call asks for, and what must not come
 *     found.h   documents as steps    local.c    an index, searched by threads of its own (pool.h)
 *     service.h, remote.c             a service of JSON over HTTP, by way of the ledger
 */
#ifndef POLICIES_RETRIEVE_RETRIEVE_H
#define POLICIES_RETRIEVE_RETRIEVE_H

#include "io/sentences.h"
#include "policies/crux_policies.h"
#include "policies/retrieve/plan.h"

/* What both kinds have; the first member of theirs. */
struct retrieve_policy {
    struct crux_policy policy; /* first */
    struct retrieve_plan plan;
    struct sentences sentences;
};

/* Zeroed, but that its port can ask and cancel. NULL: no memory. */
struct retrieve_policy *retrieve_local_new(uint32_t threads);
struct retrieve_policy *retrieve_remote_new(void);

/* Open what its plan names. */
int retrieve_local_begin(struct retrieve_policy *policy, struct crux_error *error);
int retrieve_remote_begin(struct retrieve_policy *policy, struct crux_backends *backends,
                          struct crux_error *error);

/* Close it, also where that has failed; what they have in common and the memory remain. */
void retrieve_local_end(struct retrieve_policy *policy);
void retrieve_remote_end(struct retrieve_policy *policy);

#endif
