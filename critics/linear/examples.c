/*
 * examples.c - a finished tree becomes rows.
 *
 * First the tree is walked for drafts, rows in the numbers of its own nodes and rollouts; then
 * those that are kept get their features, each candidate once.
 */
#include "critics/linear/examples.h"

#include "io/draw.h"

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
    uint32_t *better, *lower; /* of the family at hand */
    uint32_t better_count, lower_count;
    uint64_t unscored;
};

static bool draft_put(struct drafting *drafting, uint32_t candidate, uint32_t other, bool right)
{
    if (!set_grow(&drafting->drafts, sizeof *drafting->drafts, drafting->count, 1, &drafting->room))
        return false;
    drafting->drafts[drafting->count++] = (struct draft){candidate, other, right};
    return true;
}

/* How good a child was, below 0: that is not known. */
static double examples_label_of(const struct drafting *drafting, const struct crux_node *node)
{
    if (drafting->what->label == CRUX_LABEL_SCORE)
        return node->score;
    return node->visits >= drafting->what->least_visits && node->visits > 0 ? node->value : -1.0;
}

static bool takes_part(const struct crux_training *what, const struct crux_node *node)
{
    return what->kind == CRUX_KINDS || node->kind == what->kind;
}

/* The best ones of a family, and those below them. */
static void part_family(struct drafting *drafting, const uint32_t *family, uint32_t count)
{
    const struct crux_node *nodes = drafting->tree->nodes;
    double best = -1.0;

    drafting->better_count = drafting->lower_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        double label = examples_label_of(drafting, &nodes[family[i]]);

        best = label > best ? label : best;
    }
    drafting->unscored += drafting->what->label == CRUX_LABEL_SCORE && count > 1 && best < 0.0;
    for (uint32_t i = 0; best >= 0.0 && i < count; i++) {
        double label = examples_label_of(drafting, &nodes[family[i]]);

        if (label == best)
            drafting->better[drafting->better_count++] = family[i];
        else if (label >= 0.0)
            drafting->lower[drafting->lower_count++] = family[i];
    }
}

static bool draft_family(struct drafting *drafting, const uint32_t *family, uint32_t count)
{
    uint32_t pairs;

    part_family(drafting, family, count);
    if (drafting->better_count == 0 || drafting->lower_count == 0)
        return true;
    pairs = drafting->better_count > drafting->lower_count ? drafting->better_count
                                                           : drafting->lower_count;
    for (uint32_t i = 0; i < pairs; i++)
        if (!draft_put(drafting, drafting->better[i % drafting->better_count],
                       drafting->lower[i % drafting->lower_count], true))
            return false;
    return true;
}

/* Children of one parent, in order: families in the order of their parents. */
static bool draft_families(struct drafting *drafting)
{
    const struct crux_tree *tree = drafting->tree;
    uint32_t *first = calloc(3 * ((size_t)tree->node_count + 1), sizeof *first);
    uint32_t *next = first + tree->node_count, *family = next + tree->node_count + 1;
    bool ok = first != NULL;

    for (uint32_t i = tree->node_count; ok && i-- > 1;)
        if (takes_part(drafting->what, &tree->nodes[i])) {
            next[i] = first[tree->nodes[i].parent];
            first[tree->nodes[i].parent] = i;
        }
    for (uint32_t parent = 0; ok && parent < tree->node_count; parent++) {
        uint32_t count = 0;

        for (uint32_t child = first[parent]; child != 0; child = next[child])
            family[count++] = child;
        ok = count < 2 || draft_family(drafting, family, count);
    }
    free(first);
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

    drafting.better = calloc(2 * ((size_t)tree->node_count + 1), sizeof *drafting.better);
    drafting.lower = drafting.better + tree->node_count + 1;
    ok = drafting.better != NULL &&
         (linear_compares(what->role) ? draft_families(&drafting) : draft_answers(&drafting)) &&
         (drafting.count == 0 || keep_rows(set, &drafting));
    set->unscored += drafting.unscored;
    free(drafting.better);
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
