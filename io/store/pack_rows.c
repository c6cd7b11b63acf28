/*
 * pack_rows.c - the fields of a packed tree: a table for each struct, for writing and reading.
 *
 * A node's depth stands in no table: it follows from the parent's, and so cannot
 * contradict it.
 */
#include "io/store/pack_rows.h"

#define SINCE(schema, type, name, form, most)                                                      \
#name, offsetof(struct type, name), form, most, schema, 0
#define FIELD(type, name, form, most) SINCE(1, type, name, form, most)
#define COUNT_OF(array)               ((uint32_t)(sizeof(array) / sizeof *(array)))

_Static_assert(sizeof(enum crux_reason) == sizeof(uint32_t), "a reason is packed as a word");

static const struct pack_field tree_fields[] = {
    {FIELD(crux_tree, reason, PACK_WORD, CRUX_REASONS - 1)},
    {FIELD(crux_tree, node_count, PACK_WORD, UINT32_MAX)},
    {FIELD(crux_tree, rollout_count, PACK_WORD, UINT32_MAX)},
    {FIELD(crux_tree, pair_count, PACK_WORD, UINT32_MAX)},
    {FIELD(crux_tree, right_count, PACK_WORD, UINT32_MAX)},
    {SINCE(3, crux_tree, remark_count, PACK_WORD, UINT32_MAX)},
    {FIELD(crux_tree, simulations, PACK_LONG, UINT64_MAX)},
    {FIELD(crux_tree, withdrawn, PACK_LONG, UINT64_MAX)},
    {FIELD(crux_tree, calls, PACK_LONG, UINT64_MAX)},
    {SINCE(2, crux_tree, collisions, PACK_LONG, UINT64_MAX)},
    {FIELD(crux_tree, prompt_tokens, PACK_LONG, UINT64_MAX)},
    {FIELD(crux_tree, completion_tokens, PACK_LONG, UINT64_MAX)},
    {FIELD(crux_tree, price, PACK_SIGNED, 0)},
    {FIELD(crux_tree, search_ns, PACK_SIGNED, 0)},
    {FIELD(crux_tree, arena_bytes, PACK_LONG, UINT64_MAX)},
    {FIELD(crux_tree, audit.evaluated, PACK_LONG, UINT64_MAX)},
    {FIELD(crux_tree, audit.root_visits, PACK_LONG, UINT64_MAX)},
    {SINCE(2, crux_tree, audit.visits, PACK_LONG, UINT64_MAX)},
    {FIELD(crux_tree, audit.blocks, PACK_LONG, UINT64_MAX)},
    {FIELD(crux_tree, audit.in_flight_left, PACK_LONG, UINT64_MAX)},
    {FIELD(crux_tree, audit.claims_left, PACK_LONG, UINT64_MAX)},
    {FIELD(crux_tree, audit.visit_errors, PACK_LONG, UINT64_MAX)},
    {FIELD(crux_tree, audit.sum_errors, PACK_LONG, UINT64_MAX)},
};

static const struct pack_field node_fields[] = {
    {FIELD(crux_node, parent, PACK_WORD, UINT32_MAX)},
    {FIELD(crux_node, kind, PACK_BYTE, CRUX_KINDS - 1)},
    {FIELD(crux_node, visits, PACK_WORD, UINT32_MAX)},
    {FIELD(crux_node, tokens, PACK_WORD, UINT32_MAX)},
    {FIELD(crux_node, value, PACK_REAL, 0)},
    {FIELD(crux_node, prior, PACK_REAL, 0)},
    {FIELD(crux_node, score, PACK_REAL, 0)},
    {FIELD(crux_node, terminal, PACK_BOOL, 0)},
    {FIELD(crux_node, closed, PACK_BOOL, 0)},
    {FIELD(crux_node, text, PACK_TEXT, 0)},
    {SINCE(2, crux_node, target, PACK_REAL, 0)},
    {SINCE(3, crux_node, logprob, PACK_REAL, 0)},
};

static const struct pack_field rollout_fields[] = {
    {FIELD(crux_rollout, node, PACK_WORD, UINT32_MAX)},
    {FIELD(crux_rollout, verdict, PACK_BYTE, CRUX_WRONG)},
    {FIELD(crux_rollout, reward, PACK_REAL, 0)},
    {FIELD(crux_rollout, text, PACK_TEXT, 0)},
    {FIELD(crux_rollout, answer, PACK_TEXT, 0)},
};

static const struct pack_field pair_fields[] = {
    {FIELD(crux_pair, wrong, PACK_WORD, UINT32_MAX)},
    {FIELD(crux_pair, right, PACK_WORD, UINT32_MAX)},
    {FIELD(crux_pair, prefix, PACK_WORD, UINT32_MAX)},
    {FIELD(crux_pair, first_error, PACK_WORD, UINT32_MAX)},
    {FIELD(crux_pair, exact, PACK_BOOL, 0)},
    {FIELD(crux_pair, critique, PACK_TEXT, 0)},
    {FIELD(crux_pair, error_type, PACK_TEXT, 0)},
    {FIELD(crux_pair, corrected_step, PACK_TEXT, 0)},
    {FIELD(crux_pair, method, PACK_TEXT, 0)},
};

static const struct pack_field remark_fields[] = {
    {SINCE(3, crux_remark, path, PACK_WORD, UINT32_MAX)},
    {SINCE(3, crux_remark, role, PACK_BYTE, CRUX_ROLES - 1)},
    {SINCE(3, crux_remark, score, PACK_REAL, 0)},
    {SINCE(3, crux_remark, opinion.judges, PACK_WORD, UINT32_MAX)},
    {SINCE(3, crux_remark, opinion.spread, PACK_REAL, 0)},
    {SINCE(3, crux_remark, opinion.sentence, PACK_TEXT, 0)},
    {"opinion.steps", offsetof(struct crux_remark, opinion.steps), PACK_REALS, CRUX_OPINION_STEPS,
     3, offsetof(struct crux_remark, opinion.step_count)},
};

const struct pack_row pack_tree_row = {"tree", tree_fields, COUNT_OF(tree_fields),
                                       sizeof(struct crux_tree)};
const struct pack_row pack_node_row = {"nodes", node_fields, COUNT_OF(node_fields),
                                       sizeof(struct crux_node)};
const struct pack_row pack_rollout_row = {"rollouts", rollout_fields, COUNT_OF(rollout_fields),
                                          sizeof(struct crux_rollout)};
const struct pack_row pack_pair_row = {"pairs", pair_fields, COUNT_OF(pair_fields),
                                       sizeof(struct crux_pair)};
const struct pack_row pack_remark_row = {"remarks", remark_fields, COUNT_OF(remark_fields),
                                         sizeof(struct crux_remark)};

uint32_t pack_row_fields(const struct pack_row *row, uint64_t schema)
{
    uint32_t count = 0;

    for (uint32_t f = 0; f < row->count; f++)
        count += row->fields[f].schema <= schema;
    return count;
}

uint64_t pack_rows_least(const struct crux_tree *tree, uint64_t schema)
{
    return tree->node_count * (pack_row_fields(&pack_node_row, schema) + UINT64_C(1)) +
           tree->rollout_count * (pack_row_fields(&pack_rollout_row, schema) + UINT64_C(1)) +
           tree->pair_count * (pack_row_fields(&pack_pair_row, schema) + UINT64_C(1)) +
           tree->remark_count * (pack_row_fields(&pack_remark_row, schema) + UINT64_C(1)) +
           tree->right_count;
}

/* Schema 1 had no targets: the prior was what was played. Before schema 4 the place where two paths
 * part stood for a first wrong step that nobody knew. */
void pack_rows_complete(struct crux_tree *tree, uint64_t schema)
{
    struct crux_node *nodes = (struct crux_node *)(uintptr_t)tree->nodes;
    struct crux_pair *pairs = (struct crux_pair *)(uintptr_t)tree->pairs;

    for (uint32_t i = 0; schema < 2 && i < tree->node_count; i++)
        nodes[i].target = nodes[i].prior;
    for (uint32_t i = 0; schema < 4 && i < tree->pair_count; i++)
        if (!pairs[i].exact && pairs[i].critique[0] == '\0')
            pairs[i].first_error = CRUX_NO_STEP;
}

static bool node_fits(struct crux_node *nodes, uint32_t i)
{
    uint32_t parent = nodes[i].parent;

    if (i == 0)
        return parent == CRUX_NO_NODE;
    if (parent >= i)
        return false;
    nodes[i].depth = nodes[parent].depth + 1;
    return true;
}

/* first_error may be one behind the last step: the answer lacks a step. */
static bool pair_fits(const struct crux_tree *tree, const struct crux_pair *pair)
{
    size_t wrong_steps, right_steps;

    if (pair->wrong >= tree->rollout_count || pair->right >= tree->rollout_count)
        return false;
    wrong_steps = crux_path_steps(tree, pair->wrong, NULL, 0);
    right_steps = crux_path_steps(tree, pair->right, NULL, 0);
    if (pair->prefix > right_steps || pair->prefix > wrong_steps)
        return false;
    if (pair->first_error == CRUX_NO_STEP)
        return !pair->exact;
    return pair->prefix <= pair->first_error && pair->first_error <= wrong_steps;
}

/* Outcomes are of rollouts, all else of nodes. */
static bool remark_fits(const struct crux_tree *tree, const struct crux_remark *remark)
{
    return remark->path <
           (remark->role == CRUX_ROLE_OUTCOME ? tree->rollout_count : tree->node_count);
}

bool pack_rows_fit(struct crux_tree *tree, struct pack_breach *breach)
{
    struct crux_node *nodes = (struct crux_node *)(uintptr_t)tree->nodes;

    *breach = (struct pack_breach){"nodes", 0, "expected a parent that comes before it"};
    for (; breach->row < tree->node_count; breach->row++)
        if (!node_fits(nodes, (uint32_t)breach->row))
            return false;
    *breach = (struct pack_breach){"rollouts", 0, "expected a node that is there"};
    for (; breach->row < tree->rollout_count; breach->row++)
        if (tree->rollouts[breach->row].node >= tree->node_count)
            return false;
    *breach = (struct pack_breach){"pairs", 0, "expected two rollouts and steps of theirs"};
    for (; breach->row < tree->pair_count; breach->row++)
        if (!pair_fits(tree, &tree->pairs[breach->row]))
            return false;
    *breach = (struct pack_breach){"remarks", 0, "expected a node or a rollout that is there"};
    for (; breach->row < tree->remark_count; breach->row++)
        if (!remark_fits(tree, &tree->remarks[breach->row]))
            return false;
    return true;
}
