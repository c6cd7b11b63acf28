/*
 * forest.h - recorded answers, merged into a forest of prefix trees.
 *
 * A problem's answers are merged step by step: answers that begin with the same steps
 * share the nodes of these steps. A node knows how many answers go through it and how
 * much they weigh, so a policy can say how often the recorded answers went on so.
 *
 *     ROOTS_BY_ID ----- "p1" -+- "First, 2 + 3 = 5." -+- "#### 5"
 *                             |                       `- "Twice that is 10." - "#### 10"
 *                             `- "It is 6." - "#### 6"
 *     ROOTS_BY_PROMPT - "How much is ...?" - ...        (answers whose line has no id)
 *
 * A node is an index. The children of a node are found by text in one hash table for the
 * whole forest; so an answer is added in time linear in its bytes, and each distinct step
 * is stored once. Answers are numbered depth first, so those below a node are a range.
 *
 * Ownership. The forest owns all texts; none moves before recorded_forest_close().
 * Threads.   One, until recorded_forest_number(); from then on nothing changes, and any
 *            number may read.
 */
#ifndef POLICIES_RECORDED_FOREST_H
#define POLICIES_RECORDED_FOREST_H

#include "search/crux.h"

enum { ROOTS_BY_ID, ROOTS_BY_PROMPT, ROOTS };

struct recorded_node {
    const char *text; /* ends in NUL */
    double weight;    /* of the answers that go through it */
    uint32_t length, hash;
    uint32_t parent;
    uint32_t child, next; /* the first child, the next sibling; 0: none */
    uint32_t below;       /* answers that go through it or end here ... */
    uint32_t ended;       /* ... and those that end here */
    uint32_t first;       /* number of the first answer below */
};

struct recorded_forest {
    struct recorded_node *nodes; /* those of ROOTS first */
    uint32_t count, room;
    uint32_t *table; /* of nodes by parent and text; 0: a free place */
    uint32_t table_room;
    uint32_t *answers; /* by number: the node where it ends */
    struct recorded_block *texts;
};

/* False, or 0 where a node is answered: there is no memory. */
bool recorded_forest_open(struct recorded_forest *forest);
void recorded_forest_close(struct recorded_forest *forest);

/* The child of parent with that text, made if there is none. */
uint32_t recorded_grow(struct recorded_forest *forest, uint32_t parent, struct crux_text text);

/* An answer ends at this node. */
void recorded_end(struct recorded_forest *forest, uint32_t node, double weight);

/* All answers are there: number them. */
bool recorded_forest_number(struct recorded_forest *forest);

/* The child of parent with that text, 0: there is none. */
uint32_t recorded_find(const struct recorded_forest *forest, uint32_t parent,
                       struct crux_text text);

#endif
