/*
 * catalogue.h - the constructors behind the names of crux_policies.h.
 *
 * arg is what stood behind the colon, NULL without one. Threads: none is asked here.
 */
#ifndef POLICIES_CATALOGUE_H
#define POLICIES_CATALOGUE_H

#include "policies/crux_policies.h"

int numbers_policy_open(struct crux_policy **out, const char *arg, struct crux_error *error);
int recorded_policy_open(struct crux_policy **out, const char *arg, struct crux_error *error);
int process_policy_open(struct crux_policy **out, const char *arg, struct crux_error *error);
/* On a backend that is a program and outlives the policy. */
struct served;
int process_policy_on(struct crux_policy **out, struct served *served, struct crux_error *error);
int synthetic_policy_open(struct crux_policy **out, const char *arg, struct crux_error *error);

#endif
