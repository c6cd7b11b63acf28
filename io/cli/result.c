/*
 * result.c - one problem's result: which answer is given, and how it is written.
 */
#include "io/cli/result.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "critics/crux_critics.h"
#include "io/cli/said.h"
#include "io/cli/terminal.h"
#include "io/cli/way.h"
#include "io/cli/wrap.h"
#include "io/crux_io.h"
#include "io/json.h"
#include "io/steps.h"

enum {
    RESULT_INDENT = 6, /* of steps, behind their numbers */
    RESULT_WAY = 80    /* columns of the way to an answer, in a file */
};

static uint32_t result_pick(const struct result_choice *choice, const struct crux_tree *tree,
                            double *reward)
{
    const struct crux_pick how = {.rule = (enum crux_pick_rule)(choice->pick - 1),
                                  .alpha = choice->alpha};
    uint32_t best = crux_pick(tree, &how);

    *reward = best != CRUX_NO_NODE ? tree->rollouts[best].reward : 0.0;
    return best;
}

/* Where critics know no right and wrong, answers vote: what each was worth when it came says
 * little of how many came to agree with it. */
static uint32_t result_choose(const struct result_choice *choice, const struct crux_tree *tree,
                              double *reward)
{
    const struct crux_critic *critic = choice->outcome;
    uint32_t best, votes, of;

    if (choice->pick != 0)
        return result_pick(choice, tree, reward);
    if (critic != NULL && critic->in_turn) {
        best = crux_agreed_rollout(tree, &votes, &of);
        if (best != CRUX_NO_NODE) {
            *reward = (double)votes / (double)of;
            return best;
        }
    }
    best = crux_best_rollout(tree);
    *reward = best != CRUX_NO_NODE ? tree->rollouts[best].reward : 0.0;
    return best;
}

/* By what the search has not seen. One that a stop cut short is not. */
static bool result_grades(const struct result_choice *choice, const struct crux_tree *tree)
{
    const struct crux_critic *critic = choice->outcome;

    return tree->problem->answer != NULL && (critic == NULL || !critic->sees_reference) &&
           tree->reason != CRUX_REASON_STOPPED;
}

/* The best one's number in the tree. */
static uint32_t result_number(const struct result *result)
{
    return (uint32_t)(result->best - result->tree->rollouts);
}

/* A critic that says no more than right or wrong names no answer; what is graded is looked for in
 * the path then. NULL: no memory. */
static char *result_answer(const struct result *result)
{
    if (result->best == NULL || result->best->answer[0] != '\0' || !result->graded)
        return strdup(result->best != NULL ? result->best->answer : "");
    return said_answer(result->tree, result_number(result));
}

/* A problem without any answer of ours is graded, too: it is wrong. */
static enum crux_verdict result_grade(const struct result *result)
{
    return result->answer[0] == '\0' ? CRUX_WRONG
                                     : crux_grade(result->answer, result->tree->problem->answer);
}

void result_end(struct result *result)
{
    free(result->answer);
    free(result->steps);
}

int result_read(struct result *result, const struct result_choice *choice,
                const struct crux_tree *tree)
{
    double reward = 0.0;
    uint32_t best = result_choose(choice, tree, &reward);

    *result =
        (struct result){.tree = tree, .reward = reward, .graded = result_grades(choice, tree)};
    if (best != CRUX_NO_NODE) {
        result->best = &tree->rollouts[best];
        result->step_count = crux_path_steps(tree, best, NULL, 0);
        result->steps = calloc(result->step_count + 1, sizeof *result->steps);
        if (result->steps == NULL)
            return CRUX_MEMORY;
        (void)crux_path_steps(tree, best, result->steps, result->step_count);
    }
    result->answer = result_answer(result);
    if (result->answer == NULL)
        return CRUX_MEMORY;
    if (result->graded)
        result->grade = result_grade(result);
    return CRUX_OK;
}

static const char *result_state(const struct crux_tree *tree)
{
    switch (tree->reason) {
    case CRUX_REASON_FAILED:
        return "failed";
    case CRUX_REASON_STOPPED:
        return "stopped";
    default:
        return "done";
    }
}

static enum crux_verdict result_verdict(const struct result *result)
{
    return result->best == NULL ? CRUX_UNKNOWN : (enum crux_verdict)result->best->verdict;
}

static double result_seconds(const struct crux_tree *tree)
{
    return (double)tree->search_ns / 1e9;
}

static bool result_is_planned(const struct result *result)
{
    return result->best != NULL && way_is_planned(result->tree, result_number(result));
}

/* --- for machines ----------------------------------------------------------------------- */

static struct json *result_steps(const struct result *result)
{
    struct json *steps = json_new_array();

    for (size_t i = 0; i < result->step_count; i++)
        json_add(steps, steps_json(result->steps[i]));
    return steps;
}

char *result_json(const struct result_choice *choice, const struct result *result)
{
    const struct crux_tree *tree = result->tree;
    struct json *row = json_new_object();
    char *text;

    json_put(row, "id", json_of_string(tree->problem->id));
    json_put(row, "status", json_of_string(result_state(tree)));
    json_put(row, "steps", result_steps(result));
    if (result_is_planned(result))
        json_put(row, "path", way_json(tree, result_number(result)));
    json_put(row, "answer", json_of_string(result->answer));
    json_put(row, "verdict", json_of_string(crux_verdict_name(result_verdict(result))));
    if (result->graded)
        json_put(row, "graded", json_of_string(crux_verdict_name(result->grade)));
    json_put(row, "reward", json_of_real(result->reward));
    json_put_count(row, "simulations", tree->simulations);
    json_put_count(row, "calls", tree->calls);
    json_put_count(row, "tokens", tree->prompt_tokens + tree->completion_tokens);
    json_put(row, "price", json_of_integer(tree->price));
    json_put(row, "seconds", json_of_real(result_seconds(tree)));
    json_put(row, "error", json_of_words(tree->failure));
    if (choice->oracle)
        json_put(row, "oracle", json_of_bool(true));
    text = json_text(row, false);
    json_free(row);
    return text;
}

/* --- for people --------------------------------------------------------------------------- */

static void result_put_step(FILE *out, const struct result_choice *choice,
                            const struct crux_text *step)
{
    struct wrap wrap;

    wrap_begin(&wrap, out, choice->width, RESULT_INDENT, RESULT_INDENT);
    wrap_put_step(&wrap, step->start, step->length);
    wrap_end(&wrap);
    (void)fputc('\n', out);
}

static void result_put(FILE *out, const struct result_choice *choice, const struct result *result)
{
    const struct crux_tree *tree = result->tree;

    terminal_put(out, tree->problem->id, strlen(tree->problem->id));
    if (result->graded)
        (void)fprintf(out, ": graded %s\n", crux_verdict_name(result->grade));
    else
        (void)fprintf(out, ": %s%s\n", crux_verdict_name(result_verdict(result)),
                      choice->oracle ? " (with --oracle: an upper bound)" : "");
    for (size_t i = 0; i < result->step_count; i++) {
        (void)fprintf(out, "  %2zu. ", i + 1);
        result_put_step(out, choice, &result->steps[i]);
    }
    if (result_is_planned(result))
        way_put(out, tree, result_number(result), choice->width > 0 ? choice->width : RESULT_WAY);
    if (result->answer[0] != '\0') {
        (void)fputs("  answer ", out);
        terminal_put(out, result->answer, strlen(result->answer));
        (void)fputc('\n', out);
    }
    if (tree->failure[0] != '\0') {
        (void)fputs("  failed: ", out);
        terminal_put(out, tree->failure, strlen(tree->failure));
        (void)fputc('\n', out);
    }
    (void)fprintf(
        out,
        "  cost %" PRIu64 " simulations, %" PRIu64 " calls, %" PRIu64 " tokens, %.3f seconds%s",
        tree->simulations, tree->calls, tree->prompt_tokens + tree->completion_tokens,
        result_seconds(tree), tree->reason == CRUX_REASON_STOPPED ? " (stopped early)" : "");
}

char *result_text(const struct result_choice *choice, const struct result *result)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    bool whole;

    if (out == NULL)
        return NULL;
    result_put(out, choice, result);
    whole = ferror(out) == 0;
    if (fclose(out) != 0 || !whole) {
        free(text);
        return NULL;
    }
    return text;
}
