/*
 * odds.c - walks down a list of texts token by token, and drops those that go another way.
 */
#include "tests/world/server/odds.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

size_t odds_token_end(const char *bytes, size_t begin, size_t length)
{
    size_t end = begin + 1;

    if (bytes[begin] == ' ' || isalnum((unsigned char)bytes[begin]))
        while (end < length && end - begin < 5 && isalnum((unsigned char)bytes[end]))
            end++;
    return end;
}

/* The token of a text that begins at a byte; "" behind its end. */
static void token_at(char out[ODDS_TOKEN], const char *text, size_t at)
{
    size_t length = strlen(text), end = at < length ? odds_token_end(text, at, length) : at;

    memset(out, 0, ODDS_TOKEN);
    memcpy(out, text + at, end - at);
}

static struct odds_token *find_token(struct odds_fork *fork, const char *text)
{
    for (uint32_t i = 0; i < fork->count; i++)
        if (strcmp(fork->tokens[i].text, text) == 0)
            return &fork->tokens[i];
    return NULL;
}

static int by_logprob(const void *a, const void *b)
{
    const struct odds_token *x = a, *y = b;

    if (x->logprob < y->logprob || x->logprob > y->logprob)
        return x->logprob > y->logprob ? -1 : 1;
    return strcmp(x->text, y->text);
}

/* Where do the texts that are left go from here? *drawn is the token of the one that was drawn. */
static void gather_fork(struct odds_fork *fork, const struct odds *odds, const bool *left,
                        const char *drawn)
{
    double total = 0.0;

    fork->count = 0;
    for (uint32_t i = 0; i < odds->count; i++) {
        char token[ODDS_TOKEN];
        struct odds_token *found;

        if (!left[i] || odds->texts[i].probability <= 0.0)
            continue;
        token_at(token, odds->texts[i].text, fork->start);
        found = find_token(fork, token);
        if (found == NULL) {
            found = &fork->tokens[fork->count++];
            *found = (struct odds_token){.logprob = 0.0};
            memcpy(found->text, token, sizeof token);
        }
        found->logprob += odds->texts[i].probability; /* for now */
        total += odds->texts[i].probability;
    }
    for (uint32_t i = 0; i < fork->count; i++)
        fork->tokens[i].logprob = fmin(0.0, log(fork->tokens[i].logprob / total));
    qsort(fork->tokens, fork->count, sizeof fork->tokens[0], by_logprob);
    assert(find_token(fork, drawn) != NULL);
    fork->drawn = (uint32_t)(find_token(fork, drawn) - fork->tokens);
}

uint32_t odds_forks(struct odds_fork *out, uint32_t room, const struct odds *odds)
{
    const char *text = odds->texts[odds->drawn].text;
    bool left[ODDS_TEXTS];
    uint32_t forks = 0;

    assert(odds->count > 0 && odds->count <= ODDS_TEXTS && odds->drawn < odds->count);
    for (uint32_t i = 0; i < odds->count; i++)
        left[i] = true;
    for (size_t at = 0; text[at] != '\0'; at = odds_token_end(text, at, strlen(text))) {
        char drawn[ODDS_TOKEN];

        token_at(drawn, text, at);
        assert(forks < room);
        out[forks].start = (uint32_t)at;
        gather_fork(&out[forks], odds, left, drawn);
        forks += out[forks].count > 1;
        for (uint32_t i = 0; i < odds->count; i++) {
            char token[ODDS_TOKEN];

            if (!left[i])
                continue;
            token_at(token, odds->texts[i].text, at);
            left[i] = strcmp(token, drawn) == 0;
        }
    }
    return forks;
}
