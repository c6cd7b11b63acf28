/*
 * branch.c - how many children an expansion asks for, and two replies made one family.
 */
#include "search/strategies/branch.h"

#include "search/open_tree.h"
#include "search/phase.h"
#include "search/reply.h"
#include "search/run.h"

#include <assert.h>
#include <math.h>
#include <string.h>

uint32_t branch_children(const struct crux_setup *setup, double entropy)
{
    double low = setup->branch_low, high = setup->branch_high;

    assert(setup->children > 0 && low >= 0.0 && low <= high);
    if (entropy < 0.0 || entropy >= high)
        return setup->children;
    if (entropy < low)
        return 1;
    return 1 + (uint32_t)lround((setup->children - 1) * ((entropy - low) / (high - low)));
}

bool branch_gates(const struct simulation *sim)
{
    const struct crux_setup *setup = &sim->lane->run->setup;

    return setup->branch_high > 0.0 && setup->children > 1 &&
           !(sim->depth == 0 && setup->root == CRUX_ROOT_GUMBEL);
}

bool branch_asks_again(struct simulation *sim)
{
    const struct crux_setup *setup = &sim->lane->run->setup;
    uint32_t children;

    assert(sim->found == FOUND_EXPAND && sim->phase == PHASE_PROPOSE);
    if (sim->again || !branch_gates(sim))
        return false;
    children = branch_children(setup, sim->family_count > 0 ? (double)sim->entropy : -1.0);
    if (children == 1)
        return false;
    assert(sim->family_count <= 1);
    sim->first = sim->family;
    sim->first_count = (uint8_t)sim->family_count;
    sim->wanted = (uint16_t)(children - 1);
    sim->again = true;
    return true;
}

/* The first family's only child, then those of the second that are new. */
static bool branch_merge(struct simulation *sim)
{
    struct cold *cold = &sim->lane->cold;
    const struct family *first = sim->first, *second = sim->family;
    struct family *both =
        cold_take(cold, sizeof *both + (1 + second->count) * sizeof both->node[0]);
    struct crux_step *steps = cold_take(cold, (1 + second->count) * sizeof *steps);

    if (both == NULL || steps == NULL)
        return false;
    *both = (struct family){.count = 0, .steps = steps};
    reply_copy_child(both, both->count++, first, 0);
    for (uint32_t i = 0; i < second->count; i++)
        if (strcmp(second->steps[i].text, first->steps[0].text) != 0)
            reply_copy_child(both, both->count++, second, i);
    sim->family = both;
    sim->family_count = both->count;
    return true;
}

bool branch_join(struct simulation *sim)
{
    bool named = sim->again && sim->first != NULL;

    if (!sim->again || sim->first_count == 0)
        return true;
    if (sim->family_count == 0) {
        sim->family = sim->first;
        sim->family_count = 1;
        return true;
    }
    if (named != (sim->family != NULL)) {
        phase_fail(sim, CRUX_FAILED, "steps with and without names at one state");
        return false;
    }
    if (!named) {
        sim->family_count += 1;
        return true;
    }
    if (branch_merge(sim))
        return true;
    phase_fail(sim, CRUX_MEMORY, "no memory for children");
    return false;
}
