/*
 * test_branch.c - what strategies/branch.h promises: how many children which entropy gets, and that
 * asking twice changes nothing else.
 *
 * The scripted world tells depth times its entropy, so the children of every node are known.
 */
#include "search/strategies/branch.h"
#include "tests/world/search_fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

TestSuite(branch, .timeout = 60);

/* --- the rule --------------------------------------------------------------------------- */

static uint32_t children_of(double low, double high, uint32_t children, double entropy)
{
    struct crux_setup setup = {.branch_low = low, .branch_high = high, .children = children};

    return branch_children(&setup, entropy);
}

/* One below low, all from high on and where nothing is known, a rounded share in between. */
Test(branch, by_entropy)
{
    static const struct {
        double entropy;
        uint32_t children;
    } rows[] = {{0.0, 1},  {0.49, 1}, {0.5, 1},  {0.62, 1}, {0.63, 2}, {0.99, 3},
                {1.01, 3}, {1.4, 5},  {1.49, 5}, {1.5, 5},  {9.0, 5},  {-1.0, 5}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(children_of(0.5, 1.5, 5, rows[i].entropy), rows[i].children, "%g",
                     rows[i].entropy);
}

/* Where low is high there is nothing between; where both are 0 nothing is gated; who may have one
 * child has one. */
Test(branch, at_the_edges)
{
    cr_expect_eq(children_of(0.7, 0.7, 4, 0.6999), 1);
    cr_expect_eq(children_of(0.7, 0.7, 4, 0.7), 4);
    cr_expect_eq(children_of(0.0, 0.0, 4, 0.0), 4);
    cr_expect_eq(children_of(0.0, 2.0, 4, 0.0), 1);
    cr_expect_eq(children_of(0.0, 2.0, 4, 1.0), 3, "2.5 is rounded up");
    cr_expect_eq(children_of(0.0, 2.0, 1, 2.0), 1);
    cr_expect_eq(children_of(0.0, 1e-300, 4096, 5e-301), 2049);
}

/* --- a search with it -------------------------------------------------------------------- */

static struct search_fixture gated(enum search_fixture_pace pace)
{
    struct search_fixture fixture = search_fixture_of(pace);

    fixture.script.knows_entropy = true;
    fixture.script.entropy = 0.5;
    fixture.setup.branch_low = 0.25;
    fixture.setup.branch_high = 1.5;
    fixture.setup.simulations = 120;
    return fixture;
}

static void run_whole(struct search_fixture *fixture)
{
    search_fixture_run(fixture);
    cr_assert_eq(fixture->status, CRUX_OK, "%s", fixture->error.text);
    cr_assert_null(search_fixture_fault(fixture), "%s", search_fixture_fault(fixture));
    cr_assert_eq(fixture->sink.failed, 0);
}

static uint32_t count_children(const struct crux_tree *tree, uint32_t parent)
{
    uint32_t children = 0;

    for (uint32_t i = 0; i < tree->node_count; i++)
        children += tree->nodes[i].parent == parent;
    return children;
}

/* Of a node that was expanded, as many as its depth says, unlike each other. */
static void look_at_families(struct search_fixture *fixture, const struct crux_tree *tree)
{
    const struct crux_setup *setup = &fixture->setup;

    for (uint32_t i = 0; i < tree->node_count; i++) {
        uint32_t children = count_children(tree, i);
        double entropy = fixture->script.entropy * tree->nodes[i].depth;
        bool drawn = i == 0 && setup->root == CRUX_ROOT_GUMBEL;
        uint32_t wanted = drawn ? setup->children : branch_children(setup, entropy);

        cr_assert(children == 0 || children == wanted, "depth %u: %u children, not %u",
                  tree->nodes[i].depth, children, wanted);
    }
}

/* Every rule of selection, both roots, at once and late: each family has the size that its node's
 * entropy says, and nothing is left in flight. */
Test(branch, families_have_their_size)
{
    for (int pace = 0; pace < WORLD_PACES; pace++)
        for (int i = 0; i < 6; i++) {
            struct search_fixture fixture = gated((enum search_fixture_pace)pace);

            fixture.setup.selection = (enum crux_selection)(i % 3);
            fixture.setup.root = i < 3 ? CRUX_ROOT_RULE : CRUX_ROOT_GUMBEL;
            fixture.setup.group = i % 2 == 0 ? 1 : 4;
            fixture.execution = i % 2 == 0;
            fixture.look = look_at_families;
            run_whole(&fixture);
        }
}

/* Under the order of issue the trees are the same for any number of workers and calls in flight. */
Test(branch, issued_is_the_same_for_all)
{
    static const uint32_t workers[] = {1, 2, 4}, places[] = {16, 3, 64};
    uint64_t digest = 0;

    for (size_t i = 0; i < 6; i++) {
        struct search_fixture fixture = gated(i < 3 ? WORLD_INSTANT : WORLD_LATE);

        fixture.setup.order = CRUX_ORDER_ISSUED;
        fixture.setup.workers = workers[i % 3];
        fixture.setup.in_flight = places[i % 3];
        run_whole(&fixture);
        if (i == 0)
            digest = fixture.sink.digest;
        cr_assert_eq(fixture.sink.digest, digest, "run %zu", i);
    }
}

/* Where the policy does not know, or is nowhere sure, the tree is that of a search which asks for
 * all children at once; it only takes more calls. */
Test(branch, unknown_is_as_if_it_were_not_there)
{
    struct search_fixture plain = search_fixture_of(WORLD_INSTANT);
    struct search_fixture unknown = gated(WORLD_INSTANT), open = gated(WORLD_INSTANT);

    plain.setup.simulations = 120;
    plain.setup.order = unknown.setup.order = open.setup.order = CRUX_ORDER_ISSUED;
    unknown.script.knows_entropy = false;
    open.setup.branch_low = 0.0;
    open.setup.branch_high = 1e-9;
    run_whole(&plain);
    run_whole(&unknown);
    run_whole(&open);
    cr_assert_eq(unknown.sink.digest, plain.sink.digest);
    cr_assert_gt(unknown.sink.calls, plain.sink.calls);
    cr_assert_neq(open.sink.digest, plain.sink.digest, "its roots are sure");
}

/* Where nothing comes of the first call the rest is asked for, and a dead end is one. */
Test(branch, dead_ends)
{
    struct search_fixture fixture = gated(WORLD_LATE);

    fixture.script.dead_of = 3;
    run_whole(&fixture);
}

static void look_at_repeated(struct search_fixture *fixture, const struct crux_tree *tree)
{
    for (uint32_t i = 0; i < tree->node_count; i++) {
        uint32_t children = count_children(tree, i);

        cr_assert(children == 0 || children == fixture->setup.children - 1, "%u", children);
    }
}

/* Of six children asked for, one and five, the second five begin with the first. */
Test(branch, repeated_children_are_one)
{
    struct search_fixture fixture = gated(WORLD_INSTANT);

    fixture.script.repeats = true;
    fixture.script.knows_entropy = false;
    fixture.look = look_at_repeated;
    run_whole(&fixture);
}

/* A problem never makes more calls than it has, and those that were put aside for a second call
 * and not made are there for others. */
Test(branch, calls_are_kept_to)
{
    for (uint32_t calls = 1; calls < 40; calls += 6) {
        struct search_fixture fixture = gated(WORLD_LATE);

        fixture.setup.calls = calls;
        run_whole(&fixture);
        cr_assert_leq(fixture.sink.calls, (uint64_t)calls * fixture.problems);
        if (calls > 3)
            cr_assert_gt(fixture.sink.calls + 3 * (uint64_t)fixture.problems,
                         (uint64_t)calls * fixture.problems);
    }
}

/* Calls that fail, the first or the second of an expansion, leave nothing behind. */
Test(branch, failing_calls_are_withdrawn)
{
    for (uint32_t fail_of = 2; fail_of < 30; fail_of += 9) {
        struct search_fixture fixture = gated(WORLD_LATE);

        fixture.script.fail_of = fail_of;
        search_fixture_run(&fixture);
        cr_assert_eq(fixture.status, CRUX_OK, "%s", fixture.error.text);
        cr_assert_null(search_fixture_fault(&fixture), "%s", search_fixture_fault(&fixture));
    }
}

/* --- an entropy that is none --------------------------------------------------------------- */

static void look_for_sentence(struct search_fixture *fixture, const struct crux_tree *tree)
{
    (void)fixture;
    cr_assert_eq(tree->reason, CRUX_REASON_FAILED);
    cr_assert_str_eq(tree->failure, "world: an entropy is not a number >= 0");
}

Test(branch, what_is_no_number_is_refused)
{
    struct search_fixture fixture = gated(WORLD_INSTANT);

    fixture.script.entropy = NAN; /* times depth 0 it is still none */
    fixture.look = look_for_sentence;
    search_fixture_run(&fixture);
    cr_assert_eq(fixture.sink.failed, fixture.problems);
}

/* --- a world without names ------------------------------------------------------------------- */

/* What the second call of an expansion answers. */
enum second { NAMELESS, NAMED, NOTHING };

struct nameless {
    struct crux_policy policy;
    enum second second;
};

static int propose_nameless(struct crux_port *port, struct crux_call *call)
{
    static const struct crux_proposal named = {.text = "a", .prior = 1.0F};
    const struct nameless *self = (const struct nameless *)(const void *)port;

    call->reply.count = call->count;
    if (call->sample == 0)
        return CRUX_DONE;
    if (self->second == NOTHING)
        call->reply.count = 0;
    if (self->second == NAMED) {
        call->reply.count = 1;
        call->reply.proposals = &named;
    }
    return CRUX_DONE;
}

static int value_of_any(struct crux_port *port, struct crux_call *call)
{
    static const double half = 0.5;

    (void)port;
    call->reply.count = 1;
    call->reply.scores = &half;
    return CRUX_DONE;
}

static void look_at_nameless(struct search_fixture *fixture, const struct crux_tree *tree)
{
    const uint64_t *wanted = fixture->context;

    cr_assert_eq(tree->reason, (enum crux_reason)wanted[0], "%s", crux_reason_name(tree->reason));
    cr_assert_eq(tree->audit.evaluated, wanted[1], "%llu",
                 (unsigned long long)tree->audit.evaluated);
}

static void search_nameless(enum second second, enum crux_reason reason, uint64_t nodes)
{
    struct nameless nameless = {
        .policy = {{"nameless", true, propose_nameless, NULL, NULL, NULL}, true, false},
        .second = second};
    struct crux_critic value = {
        {"half", true, value_of_any, NULL, NULL, NULL}, 1u << CRUX_SCORE, false, false, false};
    struct search_fixture fixture = gated(WORLD_INSTANT);
    uint64_t wanted[2] = {reason, nodes};

    fixture.setup.policies[CRUX_STEP] = &nameless.policy;
    fixture.setup.critics[CRUX_ROLE_VALUE] = &value;
    fixture.setup.rollouts = 0;
    fixture.setup.simulations = 5;
    fixture.setup.per_tree = 1;
    fixture.setup.selection = CRUX_GREEDY; /* each child once first */
    fixture.setup.depth = 1;
    fixture.problems = 1;
    fixture.look = look_at_nameless;
    fixture.context = wanted;
    search_fixture_run(&fixture);
    cr_assert_eq(fixture.status, CRUX_OK, "%s", fixture.error.text);
}

/* Children without names are counted together; a policy that names some of a family and not others
 * has failed. */
Test(branch, children_without_names)
{
    search_nameless(NAMELESS, CRUX_REASON_BUDGET, 5);
    search_nameless(NOTHING, CRUX_REASON_BUDGET, 2);
    search_nameless(NAMED, CRUX_REASON_FAILED, 1);
}
