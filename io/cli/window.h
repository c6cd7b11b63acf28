/*
 * window.h - how many calls are out at a time where the user does not say: over all problems, and
 * in each one.
 *
 *     --in-flight   the slots that the server tells, of all its endpoints together; else 64
 *                   (session_open() sees to that, for every command that asks servers).
 *                   A run that goes on has the number that it had last
 *     --per-tree    8, where that fills the server. Where problems are few, so many that they fill
 *                   it together (and what waits for a place there, io/ahead.h; four times that
 *                   under --order issued), but no more than the search bears:
 *                       mcts       an eighth of its budget, or a third of a small one up to 16
 *                       the others the budget: their answers are as good in any order
 *                   A run that goes on, or is replayed, has what it was begun with
 *
 * What mcts bears was measured (crux bench latency, one tree): of what a search gains that does one
 * simulation after the other, 14 at a time keep 102 % (89 .. 115) with 40 simulations and 20 keep
 * 85 % (71 .. 98); with 400 simulations 14 keep 101 % (96 .. 107) and 50 keep 95 % (87 .. 104).
 *
 * --per-tree is part of what a run means, so it is decided once, when the run begins, and recorded
 * like one that was typed; shards of a run, and what crux compare compares, always have 8, for
 * they must agree. Policies that answer at once have 8, too: they wait for nobody.
 *
 * Threads. One at a time.
 * Errors.  Those of the store that is asked.
 */
#ifndef IO_CLI_WINDOW_H
#define IO_CLI_WINDOW_H

#include "io/cli/session.h"

/* session_open(), which finds out what servers tell, for a search of these problems on them: the
 * options get what the user has not given, and so does the session. What they hold then is said
 * where it leaves a server's slots empty, or many more calls out than it has slots. */
int window_open(struct session *session, struct options *options,
                const struct crux_problems *problems, struct crux_error *error);

/* --in-flight that was not given as the run in the store at this path had it last, if there is one:
 * it asks no server again how many slots it has. */
int window_recall_in_flight(struct options *options, const char *path, struct crux_error *error);

/* Calls at a time in each of these problems so that in_flight are out; --per-tree as it stands when
 * that does, or when the search bears no more. Pure. */
uint32_t window_of(const struct crux_setup *setup, uint64_t problems);

/* The most calls that a problem can have out at a time. Pure. */
uint32_t window_width(const struct crux_setup *setup);

#endif
