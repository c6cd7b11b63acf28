/*
 * compose.h - from a body to the bytes on the wire, with the fault that the script wants.
 */
#ifndef TESTS_WORLD_SERVER_COMPOSE_H
#define TESTS_WORLD_SERVER_COMPOSE_H

#include "tests/world/server/ask.h"
#include "tests/world/server/script.h"
#include "tests/world/server/wire.h"

struct composition {
    const struct model *model;
    const struct script_rule *rule; /* NULL: nothing is wrong */
    int status;
    const char *content_type;
    const char *header; /* one more line, or NULL */
    struct text body;   /* stays the caller's */
};

/* The reply's bytes are new. */
struct wire_reply compose(const struct composition *what);

/* The answer that a rule SCRIPT_REPLY gives instead of the model's. */
struct wire_reply compose_scripted(const struct model *model, const struct script_rule *rule);

#endif
