/*
 * echo.h - how probable a model finds a text that is given: a request to repeat it, and the
 * log-probabilities of its tokens in the reply.
 *
 *     POST /v1/completions {"prompt": "...", "echo": true, "logprobs": 1, "max_tokens": 1, ...}
 *     {"choices": [{"logprobs": {"text_offset": [0, 5, ...], "token_logprobs": [null, -0.7,
 * ...]}}]}
 *
 * vLLM answers so, and OpenAI's own completions did. Offsets count characters. A token that is not
 * the prompt's, as the one that is written behind it, begins behind the prompt's last character.
 *
 * Servers that repeat nothing leave `logprobs` out, or list the tokens that they have written
 * alone: then the first token stands where the prompt ends, and not at 0. That is told from a
 * reply.
 *
 * Pure, any thread. Errors: CRUX_FAILED with a sentence; CRUX_MEMORY.
 */
#ifndef CRITICS_RATIO_ECHO_H
#define CRITICS_RATIO_ECHO_H

#include "io/chat/profile.h"
#include "search/crux.h"

struct json;

/* The body of a request; the caller frees. special: the prompt has its own beginning-of-text token.
 * patch: of --body, or NULL. */
int echo_request(char **out, const char *model, const char *prompt, const char *special,
                 const struct json *patch, struct crux_error *error);

/* Is it a reply that scores the prompt? *kept: what of it matters, {"text_offset",
 * "token_logprobs"}, from malloc(). */
int echo_check(const struct json *reply, char **kept, struct crux_error *error);

/* The sum over the tokens that begin at character from or later and before to, in nats, at most 0;
 * *tokens: how many there are. kept: as echo_check() made it. */
double echo_sum(const struct json *kept, size_t from, size_t to, uint32_t *tokens);

/* Characters of a text in UTF-8. */
size_t echo_characters(const char *text);

#endif
