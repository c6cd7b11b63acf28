/*
 * examples.h - what a linear critic is trained on and measured by: candidates of finished trees,
 * and rows that say which of them was better, or whether it was right.
 *
 *     execution            pairs: of each family of siblings of a kind the best child against the
 *                          lower ones, as siblings.h has it. By value: of children with enough
 *                          visits, the mean of what came back. By score: as the run's own critic
 *                          had scored them
 *     subgoal              the same of sub-goals, of different kinds in one family
 *     outcome              one row for each complete answer that was found right or wrong
 *     value                the same answers, as what came of the state they began at
 *
 * Of a tree with more rows than `most` an even choice is kept, which depends on nothing but the
 * tree.
 *
 * Ownership. A set owns its memory until linear_set_free(). Rows name candidates by position.
 * Threads.   One at a time.
 */
#ifndef CRITICS_LINEAR_EXAMPLES_H
#define CRITICS_LINEAR_EXAMPLES_H

#include "critics/crux_critics.h"
#include "critics/linear/features.h"

#define LINEAR_ALONE UINT32_MAX

/* liblinear needs 16 bytes for each: 2 GiB. */
#define LINEAR_ROW_FEATURES (UINT64_C(1) << 27)

struct linear_candidate {
    uint64_t problem; /* hash of its id */
    uint64_t place;   /* linear_features.place */
    uint32_t depth;
    size_t first; /* of its features, in the set's pool */
    uint32_t count;
};

/* A candidate that was better than the other; or, where the other is LINEAR_ALONE, that was
 * right or was not. */
struct linear_row {
    uint32_t candidate, other;
    bool right; /* of a pair always true */
};

struct linear_set {
    struct linear_candidate *candidates;
    struct linear_row *rows;
    uint32_t *pool; /* features, a candidate's beside each other */
    size_t candidate_count, candidate_room, row_count, row_room, pool_count, pool_room;
    struct linear_features features; /* of the candidate at hand */
    size_t row_features;             /* of all rows: what the fit must hold */
    size_t most;                     /* of these; 0: LINEAR_ROW_FEATURES */
    uint64_t families;               /* of siblings that were looked at */
    uint64_t unscored;               /* of these, those that could not be compared: by score, and no
                                        child has one */
};

/* Add what a tree teaches. CRUX_MEMORY; CRUX_INPUT: that is more than the fit can hold. */
int linear_set_add(struct linear_set *set, const struct crux_training *what,
                   const struct crux_tree *tree, struct crux_error *error);
void linear_set_free(struct linear_set *set);

/* Do critics of this role compare siblings? Else they judge a state by itself. */
bool linear_compares(enum crux_role role);

#endif
