/*
 * json_heap.h - the values of io/json.h are of the heap that fails (heap.h), too.
 *
 * To parse a text is one allocation here, which fails as a whole: when memory
 * runs out while jansson 2.14 makes a string of a text, the C library finds the heap corrupted.
 */
#ifndef TESTS_WORLD_JSON_HEAP_H
#define TESTS_WORLD_JSON_HEAP_H

#include <jansson.h>
#include <stdlib.h>

#include "tests/world/kernel.h"

static _Thread_local bool json_heap_parses;

static void *json_heap_take(size_t size)
{
    return json_heap_parses ? aligned_alloc(16, size) : malloc(size);
}

KERNEL_INSTEAD(json_t *, json_loadb,
               (const char *text, size_t length, size_t flags, json_error_t *error))
{
    KERNEL_NEXT(json_loadb);
    void *one = malloc(1);
    json_t *value = NULL;

    free(one);
    if (one == NULL) {
        memset(error, 0, sizeof *error);
        errno = ENOMEM;
        return NULL;
    }
    json_heap_parses = true;
    value = next(text, length, flags, error);
    json_heap_parses = false;
    return value;
}

static inline void json_heap_fails_too(void)
{
    json_set_alloc_funcs(json_heap_take, free);
}

#endif
