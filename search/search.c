/*
 * search.c - the public functions of a search: open, run, stop, look, close.
 */
#include "search/crew.h"
#include "search/setup.h"

#include <assert.h>
#include <stdlib.h>

int crux_open(struct crux_search **out, const struct crux_setup *setup, struct crux_error *error)
{
    struct crux_search *search;
    int status = setup_check(setup, error);

    assert(out != NULL);
    if (status != CRUX_OK)
        return status;
    search = aligned_alloc(64, (sizeof *search + 63) / 64 * 64);
    if (search == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a search");
    *search = (struct crux_search){.crew = {.open_count = 0}};
    status = crew_open(&search->crew, setup, error);
    if (status != CRUX_OK) {
        crux_close(search);
        return status;
    }
    *out = search;
    return CRUX_OK;
}

void crux_close(struct crux_search *search)
{
    if (search == NULL)
        return;
    crew_close(&search->crew);
    free(search);
}

int crux_run(struct crux_search *search, struct crux_source *source, struct crux_sink *sink,
             struct crux_error *error)
{
    assert(source != NULL && sink != NULL);
    search->crew.source = source;
    search->crew.sink = sink;
    return crew_run(&search->crew, error);
}

void crux_stop(struct crux_search *search)
{
    run_halt(&search->crew.run, HALT_STOP);
    crew_resume(&search->crew); /* what was held back ends */
}

static void search_add_lane(struct crux_view *view, const struct lane_counts *counts)
{
    view->simulations += lane_counted(&counts->simulations);
    view->withdrawn += lane_counted(&counts->withdrawn);
    view->calls += lane_counted(&counts->calls);
    view->prompt_tokens += lane_counted(&counts->prompt_tokens);
    view->completion_tokens += lane_counted(&counts->completion_tokens);
    view->price += atomic_load_explicit(&counts->price, memory_order_relaxed);
}

void crux_look(const struct crux_search *search, struct crux_view *out)
{
    const struct crew *crew = &search->crew;

    *out = (struct crux_view){
        .trees_done = lane_counted(&crew->counts.trees_done),
        .trees_failed = lane_counted(&crew->counts.trees_failed),
        .pairs = lane_counted(&crew->counts.pairs),
        .rights = lane_counted(&crew->counts.rights),
        .unnoted = lane_counted(&crew->counts.unnoted),
        .in_flight = admission_look(&crew->admission).in_flight,
        .trees_open = atomic_load_explicit(&crew->trees_left, memory_order_relaxed),
    };
    for (uint32_t i = 0; i < crew->schedule.lane_count; i++)
        search_add_lane(out, &crew->schedule.lanes[i].counts);
}
