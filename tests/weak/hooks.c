/*
 * hooks.c - the functions that -fsanitize=thread makes the compiler call.
 *
 * Their names and types are those of ThreadSanitizer's run-time interface. Each atomic
 * one looks up the place it was called from, where a weaker order may be set.
 */
#include "tests/weak/inside.h"

/* --- plain accesses ----------------------------------------------------------- */

static void plain(const volatile void *address, size_t size, enum access access)
{
    if (schedule_running() && !schedule_on_own_stack((uintptr_t)address))
        races_check((uintptr_t)address, size, access);
}

#define PLAIN(name, size)                                                                          \
    void __tsan_read##name(void *address);                                                         \
    void __tsan_write##name(void *address);                                                        \
    void __tsan_read##name(void *address)                                                          \
    {                                                                                              \
        plain(address, size, ACCESS_READ);                                                         \
    }                                                                                              \
    void __tsan_write##name(void *address)                                                         \
    {                                                                                              \
        plain(address, size, ACCESS_WRITE);                                                        \
    }

PLAIN(1, 1)
PLAIN(2, 2)
PLAIN(4, 4)
PLAIN(8, 8)
PLAIN(16, 16)

#define UNALIGNED(size)                                                                            \
    void __tsan_unaligned_read##size(void *address);                                               \
    void __tsan_unaligned_write##size(void *address);                                              \
    void __tsan_unaligned_read##size(void *address)                                                \
    {                                                                                              \
        plain(address, size, ACCESS_READ);                                                         \
    }                                                                                              \
    void __tsan_unaligned_write##size(void *address)                                               \
    {                                                                                              \
        plain(address, size, ACCESS_WRITE);                                                        \
    }

UNALIGNED(2)
UNALIGNED(4)
UNALIGNED(8)
UNALIGNED(16)

void __tsan_read_range(void *address, size_t size);
void __tsan_write_range(void *address, size_t size);
void __tsan_func_entry(void *pc);
void __tsan_func_exit(void);
void __tsan_init(void);

void __tsan_read_range(void *address, size_t size)
{
    plain(address, size, ACCESS_READ);
}

void __tsan_write_range(void *address, size_t size)
{
    plain(address, size, ACCESS_WRITE);
}

void __tsan_func_entry(void *pc)
{
    (void)pc;
}

void __tsan_func_exit(void)
{
}

void __tsan_init(void)
{
}

/* --- atomic operations ----------------------------------------------------------- */

/* Compilers add flags above the order. */
#define ORDER(order) ((order)&0xF)

static int order_at(const void *pc, const char *name, int order)
{
    return schedule_running() ? sites_at(pc, name, ORDER(order), -1)->use : ORDER(order);
}

static struct target target_of(const volatile void *address, size_t size, const void *pc)
{
    return (struct target){(uintptr_t)address, (uint32_t)size, pc};
}

static bool compare(struct target target, uint64_t *expected, uint64_t desired, int order,
                    int failure, bool weak)
{
    const struct site *site;

    order = ORDER(order);
    failure = ORDER(failure);
    if (schedule_running()) {
        site = sites_at(target.pc, "compare_exchange", order, failure);
        order = site->use;
        failure = site->use_failure;
    }
    return memory_compare(target, expected, desired, order, failure, weak);
}

#define PC ((const char *)__builtin_return_address(0) - 1) /* within the call */

#define UPDATE(bits, name, change)                                                                 \
    uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *at,                       \
                                                uint##bits##_t operand, int order);                \
    uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *at,                       \
                                                uint##bits##_t operand, int order)                 \
    {                                                                                              \
        return (uint##bits##_t)memory_update(target_of(at, sizeof *at, PC), change, operand,       \
                                             order_at(PC, #name, order));                          \
    }

#define COMPARE(bits, name, weak)                                                                  \
    int __tsan_atomic##bits##_compare_exchange_##name(                                             \
        volatile uint##bits##_t *at, uint##bits##_t *expected, uint##bits##_t desired, int order,  \
        int failure);                                                                              \
    int __tsan_atomic##bits##_compare_exchange_##name(                                             \
        volatile uint##bits##_t *at, uint##bits##_t *expected, uint##bits##_t desired, int order,  \
        int failure)                                                                               \
    {                                                                                              \
        uint64_t was = *expected;                                                                  \
        bool done = compare(target_of(at, sizeof *at, PC), &was, desired, order, failure, weak);   \
                                                                                                   \
        if (!done)                                                                                 \
            *expected = (uint##bits##_t)was;                                                       \
        return done;                                                                               \
    }

#define ATOMIC(bits)                                                                               \
    uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *at, int order);       \
    void __tsan_atomic##bits##_store(volatile uint##bits##_t *at, uint##bits##_t value,            \
                                     int order);                                                   \
    uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *at, int order)        \
    {                                                                                              \
        return (uint##bits##_t)memory_load(target_of(at, sizeof *at, PC),                          \
                                           order_at(PC, "load", order));                           \
    }                                                                                              \
    void __tsan_atomic##bits##_store(volatile uint##bits##_t *at, uint##bits##_t value, int order) \
    {                                                                                              \
        memory_store(target_of(at, sizeof *at, PC), value, order_at(PC, "store", order));          \
    }                                                                                              \
    UPDATE(bits, exchange, CHANGE_SET)                                                             \
    UPDATE(bits, fetch_add, CHANGE_ADD)                                                            \
    UPDATE(bits, fetch_sub, CHANGE_SUB)                                                            \
    UPDATE(bits, fetch_and, CHANGE_AND)                                                            \
    UPDATE(bits, fetch_or, CHANGE_OR)                                                              \
    UPDATE(bits, fetch_xor, CHANGE_XOR)                                                            \
    UPDATE(bits, fetch_nand, CHANGE_NAND)                                                          \
    COMPARE(bits, strong, false)                                                                   \
    COMPARE(bits, weak, true)

ATOMIC(8)
ATOMIC(16)
ATOMIC(32)
ATOMIC(64)
