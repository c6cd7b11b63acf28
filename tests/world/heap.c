/*
 * heap.c - malloc, calloc and realloc with a countdown in front.
 *
 * Freeing is left alone: what is handed out here is the C library's own memory.
 */
#include "tests/world/heap.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#ifdef __has_feature
#define HEAP_FEATURE(name) __has_feature(name)
#else
#define HEAP_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    HEAP_FEATURE(address_sanitizer) || HEAP_FEATURE(thread_sanitizer) || !defined(__GLIBC__)

bool heap_can_fail(void)
{
    return false;
}

void heap_fail(uint32_t number)
{
    (void)number;
}

bool heap_has_failed(void)
{
    return false;
}

#else

void *glibc_malloc(size_t size) __asm__("__libc_malloc");
void *glibc_calloc(size_t count, size_t size) __asm__("__libc_calloc");
void *glibc_realloc(void *memory, size_t size) __asm__("__libc_realloc");

static _Thread_local uint32_t countdown; /* 0: nothing fails */
static _Thread_local bool failed;

bool heap_can_fail(void)
{
    return true;
}

void heap_fail(uint32_t number)
{
    countdown = number;
    failed = false;
}

bool heap_has_failed(void)
{
    return failed;
}

static bool fails_now(void)
{
    if (countdown == 0 || --countdown > 0)
        return false;
    failed = true;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails_now() ? NULL : glibc_malloc(size);
}

void *calloc(size_t nmemb, size_t size)
{
    return fails_now() ? NULL : glibc_calloc(nmemb, size);
}

void *realloc(void *ptr, size_t size)
{
    return fails_now() ? NULL : glibc_realloc(ptr, size);
}

#endif
