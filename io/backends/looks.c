/*
 * looks.c - what backends have cost and how they are doing, for other threads.
 */
#include <string.h>
#include <utlist.h>

#include "io/backends/inside.h"

static void put_paid(struct crux_backend_view *out, const struct account_sum *paid)
{
    out->calls = paid->calls;
    out->samples = paid->samples;
    out->prompt_tokens = paid->prompt;
    out->cached_tokens = paid->cached;
    out->completion_tokens = paid->completion;
    out->reasoning_tokens = paid->reasoning;
    out->price = paid->price;
}

bool crux_backends_look(struct crux_backends *backends, size_t index, struct crux_backend_view *out)
{
    const struct account_payer *payer = account_payer_at(backends->account, index);
    const struct backend *backend;
    const struct served *service;
    struct served_view served = {.questions = 0};
    struct account_sum paid;

    if (payer == NULL)
        return false;
    *out = (struct crux_backend_view){.name = account_payer_name(payer)};
    account_look_at(backends->account, payer, &paid, &out->in_flight);
    put_paid(out, &paid);
    backend = backends_of_name(backends, strcmp(out->name, BACKENDS_UNNAMED) == 0 ? "" : out->name);
    if (backend != NULL)
        served_look(backend->served, &served);
    else if ((service = services_of_name(backends->services, out->name)) != NULL)
        served_look(service, &served);
    local_look(backends->locals, out->name, &served);
    out->questions = served.questions;
    out->known = served.known;
    return true;
}

void backends_heard(const struct crux_backends *backends, struct served_heard *out)
{
    const struct backend *backend;

    *out = (struct served_heard){.continued = 0};
    LL_FOREACH (backends->first, backend)
        served_add_heard(backend->served, out);
    services_add_heard(backends->services, out);
    local_add_heard(backends->locals, out);
}

void crux_backends_sum(struct crux_backends *backends, struct crux_backend_view *out)
{
    struct crux_backend_view each;
    struct account_sum paid;

    *out = (struct crux_backend_view){.name = ""};
    account_look(backends->account, &paid, NULL);
    put_paid(out, &paid);
    for (size_t i = 0; crux_backends_look(backends, i, &each); i++) {
        out->questions += each.questions;
        out->known += each.known;
        out->in_flight += each.in_flight;
    }
}
