/*
 * verdict.h - the fake model as a judge: what it says of a solution that it is shown.
 *
 * It works out the problem in the prompt itself, so it knows the first wrong step; with probability
 * 1 - skill it says something else. Asked for one word it says Yes or No, with both among the
 * likeliest tokens. Asked for a JSON object by its schema it fills in the members: `score` and
 * other whole numbers 0 .. 10, `first_error`, `wrong`, `better`, and a sentence where a text is
 * wanted. Of two it prefers the one whose text has the larger hash, in either order.
 *
 * All is a function of seed, prompt and skill. Pure; any thread.
 */
#ifndef TESTS_WORLD_SERVER_VERDICT_H
#define TESTS_WORLD_SERVER_VERDICT_H

#include "io/json.h"
#include "tests/world/server/brain.h"

/* Is it asked for Yes or No? */
bool verdict_is_word(const char *prompt);

/* schema: NULL for a word. The reply's text is cleared first. */
void verdict_think(struct brain_reply *reply, const struct brain *brain, const struct json *schema,
                   const char *prompt, size_t length);

#endif
