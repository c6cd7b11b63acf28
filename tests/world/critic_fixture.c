/*
 * critic_fixture.c - a served critic and its fake server, opened in order and closed in the reverse
 * one.
 */
#include "tests/world/critic_fixture.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static void critic_insist(int status, const struct crux_error *error)
{
    if (status != CRUX_OK)
        (void)fprintf(stderr, "critic fixture: %s\n", error->text);
    assert(status == CRUX_OK);
}

/* The kind of server that has the dialect of a description. */
static const char *kind_of(const struct critic_fixture_plan *plan)
{
    static const char *const kinds[] = {"sglang", "llamacpp", "tei"};
    const char *dialect = strstr(plan->description, "dialect=");

    for (size_t i = 0; dialect != NULL && i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(dialect + strlen("dialect="), kinds[i], strlen(kinds[i])) == 0)
            return kinds[i];
    return dialect == NULL && plan->profile != NULL ? plan->profile : "vllm";
}

static void open_critic_backend(struct critic_fixture *fixture,
                                const struct critic_fixture_plan *plan)
{
    const struct crux_paying nothing = {.store = NULL};
    const struct crux_endpoint endpoint = {.url = fixture->serving.url};
    struct crux_backend backend = crux_backend_default();
    struct crux_error error = {""};

    backend.name = "fake";
    backend.endpoints = &endpoint;
    backend.endpoint_count = 1;
    backend.chat.profile = plan->profile != NULL ? plan->profile : "vllm";
    backend.chat.model = "fake";
    backend.chat.route = "next";
    backend.chat.max_tokens = 512;
    critic_insist(crux_backends_open(&fixture->backends, &nothing, &error), &error);
    critic_insist(crux_backends_add(fixture->backends, &backend, &error), &error);
}

void critic_fixture_open(struct critic_fixture *fixture, const struct critic_fixture_plan *plan)
{
    const char *arguments[] = {"--kind",
                               kind_of(plan),
                               "--skill",
                               plan->skill != NULL ? plan->skill : "0.9",
                               plan->faults != NULL ? "--faults" : NULL,
                               plan->faults,
                               NULL};
    struct crux_error error = {""};

    *fixture = (struct critic_fixture){.critic = NULL};
    serving_start(&fixture->serving, arguments);
    open_critic_backend(fixture, plan);
    critic_insist(crux_critic_open(&fixture->critic, plan->role, plan->description,
                                   fixture->backends, &error),
                  &error);
}

void critic_fixture_close(struct critic_fixture *fixture)
{
    crux_critic_close(fixture->critic);
    crux_backends_close(fixture->backends);
    serving_stop(&fixture->serving);
}
