/*
 * inside.h - what the parts of the runtime want of each other.
 *
 *     hooks.c, posix.c   what the code under proof calls
 *     memory.c           stores, clocks, what a load may see
 *     races.c            plain accesses
 *     sites.c            the places in the code that name an order, and weaker orders
 *     schedule.c         threads, choices, the search
 *
 * One thread of the machine runs all of it. Thread 0 is the one that runs setup() and
 * judge(): alone, so nothing it does is watched.
 */
#ifndef TESTS_WEAK_INSIDE_H
#define TESTS_WEAK_INSIDE_H

#include "tests/weak/weak.h"

#include <stdatomic.h>

#define THREADS (WEAK_THREADS + 1)

/* --- schedule.c ------------------------------------------------------------- */

enum act { ACT_BEGIN, ACT_LOAD, ACT_STORE, ACT_UPDATE, ACT_POST, ACT_WAIT, ACT_YIELD, ACT_JOIN };

/* What a thread is about to do, and to what. */
struct step {
    enum act act;
    uintptr_t object;
    int order;
};

bool schedule_running(void); /* false: in setup() or judge() */
uint32_t schedule_self(void);

/* Let others go first, or not: returns when this thread is to do its step. */
void schedule_point(struct step step);

/* One of count things that may happen, from 0. */
uint32_t schedule_choose(uint32_t count);

/* What was done, for those who sleep before a step that it matters to. */
void schedule_did(uintptr_t object, bool wrote, bool sequential);

/* A load may be here only to see stores from this one on. */
uint32_t schedule_only_from(void);

/* More locations are fought over than we knew: this exploration is to begin again. */
void schedule_again(void);

bool schedule_on_own_stack(uintptr_t address);
uint32_t schedule_spawn(void *(*run)(void *), void *context);
bool schedule_ended(uint32_t thread);
_Noreturn void schedule_fault(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --- memory.c --------------------------------------------------------------- */

/* By thread, how many of its events happen before. */
struct clock {
    uint16_t at[THREADS];
};

enum change { CHANGE_SET, CHANGE_ADD, CHANGE_SUB, CHANGE_AND, CHANGE_OR, CHANGE_XOR, CHANGE_NAND };

struct target {
    uintptr_t address;
    uint32_t size;
    const void *pc; /* of the call */
};

void memory_reset(void);
uint64_t memory_load(struct target target, int order);
void memory_store(struct target target, uint64_t value, int order);
uint64_t memory_update(struct target target, enum change change, uint64_t operand, int order);
bool memory_compare(struct target target, uint64_t *expected, uint64_t desired, int order,
                    int failure, bool weak);
void memory_forget(uintptr_t address); /* it was written plainly */

/* Clocks of threads, and of things by which they meet. */
const struct clock *memory_clock(void);
void memory_fork(uint32_t child);
void memory_join(uint32_t ended);
void memory_release(struct clock *to);
void memory_acquire(const struct clock *from);
void memory_catch_up(void); /* sees from now on what is stored by now */
uint32_t memory_stores(void);

/* --- races.c ---------------------------------------------------------------- */

enum access { ACCESS_READ, ACCESS_WRITE, ACCESS_ATOMIC_READ, ACCESS_ATOMIC_WRITE };

void races_reset(void);
void races_check(uintptr_t address, size_t size, enum access access);
void races_free(uintptr_t address, size_t size);
void races_atomic_here(uintptr_t address); /* a location begins here */

/* --- sites.c ---------------------------------------------------------------- */

struct site {
    const void *pc;
    const char *name;
    int order, failure; /* as written; failure -1: it has none */
    int use, use_failure;
    bool contested; /* two threads and a store met where it goes to */
};

struct site *sites_at(const void *pc, const char *name, int order, int failure);
uint32_t sites_count(void);
struct site *sites_get(uint32_t index);
const char *sites_order(int order);
void sites_contested(const void *pc);

/* --- trace.c: the steps of one execution -------------------------------------- */

void trace_reset(void);
void trace_step(const char *name, uintptr_t object, uint64_t value, int order, const void *pc);
void trace_print(void);

/* --- posix.c ---------------------------------------------------------------- */

void posix_reset(void);
bool posix_may(struct step step); /* may it go on, or must it wait? */

#endif
