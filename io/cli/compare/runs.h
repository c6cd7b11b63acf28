/*
 * runs.h - the searches that are compared, each as `crux solve` would make it.
 *
 *     items x budgets --runs_plan()--> options of each run, and the file of its trees
 *                      --runs_make()--> FOLDER/ledger.db      every reply that was paid for
 *                                       FOLDER/RUN-BUDGET.db  a run's finished trees
 *
 * The ledger is one for all: what one strategy has asked, another that asks the same in the same
 * place takes from there, and limits count over the whole comparison. Its store records what all
 * runs have in common, and so refuses problems and options that are others than before; strategies
 * and budgets may be added later.
 *
 * A run that is finished is left as it is. One that was cut short goes on with the problems that
 * are missing.
 *
 * Ownership. Options, items and problems are the caller's and outlive the runs. runs_close() takes
 *            what failed and what is zeroed, too.
 * Threads.   One at a time, the main one: signals.h.
 * Errors.    As crux solve; sentences about a run's options begin with its name. Nothing is written
 *            before all of them are known to go together.
 */
#ifndef IO_CLI_COMPARE_RUNS_H
#define IO_CLI_COMPARE_RUNS_H

#include "io/cli/compare/items.h"
#include "io/crux_io.h"

struct compare_run {
    const struct compare_item *item; /* the first of those with this search */
    const struct compare_budget *budget;
    struct options options;
    char *name;  /* "mcts, 30 calls" */
    char *store; /* its file */
    bool votes;  /* critics know no right and wrong: answers vote unless a pick is named */
};

struct compare_runs {
    const struct options *given;
    const char *folder;
    struct options common; /* what the runs have in common */
    struct compare_run *items;
    size_t count;
    char *ledger;
};

/* command: that of crux solve. Reads no file but those that options name. */
int runs_plan(struct compare_runs *out, const struct options *given, const char *folder,
              const struct options_command *command, const struct compare_items *items,
              const struct compare_budgets *budgets, struct crux_error *error);

/* The file of problems; critics that nobody has named follow from it. */
int runs_problems(struct compare_runs *runs, struct crux_problems *out, struct crux_error *error);

/* Make them all. CRUX_OK; CRUX_STOPPED or CRUX_LIMIT, where the same command goes on; or negative.
 */
int runs_make(struct compare_runs *runs, const struct crux_problems *problems, bool retry_failed,
              struct crux_error *error);

void runs_close(struct compare_runs *runs);

#endif
