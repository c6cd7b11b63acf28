/*
 * inject.h - false details put into a right path (Critic-V's VEST, arXiv 2411.18203): the question
 * to a served model, and what is no answer to it.
 *
 *     path --annotate_inject_write()--> a question, like those of words.h --> a served model
 *          <-- the path with its false details <--annotate_inject_read()-- sample
 *
 * The answer has the form of io/injected.h. It is refused if it has no details, or more than were
 * asked for; if a step is empty; if what a detail calls the original is not in that step of the
 * path, or what is false is not in the new one, or both are the same; if another step than those of
 * the details is changed, or one of them is not. So the whole differs from the path. What is false
 * is the model's word: whether the answer is wrong now is for a critic to say.
 *
 * Threads. Pure; any thread.
 */
#ifndef CRITICS_ANNOTATE_INJECT_H
#define CRITICS_ANNOTATE_INJECT_H

#include "critics/annotate/said.h"
#include "io/injected.h"

/* So many false details, 1 .. INJECTED_MOST, are asked for; the path has a step. Freed with
 * annotate_words_close(). */
int annotate_inject_write(struct annotate_words *out, const struct crux_problem *problem,
                          const struct annotate_path *path, uint32_t count,
                          struct crux_error *error);

/* As annotate_said_read(); what was read is closed with injected_close(). */
enum annotate_reading annotate_inject_read(struct injected *out, const char **why,
                                           const struct annotate_path *path, uint32_t count,
                                           const struct chat_sample *sample);

#endif
