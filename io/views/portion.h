/*
 * portion.h - how a data set is split: by problem, so that no problem is on two sides.
 *
 * Which portion a problem is in is a hash of its id and a seed, so it does not depend on the other
 * problems: it stays when the input grows, and when the run is exported in parts.
 *
 * Pure; any thread.
 */
#ifndef IO_VIEWS_PORTION_H
#define IO_VIEWS_PORTION_H

#include "search/crux.h"

enum { PORTIONS_MOST = 8, PORTION_NAME = 32 };

struct portions {
    size_t count;
    char names[PORTIONS_MOST][PORTION_NAME];
    uint32_t shares[PORTIONS_MOST]; /* in billionths */
};

/* "train=0.9,test=0.1": names of letters a-z and '_', shares of up to nine decimals above 0 that
 * sum to 1. NULL: all is "train". CRUX_INVALID with what is wrong. */
int portions_read(struct portions *out, const char *text, struct crux_error *error);

/* The portion of a problem, by position. */
size_t portions_of(const struct portions *portions, uint64_t seed, const char *id);

#endif
