/*
 * transposition.h - equal states share their evaluation: a transposition table, what one
 * tree knows of states by their hash (crux_step.state_hash).
 *
 * What it is.  A table with one entry for every state that was met. Statistics stay
 * in the tree: each of the equal nodes keeps visits and a mean of its own, which is
 * what keeps them sound (sharing them needs counts for edges: Czech et al. 2020, "Monte
 * Carlo graph search for AlphaZero"). Only the question to the critic is not asked
 * twice.
 *
 * Life of an entry.
 *
 *     none --claim--> TAKEN --settle--> KNOWN
 *                      ^  |
 *                claim |  | withdraw
 *                      |  v
 *                      FREE
 *
 * Exactly one claim wins (TRANSPOSITION_MINE) and answers for it with one settle or withdraw. One
 * that comes meanwhile gets TRANSPOSITION_TAKEN and does not wait: it takes another path, or
 * asks for itself. A state that was given up is free for the next claim. Entries are
 * never taken away, so a table of twice as many as there are simulations stays half empty;
 * should it be full all the same, TRANSPOSITION_FULL says: evaluate, and share nothing.
 *
 * Who owns what.  A table belongs to one tree and owns its memory: addresses for the worst
 * case, pages only where something was written.
 *
 * What may run together.  claim, settle, withdraw from any lane of the tree, on any keys
 * ("-"); settle and withdraw need the claim on that key. open, reset and close need the
 * table alone.
 *
 * What a reader may see.  A claim that gets KNOWN sees all that was written before
 * the settle; one that gets MINE anew, all before the withdraw. Two different states with one
 * hash of 64 bits would share a value: among 16 million states that has a chance of
 * 1 : 100,000.
 *
 * Progress.  claim, settle, withdraw: wait-free, a bounded number of entries.
 */
#ifndef SEARCH_TREE_TRANSPOSITION_H
#define SEARCH_TREE_TRANSPOSITION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum transposition_answer {
    TRANSPOSITION_MINE,  /* evaluate it; settle or withdraw follows */
    TRANSPOSITION_KNOWN, /* *value is filled in */
    TRANSPOSITION_TAKEN, /* another simulation is evaluating it */
    TRANSPOSITION_FULL   /* no entry left: evaluate it, nothing follows */
};

struct transposition_entry;

struct transpositions {
    struct transposition_entry *entries; /* NULL: not open */
    uint64_t mask;                       /* number of entries - 1 */
};

/* For a tree of this number of simulations, 1 or more. False: the machine refuses the range. */
bool transposition_open(struct transpositions *table, uint32_t simulations);
void transposition_close(struct transpositions *table);

/* Forget every state. */
void transposition_reset(struct transpositions *table);

/* key: not 0. value: fixed point, as in tree.h. */
enum transposition_answer transposition_claim(struct transpositions *table, uint64_t key,
                                              uint32_t *value);
void transposition_settle(struct transpositions *table, uint64_t key, uint32_t value);
void transposition_withdraw(struct transpositions *table, uint64_t key);

#endif
