/*
 * opinions.c - what a critic has found out about each candidate, as the reply to a call.
 */
#include "critics/opinions.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct opinions {
    uint32_t count;
    struct opinion_made *made;
    double *scores;
    struct crux_outcome *outcomes;
    struct crux_opinion *opinions;
};

struct opinion_made *opinions_new(uint32_t count)
{
    struct opinion_made *made = calloc((size_t)count + 1, sizeof *made);

    for (uint32_t i = 0; i < count && made != NULL; i++)
        made[i] = (struct opinion_made){.score = -1.0, .spread = -1.0};
    return made;
}

void opinions_free(struct opinion_made *made, uint32_t count)
{
    for (uint32_t i = 0; i < count && made != NULL; i++) {
        free(made[i].steps);
        free(made[i].sentence);
    }
    free(made);
}

void opinions_drop(void *owner)
{
    struct opinions *self = owner;

    if (self == NULL)
        return;
    opinions_free(self->made, self->count);
    free(self->scores);
    free(self->outcomes);
    free(self->opinions);
    free(self);
}

void opinions_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    opinions_drop(reply->owner);
}

static struct crux_outcome outcome_of(const struct opinion_made *made, bool verdicts)
{
    bool right = made->score > 0.5, wrong = made->score >= 0.0 && made->score < 0.5;

    return (struct crux_outcome){.reward = made->score < 0.0 ? 0.5 : made->score,
                                 .verdict = !verdicts ? CRUX_UNKNOWN
                                            : right   ? CRUX_RIGHT
                                            : wrong   ? CRUX_WRONG
                                                      : CRUX_UNKNOWN};
}

static void fill_opinions(struct opinions *self, bool verdicts)
{
    for (uint32_t i = 0; i < self->count; i++) {
        const struct opinion_made *made = &self->made[i];

        assert(made->score <= 1.0);
        self->scores[i] = made->score;
        self->outcomes[i] = outcome_of(made, verdicts);
        self->opinions[i] = (struct crux_opinion){.steps = made->steps,
                                                  .step_count = made->step_count,
                                                  .judges = made->judges,
                                                  .spread = made->spread,
                                                  .sentence = made->sentence};
    }
}

int opinions_reply(struct crux_call *call, struct opinion_made *made, bool verdicts)
{
    struct opinions *self = made != NULL ? calloc(1, sizeof *self) : NULL;
    size_t room = (size_t)call->count + 1;

    if (self == NULL) {
        opinions_free(made, call->count);
        call->reply.sentence = "no memory for a critic's opinions";
        return CRUX_MEMORY;
    }
    *self = (struct opinions){.count = call->count,
                              .made = made,
                              .scores = calloc(room, sizeof *self->scores),
                              .outcomes = calloc(room, sizeof *self->outcomes),
                              .opinions = calloc(room, sizeof *self->opinions)};
    if (self->scores == NULL || self->outcomes == NULL || self->opinions == NULL) {
        opinions_drop(self);
        call->reply.sentence = "no memory for a critic's opinions";
        return CRUX_MEMORY;
    }
    fill_opinions(self, verdicts);
    call->reply.count = call->count;
    call->reply.scores = self->scores;
    call->reply.outcomes = self->outcomes;
    call->reply.opinions = self->opinions;
    call->reply.owner = self;
    return CRUX_DONE;
}

int opinions_of_nothing(struct crux_call *call)
{
    struct opinion_made *made = opinions_new(call->count);

    for (uint32_t i = 0; i < call->count && made != NULL; i++) {
        made[i].score = 0.5;
        made[i].sentence = strdup("no step was taken yet");
    }
    return opinions_reply(call, made, false);
}

double opinions_spread(const double *numbers, uint32_t count)
{
    double mean = 0.0, squares = 0.0;

    if (count < 2)
        return -1.0;
    for (uint32_t i = 0; i < count; i++)
        mean += numbers[i] / count;
    for (uint32_t i = 0; i < count; i++)
        squares += (numbers[i] - mean) * (numbers[i] - mean);
    return sqrt(squares / count);
}
