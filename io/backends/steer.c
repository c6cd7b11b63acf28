/*
 * steer.c - backends while they are asked are given other limits.
 */
#include <string.h>
#include <utlist.h>

#include "io/backends/inside.h"

void backends_limited(struct crux_backends *backends, struct account_limits *out)
{
    account_limited(backends->account, out);
}

static int steer_set_shared(struct crux_backends *backends, uint32_t in_flight,
                            struct crux_error *error)
{
    struct backend *backend;
    int status = CRUX_OK;

    LL_FOREACH (backends->first, backend)
        if (status == CRUX_OK && backend->in_flight == 0)
            status = served_set_in_flight(backend->served, in_flight, error);
    if (status != CRUX_OK)
        return status;
    backends->shared = in_flight;
    backends_hold(backends); /* programs look at it when they are told how to go on */
    return CRUX_OK;
}

int backends_set_in_flight(struct crux_backends *backends, const char *name, uint32_t in_flight,
                           struct crux_error *error)
{
    struct backend *backend;
    struct served *served;
    int status;

    if (in_flight == 0 || in_flight > BACKENDS_IN_FLIGHT_MOST)
        return crux_fail(error, CRUX_INVALID, "calls in flight are 1 .. %d, not %u",
                         BACKENDS_IN_FLIGHT_MOST, in_flight);
    if (name == NULL)
        return steer_set_shared(backends, in_flight, error);
    if (strcmp(name, BACKENDS_UNNAMED) == 0) /* as crux cost calls it */
        name = "";
    status = backends_find(&served, backends, name, error);
    if (status != CRUX_OK)
        return status;
    backend = backends_of_name(backends, name);
    status = served_set_in_flight(served, in_flight, error);
    if (status == CRUX_OK)
        backend->in_flight = in_flight;
    return status;
}

uint32_t backends_in_flight_now(const struct crux_backends *backends)
{
    return backends_in_flight(backends, backends->shared);
}

void backends_load(const struct crux_backends *backends, struct served_load *out)
{
    const struct backend *backend;

    *out = (struct served_load){.at_servers = 0};
    services_add_load(backends->services, out);
    LL_FOREACH (backends->first, backend)
        served_add_load(backend->served, out);
}

uint64_t backends_most(const struct crux_backends *backends)
{
    return backends_room(backends, backends->shared).at_servers;
}

/* Where no server tells, it is what is paid for when it comes. */
uint64_t backends_out(struct crux_backends *backends)
{
    struct crux_backend_view view;
    struct served_load load;
    uint64_t out;

    backends_load(backends, &load);
    out = load.at_servers;
    for (size_t i = 0; crux_backends_look(backends, i, &view); i++)
        if (strcmp(view.name, LOCAL_PROGRAM) == 0 || strcmp(view.name, LOCAL_JAILS) == 0)
            out += view.in_flight;
    return out;
}
