/*
 * whole_file.c - writes a file beside its place and renames it.
 */
#include "io/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int whole_file_fail(struct crux_error *error, const char *path)
{
    return crux_fail(error, CRUX_STORE, "cannot write %.300s: %s", path, strerror(errno));
}

/* `DIR/.NAME.partial`. NULL: no memory. */
static char *partial_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    char *partial;

    return asprintf(&partial, "%.*s.%s.partial", (int)(name - path), path, name) < 0 ? NULL
                                                                                     : partial;
}

/* NULL: no memory. */
static char *parent_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
}

static int parent_check(const char *path, struct crux_error *error)
{
    char *parent = parent_name(path);
    int failed = parent == NULL ? -1 : access(parent, W_OK | X_OK);

    free(parent);
    return failed == 0 ? CRUX_OK : whole_file_fail(error, path);
}

/* The application_id of a database as SQLite's file format has it: four bytes, the first is the
 * highest. */
static uint32_t application_of(const unsigned char *start)
{
    return (uint32_t)start[68] << 24 | (uint32_t)start[69] << 16 | (uint32_t)start[70] << 8 |
           start[71];
}

/* Does it begin as SQLite's files do, and not as one of this kind? Nobody who writes a file means
 * to lose a store by it. */
static bool is_database(const char *path, uint32_t kind)
{
    static const char magic[] = "SQLite format 3";
    unsigned char start[72] = {0};
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool found = file >= 0 && read(file, start, sizeof start) >= (ssize_t)sizeof magic &&
                 memcmp(start, magic, sizeof magic) == 0;

    if (file >= 0)
        (void)close(file);
    return found && kind != WHOLE_FILE_ANY && (kind == 0 || application_of(start) != kind);
}

static int whole_file_check_kind(const char *path, bool force, uint32_t kind,
                                 struct crux_error *error)
{
    struct stat about;

    if (lstat(path, &about) != 0)
        return errno == ENOENT ? parent_check(path, error) : whole_file_fail(error, path);
    if (!S_ISREG(about.st_mode))
        return crux_fail(error, CRUX_STORE, "%.300s is there already and is no file", path);
    if (is_database(path, kind))
        return crux_fail(error, CRUX_STORE, "%.300s is a store, which nothing here replaces", path);
    if (!force)
        return crux_fail(error, CRUX_STORE, "%.300s is there already: --force replaces it", path);
    return parent_check(path, error);
}

int whole_file_check(const char *path, bool force, struct crux_error *error)
{
    return whole_file_check_kind(path, force, 0, error);
}

/* Open the partial file, maybe one that a killed writer left, and lock it. It is ours only if it
 * is still there under its name: another writer may have given it the final one in between. */
static int partial_open(int *out, const char *partial, struct crux_error *error)
{
    int file = open(partial, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    struct stat mine, there;

    if (file < 0)
        return whole_file_fail(error, partial);
    if (flock(file, LOCK_EX | LOCK_NB) != 0 || fstat(file, &mine) != 0 ||
        lstat(partial, &there) != 0 || mine.st_ino != there.st_ino || mine.st_dev != there.st_dev) {
        (void)close(file);
        return crux_fail(error, CRUX_STORE, "%.300s is being written by another crux", partial);
    }
    *out = file;
    return CRUX_OK;
}

static bool whole_file_write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, bytes, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

/* Without force a file that came in the meantime is not replaced either, where the file system can
 * tell. */
static bool place_file(const char *partial, const char *path, bool force)
{
    if (renameat2(AT_FDCWD, partial, AT_FDCWD, path, force ? 0 : RENAME_NOREPLACE) == 0)
        return true;
    return errno == EINVAL && rename(partial, path) == 0;
}

/* The new name is on the disk when its folder is. */
static void sync_parent(const char *path)
{
    char *parent = parent_name(path);
    int file = parent != NULL ? open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (file >= 0) {
        (void)fsync(file);
        (void)close(file);
    }
    free(parent);
}

/* --- begin and end ---------------------------------------------------------------------------- */

int whole_file_begin(struct whole_file *out, const char *path, bool force, uint32_t kind,
                     struct crux_error *error)
{
    struct whole_file whole = {.path = path, .force = force, .file = -1};
    int status = whole_file_check_kind(path, force, kind, error);

    if (status != CRUX_OK)
        return status;
    whole.partial = partial_name(path);
    if (whole.partial == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to write %.300s", path);
    status = partial_open(&whole.file, whole.partial, error);
    if (status == CRUX_OK && ftruncate(whole.file, 0) != 0) {
        status = whole_file_fail(error, path);
        (void)close(whole.file);
    }
    if (status == CRUX_OK)
        *out = whole;
    else
        free(whole.partial);
    return status;
}

int whole_file_end(struct whole_file *whole, int status, struct crux_error *error)
{
    if (status == CRUX_OK &&
        (fsync(whole->file) != 0 || !place_file(whole->partial, whole->path, whole->force)))
        status = whole_file_fail(error, whole->path);
    if (status == CRUX_OK)
        sync_parent(whole->path);
    else
        (void)unlink(whole->partial);
    (void)close(whole->file);
    free(whole->partial);
    return status;
}

int whole_file_write(const char *path, const char *bytes, size_t size, bool force,
                     struct crux_error *error)
{
    struct whole_file whole;
    int status = whole_file_begin(&whole, path, force, 0, error);

    if (status != CRUX_OK)
        return status;
    if (!whole_file_write_all(whole.file, bytes, size))
        status = whole_file_fail(error, path);
    return whole_file_end(&whole, status, error);
}
