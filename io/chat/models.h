/*
 * models.h - what a server's list of its models says: which there are, and of the one that is
 * asked, its name, its context and who serves it.
 *
 * Servers write such lists in several ways, and some have none. A model that the user has named is
 * asked for all the same, whatever a list says or cannot say: then the server's note has a word
 * about it. Without a name a list must settle it.
 *
 * Ownership. Lists and entries live in the answer that they were found in.
 * Threads.   As in hear.h.
 * Errors.    CRUX_INVALID with a sentence in probe->error.
 */
#ifndef IO_CHAT_MODELS_H
#define IO_CHAT_MODELS_H

#include "io/chat/hear.h"

/* The list in an answer; NULL: there is none. */
const struct json *chat_models_in(const struct json *reply);

/* Their names with commas between them, cut where the room ends. */
void chat_models_list(const struct json *models, char *out, size_t room);

/* The entry of this name; of wanted NULL, the only one. NULL: there is none. */
const struct json *chat_models_entry(const struct json *models, const char *wanted);

/* Ask for the list. The server's model, context and round trip are known then, and maybe the
 * profile. */
int chat_models_find(struct chat_probe *probe);

#endif
