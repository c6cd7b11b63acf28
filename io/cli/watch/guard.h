/*
 * guard.h - who may ask `crux watch`.
 *
 * The server hears on loopback alone, but so do all users of the machine, and every page that a
 * browser opens can send requests there. Three things hold them off, each of which is enough:
 *
 *     token   128 random bits in the path. Nobody knows them who has not read them off the terminal
 *     host    the header Host is the address that was printed. A page of elsewhere whose name was
 *             made to lead to loopback (DNS rebinding) has its own name in it
 *     peer    the other end of the connection belongs to the same user, or to root, by the
 *             system's table of connections
 *
 * Threads. Pure, or reads the system's tables; any thread.
 */
#ifndef IO_CLI_WATCH_GUARD_H
#define IO_CLI_WATCH_GUARD_H

#include <netinet/in.h>
#include <stdio.h>

#include "search/crux.h"

enum { GUARD_TOKEN = 32 }; /* hexadecimal digits */

/* A new token, ended by NUL. CRUX_STORE: the system gives no random bytes. */
int guard_token(char out[GUARD_TOKEN + 1], struct crux_error *error);

/* Is it the token? Takes as long whatever differs. */
bool guard_same(const char token[GUARD_TOKEN + 1], const char *given, size_t length);

/* Is it a host's name as the printed address has it? NULL: there is no such header. */
bool guard_host(const char *host, uint16_t port);

enum guard_peer {
    GUARD_OURS,
    GUARD_FOREIGN, /* another user's */
    GUARD_UNKNOWN  /* the system does not say */
};

/* The two ends of a connection over IPv4, as the server sees them. */
struct guard_ends {
    struct sockaddr_in client, server;
};

/* Whose is the client's end by a table in the form of /proc/net/tcp or, with mapped, tcp6, where an
 * IPv4 address is one of IPv6? One that nobody holds any more is nobody's. */
enum guard_peer guard_peer_in(FILE *table, bool mapped, const struct guard_ends *ends, uid_t user);

/* By the system's tables. */
enum guard_peer guard_peer(const struct guard_ends *ends, uid_t user);

#endif
