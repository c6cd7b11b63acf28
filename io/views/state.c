/*
 * state.c - climbs from a node to the root, and writes the steps the other way.
 */
#include "io/views/state.h"

#include <stdlib.h>
#include <string.h>

#include "io/steps.h"
#include "io/views/columns.h"

int state_open(struct state *out, const struct crux_tree *tree, const struct view_run *run,
               struct crux_error *error)
{
    uint32_t deepest = 0;

    for (uint32_t i = 0; i < tree->node_count; i++)
        deepest = tree->nodes[i].depth > deepest ? tree->nodes[i].depth : deepest;
    *out = (struct state){.tree = tree,
                          .pieces = run->pieces,
                          .path = malloc(((size_t)deepest + 1) * sizeof *out->path)};
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

/* Without the blanks in front of what it says, if these begin the text. */
static struct crux_text state_piece(const struct state *state, uint32_t node, bool begins)
{
    const char *text = state->tree->nodes[node].text;
    struct crux_text piece = {text, text == NULL ? 0 : strlen(text)};

    if (begins) {
        const char *end = piece.start + piece.length;

        piece.start = steps_bare(piece).start;
        piece.length = (size_t)(end - piece.start);
    }
    return piece;
}

void state_add_steps(struct json_row *out, const struct state *state, uint32_t node)
{
    const struct crux_node *nodes = state->tree->nodes;
    uint32_t first = nodes[node].depth, depth = first;
    bool begins = true;

    for (; nodes[node].depth > 0; node = nodes[node].parent)
        if (!state->solution || crux_kind_reasons((enum crux_kind)nodes[node].kind))
            state->path[--first] = node;
    for (uint32_t i = first; i < depth; i++) {
        struct crux_text step = state->pieces ? state_piece(state, state->path[i], begins)
                                              : state_step(state->tree, state->path[i]);

        if (i > first && !state->pieces)
            columns_add(out, "\n");
        json_row_add_step(out, step.start, step.length);
        begins = begins && step.length == 0;
    }
}

void state_put(struct json_row *out, const struct state *state, uint32_t node)
{
    json_row_begin_text(out);
    columns_add_problem(out, state->tree->problem);
    columns_add(out, "\n");
    state_add_steps(out, state, node);
    if (node > 0 && !state->pieces)
        columns_add(out, "\n");
    json_row_end_text(out);
}

struct crux_text state_step(const struct crux_tree *tree, uint32_t node)
{
    const char *text = tree->nodes[node].text;

    return steps_bare((struct crux_text){text, text == NULL ? 0 : strlen(text)});
}

void state_put_step(struct json_row *out, const struct state *state, uint32_t node)
{
    const struct crux_tree *tree = state->tree;
    struct crux_text step = state_step(tree, node);

    if (state->pieces) {
        uint32_t above = tree->nodes[node].parent;

        while (above != CRUX_NO_NODE && state_step(tree, above).length == 0)
            above = tree->nodes[above].parent;
        step = state_piece(state, node, above == CRUX_NO_NODE);
    }
    json_row_step(out, step.start, step.length);
}
