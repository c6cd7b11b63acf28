/*
 * planner.c - steps that name their kind and sample, and tables of what they are worth.
 */
#include "tests/world/planner.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Thread_local char planner_paths[8192];

static struct planner *planner_of_critic(struct crux_port *port)
{
    return (struct planner *)(void *)((char *)port - offsetof(struct planner, critic.port));
}

static struct planner *planner_of_outcome(struct crux_port *port)
{
    return (struct planner *)(void *)((char *)port - offsetof(struct planner, outcome.port));
}

static uint32_t planner_documents(const struct crux_step *last)
{
    uint32_t count = 0;

    for (; last != NULL; last = last->previous)
        count += last->kind == CRUX_DOC;
    return count;
}

static uint32_t planner_count(const struct planner *planner, const struct crux_call *call)
{
    uint32_t before = call->sample + planner_documents(call->state.last), left;

    if (call->kind != CRUX_DOC)
        return call->count;
    left = planner->found > before ? planner->found - before : 0;
    return left < call->count ? left : call->count;
}

/* "V0", and behind that one more each time. */
static void planner_revise(char text[16], const char *before)
{
    unsigned number = 0;

    if (sscanf(before, "V%u", &number) == 1)
        number++;
    (void)snprintf(text, 16, "V%u", number);
}

static int planner_propose(struct crux_port *port, struct crux_call *call)
{
    static const char letters[CRUX_KINDS] = {'S', 0, 0, 0, 'R', 'Q', 'D', 'A'};
    struct planner *planner = (struct planner *)(void *)port;
    uint32_t count = planner_count(planner, call);
    struct crux_proposal *proposals = calloc(count + 1, sizeof *proposals + 16);
    char *texts = (char *)(proposals + count + 1);

    cr_assert(proposals != NULL && letters[call->kind] != 0);
    atomic_fetch_add(&planner->asked[call->kind], 1);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = call->sample + i;

        if (call->kind == CRUX_DOC)
            number += planner_documents(call->state.last);
        (void)snprintf(texts + (size_t)16 * i, 16, "%c%u", letters[call->kind], number);
        if (call->kind == CRUX_ANSWER && call->revision != NULL)
            planner_revise(texts + (size_t)16 * i, call->revision->answer->text);
        proposals[i] = (struct crux_proposal){
            .text = texts + (size_t)16 * i,
            .prior = 1.0F,
            .tokens = 1,
            .terminal = call->kind == CRUX_ANSWER ||
                        (planner->complete > 0 && call->state.depth + 1 >= planner->complete)};
    }
    call->reply.count = count;
    call->reply.proposals = proposals;
    call->reply.owner = proposals;
    return CRUX_DONE;
}

static double planner_look_up(const struct planner_score *table, const char *text, double none)
{
    for (; table != NULL && table->text != NULL; table++)
        if (strcmp(table->text, text) == 0)
            return table->score;
    return none;
}

static int planner_score(struct crux_port *port, struct crux_call *call)
{
    struct planner *planner = planner_of_critic(port);
    double *scores = calloc(call->count, sizeof *scores);

    cr_assert_not_null(scores);
    atomic_fetch_add(&planner->scored, 1);
    for (uint32_t i = 0; i < call->count; i++) {
        const struct crux_step *step = &call->candidates[i];
        bool subgoal = crux_kind_is_subgoal((enum crux_kind)step->kind);

        scores[i] = planner_look_up(
            planner->scores, subgoal ? crux_kind_name((enum crux_kind)step->kind) : step->text,
            -1.0);
    }
    call->reply.count = call->count;
    call->reply.scores = scores;
    call->reply.owner = scores;
    return CRUX_DONE;
}

static int planner_judge(struct crux_port *port, struct crux_call *call)
{
    struct planner *planner = planner_of_outcome(port);
    struct crux_outcome *outcomes = calloc(call->count, sizeof *outcomes);

    cr_assert_not_null(outcomes);
    for (uint32_t i = 0; i < call->count; i++) {
        const struct crux_step *step = &call->candidates[i];

        if (step->text[0] == '\0')
            step = step->previous;
        outcomes[i].reward = planner_look_up(planner->rewards, step->text, 0.0);
        outcomes[i].verdict = outcomes[i].reward > 0.5 ? CRUX_RIGHT : CRUX_WRONG;
    }
    call->reply.count = call->count;
    call->reply.outcomes = outcomes;
    call->reply.owner = outcomes;
    return CRUX_DONE;
}

static void planner_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    free(reply->owner);
}

void planner_open(struct planner *planner, struct search_fixture *fixture,
                  enum crux_strategy strategy, const struct planner_score *scores)
{
    memset(planner, 0, sizeof *planner);
    planner->scores = scores;
    planner->found = 100;
    planner->policy.port =
        (struct crux_port){"planner", true, planner_propose, NULL, planner_release, NULL};
    planner->policy.revises = true;
    planner->critic =
        (struct crux_critic){.port = {"critic", true, planner_score, NULL, planner_release, NULL},
                             .verbs = 1U << CRUX_SCORE};
    planner->outcome =
        (struct crux_critic){.port = {"outcome", true, planner_judge, NULL, planner_release, NULL},
                             .verbs = 1U << CRUX_JUDGE};
    *fixture = search_fixture_of(WORLD_INSTANT);
    fixture->problems = 1;
    fixture->setup.strategy = strategy;
    fixture->setup.policies[CRUX_STEP] = &planner->policy;
    fixture->setup.policies[CRUX_DOC] = &planner->policy;
    fixture->setup.critics[CRUX_ROLE_OUTCOME] = &planner->outcome;
    fixture->setup.critics[CRUX_ROLE_EXECUTION] = &planner->critic;
    fixture->setup.children = 3;
    fixture->setup.documents = 2;
    fixture->setup.simulations = 1000;
}

static void planner_write_paths(struct search_fixture *fixture, const struct crux_tree *tree)
{
    char *at = planner_paths;

    (void)fixture;
    *at = '\0';
    for (uint32_t i = 0; i < tree->rollout_count; i++) {
        uint32_t way[64], depth = 0;

        for (uint32_t n = tree->rollouts[i].node; n != 0; n = tree->nodes[n].parent)
            way[depth++] = n;
        while (depth > 0) {
            const struct crux_node *node = &tree->nodes[way[--depth]];
            bool subgoal = crux_kind_is_subgoal((enum crux_kind)node->kind);

            at += sprintf(at, "%s ",
                          subgoal ? crux_kind_name((enum crux_kind)node->kind) : node->text);
        }
        at += sprintf(at, "%s\n", tree->rollouts[i].text);
        cr_assert_lt(at - planner_paths, 7000);
    }
}

void planner_run(struct search_fixture *fixture)
{
    fixture->look = fixture->look != NULL ? fixture->look : planner_write_paths;
    search_fixture_run(fixture);
    cr_assert_eq(fixture->status, CRUX_OK, "%s", fixture->error.text);
    cr_assert_null(search_fixture_fault(fixture), "%s", search_fixture_fault(fixture));
}
