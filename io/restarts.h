/*
 * restarts.h - how often a model begins anew where it should have gone on with what is written.
 *
 * A chat model that is given the beginning of an answer may answer the problem once more, from its
 * first step on. Such a reply is a step like any other to the search, and makes every path below it
 * a path with two beginnings. So their share tells whether a model, on its route and with its
 * prompt, can be searched in steps at all.
 *
 *     continued   replies to a question behind at least one step of the reasoning (sub-goals,
 *                 queries and documents are none): the nodes of a tree and the answers drawn below
 *                 a node; replies that said the same are one
 *     restarts    those of them that begin as the path's first step does: with its first 40
 *                 characters, with all of it where it has fewer and at least 8, or with the same
 *                 label of a first step (`Step 1`, `1.`, `1)`); capitals, blanks and the marks of
 *                 emphasis and headings make no difference
 *
 * They are counted in the finished tree, so a replay, and a run that went on, count the same.
 *
 * Pure; any thread.
 */
#ifndef IO_RESTARTS_H
#define IO_RESTARTS_H

#include "search/crux.h"

struct restarts {
    uint64_t continued, restarts;
};

/* Does a text begin anew, where first is the first step of what it should go on with? */
bool restarts_begins_anew(const char *text, const char *first);

/* Add those of a tree. False: no memory. */
bool restarts_add(struct restarts *restarts, const struct crux_tree *tree);

/* The share as half a sentence: "3 of 40 replies that go on with a text begin it anew (7.5 %)".
 * "": there was nothing to go on with. */
enum { RESTARTS_SENTENCE = 128 };
const char *restarts_sentence(char out[RESTARTS_SENTENCE], const struct restarts *restarts);

#endif
