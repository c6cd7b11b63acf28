/*
 * odds.h - what the fake model might say in a step, and what that makes of each token: the true
 * log-probabilities.
 *
 * A step is drawn from a short list of texts. At a token at which texts that began alike go apart
 * there is a fork: a distribution over tokens, which is that of the texts which still could come.
 * At every other token the model is sure.
 *
 * Pure; any thread.
 */
#ifndef TESTS_WORLD_SERVER_ODDS_H
#define TESTS_WORLD_SERVER_ODDS_H

#include <stddef.h>
#include <stdint.h>

enum { ODDS_TEXTS = 21, ODDS_TEXT = 96, ODDS_TOKEN = 8 };

/* The texts that a step may have, all different, and which it has. */
struct odds {
    uint32_t count, drawn;
    struct odds_text {
        char text[ODDS_TEXT];
        double probability; /* their sum is 1 */
    } texts[ODDS_TEXTS];
};

struct odds_fork {
    uint32_t start; /* of the token, in bytes */
    uint32_t count, drawn;
    struct odds_token {
        char text[ODDS_TOKEN];
        double logprob;
    } tokens[ODDS_TEXTS]; /* the likeliest first */
};

/* The end of the token that begins here: a blank and four letters or digits at most, or any
 * other byte. */
size_t odds_token_end(const char *bytes, size_t begin, size_t length);

/* The forks on the way of the text that was drawn, at most `room`; returns how many. */
uint32_t odds_forks(struct odds_fork *out, uint32_t room, const struct odds *odds);

#endif
