/*
 * muster.h - endpoints from a roster, which join and part while the run goes on.
 *
 *     the file --looked at every second--> NEW --it answers, as the same model--> JOINED
 *                                           |  \--as another one----------------> LEFT OUT
 *                                           '--no answer: asked again later
 *     an address that stands there no more parts: what waits for it goes to the others, what is in
 *     flight there is finished. None of this is in the identity of a run.
 *
 * A file is taken when it has looked the same in two looks: so a writer may take a second to write
 * it in place. It is taken at once when it is first seen. A file that cannot be read changes
 * nothing, and is tried again at the next look; an empty one means that there is no endpoint, and
 * calls wait (http_options.patience_ns).
 *
 * The same model? As at the start: by the list of its models, unless the user has named the model,
 * and by a reply's name where the list does not settle it; one that neither lists the model nor
 * names it is another. What asking costs is booked.
 *
 * Who joins, parts, does not answer or is left out, and a line that is wrong, is said, once each.
 *
 * Ownership. What is opened copies its options, but for chat, served and say, which outlive it.
 * Threads.   One of its own; open and close by the owner. Closing waits for a question that is
 *            under way, some seconds at most.
 */
#ifndef IO_BACKENDS_MUSTER_H
#define IO_BACKENDS_MUSTER_H

#include "io/crux_io.h"
#include "io/served/served.h"

struct muster;

struct muster_options {
    const char *file;
    const struct crux_endpoint *like;
    const struct crux_chat *chat; /* complete */
    const char *name;             /* of the backend, for sentences */
    bool model_said;
    const char *const *aliases;
    uint32_t alias_count;
    struct served *served; /* of servers, whose client lets others join */
    void (*say)(void *context, const char *sentence);
    void *say_context;
    int64_t every_ns; /* between two looks; 0: a second */
};

int muster_open(struct muster **out, const struct muster_options *options,
                struct crux_error *error);
void muster_close(struct muster *muster); /* NULL is fine */

#endif
