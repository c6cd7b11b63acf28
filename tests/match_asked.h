/*
 * match_asked.h - one answer put to critic match, as a run puts it: without Criterion, for
 * programs.
 */
#ifndef TESTS_MATCH_ASKED_H
#define TESTS_MATCH_ASKED_H

#include "critics/crux_critics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const verdict_names[] = {
    [CRUX_UNKNOWN] = "UNKNOWN", [CRUX_RIGHT] = "RIGHT", [CRUX_WRONG] = "WRONG"};

/* Ends the program if it is not answered at once. */
static enum crux_verdict verdict_on(struct crux_critic *critic, const char *text,
                                    const char *reference)
{
    const struct crux_problem problem = {.id = "pair", .prompt = "", .answer = reference};
    const struct crux_step step = {
        .text = text, .length = (uint32_t)strlen(text), .depth = 1, .kind = CRUX_ANSWER};
    struct crux_call call = {
        .verb = CRUX_JUDGE, .count = 1, .candidates = &step, .state = {.problem = &problem}};
    enum crux_verdict verdict;

    if (critic->port.ask(&critic->port, &call) != CRUX_DONE) {
        (void)fprintf(stderr, "critic match: %s\n", call.reply.sentence);
        exit(2);
    }
    verdict = call.reply.outcomes[0].verdict;
    critic->port.release(&critic->port, &call.reply);
    return verdict;
}

#endif
