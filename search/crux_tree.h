/*
 * crux_tree.h - the finished tree: every step with its statistics, every complete answer with its
 * verdict, every pair of a right and a wrong path, and what critics said of them.
 *
 * A sink gets one for each problem, and a store gives it back as it was. All of it is flat arrays
 * that refer to each other by position. The search itself is crux.h, which includes this.
 *
 * Ownership.  A tree owns all it points to but its problem. A sink's lives for the length of the
 *             call; one that was read from a store is the reader's.
 * Threads.    It is constant: any number of them may read it.
 */
#ifndef CRUX_TREE_H
#define CRUX_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CRUX_API __attribute__((visibility("default")))

struct crux_problem;

/* A piece of text: not ended by NUL. */
struct crux_text {
    const char *start;
    size_t length;
};

/* What a critic knows about a candidate beside its number. */
struct crux_opinion {
    const double *steps;  /* rewards in [0, 1] of the steps of the path and the candidate, in order,
                             as the critic cut them; below 0: unknown. NULL: it gives none */
    uint32_t step_count;  /* at most CRUX_OPINION_STEPS */
    uint32_t judges;      /* whose word it is: votes, members; 0: not counted */
    double spread;        /* how far these disagree: standard deviation of their scores, in
                             [0, 0.5]; below 0: not known. Without judges it is not read */
    const char *sentence; /* why; NULL: none */
};

#define CRUX_OPINION_STEPS 65536u

#define CRUX_TREE_SCHEMA   4
#define CRUX_NO_NODE       UINT32_MAX
#define CRUX_NO_STEP       UINT32_MAX

/* Nodes are numbered depth first, children in order of prior, those of a widening after
 * those that were there; node 0 is the root. */
struct crux_node {
    uint32_t parent; /* CRUX_NO_NODE for the root */
    uint32_t depth;
    uint32_t visits, tokens;
    double value;     /* mean of what came back, 0 without visits */
    double prior;     /* normalised over the family, 1 for the root */
    double score;     /* the execution critic's; below 0: none */
    double target;    /* improved policy: what the search would now play here, over the family
                         (Danihelka et al. 2022, eq. 11); 1 for the root */
    double logprob;   /* mean per token, as the policy said; 0: unknown */
    const char *text; /* "" for the root */
    uint8_t kind;     /* enum crux_kind */
    bool terminal;    /* the answer is complete here */
    bool closed;      /* a call failed permanently here */
    uint64_t origin;  /* the proposal's; not kept in a store, 0 when the tree is read back */
};

/* One complete answer: the steps of node, then the lines of text. */
struct crux_rollout {
    uint32_t node;
    const char *text;   /* "": the node itself completes the answer */
    const char *answer; /* canonical form, "": none */
    double reward;
    uint8_t verdict; /* enum crux_verdict */
    uint64_t origin; /* as that of a node */
};

/* A wrong path and a right path that parts from it: the one that does so latest, or the tree's
 * reference (enum crux_pairs). Steps are counted
 * over the whole path: the first prefix of them are the same in both. */
struct crux_pair {
    uint32_t wrong, right; /* rollouts */
    uint32_t prefix;       /* steps they share */
    uint32_t first_error;  /* index of the first wrong step on the wrong path, >= prefix. Not exact:
                              the step that the critique points at, a claim and no label; or
                              CRUX_NO_STEP, nobody says so. Where the paths part alone is no error:
                              they may part in wording */
    bool exact;            /* first_error is proved */
    const char *critique;  /* "": none was written */
    const char *error_type;
    const char *corrected_step; /* "": none */
    const char *method;         /* the check that corrected_step passed; "": none */
};

/* With which lower siblings the best child of a node is paired, for those who learn from trees:
 * with each, or with the next lower one alone. */
enum crux_siblings { CRUX_SIBLINGS_ALL, CRUX_SIBLINGS_ONE };

/* What a critic knew beside its number, of a node or of a rollout. */
struct crux_remark {
    uint32_t path; /* a rollout with role OUTCOME, else a node */
    uint8_t role;  /* enum crux_role: which critic says so */
    double score;  /* its number; below 0: unknown */
    struct crux_opinion opinion;
};

/* Why a tree ended. */
enum crux_reason {
    CRUX_REASON_BUDGET,    /* its simulations, calls or tokens are spent */
    CRUX_REASON_STOP,      /* --stop: right and wrong answers enough */
    CRUX_REASON_PROBE,     /* --probe: its first answers were all right or all wrong */
    CRUX_REASON_EXHAUSTED, /* nothing is left that a call could change */
    CRUX_REASON_FAILED,    /* calls failed permanently, up to the root */
    CRUX_REASON_STOPPED,   /* the run was stopped: the tree is not finished */
    CRUX_REASONS
};

CRUX_API const char *crux_reason_name(enum crux_reason reason);

/* Why a tree has no pairs. */
enum crux_unpaired {
    CRUX_PAIRED,       /* it has some, or none were looked for */
    CRUX_NO_RIGHT,     /* no path is right */
    CRUX_NO_WRONG,     /* no path is wrong */
    CRUX_NO_VERDICT,   /* neither: of no path is it known */
    CRUX_NO_REFERENCE, /* pairs with the reference: the path that was selected is not right */
    CRUX_NO_PARTING,   /* of any two that might be one, one is the beginning of the other */
    CRUX_UNPAIREDS
};

/* As a few words: "no right path"; "" for PAIRED. */
CRUX_API const char *crux_unpaired_name(enum crux_unpaired unpaired);

/* A walk over the live tree after its last simulation. All but the first four
 * are violations and 0 in every run. */
struct crux_audit {
    uint64_t evaluated;   /* nodes that were evaluated */
    uint64_t root_visits; /* equals simulations settled */
    uint64_t visits;      /* sum over all nodes: divided by root_visits, the mean depth + 1 */
    uint64_t blocks;      /* families of children */
    uint64_t in_flight_left;
    uint64_t claims_left;
    uint64_t visit_errors; /* nodes whose visits are not their children's plus their own */
    uint64_t sum_errors;   /* nodes whose sum is not their children's plus their own */
};

struct crux_tree {
    const struct crux_problem *problem;
    enum crux_reason reason;
    enum crux_unpaired unpaired; /* of a tree that was read from a store: PAIRED, whatever it was */
    uint32_t node_count, rollout_count, pair_count, right_count, remark_count;
    const struct crux_node *nodes;
    const struct crux_rollout *rollouts; /* ordered as they settled */
    const struct crux_pair *pairs;     /* one per distinct wrong path that parts from a right one */
    const uint32_t *rights;            /* rollouts: the distinct right paths */
    const struct crux_remark *remarks; /* those of nodes, then those of rollouts, by number and
                                          role; only where a critic said more than a number */
    const uint16_t *best; /* choices of the path with most visits; also in a nameless world */
    uint32_t best_depth;
    uint64_t simulations; /* settled */
    uint64_t withdrawn;   /* simulations whose calls failed */
    uint64_t calls;       /* made to policies */
    uint64_t collisions;  /* descents that found their leaf taken and were begun again */
    uint64_t prompt_tokens, completion_tokens;
    int64_t price;
    int64_t search_ns;    /* from the first descent to the last settle; never exported */
    uint64_t arena_bytes; /* memory of the live tree; never exported */
    struct crux_audit audit;
    const char *failure; /* reason FAILED: the sentence; else "" */
};

/* The steps of a complete answer, in order: those down to the rollout's node that
 * are part of the solution (crux_kind_reasons()), then its own lines. All that numbers
 * the steps of a path counts these. Fills in at most room and returns how many there are.
 * rollout: below tree->rollout_count. */
CRUX_API size_t crux_path_steps(const struct crux_tree *tree, uint32_t rollout,
                                struct crux_text *steps, size_t room);

/* The answer to give: of the rollouts with the highest reward the one on the best
 * path; at each node the best child is the one with most visits, then the highest
 * value, then the first. CRUX_NO_NODE when there is no rollout. */
CRUX_API uint32_t crux_best_rollout(const struct crux_tree *tree);

/* Of the rollouts that give the most frequent answer (self-consistency, Wang et al. 2023; of
 * several the first) the one that crux_best_rollout() would take if all had one reward. For critics
 * that know no right and wrong. *votes: how many give that answer; *of: how many give any.
 * CRUX_NO_NODE when none does. */
CRUX_API uint32_t crux_agreed_rollout(const struct crux_tree *tree, uint32_t *votes, uint32_t *of);

/* Rules that pick the answer to give from what a search has found, whatever found it.
 *   FIRST     the answer that settled first
 *   BEST      the highest reward (best-of-N)
 *   MAJORITY  the most frequent answer (self-consistency, Wang et al. 2023)
 *   WEIGHTED  the answer whose rewards have the highest sum (Li et al. 2023)
 *   BOM       of the answers that at least a share alpha of the rollouts give, the one with the
 *             highest reward (best-of-majority, arXiv 2510.03199); alpha 0 is BEST
 */
enum crux_pick_rule {
    CRUX_PICK_FIRST,
    CRUX_PICK_BEST,
    CRUX_PICK_MAJORITY,
    CRUX_PICK_WEIGHTED,
    CRUX_PICK_BOM,
    CRUX_PICK_RULES
};

/* The rule's name, as written in every output. */
CRUX_API const char *crux_pick_rule_name(enum crux_pick_rule rule);

struct crux_pick {
    enum crux_pick_rule rule;
    uint32_t first; /* only the first so many rollouts count, as if the budget had ended there; 0 or
                       more than there are: all of them */
    double alpha;   /* BOM; in [0, 1] */
};

/* The rollout that is picked, or CRUX_NO_NODE. A rollout without an answer counts as one of those
 * that there are and is never picked by MAJORITY and WEIGHTED, nor by BOM with alpha above 0. Of
 * several equally good answers the one that was given first wins, and of its rollouts (of all, with
 * BEST) the one that crux_best_rollout() would take. */
CRUX_API uint32_t crux_pick(const struct crux_tree *tree, const struct crux_pick *how);

#ifdef __cplusplus
}
#endif

#endif
