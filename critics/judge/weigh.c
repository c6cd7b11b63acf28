/*
 * weigh.c - counts votes, of one candidate and of pairs.
 */
#include "critics/judge/weigh.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Votes that call a step wrong. */
static uint32_t against(const struct judge_verdict *votes, uint32_t count, size_t step)
{
    uint32_t wrong = 0;

    for (uint32_t i = 0; i < count; i++)
        wrong += votes[i].known && votes[i].wrong[step];
    return wrong;
}

static bool is_wrong(unsigned keep, uint32_t wrong, uint32_t known)
{
    switch ((enum judge_keep)keep) {
    case JUDGE_ANY:
        return wrong > 0;
    case JUDGE_ALL:
        return wrong == known;
    default:
        return 2 * wrong >= known;
    }
}

static void weigh_steps(struct opinion_made *out, const struct judge_plan *plan,
                        const struct judge_verdict *votes, uint32_t count, size_t steps)
{
    out->score = 1.0;
    for (size_t step = 0; step < steps; step++) {
        bool wrong = is_wrong(plan->keep, against(votes, count, step), out->judges);

        out->steps[step] = wrong ? 0.0 : 1.0;
        out->score = wrong ? 0.0 : out->score;
    }
}

/* The place that most votes name, `steps` for none; SIZE_MAX: a tie. */
static size_t most_named(const struct judge_verdict *votes, uint32_t count, size_t steps,
                         uint32_t known)
{
    size_t place = SIZE_MAX;
    uint32_t most = 0, named = 0;

    for (size_t step = 0; step <= steps; step++) {
        uint32_t here = step < steps ? against(votes, count, step) : known - named;

        named += here;
        if (here == most)
            place = SIZE_MAX;
        if (here > most)
            place = step;
        most = here > most ? here : most;
    }
    return place;
}

static void weigh_first(struct opinion_made *out, const struct judge_verdict *votes, uint32_t count,
                        size_t steps)
{
    size_t place = most_named(votes, count, steps, out->judges);

    if (place == SIZE_MAX) {
        free(out->steps);
        out->steps = NULL;
        out->step_count = 0;
        return;
    }
    for (size_t step = 0; step < steps; step++)
        out->steps[step] = step < place ? 1.0 : step == place ? 0.0 : -1.0;
}

/* The reason of the vote that is nearest to the score, of several the first. */
static bool take_reason(struct opinion_made *out, const struct judge_verdict *votes, uint32_t count)
{
    const struct judge_verdict *nearest = NULL;

    for (uint32_t i = 0; i < count; i++)
        if (votes[i].known && votes[i].why[0] != '\0' &&
            (nearest == NULL ||
             fabs(votes[i].score - out->score) < fabs(nearest->score - out->score)))
            nearest = &votes[i];
    out->sentence = nearest != NULL ? strdup(nearest->why) : NULL;
    return nearest == NULL || out->sentence != NULL;
}

bool judge_weigh_votes(struct opinion_made *out, const struct judge_plan *plan,
                       const struct judge_verdict *votes, uint32_t count, size_t steps)
{
    bool by_step = plan->mode == JUDGE_STEPS || plan->mode == JUDGE_FIRST;
    double scores[JUDGE_VOTES], sum = 0.0;

    assert(count <= JUDGE_VOTES);
    for (uint32_t i = 0; i < count; i++)
        if (votes[i].known) {
            scores[out->judges++] = votes[i].score;
            sum += votes[i].score;
        }
    if (out->judges == 0)
        return true;
    out->score = sum / out->judges;
    out->spread = opinions_spread(scores, out->judges);
    if (by_step) {
        out->steps = calloc(steps + 1, sizeof *out->steps);
        if (out->steps == NULL)
            return false;
        out->step_count = (uint32_t)steps;
    }
    if (plan->mode == JUDGE_STEPS)
        weigh_steps(out, plan, votes, count, steps);
    if (plan->mode == JUDGE_FIRST)
        weigh_first(out, votes, count, steps);
    return take_reason(out, votes, count);
}

bool judge_weigh_order(enum judge_better *out, const struct judge_verdict *votes, uint32_t count)
{
    uint32_t said[3] = {0, 0, 0};
    unsigned best = 0;
    bool tie = false;

    for (uint32_t i = 0; i < count; i++)
        said[votes[i].better] += votes[i].known;
    for (unsigned i = 1; i < 3; i++) {
        tie = said[i] == said[best] || (tie && said[i] < said[best]);
        best = said[i] > said[best] ? i : best;
    }
    *out = (enum judge_better)best;
    return said[best] > 0 && !tie;
}

double judge_weigh_both(enum judge_better forth, enum judge_better back)
{
    if (forth == JUDGE_NEITHER && back == JUDGE_NEITHER)
        return 0.5;
    if (forth == JUDGE_FIRST_ONE && back == JUDGE_SECOND_ONE)
        return 1.0;
    return forth == JUDGE_SECOND_ONE && back == JUDGE_FIRST_ONE ? 0.0 : -1.0;
}
