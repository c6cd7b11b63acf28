/*
 * settle.h - the end of a simulation, in its turn: publish what was learnt and back the value up
 * the same path (backup), or withdraw and learn nothing.
 *
 * All that a simulation does to its tree after the descent happens here, so a tree's history is
 * the order of its settles.
 *
 * Threads. By the worker that runs the record's lane.
 */
#ifndef SEARCH_SETTLE_H
#define SEARCH_SETTLE_H

#include "search/simulate.h"

/* In phase READY. True: it counts as a visit. False: its tree has new children, and nothing was
 * evaluated; the marks are undone. */
bool settle_publish(struct simulation *sim);

/* In phase FAILED: where children were proposed and only the first of them could not be evaluated,
 * they are published with that one closed, and the marks are undone. False: it is not so. */
bool settle_publish_unevaluated(struct simulation *sim);

/* Undo marks and claims; nothing is learnt. */
void settle_withdraw(struct simulation *sim);

#endif
