/*
 * sample.h - strategy `sample`: independent answers from the root, the control that shows what
 * search adds.
 *
 * Every simulation is one answer. The root is never claimed, so all of them may be in flight at
 * once, and it is never expanded.
 */
#ifndef SEARCH_STRATEGIES_SAMPLE_H
#define SEARCH_STRATEGIES_SAMPLE_H

#include "search/strategies/strategy.h"

extern const struct strategy sample_strategy;

/* Those of any strategy whose simulations are an answer each. */
uint64_t sample_simulations(const struct crux_setup *setup);
void sample_next(struct simulation *sim);

#endif
