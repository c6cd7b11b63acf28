/*
 * said.c - puts a path's reasoning together, and finds the final answer in it.
 */
#include "io/cli/said.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "critics/crux_critics.h"

/* The path's nodes are met from its end, so the text is filled from there, too. */
static char *said_fill(const struct crux_tree *tree, uint32_t rollout, size_t length)
{
    const struct crux_rollout *answer = &tree->rollouts[rollout];
    char *text = malloc(length + 1), *at = text;

    if (text == NULL)
        return NULL;
    at += length;
    *at = '\0';
    at -= strlen(answer->text);
    memcpy(at, answer->text, strlen(answer->text));
    for (uint32_t node = answer->node; node != 0; node = tree->nodes[node].parent) {
        const struct crux_node *step = &tree->nodes[node];

        if (!crux_kind_reasons((enum crux_kind)step->kind))
            continue;
        *--at = '\n';
        at -= strlen(step->text);
        memcpy(at, step->text, strlen(step->text));
    }
    assert(at == text);
    return text;
}

/* Steps as lines of one text, each as it was written. */
static char *said_reasoning(const struct crux_tree *tree, uint32_t rollout)
{
    size_t length = strlen(tree->rollouts[rollout].text);
    char *text;

    for (uint32_t node = tree->rollouts[rollout].node; node != 0; node = tree->nodes[node].parent)
        if (crux_kind_reasons((enum crux_kind)tree->nodes[node].kind))
            length += strlen(tree->nodes[node].text) + 1;
    text = said_fill(tree, rollout, length);
    for (char *at = text; at != NULL && (at = strchr(at, '\v')) != NULL;)
        *at = '\n';
    return text;
}

char *said_answer(const struct crux_tree *tree, uint32_t rollout)
{
    char *text, *answer;

    assert(rollout < tree->rollout_count);
    text = said_reasoning(tree, rollout);
    answer = text != NULL ? crux_final_answer(text) : NULL;
    free(text);
    return answer;
}
