/*
 * heap.h - a heap that fails when a test says so: the n-th allocation of a thread.
 *
 * Standing in the program, it comes before the C library's. A sanitizer brings a heap
 * of its own and keeps it: there heap_can_fail() is false and nothing fails.
 *
 * Threads. Each counts for itself; one that never asked for a failure has none.
 */
#ifndef TESTS_HEAP_H
#define TESTS_HEAP_H

#include <stdbool.h>
#include <stdint.h>

bool heap_can_fail(void);

/* The number-th allocation of this thread from now fails, and no other; 0: none does. */
void heap_fail(uint32_t number);

/* Did it come to that? */
bool heap_has_failed(void);

#endif
