/*
 * schedule.c - threads that run one at a time, and a stack of choices that is run again
 * until none is left.
 *
 * A thread announces its step before it does it (schedule_point()); so the one that chooses
 * knows what each thread is about to do, and can tell which orders of steps are alike.
 */
#include "tests/weak/inside.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

#define STACK_BYTES  ((size_t)64 << 10)
#define CHOICES_MOST 4096u
#define STEPS_MOST   4000u /* of an execution */

/* So often a thread may spin while another one that could go on does nothing; without an
 * end two that spin would keep each other going for ever. */
#define UNFAIR_YIELDS 2u

/* How an execution ends. */
enum end { END_DONE, END_CUT, END_FAULT };

struct thread {
    jmp_buf base, here; /* begin it; go on with it */
    void (*scene)(uint32_t thread);
    void *(*run)(void *);
    void *context;
    bool lives;
    struct step next;
    bool asleep;        /* what follows from its next step here was run before ... */
    uint32_t slept;     /* ... when this number of stores was made */
    uint32_t only_from; /* its load is here to see this store or a later one */
    uint32_t changes;   /* by it */
    uint32_t yielded;   /* changes of others when it yielded last */
    uint32_t yields;
    uint32_t lets_go; /* threads that are to do a step before it spins on, a bit each */
};

struct choice {
    uint16_t at, count;
};

static struct thread threads[THREADS];
static uint32_t self, thread_count;
static uint32_t changes, steps, preemptions, preemptions_most;
static bool reduce; /* leave out executions that are alike */
static struct choice choices[CHOICES_MOST];
static uint32_t depth, cursor;
static bool again;
static jmp_buf outside;
static enum end ending;
static char fault[256];
static _Alignas(64) unsigned char stacks[THREADS][STACK_BYTES];
static unsigned char signal_stack[STACK_BYTES];

static _Noreturn void leave(enum end end)
{
    ending = end;
    longjmp(outside, 1);
}

/* --- choices ---------------------------------------------------------------- */

_Noreturn void schedule_fault(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(fault, sizeof fault, format, arguments);
    va_end(arguments);
    leave(END_FAULT);
}

uint32_t schedule_choose(uint32_t count)
{
    if (count == 1)
        return 0;
    if (cursor == CHOICES_MOST)
        schedule_fault("more than %u choices: the scene is too long", CHOICES_MOST);
    if (cursor == depth)
        choices[depth++] = (struct choice){0, (uint16_t)count};
    if (choices[cursor].count != count)
        schedule_fault("the scene does not repeat itself: %u choices became %u",
                       choices[cursor].count, count);
    return choices[cursor++].at;
}

/* The next path through the tree of choices. */
static bool next_path(void)
{
    depth = cursor;
    while (depth > 0 && choices[depth - 1].at + 1 == choices[depth - 1].count)
        depth--;
    if (depth == 0)
        return false;
    choices[depth - 1].at++;
    return true;
}

void schedule_again(void)
{
    again = true;
}

/* --- who may go on ------------------------------------------------------------ */

bool schedule_running(void)
{
    return self != 0;
}

uint32_t schedule_self(void)
{
    return self;
}

uint32_t schedule_only_from(void)
{
    return threads[self].only_from;
}

bool schedule_on_own_stack(uintptr_t address)
{
    return address - (uintptr_t)stacks[self] < STACK_BYTES;
}

bool schedule_ended(uint32_t thread)
{
    return !threads[thread].lives;
}

static bool may_go_on(const struct thread *thread);

/* Is there one that it is to let go first, and that has something else to do than spin? */
static bool lets_somebody_go(const struct thread *thread)
{
    for (uint32_t i = 1; i <= thread_count; i++)
        if ((thread->lets_go >> i & 1) != 0 && threads[i].lives &&
            threads[i].next.act != ACT_YIELD && may_go_on(&threads[i]))
            return true;
    return false;
}

static bool may_go_on(const struct thread *thread)
{
    switch (thread->next.act) {
    case ACT_YIELD:
        return changes - thread->changes != thread->yielded && !lets_somebody_go(thread);
    case ACT_WAIT:
        return posix_may(thread->next);
    case ACT_JOIN:
        return schedule_ended((uint32_t)thread->next.object);
    default:
        return true;
    }
}

static uint32_t those_who(bool (*may)(const struct thread *))
{
    uint32_t found = 0;

    for (uint32_t i = 1; i <= thread_count; i++)
        if (threads[i].lives && may(&threads[i]))
            found |= 1u << i;
    return found;
}

static bool is_awake(const struct thread *thread)
{
    return !thread->asleep;
}

static bool is_new(const struct thread *thread)
{
    return thread->next.act == ACT_BEGIN;
}

/* --- who goes on ---------------------------------------------------------------- */

static void stuck(void)
{
    for (uint32_t i = 1; i <= thread_count; i++)
        if (threads[i].lives)
            schedule_fault("thread %u %s for ever", i,
                           threads[i].next.act == ACT_YIELD ? "spins" : "waits");
}

/* The index-th of a set, counted from thread self. */
static uint32_t member(uint32_t set, uint32_t index)
{
    for (uint32_t i = 0;; i++) {
        uint32_t thread = (self + i) % THREADS;

        if ((set >> thread & 1) != 0 && index-- == 0)
            return thread;
    }
}

/* Who was chosen here before is not to do the same again, until something has changed. */
static void put_to_sleep(uint32_t set, uint32_t chosen)
{
    for (uint32_t i = 0; i < chosen; i++) {
        struct thread *thread = &threads[member(set, i)];

        thread->asleep = true;
        thread->slept = memory_stores();
    }
}

static uint32_t choose_thread(void)
{
    uint32_t may = those_who(is_new), index, chosen;
    bool here;

    if (may != 0)
        return member(may, 0); /* up to its first step it meets nobody */
    may = those_who(may_go_on);
    if (may == 0)
        stuck();
    here = (may >> self & 1) != 0 && threads[self].next.act != ACT_YIELD;
    if (reduce)
        may &= those_who(is_awake);
    else if (here && preemptions == preemptions_most)
        may = 1u << self;
    if (may == 0)
        leave(END_CUT);
    index = schedule_choose((uint32_t)__builtin_popcount(may));
    chosen = member(may, index);
    if (reduce)
        put_to_sleep(may, index);
    preemptions += here && chosen != self;
    return chosen;
}

static _Noreturn void continue_with(uint32_t thread)
{
    bool begins = threads[thread].next.act == ACT_BEGIN;

    self = thread;
    if (begins)
        longjmp(threads[thread].base, 1);
    longjmp(threads[thread].here, 1);
}

/* Leave this thread for another one, until somebody continues with this one. */
static __attribute__((noinline)) void change_to(uint32_t next)
{
    if (setjmp(threads[self].here) == 0)
        continue_with(next);
}

static void yield(struct thread *thread)
{
    thread->yielded = changes - thread->changes;
    thread->lets_go = ++thread->yields > UNFAIR_YIELDS ? ~(1u << self) : 0;
}

void schedule_point(struct step step)
{
    uint32_t next;

    if (++steps > STEPS_MOST)
        schedule_fault("no end after %u steps", STEPS_MOST);
    threads[self].next = step;
    next = choose_thread();
    if (next != self)
        change_to(next);
    if (step.act == ACT_YIELD)
        yield(&threads[self]);
}

/* A step before which a thread sleeps is worth another look when it and what was done do
 * not commute. A load does not matter to a store that was tried before it: after the
 * store it could still see the old one, and has. A store matters to a load, but only
 * for what the load sees of it. */
static void wake(struct thread *thread, bool wrote, bool sequential)
{
    bool loads = thread->next.act == ACT_LOAD;

    if (!wrote && (loads || !sequential || thread->next.order != memory_order_seq_cst))
        return;
    thread->asleep = false;
    if (loads)
        thread->only_from = thread->slept + 1;
}

void schedule_did(uintptr_t object, bool wrote, bool sequential)
{
    changes += wrote;
    threads[self].changes += wrote;
    threads[self].only_from = 0;
    for (uint32_t i = 1; i <= thread_count; i++) {
        struct thread *thread = &threads[i];

        thread->lets_go &= ~(1u << self);
        if (!thread->asleep)
            continue;
        if (thread->next.act == ACT_YIELD || object == 0)
            thread->asleep = false; /* a yield matters to everything */
        else if (thread->next.object == object)
            wake(thread, wrote, sequential);
    }
}

/* --- threads --------------------------------------------------------------------- */

/* Where a thread begins, each time anew; the first call only marks the place. */
static void stand(int number)
{
    struct thread *thread = &threads[number];

    if (setjmp(thread->base) == 0)
        leave(END_DONE);
    thread = &threads[self];
    thread->next.act = ACT_LOAD;
    if (thread->run != NULL)
        (void)thread->run(thread->context);
    else
        thread->scene(self - 1);
    thread->lives = false;
    for (uint32_t i = 1; i <= thread_count; i++)
        if (threads[i].lives)
            continue_with(choose_thread());
    leave(END_DONE);
}

static void make_stand(int number)
{
    static ucontext_t contexts[THREADS];
    ucontext_t *context = &contexts[number];

    (void)getcontext(context);
    context->uc_stack.ss_sp = stacks[number];
    context->uc_stack.ss_size = STACK_BYTES;
    makecontext(context, (void (*)(void))stand, 1, number);
    if (setjmp(outside) == 0)
        (void)setcontext(context);
}

static void make_stands(void)
{
    static bool made;

    for (int i = 1; i < (int)THREADS && !made; i++)
        make_stand(i);
    made = true;
}

static uint32_t add_thread(void (*scene)(uint32_t), void *(*run)(void *), void *context)
{
    struct thread *thread;

    if (thread_count + 1 == THREADS)
        schedule_fault("more than %u threads", THREADS - 1);
    thread = &threads[++thread_count];
    thread->scene = scene;
    thread->run = run;
    thread->context = context;
    thread->lives = true;
    thread->next = (struct step){ACT_BEGIN, 0, 0};
    thread->asleep = false;
    thread->only_from = thread->changes = thread->yielded = 0;
    thread->yields = thread->lets_go = 0;
    memory_fork(thread_count);
    return thread_count;
}

uint32_t schedule_spawn(void *(*run)(void *), void *context)
{
    return add_thread(NULL, run, context);
}

/* --- the search ------------------------------------------------------------------- */

static void begin_execution(const struct weak_scene *scene)
{
    self = thread_count = 0;
    cursor = changes = steps = preemptions = 0;
    memory_reset();
    races_reset();
    posix_reset();
    trace_reset();
    scene->setup(scene->what);
    for (uint32_t i = 0; i < WEAK_THREADS && scene->threads[i] != NULL; i++)
        (void)add_thread(scene->threads[i], NULL, NULL);
}

static enum end execute(const struct weak_scene *scene)
{
    if (setjmp(outside) == 0) {
        begin_execution(scene);
        continue_with(1);
    }
    self = 0;
    if (ending == END_DONE && setjmp(outside) == 0)
        scene->judge(scene->what);
    return ending;
}

static void crashed(int number)
{
    schedule_fault("crash: %s", strsignal(number));
}

/* A crash of the code under proof is found like a broken promise. */
static void watch_for_crashes(void)
{
    stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
    struct sigaction action = {.sa_handler = crashed, .sa_flags = SA_ONSTACK | SA_NODEFER};

    (void)sigaltstack(&stack, NULL);
    (void)sigaction(SIGSEGV, &action, NULL);
    (void)sigaction(SIGBUS, &action, NULL);
    (void)sigaction(SIGFPE, &action, NULL);
}

static double now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

struct weak_report weak_explore(const struct weak_scene *scene)
{
    struct weak_report report = {0};
    double began = now();
    bool more;

    watch_for_crashes();
    make_stands();
    reduce = scene->preemptions == WEAK_ALL;
    preemptions_most = scene->preemptions;
    depth = 0;
    do {
        enum end end;

        again = false;
        end = execute(scene);
        report.executions += end == END_DONE;
        report.cut += end == END_CUT;
        if (end == END_FAULT)
            report.fault = fault;
        more = end != END_FAULT;
        if (more && again) {
            report = (struct weak_report){0};
            depth = 0;
        } else if (more)
            more = next_path();
    } while (more);
    report.seconds = now() - began;
    return report;
}

void weak_expect(bool holds, const char *promise)
{
    if (!holds)
        schedule_fault("broken: %s", promise);
}
