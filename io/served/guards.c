/*
 * guards.c - what askers, and the transport itself, could use of a backend's replies; when all held
 * nothing, the run ends.
 *
 * The counting is evidence.c's. Here it gets its lock, and its end reaches the account. Askers come
 * from above and servers.c from beside, so this stands below both.
 */
#include "io/served/served.h"

#include "io/account.h"
#include "io/served/call.h"

void served_used(struct served *served, enum served_way way)
{
    (void)pthread_mutex_lock(&served->lock);
    evidence_used(&served->evidence[0], way);
    (void)pthread_mutex_unlock(&served->lock);
}

bool served_barren(struct served *served, struct crux_error *error)
{
    bool barren;

    (void)pthread_mutex_lock(&served->lock);
    barren = evidence_barren(&served->evidence[0], error);
    (void)pthread_mutex_unlock(&served->lock);
    return barren;
}

void served_dropped(struct served *served, enum served_way way, const struct crux_problem *problem,
                    const char *reason)
{
    struct crux_error why, named;
    bool over;

    if (way != SERVED_READ) /* else it has been counted as unreadable; relaxed: a count */
        atomic_fetch_add_explicit(&served->empty, 1, memory_order_relaxed);
    (void)pthread_mutex_lock(&served->lock);
    over = evidence_dropped(&served->evidence[0], way, problem, reason) &&
           evidence_barren(&served->evidence[0], &why);
    (void)pthread_mutex_unlock(&served->lock);
    if (!over)
        return;
    (void)crux_fail(&named, CRUX_INVALID, "%s: %s", served->name, why.text);
    account_halt(served->account, CRUX_INVALID, named.text);
}
