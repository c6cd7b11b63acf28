/*
 * notes.h - the reply of an annotator: one block with a copy of its note.
 *
 * Pure; any thread.
 */
#ifndef CRITICS_NOTES_H
#define CRITICS_NOTES_H

#include "search/crux.h"

/* What is said of a path in which nothing is wrong (MMC's fixed text for right paths). */
#define NOTES_NOTHING "No correction is needed."

/* A copy of a note, with all that it points to, becomes the reply's; NULL: nothing is said.
 * What the reply knows of cost stays. CRUX_DONE, or CRUX_MEMORY with its sentence in the reply. */
int notes_reply(struct crux_reply *out, const struct crux_note *note);

/* As a port's release(). */
void notes_release(struct crux_port *port, struct crux_reply *reply);

#endif
