/*
 * conversation.h - a question to a served model as the text of its request.
 *
 *     settings   the same for a whole run: server, route, sampling, words
 *     asking     one question: what is wanted after which steps, with which seeds
 *
 * All sampling parameters are always sent, by the names that the profile knows: servers' defaults
 * differ, and the same policy must not be another one elsewhere. What varies is at the end of
 * a prompt: system, problem, steps, so that a server finds the beginning in its cache.
 *
 * Seeds. Sample number i of a question has the seed chat_ask_seed() + i, whether it shares a
 * request with others (vLLM counts up so by itself) or has its own. Images. As data: URLs, before
 * the text of the user's turn. A URL is written once and stands in many requests: it is a piece of
 * its own, borrowed from whoever made it.
 *
 * Ownership. A body owns its text; pieces point into it and into the images, which must live as
 *            long. The tail is the caller's.
 * Threads.   Pure; any thread.
 * Errors.    CRUX_INVALID for a template that does not fit, CRUX_MEMORY.
 */
#ifndef POLICIES_CHAT_CONVERSATION_H
#define POLICIES_CHAT_CONVERSATION_H

#include "io/chat/request.h"
#include "policies/chat/steps.h"

struct chat_asking {
    enum crux_kind kind; /* STEP or ANSWER */
    const struct crux_problem *problem;
    const struct crux_step *last;
    const struct chat_image *images; /* not on route completions; chat/images.h */
    uint32_t image_count;
};

/* Can these work together? CRUX_INVALID says what does not. */
int chat_ask_check(const struct chat_settings *settings, struct crux_error *error);

int chat_ask_write(struct chat_body *out, const struct chat_settings *settings,
                   const struct chat_asking *asking, struct crux_error *error);
void chat_body_free(struct chat_body *body);

/* What follows the body: samples first .. first + count - 1 of the question with this seed. */
size_t chat_ask_tail(char out[CHAT_TAIL], const struct chat_profile *profile, uint64_t seed,
                     uint32_t first, uint32_t count);

/* The assistant's turn as it is sent, and as some servers repeat it. NULL: no memory. */
char *chat_ask_given(const struct chat_settings *settings, const struct crux_step *last);

/* Of the first sample; small enough for every server's integers. */
int64_t chat_ask_seed(uint64_t seed);

/* Is a question of this kind put with stop strings? */
bool chat_ask_stops(const struct chat_settings *settings, enum crux_kind kind);

#endif
