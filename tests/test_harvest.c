/*
 * test_harvest.c - what a finished tree says of the search that made it.
 *
 * Trees are harvested from small searches of the scripted world, and looked at one by one.
 */
#include "search/finish/target.h"
#include "tests/world/search_fixture.h"

#include <math.h>
#include <criterion/criterion.h>

static struct search_fixture fixture;

static void set_up(void)
{
    fixture = search_fixture_of(WORLD_INSTANT);
}

TestSuite(harvest, .init = set_up, .timeout = 60);

static void run(void (*look)(struct search_fixture *, const struct crux_tree *))
{
    fixture.look = look;
    search_fixture_run(&fixture);
    cr_assert_eq(fixture.status, CRUX_OK, "%s", fixture.error.text);
    cr_assert_null(search_fixture_fault(&fixture), "%s", search_fixture_fault(&fixture));
    cr_assert_eq(fixture.sink.trees, fixture.problems);
}

/* --- nodes ---------------------------------------------------------------------- */

static void look_at_numbers(struct search_fixture *self, const struct crux_tree *tree)
{
    (void)self;
    cr_assert_gt(tree->node_count, 1);
    cr_assert_eq(tree->nodes[0].parent, CRUX_NO_NODE);
    cr_assert_eq(tree->nodes[0].depth, 0);
    cr_assert_str_eq(tree->nodes[0].text, "");
    cr_assert_float_eq(tree->nodes[0].prior, 1.0, 0);
    for (uint32_t i = 1; i < tree->node_count; i++) {
        uint32_t parent = tree->nodes[i].parent;

        cr_assert_lt(parent, i, "parents come first");
        cr_assert_eq(tree->nodes[i].depth, tree->nodes[parent].depth + 1);
        /* Depth first: the node before is the parent, or lies below an elder sibling. */
        for (uint32_t j = i - 1; j != parent; j = tree->nodes[j].parent)
            cr_assert_neq(j, CRUX_NO_NODE, "node %u is not where depth first puts it", i);
    }
}

/* Nodes are numbered depth first from the root, which is node 0. */
Test(harvest, nodes_are_numbered_depth_first)
{
    run(look_at_numbers);
}

static void look_at_families(struct search_fixture *self, const struct crux_tree *tree)
{
    for (uint32_t i = 0; i < tree->node_count; i++) {
        double sum = 0.0, last = 2.0;
        uint64_t visits = 0;
        uint32_t children = 0;

        for (uint32_t j = i + 1; j < tree->node_count; j++) {
            if (tree->nodes[j].parent != i)
                continue;
            cr_assert_leq(tree->nodes[j].prior, last, "children are in order of prior");
            last = tree->nodes[j].prior;
            sum += last;
            visits += tree->nodes[j].visits;
            children++;
        }
        cr_assert_geq(tree->nodes[i].visits, visits);
        if (children == 0)
            continue;
        cr_assert_eq(children, self->script.branching, "untried children are there as well");
        cr_assert_float_eq(sum, 1.0, 1e-5);
        cr_assert_eq(tree->nodes[i].visits, visits + 1, "a node is evaluated once itself");
    }
}

/* Families are whole, in order of prior, and their visits are their parent's but one. */
Test(harvest, families_are_whole)
{
    fixture.script.branching = fixture.setup.children = 12; /* more than a block begins with */
    fixture.script.depth = 9;
    run(look_at_families);
}

#define FAMILY_MOST 64u

/* The children of a node, and what its own evaluations were worth on average. */
static uint32_t family_of(const struct crux_tree *tree, uint32_t parent, uint32_t *children,
                          double *own)
{
    double sum = tree->nodes[parent].value * tree->nodes[parent].visits;
    uint32_t visits = tree->nodes[parent].visits, count = 0;

    for (uint32_t i = parent + 1; i < tree->node_count; i++) {
        if (tree->nodes[i].parent != parent)
            continue;
        cr_assert_lt(count, FAMILY_MOST);
        children[count++] = i;
        visits -= tree->nodes[i].visits;
        sum -= tree->nodes[i].value * tree->nodes[i].visits;
    }
    *own = visits > 0 ? fmin(fmax(sum / visits, 0.0), 1.0) : 0.0;
    return count;
}

static void insist_targets(const struct crux_tree *tree, const uint32_t *children, uint32_t count,
                           double own)
{
    struct target_child family[FAMILY_MOST];
    double sum = 0.0, priors = 0.0;
    uint32_t visited = 0;
    struct target target;

    for (uint32_t i = 0; i < count; i++) {
        const struct crux_node *child = &tree->nodes[children[i]];

        family[i] = (struct target_child){child->prior, child->value, child->visits};
        visited += child->visits > 0;
        sum += child->target;
        priors += child->prior;
    }
    target = target_of(family, count, own);
    cr_assert_float_eq(sum, 1.0, 1e-9);
    cr_assert_float_eq(priors, 1.0, 1e-5);
    for (uint32_t i = 0; i < count; i++) {
        const struct crux_node *child = &tree->nodes[children[i]];

        cr_assert_float_eq(child->target, target_share(&target, &family[i]), 1e-9);
        if (visited == 0)
            cr_assert_float_eq(child->target, child->prior, 1e-6);
    }
}

static void look_at_targets(struct search_fixture *self, const struct crux_tree *tree)
{
    uint32_t *most = self->context;

    cr_assert_eq(tree->nodes[0].target, 1.0);
    for (uint32_t i = 0; i < tree->node_count; i++) {
        uint32_t children[FAMILY_MOST];
        double own;
        uint32_t count = family_of(tree, i, children, &own);

        if (count > 0)
            insist_targets(tree, children, count, own);
        *most = count > *most ? count : *most;
    }
}

/* Every family has its improved policy: from its visits, its values and the parent's own
 * value; where nobody was visited it is the prior. */
Test(harvest, families_have_targets)
{
    uint32_t most = 0;

    fixture.script.branching = fixture.setup.children = 12; /* some slots are never made */
    fixture.context = &most;
    run(look_at_targets);
    cr_assert_eq(most, 12);
}

/* Children that came later, by widening, are part of their family: priors and targets
 * are shares of all of it. */
Test(harvest, widened_families_are_one)
{
    uint32_t most = 0;

    fixture.script.branching = 12;
    fixture.setup.children = 4;
    fixture.setup.widen = 1.0;
    fixture.setup.widen_power = 0.7;
    fixture.setup.simulations = 120;
    fixture.context = &most;
    run(look_at_targets);
    cr_assert_gt(most, 4);
}

static void look_at_steps(struct search_fixture *self, const struct crux_tree *tree)
{
    for (uint32_t i = 1; i < tree->node_count; i++) {
        const struct crux_node *node = &tree->nodes[i];

        cr_assert_eq(node->text[0], 'w');
        cr_assert_eq(node->kind, CRUX_STEP);
        cr_assert_eq(node->terminal, node->depth == self->script.depth);
        cr_assert_not(node->closed);
        cr_assert_lt(node->score, 0, "no execution critic, no score");
        cr_assert(node->value >= 0.0 && node->value <= 1.0);
        cr_assert(node->visits > 0 || node->value <= 0.0);
    }
}

/* A node says what its step is. */
Test(harvest, nodes_carry_their_steps)
{
    fixture.script.depth = 3;
    run(look_at_steps);
}

static void look_at_scores(struct search_fixture *self, const struct crux_tree *tree)
{
    (void)self;
    for (uint32_t i = 1; i < tree->node_count; i++)
        cr_assert(tree->nodes[i].score >= 0.0 && tree->nodes[i].score <= 1.0);
}

/* With an execution critic every child carries its score. */
Test(harvest, nodes_carry_their_scores)
{
    fixture.execution = true;
    run(look_at_scores);
}

static const struct crux_remark *remark_of(const struct crux_tree *tree, uint32_t path,
                                           enum crux_role role)
{
    for (uint32_t i = 0; i < tree->remark_count; i++)
        if (tree->remarks[i].path == path && tree->remarks[i].role == role)
            return &tree->remarks[i];
    return NULL;
}

/* Does the tree have what the world's critic said with that number, and only that? */
static uint32_t expect_remark(const struct crux_tree *tree, uint32_t path, enum crux_role role,
                              double score)
{
    const struct crux_remark *remark = remark_of(tree, path, role);
    uint32_t judges = world_opinion_judges(score);

    cr_assert_eq(remark != NULL, judges > 0, "path %u, role %d", path, role);
    if (remark == NULL)
        return 0;
    cr_assert_float_eq(remark->score, score, 1e-6);
    cr_assert_eq(remark->opinion.judges, judges);
    cr_assert_float_eq(remark->opinion.spread, 0.25, 0);
    cr_assert_eq(remark->opinion.step_count, 1);
    cr_assert_float_eq(remark->opinion.steps[0], score, 1e-6);
    cr_assert_str_eq(remark->opinion.sentence, "as it looks");
    return 1;
}

static void look_at_remarks(struct search_fixture *self, const struct crux_tree *tree)
{
    uint32_t count = 0;

    (void)self;
    cr_assert_gt(tree->remark_count, 0);
    for (uint32_t i = 1; i < tree->node_count; i++)
        count += expect_remark(tree, i, CRUX_ROLE_EXECUTION, tree->nodes[i].score);
    for (uint32_t i = 0; i < tree->rollout_count; i++)
        count += expect_remark(tree, i, CRUX_ROLE_OUTCOME, tree->rollouts[i].reward);
    cr_assert_eq(count, tree->remark_count);
    for (uint32_t i = 1; i < count; i++)
        cr_assert(tree->remarks[i - 1].role > tree->remarks[i].role ||
                  tree->remarks[i - 1].path < tree->remarks[i].path);
}

/* What critics said beside their numbers stands behind the node or the rollout, in order. */
Test(harvest, opinions_become_remarks)
{
    fixture.execution = true;
    fixture.script.opinions = true;
    run(look_at_remarks);
}

/* Says 0.5 of everything. */
static int ask_half(struct crux_port *port, struct crux_call *call)
{
    static const double halves[] = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5};

    (void)port;
    cr_assert_leq(call->count, sizeof halves / sizeof *halves);
    call->reply = (struct crux_reply){.count = call->count, .scores = halves};
    return CRUX_DONE;
}

static void look_at_halves(struct search_fixture *self, const struct crux_tree *tree)
{
    (void)self;
    for (uint32_t i = 1; i < tree->node_count; i++)
        cr_assert_float_eq(tree->nodes[i].score, 0.5, 0);
}

/* Steps of a kind that has an execution critic of its own are scored by that one. */
Test(harvest, a_kind_has_its_own_critic)
{
    static struct crux_critic half = {.port = {.name = "half", .instant = true, .ask = ask_half},
                                      .verbs = 1U << CRUX_SCORE};

    fixture.execution = true;
    fixture.setup.executions[CRUX_STEP] = &half;
    run(look_at_halves);
}

static void look_at_values(struct search_fixture *self, const struct crux_tree *tree)
{
    (void)self;
    cr_assert_gt(tree->remark_count, 0);
    for (uint32_t i = 0; i < tree->remark_count; i++) {
        cr_assert_eq(tree->remarks[i].role, CRUX_ROLE_VALUE);
        cr_assert_lt(tree->remarks[i].path, tree->node_count);
        (void)expect_remark(tree, tree->remarks[i].path, CRUX_ROLE_VALUE, tree->remarks[i].score);
    }
}

/* So does what the value critic said of a leaf. */
Test(harvest, opinions_of_values_become_remarks)
{
    fixture.value = true;
    fixture.setup.rollouts = 0;
    fixture.script.opinions = true;
    run(look_at_values);
}

static void look_at_closed(struct search_fixture *self, const struct crux_tree *tree)
{
    uint64_t *closed = self->context;

    for (uint32_t i = 0; i < tree->node_count; i++)
        *closed += tree->nodes[i].closed;
    cr_assert_eq(tree->failure[0] != '\0', tree->reason == CRUX_REASON_FAILED);
}

/* A leaf whose call failed permanently is marked as closed. */
Test(harvest, failures_close_their_leaves)
{
    uint64_t closed = 0;

    fixture.script.fail_of = 10;
    fixture.context = &closed;
    run(look_at_closed);
    cr_assert_geq(closed, fixture.view.withdrawn,
                  "one a failure, and nodes that have nothing left");
    cr_assert_gt(fixture.view.withdrawn, 0);
}

/* --- rollouts ---------------------------------------------------------------------- */

static void look_at_rollouts(struct search_fixture *self, const struct crux_tree *tree)
{
    struct crux_text steps[16];

    cr_assert_gt(tree->rollout_count, 2);
    cr_assert_eq(tree->rollouts[0].node, 0, "the root is evaluated first");
    cr_assert_eq(tree->rollouts[1].node, 1, "then its first child");
    for (uint32_t i = 0; i < tree->rollout_count; i++) {
        const struct crux_rollout *rollout = &tree->rollouts[i];

        cr_assert_eq(crux_path_steps(tree, i, steps, 16), self->script.depth);
        cr_assert_eq(rollout->verdict == CRUX_RIGHT, rollout->reward > 0.5);
        cr_assert_eq(rollout->answer[0], 'a');
        cr_assert_eq(tree->nodes[rollout->node].terminal, rollout->text[0] == '\0');
    }
}

/* Rollouts come in the order in which they settled, each a complete answer. */
Test(harvest, rollouts_are_complete_answers)
{
    fixture.setup.per_tree = 1;
    fixture.setup.simulations = 120;
    fixture.script.depth = 3;
    run(look_at_rollouts);
}

/* --- the best path ------------------------------------------------------------------ */

static bool is_better(const struct crux_node *a, const struct crux_node *b)
{
    return a->visits != b->visits ? a->visits > b->visits : a->value > b->value;
}

static void look_at_best(struct search_fixture *self, const struct crux_tree *tree)
{
    uint32_t at = 0, children[FAMILY_MOST] = {0}, count, best;
    double own;

    (void)self;
    cr_assert_gt(tree->best_depth, 1);
    for (uint32_t depth = 0; depth < tree->best_depth; depth++) {
        count = family_of(tree, at, children, &own);
        best = 0;
        for (uint32_t i = 1; i < count; i++)
            if (is_better(&tree->nodes[children[i]], &tree->nodes[children[best]]))
                best = i;
        cr_assert_eq(tree->best[depth], best);
        at = children[best];
        cr_assert_gt(tree->nodes[at].visits, 0);
    }
    count = family_of(tree, at, children, &own);
    for (uint32_t i = 0; i < count; i++)
        cr_assert_eq(tree->nodes[children[i]].visits, 0, "the path goes on");
}

/* The best path follows the most visits, then the value, then the order, to the end. */
Test(harvest, the_best_path_has_most_visits)
{
    fixture.script.branching = fixture.setup.children = 12;
    run(look_at_best);
}

/* --- figures -------------------------------------------------------------------------- */

static void look_at_sums(struct search_fixture *self, const struct crux_tree *tree)
{
    uint64_t *calls = self->context;

    *calls += tree->calls;
    cr_assert_eq(tree->nodes[0].visits, tree->simulations);
    cr_assert_eq(tree->simulations, 60);
    /* Every call of the world costs 3 + 2 tokens and 7; proposals and verdicts alike. */
    cr_assert_eq(tree->prompt_tokens * 7, (uint64_t)tree->price * 3);
    cr_assert_eq(tree->completion_tokens * 7, (uint64_t)tree->price * 2);
    cr_assert_geq(tree->price, (int64_t)tree->calls * 7);
    cr_assert_str_eq(tree->failure, "");
    cr_assert_eq(tree->reason, CRUX_REASON_BUDGET);
    cr_assert_gt(tree->arena_bytes, 0);
}

/* A tree's figures are its own, not those of the trees before it in the same place. */
Test(harvest, figures_are_the_trees_own)
{
    uint64_t calls = 0;

    fixture.setup.open_trees = 1;
    fixture.setup.rollouts = 2;
    fixture.context = &calls;
    run(look_at_sums);
    cr_assert_eq(calls, fixture.world.proposals);
}

static void look_at_summary(struct search_fixture *self, const struct crux_tree *tree)
{
    (void)self;
    cr_assert_null(tree->nodes);
    cr_assert_null(tree->rollouts);
    cr_assert_eq(tree->node_count + tree->rollout_count + tree->pair_count, 0);
    cr_assert_eq(tree->simulations, 60);
    cr_assert_eq(tree->audit.root_visits, 60);
    cr_assert_gt(tree->best_depth, 1);
}

/* A summary has figures, the audit and the best path, and nothing else. */
Test(harvest, a_summary_has_no_nodes)
{
    fixture.setup.summary_only = true;
    run(look_at_summary);
}

/* --- nameless worlds --------------------------------------------------------------------- */

static int propose_nameless(struct crux_port *port, struct crux_call *call)
{
    (void)port;
    call->reply.count = 12;
    return CRUX_DONE;
}

static void look_at_nameless(struct search_fixture *self, const struct crux_tree *tree)
{
    (void)self;
    cr_assert_eq(tree->node_count, 1);
    cr_assert_eq(tree->nodes[0].visits, 60);
    cr_assert_gt(tree->audit.blocks, 1);
    cr_assert_gt(tree->audit.evaluated, 12);
}

/* Nameless children have statistics, and nothing to show. */
Test(harvest, nameless_children_are_not_shown)
{
    struct crux_policy nameless = {.port = {"nameless", true, propose_nameless, NULL, NULL, NULL}};

    fixture.setup.policies[CRUX_STEP] = &nameless;
    fixture.setup.rollouts = 0;
    fixture.setup.children = 12;
    fixture.value = true;
    run(look_at_nameless);
}

/* A value for nameless paths: the more third children from the root on, the better. */
static int score_thirds(struct crux_port *port, struct crux_call *call)
{
    static const double scores[] = {0.1, 0.4, 0.7, 1.0};
    uint32_t thirds = 0;

    (void)port;
    while (thirds < 3 && thirds < call->state.depth && call->state.choices[thirds] == 2)
        thirds++;
    call->reply.count = 1;
    call->reply.scores = &scores[thirds];
    return CRUX_DONE;
}

static void look_at_nameless_best(struct search_fixture *self, const struct crux_tree *tree)
{
    (void)self;
    cr_assert_geq(tree->best_depth, 3);
    for (uint32_t i = 0; i < 3; i++)
        cr_assert_eq(tree->best[i], 2);
}

/* In a nameless world the choices of the best path are what a search finds. */
Test(harvest, a_nameless_world_has_a_best_path)
{
    struct crux_policy nameless = {.port = {"nameless", true, propose_nameless, NULL, NULL, NULL}};
    struct crux_critic thirds = {
        {"thirds", true, score_thirds, NULL, NULL, NULL}, 1u << CRUX_SCORE, false, false, false};

    fixture.setup.policies[CRUX_STEP] = &nameless;
    fixture.setup.critics[CRUX_ROLE_VALUE] = &thirds;
    fixture.setup.rollouts = 0;
    fixture.setup.children = 12;
    fixture.setup.simulations = 600;
    fixture.setup.exploration = 0.2;
    run(look_at_nameless_best);
}
