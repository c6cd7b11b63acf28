/*
 * annotate.h - critic `critique`: a served language model says what is wrong with a wrong path.
 *
 *     call --matter.c--> what it is about --words.c--> a question --round.c--> its backend
 *          <-- note <-- said.c, refusal.c: a critique, or none <-- sample
 *
 * What it can be told stands in plan.h and crux_critics.h, what is asked in words.h, and what is no
 * critique in refusal.h. It answers ANNOTATE.
 *
 * What it says. The text, and a step that it points at, which is a claim. Verdicts of the answer
 *     and of each step are the model's own: only style blind gives some. NULL, nothing, where no
 * try can be used, and where the path has no step. A pair whose wrong path is CRUX_NO_NODE has a
 * right one alone: of that the fixed text NOTES_NOTHING is said, and nobody is asked; in style
 * blind it is judged. It compares what was written with the reference answer, and so it sees that.
 *
 * Of a right path alone it can also be asked for false details in it (crux_call.details,
 * inject.h), whatever its style; its first backend is asked then.
 *
 * A question that its backend cannot get an answer to fails the call.
 *
 * Threads. Any number of calls at once.
 */
#ifndef CRITICS_ANNOTATE_ANNOTATE_H
#define CRITICS_ANNOTATE_ANNOTATE_H

#include "io/crux_io.h"

/* On backends that outlive it; argument: as in plan.h, or NULL. */
int annotate_critic_open(struct crux_critic **out, enum crux_role role, const char *argument,
                         struct crux_backends *backends, struct crux_error *error);

/* Can it be opened, as far as is known without a backend? */
int annotate_critic_check(enum crux_role role, const char *argument, struct crux_error *error);

#endif
