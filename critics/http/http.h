/*
 * http.h - critic `http`: scores and verdicts of a service of JSON over HTTP, as a file describes
 * it (critics/http/service.h).
 *
 * Its calls are questions to a backend of its own, by the service's name: kept, accounted for,
 * tried again and replayed like those to models. It does not see the reference answer. It answers
 * late.
 */
#ifndef CRITICS_HTTP_HTTP_H
#define CRITICS_HTTP_HTTP_H

#include "io/crux_io.h"

/* verb: SCORE or JUDGE. backends may be NULL: then nothing is kept. CRUX_INVALID: the file is not
 * as it must be. */
int http_critic_open(struct crux_critic **out, enum crux_verb verb, const char *file,
                     struct crux_backends *backends, struct crux_error *error);

/* Is the file as it must be? */
int http_critic_check(enum crux_role role, const char *file, struct crux_error *error);

#endif
