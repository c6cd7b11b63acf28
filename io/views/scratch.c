/*
 * scratch.c - O_TMPFILE, or where a file system has none, a name that is taken away at once.
 */
#include "io/views/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int scratch_named(const char *folder)
{
    char *path;
    int file;

    if (asprintf(&path, "%s/.crux-scratch-XXXXXX", folder) < 0) {
        errno = ENOMEM;
        return -1;
    }
    file = mkostemp(path, O_CLOEXEC);
    if (file >= 0)
        (void)unlink(path);
    free(path);
    return file;
}

int scratch_open(int *out, const char *folder, struct crux_error *error)
{
    int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (file < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
        file = scratch_named(folder);
    if (file < 0)
        return crux_fail(error, errno == ENOMEM ? CRUX_MEMORY : CRUX_STORE,
                         "cannot make a temporary file in %s: %s", folder, strerror(errno));
    *out = file;
    return CRUX_OK;
}
