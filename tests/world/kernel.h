/*
 * kernel.h - calls into the system that fail when a test says so: the next ones of a name, of the
 * thread that says it or of all others.
 *
 * A test names the calls that it stands in for, with KERNEL_CALL; they take the place of the C
 * library's in that test's program alone, and in our own objects alone: libraries keep theirs.
 *
 * Threads. Any; one fault at a time.
 */
#ifndef TESTS_WORLD_KERNEL_H
#define TESTS_WORLD_KERNEL_H

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

enum kernel_whose { KERNEL_OURS, KERNEL_THEIRS };

static struct {
    pthread_mutex_t lock;
    pthread_t ours;
    const char *call;
    enum kernel_whose whose;
    int error;
    unsigned skips, fails; /* so many succeed before, and so many fail then */
} kernel = {.lock = PTHREAD_MUTEX_INITIALIZER};

static inline void kernel_fail(const char *call, enum kernel_whose whose, int error, unsigned skips,
                               unsigned fails)
{
    (void)pthread_mutex_lock(&kernel.lock);
    kernel.ours = pthread_self();
    kernel.call = call;
    kernel.whose = whose;
    kernel.error = error;
    kernel.skips = skips;
    kernel.fails = fails;
    (void)pthread_mutex_unlock(&kernel.lock);
}

/* Has all come to pass? What has not is forgotten. */
static inline bool kernel_has_failed(void)
{
    bool has;

    (void)pthread_mutex_lock(&kernel.lock);
    has = kernel.fails == 0;
    kernel.fails = 0;
    (void)pthread_mutex_unlock(&kernel.lock);
    return has;
}

static inline bool kernel_is_to_fail(void)
{
    bool is;

    (void)pthread_mutex_lock(&kernel.lock);
    is = kernel.fails > 0;
    (void)pthread_mutex_unlock(&kernel.lock);
    return is;
}

static inline bool kernel_fails_now(const char *call)
{
    bool fails = false;
    int error;

    (void)pthread_mutex_lock(&kernel.lock);
    if (kernel.fails > 0 && strcmp(kernel.call, call) == 0 &&
        (pthread_equal(kernel.ours, pthread_self()) != 0) == (kernel.whose == KERNEL_OURS)) {
        fails = kernel.skips == 0;
        kernel.skips -= !fails;
        kernel.fails -= fails;
    }
    error = kernel.error;
    (void)pthread_mutex_unlock(&kernel.lock);
    if (fails)
        errno = error;
    return fails;
}

/* The C library's function of this name; ISO C has no conversion for it. */
#define KERNEL_NEXT(name)                                                                          \
    __typeof__(&(name)) next;                                                                      \
    void *found = dlsym(RTLD_NEXT, #name);                                                         \
    memcpy(&next, &found, sizeof next)

/* A function that the linker knows by the name of the C library's. */
#define KERNEL_INSTEAD(type, name, parameters)                                                     \
    type kernel_##name parameters __asm__(#name);                                                  \
    type kernel_##name parameters

#define KERNEL_CALL(type, name, parameters, arguments, failure)                                    \
    KERNEL_INSTEAD(type, name, parameters)                                                         \
    {                                                                                              \
        KERNEL_NEXT(name);                                                                         \
        return kernel_fails_now(#name) ? (failure) : next arguments;                               \
    }

#endif
