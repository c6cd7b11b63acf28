/*
 * numbers.c - critics of the numbers games: outcome checks answers, execution and value ask the
 * solver whether the target can still be made.
 *
 * Each call walks its texts from the problem's numbers and trusts nothing else:
 * not the policy's word that a step is terminal, not the numbers that a step
 * itself claims to leave.
 */
#include "critics/numbers/numbers.h"

#include "critics/numbers/path.h"
#include "critics/numbers/pool.h"
#include "critics/numbers/solver.h"

#include <stdlib.h>
#include <string.h>

/* --- questions and replies ------------------------------------------------------ */

static void numbers_release(struct crux_port *self, struct crux_reply *reply)
{
    (void)self;
    free(reply->owner);
}

static int numbers_fail(struct crux_call *call, int status, const char *sentence)
{
    call->reply.sentence = sentence;
    return status;
}

/* The problem of a call. One without numbers is a problem all the same, about which
 * nothing can be said; one without a line is a mistake of the caller. */
static int read_problem(struct crux_call *call, struct numbers_problem *out)
{
    const char *line = call->state.problem->line;

    (void)numbers_problem_read(out, line);
    return line != NULL ? CRUX_OK : numbers_fail(call, CRUX_FAILED, NUMBERS_NO_LINE);
}

/* --- outcome ---------------------------------------------------------------------- */

struct judged {
    struct crux_outcome outcome;
    char answer[NUMBERS_EXPRESSION_BYTES + 64];
};

static void numbers_judge_one(const struct numbers_problem *problem, const struct crux_step *answer,
                              struct judged *out)
{
    struct numbers_walk walk;

    out->outcome = (struct crux_outcome){.verdict = CRUX_UNKNOWN, .answer = out->answer};
    out->answer[0] = '\0';
    if (!numbers_walk_begin(&walk, problem))
        return;
    (void)numbers_walk_chain(&walk, answer);
    if (walk.fault == NUMBERS_OVERFLOW || walk.in_words)
        return;
    out->outcome.verdict = CRUX_WRONG;
    numbers_walk_answer(&walk, out->answer, sizeof out->answer);
    if (walk.fault == NUMBERS_LEGAL && numbers_reached(problem, &walk.state)) {
        out->outcome.verdict = CRUX_RIGHT;
        out->outcome.reward = 1.0;
    }
}

static int numbers_judge(struct crux_port *self, struct crux_call *call)
{
    struct numbers_problem problem;
    struct crux_outcome *outcomes;
    struct judged *judged;
    int status = read_problem(call, &problem);

    (void)self;
    if (status != CRUX_OK)
        return status;
    outcomes = calloc(call->count, sizeof *outcomes + sizeof *judged);
    if (outcomes == NULL)
        return numbers_fail(call, CRUX_MEMORY, "no memory to judge answers");
    judged = (struct judged *)(void *)(outcomes + call->count);
    for (uint32_t i = 0; i < call->count; i++) {
        numbers_judge_one(&problem, &call->candidates[i], &judged[i]);
        outcomes[i] = judged[i].outcome;
    }
    call->reply.count = call->count;
    call->reply.outcomes = outcomes;
    call->reply.owner = outcomes;
    return CRUX_DONE;
}

static void close_outcome(struct crux_port *self)
{
    free(self);
}

struct crux_critic *numbers_outcome_new(void)
{
    struct crux_critic *critic = calloc(1, sizeof *critic);

    if (critic == NULL)
        return NULL;
    critic->port = (struct crux_port){.name = "numbers",
                                      .instant = true,
                                      .ask = numbers_judge,
                                      .release = numbers_release,
                                      .close = close_outcome};
    critic->verbs = 1u << CRUX_JUDGE;
    return critic;
}

/* --- execution and value --------------------------------------------------------------- */

struct reach_critic {
    struct crux_critic critic;
    struct numbers_pool pool;
};

static double reach_score(struct numbers_solver *solver, const struct numbers_problem *problem,
                          const struct crux_step *last)
{
    struct numbers_walk walk;

    if (!numbers_walk_begin(&walk, problem))
        return -1.0;
    if (!numbers_walk_chain(&walk, last))
        return walk.fault == NUMBERS_OVERFLOW ? -1.0 : 0.0;
    switch (numbers_reach(solver, &walk.state, NULL)) {
    case NUMBERS_YES:
        return 1.0;
    case NUMBERS_NO:
        return 0.0;
    case NUMBERS_UNKNOWN:
        break;
    }
    return -1.0;
}

static int numbers_score(struct crux_port *port, struct crux_call *call)
{
    struct reach_critic *self = (struct reach_critic *)(void *)port;
    struct numbers_problem problem;
    struct numbers_solver *solver;
    double *scores;
    int status = read_problem(call, &problem);

    if (status != CRUX_OK)
        return status;
    solver = numbers_pool_take(&self->pool, &problem);
    scores = calloc(call->count, sizeof *scores);
    if (solver == NULL || scores == NULL) {
        numbers_pool_put(&self->pool, solver);
        free(scores);
        return numbers_fail(call, CRUX_MEMORY, "no memory to score steps");
    }
    for (uint32_t i = 0; i < call->count; i++)
        scores[i] =
            reach_score(solver, &problem, call->candidates != NULL ? &call->candidates[i] : NULL);
    numbers_pool_put(&self->pool, solver);
    call->reply.count = call->count;
    call->reply.scores = scores;
    call->reply.owner = scores;
    return CRUX_DONE;
}

static void close_reach(struct crux_port *port)
{
    struct reach_critic *self = (struct reach_critic *)(void *)port;

    numbers_pool_close(&self->pool);
    free(self);
}

struct crux_critic *numbers_reach_new(void)
{
    struct reach_critic *self = calloc(1, sizeof *self);

    if (self == NULL)
        return NULL;
    numbers_pool_open(&self->pool);
    self->critic.port = (struct crux_port){.name = "numbers",
                                           .instant = true,
                                           .ask = numbers_score,
                                           .release = numbers_release,
                                           .close = close_reach};
    self->critic.verbs = 1u << CRUX_SCORE;
    return &self->critic;
}
