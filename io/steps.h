/*
 * steps.h - a path's steps, first to last. The links of steps go backwards (struct crux_step).
 *
 * Pure; any thread.
 */
#ifndef IO_STEPS_H
#define IO_STEPS_H

#include "search/crux.h"

struct json;

enum { STEPS_MOST = 1024 }; /* no search goes deeper */

/* The step, or the nearest one before it, that is part of the solution (crux_kind_reasons()): for
 * walking along a path past its sub-goals, queries and documents. NULL: there is none. */
const struct crux_step *steps_reasoning(const struct crux_step *step);

/* Write the steps up to last to out, of which there is room for that many. Returns the number
 * of steps of the path; if that is more than room, out holds nothing. */
size_t steps_gather(const struct crux_step *last, const struct crux_step **out, size_t room);

/* The texts of the steps, with between in front of each but the first and tail behind the last.
 * A line break inside a step, which is '\v' there, becomes a '\n'. Ends in NUL, the caller frees;
 * NULL: no memory. *length (may be NULL) is without the NUL. */
char *steps_join(const struct crux_step *last, struct crux_text between, const char *tail,
                 size_t *length);

/* The same of the steps that are part of the solution alone. */
char *steps_join_solution(const struct crux_step *last, struct crux_text between, const char *tail,
                          size_t *length);

/* A step, or a text that quotes steps, as a text for the world: '\n' where lines end. NULL: no
 * memory, which json.h passes on. */
struct json *steps_json(struct crux_text step);

/* The steps of a complete answer whose last step this is: those of the path that are part of the
 * solution, where one with line breaks, as a rollout is, has a step on each of its lines; what is
 * empty is none. They are texts of the path. The caller frees; NULL: no memory. */
struct crux_text *steps_of_answer(const struct crux_step *last, size_t *count);

/* The step without blanks at its ends: what it says, for telling whether two say the same. */
struct crux_text steps_bare(struct crux_text step);

#endif
