/*
 * entropy.c - finds the list of the first token by skimming, and sums it up.
 */
#include "io/chat/entropy.h"

#include <math.h>

#include "io/json.h"
#include "io/mend.h"
#include "search/crux.h"

/* The list that belongs to the first item of an array: the item itself, or a member of it. */
static bool entropy_list_of(struct skim array, const char *member, struct skim *out)
{
    struct skim item, name, value;

    if (!skim_pass(&array, '[') || !skim_item(&array, &item))
        return false;
    if (member == NULL) {
        *out = item;
        return true;
    }
    if (!skim_pass(&item, '{'))
        return false;
    while (skim_member(&item, &name, &value))
        if (skim_is(name, member)) {
            *out = value;
            return true;
        }
    return false;
}

static bool entropy_find_list(struct skim logprobs, struct skim *out)
{
    struct skim name, value;

    if (!skim_pass(&logprobs, '{'))
        return false;
    while (skim_member(&logprobs, &name, &value))
        if ((skim_is(name, "content") && entropy_list_of(value, "top_logprobs", out)) ||
            (skim_is(name, "top_logprobs") && entropy_list_of(value, NULL, out)))
            return true;
    return false;
}

struct entropy_sum {
    double mass, surprise; /* of the probabilities p: their sum, and the sum of -p ln p */
};

static void entropy_add(struct entropy_sum *sum, double probability)
{
    if (probability <= 0.0)
        return;
    sum->mass += probability;
    sum->surprise -= probability * log(probability);
}

/* What is no number is not there. */
static void entropy_add_token(struct entropy_sum *sum, const struct json *logprob)
{
    if (json_type_of(logprob) == JSON_IS_REAL || json_type_of(logprob) == JSON_IS_INTEGER)
        entropy_add(sum, exp(fmin(0.0, json_as_real(logprob))));
}

/* What is missing up to 1 counts as one token; rounded numbers that make more than 1 are taken for
 * shares of what they make. */
static double entropy_of_list(const struct json *list)
{
    struct entropy_sum sum = {0.0, 0.0};

    for (size_t i = 0; json_type_of(list) == JSON_IS_ARRAY && i < json_count(list); i++)
        entropy_add_token(&sum, json_get(json_at(list, i), "logprob"));
    for (const char *key = json_type_of(list) == JSON_IS_OBJECT ? json_next_key(list, NULL) : NULL;
         key != NULL; key = json_next_key(list, key))
        entropy_add_token(&sum, json_get(list, key));
    if (sum.mass <= 0.0)
        return -1.0;
    if (sum.mass > 1.0)
        return fmax(0.0, sum.surprise / sum.mass + log(sum.mass));
    entropy_add(&sum, 1.0 - sum.mass);
    return fmax(0.0, sum.surprise);
}

int chat_entropy_read(double *out, struct skim logprobs)
{
    struct json *list = NULL;
    struct skim found;
    int status;

    *out = -1.0;
    if (logprobs.at == NULL || !entropy_find_list(logprobs, &found) ||
        found.end - found.at > CHAT_LIKELIEST_BYTES)
        return CRUX_OK;
    status = mend_parse(&list, found.at, (size_t)(found.end - found.at), NULL);
    if (status == CRUX_OK)
        *out = entropy_of_list(list);
    json_free(list);
    return status == CRUX_MEMORY ? CRUX_MEMORY : CRUX_OK;
}
