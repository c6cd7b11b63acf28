/*
 * copied.h - copies of how a model is asked and how its servers are spoken to, which live as long
 * as its backend.
 *
 * Any thread.
 */
#ifndef IO_BACKENDS_COPIED_H
#define IO_BACKENDS_COPIED_H

#include "io/crux_io.h"

/* *to owns its texts, also when this fails: copied_chat_free() takes it either way. CRUX_MEMORY. */
int copied_chat(struct crux_chat *to, const struct crux_chat *from, struct crux_error *error);
void copied_chat_free(struct crux_chat *chat); /* a zeroed one too */

/* The same for what is said of an endpoint. */
int copied_endpoint(struct crux_endpoint *to, const struct crux_endpoint *from,
                    struct crux_error *error);
void copied_endpoint_free(struct crux_endpoint *endpoint);

#endif
