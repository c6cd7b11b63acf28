/*
 * rewards.h - the fake server as a server of reward models: its routes, each as the named server
 * has it.
 *
 *     vllm       POST /pooling /classify /score /rerank
 *     sglang     POST /classify
 *     llamacpp   POST /reranking
 *     tei        POST /predict /rerank, 32 inputs at most
 *
 * What a solution is worth is a function of its text alone, so it does not matter how many share a
 * request. A text with a problem of the brain in it, all steps of which are right, is worth more
 * than 0.5, another less. Texts with marks of steps in them (<extra_0>, or that of
 * Math-Shepherd) are of a model that rewards these. The numbers are logits but where a server
 * applies an activation: a route takes what its server takes and refuses all else with 422, or 400,
 * as that does.
 */
#ifndef TESTS_WORLD_SERVER_REWARDS_H
#define TESTS_WORLD_SERVER_REWARDS_H

#include "tests/world/server/ask.h"
#include "tests/world/server/wire.h"

/* Is it a route of rewards that this kind of server has? */
bool rewards_route(const struct model *model, const struct wire_request *request);

/* What a text is worth, as a logit. */
double rewards_of(const char *text);

/* The body of a 200; false: *why says why not. */
bool rewards_answer(struct text *body, const struct model *model, const char *path,
                    const char *asked, size_t length, struct refusal *why);

#endif
