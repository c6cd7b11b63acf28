/*
 * message.h - one question as a line, one line as a reply; process.h says what they are.
 *
 * Pure, any thread. Nothing is kept.
 */
#ifndef IO_PROCESS_MESSAGE_H
#define IO_PROCESS_MESSAGE_H

#include "io/json.h"
#include "search/crux.h"

/* The line with its '\n'; the caller frees. */
int wire_question(char **out, size_t *length, const struct crux_call *call, uint64_t id,
                  struct crux_error *error);

/* What the line says becomes call->reply, all of whose memory is the block
 * call->reply.owner. CRUX_DONE; CRUX_FAILED or CRUX_MEMORY with a sentence that names the field
 * and what was expected. */
int wire_reply(struct crux_call *call, const struct json *object, struct crux_error *error);

#endif
