/*
 * advice.h - how many calls a server should have in flight, and how one knows.
 *
 * Pure; any thread.
 */
#ifndef IO_CLI_ADVICE_H
#define IO_CLI_ADVICE_H

#include "io/crux_io.h"

enum { ADVICE_BYTES = 400 };

/* One sentence for this server, one of `endpoints` of its kind. The number, for all of them
 * together; 0: the server does not tell, and the sentence says where its number stands. */
uint64_t advice_in_flight(char out[ADVICE_BYTES], const struct crux_server *server,
                          uint64_t endpoints);

#endif
