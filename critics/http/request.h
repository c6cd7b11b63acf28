/*
 * request.h - what a service is sent: its template, filled in with what a call asks.
 *
 * Pure, any thread.
 */
#ifndef CRITICS_HTTP_REQUEST_H
#define CRITICS_HTTP_REQUEST_H

#include "critics/http/service.h"

/* The names that a template may use; NULL after the last. */
const char *const *service_names(void);

/* The body of the request about candidate number index, or about all of them. It ends in a NUL; the
 * caller frees. CRUX_MEMORY, CRUX_FAILED. */
int service_compose(char **out, const struct service *service, const struct crux_call *call,
                    uint32_t index, struct crux_error *error);

#endif
