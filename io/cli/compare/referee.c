/*
 * referee.c - grades all answers of a finished tree.
 *
 * A rollout says by itself what its answer is only if the outcome critic has named it. Of a critic
 * that names none (a reward model) the answers are looked for in the paths, so that they can vote.
 */
#include "io/cli/compare/referee.h"

#include <stdlib.h>
#include <string.h>

#include "critics/crux_critics.h"
#include "io/cli/said.h"
#include "io/numbers.h"

static int referee_no_memory(const struct crux_tree *tree, struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory to grade the answers to %s", tree->problem->id);
}

int referee_open(struct referee *out, struct crux_error *error)
{
    *out = (struct referee){NULL};
    return crux_critic_open(&out->numbers, CRUX_ROLE_OUTCOME, "numbers", NULL, error);
}

void referee_close(struct referee *referee)
{
    crux_critic_close(referee->numbers);
    referee->numbers = NULL;
}

static bool referee_is_puzzle(const struct crux_problem *problem)
{
    struct numbers_problem numbers;

    return problem->line != NULL && numbers_problem_read(&numbers, problem->line);
}

bool referee_knows(const struct crux_problem *problem)
{
    return problem->answer != NULL || referee_is_puzzle(problem);
}

/* --- puzzles ---------------------------------------------------------------------------- */

/* Every node as the step that it was proposed as. NULL: no memory. */
static struct crux_step *referee_steps(const struct crux_tree *tree)
{
    struct crux_step *steps = calloc((size_t)tree->node_count + 1, sizeof *steps);

    for (uint32_t i = 1; steps != NULL && i < tree->node_count; i++) {
        const struct crux_node *node = &tree->nodes[i];

        steps[i] = (struct crux_step){.previous = node->parent != 0 ? &steps[node->parent] : NULL,
                                      .text = node->text,
                                      .length = (uint32_t)strlen(node->text),
                                      .depth = node->depth,
                                      .kind = node->kind,
                                      .terminal = node->terminal};
    }
    return steps;
}

/* The last step of a rollout's path. */
static struct crux_step referee_last(const struct crux_tree *tree, uint32_t rollout,
                                     const struct crux_step *steps)
{
    const struct crux_rollout *answer = &tree->rollouts[rollout];

    if (answer->text[0] == '\0')
        return steps[answer->node];
    return (struct crux_step){.previous = answer->node != 0 ? &steps[answer->node] : NULL,
                              .text = answer->text,
                              .length = (uint32_t)strlen(answer->text),
                              .depth = tree->nodes[answer->node].depth + 1,
                              .kind = CRUX_ANSWER,
                              .terminal = true};
}

static int referee_ask(const struct referee *referee, const struct crux_tree *tree,
                       const struct crux_step *last, unsigned char *verdict,
                       struct crux_error *error)
{
    struct crux_asking asking = {.call = {.verb = CRUX_JUDGE,
                                          .count = 1,
                                          .state = {.problem = tree->problem},
                                          .candidates = last}};

    if (crux_ask(&referee->numbers->port, &asking) != CRUX_DONE)
        return crux_fail(error, CRUX_FAILED, "an answer to %s cannot be graded: %.300s",
                         tree->problem->id,
                         asking.call.reply.sentence != NULL ? asking.call.reply.sentence : "");
    *verdict = (unsigned char)asking.call.reply.outcomes[0].verdict;
    crux_release(&asking);
    return CRUX_OK;
}

/* A path without a step is no answer. */
static int referee_judge(const struct referee *referee, const struct crux_tree *tree,
                         unsigned char *verdicts, struct crux_error *error)
{
    struct crux_step *steps = referee_steps(tree);
    int status = steps != NULL ? CRUX_OK : referee_no_memory(tree, error);

    for (uint32_t i = 0; i < tree->rollout_count && status == CRUX_OK; i++) {
        const struct crux_step last = referee_last(tree, i, steps);

        verdicts[i] = CRUX_WRONG;
        if (last.text != NULL)
            status = referee_ask(referee, tree, &last, &verdicts[i], error);
    }
    free(steps);
    return status;
}

/* --- reference answers -------------------------------------------------------------------- */

/* The answers of paths of which the critic has named none. */
static bool referee_name(struct referee_view *view)
{
    const struct crux_tree *tree = &view->tree;
    bool named = false;

    view->said = calloc((size_t)tree->rollout_count + 1, sizeof *view->said);
    if (view->said == NULL)
        return false;
    for (uint32_t i = 0; i < tree->rollout_count; i++) {
        named |= tree->rollouts[i].answer[0] != '\0';
        if (tree->rollouts[i].answer[0] == '\0' && (view->said[i] = said_answer(tree, i)) == NULL)
            return false;
    }
    if (named)
        return true;
    view->named = calloc((size_t)tree->rollout_count + 1, sizeof *view->named);
    for (uint32_t i = 0; view->named != NULL && i < tree->rollout_count; i++) {
        view->named[i] = tree->rollouts[i];
        view->named[i].answer = view->said[i];
    }
    if (view->named != NULL)
        view->tree.rollouts = view->named;
    return view->named != NULL;
}

/* The answer that is graded. */
static const char *referee_answer(const struct referee_view *view, uint32_t rollout)
{
    return view->said[rollout] != NULL ? view->said[rollout] : view->tree.rollouts[rollout].answer;
}

/* One that was graded before is graded alike. */
static void referee_compare(struct referee_view *view)
{
    const char *reference = view->tree.problem->answer;

    for (uint32_t i = 0; i < view->tree.rollout_count; i++) {
        const char *answer = referee_answer(view, i);
        uint32_t before = 0;

        while (before < i && strcmp(referee_answer(view, before), answer) != 0)
            before++;
        if (before < i)
            view->verdicts[i] = view->verdicts[before];
        else
            view->verdicts[i] =
                (unsigned char)(answer[0] == '\0' ? CRUX_WRONG : crux_grade(answer, reference));
    }
}

/* --- both --------------------------------------------------------------------------------- */

int referee_look(const struct referee *referee, const struct crux_tree *tree,
                 struct referee_view *out, struct crux_error *error)
{
    *out = (struct referee_view){.tree = *tree};
    out->verdicts = calloc((size_t)tree->rollout_count + 1, 1); /* CRUX_UNKNOWN */
    if (out->verdicts == NULL)
        return referee_no_memory(tree, error);
    if (referee_is_puzzle(tree->problem))
        return referee_judge(referee, tree, out->verdicts, error);
    if (!referee_name(out))
        return referee_no_memory(tree, error);
    if (tree->problem->answer != NULL)
        referee_compare(out);
    return CRUX_OK;
}

void referee_view_free(struct referee_view *view)
{
    for (uint32_t i = 0; view->said != NULL && i < view->tree.rollout_count; i++)
        free(view->said[i]);
    free(view->said);
    free(view->named);
    free(view->verdicts);
}
