/*
 * paths.c - paths of a finished tree: children are linked once, and looked up by their text.
 */
#include "io/paths.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/steps.h"

static int no_memory_for_paths(const struct crux_tree *tree, struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for the paths of problem %s",
                     tree->problem->id);
}

void paths_close(struct paths *paths)
{
    free(paths->first);
    free(paths->next);
}

int paths_open(struct paths *out, const struct crux_tree *tree, struct crux_error *error)
{
    size_t room = (size_t)tree->node_count + 1;

    *out =
        (struct paths){tree, malloc(room * sizeof *out->first), malloc(room * sizeof *out->next)};
    if (out->first == NULL || out->next == NULL)
        return no_memory_for_paths(tree, error);
    for (uint32_t i = 0; i < tree->node_count; i++)
        out->first[i] = out->next[i] = CRUX_NO_NODE;
    for (uint32_t i = tree->node_count; i-- > 1;) {
        uint32_t parent = tree->nodes[i].parent;

        out->next[i] = out->first[parent];
        out->first[parent] = i;
    }
    return CRUX_OK;
}

/* Is the node a step of the solution? The root is none, but has the kind of one. */
static bool paths_reasons(const struct paths *paths, uint32_t node)
{
    return crux_kind_reasons((enum crux_kind)paths->tree->nodes[node].kind);
}

uint32_t paths_child(const struct paths *paths, uint32_t parent, struct crux_text step)
{
    step = steps_bare(step);
    for (uint32_t i = paths->first[parent]; i != CRUX_NO_NODE; i = paths->next[i]) {
        const char *text = paths->tree->nodes[i].text;
        struct crux_text said = steps_bare((struct crux_text){text, strlen(text)});

        if (said.length == step.length && memcmp(said.start, step.start, said.length) == 0 &&
            paths_reasons(paths, i))
            return i;
    }
    return CRUX_NO_NODE;
}

/* The rollout's own lines are looked up below its node, as far as the tree has them. */
static void find_nodes(const struct paths *paths, uint32_t rollout, struct path *path)
{
    const struct crux_node *nodes = paths->tree->nodes;
    uint32_t node = paths->tree->rollouts[rollout].node;

    path->known = 0;
    for (uint32_t up = node; up != 0; up = nodes[up].parent)
        path->known += paths_reasons(paths, up);
    for (uint32_t up = node, i = (uint32_t)path->known; i > 0; up = nodes[up].parent)
        if (paths_reasons(paths, up))
            path->nodes[--i] = up;
    while (path->known < path->count &&
           (node = paths_child(paths, node, path->steps[path->known])) != CRUX_NO_NODE)
        path->nodes[path->known++] = node;
}

int paths_read(const struct paths *paths, uint32_t rollout, struct path *out,
               struct crux_error *error)
{
    out->count = crux_path_steps(paths->tree, rollout, NULL, 0);
    out->steps = calloc(out->count + 1, sizeof *out->steps);
    out->nodes = calloc(out->count + 1, sizeof *out->nodes);
    if (out->steps == NULL || out->nodes == NULL)
        return no_memory_for_paths(paths->tree, error);
    (void)crux_path_steps(paths->tree, rollout, out->steps, out->count);
    find_nodes(paths, rollout, out);
    return CRUX_OK;
}

void path_close(struct path *path)
{
    free(path->steps);
    free(path->nodes);
}

void path_put(struct json_row *out, const struct path *path, size_t from, size_t to)
{
    json_row_begin_list(out);
    for (size_t i = from; i < to; i++)
        json_row_step(out, path->steps[i].start, path->steps[i].length);
    json_row_end_list(out);
}

struct crux_step *path_chain(const struct path *path, size_t count)
{
    struct crux_step *steps;
    size_t bytes = 0;
    char *at;

    assert(count <= path->count);
    for (size_t i = 0; i < count; i++)
        bytes += path->steps[i].length + 1;
    steps = calloc(1, (count + 1) * sizeof *steps + bytes);
    if (steps == NULL)
        return NULL;
    at = (char *)(steps + count + 1);
    for (size_t i = 0; i < count; i++) {
        memcpy(at, path->steps[i].start, path->steps[i].length);
        steps[i] = (struct crux_step){.previous = i > 0 ? &steps[i - 1] : NULL,
                                      .text = at,
                                      .length = (uint32_t)path->steps[i].length,
                                      .depth = (uint32_t)i + 1,
                                      .kind = CRUX_STEP,
                                      .terminal = i + 1 == path->count};
        at += path->steps[i].length + 1;
    }
    return steps;
}

uint32_t path_node(const struct path *path, size_t i)
{
    return i < path->known ? path->nodes[i] : CRUX_NO_NODE;
}
