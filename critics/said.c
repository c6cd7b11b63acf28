/*
 * said.c - a critic's reply in one block: opinions, outcomes or scores, rewards of steps, texts.
 */
#include "critics/said.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct said said_nothing(enum crux_verb verb)
{
    return (struct said){.number = verb == CRUX_JUDGE ? 0.5 : -1.0,
                         .verdict = CRUX_UNKNOWN,
                         .opinion = {.spread = -1.0}};
}

struct said said_at_root(void)
{
    return (struct said){.number = 0.5,
                         .verdict = CRUX_UNKNOWN,
                         .opinion = {.spread = -1.0, .sentence = "no step was taken yet"}};
}

static size_t said_text_size(const char *text)
{
    return text != NULL ? strlen(text) + 1 : 0;
}

static const char *said_copy(char **at, const char *text)
{
    char *copy = *at;

    if (text == NULL)
        return NULL;
    *at = stpcpy(copy, text) + 1;
    return copy;
}

/* The places in a block. */
struct said_block {
    struct crux_opinion *opinions;
    struct crux_outcome *outcomes; /* JUDGE ... */
    double *scores;                /* ... or SCORE */
    double *steps;
    char *texts;
};

static bool said_open(struct said_block *out, uint32_t count, const struct said *said)
{
    size_t steps = 0, bytes = 1;

    for (uint32_t i = 0; i < count; i++) {
        steps += said[i].opinion.steps != NULL ? said[i].opinion.step_count : 0;
        bytes += said_text_size(said[i].answer) + said_text_size(said[i].opinion.sentence);
    }
    out->opinions = calloc(1, count * (sizeof *out->opinions + sizeof *out->outcomes) +
                                  steps * sizeof *out->steps + bytes);
    if (out->opinions == NULL)
        return false;
    out->outcomes = (struct crux_outcome *)(void *)(out->opinions + count);
    out->scores = (double *)(void *)out->outcomes;
    out->steps = (double *)(void *)(out->outcomes + count);
    out->texts = (char *)(out->steps + steps);
    return true;
}

static void said_put(struct said_block *block, uint32_t i, enum crux_verb verb,
                     const struct said *said)
{
    struct crux_opinion *opinion = &block->opinions[i];
    uint32_t steps = said->opinion.steps != NULL ? said->opinion.step_count : 0;

    if (verb == CRUX_JUDGE)
        block->outcomes[i] = (struct crux_outcome){said->number, said->verdict,
                                                   said_copy(&block->texts, said->answer)};
    else
        block->scores[i] = said->number;
    *opinion = said->opinion;
    opinion->sentence = said_copy(&block->texts, said->opinion.sentence);
    opinion->steps = NULL;
    opinion->step_count = steps;
    if (steps == 0)
        return;
    memcpy(block->steps, said->opinion.steps, steps * sizeof *block->steps);
    opinion->steps = block->steps;
    block->steps += steps;
}

int said_reply(struct crux_reply *out, const struct crux_call *call, const struct said *said)
{
    struct said_block block;

    assert(call->verb == CRUX_SCORE || call->verb == CRUX_JUDGE);
    *out = (struct crux_reply){.sentence = "no memory for a critic's reply"};
    if (!said_open(&block, call->count, said))
        return CRUX_MEMORY;
    for (uint32_t i = 0; i < call->count; i++)
        said_put(&block, i, call->verb, &said[i]);
    *out = (struct crux_reply){
        .count = call->count, .opinions = block.opinions, .owner = block.opinions};
    if (call->verb == CRUX_JUDGE)
        out->outcomes = block.outcomes;
    else
        out->scores = block.scores;
    return CRUX_DONE;
}
