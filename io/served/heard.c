/*
 * heard.c - adds up what the client below has counted, and what was counted here.
 */
#include "io/served/served.h"

#include "io/served/call.h"

const char *served_fault_name(enum served_fault fault)
{
    static const char *const names[SERVED_FAULTS] = {
        [SERVED_BUSY] = "busy",     [SERVED_FAULTY] = "faulty", [SERVED_UNREADABLE] = "unreadable",
        [SERVED_DENIED] = "denied", [SERVED_LATE] = "late",     [SERVED_EMPTY] = "empty",
    };

    return names[fault];
}

uint64_t served_heard_faults(const struct served_heard *heard)
{
    uint64_t sum = 0;

    for (int i = 0; i < SERVED_FAULTS; i++)
        sum += heard->faults[i];
    return sum;
}

void served_went_on(struct served *served, uint64_t continued, uint64_t restarts)
{
    /* relaxed: counts, and nothing else. */
    atomic_fetch_add_explicit(&served->continued, continued, memory_order_relaxed);
    atomic_fetch_add_explicit(&served->restarts, restarts, memory_order_relaxed);
}

/* By what came of each request. */
static void heard_add_requests(struct http_client *client, uint64_t faults[SERVED_FAULTS])
{
    struct http_view view;

    http_look(client, &view);
    faults[SERVED_BUSY] += view.tried[HTTP_BUSY];
    faults[SERVED_FAULTY] += view.tried[HTTP_FAULTY];
    faults[SERVED_UNREADABLE] += view.tried[HTTP_BAD];
    faults[SERVED_DENIED] += view.tried[HTTP_FATAL] + view.tried[HTTP_REFUSED];
    faults[SERVED_LATE] += view.tried[HTTP_LATE];
}

void served_add_heard(struct served *served, struct served_heard *sum)
{
    if (served->http != NULL)
        heard_add_requests(served->http, sum->faults);
    /* relaxed: see above. */
    sum->faults[SERVED_UNREADABLE] +=
        atomic_load_explicit(&served->unreadable, memory_order_relaxed);
    sum->faults[SERVED_EMPTY] += atomic_load_explicit(&served->empty, memory_order_relaxed);
    sum->continued += atomic_load_explicit(&served->continued, memory_order_relaxed);
    sum->restarts += atomic_load_explicit(&served->restarts, memory_order_relaxed);
}
