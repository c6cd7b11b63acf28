/*
 * server.h - HTTP over loopback, for answers.h.
 *
 * A thread of libmicrohttpd hears on 127.0.0.1 and answers one request after the other. Most
 * connections, the bytes of a request's head and the seconds that one may be silent have limits.
 *
 * Ownership. answers stay the caller's, and are the server's thread's between open and close.
 *            server_close() takes NULL.
 * Threads.   open and close by one thread.
 * Errors.    CRUX_INVALID: the port cannot be had, and why.
 */
#ifndef IO_CLI_WATCH_SERVER_H
#define IO_CLI_WATCH_SERVER_H

#include "io/cli/watch/answers.h"

struct server;

/* port 0: any that is free; answers->port is then the one that it has. */
int server_open(struct server **out, struct answers *answers, uint16_t port,
                struct crux_error *error);
void server_close(struct server *server);

#endif
