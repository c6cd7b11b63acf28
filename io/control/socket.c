/*
 * socket.c - makes, names and guards the socket of a run.
 */
#include "io/control/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SOCKET_BACKLOG = 16, SOCKET_MODE = 0600 };

bool control_socket_peer(int file, struct control_peer *out)
{
    struct ucred credentials;
    socklen_t size = sizeof credentials;

    if (getsockopt(file, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return false;
    *out = (struct control_peer){credentials.pid, credentials.uid};
    return true;
}

bool control_socket_obeys(const struct control_peer *peer)
{
    return peer->user == 0 || peer->user == geteuid();
}

int control_socket_accept(const struct control_socket *socket, struct control_peer *peer)
{
    int file = accept4(socket->file, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (file >= 0 && !control_socket_peer(file, peer)) {
        (void)close(file);
        errno = ECONNABORTED;
        return -1;
    }
    return file;
}

/* The store is ours alone, so whoever made a socket under this name has died. */
static int socket_clear_name(const struct control_address *address, struct crux_error *error)
{
    struct stat about;

    if (fstatat(address->folder, address->file, &about, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT
                   ? CRUX_OK
                   : crux_fail(error, CRUX_STORE, "%s: %s", address->file, strerror(errno));
    if (!S_ISSOCK(about.st_mode))
        return crux_fail(error, CRUX_STORE, "%s is there and is no socket", address->file);
    if (unlinkat(address->folder, address->file, 0) != 0 && errno != ENOENT)
        return crux_fail(error, CRUX_STORE, "%s is there and cannot be replaced: %s", address->file,
                         strerror(errno));
    return CRUX_OK;
}

/* bind() gives the name the mode that the socket has, so that there is no moment in which it is
 * open to others, whatever the umask, which belongs to all threads. */
static int socket_bind(struct control_socket *out, struct crux_error *error)
{
    const struct control_address *address = &out->address;
    struct stat about;

    if (fchmod(out->file, SOCKET_MODE) != 0 ||
        bind(out->file, (const struct sockaddr *)&address->name, address->length) != 0)
        return crux_fail(error, CRUX_STORE, "no socket %s can be made there: %s", address->file,
                         strerror(errno));
    if (fstatat(address->folder, address->file, &about, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISSOCK(about.st_mode) || (about.st_mode & 0777 & ~(mode_t)SOCKET_MODE) != 0 ||
        about.st_uid != geteuid()) {
        (void)unlinkat(address->folder, address->file, 0);
        return crux_fail(error, CRUX_STORE, "the socket %s would be open to other users here",
                         address->file);
    }
    out->device = about.st_dev;
    out->inode = about.st_ino;
    return CRUX_OK;
}

int control_socket_open(struct control_socket *out, const char *store, struct crux_error *error)
{
    struct control_socket made = {.file = -1};
    int status = control_address_open(&made.address, store, error);

    if (status != CRUX_OK)
        return status;
    made.file = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made.file < 0)
        status = crux_fail(error, CRUX_STORE, "no socket can be made: %s", strerror(errno));
    if (status == CRUX_OK)
        status = socket_clear_name(&made.address, error);
    if (status == CRUX_OK)
        status = socket_bind(&made, error);
    if (status == CRUX_OK && listen(made.file, SOCKET_BACKLOG) != 0)
        status = crux_fail(error, CRUX_STORE, "%s: %s", made.address.file, strerror(errno));
    if (status == CRUX_OK)
        *out = made;
    else
        control_socket_close(&made);
    return status;
}

void control_socket_close(struct control_socket *socket)
{
    const struct control_address *address = &socket->address;
    struct stat about;

    if (socket->inode != 0 &&
        fstatat(address->folder, address->file, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
        about.st_dev == socket->device && about.st_ino == socket->inode)
        (void)unlinkat(address->folder, address->file, 0);
    if (socket->file >= 0)
        (void)close(socket->file);
    control_address_close(&socket->address);
}
