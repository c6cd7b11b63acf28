/*
 * answers.h - which answers of a tree are new: what --stop and --probe count.
 *
 * A set of hashes of the texts of whole paths, one for right and one for wrong
 * answers. One thread at a time.
 */
#ifndef SEARCH_TREE_ANSWERS_H
#define SEARCH_TREE_ANSWERS_H

#include "search/crux.h"

struct answers {
    uint64_t *slots; /* open addressing; 0: free */
    uint32_t room, used;
    uint32_t right, wrong;                    /* distinct */
    uint32_t first, first_right, first_wrong; /* of the first answers, for --probe */
};

void answers_reset(struct answers *answers);
void answers_close(struct answers *answers);

/* The hash of a whole path: of a node's steps, and the lines of a rollout below it. */
uint64_t answers_path(uint64_t node_path, const char *lines);

/* Count one answer. False: no memory. */
bool answers_add(struct answers *answers, uint64_t path, enum crux_verdict verdict);

/* Does the setup end the problem here? -1: no. */
int answers_end(const struct answers *answers, const struct crux_setup *setup);

#endif
