/*
 * examples.c - a finished tree becomes rows.
 *
 * First the tree is walked for drafts, rows in the numbers of its own nodes and rollouts; then
 * those that are kept get their features, each candidate once.
 */
#include "critics/linear/examples.h"

#include "io/draw.h"
#include "io/siblings.h"

#include <stdlib.h>
#include <string.h>

/* --- growing arrays --------------------------------------------------------------------- */

/* Room for some more elements. False: no memory. */
static bool set_grow(void *array, size_t size, size_t count, size_t more, size_t *room)
{
    size_t wanted = *room == 0 ? 1024 : *room;
    void **place = array, *grown;

    while (wanted < count + more)
        wanted *= 2;
    if (wanted == *room)
        return true;
    grown = realloc(*place, wanted * size);
    if (grown == NULL)
        return false;
    *place = grown;
    *room = wanted;
    return true;
}

/* --- drafts ------------------------------------------------------------------------------- */

/* A row in a tree's own numbers: of nodes for pairs, of rollouts else. */
struct draft {
    uint32_t candidate, other;
    bool right;
};

struct drafting {
    const struct crux_training *what;
    const struct crux_tree *tree;
    struct draft *drafts;
    size_t count, room;
    struct siblings_count siblings;
};

static bool draft_put(struct drafting *drafting, uint32_t candidate, uint32_t other, bool right)
{
    if (!set_grow(&drafting->drafts, sizeof *drafting->drafts, drafting->count, 1, &drafting->room))
        return false;
    drafting->drafts[drafting->count++] = (struct draft){candidate, other, right};
    return true;
}

static bool draft_pair(void *context, uint32_t better, uint32_t lower)
{
    return draft_put(context, better, lower, true);
}

/* Sub-goals for the critic of sub-goals; else one kind, or all but sub-goals. */
static uint32_t kinds_compared(const struct crux_training *what)
{
    if (what->role == CRUX_ROLE_SUBGOAL)
        return CRUX_SUBGOALS;
    return what->kind == CRUX_KINDS ? SIBLINGS_EVERY & ~CRUX_SUBGOALS : 1U << what->kind;
}

/* How good a child was, below 0: that is not known. */
static double examples_label_of(const struct crux_training *what, const struct crux_node *node)
{
    if (what->label == CRUX_LABEL_SCORE)
        return node->score;
    return siblings_value(node, what->least_visits);
}

static bool draft_families(struct drafting *drafting)
{
    const struct crux_training *what = drafting->what;
    const struct crux_tree *tree = drafting->tree;
    const struct siblings_rule rule = {
        .kinds = kinds_compared(what), .margin = what->margin, .siblings = what->siblings};
    double *worth = calloc((size_t)tree->node_count + 1, sizeof *worth);
    bool ok = worth != NULL;

    for (uint32_t i = 0; ok && i < tree->node_count; i++)
        worth[i] = examples_label_of(what, &tree->nodes[i]);
    ok = ok && siblings_each(tree, &rule, worth, draft_pair, drafting, &drafting->siblings);
    free(worth);
    return ok;
}

static bool draft_answers(struct drafting *drafting)
{
    const struct crux_tree *tree = drafting->tree;

    for (uint32_t i = 0; i < tree->rollout_count; i++)
        if (tree->rollouts[i].verdict != CRUX_UNKNOWN &&
            !draft_put(drafting, i, LINEAR_ALONE, tree->rollouts[i].verdict == CRUX_RIGHT))
            return false;
    return true;
}

/* --- paths ----------------------------------------------------------------------------------- */

/* Every node of a tree as the step that a critic was asked about. */
static struct crux_step *steps_of_nodes(const struct crux_tree *tree)
{
    struct crux_step *steps = calloc((size_t)tree->node_count + 1, sizeof *steps);

    for (uint32_t i = 1; steps != NULL && i < tree->node_count; i++) {
        const struct crux_node *node = &tree->nodes[i];

        steps[i] = (struct crux_step){
            .previous = node->parent != 0 ? &steps[node->parent] : NULL,
            .text = node->text,
            .length = (uint32_t)strlen(node->text),
            .depth = node->depth,
            .tokens = node->tokens,
            .logprob = (float)node->logprob,
            .kind = node->kind,
            .terminal = node->terminal,
        };
    }
    return steps;
}

/* A complete answer as an outcome critic is asked about it: the node's steps and, if there is
 * more, one that holds the rest. NULL: it says nothing at all. */
static const struct crux_step *step_of_answer(const struct crux_rollout *rollout,
                                              const struct crux_step *steps, struct crux_step *rest)
{
    const struct crux_step *node = rollout->node != 0 ? &steps[rollout->node] : NULL;

    if (rollout->text[0] == '\0')
        return node;
    *rest = (struct crux_step){.previous = node,
                               .text = rollout->text,
                               .length = (uint32_t)strlen(rollout->text),
                               .depth = node != NULL ? node->depth + 1 : 1,
                               .kind = CRUX_ANSWER,
                               .terminal = true};
    return rest;
}

static const struct crux_step *step_of_draft(const struct crux_training *what,
                                             const struct crux_tree *tree, uint32_t number,
                                             const struct crux_step *steps, struct crux_step *rest)
{
    const struct crux_rollout *rollout;

    if (linear_compares(what->role))
        return &steps[number];
    rollout = &tree->rollouts[number];
    if (what->role == CRUX_ROLE_OUTCOME)
        return step_of_answer(rollout, steps, rest);
    return rollout->node != 0 ? &steps[rollout->node] : NULL;
}

/* --- the set ---------------------------------------------------------------------------------- */

bool linear_compares(enum crux_role role)
{
    return role == CRUX_ROLE_EXECUTION || role == CRUX_ROLE_SUBGOAL;
}

static bool candidate_put(struct linear_set *set, const struct crux_problem *problem,
                          const struct crux_step *last, bool whole)
{
    struct linear_features *features = &set->features;
    struct linear_candidate *candidate;

    if (!linear_features_of(features, problem, last, whole) ||
        !set_grow(&set->pool, sizeof *set->pool, set->pool_count, features->count,
                  &set->pool_room) ||
        !set_grow(&set->candidates, sizeof *set->candidates, set->candidate_count, 1,
                  &set->candidate_room))
        return false;
    candidate = &set->candidates[set->candidate_count++];
    *candidate = (struct linear_candidate){
        .problem = draw_text(problem->id, strlen(problem->id)),
        .place = features->place,
        .depth = last != NULL ? last->depth : 0,
        .first = set->pool_count,
        .count = features->count,
    };
    memcpy(set->pool + set->pool_count, features->index, features->count * sizeof *set->pool);
    set->pool_count += features->count;
    return true;
}

/* Where a tree's candidates have got to in the set, by their number in the tree; 0: nowhere yet,
 * else the position and one. */
struct keeping {
    struct linear_set *set;
    const struct drafting *drafting;
    const struct crux_step *steps;
    uint32_t *kept;
};

static bool keep_candidate(struct keeping *keeping, uint32_t number, uint32_t *out)
{
    const struct crux_training *what = keeping->drafting->what;
    const struct crux_tree *tree = keeping->drafting->tree;
    struct crux_step rest;

    *out = LINEAR_ALONE;
    if (number == LINEAR_ALONE)
        return true;
    if (keeping->kept[number] == 0) {
        const struct crux_step *last = step_of_draft(what, tree, number, keeping->steps, &rest);

        if (!candidate_put(keeping->set, tree->problem, last, !linear_compares(what->role)))
            return false;
        keeping->kept[number] = (uint32_t)keeping->set->candidate_count;
    }
    *out = keeping->kept[number] - 1;
    return true;
}

static bool keep_row(struct keeping *keeping, const struct draft *draft)
{
    struct linear_set *set = keeping->set;
    struct linear_row row = {.right = draft->right};

    if (!keep_candidate(keeping, draft->candidate, &row.candidate) ||
        !keep_candidate(keeping, draft->other, &row.other) ||
        !set_grow(&set->rows, sizeof *set->rows, set->row_count, 1, &set->row_room))
        return false;
    set->rows[set->row_count++] = row;
    set->row_features += set->candidates[row.candidate].count;
    if (row.other != LINEAR_ALONE)
        set->row_features += set->candidates[row.other].count;
    return true;
}

/* Of more drafts than may be kept every so many-th. */
static bool keep_rows(struct linear_set *set, const struct drafting *drafting)
{
    const struct crux_tree *tree = drafting->tree;
    size_t count = drafting->count, most = drafting->what->most, numbers;
    struct keeping keeping = {.set = set, .drafting = drafting};
    struct crux_step *steps = steps_of_nodes(tree);
    bool ok;

    numbers = tree->node_count > tree->rollout_count ? tree->node_count : tree->rollout_count;
    keeping.kept = calloc(numbers + 1, sizeof *keeping.kept);
    keeping.steps = steps;
    ok = steps != NULL && keeping.kept != NULL;
    for (size_t i = 0; ok && i < (count < most ? count : most); i++)
        ok = keep_row(&keeping, &drafting->drafts[count <= most ? i : i * count / most]);
    free(keeping.kept);
    free(steps);
    return ok;
}

int linear_set_add(struct linear_set *set, const struct crux_training *what,
                   const struct crux_tree *tree, struct crux_error *error)
{
    struct drafting drafting = {.what = what, .tree = tree};
    bool ok;

    ok = (linear_compares(what->role) ? draft_families(&drafting) : draft_answers(&drafting)) &&
         (drafting.count == 0 || keep_rows(set, &drafting));
    set->families += drafting.siblings.families;
    set->unscored += what->label == CRUX_LABEL_SCORE ? drafting.siblings.unknown : 0;
    free(drafting.drafts);
    if (!ok)
        return crux_fail(error, CRUX_MEMORY, "no memory for training examples");
    if (set->row_features > (set->most > 0 ? set->most : LINEAR_ROW_FEATURES))
        return crux_fail(error, CRUX_INPUT,
                         "up to problem `%.60s` the trees have %zu rows with %zu features, more"
                         " than a fit holds: train with fewer rows of each problem",
                         tree->problem->id, set->row_count, set->row_features);
    return CRUX_OK;
}

void linear_set_free(struct linear_set *set)
{
    free(set->candidates);
    free(set->rows);
    free(set->pool);
    linear_features_free(&set->features);
    *set = (struct linear_set){.rows = NULL};
}
