/*
 * bisect.c - binary search over the prefixes of a wrong path.
 */
#include "io/passes/bisect.h"

#include <assert.h>

/* The last prefix that is alive, or that a right path shares. */
static size_t bisect_low(const struct bisect *bisect)
{
    size_t low = bisect->count;

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
    return prefix <= bisect->count && bisect->states[prefix] == BISECT_UNASKED;
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

/* Nothing was found dead before low, if that is alive. */
static bool bisect_is_monotone(const struct bisect *bisect, size_t low)
{
    for (size_t i = 0; i < low && bisect->states[low] == BISECT_ALIVE; i++)
        if (bisect->states[i] == BISECT_DEAD)
            return false;
    return true;
}

/* The guess, then the step after it: with both alone it may be done. */
static size_t bisect_guess(const struct bisect *bisect, size_t low)
{
    size_t guess = bisect->guess;

    if (guess == BISECT_NONE)
        return BISECT_NONE;
    if (guess >= low && bisect_unasked(bisect, guess))
        return guess;
    return bisect->states[guess] == BISECT_ALIVE && bisect_unasked(bisect, guess + 1) ? guess + 1
                                                                                      : BISECT_NONE;
}

size_t bisect_next(const struct bisect *bisect)
{
    size_t low = bisect->every ? bisect->shared : bisect_low(bisect);
    size_t guess = bisect_guess(bisect, low), high;

    assert(bisect->shared < bisect->count);
    if (guess != BISECT_NONE)
        return guess;
    if (bisect_unasked(bisect, low))
        return low;
    if (bisect->every)
        return bisect_first(bisect, low, BISECT_UNASKED);
    if (bisect->states[low] != BISECT_ALIVE || low == bisect->count ||
        !bisect_is_monotone(bisect, low))
        return BISECT_NONE;
    if (bisect_unasked(bisect, bisect->count))
        return bisect->count;
    high = bisect_first(bisect, low, BISECT_DEAD);
    return high == BISECT_NONE ? BISECT_NONE : bisect_middle(bisect, low, high);
}

enum bisect_outcome bisect_conclude(const struct bisect *bisect, size_t *from, size_t *to)
{
    size_t low = bisect_low(bisect), high = bisect_first(bisect, low, BISECT_DEAD);

    if (!bisect_is_monotone(bisect, low))
        return BISECT_NOT_MONOTONE;
    if (bisect->states[low] != BISECT_ALIVE)
        return bisect->states[low] == BISECT_DEAD ? BISECT_HOPELESS : BISECT_UNCLEAR;
    if (low == bisect->count)
        return BISECT_WHOLE;
    if (high == BISECT_NONE)
        return BISECT_UNCLEAR;
    *from = low;
    *to = high - 1;
    return *from == *to ? BISECT_FOUND : BISECT_BETWEEN;
}
