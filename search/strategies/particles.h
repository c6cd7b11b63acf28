/*
 * particles.h - strategy `particles`: a particle filter over reasoning (Puri et al. 2025, arXiv
 * 2502.01618).
 *
 * Each of N particles takes one sampled step. Then N are drawn anew, with replacement, each with
 * the odds s / (1 - s) of the score of its last step: the softmax of the scores' logits. A particle
 * whose path is complete takes no step and is drawn as the others. When all are complete, or as
 * deep as may be, each place where some stand is answered.
 *
 * Particles at one node ask for their steps together. Where fewer come than were asked for, some
 * share one. A step without a score counts as one of 1/2.
 */
#ifndef SEARCH_STRATEGIES_PARTICLES_H
#define SEARCH_STRATEGIES_PARTICLES_H

#include "search/strategies/strategy.h"

extern const struct strategy particles_strategy;

#endif
