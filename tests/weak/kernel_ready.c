/*
 * kernel_ready.c - protocol: numbers put into a set and taken out of it (ready.h).
 *
 * Adders write something for the taker of the number, plainly; takers look until they
 * have found one. Asserted: each number is taken once, by one who sees what its adder
 * wrote (else it is a race), and it can be added again after that.
 */
#include "search/ready.h"
#include "tests/weak/weak.h"

#include <sched.h>

#define NUMBERS 70u /* two words */
#define FIRST   3u
#define SECOND  66u

static struct ready ready;
static uint32_t given[NUMBERS], taken[NUMBERS];

static void add(uint32_t number)
{
    given[number]++;
    weak_expect(ready_add(&ready, number), "it was not in the set");
}

static uint32_t take(void)
{
    uint32_t number;

    while ((number = ready_take(&ready)) == READY_NONE)
        (void)sched_yield();
    taken[number]++;
    weak_expect(given[number] == taken[number], "what was given is there");
    return number;
}

static void open_with(uint32_t count)
{
    weak_expect(ready_open(&ready, NUMBERS), "the set opens");
    for (uint32_t i = 0; i < NUMBERS; i++)
        given[i] = taken[i] = 0;
    if (count > 0)
        add(FIRST);
}

static void add_both(uint32_t thread)
{
    (void)thread;
    add(FIRST);
    add(SECOND);
}

static void take_one(uint32_t thread)
{
    (void)thread;
    (void)take();
}

static void take_both(uint32_t thread)
{
    (void)thread;
    weak_expect(take() + take() == FIRST + SECOND, "each once");
}

static void take_and_add(uint32_t thread)
{
    (void)thread;
    add(take());
}

static void judge(uint32_t count)
{
    weak_expect(given[FIRST] + given[SECOND] == taken[FIRST] + taken[SECOND] + count, "all taken");
    weak_expect(ready_take(&ready) == (count > 0 ? FIRST : READY_NONE), "but what was added again");
}

static const struct weak_scene scenes[] = {
    {"one adds, one takes", 0, open_with, {add_both, take_both}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"hand to hand", 1, open_with, {take_and_add, take_and_add}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"two take", 0, open_with, {add_both, take_one, take_one}, judge, 2, WEAK_ALWAYS},
    {0},
};
WEAK_MAIN(scenes)
