/*
 * group.h - comparing what has items where item by item is not enough: lists with names, matrices
 * however they are written, unions of intervals, and a list where one number may be meant.
 *
 * Pure; any thread.
 */
#ifndef CRITICS_MATCH_GROUP_H
#define CRITICS_MATCH_GROUP_H

#include "critics/match/compare.h"
#include "critics/match/form.h"

/* Two groups, a of the answer and b of the reference, and how two of their items compare. */
struct match_group {
    const struct match_form *answer, *reference;
    const struct match_node *a, *b;
    enum match (*items)(const void *context, uint32_t a, uint32_t b);
    const void *context;
};

/* False: it is for the general rules. */
bool match_group_compare(const struct match_group *group, enum match *match);

/* One number and a list: is the list perhaps that number? in_answer: the list is the answer's. */
bool match_group_single(const struct match_group *group, bool in_answer, enum match *match);

#endif
