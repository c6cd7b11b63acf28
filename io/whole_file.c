/*
 * whole_file.c - writes a file beside its place and renames it.
 */
#include "io/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int whole_file_fail(struct crux_error *error, const char *path)
{
    return crux_fail(error, CRUX_STORE, "cannot write %.300s: %s", path, strerror(errno));
}

/* NULL: no memory. */
static char *partial_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    char *partial;

    return asprintf(&partial, "%.*s.%s.partial-%d", (int)(name - path), path, name, (int)getpid()) <
                   0
               ? NULL
               : partial;
}

static int parent_check(const char *path, struct crux_error *error)
{
    const char *slash = strrchr(path, '/');
    char *parent = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
    int failed = parent == NULL ? -1 : access(parent, W_OK | X_OK);

    free(parent);
    return failed == 0 ? CRUX_OK : whole_file_fail(error, path);
}

int whole_file_check(const char *path, bool force, struct crux_error *error)
{
    struct stat about;

    if (lstat(path, &about) != 0)
        return errno == ENOENT ? parent_check(path, error) : whole_file_fail(error, path);
    if (!S_ISREG(about.st_mode))
        return crux_fail(error, CRUX_STORE, "%.300s is there already and is no file", path);
    if (!force)
        return crux_fail(error, CRUX_STORE, "%.300s is there already: --force replaces it", path);
    return parent_check(path, error);
}

static bool whole_file_write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, bytes, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return fsync(file) == 0;
}

/* Without force a file that came in the meantime is not replaced either, where the file system can
 * tell. */
static int place_file(const char *partial, const char *path, bool force)
{
    int failed = renameat2(AT_FDCWD, partial, AT_FDCWD, path, force ? 0 : RENAME_NOREPLACE);

    return failed != 0 && errno == EINVAL ? rename(partial, path) : failed;
}

int whole_file_write(const char *path, const char *bytes, size_t size, bool force,
                     struct crux_error *error)
{
    int status = whole_file_check(path, force, error), file;
    char *partial;

    if (status != CRUX_OK)
        return status;
    partial = partial_name(path);
    if (partial == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to write %.300s", path);
    file = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) {
        status = whole_file_fail(error, path);
    } else {
        bool whole = whole_file_write_all(file, bytes, size);

        whole &= close(file) == 0;
        if (!whole || place_file(partial, path, force) != 0) {
            status = whole_file_fail(error, path);
            (void)unlink(partial);
        }
    }
    free(partial);
    return status;
}
