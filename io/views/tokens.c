/*
 * tokens.c - reads the tokens of steps from findings, and finds them by node or rollout.
 */
#include "io/views/tokens.h"

#include <stdlib.h>
#include <string.h>

#include "io/json.h"

static int tokens_no_memory(const struct crux_tree *tree, struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for the tokens of problem %s",
                     tree->problem->id);
}

static int tokens_refuse(const struct crux_finding *finding, const struct crux_tree *tree,
                         const char *what, struct crux_error *error)
{
    return crux_fail(error, CRUX_STORE,
                     "problem %s: the tokens that %.60s has kept of %s %u: expected %s",
                     tree->problem->id, finding->maker,
                     finding->about == CRUX_ABOUT_NODE ? "node" : "rollout", finding->path, what);
}

/* One block for both lists. */
static int tokens_read(struct view_tokens *out, const struct json *ids, const struct json *logprobs)
{
    size_t count = json_count(ids);
    int64_t *numbers = calloc(count + 1, sizeof(int64_t) + sizeof(double));
    double *chances = (double *)(void *)(numbers + (numbers == NULL ? 0 : count));

    if (numbers == NULL)
        return CRUX_MEMORY;
    for (size_t i = 0; i < count; i++) {
        enum json_type type = json_type_of(json_at(logprobs, i));

        if (json_type_of(json_at(ids, i)) != JSON_IS_INTEGER ||
            (type != JSON_IS_REAL && type != JSON_IS_INTEGER)) {
            free(numbers);
            return CRUX_STORE;
        }
        numbers[i] = json_as_integer(json_at(ids, i));
        chances[i] = json_as_real(json_at(logprobs, i));
    }
    out->ids = numbers;
    out->logprobs = chances;
    out->count = count;
    return CRUX_OK;
}

static int tokens_add(struct tokens *tokens, const struct view_tokens *item)
{
    if (tokens->count == tokens->room) {
        size_t room = tokens->room == 0 ? 64 : tokens->room * 2;
        struct view_tokens *grown = realloc(tokens->items, room * sizeof *grown);

        if (grown == NULL)
            return CRUX_MEMORY;
        tokens->items = grown;
        tokens->room = room;
    }
    tokens->items[tokens->count++] = *item;
    return CRUX_OK;
}

static int tokens_take_object(struct tokens *tokens, const struct crux_finding *finding,
                              const struct crux_tree *tree, const struct json *object,
                              struct crux_error *error)
{
    bool node = finding->about == CRUX_ABOUT_NODE;
    struct view_tokens item = {.node = node ? finding->path : CRUX_NO_NODE,
                               .rollout = node ? CRUX_NO_NODE : finding->path};
    const struct json *ids = json_get(object, "ids"), *logprobs = json_get(object, "logprobs");
    int status;

    if (json_type_of(ids) != JSON_IS_ARRAY || json_type_of(logprobs) != JSON_IS_ARRAY ||
        json_count(ids) != json_count(logprobs))
        return tokens_refuse(finding, tree, "lists `ids` and `logprobs` of one length", error);
    status = tokens_read(&item, ids, logprobs);
    if (status == CRUX_STORE)
        return tokens_refuse(finding, tree, "integers in `ids` and numbers in `logprobs`", error);
    if (status == CRUX_OK)
        status = tokens_add(tokens, &item);
    if (status == CRUX_OK)
        return CRUX_OK;
    free((void *)(uintptr_t)item.ids);
    return tokens_no_memory(tree, error);
}

int tokens_take(struct tokens *tokens, const struct crux_finding *finding,
                const struct crux_tree *tree, struct crux_error *error)
{
    bool node = finding->about == CRUX_ABOUT_NODE;
    struct json *object = NULL;
    int status;

    if ((!node && finding->about != CRUX_ABOUT_ROLLOUT) ||
        finding->path >= (node ? tree->node_count : tree->rollout_count))
        return tokens_refuse(finding, tree, "one that the tree has", error);
    status = json_parse(&object, finding->json, strlen(finding->json), error);
    if (status == CRUX_OK)
        status = tokens_take_object(tokens, finding, tree, object, error);
    json_free(object);
    return status;
}

void tokens_free(const struct view_tokens *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((void *)(uintptr_t)items[i].ids);
    free((void *)(uintptr_t)items);
}

/* Nodes stand before rollouts. */
static int tokens_order(const void *x, const void *y)
{
    const struct view_tokens *a = x, *b = y;
    bool nodes[2] = {a->node != CRUX_NO_NODE, b->node != CRUX_NO_NODE};
    uint32_t left = nodes[0] ? a->node : a->rollout, right = nodes[1] ? b->node : b->rollout;

    if (nodes[0] != nodes[1])
        return nodes[0] ? -1 : 1;
    return (left > right) - (left < right);
}

const struct view_tokens *tokens_of(const struct view_tree *what, uint32_t node, uint32_t rollout)
{
    const struct view_tokens key = {.node = node, .rollout = rollout};

    return what->token_count == 0
               ? NULL
               : bsearch(&key, what->tokens, what->token_count, sizeof *what->tokens, tokens_order);
}
