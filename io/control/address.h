/*
 * address.h - where the socket of a store lies, whatever the length of its path.
 */
#ifndef IO_CONTROL_ADDRESS_H
#define IO_CONTROL_ADDRESS_H

#include <sys/socket.h>
#include <sys/un.h>

#include "search/crux.h"

struct control_address {
    int folder;     /* open for nothing but its names (O_PATH) */
    char file[100]; /* in it */
    struct sockaddr_un name;
    socklen_t length;
};

/* store: a file that is there. To be closed. CRUX_STORE: it is not, or its folder cannot be opened.
 */
int control_address_open(struct control_address *out, const char *store, struct crux_error *error);
void control_address_close(struct control_address *address);

#endif
