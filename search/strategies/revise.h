/*
 * revise.h - when an answer is asked for again, and with what is said of it: what strategies refine
 * and those by levels share.
 *
 * Pure; any thread.
 */
#ifndef SEARCH_STRATEGIES_REVISE_H
#define SEARCH_STRATEGIES_REVISE_H

#include "search/tree/cold.h"

/* Is the answer good enough? What nobody could judge is not, whatever it counts in the mean. */
bool revise_is_good(const struct rollout *rollout, const struct crux_setup *setup);

/* The answer, and the sentence of the outcome critic's opinion about it, if it has written one. */
struct crux_revision revise_what(const struct rollout *rollout);

#endif
