/*
 * test_reference.c - with one simulation at a time the engine is textbook MCTS.
 *
 * The reference below is the algorithm as one would write it on a page: a tree of
 * structs with pointers, its equations copied from the papers once more, one thing after
 * another. It shares the world's ports with the engine and the hash that makes seeds, and
 * nothing else. Node for node the finished tree must have its order, visits, sums and
 * priors, bit for bit.
 */
#include "search/rng.h"
#include "tests/world/search_fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ONE  65535.0 /* values and priors are kept as parts of this */
#define TILE 8u

/* --- the reference ------------------------------------------------------------------- */

struct item {
    struct crux_step step;
    struct item *parent, *children;
    uint32_t count, visits;
    uint64_t sum, key;
    float prior;
    bool dead, seen;
};

static struct world world; /* whose ports the reference asks */
static const struct search_fixture *fixture;

static void free_item(struct item *item)
{
    for (uint32_t i = 0; i < item->count; i++) {
        free_item(&item->children[i]);
        free((void *)(uintptr_t)item->children[i].step.text);
    }
    free(item->children);
}

static struct crux_call call_at(const struct item *item, enum crux_verb verb, uint32_t count)
{
    const struct crux_step *last = item->parent != NULL ? &item->step : NULL;

    return (struct crux_call){
        .verb = verb,
        .count = count,
        .state = {.last = last, .depth = last != NULL ? last->depth : 0, .key = item->key},
    };
}

/* The mean reward of the answers, in fixed point as the tree keeps it. */
static uint32_t judge(const struct item *item, struct crux_step *answers, uint32_t count)
{
    struct crux_call call = call_at(item, CRUX_JUDGE, count);
    struct crux_port *port = &world.outcome.port;
    double sum = 0.0;

    call.candidates = answers;
    cr_assert_eq(port->ask(port, &call), CRUX_DONE);
    for (uint32_t i = 0; i < count; i++)
        sum += call.reply.outcomes[i].reward;
    port->release(port, &call.reply);
    return (uint32_t)lround(sum / count * ONE);
}

static uint32_t evaluate(struct item *item)
{
    struct crux_call call = call_at(item, CRUX_PROPOSE, fixture->setup.rollouts);
    struct crux_port *port = &world.policy.port;
    struct crux_step answers[8] = {{.previous = call.state.last, .text = ""}};
    uint32_t value;

    item->seen = true;
    if (item->step.terminal)
        return judge(item, answers, 1);
    call.kind = CRUX_ANSWER;
    call.seed = rng_join(item->key, CRUX_ANSWER);
    cr_assert_eq(port->ask(port, &call), CRUX_DONE);
    for (uint32_t i = 0; i < call.reply.count; i++)
        answers[i] =
            (struct crux_step){.previous = call.state.last, .text = call.reply.proposals[i].text};
    value = judge(item, answers, call.reply.count);
    port->release(port, &call.reply);
    return value;
}

static int by_prior(const void *x, const void *y)
{
    const struct item *a = x, *b = y;

    if (a->prior < b->prior || a->prior > b->prior)
        return a->prior > b->prior ? -1 : 1;
    return a->step.tokens < b->step.tokens ? -1 : 1; /* here: as proposed */
}

static void expand(struct item *item)
{
    struct crux_call call = call_at(item, CRUX_PROPOSE, fixture->setup.children);
    struct crux_port *port = &world.policy.port;
    float total = 0.0F;

    call.seed = rng_join(item->key, CRUX_STEP);
    cr_assert_eq(port->ask(port, &call), CRUX_DONE);
    item->count = call.reply.count;
    item->children = calloc(item->count + 1u, sizeof *item->children);
    for (uint32_t i = 0; i < item->count; i++)
        total += call.reply.proposals[i].prior;
    for (uint32_t i = 0; i < item->count; i++) {
        const struct crux_proposal *proposal = &call.reply.proposals[i];

        item->children[i] = (struct item){
            .step = {.previous = call.state.last,
                     .text = strdup(proposal->text),
                     .depth = call.state.depth + 1,
                     .tokens = i,
                     .terminal = proposal->terminal},
            .parent = item,
            .prior = proposal->prior / total,
        };
    }
    port->release(port, &call.reply);
    qsort(item->children, item->count, sizeof *item->children, by_prior);
    for (uint32_t i = 0; i < item->count; i++)
        item->children[i].key = rng_join(item->key, i);
    item->dead = item->count == 0;
}

/* --- which child ------------------------------------------------------------------- */

static float real(double fixed)
{
    return (float)fixed * (1.0F / (float)ONE);
}

/* First-play urgency (Gelly and Wang 2006). By default UCB1 and MMC try every
 * child once before any twice, and PUCT thinks it as good as its parent. */
static float worth_untried(float parent_mean)
{
    float worth = (float)fixture->setup.first_play;

    if (fixture->setup.first == CRUX_FIRST_VALUE)
        return worth;
    if (fixture->setup.first == CRUX_FIRST_PARENT)
        return parent_mean - worth;
    return fixture->setup.selection == CRUX_PUCT ? parent_mean : INFINITY;
}

/* With N simulations through the parent, this one included, and n through the child:
 *     uct     Q + C sqrt(2 ln N / n)       untried: its worth       (Auer et al. 2002)
 *     puct    Q + C P sqrt(N) / (1 + n)    untried: its worth for Q (Silver et al. 2017)
 *     greedy  Q                            untried: its worth       (MMC, arXiv 2504.11009)
 * What is in flight would count in n, and with virtual loss in Q; one at a time, no child
 * is in flight when it is looked at. */
static float score(const struct item *parent, float parent_mean, const struct item *child)
{
    float total = (float)parent->visits + 1.0F, tries = (float)child->visits;
    float weight = (float)fixture->setup.exploration;
    long prior = lround((double)child->prior * ONE);
    float value = child->visits > 0 ? real((double)child->sum) / tries : worth_untried(parent_mean);

    if (fixture->setup.selection == CRUX_PUCT)
        return value +
               weight * sqrtf(total) * (real((double)(prior > 0 ? prior : 1)) / (1.0F + tries));
    if (fixture->setup.selection == CRUX_UCT && child->visits > 0)
        return value + weight * sqrtf(2.0F * logf(total)) / sqrtf(tries);
    return value;
}

/* The highest score, the first of equal ones. Children stand in the order of their priors
 * and are looked at in tiles of eight; behind a tile with an untried one nobody looks. */
static struct item *best_child(struct item *item)
{
    float mean = (float)item->sum / (float)item->visits * (1.0F / (float)ONE);
    float highest = -INFINITY;
    struct item *best = NULL;
    bool untried = false;

    for (uint32_t i = 0; i < item->count && !(untried && i % TILE == 0); i++) {
        float found = score(item, mean, &item->children[i]);

        untried |= item->children[i].visits == 0;
        if (best == NULL || found > highest) {
            highest = found;
            best = &item->children[i];
        }
    }
    return best;
}

/* Descend, expand, evaluate, carry the value up. */
static void simulate(struct item *item)
{
    uint32_t value;

    while (item->count > 0)
        item = best_child(item);
    if (item->seen && !item->step.terminal && !item->dead &&
        item->step.depth < fixture->setup.depth) {
        expand(item);
        item = item->dead ? item : &item->children[0];
    }
    value = item->seen ? (uint32_t)(item->sum / item->visits) : evaluate(item);
    for (; item != NULL; item = item->parent) {
        item->visits++;
        item->sum += value;
    }
}

/* --- comparing -------------------------------------------------------------------------- */

static bool same_bits(double a, double b)
{
    uint64_t x, y;

    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return x == y;
}

static uint32_t compare(const struct item *item, const struct crux_tree *tree, uint32_t at)
{
    const struct crux_node *node = &tree->nodes[at];
    double value = item->visits > 0 ? (double)item->sum / item->visits / ONE : 0.0;

    cr_assert_lt(at, tree->node_count);
    cr_assert_str_eq(node->text, item->parent != NULL ? item->step.text : "");
    cr_assert_eq(node->depth, item->step.depth);
    cr_assert_eq(node->visits, item->visits, "node %u: %u visits, not %u", at, node->visits,
                 item->visits);
    cr_assert(same_bits(node->value, value), "node %u: %a is not %a", at, node->value, value);
    cr_assert(same_bits(node->prior, (double)item->prior), "node %u", at);
    cr_assert_eq(node->terminal, item->step.terminal);
    at++;
    for (uint32_t i = 0; i < item->count; i++)
        at = compare(&item->children[i], tree, at);
    return at;
}

static void look(struct search_fixture *self, const struct crux_tree *tree)
{
    const char *id = tree->problem->id;
    struct item root = {.prior = 1.0F,
                        .key = rng_join(rng_mix(self->setup.seed), rng_text(id, strlen(id)))};

    fixture = self;
    world_open(&world, &self->script);
    for (uint32_t i = 0; i < self->setup.simulations && !root.dead; i++)
        simulate(&root);
    cr_assert_eq(tree->simulations, root.visits);
    cr_assert_eq(compare(&root, tree, 0), tree->node_count);
    cr_assert_eq(tree->calls, world.proposals);
    cr_assert_eq(tree->rollout_count, world.judged);
    free_item(&root);
}

static void agree(struct search_fixture *run)
{
    run->setup.per_tree = 1;
    run->setup.group = 1;
    run->look = look;
    search_fixture_run(run);
    cr_assert_eq(run->status, CRUX_OK);
    cr_assert_null(search_fixture_fault(run), "%s", search_fixture_fault(run));
    cr_assert_eq(run->sink.trees, run->problems);
}

TestSuite(reference, .timeout = 120);

static struct search_fixture search_fixture_by(enum crux_selection rule, uint32_t width)
{
    struct search_fixture run = search_fixture_of(WORLD_INSTANT);

    run.script.branching = run.setup.children = width;
    run.setup.selection = rule;
    run.setup.exploration = rule == CRUX_UCT ? 0.7 : 2.5;
    run.setup.simulations = 400;
    return run;
}

/* Every rule, in narrow worlds and in wide ones where blocks grow and priors tie. */
Test(reference, rules_agree)
{
    static const uint32_t widths[] = {3, 8, 12, 40, 150};

    for (int rule = CRUX_UCT; rule <= CRUX_GREEDY; rule++) {
        for (int i = 0; i < 5; i++) {
            struct search_fixture run = search_fixture_by((enum crux_selection)rule, widths[i]);

            agree(&run);
        }
    }
}

/* Whatever an untried child is thought to be worth, under every rule. */
Test(reference, first_play_agrees)
{
    static const struct {
        enum crux_first_play first;
        double worth;
    } rows[] = {{CRUX_FIRST_PARENT, 0.0}, {CRUX_FIRST_PARENT, 0.25}, {CRUX_FIRST_PARENT, 1.0},
                {CRUX_FIRST_VALUE, 0.0},  {CRUX_FIRST_VALUE, 0.1},   {CRUX_FIRST_VALUE, 1.0}};

    for (int rule = CRUX_UCT; rule <= CRUX_GREEDY; rule++) {
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            struct search_fixture run = search_fixture_by((enum crux_selection)rule, 12);

            run.setup.first = rows[i].first;
            run.setup.first_play = rows[i].worth;
            run.setup.exploration = i % 2 == 0 ? 0.1 : 1.0;
            agree(&run);
        }
    }
}

/* One at a time there is nothing in flight that a correction could correct. */
Test(reference, corrections_agree)
{
    for (int rule = CRUX_UCT; rule <= CRUX_GREEDY; rule++) {
        for (int correction = CRUX_UNOBSERVED; correction <= CRUX_VIRTUAL_LOSS; correction++) {
            struct search_fixture run = search_fixture_by((enum crux_selection)rule, 12);

            run.setup.correction = (enum crux_correction)correction;
            agree(&run);
        }
    }
}

/* Several rollouts a leaf; complete nodes, and a limit in depth before them. */
Test(reference, ends_agree)
{
    for (uint32_t depth = 2; depth <= 4; depth++) {
        struct search_fixture run = search_fixture_of(WORLD_INSTANT);

        run.script.depth = 3;
        run.setup.depth = depth;
        run.setup.rollouts = depth;
        run.setup.simulations = 500;
        agree(&run);
    }
}

/* Dead ends, at the root as well. */
Test(reference, dead_ends_agree)
{
    struct search_fixture run = search_fixture_of(WORLD_INSTANT);

    run.script.dead_of = 3;
    run.setup.simulations = 300;
    run.problems = 12;
    agree(&run);
}

/* Answers that come late change nothing when one is awaited at a time. */
Test(reference, late_answers_agree)
{
    struct search_fixture run = search_fixture_of(WORLD_LATE);

    run.setup.simulations = 150;
    agree(&run);
}
