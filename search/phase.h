/*
 * phase.h - the steps from one phase of a simulation to the next that strategies choose from.
 *
 * A strategy's next() is called when the reply of the phase before was taken; it sets the
 * next phase with one of these (simulate.h draws the phases).
 *
 * Threads. By the worker that runs the record's lane.
 */
#ifndef SEARCH_PHASE_H
#define SEARCH_PHASE_H

#include "search/simulate.h"

/* The leaf is to be evaluated: by rollouts or by the value critic; where it completes the answer
 * itself, its outcome is judged. */
void phase_evaluate(struct simulation *sim);

/* The children that were proposed are complete: sort them, and evaluate the first one at once.
 * Where equal states share their evaluation that may have been done, or be under way: then the
 * next descent sees to it. */
void phase_step_to_first_child(struct simulation *sim);

/* Its rollouts are there: judge them, or have them judged when it settles. */
void phase_judge(struct simulation *sim);

/* A call failed permanently: the sentence is copied. */
void phase_fail(struct simulation *sim, int status, const char *sentence);

/* Children that the node to be expanded or widened has already. */
uint32_t phase_children_before(const struct simulation *sim);

/* Samples of next steps that its state was asked for before. */
uint32_t phase_samples_before(const struct simulation *sim);

#endif
