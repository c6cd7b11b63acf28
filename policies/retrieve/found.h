/*
 * found.h - documents become proposals.
 *
 * A document's text in a tree is a line `[ID] TITLE`, or `[ID]`, then what it says, its lines
 * parted by '\v' as in every step; cut at the end of a word where it is longer than it may be. Its
 * prior is its score where all have one above 0, else 1, 1/2, 1/3 ... in their order: the search
 * makes shares of them.
 *
 * Ownership. found_reply() hands the memory to the reply, which found_release() gives back.
 * Threads.   One at a time.
 */
#ifndef POLICIES_RETRIEVE_FOUND_H
#define POLICIES_RETRIEVE_FOUND_H

#include "policies/retrieve/wanted.h"
#include "search/crux.h"

struct found;

/* Room for most documents of at most that many bytes each. NULL: no memory. */
struct found *found_open(uint32_t most, uint32_t bytes);
void found_close(struct found *found); /* NULL is fine */

/* One more, unless one with its id is there. CRUX_OK, CRUX_MEMORY; CRUX_END: there is no room. */
int found_add(struct found *found, const struct retrieved *document);
bool found_is_full(const struct found *found);

void found_reply(struct crux_reply *out, struct found *found);
void found_release(struct crux_reply *reply);

/* Is this step's text that of the document with this id? */
bool found_is_of(const char *text, const char *id);

#endif
