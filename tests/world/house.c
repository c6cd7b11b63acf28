/*
 * house.c - built from the ground up, and taken down from the roof.
 */
#include "tests/world/house.h"

#include <assert.h>
#include <stdio.h>

#include "io/account.h"
#include "io/ledger/ledger.h"
#include "io/served/served.h"

static void insist(int status, const struct crux_error *error)
{
    if (status != CRUX_OK)
        (void)fprintf(stderr, "house: %s\n", error->text);
    assert(status == CRUX_OK);
}

static void open_served(struct house *house)
{
    const struct account_limits none = {.calls = 0};
    const struct http_server server = {.url = house->serving.url};
    struct served_options options = {
        .name = "house", .model = "fake", .http = http_options_default()};
    struct crux_error error = {""};

    insist(ledger_open(&house->ledger, NULL, &error), &error);
    insist(account_open(&house->account, &none, &error), &error);
    options.http.servers = &server;
    options.http.server_count = 1;
    options.ledger = house->ledger;
    options.account = house->account;
    insist(served_open(&house->served, &options, &error), &error);
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
    open_served(house);
    chat.profile = plan->kind;
    chat.model = "fake";
    chat.route = plan->route;
    chat.frame = "chatml";
    chat.slots = plan->per_request;
    chat.step_tokens = plan->step_tokens;
    chat.max_tokens = 512;
    chat.logprobs = !plan->no_logprobs;
    insist(crux_chat_open(&house->policy, &chat, house->served, &error), &error);
}

void house_close(struct house *house)
{
    crux_policy_close(house->policy);
    served_close(house->served);
    account_close(house->account);
    ledger_close(house->ledger);
    serving_stop(&house->serving);
}
