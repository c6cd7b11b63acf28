/*
 * widen.c - progressive widening: when a node asks for more children, and which are new.
 */
#include "search/strategies/widen.h"

#include "search/budget.h"
#include "search/open_tree.h"
#include "search/path.h"
#include "search/reply.h"
#include "search/run.h"

#include <assert.h>
#include <math.h>
#include <string.h>

uint32_t widen_wanted(const struct crux_setup *setup, uint32_t visits)
{
    double wanted;

    assert(setup->children > 0 && setup->children <= TREE_CHILDREN_MOST);
    if (setup->widen <= 0.0)
        return setup->children;
    wanted = ceil(setup->widen * pow(visits > 0 ? visits : 1, setup->widen_power));
    if (visits <= 1 && wanted > setup->children)
        return setup->children;
    if (wanted > TREE_CHILDREN_MOST)
        return TREE_CHILDREN_MOST;
    return wanted < 1.0 ? 1 : (uint32_t)wanted;
}

bool widen_here(struct simulation *sim, struct block *block)
{
    const struct crux_setup *setup = &sim->lane->run->setup;
    uint32_t children = tree_children(&sim->lane->open->tree, block);
    uint32_t wanted = widen_wanted(setup, tree_tally(path_leaf(sim)).visits);

    return wanted > children && widen_claim(sim, block, wanted - children);
}

bool widen_claim(struct simulation *sim, struct block *block, uint32_t wanted)
{
    const struct crux_setup *setup = &sim->lane->run->setup;
    const struct tree *tree = &sim->lane->open->tree;

    assert(tree->widens && !sim->claimed && wanted > 0);
    if (!budget_reserve(sim, setup->rollouts > 0 ? 2 : 1))
        return false;
    sim->wing = tree_claim_wing(tree, block);
    if (sim->wing == NULL) {
        budget_unreserve(sim);
        return false;
    }
    sim->wanted = (uint16_t)(wanted < setup->children ? wanted : setup->children);
    sim->claimed = true;
    sim->found = FOUND_WIDEN;
    return true;
}

static bool widen_is_known(const struct simulation *sim, const struct crux_step *step,
                           uint32_t fresh)
{
    const struct tree *tree = &sim->lane->open->tree;
    struct block *top = tree_block(tree, tree_tally(path_leaf(sim)).handle);

    assert(step->text != NULL && fresh <= sim->family->count);
    for (struct block *wing = top; wing != NULL; wing = tree_next_wing(tree, wing))
        for (uint32_t i = 0; wing->family != NULL && i < wing->count; i++)
            if (strcmp(wing->family->steps[i].text, step->text) == 0)
                return true;
    for (uint32_t i = 0; i < fresh; i++)
        if (strcmp(sim->family->steps[i].text, step->text) == 0)
            return true;
    return false;
}

void widen_drop_known(struct simulation *sim)
{
    struct family *family = sim->family;
    uint32_t fresh = 0;

    assert(sim->found == FOUND_WIDEN);
    if (family == NULL)
        return;
    for (uint32_t i = 0; i < family->count; i++) {
        if (widen_is_known(sim, &family->steps[i], fresh))
            continue;
        reply_copy_child(family, fresh++, family, i);
    }
    family->count = sim->family_count = fresh;
    if (fresh == 0)
        sim->family = NULL;
}
