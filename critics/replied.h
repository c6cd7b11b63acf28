/*
 * replied.h - the one JSON object that a model was asked for, out of its reply.
 *
 * A reply is one JSON object, alone or in one fence of ```, with thoughts in front of it passed
 * over. Text before or behind the object, or a second object, is no reply of that form.
 *
 * Pure; any thread.
 */
#ifndef CRITICS_REPLIED_H
#define CRITICS_REPLIED_H

#include "io/chat/reply.h"
#include "io/json.h"

/* The schema of an object that has these members, each of them, in their order, and no others;
 * members are its own. Freed by the caller; NULL: no memory. */
char *replied_schema(struct json *members);

/* NULL: *out is the object, to be freed. Else a sentence that lasts: what is wrong with it. */
const char *replied_object(struct json **out, const struct chat_sample *sample);

#endif
