/*
 * steered.c - says to a search or a pass, and to its backends, what is said to the run.
 */
#include "io/cli/steered.h"

void steered_stop(const struct steered *steered)
{
    if (steered->search != NULL)
        crux_stop(steered->search);
    else
        passes_stop(steered->passes);
}

void steered_leave(const struct steered *steered)
{
    if (steered->backends != NULL)
        backends_leave(steered->backends);
}

void steered_call_off(const struct steered *steered)
{
    steered_leave(steered);
    if (steered->search != NULL)
        crux_call_off(steered->search);
    else
        passes_call_off(steered->passes);
}

uint64_t steered_flying(const struct steered *steered)
{
    struct crux_view view;

    if (steered->search == NULL)
        return passes_flying(steered->passes);
    crux_look(steered->search, &view);
    return view.in_flight;
}

void steered_load(const struct steered *steered, struct served_load *out)
{
    *out = (struct served_load){.at_servers = 0};
    if (steered->backends != NULL)
        backends_load(steered->backends, out);
}

uint64_t steered_out(const struct steered *steered)
{
    return steered->backends != NULL ? backends_out(steered->backends) : steered_flying(steered);
}

/* Backends first, so that no call is between the two. */
void steered_pause(const struct steered *steered)
{
    if (steered->backends != NULL)
        backends_pause(steered->backends);
    if (steered->search != NULL)
        crux_pause(steered->search);
    else
        passes_pause(steered->passes);
}

void steered_resume(const struct steered *steered)
{
    if (steered->backends != NULL)
        backends_resume(steered->backends);
    if (steered->search != NULL)
        crux_resume(steered->search);
    else
        passes_resume(steered->passes);
}

int steered_set_in_flight(const struct steered *steered, const char *backend, uint32_t in_flight,
                          struct crux_error *error)
{
    int status = CRUX_OK;

    if (backend != NULL && steered->backends == NULL)
        return crux_fail(error, CRUX_INVALID, "there is no backend %.80s: this run has none",
                         backend);
    if (steered->backends != NULL) {
        status = backends_set_in_flight(steered->backends, backend, in_flight, error);
        in_flight = backends_in_flight_now(steered->backends);
    }
    if (status != CRUX_OK)
        return status;
    return steered->search != NULL ? crux_set_in_flight(steered->search, in_flight, error)
                                   : passes_set_in_flight(steered->passes, in_flight, error);
}

int steered_set_limit_ns(const struct steered *steered, int64_t limit_ns, struct crux_error *error)
{
    return steered->search != NULL ? crux_set_limit_ns(steered->search, limit_ns, error)
                                   : passes_set_limit_ns(steered->passes, limit_ns, error);
}

void steered_look(const struct steered *steered, struct crux_steering *out)
{
    if (steered->search != NULL)
        crux_steered(steered->search, out);
    else
        passes_steered(steered->passes, out);
}
