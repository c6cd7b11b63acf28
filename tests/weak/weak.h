/*
 * weak.h - a controlled scheduler with weak memory: it runs a few threads of the
 * product's own code through all their interleavings and all their stale reads.
 *
 * How.  -fsanitize=thread makes the compiler call a function for every atomic operation
 * and every plain access. Here these functions are not ThreadSanitizer's but our own
 * (hooks.c). So the code under proof is the code that ships, with the orders written in
 * it; of the C library only memory, threads, semaphores and mutexes are replaced
 * (posix.c; the build renames the calls).
 *
 * What is explored.  Threads are coroutines of one thread. Before each atomic operation,
 * and each call that may block, the search chooses who goes on; at each load, which of the
 * stores that C11 lets it see; at a weak compare_exchange, whether it fails for nothing.
 * Choices are kept on a stack; the scene is run again and again from its beginning, depth
 * first, until no choice is left (schedule.c). Executions that differ only in the order of
 * operations which do not touch each other are run once (sleep sets, Godefroid 1996;
 * a load that could have been run before a store is run again only to see that store).
 *
 * Memory (memory.c, races.c).  Each atomic location keeps its stores. A load may return
 * any store not older than one that happens before it or was read before it, by vector
 * clocks; a read-modify-write reads the newest. Acquire joins what the store released;
 * releases go on through read-modify-writes, by whatever thread, and not through later
 * plain stores of the same one (as in C20, weaker than C11). A seq_cst load sees no store
 * older than the newest seq_cst one. Plain accesses that are not ordered by happens-before
 * are a fault, also one plain and one atomic. A failed compare_exchange is a load with its
 * own order, and a stale one if the order allows.
 *
 * What it cannot show.  The order of stores to a location is the order in which they were
 * executed, and so is the order of seq_cst operations. So a load never returns a value
 * that is stored later (load buffering), two threads' stores are never ordered against
 * their program order (2+2W), and seq_cst is a little stronger than C11 demands where
 * operations of other orders go to the same location. No code here stores what it read in
 * such a circle. Fences are not modelled: there are none (tests/layers.py). At most one
 * weak compare_exchange of an execution fails for nothing. A thread that calls sched_yield()
 * is not run again before another one has changed something, and then sees what
 * was stored before it yielded: stores arrive in the end. From its third time on it also
 * lets every thread that can go on do a step.
 *
 * Faults.  A broken promise (weak_expect(), assert()), a race, memory used after it was
 * freed, threads that wait for ever, a thread that spins for ever, a crash. The first one
 * ends the exploration and is printed with the steps that lead to it.
 *
 * A kernel is a program of scenes: setup() makes the world anew and runs alone, then the
 * threads run, then judge() alone. Statics are the kernel's to set again. Run it to
 * explore; with --orders it weakens each memory order that the threads used, one at
 * a time, and says which weakenings a scene caught (orders.py reads that).
 */
#ifndef TESTS_WEAK_WEAK_H
#define TESTS_WEAK_WEAK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEAK_THREADS 5u
#define WEAK_ALL     UINT32_MAX

/* ONCE: too long to be run again for each weaker order. */
enum weak_when { WEAK_ALWAYS, WEAK_ONCE };

struct weak_scene {
    const char *name;
    uint32_t what; /* whatever setup() and judge() want to know */
    void (*setup)(uint32_t what);
    void (*threads[WEAK_THREADS])(uint32_t thread); /* from 0 */
    void (*judge)(uint32_t what);
    uint32_t preemptions; /* executions with at most this number, none of them left out as alike;
                             WEAK_ALL: any number, like ones left out */
    enum weak_when when;
};

struct weak_report {
    uint64_t executions; /* run to their end */
    uint64_t cut;        /* given up: like one that was run */
    double seconds;
    const char *fault; /* NULL: none */
};

/* In a thread or in judge(): what must hold. */
void weak_expect(bool holds, const char *promise);

struct weak_report weak_explore(const struct weak_scene *scene);

/* The main() of a kernel; scenes end with one that has no name. */
int weak_main(int count, char **arguments, const struct weak_scene *scenes);

#define WEAK_MAIN(scenes)                                                                          \
    int main(int count, char **arguments)                                                          \
    {                                                                                              \
        return weak_main(count, arguments, scenes);                                                \
    }

#endif
