/*
 * posix.c - what the code under proof asks of the C library, from a world that can be made
 * again: memory from one block, threads, semaphores and mutexes of the scheduler.
 *
 * The build renames the calls (`malloc` to `weak_malloc`, ...), so the runtime itself and
 * the C library keep their own. A mutex is a semaphore of one.
 */
#include "tests/weak/inside.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define HEAP_BYTES ((size_t)1 << 20)
#define HEADER     64u
#define MEETINGS   16u

struct meeting {
    uintptr_t object;
    uint32_t value;
    struct clock clock;
};

static _Alignas(4096) unsigned char heap[HEAP_BYTES];
static size_t heap_used;
static struct meeting meetings[MEETINGS];
static uint32_t meeting_count;

void posix_reset(void)
{
    memset(heap, 0, heap_used);
    heap_used = 0;
    meeting_count = 0;
}

/* --- memory -------------------------------------------------------------------- */

static void *take(size_t size)
{
    size_t bytes = (size + 63) / 64 * 64;
    unsigned char *block = heap + heap_used;

    if (bytes > HEAP_BYTES - heap_used)
        schedule_fault("a scene has %zu bytes of memory, and wants more", HEAP_BYTES);
    heap_used += bytes;
    return block;
}

/* In front of what malloc() gives: its size. */
static void *take_sized(size_t size)
{
    unsigned char *block = take(size + HEADER);

    memcpy(block, &size, sizeof size);
    return block + HEADER;
}

static void give_back(void *block, size_t size)
{
    if (schedule_running() && size > 0)
        races_free((uintptr_t)block, size);
}

void *weak_malloc(size_t size);
void *weak_calloc(size_t count, size_t size);
void *weak_aligned_alloc(size_t alignment, size_t size);
void weak_free(void *block);
void *weak_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset);
int weak_munmap(void *block, size_t size);
int weak_madvise(void *block, size_t size, int advice);
void *weak_memcpy(void *to, const void *from, size_t size);
void *weak_memset(void *to, int byte, size_t size);

void *weak_malloc(size_t size)
{
    return take_sized(size);
}

void *weak_calloc(size_t count, size_t size)
{
    return take_sized(count * size);
}

void *weak_aligned_alloc(size_t alignment, size_t size)
{
    if (alignment > 64)
        schedule_fault("memory here is aligned to 64 bytes");
    return take_sized(size);
}

void weak_free(void *block)
{
    size_t size;

    if (block == NULL)
        return;
    memcpy(&size, (unsigned char *)block - HEADER, sizeof size);
    give_back(block, size);
}

void *weak_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset)
{
    (void)address, (void)protection, (void)flags, (void)file, (void)offset;
    return take(size);
}

int weak_munmap(void *block, size_t size)
{
    give_back(block, size);
    return 0;
}

int weak_madvise(void *block, size_t size, int advice)
{
    (void)block, (void)size, (void)advice;
    return 0;
}

static void touch(const void *block, size_t size, enum access access)
{
    if (schedule_running() && !schedule_on_own_stack((uintptr_t)block))
        races_check((uintptr_t)block, size, access);
}

void *weak_memcpy(void *to, const void *from, size_t size)
{
    touch(from, size, ACCESS_READ);
    touch(to, size, ACCESS_WRITE);
    return memcpy(to, from, size);
}

void *weak_memset(void *to, int byte, size_t size)
{
    touch(to, size, ACCESS_WRITE);
    return memset(to, byte, size);
}

/* --- semaphores and mutexes -------------------------------------------------------- */

static struct meeting *meeting_of(const void *object)
{
    for (uint32_t i = 0; i < meeting_count; i++)
        if (meetings[i].object == (uintptr_t)object)
            return &meetings[i];
    schedule_fault("a semaphore or mutex is used that was not made in this scene");
}

static void make(const void *object, uint32_t value)
{
    if (meeting_count == MEETINGS)
        schedule_fault("more than %u semaphores and mutexes", MEETINGS);
    meetings[meeting_count++] = (struct meeting){(uintptr_t)object, value, {{0}}};
}

bool posix_may(struct step step)
{
    return meeting_of((const void *)step.object)->value > 0;
}

static void post(void *object, const char *name, const void *pc)
{
    struct meeting *meeting = meeting_of(object);

    if (!schedule_running()) {
        meeting->value++;
        return;
    }
    schedule_point((struct step){ACT_POST, (uintptr_t)object, -1});
    races_check((uintptr_t)object, 1, ACCESS_ATOMIC_WRITE);
    meeting->value++;
    memory_release(&meeting->clock);
    schedule_did((uintptr_t)object, true, false);
    trace_step(name, (uintptr_t)object, meeting->value, -1, pc);
}

/* False: it would have had to wait. */
static bool wait(void *object, bool blocks, const char *name, const void *pc)
{
    struct meeting *meeting = meeting_of(object);
    bool may;

    if (!schedule_running()) {
        may = meeting->value > 0;
        meeting->value -= may;
        return may;
    }
    schedule_point((struct step){blocks ? ACT_WAIT : ACT_POST, (uintptr_t)object, -1});
    races_check((uintptr_t)object, 1, ACCESS_ATOMIC_WRITE);
    may = meeting->value > 0;
    meeting->value -= may;
    if (may)
        memory_acquire(&meeting->clock);
    schedule_did((uintptr_t)object, true, false);
    trace_step(name, (uintptr_t)object, meeting->value, -1, pc);
    return may;
}

#define PC ((const char *)__builtin_return_address(0) - 1) /* within the call */

int weak_sem_init(sem_t *semaphore, int shared, unsigned value);
int weak_sem_destroy(sem_t *semaphore);
int weak_sem_post(sem_t *semaphore);
int weak_sem_wait(sem_t *semaphore);
int weak_sem_trywait(sem_t *semaphore);
int weak_sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *until);
int weak_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int weak_pthread_mutex_destroy(pthread_mutex_t *mutex);
int weak_pthread_mutex_lock(pthread_mutex_t *mutex);
int weak_pthread_mutex_unlock(pthread_mutex_t *mutex);

int weak_sem_init(sem_t *semaphore, int shared, unsigned value)
{
    (void)shared;
    make(semaphore, value);
    return 0;
}

int weak_sem_destroy(sem_t *semaphore)
{
    give_back(semaphore, sizeof(sem_t));
    return 0;
}

int weak_sem_post(sem_t *semaphore)
{
    post(semaphore, "sem_post", PC);
    return 0;
}

int weak_sem_wait(sem_t *semaphore)
{
    (void)wait(semaphore, true, "sem_wait", PC);
    return 0;
}

int weak_sem_trywait(sem_t *semaphore)
{
    if (wait(semaphore, false, "sem_trywait", PC))
        return 0;
    errno = EAGAIN;
    return -1;
}

/* Time does not pass here, so nothing is waited for in vain. */
int weak_sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *until)
{
    (void)clock, (void)until;
    return weak_sem_wait(semaphore);
}

int weak_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    (void)attributes;
    make(mutex, 1);
    return 0;
}

int weak_pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    give_back(mutex, sizeof(pthread_mutex_t));
    return 0;
}

int weak_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    (void)wait(mutex, true, "mutex_lock", PC);
    return 0;
}

int weak_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    post(mutex, "mutex_unlock", PC);
    return 0;
}

/* --- threads, time, assertions --------------------------------------------------------- */

int weak_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                        void *context);
int weak_pthread_join(pthread_t thread, void **result);
int weak_sched_yield(void);
int weak_clock_gettime(clockid_t clock, struct timespec *time);
_Noreturn void weak_assert_fail(const char *assertion, const char *file, unsigned line,
                                const char *function);

int weak_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                        void *context)
{
    (void)attributes;
    *thread = schedule_spawn(run, context);
    return 0;
}

int weak_pthread_join(pthread_t thread, void **result)
{
    (void)result;
    schedule_point((struct step){ACT_JOIN, thread, -1});
    memory_join((uint32_t)thread);
    return 0;
}

int weak_sched_yield(void)
{
    if (!schedule_running())
        return 0;
    schedule_point((struct step){ACT_YIELD, 0, -1});
    memory_catch_up();
    schedule_did(0, false, false);
    trace_step("sched_yield", 0, 0, -1, PC);
    return 0;
}

int weak_clock_gettime(clockid_t clock, struct timespec *time)
{
    (void)clock;
    *time = (struct timespec){0, 0};
    return 0;
}

void weak_assert_fail(const char *assertion, const char *file, unsigned line, const char *function)
{
    (void)line;
    schedule_fault("assert(%.80s) in %s() of %.60s", assertion, function, file);
}
