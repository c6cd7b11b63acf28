/*
 * setup.c - a setup is checked once, before anything is made.
 *
 * Ranges stand in one table; what must go together stands in one list of rules,
 * so that every refusal is a sentence that names the options.
 */
#include "search/setup.h"

#include "search/tree.h"

#include <stddef.h>

struct crux_setup crux_setup_default(void)
{
    return (struct crux_setup){
        .strategy = CRUX_MCTS,
        .selection = CRUX_PUCT,
        .order = CRUX_ORDER_ARRIVAL,
        .exploration = 2.5,
        .simulations = 800,
        .children = 24,
        .rollouts = 1,
        .depth = 64,
        .seed = 1,
        .workers = 2,
        .in_flight = 64,
        .per_tree = 8,
        .lanes = 1,
    };
}

uint32_t crux_open_trees(const struct crux_setup *setup)
{
    uint32_t trees = setup->open_trees;

    if (trees == 0) {
        trees = 4 * setup->in_flight / setup->per_tree;
        if (trees < 2 * setup->workers)
            trees = 2 * setup->workers;
    }
    return trees;
}

/* --- checks ------------------------------------------------------------------- */

static const struct range {
    const char *name;
    size_t offset;
    uint32_t least, most;
} ranges[] = {
    {"simulations", offsetof(struct crux_setup, simulations), 1, TREE_VISITS_MOST},
    {"children", offsetof(struct crux_setup, children), 1, 4096},
    {"rollouts", offsetof(struct crux_setup, rollouts), 0, 1024},
    {"depth", offsetof(struct crux_setup, depth), 1, 1024},
    {"workers", offsetof(struct crux_setup, workers), 1, 256},
    {"in_flight", offsetof(struct crux_setup, in_flight), 1, 65536},
    {"per_tree", offsetof(struct crux_setup, per_tree), 1, 16384},
    {"open_trees", offsetof(struct crux_setup, open_trees), 0, 65536},
    {"lanes", offsetof(struct crux_setup, lanes), 1, 256},
};

static int check_ranges(const struct crux_setup *setup, struct crux_error *error)
{
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        uint32_t value = *(const uint32_t *)((const char *)setup + ranges[i].offset);

        if (value < ranges[i].least || value > ranges[i].most)
            return crux_fail(error, CRUX_INVALID, "%s must be between %u and %u, not %u",
                             ranges[i].name, ranges[i].least, ranges[i].most, value);
    }
    if (!(setup->exploration >= 0.0 && setup->exploration <= 1000.0))
        return crux_fail(error, CRUX_INVALID, "exploration must be between 0 and 1000, not %g",
                         setup->exploration);
    return CRUX_OK;
}

static bool answers(const struct crux_critic *critic, enum crux_verb verb)
{
    return critic == NULL || (critic->verbs >> verb & 1) != 0;
}

static int check_ports(const struct crux_setup *setup, struct crux_error *error)
{
    if (setup->policies[CRUX_STEP] == NULL)
        return crux_fail(error, CRUX_INVALID, "a policy for steps is needed");
    if (setup->rollouts > 0 && setup->outcome == NULL)
        return crux_fail(error, CRUX_INVALID, "rollouts need an outcome critic to judge them");
    if (setup->rollouts == 0 && setup->value == NULL)
        return crux_fail(error, CRUX_INVALID, "without rollouts a value critic is needed");
    if (setup->rollouts == 0 && setup->strategy == CRUX_SAMPLE)
        return crux_fail(error, CRUX_INVALID, "strategy sample and no rollouts exclude each other");
    if (!answers(setup->outcome, CRUX_JUDGE))
        return crux_fail(error, CRUX_INVALID, "critic %s judges no answers",
                         setup->outcome->port.name);
    if (!answers(setup->execution, CRUX_SCORE))
        return crux_fail(error, CRUX_INVALID, "critic %s scores no steps",
                         setup->execution->port.name);
    if (!answers(setup->value, CRUX_SCORE))
        return crux_fail(error, CRUX_INVALID, "critic %s scores no leaves",
                         setup->value->port.name);
    if (!answers(setup->annotator, CRUX_ANNOTATE) ||
        (setup->annotator != NULL && !setup->annotator->port.instant))
        return crux_fail(error, CRUX_INVALID, "critic %s does not annotate at once",
                         setup->annotator->port.name);
    if (setup->lanes > 1 && setup->stop_right + setup->stop_wrong + setup->probe > 0)
        return crux_fail(error, CRUX_INVALID,
                         "stop or probe and more than one lane exclude each other");
    return CRUX_OK;
}

bool setup_is_instant(const struct crux_setup *setup)
{
    const struct crux_critic *critics[] = {setup->outcome, setup->execution, setup->value};

    for (int kind = 0; kind < CRUX_KINDS; kind++)
        if (setup->policies[kind] != NULL && !setup->policies[kind]->port.instant)
            return false;
    for (size_t i = 0; i < sizeof critics / sizeof *critics; i++)
        if (critics[i] != NULL && !critics[i]->port.instant)
            return false;
    return true;
}

int setup_check(const struct crux_setup *setup, struct crux_error *error)
{
    int status = check_ranges(setup, error);

    return status == CRUX_OK ? check_ports(setup, error) : status;
}
