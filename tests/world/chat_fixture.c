/*
 * chat_fixture.c - policy chat with a fake server, opened in that order and closed in the reverse
 * one.
 */
#include "tests/world/chat_fixture.h"

#include <assert.h>
#include <stdio.h>

#include "io/chat/profile.h"

static void insist(int status, const struct crux_error *error)
{
    if (status != CRUX_OK)
        (void)fprintf(stderr, "fixture: %s\n", error->text);
    assert(status == CRUX_OK);
}

static void open_backends(struct chat_fixture *fixture, const struct crux_chat *chat)
{
    const struct crux_paying nothing = {.store = NULL};
    const struct crux_endpoint endpoint = {.url = fixture->serving.url};
    struct crux_backend backend = crux_backend_default();
    struct crux_error error = {""};

    backend.endpoints = &endpoint;
    backend.endpoint_count = 1;
    backend.chat = *chat;
    insist(crux_backends_open(&fixture->backends, &nothing, &error), &error);
    insist(crux_backends_add(fixture->backends, &backend, &error), &error);
}

/* With it nothing is open, and the server is asked for nothing but what the test asks. */
static const char *best_route(const char *kind)
{
    const struct chat_profile *profile = chat_profile_find(kind, NULL);

    assert(profile != NULL);
    return chat_route_name(chat_profile_route(profile, false));
}

void chat_fixture_open(struct chat_fixture *fixture, const struct chat_fixture_plan *plan)
{
    const char *arguments[16] = {"--kind", plan->kind, "--skill", "0.9"};
    struct crux_chat chat = crux_chat_default();
    struct crux_error error = {""};
    size_t count = 4;

    for (size_t i = 0; plan->arguments != NULL && plan->arguments[i] != NULL; i++) {
        assert(count < 15);
        arguments[count++] = plan->arguments[i];
    }
    *fixture = (struct chat_fixture){.policy = NULL};
    serving_start(&fixture->serving, arguments);
    chat.profile = plan->kind;
    chat.model = "fake";
    chat.route = plan->route != NULL ? plan->route : best_route(plan->kind);
    chat.chat_template = "chatml";
    chat.slots = plan->per_request;
    chat.step_tokens = plan->step_tokens;
    chat.max_tokens = 512;
    chat.logprobs = !plan->no_logprobs;
    chat.entropy = plan->entropy;
    open_backends(fixture, &chat);
    insist(crux_policy_open(&fixture->policy, "chat", fixture->backends, &error), &error);
}

void chat_fixture_close(struct chat_fixture *fixture)
{
    crux_policy_close(fixture->policy);
    crux_backends_close(fixture->backends);
    serving_stop(&fixture->serving);
}
