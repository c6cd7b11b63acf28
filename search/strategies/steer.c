/*
 * steer.c - the way down by what is left of the budget, and the depths that it goes by.
 */
#include "search/strategies/steer.h"

#include "search/budget.h"
#include "search/path.h"
#include "search/run.h"
#include "search/strategies/widen.h"

#include <assert.h>
#include <string.h>

/* The children of a node, looked at one after another. */
struct steer_view {
    struct select_parent parent;
    double deep;      /* worth of a level of depth: kappa rho / A */
    double sum, more; /* of the children's own values, and of their squares */
    uint32_t valued;  /* children that have one */
    uint32_t untried, count;
    uint32_t choice; /* the best, TREE_NONE: all are closed, or known answers ... */
    float best;
    uint32_t known; /* ... of which this is the best; TREE_NONE: none */
    float best_known;
};

void steer_begin(struct steer *steer)
{
    *steer = (struct steer){.answers = 0};
}

/* --- the choice --------------------------------------------------------------------- */

static double steer_answer_depth(const struct steer *steer)
{
    if (steer->answers > 0)
        return (double)steer->depths / (double)steer->answers;
    return steer->deepest > 0 ? steer->deepest : 1.0;
}

/* A look at the children of the last node of sim's path begins. */
static struct steer_view steer_view_of(const struct steer *steer, const struct simulation *sim,
                                       double spent)
{
    const struct open_tree *open = sim->lane->open;
    struct tally self = tree_tally(path_leaf(sim));
    float mean = self.visits > 0 ? (float)self.sum / (float)self.visits * (1.0F / TREE_ONE) : 0.5F;
    double answer = steer_answer_depth(steer);
    struct steer_view view = {
        .parent = select_parent_of(&open->tree.rule, (float)self.visits, (float)self.pending, mean),
        /* Answers that are all empty are at depth 0. */
        .deep = STEER_KAPPA * spent / (answer > 0.0 ? answer : 1.0),
        .choice = TREE_NONE,
        .best = -INFINITY,
        .known = TREE_NONE,
        .best_known = -INFINITY,
    };

    assert(spent >= 0.0 && spent <= 1.0);
    view.parent.weight *= (float)(1.0 - spent);
    return view;
}

static void steer_count_value(struct steer_view *view, struct tally tally,
                              const struct cold_node *node)
{
    uint32_t visits = node != NULL ? node_own_visits(node) : tally.visits;
    double sum = (double)(node != NULL ? node_own_sum(node) : tally.sum);
    double value = visits > 0 ? sum / visits / TREE_ONE : 0.0;

    view->valued += visits > 0;
    view->sum += value;
    view->more += value * value;
}

/* Another visit to an answer that is known finds nothing out. */
static void steer_keep_best(struct steer_view *view, float score, bool known)
{
    float *best = known ? &view->best_known : &view->best;

    if (score <= *best)
        return;
    *best = score;
    *(known ? &view->known : &view->choice) = view->count;
}

/* depth: of the child itself. node: NULL in a nameless world. */
static void steer_look(struct steer_view *view, const struct slot *slot,
                       const struct cold_node *node, uint32_t depth)
{
    struct tally tally = tree_tally(slot);
    double deep = tally.visits > 0 && node != NULL ? (double)node->mean_depth : depth;
    float score;

    if (tally.prior == 0)
        return; /* closed */
    score = select_score(&view->parent, scan_child(tally, 0)) + (float)(view->deep * deep);
    view->untried += tally.visits + tally.pending == 0;
    steer_count_value(view, tally, node);
    steer_keep_best(view, score, tally.handle == TREE_TERMINAL && tally.visits > 0);
}

/* All children, also those that the block has no slots for yet. */
static void steer_look_at_all(struct steer_view *view, struct lane *lane, struct block *top)
{
    struct tree *tree = &lane->open->tree;

    for (struct block *wing = top; wing != NULL && view->count < TREE_CHILDREN_MOST;
         wing = tree_next_wing(tree, wing)) {
        uint32_t first = view->count;

        if (tree_slots(wing) < wing->count)
            tree_grow(tree, &lane->chunk, wing);
        for (uint32_t i = 0; i < tree_slots(wing) && view->count < TREE_CHILDREN_MOST; i++) {
            steer_look(view, tree_child(tree, wing, i),
                       wing->family != NULL ? &wing->family->node[i] : NULL, wing->depth);
            view->count++;
        }
        view->count = first + wing->count; /* children are numbered through all wings */
    }
}

double steer_one_more(double sum, double squares, uint32_t count, double spent)
{
    double mean = sum / count, variance = squares / count - mean * mean;

    assert(count > 0);
    return mean + STEER_LAMBDA * (1.0 - spent) * (variance > 0.0 ? variance : 0.0);
}

/* Is one more child worth more than any that is there? */
static bool steer_wants_more(const struct steer_view *view, double spent)
{
    return view->untried == 0 && view->valued > 0 && view->count < TREE_CHILDREN_MOST &&
           steer_one_more(view->sum, view->more, view->valued, spent) >= (double)view->best;
}

uint32_t steer_choose(const struct steer *steer, struct simulation *sim, struct block *top)
{
    double spent = budget_share_spent(sim->lane);
    struct steer_view view = steer_view_of(steer, sim, spent);

    assert(steer_steers(sim->lane->open) && !sim->lane->open->tree.shared);
    steer_look_at_all(&view, sim->lane, top);
    if (sim->lane->open->tree.widens && steer_wants_more(&view, spent) && widen_claim(sim, top, 1))
        return STEER_WIDENS;
    return view.choice != TREE_NONE ? view.choice : view.known;
}

/* --- depths ------------------------------------------------------------------------- */

/* Steps of a complete answer: its path's, and a line each. */
static uint32_t steer_depth_of_answer(const struct simulation *sim, const struct rollout *rollout)
{
    const char *text = rollout->step->text;
    uint32_t depth = sim->call.state.depth + (*text != '\0');

    for (; (text = strchr(text, '\n')) != NULL; text++)
        depth++;
    return depth;
}

static bool steer_is_answer(const struct simulation *sim)
{
    const struct crux_step *last = sim->call.state.last;

    return last != NULL && last->terminal;
}

static void steer_count_answers(struct steer *steer, const struct simulation *sim)
{
    uint32_t depth = sim->call.state.depth;

    if (depth > steer->deepest)
        steer->deepest = depth;
    if (sim->found == FOUND_KNOWN)
        return;
    for (uint32_t i = 0; i < sim->rollout_count; i++)
        steer->depths += steer_depth_of_answer(sim, &sim->rollouts[i]);
    steer->answers += sim->rollout_count;
    if (sim->rollout_count == 0 && steer_is_answer(sim)) {
        steer->depths += depth;
        steer->answers++;
    }
}

/* All nodes of the path, the one that was evaluated among them, know of one visit more. */
static void steer_count_depth(const struct simulation *sim)
{
    const struct tree *tree = &sim->lane->open->tree;
    float depth = steer_is_answer(sim) ? 0.0F : (float)sim->call.state.depth;
    uint32_t handle = tree_tally(&tree->root).handle;

    for (uint32_t level = 0; level < sim->call.state.depth && handle >= ARENA_FIRST; level++) {
        uint32_t index = sim->choices[level];
        struct block *wing = tree_wing_of(tree, tree_block(tree, handle), &index);
        struct tally tally = tree_tally(tree_child(tree, wing, index));
        struct cold_node *node = wing->family != NULL ? &wing->family->node[index] : NULL;

        assert(tally.visits > 0);
        if (node != NULL)
            node->mean_depth += (depth - node->mean_depth) / (float)tally.visits;
        handle = tally.handle;
    }
}

void steer_settled(struct steer *steer, const struct simulation *sim)
{
    const struct open_tree *open = sim->lane->open;
    uint32_t visits = tree_tally(&open->tree.root).visits;

    assert(visits - steer->visits <= 1);
    if (visits == steer->visits) /* nothing came back */
        return;
    steer->visits = visits;
    steer_count_answers(steer, sim);
    steer_count_depth(sim);
}
