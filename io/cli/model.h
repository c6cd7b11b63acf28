/*
 * model.h - the served models that the options speak of: where each is, what it is, how it is
 * asked.
 *
 *     options --model_endpoint()--> where it is
 *     options, a store --model_recall()--> what a run that was begun before has found out
 *     options --model_find_out()--> the same options, with nothing left open
 *     options --model_chat()--> how it is asked
 *     options --model_add()--> a backend (crux_backends_add())
 *
 * Of several endpoints each is asked for its models, and for a run that begins put a question of a
 * few tokens for the name in its reply. One that is another model than the first is left out of the
 * options with a sentence: by its reply's name, and by its list unless the user has named the
 * model. In a replay nothing is asked.
 *
 * Which of them: 0 is that of the plain flags, the others have names. What a user leaves open
 * is asked of the first endpoint that answers and written into the
 * options: model, profile, route, chat template, context. So it is recorded with the run as if
 * it had been typed, a resumed run need not ask, and a replayed one cannot. A prompt that is
 * a file is replaced by its text for the same reason.
 *
 * Ownership. The options own what is found out.
 * Errors.    CRUX_INVALID with a sentence that says what to do.
 */
#ifndef IO_CLI_MODEL_H
#define IO_CLI_MODEL_H

#include "io/cli/options/options.h"
#include "policies/crux_policies.h"

/* An endpoint of a backend; it points into the options. Behind the last: without an address. */
struct crux_endpoint model_endpoint(const struct options_backend *backend, size_t index);

/* Take what is open from a run that was begun before, if there is one at this path; and as many
 * candidates per request as it had last. */
int model_recall(struct options *options, const char *path, struct crux_error *error);

/* Sentences: what was chosen, "" when nothing was open; and what was not as one would expect. */
struct model_said {
    char chosen[512], note[512];
};
int model_find_out(struct options *options, size_t which, struct model_said *said,
                   struct crux_error *error);

/* Of a service that nobody asks in words: what is open is called something, and nothing is asked.
 */
int model_assume(struct options *options, size_t which, struct crux_error *error);

/* It points into the options. */
struct crux_chat model_chat(const struct options *options, size_t which);

/* All that is said of a backend; it points into the options, and to endpoints. */
struct crux_backend model_backend(struct crux_endpoint endpoints[OPTIONS_LISTED],
                                  const struct options *options, size_t which);

int model_add(struct crux_backends *backends, const struct options *options, size_t which,
              struct crux_error *error);

#endif
