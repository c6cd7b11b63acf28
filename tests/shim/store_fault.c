/*
 * store_fault.c - preloaded into a program: ends it, or fails, at its n-th system call on a store.
 *
 *     STORE_FAULT_FILE    what the names of the store's files have in them: run.db
 *     STORE_FAULT_COUNT   a file that gets the number of such calls when the program ends
 *     STORE_FAULT_AT      the call, from 1; 0: none
 *     STORE_FAULT_KIND    kill: before the call. torn: after half of what it writes. Or the number
 *                         of an error that it fails with; with a + behind it, as do all later ones
 *
 * Such calls are those that can change a file: opening, writing, cutting, flushing, locking,
 * removing. Reading leaves everything as it was.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { FAULT_FILES = 1024 };

static atomic_bool fault_ours[FAULT_FILES]; /* by descriptor */
static atomic_long fault_calls;

static const char *fault_setting(const char *name)
{
    const char *value = getenv(name);

    return value != NULL ? value : "";
}

static bool fault_is_ours(const char *path)
{
    const char *part = fault_setting("STORE_FAULT_FILE");

    return part[0] != '\0' && path != NULL && strstr(path, part) != NULL;
}

static bool fault_has(int descriptor)
{
    return descriptor >= 0 && descriptor < FAULT_FILES && atomic_load(&fault_ours[descriptor]);
}

enum fault { FAULT_NONE, FAULT_HALF, FAULT_FAILS };

static enum fault fault_now(void)
{
    const char *kind = fault_setting("STORE_FAULT_KIND");
    long at = atol(fault_setting("STORE_FAULT_AT")), call = atomic_fetch_add(&fault_calls, 1) + 1;
    bool later = kind[0] != '\0' && kind[strlen(kind) - 1] == '+';

    if (at == 0 || call < at || (call > at && !later))
        return FAULT_NONE;
    if (strcmp(kind, "kill") == 0)
        (void)kill(getpid(), SIGKILL);
    if (strcmp(kind, "torn") == 0)
        return FAULT_HALF;
    errno = atoi(kind);
    return FAULT_FAILS;
}

__attribute__((destructor)) static void fault_tell(void)
{
    FILE *file = fopen(fault_setting("STORE_FAULT_COUNT"), "w");

    if (file == NULL)
        return;
    (void)fprintf(file, "%ld\n", atomic_load(&fault_calls));
    (void)fclose(file);
}

/* A function that the linker knows by the name of the C library's; here it has one of its own, for
 * the library's headers declare that name as they like. */
#define INSTEAD_OF(type, name, parameters)                                                         \
    type instead_of_##name parameters __asm__(#name);                                              \
    type instead_of_##name parameters

/* The next function of this name; ISO C has no conversion for it. */
#define NEXT(name)                                                                                 \
    __typeof__(&(name)) next;                                                                      \
    void *found = dlsym(RTLD_NEXT, #name);                                                         \
    memcpy(&next, &found, sizeof next)

typedef int open_call(const char *, int, ...);

static int fault_open(open_call *next, const char *path, int flags, unsigned mode)
{
    int descriptor;

    if (!fault_is_ours(path))
        return next(path, flags, mode);
    if (fault_now() == FAULT_FAILS)
        return -1;
    descriptor = next(path, flags, mode);
    if (descriptor >= 0 && descriptor < FAULT_FILES)
        atomic_store(&fault_ours[descriptor], true);
    return descriptor;
}

static unsigned fault_mode(int flags, va_list arguments)
{
    return (flags & O_CREAT) != 0 ? va_arg(arguments, unsigned) : 0;
}

INSTEAD_OF(int, open, (const char *path, int flags, ...))
{
    va_list arguments;
    unsigned mode;
    NEXT(open);

    va_start(arguments, flags);
    mode = fault_mode(flags, arguments);
    va_end(arguments);
    return fault_open(next, path, flags, mode);
}

INSTEAD_OF(int, open64, (const char *path, int flags, ...))
{
    va_list arguments;
    unsigned mode;
    NEXT(open64);

    va_start(arguments, flags);
    mode = fault_mode(flags, arguments);
    va_end(arguments);
    return fault_open(next, path, flags, mode);
}

INSTEAD_OF(int, close, (int descriptor))
{
    NEXT(close);

    if (descriptor >= 0 && descriptor < FAULT_FILES)
        atomic_store(&fault_ours[descriptor], false);
    return next(descriptor);
}

typedef ssize_t write_call(int, const void *, size_t, off_t);

static ssize_t fault_write(write_call *next, int file, const void *bytes, size_t size, off_t at)
{
    enum fault fault = fault_has(file) ? fault_now() : FAULT_NONE;

    if (fault == FAULT_FAILS)
        return -1;
    if (fault == FAULT_HALF) {
        (void)next(file, bytes, size / 2, at);
        (void)kill(getpid(), SIGKILL);
    }
    return next(file, bytes, size, at);
}

INSTEAD_OF(ssize_t, pwrite, (int descriptor, const void *bytes, size_t size, off_t at))
{
    NEXT(pwrite);

    return fault_write(next, descriptor, bytes, size, at);
}

INSTEAD_OF(ssize_t, pwrite64, (int descriptor, const void *bytes, size_t size, off_t at))
{
    NEXT(pwrite64);

    return fault_write(next, descriptor, bytes, size, at);
}

#define ON_FILE(type, name, parameters, arguments)                                                 \
    INSTEAD_OF(type, name, parameters)                                                             \
    {                                                                                              \
        NEXT(name);                                                                                \
        return fault_has(descriptor) && fault_now() == FAULT_FAILS ? -1 : next arguments;          \
    }

ON_FILE(int, ftruncate, (int descriptor, off_t size), (descriptor, size))
ON_FILE(int, ftruncate64, (int descriptor, off_t size), (descriptor, size))
ON_FILE(int, fsync, (int descriptor), (descriptor))
ON_FILE(int, fdatasync, (int descriptor), (descriptor))
ON_FILE(int, flock, (int descriptor, int operation), (descriptor, operation))

INSTEAD_OF(int, unlink, (const char *path))
{
    NEXT(unlink);

    return fault_is_ours(path) && fault_now() == FAULT_FAILS ? -1 : next(path);
}
