/*
 * chat_fixture.h - policy chat with all that stands behind it: a fake model server, a backend
 * without a store, an account without limits.
 *
 * What goes wrong while it is built ends the test.
 */
#ifndef TESTS_WORLD_CHAT_FIXTURE_H
#define TESTS_WORLD_CHAT_FIXTURE_H

#include "policies/crux_policies.h"
#include "tests/world/serving.h"

struct chat_fixture {
    struct serving serving;
    struct crux_backends *backends;
    struct crux_policy *policy;
};

struct chat_fixture_plan {
    const char *kind;             /* of server, and profile */
    const char *route;            /* NULL: the best */
    const char *const *arguments; /* of the server, up to a NULL; NULL: none */
    uint32_t per_request, step_tokens;
    bool no_logprobs, entropy;
};

void chat_fixture_open(struct chat_fixture *fixture, const struct chat_fixture_plan *plan);
void chat_fixture_close(struct chat_fixture *fixture);

#endif
