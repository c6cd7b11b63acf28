/*
 * tally.h - what the finished trees of a run say: how many problems each pick has solved, what that
 * cost, and what picks would have been worth with fewer answers.
 *
 *     FOLDER/RUN.db --tally_read()--> struct tally: read only, and no call
 *
 * The selection gap is between what was among the answers (the oracle) and what was picked. It is
 * taken over the first b answers of each tree, for b = 1, 2, 4, ... up to all of them, as if the
 * budget had ended there: so it is for searches whose answers are independent of each other.
 *
 * Ownership. tally_free() takes what failed and what is zeroed, too.
 * Threads.   One at a time.
 * Errors.    As the store's and the referee's, CRUX_MEMORY.
 */
#ifndef IO_CLI_COMPARE_TALLY_H
#define IO_CLI_COMPARE_TALLY_H

#include "io/cli/compare/referee.h"
#include "io/crux_io.h"

enum { TALLY_PICKS = 8, TALLY_GAPS = 24 };

/* In place of a rule: is any answer right? */
#define TALLY_ORACLE CRUX_PICK_RULES

struct tally_gap {
    uint32_t answers;
    uint64_t solved[CRUX_PICK_RULES + 1]; /* by rule, and TALLY_ORACLE */
};

struct tally {
    uint64_t of;     /* problems that the referee knows; one that failed is not solved */
    uint64_t failed; /* their calls failed for good */
    uint64_t calls, prompt_tokens, completion_tokens; /* of all problems */
    int64_t price, search_ns;
    uint64_t oracle;              /* solved by some answer */
    uint64_t solved[TALLY_PICKS]; /* by pick */
    bool *right[TALLY_PICKS];     /* by pick and problem */
    uint32_t most;                /* answers in one tree */
    struct tally_gap gaps[TALLY_GAPS];
    size_t gap_count;
};

struct tally_setup {
    const struct referee *referee;
    const struct crux_problems *problems;
    double alpha;
    enum crux_pick_rule picks[TALLY_PICKS];
    size_t pick_count;
    bool gaps;
};

int tally_read(struct tally *out, const char *store, const struct tally_setup *setup,
               struct crux_error *error);
void tally_free(struct tally *tally);

#endif
