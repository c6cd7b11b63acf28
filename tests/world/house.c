/*
 * house.c - built from the ground up, and taken down from the roof.
 */
#include "tests/world/house.h"

#include <assert.h>
#include <stdio.h>

#include "io/chat/profile.h"

static void insist(int status, const struct crux_error *error)
{
    if (status != CRUX_OK)
        (void)fprintf(stderr, "house: %s\n", error->text);
    assert(status == CRUX_OK);
}

static void open_backends(struct house *house, const struct crux_chat *chat)
{
    const struct crux_paying nothing = {.store = NULL};
    const struct crux_endpoint endpoint = {.url = house->serving.url};
    struct crux_backend backend = crux_backend_default();
    struct crux_error error = {""};

    backend.endpoints = &endpoint;
    backend.endpoint_count = 1;
    backend.chat = *chat;
    insist(crux_backends_open(&house->backends, &nothing, &error), &error);
    insist(crux_backends_add(house->backends, &backend, &error), &error);
}

/* With it nothing is open, and the server is asked for nothing but what the test asks. */
static const char *best_route(const char *kind)
{
    const struct chat_profile *profile = chat_profile_find(kind, NULL);

    assert(profile != NULL);
    return chat_route_name(chat_profile_route(profile, false));
}

void house_open(struct house *house, const struct house_plan *plan)
{
    const char *arguments[16] = {"--kind", plan->kind, "--skill", "0.9"};
    struct crux_chat chat = crux_chat_default();
    struct crux_error error = {""};
    size_t count = 4;

    for (size_t i = 0; plan->arguments != NULL && plan->arguments[i] != NULL; i++) {
        assert(count < 15);
        arguments[count++] = plan->arguments[i];
    }
    *house = (struct house){.policy = NULL};
    serving_start(&house->serving, arguments);
    chat.profile = plan->kind;
    chat.model = "fake";
    chat.route = plan->route != NULL ? plan->route : best_route(plan->kind);
    chat.chat_template = "chatml";
    chat.slots = plan->per_request;
    chat.step_tokens = plan->step_tokens;
    chat.max_tokens = 512;
    chat.logprobs = !plan->no_logprobs;
    open_backends(house, &chat);
    insist(crux_policy_open(&house->policy, "chat", house->backends, &error), &error);
}

void house_close(struct house *house)
{
    crux_policy_close(house->policy);
    crux_backends_close(house->backends);
    serving_stop(&house->serving);
}
