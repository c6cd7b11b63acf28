/*
 * bisect.c - binary search over the prefixes of a wrong path.
 */
#include "io/passes/bisect.h"

#include <assert.h>

/* The last prefix that is alive, or that a right path shares. */
static size_t bisect_low(const struct bisect *bisect)
{
    size_t low = bisect->count - 1;

    while (low > bisect->shared && bisect->states[low] != BISECT_ALIVE)
        low--;
    return low;
}

/* The first of a state behind a prefix; BISECT_NONE: there is none. */
static size_t bisect_first(const struct bisect *bisect, size_t behind, enum bisect_state state)
{
    for (size_t i = behind + 1; i <= bisect->count; i++)
        if (bisect->states[i] == state)
            return i;
    return BISECT_NONE;
}

static bool bisect_unasked(const struct bisect *bisect, size_t prefix)
{
    return prefix < bisect->count && bisect->states[prefix] == BISECT_UNASKED;
}

/* In the middle of low, which is alive, and high, which is dead; where something undecided lies
 * there first before all of that, then behind it. */
static size_t bisect_middle(const struct bisect *bisect, size_t low, size_t high)
{
    size_t first = bisect_first(bisect, low, BISECT_UNDECIDED), last = high - 1;

    if (first > high)
        return high - low > 1 ? low + (high - low) / 2 : BISECT_NONE;
    if (first - low > 1)
        return low + (first - low) / 2;
    while (bisect->states[last] != BISECT_UNDECIDED)
        last--;
    return high - last > 1 ? last + (high - last) / 2 : BISECT_NONE;
}

size_t bisect_next(const struct bisect *bisect)
{
    size_t low = bisect_low(bisect), guess = bisect->guess;

    assert(bisect->shared < bisect->count && bisect->states[bisect->count] == BISECT_DEAD);
    if (bisect->every)
        low = bisect->shared;
    if (guess != BISECT_NONE && guess >= low && bisect_unasked(bisect, guess))
        return guess;
    if (guess != BISECT_NONE && bisect->states[guess] == BISECT_ALIVE &&
        bisect_unasked(bisect, guess + 1))
        return guess + 1;
    if (bisect_unasked(bisect, low))
        return low;
    if (bisect->every)
        return bisect_first(bisect, low, BISECT_UNASKED);
    if (bisect->states[low] != BISECT_ALIVE)
        return BISECT_NONE;
    return bisect_middle(bisect, low, bisect_first(bisect, low, BISECT_DEAD));
}

enum bisect_outcome bisect_conclude(const struct bisect *bisect, size_t *from, size_t *to)
{
    size_t low = bisect_low(bisect);

    if (bisect->states[low] == BISECT_ALIVE)
        for (size_t i = 0; i < low; i++)
            if (bisect->states[i] == BISECT_DEAD)
                return BISECT_NOT_MONOTONE;
    if (bisect->states[low] != BISECT_ALIVE)
        return bisect->states[low] == BISECT_DEAD ? BISECT_HOPELESS : BISECT_UNCLEAR;
    *from = low;
    *to = bisect_first(bisect, low, BISECT_DEAD) - 1;
    return *from == *to ? BISECT_FOUND : BISECT_BETWEEN;
}
