/*
 * one_problem.h - the smallest run there is, through the front door: one problem, answers
 * sampled from its root, by a policy that is the kernel's and a critic that finds all right.
 */
#ifndef TESTS_WEAK_ONE_PROBLEM_H
#define TESTS_WEAK_ONE_PROBLEM_H

#include "search/crux.h"
#include "tests/weak/weak.h"

#include <string.h>

static struct crux_search *search;
static int ended_with;
static uint32_t finished; /* problems */
static uint64_t settled;  /* their simulations */
static bool cut_short;    /* the last one */
static bool noted;        /* its first pair has the critique that the kernel wrote */

static int find_right(struct crux_port *port, struct crux_call *call)
{
    static const struct crux_outcome right = {1.0, CRUX_RIGHT, "24"};

    (void)port;
    call->reply = (struct crux_reply){.count = 1, .outcomes = &right};
    return CRUX_DONE;
}

static int next_problem_of_one(struct crux_source *self, const struct crux_problem **out,
                               struct crux_error *error)
{
    static const struct crux_problem problem = {.id = "1", .prompt = ""};

    (void)self, (void)error;
    *out = &problem;
    return finished == 0 ? CRUX_OK : CRUX_END;
}

static int take_tree(struct crux_sink *self, const struct crux_tree *tree, struct crux_error *error)
{
    (void)self, (void)error;
    finished++;
    settled += tree->simulations;
    cut_short = tree->reason == CRUX_REASON_STOPPED;
    noted = tree->pair_count > 0 && strcmp(tree->pairs[0].critique, "here") == 0;
    return CRUX_OK;
}

static void open_search(struct crux_policy *policy, struct crux_setup setup)
{
    static struct crux_critic critic = {
        {"right", true, find_right, NULL, NULL, NULL}, 1u << CRUX_JUDGE, false, false, false};
    struct crux_error error;

    finished = 0;
    settled = 0;
    cut_short = false;
    setup.policies[CRUX_STEP] = policy;
    if (setup.critics[CRUX_ROLE_OUTCOME] == NULL)
        setup.critics[CRUX_ROLE_OUTCOME] = &critic;
    setup.strategy = CRUX_SAMPLE;
    weak_expect(crux_open(&search, &setup, &error) == CRUX_OK, "the search opens");
}

static void run_search(uint32_t thread)
{
    static struct crux_source source = {next_problem_of_one};
    static struct crux_sink sink = {take_tree};
    struct crux_error error;

    (void)thread;
    ended_with = crux_run(search, &source, &sink, &error);
}

#endif
