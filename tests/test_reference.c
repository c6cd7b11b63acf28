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
    float prior, share; /* in its wing; what that is of all children when it came */
    uint32_t wing;      /* children that came with it */
    bool dead, seen;
    /* For selection budget. */
    uint64_t own; /* values of its own evaluations ... */
    uint32_t owns;
    float deep;   /* mean depth of what was found at and below it */
    bool no_more; /* asked for a child more, the policy had none */
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
    item->children = calloc(fixture->script.branching + 1u, sizeof *item->children);
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
            .share = 1.0F,
            .wing = item->count,
        };
    }
    port->release(port, &call.reply);
    qsort(item->children, item->count, sizeof *item->children, by_prior);
    for (uint32_t i = 0; i < item->count; i++)
        item->children[i].key = rng_join(item->key, i);
    item->dead = item->count == 0;
}

/* Ask for one child more, which stands behind the others. False: there is none. */
static bool widen(struct item *item)
{
    struct crux_call call = call_at(item, CRUX_PROPOSE, 1);
    struct crux_port *port = &world.policy.port;
    uint32_t at = item->count;

    call.seed = rng_join(item->key, CRUX_STEP);
    call.sample = at;
    cr_assert_eq(port->ask(port, &call), CRUX_DONE);
    item->no_more = call.reply.count == 0;
    if (!item->no_more) {
        item->children[item->count++] = (struct item){
            .step = {.previous = call.state.last,
                     .text = strdup(call.reply.proposals[0].text),
                     .depth = call.state.depth + 1,
                     .terminal = call.reply.proposals[0].terminal},
            .parent = item,
            .key = rng_join(item->key, at),
            .prior = 1.0F,
            .share = 1.0F / (float)item->count,
            .wing = 1,
        };
    }
    port->release(port, &call.reply);
    return !item->no_more;
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
    return fixture->setup.selection == CRUX_PUCT || fixture->setup.selection == CRUX_BUDGET
               ? parent_mean
               : INFINITY;
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

/* With the share rho spent, Q + rho D / A + C (1 - rho) P sqrt(2 ln N / (1 + n)), an answer of
 * this world having the same depth A wherever it is found (BG-MCTS, arXiv 2602.09574). */
static float score_steered(const struct item *parent, const struct item *child, double spent)
{
    float mean = (float)parent->sum / (float)parent->visits * (1.0F / (float)ONE);
    float tries = (float)child->visits;
    float weight = (float)fixture->setup.exploration *
                   sqrtf(2.0F * logf((float)parent->visits + 1.0F)) * (float)(1.0 - spent);
    long prior = lround((double)(child->prior * child->share) * ONE);
    float value = child->visits > 0 ? real((double)child->sum) / tries : worth_untried(mean);
    double deep = child->visits > 0 ? (double)child->deep : child->step.depth;

    return value + weight * (real((double)(prior > 0 ? prior : 1)) / sqrtf(1.0F + tries)) +
           (float)(spent / fixture->script.depth * deep);
}

/* One child more is worth the mean of the others' own values, and their variance. */
static double worth_of_one_more(const struct item *item, double spent)
{
    double sum = 0.0, squares = 0.0, count = item->count, variance;

    for (uint32_t i = 0; i < item->count; i++) {
        const struct item *child = &item->children[i];
        double value;

        if (child->visits == 0)
            return -INFINITY; /* not while one is untried */
        value = (double)child->own / child->owns / ONE;
        sum += value;
        squares += value * value;
    }
    variance = squares / count - sum / count * (sum / count);
    return sum / count + (1.0 - spent) * (variance > 0.0 ? variance : 0.0);
}

/* The best that is no known answer, else the best of these. NULL: one more. */
static struct item *steered_child(struct item *item, double spent)
{
    struct item *best[2] = {NULL, NULL};
    float highest[2] = {-INFINITY, -INFINITY};

    for (uint32_t i = 0; i < item->count; i++) {
        struct item *child = &item->children[i];
        bool known = child->visits > 0 && (child->step.terminal || child->dead);
        float found = score_steered(item, child, spent);

        if (found > highest[known]) {
            highest[known] = found;
            best[known] = child;
        }
    }
    if (!item->no_more && worth_of_one_more(item, spent) >= (double)highest[0])
        return NULL;
    return best[0] != NULL ? best[0] : best[1];
}

/* The leaf; a node whose child more is to be evaluated; NULL: there was no such child. */
static struct item *descend(struct item *item)
{
    bool steered = fixture->setup.selection == CRUX_BUDGET;
    double spent = (double)item->visits / fixture->setup.simulations;

    while (item->count > 0) {
        struct item *child = steered ? steered_child(item, spent) : best_child(item);

        if (child == NULL)
            return widen(item) ? &item->children[item->count - 1] : NULL;
        item = child;
    }
    return item;
}

/* Descend, expand, evaluate, carry the value up. */
static void simulate(struct item *item)
{
    uint32_t value;
    float deep;

    item = descend(item);
    if (item == NULL)
        return;
    if (item->seen && !item->step.terminal && !item->dead &&
        item->step.depth < fixture->setup.depth) {
        expand(item);
        item = item->dead ? item : &item->children[0];
    }
    value = item->seen ? (uint32_t)(item->sum / item->visits) : evaluate(item);
    item->own += value;
    item->owns++;
    deep = item->step.terminal ? 0.0F : (float)item->step.depth;
    for (; item != NULL; item = item->parent) {
        item->visits++;
        item->sum += value;
        item->deep += (deep - item->deep) / (float)item->visits;
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
    double prior = (double)item->prior;

    cr_assert_lt(at, tree->node_count);
    cr_assert_str_eq(node->text, item->parent != NULL ? item->step.text : "");
    cr_assert_eq(node->depth, item->step.depth);
    cr_assert_eq(node->visits, item->visits, "node %u: %u visits, not %u", at, node->visits,
                 item->visits);
    cr_assert(same_bits(node->value, value), "node %u: %a is not %a", at, node->value, value);
    if (item->parent != NULL)
        prior = prior * item->wing / item->parent->count;
    cr_assert(same_bits(node->prior, prior), "node %u", at);
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
    while (root.visits < self->setup.simulations && !root.dead)
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

/* By what is left of the budget: wide and narrow, with an end near and far, dead ends, and no child
 * more than the world has words. */
Test(reference, budgets_agree)
{
    static const struct {
        uint32_t children, branching, depth, dead_of;
        double exploration;
    } rows[] = {{2, 24, 12, 0, 1.0}, {2, 6, 5, 0, 1.0},   {2, 3, 3, 0, 0.3},
                {12, 12, 5, 0, 1.0}, {40, 40, 4, 0, 2.5}, {2, 9, 6, 5, 0.1}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct search_fixture run = search_fixture_by(CRUX_BUDGET, rows[i].branching);

        run.setup.children = rows[i].children;
        run.setup.exploration = rows[i].exploration;
        run.script.depth = rows[i].depth;
        run.script.dead_of = rows[i].dead_of;
        agree(&run);
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
