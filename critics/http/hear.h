/*
 * hear.h - what a service's reply says of a candidate.
 *
 * Pure, any thread.
 */
#ifndef CRITICS_HTTP_HEAR_H
#define CRITICS_HTTP_HEAR_H

#include "critics/http/service.h"
#include "critics/said.h"

struct json;

/* *out borrows its texts from the reply; *steps, the rewards of its steps, is the caller's to free,
 * NULL where there are none. star: the candidate's place in the reply. CRUX_FAILED: something is
 * not as it must be; the sentence names the pointer and what was expected. CRUX_MEMORY. */
int service_hear(struct said *out, double **steps, const struct service *service,
                 enum crux_verb verb, const struct json *reply, uint32_t star,
                 struct crux_error *error);

#endif
