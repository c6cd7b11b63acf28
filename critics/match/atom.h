/*
 * atom.h - what stands for itself in an answer: numbers, names, words, brackets.
 */
#ifndef CRITICS_MATCH_ATOM_H
#define CRITICS_MATCH_ATOM_H

#include "critics/match/parse.h"

/* The node of what stands here. */
uint32_t match_atom(struct match_parser *p);

#endif
