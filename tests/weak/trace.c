/*
 * trace.c - the steps of the execution that is under way, for the reader of a fault.
 */
#include "tests/weak/inside.h"

#include <stdio.h>

#define EVENTS  1024u
#define PRINTED 80u

static struct event {
    const char *name;
    uintptr_t object;
    uint64_t value;
    const void *pc;
    uint32_t thread;
    int order;
} events[EVENTS];
static uint32_t count;

void trace_reset(void)
{
    count = 0;
}

void trace_step(const char *name, uintptr_t object, uint64_t value, int order, const void *pc)
{
    events[count++ % EVENTS] = (struct event){name, object, value, pc, schedule_self(), order};
}

void trace_print(void)
{
    (void)fprintf(stderr,
                  "thread  code        what                      where       value, order\n");
    for (uint32_t i = count > PRINTED ? count - PRINTED : 0; i < count; i++) {
        const struct event *event = &events[i % EVENTS];

        (void)fprintf(stderr, "%6u  %#-10zx  %-24s  %#-10zx  %#llx %s\n", event->thread,
                      (size_t)event->pc, event->name, (size_t)event->object,
                      (unsigned long long)event->value,
                      event->order >= 0 ? sites_order(event->order) : "");
    }
    (void)fprintf(stderr, "addr2line -fipe PROGRAM CODE... shows the lines of the code\n");
}
