/*
 * told.c - what a running program tells of itself beside its store.
 *
 * It is written under another name and renamed, so that a reader has all of it or none. It is not
 * flushed: it is worth nothing after a power cut. Whatever goes wrong is no reason to end a run.
 */
#include "io/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TOLD_MOST = 65536 };

/* Behind all links, as SQLite names what lies beside. */
static bool told_name(char out[PATH_MAX], const struct crux_store *store, const char *ending)
{
    char real[PATH_MAX];
    int length;

    if (realpath(store->path, real) == NULL)
        return false;
    length = snprintf(out, PATH_MAX, "%s%s", real, ending);
    return length > 0 && length < PATH_MAX;
}

/* What lies there is somebody's who may write in the folder: nothing of it is written through, and
 * nobody waits for the other end of a pipe. */
static FILE *told_open(const char *path, int how, const char *mode)
{
    int descriptor = open(path, how | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, mode) : NULL;

    if (descriptor >= 0 && file == NULL)
        (void)close(descriptor);
    return file;
}

static bool told_write(const char *path, const char *text)
{
    FILE *file = unlink(path) == 0 || errno == ENOENT
                     ? told_open(path, O_WRONLY | O_CREAT | O_EXCL, "w")
                     : NULL;
    bool whole = file != NULL && fputs(text, file) >= 0 && fputc('\n', file) != EOF;

    if (file != NULL)
        whole = fclose(file) == 0 && whole;
    return whole;
}

void store_tell(struct crux_store *store, const char *text)
{
    char path[PATH_MAX], fresh[PATH_MAX];

    if (!store->write || !told_name(path, store, STORE_TOLD) ||
        !told_name(fresh, store, STORE_TOLD_NEXT))
        return;
    if (text == NULL)
        (void)unlink(path);
    if (text == NULL || !told_write(fresh, text) || rename(fresh, path) != 0)
        (void)unlink(fresh);
}

char *store_told(const struct crux_store *store)
{
    char path[PATH_MAX], *text = NULL;
    FILE *file = told_name(path, store, STORE_TOLD) ? told_open(path, O_RDONLY, "r") : NULL;
    size_t length;

    if (file == NULL)
        return NULL;
    text = malloc(TOLD_MOST + 1);
    if (text != NULL) {
        length = fread(text, 1, TOLD_MOST, file);
        text[length] = '\0';
    }
    (void)fclose(file);
    return text;
}
