/*
 * rag.h - strategy `rag`: retrieve once, then answer (retrieval-augmented generation, Lewis et al.
 * 2020, arXiv 2005.11401); a baseline for plan.
 *
 * Its tree is one path: `documents` of them, each the best for the problem's prompt that does not
 * stand there yet. Behind the last one independent answers are sampled as sample does at the root.
 * Where fewer documents are found the answers stand behind those; without any, below the problem.
 */
#ifndef SEARCH_STRATEGIES_RAG_H
#define SEARCH_STRATEGIES_RAG_H

#include "search/strategies/strategy.h"

extern const struct strategy rag_strategy;

#endif
