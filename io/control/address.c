/*
 * address.c - names the socket of a store.
 */
#include "io/control/address.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/hash.h"

#define ADDRESS_ENDING "-ctl"

enum { ADDRESS_FILE_MOST = 80, ADDRESS_DIGITS = 16 };

_Static_assert(sizeof "/proc/self/fd/2147483647/" + ADDRESS_FILE_MOST <=
                   sizeof((struct sockaddr_un *)NULL)->sun_path,
               "a name has room behind /proc/self/fd and any number");

static void address_name_file(struct control_address *out, const char *store_name)
{
    char hex[HASH_HEX];

    if (strlen(store_name) + strlen(ADDRESS_ENDING) <= ADDRESS_FILE_MOST) {
        (void)snprintf(out->file, sizeof out->file, "%s" ADDRESS_ENDING, store_name);
        return;
    }
    hash_hex(store_name, strlen(store_name), hex);
    (void)snprintf(out->file, sizeof out->file, "crux-%.*s" ADDRESS_ENDING, ADDRESS_DIGITS, hex);
}

/* The plain path where it fits, since that needs no /proc. */
static void address_name_socket(struct control_address *out, const char *folder)
{
    size_t room = sizeof out->name.sun_path;
    int length;

    out->name.sun_family = AF_UNIX;
    length = snprintf(out->name.sun_path, room, "%s/%s", folder, out->file);
    if (length >= (int)room)
        length = snprintf(out->name.sun_path, room, "/proc/self/fd/%d/%s", out->folder, out->file);
    assert(length > 0 && length < (int)room);
    out->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length + 1);
}

int control_address_open(struct control_address *out, const char *store, struct crux_error *error)
{
    struct control_address address = {.folder = -1};
    char *path = realpath(store, NULL), *slash;
    const char *folder;
    int status = CRUX_OK;

    if (path == NULL)
        return crux_fail(error, CRUX_STORE, "%.300s cannot be opened: %s", store, strerror(errno));
    slash = strrchr(path, '/');
    *slash = '\0';
    folder = path[0] != '\0' ? path : "/";
    address_name_file(&address, slash + 1);
    address.folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (address.folder < 0)
        status =
            crux_fail(error, CRUX_STORE, "%.300s cannot be opened: %s", folder, strerror(errno));
    else
        address_name_socket(&address, path);
    free(path);
    if (status == CRUX_OK)
        *out = address;
    else
        control_address_close(&address);
    return status;
}

void control_address_close(struct control_address *address)
{
    if (address->folder >= 0)
        (void)close(address->folder);
    address->folder = -1;
}
