/*
 * thoughts.c - what lies beside a tree: what was thought before its steps, their tokens, and what
 * passes learnt.
 */
#include "io/views/tokens.h"

#include <stdlib.h>
#include <string.h>

#define KIND "thoughts" /* as policy chat names it */

struct gathering {
    struct view_tree *what;
    struct view_thought *thoughts;
    size_t room;
    struct tokens tokens;
};

static int no_memory_for_thoughts(const struct crux_tree *tree, struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for what lies beside the tree of %s",
                     tree->problem->id);
}

/* Has the tree what the finding is about? Nobody checked that when it was put. */
static bool is_about_tree(const struct crux_finding *finding, const struct crux_tree *tree)
{
    return finding->about == CRUX_ABOUT_NODE      ? finding->path < tree->node_count
           : finding->about == CRUX_ABOUT_ROLLOUT ? finding->path < tree->rollout_count
                                                  : false;
}

static int add_thought(struct gathering *gathering, const struct crux_finding *finding,
                       const char *text)
{
    struct view_tree *what = gathering->what;
    bool node = finding->about == CRUX_ABOUT_NODE;
    char *copy = strdup(text);

    if (copy == NULL)
        return CRUX_MEMORY;
    if (what->thought_count == gathering->room) {
        size_t room = gathering->room == 0 ? 64 : gathering->room * 2;
        struct view_thought *grown = realloc(gathering->thoughts, room * sizeof *grown);

        if (grown == NULL) {
            free(copy);
            return CRUX_MEMORY;
        }
        what->thoughts = gathering->thoughts = grown;
        gathering->room = room;
    }
    gathering->thoughts[what->thought_count++] =
        (struct view_thought){.node = node ? finding->path : CRUX_NO_NODE,
                              .rollout = node ? CRUX_NO_NODE : finding->path,
                              .text = copy};
    return CRUX_OK;
}

/* Of other makers' findings of that kind only those with a text are thoughts. */
static int take_finding(void *context, const struct crux_finding *finding, struct crux_error *error)
{
    struct gathering *gathering = context;
    struct json *object = NULL;
    const char *text;
    int status;

    if (strcmp(finding->kind, TOKENS_KIND) == 0)
        return tokens_take(&gathering->tokens, finding, gathering->what->tree, error);
    if (strcmp(finding->kind, KIND) != 0)
        return learnt_take(&gathering->what->learnt, finding, error);
    if (!is_about_tree(finding, gathering->what->tree))
        return CRUX_OK;
    status = json_parse(&object, finding->json, strlen(finding->json), error);
    if (status != CRUX_OK)
        return status;
    text = json_as_string(json_get(object, "text"));
    if (text != NULL && add_thought(gathering, finding, text) != CRUX_OK)
        status = no_memory_for_thoughts(gathering->what->tree, error);
    json_free(object);
    return status;
}

int view_tree_open(struct view_tree *out, struct crux_store *store, const struct crux_tree *tree,
                   struct crux_error *error)
{
    struct view_tree what = {.tree = tree, .learnt = {.tree = tree}};
    struct gathering gathering = {.what = &what};
    int status =
        crux_store_findings(store, tree->problem->ordinal, take_finding, &gathering, error);

    learnt_sort(&what.learnt);
    what.tokens = gathering.tokens.items;
    what.token_count = gathering.tokens.count;
    if (status == CRUX_OK)
        *out = what;
    else
        view_tree_close(&what);
    return status;
}

void view_tree_close(struct view_tree *what)
{
    for (size_t i = 0; i < what->thought_count; i++)
        free((void *)(uintptr_t)what->thoughts[i].text);
    free((void *)(uintptr_t)what->thoughts);
    tokens_free(what->tokens, what->token_count);
    learnt_free(&what->learnt);
    *what = (struct view_tree){.tree = NULL};
}
