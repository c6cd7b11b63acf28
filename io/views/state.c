/*
 * state.c - climbs from a node to the root, and writes the steps the other way.
 */
#include "io/views/state.h"

#include <stdlib.h>
#include <string.h>

#include "io/steps.h"
#include "io/views/columns.h"

int state_open(struct state *out, const struct crux_tree *tree, struct crux_error *error)
{
    uint32_t deepest = 0;

    for (uint32_t i = 0; i < tree->node_count; i++)
        deepest = tree->nodes[i].depth > deepest ? tree->nodes[i].depth : deepest;
    *out = (struct state){tree, malloc(((size_t)deepest + 1) * sizeof *out->path)};
    if (out->path == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the steps of problem %s",
                         tree->problem->id);
    return CRUX_OK;
}

void state_close(struct state *state)
{
    free(state->path);
    state->path = NULL;
}

void state_put(struct json_row *out, const struct state *state, uint32_t node)
{
    const struct crux_node *nodes = state->tree->nodes;
    uint32_t depth = nodes[node].depth;

    for (uint32_t i = depth; i > 0; node = nodes[node].parent)
        state->path[--i] = node;
    json_row_begin_text(out);
    columns_add_problem(out, state->tree->problem);
    columns_add(out, "\n");
    for (uint32_t i = 0; i < depth; i++) {
        columns_add_step(out, state_step(state->tree, state->path[i]));
        columns_add(out, "\n");
    }
    json_row_end_text(out);
}

struct crux_text state_step(const struct crux_tree *tree, uint32_t node)
{
    const char *text = tree->nodes[node].text;

    return steps_bare((struct crux_text){text, text == NULL ? 0 : strlen(text)});
}

void state_put_step(struct json_row *out, const struct crux_tree *tree, uint32_t node)
{
    struct crux_text step = state_step(tree, node);

    json_row_step(out, step.start, step.length);
}
