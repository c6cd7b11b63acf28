/*
 * socket.h - the socket of a run: made so that only its user can open it, and taken away again.
 */
#ifndef IO_CONTROL_SOCKET_H
#define IO_CONTROL_SOCKET_H

#include "io/control/address.h"
#include "io/control/control.h"

struct control_socket {
    int file;
    struct control_address address;
    dev_t device; /* of its name, ... */
    ino_t inode;  /* ... which is removed only while it is ours */
};

int control_socket_open(struct control_socket *out, const char *store, struct crux_error *error);
void control_socket_close(struct control_socket *socket);

/* A connection, which does not block; below 0: errno says why there is none. */
int control_socket_accept(const struct control_socket *socket, struct control_peer *peer);

/* Who is at the other end? False: the kernel does not say. */
bool control_socket_peer(int file, struct control_peer *out);

/* Does a run of ours obey this one? */
bool control_socket_obeys(const struct control_peer *peer);

#endif
