/*
 * echo.c - writes requests for log-probabilities of a prompt, and reads them.
 */
#include "critics/ratio/echo.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"

#define ECHO_LEAST (-1e4) /* "impossible": a token weighs no more than this */

int echo_request(char **out, const char *model, const char *prompt, const char *special,
                 const struct json *patch, struct crux_error *error)
{
    struct json *body = json_new_object();

    json_put(body, "prompt", json_of_string(prompt));
    json_put(body, "model", json_of_string(model));
    json_put(body, "temperature", json_of_real(0.0));
    if (special != NULL)
        json_put(body, special, json_of_bool(false));
    json_merge(body, patch);
    json_put(body, "echo", json_of_bool(true));
    json_put(body, "logprobs", json_of_integer(1));
    json_put(body, "max_tokens", json_of_integer(1));
    *out = json_text(body, false);
    json_free(body);
    if (*out == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a request, or a text is not UTF-8");
    return CRUX_OK;
}

static bool echo_is_number(const struct json *value)
{
    return json_type_of(value) == JSON_IS_INTEGER || json_type_of(value) == JSON_IS_REAL;
}

/* Offsets that never go back, and a number for each token but the first, which has none before it.
 */
static bool echo_is_whole(const struct json *offsets, const struct json *logprobs)
{
    int64_t before = 0;

    for (size_t i = 0; i < json_count(offsets); i++) {
        const struct json *offset = json_at(offsets, i), *logprob = json_at(logprobs, i);

        if (json_type_of(offset) != JSON_IS_INTEGER || json_as_integer(offset) < before ||
            !(echo_is_number(logprob) || (i == 0 && json_type_of(logprob) == JSON_IS_NULL)))
            return false;
        before = json_as_integer(offset);
    }
    return true;
}

int echo_check(const struct json *reply, char **kept, struct crux_error *error)
{
    const struct json *choice = json_at(json_get(reply, "choices"), 0);
    const struct json *listed = json_get(choice, "logprobs");
    const struct json *offsets = json_get(listed, "text_offset");
    const struct json *logprobs = json_get(listed, "token_logprobs");
    struct json *both;

    if (json_type_of(offsets) != JSON_IS_ARRAY || json_type_of(logprobs) != JSON_IS_ARRAY ||
        json_count(offsets) != json_count(logprobs) || json_count(offsets) == 0 ||
        json_as_integer(json_at(offsets, 0)) != 0 || !echo_is_whole(offsets, logprobs))
        return crux_fail(error, CRUX_FAILED,
                         "the reply does not score the prompt: expected choices[0].logprobs with "
                         "text_offset from 0 and a number for each token in token_logprobs");
    both = json_new_object();
    json_put(both, "text_offset", json_clone(offsets));
    json_put(both, "token_logprobs", json_clone(logprobs));
    *kept = json_text(both, false);
    json_free(both);
    return *kept != NULL ? CRUX_OK : crux_fail(error, CRUX_MEMORY, "no memory for a reply");
}

double echo_sum(const struct json *kept, size_t from, size_t to, uint32_t *tokens)
{
    const struct json *offsets = json_get(kept, "text_offset");
    const struct json *logprobs = json_get(kept, "token_logprobs");
    double sum = 0.0;

    *tokens = 0;
    for (size_t i = 0; i < json_count(offsets); i++) {
        size_t offset = (size_t)json_as_integer(json_at(offsets, i));

        if (offset < from || offset >= to || !echo_is_number(json_at(logprobs, i)))
            continue;
        sum += fmax(json_as_real(json_at(logprobs, i)), ECHO_LEAST);
        (*tokens)++;
    }
    return fmin(sum, 0.0);
}

size_t echo_characters(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}
