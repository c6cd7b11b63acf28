/*
 * retrieve.h - policy retrieve: documents for steps of kind DOC, from an index or from a service.
 *
 *     plan.h    its settings          wanted.h   what a call asks for, and what must not come
 *     found.h   documents as steps    local.c    an index, searched by threads of its own (pool.h)
 *     service.h, remote.c             a service of JSON over HTTP, by way of the ledger
 */
#ifndef POLICIES_RETRIEVE_RETRIEVE_H
#define POLICIES_RETRIEVE_RETRIEVE_H

#include "policies/crux_policies.h"
#include "policies/retrieve/plan.h"

/* Both own *plan from now on, also when they fail. */
int retrieve_local_open(struct crux_policy **out, struct retrieve_plan *plan,
                        struct crux_error *error);
int retrieve_remote_open(struct crux_policy **out, struct retrieve_plan *plan,
                         struct crux_backends *backends, struct crux_error *error);

#endif
