/*
 * way.h - the way to an answer: at each step of its path what was chosen, and what else there was.
 *
 *     reason     0.812   genquery 0.401, retrieve 0.120
 *     rationale  0.923 * Its area is 9, so its side is the root of 9.
 *                0.401   Its perimeter is 9.
 *     answer     1.000 * The answer is 3.
 *
 * A number is the critic's score of that step, "-" where none has scored it; an answer's is its
 * reward. Texts are one line each, cut to the width; JSON has them whole.
 *
 * Threads. Pure; any thread.
 * Errors.  None; JSON without memory is NULL, which json.h passes on.
 */
#ifndef IO_CLI_WAY_H
#define IO_CLI_WAY_H

#include <stdio.h>

#include "search/crux.h"

struct json;

/* Has the path to this rollout other steps than those of the solution? */
bool way_is_planned(const struct crux_tree *tree, uint32_t rollout);

/* For people; each line is indented by two blanks. width: columns of a line; 0: no end. */
void way_put(FILE *out, const struct crux_tree *tree, uint32_t rollout, unsigned width);

/* A list of {"kind", "text", "score", "visits", "rejected": [{"kind", "text", "score", "visits"}]};
 * a score that there is not is null. The last one of an answer that was drawn below its node has
 * kind answer and its reward. */
struct json *way_json(const struct crux_tree *tree, uint32_t rollout);

#endif
