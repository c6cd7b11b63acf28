/*
 * breadth.h - a strategy of a test's own: of a node's children the one that was tried least.
 */
#ifndef TESTS_WORLD_BREADTH_H
#define TESTS_WORLD_BREADTH_H

#include "search/strategies/strategy.h"

extern const struct strategy breadth_strategy;

#endif
