/*
 * shard.h - which part of a run a process takes, when the job scheduler has to say it.
 *
 * `--shard auto` is for a script that is the same for all of them:
 *
 *     Slurm        a task of a job array: SLURM_ARRAY_TASK_ID, _COUNT, _MIN, _MAX, _STEP
 *     Kubernetes   a pod of an indexed job: JOB_COMPLETION_INDEX, from 0. Nothing there says of how
 *                  many, so N has to be given: `--shard auto/N`, N being the job's completions
 *
 * Slurm's count is the number of parts only where it is that of the whole array: if a part of
 * it is submitted again (`--array=3,5`), the count is that of the part. So it is believed where the
 * lowest id, the highest and the step leave no gaps, and there are two tasks at least, for one
 * alone is mostly a task that is submitted again; ids may begin anywhere. With `auto/N` an
 * array of N such tasks is the whole one, and another is a part of one whose ids are 0 .. N-1 or
 * 1 .. N, whichever its own lowest or highest id shows. Where neither does, a store that was begun
 * shows it, which knows what part it has; without one I/N has to be said. What was begun as
 * another part is refused by its store all the same.
 *
 * Threads. One at a time: it reads the environment.
 * Errors.  CRUX_INVALID, with a sentence that says what was read and what to say instead.
 */
#ifndef IO_CLI_OPTIONS_SHARD_H
#define IO_CLI_OPTIONS_SHARD_H

#include "io/cli/options/options.h"

/* "auto" or "auto/N", with N from 1 to most. False: it is another word. */
bool shard_is_automatic(const char *text, int64_t most, struct options_shard *out);

/* Part and number of parts of one that is automatic; another one stays as it is. store: the path
 * of the run's, or NULL; there may be none yet. */
int shard_find(struct options_shard *shard, const char *store, struct crux_error *error);

#endif
