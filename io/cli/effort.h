/*
 * effort.h - how much a problem may ask for where the user says nothing of it, and a sentence that
 * says so.
 *
 *     policy               calls a problem
 *     a served model       40
 *     all others           400, the default of --calls
 *     a run that was begun, or is replayed    what it was begun with
 *
 * Why 40. On 120 word problems of the tests' model server (3 to 7 operations, skill 0.8) a right
 * path was found for 98, 115, 119, 119, 120 and 120 of them with 8, 16, 32, 40, 48 and 400 calls,
 * and a vote without the answers solved 60, 78, 91, 95, 95 with 8 to 48, 92 with 64 and 94 with
 * 100: from 40 on another call buys little that one would notice. Pairs for 100 calls are 50 at any
 * of them from 16 on, so many problems with few calls make as much data as few with many. At 400 a
 * first try on 200 problems is 80,000 requests, which is hours on a model of one's own, and dear on
 * another's.
 *
 * Threads. One at a time.
 * Errors.  Those of the store that is asked.
 */
#ifndef IO_CLI_EFFORT_H
#define IO_CLI_EFFORT_H

#include "io/cli/options/options.h"

enum { EFFORT_CALLS = 40 };

/* Of crux generate and crux solve, before ports are opened: fills in --calls where neither it nor
 * --simulations nor --tokens is given. */
int effort_usual(struct options *options, struct crux_error *error);

/* On a terminal, of a search that asks servers, before its first call: how many calls it may
 * come to. */
void effort_say(const struct options *options, uint64_t problems);

#endif
