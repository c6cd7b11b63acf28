/*
 * note.h - what a program writes about a path (message.h).
 *
 * Pure; any thread.
 */
#ifndef IO_PROCESS_NOTE_H
#define IO_PROCESS_NOTE_H

#include "io/json.h"
#include "search/crux.h"

/* Names of verdicts, as they are written. False: it is none. */
bool process_is_verdict(enum crux_verdict *out, const struct json *value);

/* The note of a reply to ANNOTATE, in one block that is the reply's owner; `"note": null` is none.
 * CRUX_FAILED with a sentence: a member is not as it must be. CRUX_MEMORY. */
int process_take_note(struct crux_reply *reply, const struct crux_call *call,
                      const struct json *object, struct crux_error *error);

#endif
