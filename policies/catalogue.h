/*
 * catalogue.h - the constructors behind the names of crux_policies.h.
 *
 * arg is what stood behind the colon, NULL without one. backends: NULL for a policy that can do
 * without, where there are none. Threads: none is asked here.
 */
#ifndef POLICIES_CATALOGUE_H
#define POLICIES_CATALOGUE_H

#include "policies/crux_policies.h"

typedef int policy_open(struct crux_policy **out, const char *arg, struct crux_backends *backends,
                        struct crux_error *error);

policy_open numbers_policy_open, recorded_policy_open, process_policy_open, synthetic_policy_open,
    retrieve_policy_open, chat_policy_open;

#endif
