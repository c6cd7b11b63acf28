/*
 * steer.c - the public functions that steer a search while it runs.
 */
#include "search/crux_steer.h"

#include "search/crew.h"

enum { STEER_IN_FLIGHT_MOST = 65536 };

void crux_pause(struct crux_search *search)
{
    crew_pause(&search->crew);
}

void crux_resume(struct crux_search *search)
{
    crew_resume(&search->crew);
}

int crux_set_in_flight(struct crux_search *search, uint32_t in_flight, struct crux_error *error)
{
    if (in_flight == 0 || in_flight > STEER_IN_FLIGHT_MOST)
        return crux_fail(error, CRUX_INVALID, "calls in flight are 1 .. %d, not %u",
                         STEER_IN_FLIGHT_MOST, in_flight);
    crew_set_in_flight(&search->crew, in_flight);
    return CRUX_OK;
}

int crux_set_limit_ns(struct crux_search *search, int64_t limit_ns, struct crux_error *error)
{
    if (limit_ns < 0)
        return crux_fail(error, CRUX_INVALID, "limit_ns must not be negative, as %lld is",
                         (long long)limit_ns);
    run_limit(&search->crew.run, limit_ns);
    crew_wake_all(&search->crew); /* workers that sleep without a limit look at the clock now */
    return CRUX_OK;
}

bool crux_more(struct crux_search *search)
{
    return crew_more(&search->crew);
}

void crux_call_off(struct crux_search *search)
{
    struct run *run = &search->crew.run;

    /* relaxed: the lanes that are woken look at it; a lane that looks too soon is woken by whoever
     * says it again. */
    atomic_store_explicit(&run->hurries, true, memory_order_relaxed);
    crux_stop(search);
    crew_wake_all(&search->crew);
}

void crux_steered(const struct crux_search *search, struct crux_steering *out)
{
    const struct crew *crew = &search->crew;
    const struct admission_view admission = admission_look(&crew->admission);

    *out = (struct crux_steering){
        .paused = admission.paused,
        .stopped = run_halted(&crew->run) != HALT_NO,
        .in_flight = admission.most,
        .limit_ns = atomic_load_explicit(&crew->run.limit_ns, memory_order_relaxed),
    };
}
