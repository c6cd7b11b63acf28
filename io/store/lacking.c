/*
 * lacking.c - which problems of a store have no tree.
 */
#include "io/crux_io.h"

#include "io/store/store.h"

int crux_store_lacking(struct crux_store *store,
                       int (*each)(void *context, const char *id, enum crux_problem_state state),
                       void *context, struct crux_error *error)
{
    int status;

    store_enter(store);
    status = store->verbs->lacking(store, each, context, error);
    store_leave(store);
    return status;
}
