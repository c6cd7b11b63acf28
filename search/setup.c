/*
 * setup.c - the defaults and the checks of struct crux_setup, each refusal a sentence.
 *
 * Ranges stand in one table; what excludes each other stands in one list of rules,
 * so that every refusal is a sentence that names the fields.
 */
#include "search/setup.h"

#include "search/strategies/grammar.h"
#include "search/strategies/refine.h"
#include "search/strategies/strategy.h"
#include "search/tree/tree.h"

#include <math.h>
#include <stddef.h>

#define OPEN_TREES_MOST 65536u

struct crux_setup crux_setup_default(void)
{
    return (struct crux_setup){
        .strategy = CRUX_MCTS,
        .selection = CRUX_PUCT,
        .order = CRUX_ORDER_ARRIVAL,
        .exploration = 2.5,
        .simulations = 800,
        .children = 24,
        .documents = 3, /* as many candidates as the paper has of each kind */
        .subgoals = CRUX_SUBGOALS,
        .beam = 4,
        .particles = 8,
        .rollouts = 1,
        .depth = 64,
        .seed = 1,
        .workers = 2,
        .in_flight = 64,
        .per_tree = 8,
        .group = 1,
        .root_children = 16,
        .refine_gamma = 0.5, /* as right as wrong: ours, MMC gives none */
        .refine_rounds = 5,  /* MMC's T */
        .widen_power = 0.5,
        .lanes = 1,
    };
}

uint32_t crux_open_trees(const struct crux_setup *setup)
{
    const struct strategy *strategy = strategy_row((unsigned)setup->strategy);
    uint64_t window = setup->per_tree > 0 ? setup->per_tree : 1;
    uint64_t least = UINT64_C(2) * setup->workers, trees;

    if (setup->open_trees > 0)
        return setup->open_trees;
    if (strategy != NULL && strategy->width != NULL && strategy->width(setup) < window)
        window = strategy->width(setup);
    trees = UINT64_C(4) * setup->in_flight / window;
    trees = trees > least ? trees : least;
    return (uint32_t)(trees < OPEN_TREES_MOST ? trees : OPEN_TREES_MOST);
}

/* --- checks ------------------------------------------------------------------- */

static const struct setup_range {
    const char *name;
    size_t offset;
    uint32_t least, most;
} setup_ranges[] = {
    {"simulations", offsetof(struct crux_setup, simulations), 1, TREE_VISITS_MOST},
    {"children", offsetof(struct crux_setup, children), 1, 4096},
    {"documents", offsetof(struct crux_setup, documents), 1, 4096},
    {"beam", offsetof(struct crux_setup, beam), 1, 4096},
    {"particles", offsetof(struct crux_setup, particles), 1, 4096},
    {"reflect", offsetof(struct crux_setup, reflect), 0, REFINE_ROUNDS_MOST},
    {"rollouts", offsetof(struct crux_setup, rollouts), 0, 1024},
    {"depth", offsetof(struct crux_setup, depth), 1, 1024},
    {"workers", offsetof(struct crux_setup, workers), 1, 256},
    {"in_flight", offsetof(struct crux_setup, in_flight), 1, 65536},
    {"per_tree", offsetof(struct crux_setup, per_tree), 1, 16384},
    {"group", offsetof(struct crux_setup, group), 1, 64},
    {"root_children", offsetof(struct crux_setup, root_children), 1, 4096},
    {"refine_rounds", offsetof(struct crux_setup, refine_rounds), 0, REFINE_ROUNDS_MOST},
    {"open_trees", offsetof(struct crux_setup, open_trees), 0, OPEN_TREES_MOST},
    {"lanes", offsetof(struct crux_setup, lanes), 1, 256},
};

/* Enums of crux.h, each from 0 on. */
static const struct setup_choice {
    const char *name;
    size_t offset;
    unsigned count;
} setup_choices[] = {
    {"selection", offsetof(struct crux_setup, selection), CRUX_BUDGET + 1},
    {"order", offsetof(struct crux_setup, order), CRUX_ORDER_ISSUED + 1},
    {"correction", offsetof(struct crux_setup, correction), CRUX_VIRTUAL_LOSS + 1},
    {"root", offsetof(struct crux_setup, root), CRUX_ROOT_GUMBEL + 1},
    {"first", offsetof(struct crux_setup, first), CRUX_FIRST_VALUE + 1},
    {"pairs", offsetof(struct crux_setup, pairs), CRUX_PAIRS_REFERENCE + 1},
    {"grammar", offsetof(struct crux_setup, grammar), CRUX_GRAMMARS},
};

static int setup_check_choices(const struct crux_setup *setup, struct crux_error *error)
{
    for (size_t i = 0; i < sizeof setup_choices / sizeof *setup_choices; i++) {
        unsigned value = *(const unsigned *)((const char *)setup + setup_choices[i].offset);

        if (value >= setup_choices[i].count)
            return crux_fail(error, CRUX_INVALID,
                             "%s must be one of the %u that there are, from 0 on, not %u",
                             setup_choices[i].name, setup_choices[i].count, value);
    }
    return CRUX_OK;
}

static int setup_check_ranges(const struct crux_setup *setup, struct crux_error *error)
{
    for (size_t i = 0; i < sizeof setup_ranges / sizeof *setup_ranges; i++) {
        uint32_t value = *(const uint32_t *)((const char *)setup + setup_ranges[i].offset);

        if (value < setup_ranges[i].least || value > setup_ranges[i].most)
            return crux_fail(error, CRUX_INVALID, "%s must be between %u and %u, not %u",
                             setup_ranges[i].name, setup_ranges[i].least, setup_ranges[i].most,
                             value);
    }
    return CRUX_OK;
}

/* Written so that what is not a number is refused too. */
static int setup_check_reals(const struct crux_setup *setup, struct crux_error *error)
{
    if (!(setup->exploration >= 0.0 && setup->exploration <= 1000.0))
        return crux_fail(error, CRUX_INVALID, "exploration must be between 0 and 1000, not %g",
                         setup->exploration);
    if (!(setup->first_play >= 0.0 && setup->first_play <= 1.0))
        return crux_fail(error, CRUX_INVALID, "first_play must be between 0 and 1, not %g",
                         setup->first_play);
    if (!(setup->refine_gamma >= 0.0 && setup->refine_gamma <= 1.0))
        return crux_fail(error, CRUX_INVALID, "refine_gamma must be between 0 and 1, not %g",
                         setup->refine_gamma);
    if (!(setup->widen >= 0.0 && isfinite(setup->widen)))
        return crux_fail(error, CRUX_INVALID, "widen must be 0 or a number above it, not %g",
                         setup->widen);
    if (setup->widen > 0.0 && !(setup->widen_power > 0.0 && setup->widen_power < 1.0))
        return crux_fail(error, CRUX_INVALID,
                         "widen_power must be between 0 and 1, both excluded, not %g",
                         setup->widen_power);
    return CRUX_OK;
}

/* Entropies are in order, and somebody tells them. */
static int setup_check_branch(const struct crux_setup *setup, struct crux_error *error)
{
    const struct crux_policy *policy = setup->policies[CRUX_STEP];

    if (!(setup->branch_low >= 0.0 && setup->branch_low <= setup->branch_high &&
          isfinite(setup->branch_high)))
        return crux_fail(error, CRUX_INVALID,
                         "branch_low and branch_high must be numbers from 0 on, the first at most "
                         "the second, not %g and %g",
                         setup->branch_low, setup->branch_high);
    if (setup->branch_high > 0.0 && !policy->tells_entropy)
        return crux_fail(error, CRUX_INVALID,
                         "branch by entropy needs a policy that knows it, from a model's "
                         "log-probabilities; %s does not",
                         policy->port.name);
    return CRUX_OK;
}

static int setup_check_times(const struct crux_setup *setup, struct crux_error *error)
{
    if (setup->limit_ns < 0)
        return crux_fail(error, CRUX_INVALID, "limit_ns must not be negative, as %lld is",
                         (long long)setup->limit_ns);
    if (setup->spent_ns < 0)
        return crux_fail(error, CRUX_INVALID, "spent_ns must not be negative, as %lld is",
                         (long long)setup->spent_ns);
    if (setup->deadline_ns < 0)
        return crux_fail(error, CRUX_INVALID, "deadline_ns must not be negative, as %lld is",
                         (long long)setup->deadline_ns);
    if (setup->clock != NULL && setup->clock->now_ns == NULL)
        return crux_fail(error, CRUX_INVALID, "a clock without now_ns tells no time");
    return CRUX_OK;
}

/* What the critic of a role is asked, and what is said of one that does not answer that. */
struct setup_role {
    enum crux_role role;
    enum crux_verb verb;
    const char *fault;
};

static const struct setup_role setup_execution = {CRUX_ROLE_EXECUTION, CRUX_SCORE,
                                                  "scores no steps"};
static const struct setup_role setup_roles[] = {
    {CRUX_ROLE_OUTCOME, CRUX_JUDGE, "judges no answers"},
    {CRUX_ROLE_EXECUTION, CRUX_SCORE, "scores no steps"},
    {CRUX_ROLE_VALUE, CRUX_SCORE, "scores no leaves"},
    {CRUX_ROLE_ANNOTATE, CRUX_ANNOTATE, "does not annotate"},
    {CRUX_ROLE_SUBGOAL, CRUX_SCORE, "scores no sub-goals"},
};

static int setup_check_critic(const struct crux_critic *critic, const struct setup_role *role,
                              struct crux_error *error)
{
    if (critic == NULL || (critic->verbs >> role->verb & 1) != 0)
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID, "critic %s %s", critic->port.name, role->fault);
}

static int setup_check_critics(const struct crux_setup *setup, struct crux_error *error)
{
    int status = CRUX_OK;

    if (setup->critics[CRUX_ROLE_SUBGOAL] != NULL && setup->grammar == CRUX_GRAMMAR_STEPS)
        return crux_fail(error, CRUX_INVALID,
                         "critic %s would score sub-goals, and no step of grammar %s is one",
                         setup->critics[CRUX_ROLE_SUBGOAL]->port.name, grammar_steps.name);
    for (size_t i = 0; i < sizeof setup_roles / sizeof *setup_roles && status == CRUX_OK; i++)
        status = setup_check_critic(setup->critics[setup_roles[i].role], &setup_roles[i], error);
    for (int kind = 0; kind < CRUX_KINDS && status == CRUX_OK; kind++)
        status = setup_check_critic(setup->executions[kind], &setup_execution, error);
    return status;
}

static int setup_check_ports(const struct crux_setup *setup, struct crux_error *error)
{
    const struct crux_critic *outcome = setup->critics[CRUX_ROLE_OUTCOME];

    if (setup->policies[CRUX_STEP] == NULL)
        return crux_fail(error, CRUX_INVALID, "a policy for steps is needed");
    if (setup->rollouts > 0 && outcome == NULL)
        return crux_fail(error, CRUX_INVALID, "rollouts need an outcome critic to judge them");
    if (setup->rollouts == 0 && setup->critics[CRUX_ROLE_VALUE] == NULL)
        return crux_fail(error, CRUX_INVALID, "without rollouts a value critic is needed");
    if (outcome != NULL && outcome->in_turn && !outcome->port.instant)
        return crux_fail(error, CRUX_INVALID, "critic %s is asked in turn and must be instant",
                         outcome->port.name);
    return setup_check_critics(setup, error);
}

/* What the strategy refuses. */
static int setup_check_strategy(const struct crux_setup *setup, struct crux_error *error)
{
    const struct strategy *strategy = strategy_row((unsigned)setup->strategy);
    const struct {
        bool asked;
        unsigned refusal;
        const char *what;
    } rules[] = {
        {setup->rollouts == 0, STRATEGY_NO_ROLLOUTS, "no rollouts"},
        {setup->root == CRUX_ROOT_GUMBEL, STRATEGY_GUMBEL, "root gumbel"},
        {setup->widen > 0.0, STRATEGY_WIDENING, "widen"},
        {setup->branch_high > 0.0, STRATEGY_BRANCHING, "branch"},
        {setup->transpositions, STRATEGY_TRANSPOSITIONS, "transpositions"},
        {setup->lanes > 1, STRATEGY_SHARED_TREES, "more than one lane"},
    };

    if (strategy == NULL)
        return crux_fail(error, CRUX_INVALID,
                         "strategy must be one of the %u that there are, from 0 on, not %u",
                         strategy_count(), (unsigned)setup->strategy);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].asked && (strategy->refuses & rules[i].refusal) != 0)
            return crux_fail(error, CRUX_INVALID, "strategy %s and %s exclude each other",
                             strategy->name, rules[i].what);
    return CRUX_OK;
}

/* Who is asked for whole answers. */
static const struct crux_policy *setup_answers(const struct crux_setup *setup)
{
    const struct crux_policy *policy = setup->policies[CRUX_ANSWER];

    return policy != NULL ? policy : setup->policies[CRUX_STEP];
}

static int setup_check_revisions(const struct crux_setup *setup, struct crux_error *error)
{
    const struct strategy *strategy = strategy_row((unsigned)setup->strategy);

    bool asks = strategy->revises && (!strategy->levels || setup->reflect > 0);

    if (!asks || setup_answers(setup)->revises)
        return CRUX_OK;
    return crux_fail(
        error, CRUX_INVALID, "strategy %s%s needs a policy that makes answers better; %s does not",
        strategy->name, strategy->levels ? " with reflect" : "", setup_answers(setup)->port.name);
}

static int setup_check_grammar(const struct crux_setup *setup, struct crux_error *error)
{
    if (setup->strategy == CRUX_RAG && setup->policies[CRUX_DOC] == NULL)
        return crux_fail(error, CRUX_INVALID,
                         "strategy rag needs a policy of its own for documents");
    if (setup->strategy == CRUX_RAG && setup->documents > setup->depth)
        return crux_fail(error, CRUX_INVALID,
                         "strategy rag takes %u documents one after the other, and depth is %u",
                         setup->documents, setup->depth);
    if (setup->grammar != CRUX_GRAMMAR_CR_PLANNER)
        return CRUX_OK;
    if ((setup->subgoals & ~CRUX_SUBGOALS) != 0 || (setup->subgoals >> CRUX_REASON & 1) == 0)
        return crux_fail(error, CRUX_INVALID,
                         "subgoals must be a set of REASON, GENQUERY and RETRIEVE with REASON in "
                         "it, not 0x%x",
                         (unsigned)setup->subgoals);
    if (setup->depth % 2 != 0)
        return crux_fail(error, CRUX_INVALID,
                         "depth must be even under grammar cr-planner, where a sub-goal and what "
                         "carries it out are two steps, not %u",
                         setup->depth);
    if ((setup->subgoals & CRUX_SUBGOALS) == (1U << CRUX_REASON | 1U << CRUX_RETRIEVE) &&
        !setup->free_retrieve)
        return crux_fail(error, CRUX_INVALID,
                         "without sub-goal query nothing is retrieved, unless free_retrieve allows "
                         "it before any query");
    if ((setup->subgoals >> CRUX_RETRIEVE & 1) != 0 && setup->policies[CRUX_DOC] == NULL)
        return crux_fail(error, CRUX_INVALID,
                         "sub-goal retrieve needs a policy of its own for documents");
    return CRUX_OK;
}

/* What excludes each other. */
static int setup_check_together(const struct crux_setup *setup, struct crux_error *error)
{
    bool shared = setup->lanes > 1;
    bool ends_early = (setup->stop_right | setup->stop_wrong | setup->probe) != 0;
    bool gumbel = setup->root == CRUX_ROOT_GUMBEL;
    bool budget = setup->selection == CRUX_BUDGET;
    bool planner = setup->grammar == CRUX_GRAMMAR_CR_PLANNER;
    const struct {
        bool holds;
        const char *what;
    } rules[] = {
        {shared && gumbel, "root gumbel and more than one lane"},
        {shared && setup->arrivals != NULL, "arrivals and more than one lane"},
        {shared && ends_early, "stop or probe and more than one lane"},
        {setup->branch_high > 0.0 && setup->widen > 0.0, "branch and widen"},
        {shared && budget, "selection budget and more than one lane"},
        {budget && gumbel, "selection budget and root gumbel"},
        {budget && setup->widen > 0.0, "selection budget and widen"},
        {budget && setup->branch_high > 0.0, "selection budget and branch"},
        {planner && setup->widen > 0.0, "grammar cr-planner and widen"},
        {planner && setup->branch_high > 0.0, "grammar cr-planner and branch"},
    };

    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].holds)
            return crux_fail(error, CRUX_INVALID, "%s exclude each other", rules[i].what);
    return CRUX_OK;
}

bool setup_is_instant(const struct crux_setup *setup)
{
    for (int kind = 0; kind < CRUX_KINDS; kind++)
        if (setup->policies[kind] != NULL && !setup->policies[kind]->port.instant)
            return false;
    for (int role = 0; role < CRUX_ROLES; role++)
        if (role != CRUX_ROLE_ANNOTATE && setup->critics[role] != NULL &&
            !setup->critics[role]->port.instant)
            return false;
    for (int kind = 0; kind < CRUX_KINDS; kind++)
        if (setup->executions[kind] != NULL && !setup->executions[kind]->port.instant)
            return false;
    return true;
}

int setup_check(const struct crux_setup *setup, struct crux_error *error)
{
    static int (*const checks[])(const struct crux_setup *, struct crux_error *) = {
        setup_check_choices, setup_check_ranges,   setup_check_reals,    setup_check_times,
        setup_check_ports,   setup_check_branch,   setup_check_strategy, setup_check_revisions,
        setup_check_grammar, setup_check_together,
    };
    int status = CRUX_OK;

    for (size_t i = 0; status == CRUX_OK && i < sizeof checks / sizeof *checks; i++)
        status = checks[i](setup, error);
    return status;
}
