/*
 * restarts.c - compares the beginnings of texts, and counts those of a tree. A node's parent stands
 * before it, so one walk over the nodes knows the first step of each path.
 */
#include "io/restarts.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESTARTS_LEAST = 8, RESTARTS_MOST = 40 };

static bool restarts_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next character that makes a difference; '\0' at the end, and blanks at the end are none. */
static char restarts_next(const char **at, bool begun)
{
    bool blank = false;

    while (**at != '\0' && (restarts_is_blank(**at) || strchr("*#_`>", **at) != NULL)) {
        blank = blank || restarts_is_blank(**at);
        ++*at;
    }
    if (**at == '\0')
        return '\0';
    if (blank && begun)
        return ' ';
    ++*at;
    return (*at)[-1] >= 'A' && (*at)[-1] <= 'Z' ? (char)((*at)[-1] - 'A' + 'a') : (*at)[-1];
}

/* How many characters two texts have in common at their beginnings, RESTARTS_MOST at most; *whole:
 * all of first. */
static uint32_t restarts_common(const char *text, const char *first, bool *whole)
{
    uint32_t common = 0;

    for (; common < RESTARTS_MOST; common++) {
        char wanted = restarts_next(&first, common > 0);

        *whole = wanted == '\0';
        if (*whole || restarts_next(&text, common > 0) != wanted)
            return common;
    }
    return common;
}

/* A label and a blank behind it: `1.5` has none. */
static bool restarts_has_label(const char *text, const char *label)
{
    for (bool begun = false; *label != '\0'; begun = true)
        if (restarts_next(&text, begun) != *label++)
            return false;
    return restarts_is_blank(text[strspn(text, "*_")]);
}

static bool restarts_same_label(const char *text, const char *first)
{
    static const char *const labels[] = {"step 1:", "step 1.", "step 1", "1.", "1)"};

    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (restarts_has_label(text, labels[i]) && restarts_has_label(first, labels[i]))
            return true;
    return false;
}

bool restarts_begins_anew(const char *text, const char *first)
{
    bool whole = false;
    uint32_t common = restarts_common(text, first, &whole);

    return common == RESTARTS_MOST || (whole && common >= RESTARTS_LEAST) ||
           restarts_same_label(text, first);
}

/* --- trees -------------------------------------------------------------------------------- */

static void restarts_count(struct restarts *restarts, const char *text, const char *first)
{
    restarts->continued++;
    restarts->restarts += restarts_begins_anew(text, first);
}

/* The first step of the reasoning up to each node; NULL: there is none. */
static void restarts_nodes(struct restarts *restarts, const struct crux_tree *tree,
                           const char **first)
{
    for (uint32_t i = 1; i < tree->node_count; i++) {
        const struct crux_node *node = &tree->nodes[i];
        const char *before = first[node->parent];
        bool reasons = crux_kind_reasons((enum crux_kind)node->kind);

        assert(node->parent < i);
        first[i] = before == NULL && reasons ? node->text : before;
        if (before != NULL && reasons)
            restarts_count(restarts, node->text, before);
    }
}

bool restarts_add(struct restarts *restarts, const struct crux_tree *tree)
{
    const char **first = calloc((size_t)tree->node_count + 1, sizeof *first);

    if (first == NULL)
        return false;
    restarts_nodes(restarts, tree, first);
    for (uint32_t i = 0; i < tree->rollout_count; i++) {
        const struct crux_rollout *rollout = &tree->rollouts[i];

        if (rollout->text[0] != '\0' && first[rollout->node] != NULL)
            restarts_count(restarts, rollout->text, first[rollout->node]);
    }
    free(first);
    return true;
}

const char *restarts_sentence(char out[RESTARTS_SENTENCE], const struct restarts *restarts)
{
    out[0] = '\0';
    if (restarts->continued > 0)
        (void)snprintf(out, RESTARTS_SENTENCE,
                       "%" PRIu64 " of %" PRIu64
                       " replies that go on with a text begin it anew (%.1f %%)",
                       restarts->restarts, restarts->continued,
                       100.0 * (double)restarts->restarts / (double)restarts->continued);
    return out;
}
