/*
 * critic_fixture.h - a served critic with all that stands behind it: a fake server, a backend named
 * `fake`, no store, no limits.
 *
 * What goes wrong while it is built ends the test.
 */
#ifndef TESTS_WORLD_CRITIC_FIXTURE_H
#define TESTS_WORLD_CRITIC_FIXTURE_H

#include "critics/crux_critics.h"
#include "tests/world/serving.h"

struct critic_fixture {
    struct serving serving;
    struct crux_backends *backends;
    struct crux_critic *critic;
};

struct critic_fixture_plan {
    enum crux_role role;
    const char *description; /* on backend fake; the server's kind follows from its dialect */
    const char *profile;     /* of a judge's server; NULL: vllm */
    const char *faults;      /* a script; NULL: none */
    const char *skill;       /* of the model; NULL: 0.9 */
};

void critic_fixture_open(struct critic_fixture *fixture, const struct critic_fixture_plan *plan);
void critic_fixture_close(struct critic_fixture *fixture);

#endif
