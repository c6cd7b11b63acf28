/*
 * routes.h - what the fake server says of itself, by kind: models, health, properties,
 * templates, tokens.
 */
#ifndef TESTS_WORLD_SERVER_ROUTES_H
#define TESTS_WORLD_SERVER_ROUTES_H

#include "tests/world/server/ask.h"
#include "tests/world/server/wire.h"

/* Is this a route to the model, and is it the chat one? */
bool routes_model(const struct wire_request *request, bool *chat);

/* The body of any other route; the status, 404 for what this kind of server has not. */
int routes_answer(struct text *body, const struct model *model, const struct wire_request *request);

#endif
