/*
 * pace.c - a ring of the last notes.
 */
#include "io/cli/pace.h"

void pace_note(struct pace *pace, int64_t now_ns, double sum)
{
    uint32_t place = pace->count++ % PACE_KEPT;

    pace->at_ns[place] = now_ns;
    pace->sums[place] = sum;
}

double pace_of(const struct pace *pace)
{
    uint32_t last = (pace->count - 1) % PACE_KEPT;
    uint32_t first = pace->count < PACE_KEPT ? 0 : pace->count % PACE_KEPT;
    int64_t passed;

    if (pace->count < 2)
        return 0.0;
    passed = pace->at_ns[last] - pace->at_ns[first];
    return passed > 0 ? (pace->sums[last] - pace->sums[first]) * 1e9 / (double)passed : 0.0;
}
