/*
 * hanging_policy.c - the policy and its clock. Hanging calls are a list; whatever takes one out of
 * it answers it.
 */
#include "tests/world/hanging_policy.h"

#include <assert.h>
#include <stddef.h>

static struct crux_port *inner(struct hanging_policy *hanging)
{
    return &hanging->fixture->world.policy.port;
}

static void hang(struct hanging_policy *hanging, struct hanging_policy_call what)
{
    (void)pthread_mutex_lock(&hanging->lock);
    assert(hanging->count < HANGING_MOST);
    hanging->calls[hanging->count++] = what;
    (void)pthread_mutex_unlock(&hanging->lock);
}

/* Take a hanging call out: this one, or for NULL any that may be answered. */
static bool take(struct hanging_policy *hanging, const struct crux_call *call,
                 struct hanging_policy_call *out)
{
    bool found = false;

    (void)pthread_mutex_lock(&hanging->lock);
    for (uint32_t i = 0; i < hanging->count && !found; i++) {
        found = call != NULL ? hanging->calls[i].call == call
                             : hanging->calls[i].cancelled || hanging->answers_in_time;
        if (found) {
            *out = hanging->calls[i];
            hanging->calls[i] = hanging->calls[--hanging->count];
        }
    }
    (void)pthread_mutex_unlock(&hanging->lock);
    return found;
}

/* --- the port -------------------------------------------------------------------------- */

/* The states asked about: is it the one that hung last? */
static bool note_state(struct hanging_policy *hanging, uint64_t key, bool hangs)
{
    bool again;

    (void)pthread_mutex_lock(&hanging->lock);
    again = hanging->last_key == key;
    if (hangs)
        hanging->last_key = key;
    (void)pthread_mutex_unlock(&hanging->lock);
    return again;
}

static int ask(struct crux_port *port, struct crux_call *call)
{
    struct hanging_policy *hanging = (struct hanging_policy *)(void *)port;
    uint64_t number = atomic_fetch_add(&hanging->asked, 1) + 1;
    bool hangs = number == hanging->only || (hanging->every > 0 && number % hanging->every == 0);
    int64_t patience_ns = hanging->fixture->setup.deadline_ns;

    hanging->wrong_deadlines +=
        call->deadline_ns != (patience_ns == 0 ? 0 : hanging->now_ns + patience_ns);
    hanging->asked_again += note_state(hanging, call->state.key, hangs);
    if (!hangs)
        return inner(hanging)->ask(inner(hanging), call);
    hanging->hung++;
    hang(hanging, (struct hanging_policy_call){call, call->ticket, false});
    return CRUX_PENDING;
}

/* Tickets of before and of never are turned away; the right one is good, once. */
static void complete(struct hanging_policy *hanging, const struct hanging_policy_call *what,
                     int status)
{
    uint64_t wrong = 0;

    wrong += crux_complete(what->call, what->ticket - 1, CRUX_DONE);
    wrong += crux_complete(what->call, 0, CRUX_DONE);
    wrong += !crux_complete(what->call, what->ticket, status);
    hanging->wrong_tickets += wrong;
}

static void answer(struct hanging_policy *hanging, const struct hanging_policy_call *what)
{
    complete(hanging, what, inner(hanging)->ask(inner(hanging), what->call));
}

static void cancel(struct crux_port *port, struct crux_call *call)
{
    struct hanging_policy *hanging = (struct hanging_policy *)(void *)port;
    struct hanging_policy_call what;

    hanging->cancelled++;
    hanging->asked_at_cancel = hanging->asked;
    if (!take(hanging, call, &what)) {
        hanging->wrong_cancels++;
        return;
    }
    hanging->wrong_cancels += what.cancelled;
    what.cancelled = true;
    switch (hanging->hurry) {
    case HANGING_GIVES_UP:
        complete(hanging, &what, CRUX_CANCELLED);
        break;
    case HANGING_FAILS:
        complete(hanging, &what, CRUX_FAILED);
        break;
    case HANGING_ANSWERS:
        answer(hanging, &what);
        break;
    case HANGING_ANSWERS_LATER:
        hang(hanging, what);
        break;
    }
}

static void release(struct crux_port *port, struct crux_reply *reply)
{
    struct hanging_policy *hanging = (struct hanging_policy *)(void *)port;

    inner(hanging)->release(inner(hanging), reply);
}

/* --- the clock --------------------------------------------------------------------------- */

static struct hanging_policy *hanging_policy_of(struct crux_clock *clock)
{
    return (struct hanging_policy *)(void *)((char *)clock -
                                             offsetof(struct hanging_policy, clock));
}

static int64_t now_ns(struct crux_clock *clock)
{
    return hanging_policy_of(clock)->now_ns;
}

/* Nobody has anything to do: time moves, and what may be answered is. */
static bool idle(struct crux_clock *clock)
{
    struct hanging_policy *hanging = hanging_policy_of(clock);
    struct hanging_policy_call what;
    bool waiting;

    (void)pthread_mutex_lock(&hanging->lock);
    waiting = hanging->count > 0;
    (void)pthread_mutex_unlock(&hanging->lock);
    if (!waiting)
        return false;
    hanging->now_ns += hanging->step_ns;
    if (take(hanging, NULL, &what))
        answer(hanging, &what);
    return true;
}

void hanging_policy_open(struct hanging_policy *hanging, struct search_fixture *fixture)
{
    *hanging = (struct hanging_policy){
        .policy = {{"hanging", false, ask, cancel, release, NULL}, true, false},
        .clock = {now_ns, idle},
        .fixture = fixture,
        .step_ns = 4 * HANGING_SECOND,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .now_ns = 5 * HANGING_SECOND,
    };
    fixture->setup.policies[CRUX_STEP] = &hanging->policy;
    fixture->setup.clock = &hanging->clock;
    fixture->setup.deadline_ns = 10 * HANGING_SECOND;
    fixture->setup.workers = 1;
}
