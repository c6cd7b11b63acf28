/*
 * beam.h - strategy `beam`: of all children of a level the best `beam` are kept (beam search by a
 * process reward model, Snell et al. 2024, arXiv 2408.03314).
 *
 * Children are compared by the score that their critic gave the last step; one that has none counts
 * by its prior. Among equals the one whose parent was the better goes first.
 */
#ifndef SEARCH_STRATEGIES_BEAM_H
#define SEARCH_STRATEGIES_BEAM_H

#include "search/strategies/strategy.h"

extern const struct strategy beam_strategy;

#endif
