/*
 * matter.c - copies the paths of a pair out of their tree.
 */
#include "critics/annotate/matter.h"

#include <stdlib.h>
#include <string.h>

static bool open_path(struct annotate_path *out, const struct crux_tree *tree, uint32_t rollout)
{
    size_t count = crux_path_steps(tree, rollout, NULL, 0), bytes = 0;
    struct annotate_path path = {.steps = calloc(count + 1, sizeof *path.steps)};
    char *at;

    *out = path;
    if (path.steps == NULL)
        return false;
    (void)crux_path_steps(tree, rollout, path.steps, count);
    for (size_t i = 0; i < count; i++)
        bytes += path.steps[i].length;
    out->memory = at = malloc(bytes + 1);
    if (at == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct crux_text *step = &path.steps[i];

        for (size_t j = 0; j < step->length; j++)
            at[j] = step->start[j] == '\v' ? '\n' : step->start[j];
        step->start = at;
        at += step->length;
    }
    out->count = (uint32_t)count;
    return true;
}

bool annotate_matter_open(struct annotate_matter *out, const struct crux_tree *tree,
                          const struct crux_pair *pair)
{
    struct annotate_matter matter = {.problem = tree->problem,
                                     .has_wrong = pair->wrong != CRUX_NO_NODE,
                                     .prefix = pair->prefix,
                                     .located = pair->first_error,
                                     .right_answer = ""};
    bool good = true;

    if (matter.has_wrong)
        good = open_path(&matter.wrong, tree, pair->wrong);
    if (good && pair->right != CRUX_NO_NODE) {
        good = open_path(&matter.right, tree, pair->right);
        matter.right_answer = tree->rollouts[pair->right].answer;
    }
    if (matter.located != CRUX_NO_STEP && matter.located > matter.wrong.count)
        matter.located = CRUX_NO_STEP;
    if (good)
        *out = matter;
    else
        annotate_matter_close(&matter);
    return good;
}

void annotate_matter_close(struct annotate_matter *matter)
{
    free(matter->wrong.steps);
    free(matter->wrong.memory);
    free(matter->right.steps);
    free(matter->right.memory);
    *matter = (struct annotate_matter){.problem = NULL};
}

const struct annotate_path *annotate_matter_path(const struct annotate_matter *matter)
{
    return matter->has_wrong ? &matter->wrong : &matter->right;
}

uint32_t annotate_matter_looked(const struct annotate_matter *matter)
{
    const struct annotate_path *path = annotate_matter_path(matter);

    return matter->has_wrong && matter->located < path->count ? matter->located + 1 : path->count;
}
