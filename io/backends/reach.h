/*
 * reach.h - how a served model is reached: by its endpoints, and those of a roster (muster.h).
 *
 * Threads. One at a time.
 */
#ifndef IO_BACKENDS_REACH_H
#define IO_BACKENDS_REACH_H

#include "io/backends/inside.h"

enum { REACH_ENDPOINTS_MOST = 64 };

/* Sets backend->served and ->muster. Name and chat of the backend are complete, and stay. A replay
 * reaches nobody. */
int reach_open(struct backend *backend, const struct crux_backends *backends,
               const struct crux_backend *said, struct crux_error *error);
void reach_close(struct backend *backend); /* also after a failure */

#endif
