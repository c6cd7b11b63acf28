/*
 * problems.c - every problem of a store, read back from its line.
 */
#include "io/crux_io.h"

#include <string.h>

#include "io/problem_line.h"
#include "io/store/store.h"

struct problems_walk {
    const struct crux_store *store;
    int (*each)(void *context, const struct crux_problem *problem, struct crux_error *error);
    void *context;
};

static int problems_row(void *context, const struct store_row *row, struct crux_error *error)
{
    const struct problems_walk *walk = context;
    struct problem_line parsed;
    struct crux_error why;
    int status = problem_line_open(&parsed, row->line, strlen(row->line), &why);

    if (status != CRUX_OK)
        return crux_fail(error, status == CRUX_MEMORY ? CRUX_MEMORY : CRUX_STORE,
                         "%s, problem `%s`: %s", walk->store->path, row->id, why.text);
    parsed.problem.ordinal = row->ordinal;
    status = walk->each(walk->context, &parsed.problem, error);
    problem_line_close(&parsed);
    return status;
}

int crux_store_problems(struct crux_store *store,
                        int (*each)(void *context, const struct crux_problem *problem,
                                    struct crux_error *error),
                        void *context, struct crux_error *error)
{
    struct problems_walk walk = {store, each, context};
    int status;

    store_enter(store);
    status = store->verbs->problems(store, problems_row, &walk, error);
    store_leave(store);
    return status;
}
