/*
 * pass.h - what the commands share that make a pass over the finished trees of a run: crux locate,
 * crux annotate, crux verify, crux inject.
 *
 *     pass_open()    the store, its run's options where nothing else is said, the ports
 *     pass_maker()   by what name the findings go
 *     pass_run()     the pass, with Ctrl-C and progress; or with --estimate what it would cost
 *     pass_report()  what became of it, and what it has cost
 *     pass_close()
 *
 * Nothing is written but findings beside trees, and replies in the ledger. So the same command goes
 * on where it was, asks for nothing twice, and does nothing when all is done.
 *
 * Ownership. struct pass owns what it opens until pass_close(), which takes a zeroed one, too.
 * Errors.    As in crux.h; what is wrong with the store names it.
 */
#ifndef IO_CLI_PASS_H
#define IO_CLI_PASS_H

#include "io/cli/session.h"
#include "io/cli/tell.h"
#include "io/passes/trees.h"

enum { PASS_MAKER = 200 };

/* The values of pass_rows, at the beginning of the command's own options. */
struct pass_own {
    uint64_t problems; /* most trees to look at; 0: all */
    bool estimate;
};

struct pass {
    struct options *options;
    const struct pass_own *own;
    const char *noun; /* what is found: "location" */
    struct session session;
    struct crux_store *store;
    struct trees *trees;        /* during pass_run(); NULL else */
    struct trees_counts counts; /* after it */
    struct crux_summary summary;
    struct crux_backend_view before; /* what was paid before this pass */
    int64_t began_ns, ended_ns;
    struct tell tell;
    char maker[PASS_MAKER + 1];
};

/* Options of all passes: --estimate, --problems, --in-flight. */
extern const struct options_row pass_rows[];
extern const struct options_group pass_speed_group;

/* --completer. */
extern const struct options_group pass_completer_group;

/* For struct options_command: no policy, until the run's is known. */
void pass_defaults(struct options *options);

int pass_open(struct pass *pass, struct options *options, const char *noun,
              struct crux_error *error);
void pass_close(struct pass *pass);

/* Name the maker of the findings: by `what`, then a hash of all options of meaning and of the own
 * ones that `how` says, so that another setting is another maker. CRUX_MEMORY. */
int pass_maker(struct pass *pass, const char *what, const char *how, struct crux_error *error);

/* The policy that completes or refines: that of --completer, else the run's own for answers. NULL:
 * there is none, and *error says what to do. */
struct crux_policy *pass_policy(const struct pass *pass, struct crux_error *error);

/* Its description. */
const char *pass_policy_name(const struct pass *pass);

/* The model of the first backend that the annotator asks; "": it asks none. */
const char *pass_annotator_model(const struct options *options);

/* The critic that says whether an answer is right; NULL: there is none, and *error says so. */
struct crux_critic *pass_outcome(const struct pass *pass, struct crux_error *error);

/* The pass, or with --estimate what it would ask, printed. CRUX_OK, CRUX_STOPPED, CRUX_LIMIT, or
 * negative. The work may be closed after it. */
int pass_run(struct pass *pass, struct trees_work *work, struct crux_error *error);

/* After pass_run(), with its status: what is kept, what failed, what it has cost. The exit status.
 */
int pass_report(struct pass *pass, int status, const struct crux_error *error);

#endif
