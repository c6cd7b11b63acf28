/*
 * witness.c - what is found about a finished tree is gathered, and kept in the tree's transaction.
 */
#include "io/backends/witness.h"

#include <stdlib.h>

#include "io/store/store.h"

int backends_findings_add(struct backends_findings *findings, const struct crux_finding *finding,
                          struct crux_error *error)
{
    if (findings->count == findings->room) {
        size_t room = findings->room == 0 ? 64 : findings->room * 2;
        struct crux_finding *items = realloc(findings->items, room * sizeof *items);

        if (items == NULL) {
            free((void *)(uintptr_t)finding->json);
            return crux_fail(error, CRUX_MEMORY, "no memory for findings on a tree");
        }
        findings->items = items;
        findings->room = room;
    }
    findings->items[findings->count++] = *finding;
    return CRUX_OK;
}

static void free_findings(struct backends_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        free((void *)(uintptr_t)findings->items[i].json);
    free(findings->items);
}

int witness_keep(const struct backends_witness *first, struct crux_store *store,
                 const struct crux_tree *tree, struct crux_error *error)
{
    bool ended = tree->reason != CRUX_REASON_FAILED && tree->reason != CRUX_REASON_STOPPED;
    struct backends_findings findings = {NULL, 0, 0};
    int status = CRUX_OK;

    for (; first != NULL && ended && status == CRUX_OK; first = first->next)
        status = first->find(first, tree, &findings, error);
    if (status == CRUX_OK)
        status = store_keep(store, tree, findings.items, findings.count, error);
    free_findings(&findings);
    return status;
}
