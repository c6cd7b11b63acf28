/*
 * crux_critics.h - the catalogue of critics, which say how good a step or an answer is.
 *
 * A critic is opened from a role and a description NAME[:ARG], as the command
 * line takes it ([ROLE=]NAME[:ARG]) and the store records it. The caller owns it
 * and closes it with crux_critic_close() after the last search that uses it.
 *
 *     outcome=numbers     JUDGE. Re-computes a whole answer from the text of its steps
 *                         alone: a forged step, a number used twice, a wrong sum is
 *                         wrong. Looks at the problem's numbers and target, which are
 *                         the problem itself, and at no reference answer.
 *     outcome=match[:tolerance=X][,percent=strict]
 *                         JUDGE. Is the final answer of the path the problem's reference
 *                         answer? Answers are found in \boxed{}, <answer>, behind ####, or where
 *                         `the answer is`, and compared as mathematics: numbers, LaTeX,
 *                         sets, intervals, units. UNKNOWN where it cannot tell. With a
 *                         tolerance, 0 < X < 1, numbers may differ by that relative amount.
 *                         20% answers 20 unless percent is strict; then that is UNKNOWN.
 *                         Looks at the reference answer.
 *     outcome=consistency JUDGE. The reward is the share of the problem's answers so far that
 *                         say the same; the verdict is always UNKNOWN. Remembers answers by
 *                         problem id, and is asked in turn, so it repeats with the order of
 *                         settling. A tree's answer is then crux_agreed_rollout().
 *     outcome=mixed[:NAME]
 *                         JUDGE. Problems that have numbers by `numbers`, all others by critic
 *                         NAME (match without one), which must be one that answers at once.
 *     annotate=mixed      ANNOTATE. The same: it has nothing to say of others.
 *     execution=numbers   SCORE. 1 if the target can still be reached after a candidate step,
 *                         0 if not, by exhaustive exact search.
 *     value=numbers       SCORE. The same, for a leaf in place of rollouts.
 *     annotate=numbers    ANNOTATE. Finds the first step after which the target is out of reach
 *                         and writes why, and what to do instead.
 *     ROLE=process:[timeout=SECONDS:]COMMAND
 *                         SCORE, JUDGE or ANNOTATE, by role: any program that reads questions and
 *                         writes replies, one JSON object per line, as policy process does
 *                         (crux_policies.h). It does not see the reference answer.
 *
 * All but process are instant. Those of numbers are exact: rational arithmetic, no floating point.
 */
#ifndef CRUX_CRITICS_H
#define CRUX_CRITICS_H

#include "io/crux_io.h"
#include "search/crux.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Open a critic for a role, on backends that outlive it (crux_io.h); NULL where there are none.
 * CRUX_INVALID with a sentence that lists what there is. */
CRUX_API int crux_critic_open(struct crux_critic **out, enum crux_role role,
                              const char *description, struct crux_backends *backends,
                              struct crux_error *error);

/* The names that a role has; NULL after the last. */
CRUX_API const char *crux_critic_name(enum crux_role role, size_t index);

/* The backend that such a critic asks (crux_policy_backend()); NULL: it asks none. */
CRUX_API const char *crux_critic_backend(enum crux_role role, const char *description);

/* NULL is fine. */
CRUX_API void crux_critic_close(struct crux_critic *critic);

/* Is this final answer what the reference says, as critic match compares them? */
CRUX_API enum crux_verdict crux_grade(const char *answer, const char *reference);

/* --- puzzles --------------------------------------------------------------- */

/* Every multiset of four numbers 1 .. 13 from which 24 can be made, in
 * lexicographic order: 1,362 of them. Calls each() for every one; a non-zero
 * answer ends the walk and is returned. */
CRUX_API int crux_game24_each(int (*each)(void *context, const int64_t numbers[4]), void *context);

#ifdef __cplusplus
}
#endif

#endif
