/*
 * slow.c - hanging calls are a list; who takes one out of it answers it.
 */
#include "tests/world/slow.h"

#include <assert.h>
#include <stddef.h>

static struct crux_port *inner(struct slow *slow)
{
    return &slow->trial->world.policy.port;
}

static void hang(struct slow *slow, struct slow_call what)
{
    (void)pthread_mutex_lock(&slow->lock);
    assert(slow->count < SLOW_MOST);
    slow->calls[slow->count++] = what;
    (void)pthread_mutex_unlock(&slow->lock);
}

/* Take a hanging call out: this one, or for NULL any that may be answered. */
static bool take(struct slow *slow, const struct crux_call *call, struct slow_call *out)
{
    bool found = false;

    (void)pthread_mutex_lock(&slow->lock);
    for (uint32_t i = 0; i < slow->count && !found; i++) {
        found = call != NULL ? slow->calls[i].call == call
                             : slow->calls[i].cancelled || slow->answers_in_time;
        if (found) {
            *out = slow->calls[i];
            slow->calls[i] = slow->calls[--slow->count];
        }
    }
    (void)pthread_mutex_unlock(&slow->lock);
    return found;
}

/* --- the port -------------------------------------------------------------------------- */

/* The states asked about: is it the one that hung last? */
static bool note_state(struct slow *slow, uint64_t key, bool hangs)
{
    bool again;

    (void)pthread_mutex_lock(&slow->lock);
    again = slow->last_key == key;
    if (hangs)
        slow->last_key = key;
    (void)pthread_mutex_unlock(&slow->lock);
    return again;
}

static int ask(struct crux_port *port, struct crux_call *call)
{
    struct slow *slow = (struct slow *)(void *)port;
    uint64_t number = atomic_fetch_add(&slow->asked, 1) + 1;
    bool hangs = number == slow->only || (slow->every > 0 && number % slow->every == 0);
    int64_t patience_ns = slow->trial->setup.deadline_ns;

    slow->wrong_deadlines +=
        call->deadline_ns != (patience_ns == 0 ? 0 : slow->now_ns + patience_ns);
    slow->asked_again += note_state(slow, call->state.key, hangs);
    if (!hangs)
        return inner(slow)->ask(inner(slow), call);
    slow->hung++;
    hang(slow, (struct slow_call){call, call->ticket, false});
    return CRUX_PENDING;
}

/* Tickets of before and of never are turned away; the right one is good, once. */
static void complete(struct slow *slow, const struct slow_call *what, int status)
{
    uint64_t wrong = 0;

    wrong += crux_complete(what->call, what->ticket - 1, CRUX_DONE);
    wrong += crux_complete(what->call, 0, CRUX_DONE);
    wrong += !crux_complete(what->call, what->ticket, status);
    slow->wrong_tickets += wrong;
}

static void answer(struct slow *slow, const struct slow_call *what)
{
    complete(slow, what, inner(slow)->ask(inner(slow), what->call));
}

static void cancel(struct crux_port *port, struct crux_call *call)
{
    struct slow *slow = (struct slow *)(void *)port;
    struct slow_call what;

    slow->cancelled++;
    slow->asked_at_cancel = slow->asked;
    if (!take(slow, call, &what)) {
        slow->wrong_cancels++;
        return;
    }
    slow->wrong_cancels += what.cancelled;
    what.cancelled = true;
    switch (slow->hurry) {
    case SLOW_GIVES_UP:
        complete(slow, &what, CRUX_CANCELLED);
        break;
    case SLOW_FAILS:
        complete(slow, &what, CRUX_FAILED);
        break;
    case SLOW_ANSWERS:
        answer(slow, &what);
        break;
    case SLOW_ANSWERS_LATER:
        hang(slow, what);
        break;
    }
}

static void release(struct crux_port *port, struct crux_reply *reply)
{
    struct slow *slow = (struct slow *)(void *)port;

    inner(slow)->release(inner(slow), reply);
}

/* --- the clock --------------------------------------------------------------------------- */

static struct slow *slow_of(struct crux_clock *clock)
{
    return (struct slow *)(void *)((char *)clock - offsetof(struct slow, clock));
}

static int64_t now_ns(struct crux_clock *clock)
{
    return slow_of(clock)->now_ns;
}

/* Nobody has anything to do: time moves, and what may be answered is. */
static bool idle(struct crux_clock *clock)
{
    struct slow *slow = slow_of(clock);
    struct slow_call what;
    bool waiting;

    (void)pthread_mutex_lock(&slow->lock);
    waiting = slow->count > 0;
    (void)pthread_mutex_unlock(&slow->lock);
    if (!waiting)
        return false;
    slow->now_ns += slow->step_ns;
    if (take(slow, NULL, &what))
        answer(slow, &what);
    return true;
}

void slow_open(struct slow *slow, struct trial *trial)
{
    *slow = (struct slow){
        .policy = {{"slow", false, ask, cancel, release, NULL}},
        .clock = {now_ns, idle},
        .trial = trial,
        .step_ns = 4 * SLOW_SECOND,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .now_ns = 5 * SLOW_SECOND,
    };
    trial->setup.policies[CRUX_STEP] = &slow->policy;
    trial->setup.clock = &slow->clock;
    trial->setup.deadline_ns = 10 * SLOW_SECOND;
    trial->setup.workers = 1;
}
