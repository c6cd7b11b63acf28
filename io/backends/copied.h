/*
 * copied.h - a copy of how a model is asked, which lives as long as its backend.
 *
 * Any thread.
 */
#ifndef IO_BACKENDS_COPIED_H
#define IO_BACKENDS_COPIED_H

#include "io/crux_io.h"

/* *to owns its texts, also when this fails: copied_chat_free() takes it either way. CRUX_MEMORY. */
int copied_chat(struct crux_chat *to, const struct crux_chat *from, struct crux_error *error);
void copied_chat_free(struct crux_chat *chat); /* a zeroed one too */

#endif
