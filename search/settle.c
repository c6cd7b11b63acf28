/*
 * settle.c - the end of a simulation: new children are published and its value is backed up.
 */
#include "search/settle.h"

#include "search/open_tree.h"
#include "search/path.h"
#include "search/phase.h"
#include "search/run.h"
#include "search/strategies/strategy.h"

#include <assert.h>

static uint32_t settle_prior_of(const struct expansion *expansion, uint32_t index)
{
    float share = (float)expansion->count / (float)(expansion->before + expansion->count);
    uint32_t fixed = tree_fixed((double)(expansion->family->node[index].prior * share));

    assert(expansion->family != NULL && index < expansion->count);
    return fixed > 0 ? fixed : 1; /* 0 would close it */
}

static void settle_count_own(struct cold_node *node, uint32_t value)
{
    assert(value <= TREE_ONE);
    if (node == NULL)
        return;
    /* relaxed: compared after the last simulation. */
    atomic_fetch_add_explicit(&node->own_visits, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&node->own_sum, value, memory_order_relaxed);
}

/* Put on the node what was found there: answers, or what the value critic said. Under the claim
 * on the node, and before others may find it evaluated. */
static void settle_attach(struct simulation *sim, struct cold_node *node)
{
    struct open_tree *open = sim->lane->open;

    if (sim->rollout_count == 0) {
        if (node != NULL && sim->valued != NULL)
            node->valued = sim->valued;
        return;
    }
    assert(node != NULL); /* nameless steps are not rolled out */
    for (uint32_t i = 0; i < sim->rollout_count; i++) {
        struct rollout *rollout = &sim->rollouts[i];

        rollout->ordinal = atomic_fetch_add_explicit(&open->rollouts, 1, memory_order_relaxed);
        cold_attach(node, rollout);
    }
}

/* The mean of what is known of the leaf: a terminal's value, exactly. */
static uint32_t settle_known_value(const struct simulation *sim)
{
    struct tally tally = tree_tally(path_leaf(sim));

    /* In floating point, where division is fast; exact, since both are below 2^53. */
    return tally.visits > 0 ? (uint32_t)((double)tally.sum / tally.visits) : 0;
}

static enum tree_state settle_state_after(const struct crux_step *step)
{
    return step != NULL && step->terminal ? TREE_TERMINAL : TREE_LEAF;
}

/* The state's value is known from now on to all that are equal to it. */
static void settle_transposition(struct simulation *sim, uint32_t value)
{
    assert(!sim->holds_state || sim->call.state.last->state_hash != 0);
    if (sim->holds_state)
        transposition_settle(&sim->lane->open->transpositions, sim->call.state.last->state_hash,
                             value);
    sim->holds_state = false;
}

static uint32_t settle_evaluated(struct simulation *sim)
{
    const struct tree *tree = &sim->lane->open->tree;
    uint32_t value = tree_fixed(sim->value);

    assert(sim->found == FOUND_EVALUATE || sim->found == FOUND_TRANSPOSITION);
    settle_attach(sim, sim->node);
    settle_count_own(sim->node, value);
    settle_transposition(sim, value);
    /* Before the state changes: a lane that finds the leaf evaluated finds its value. */
    tree_leave(tree, path_leaf(sim), 1, value);
    if (sim->claimed)
        tree_set_state(tree, path_leaf(sim), TREE_EVALUATING,
                       settle_state_after(sim->call.state.last));
    return value;
}

static uint32_t settle_dead_end(struct simulation *sim)
{
    uint32_t value = settle_known_value(sim);

    assert(sim->claimed && sim->found == FOUND_EXPAND);
    settle_count_own(sim->node, value);
    tree_set_state(&sim->lane->open->tree, path_leaf(sim), TREE_BUILDING, TREE_TERMINAL);
    return value;
}

static struct expansion settle_expansion_of(const struct simulation *sim)
{
    uint32_t equal = tree_fixed(1.0 / sim->family_count);
    const struct run *run = sim->lane->run;
    bool evaluated = !run->setup.transpositions && !run->strategy->levels;

    assert(sim->family_count > 0);
    assert(sim->family == NULL || sim->family->count == sim->family_count);
    return (struct expansion){
        .count = sim->family_count,
        .depth = sim->depth + 1u,
        .family = sim->family,
        .equal = sim->family != NULL ? 0
                 : equal > 0         ? equal
                                     : 1,
        .prior = settle_prior_of,
        .before = phase_children_before(sim),
        .first = evaluated ? settle_state_after(sim->call.state.last) : TREE_UNVISITED,
        .value = evaluated ? tree_fixed(sim->value) : 0,
    };
}

/* False: the arena is full; search on with the tree there is. */
static bool settle_publish_expansion(struct simulation *sim, const struct expansion *expansion)
{
    struct lane *lane = sim->lane;
    const struct strategy *strategy = lane->run->strategy;

    assert(sim->found == FOUND_EXPAND || sim->wing != NULL);
    if (strategy->expands != NULL)
        strategy->expands(sim, expansion);
    if (sim->found == FOUND_WIDEN)
        return tree_widen(&lane->open->tree, &lane->chunk, sim->wing, expansion);
    return tree_publish(&lane->open->tree, &lane->chunk, path_leaf(sim), expansion);
}

/* Returns whether the first of the children was evaluated. */
static bool settle_children(struct simulation *sim, uint32_t *value)
{
    struct expansion expansion = settle_expansion_of(sim);
    struct cold_node *child = sim->family != NULL ? &sim->family->node[0] : NULL;

    if (!settle_publish_expansion(sim, &expansion)) {
        if (sim->found == FOUND_EXPAND) {
            *value = settle_dead_end(sim);
            return true;
        }
        tree_unclaim_wing(sim->wing, true);
        return false;
    }
    if (expansion.first == TREE_UNVISITED)
        return false;
    *value = expansion.value;
    settle_attach(sim, child);
    settle_count_own(child, expansion.value);
    return true;
}

static bool settle_proposed(struct simulation *sim, uint32_t *value)
{
    if (sim->family_count > 0)
        return settle_children(sim, value);
    if (sim->found == FOUND_WIDEN) {
        tree_unclaim_wing(sim->wing, true);
        return false;
    }
    *value = settle_dead_end(sim);
    return true;
}

bool settle_publish(struct simulation *sim)
{
    uint32_t value = 0, levels = sim->depth + 1u;
    bool counts = true;

    assert(sim->phase == PHASE_READY && !sim->unjudged);
    switch ((enum found)sim->found) {
    case FOUND_KNOWN:
        value = settle_known_value(sim);
        settle_count_own(sim->node, value);
        break;
    case FOUND_EVALUATE:
    case FOUND_TRANSPOSITION:
        value = settle_evaluated(sim);
        levels--; /* the leaf has it */
        break;
    case FOUND_EXPAND:
    case FOUND_WIDEN:
        assert(sim->claimed);
        counts = settle_proposed(sim, &value);
        break;
    case FOUND_COLLISION:
    case FOUND_DEAD_END:
    case FOUND_SPENT:
        assert(false); /* such a descent asks nothing and never becomes ready */
    }
    if (counts)
        path_leave(sim, levels, value);
    else
        path_withdraw(sim);
    return counts;
}

/* Give back what was claimed. */
static void settle_unclaim(struct simulation *sim)
{
    const struct tree *tree = &sim->lane->open->tree;

    assert(!sim->claimed || sim->found <= FOUND_TRANSPOSITION);
    if (sim->holds_state)
        transposition_withdraw(&sim->lane->open->transpositions, sim->call.state.last->state_hash);
    sim->holds_state = false;
    if (!sim->claimed)
        return;
    if (sim->found == FOUND_EXPAND)
        tree_set_state(tree, path_leaf(sim), TREE_BUILDING,
                       sim->lane->run->strategy->levels ? TREE_UNVISITED : TREE_LEAF);
    else if (sim->found == FOUND_WIDEN)
        tree_unclaim_wing(sim->wing, !sim->late && sim->status != CRUX_STOPPED);
    else
        tree_set_state(tree, path_leaf(sim), TREE_EVALUATING, TREE_UNVISITED);
}

static uint32_t settle_prior_but_first(const struct expansion *expansion, uint32_t index)
{
    return index == 0 ? 0 : settle_prior_of(expansion, index);
}

bool settle_publish_unevaluated(struct simulation *sim)
{
    bool planned = sim->depth == 0 && sim->lane->run->setup.root == CRUX_ROOT_GUMBEL;
    bool proposed = sim->claimed && sim->found == FOUND_EXPAND && sim->family != NULL &&
                    sim->family_count > 1 && sim->call.state.last == sim->family->node[0].step &&
                    !planned; /* with all children, also with the closed one */
    struct expansion expansion;

    assert(sim->phase == PHASE_FAILED && !sim->late);
    if (!proposed)
        return false;
    expansion = settle_expansion_of(sim);
    expansion.first = TREE_UNVISITED;
    expansion.value = 0;
    expansion.prior = settle_prior_but_first;
    if (!settle_publish_expansion(sim, &expansion))
        return false;
    path_withdraw(sim);
    return true;
}

void settle_withdraw(struct simulation *sim)
{
    settle_unclaim(sim);
    path_withdraw(sim);
}
