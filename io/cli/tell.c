/*
 * tell.c - writes the line, and asks backends what they have paid since it began.
 */
#include "io/cli/tell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/backends/backends.h"
#include "io/cli/columns.h"
#include "io/clock.h"

enum { TELL_PLAIN_EVERY = 5, TELL_COLUMNS = 80 };

static struct crux_backend_sum tell_sum(struct crux_backends *backends)
{
    struct crux_backend_view now = {.name = ""};

    if (backends != NULL)
        crux_backends_sum(backends, &now);
    return (struct crux_backend_sum){now.calls, now.known,
                                     now.prompt_tokens + now.completion_tokens, now.price};
}

static bool tell_is_terminal(void)
{
    const char *kind = getenv("TERM");

    return isatty(STDERR_FILENO) && (kind == NULL || strcmp(kind, "dumb") != 0);
}

void tell_begin(struct tell *tell, bool shown, struct crux_backends *backends)
{
    *tell = (struct tell){.shown = shown,
                          .terminal = tell_is_terminal(),
                          .began_ns = clock_now_ns(),
                          .backends = backends,
                          .before = tell_sum(backends)};
}

/* A correction of what was booked may be downwards. */
static uint64_t tell_since(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

/* Of the calls in flight, as crux_look() counts them, those that no server has yet. The two are
 * not of one instant. */
static void tell_unsent(const struct crux_backends *backends, struct live *live)
{
    struct served_load load;

    backends_load(backends, &load);
    live->unsent = load.unsent < live->in_flight ? load.unsent : live->in_flight;
    live->in_flight -= live->unsent;
}

void tell_ask_backends(const struct tell *tell, struct live *live)
{
    const struct crux_backend_sum now = tell_sum(tell->backends);

    live->seconds = (double)(clock_now_ns() - tell->began_ns) / 1e9;
    if (tell->backends == NULL)
        return;
    live->calls = tell_since(now.calls, tell->before.calls);
    live->known = tell_since(now.known, tell->before.known);
    live->tokens = tell_since(now.tokens, tell->before.tokens);
    live->price = now.price > tell->before.price ? now.price - tell->before.price : 0;
    backends_heard(tell->backends, &live->heard);
    tell_unsent(tell->backends, live);
}

double tell_note(struct tell *tell, struct live *live, double units)
{
    int64_t now = clock_now_ns();

    pace_note(&tell->tokens, now, (double)live->tokens);
    pace_note(&tell->simulations, now, (double)live->simulations);
    pace_note(&tell->units, now, units);
    live->tokens_a_second = pace_of(&tell->tokens);
    live->simulations_a_second = pace_of(&tell->simulations);
    return pace_of(&tell->units);
}

/* A line that fills the last column would make some terminals begin another. */
static size_t tell_width(void)
{
    unsigned columns = columns_here(STDERR_FILENO, TELL_COLUMNS);

    return columns > 1 ? columns - 1 : 1;
}

void tell_beat(struct tell *tell, const struct live *live)
{
    char line[LIVE_LINE];

    if (!tell->shown || (!tell->terminal && ++tell->beats % TELL_PLAIN_EVERY != 0))
        return;
    live_line(line, live, tell->terminal ? tell_width() : 0);
    (void)fprintf(stderr, tell->terminal ? "\r\033[K%s" : "crux: %s\n", line);
    (void)fflush(stderr);
    tell->drawn = tell->terminal;
}

void tell_items(struct tell *tell, const struct tell_items *items)
{
    struct live live = {.noun = items->noun,
                        .done = items->done,
                        .problems = items->all,
                        .in_flight = items->in_flight,
                        .failed = items->failed};
    struct estimate_known known = {.problems = items->all, .done = items->done};

    tell_ask_backends(tell, &live);
    known.pace = tell_note(tell, &live, (double)items->done);
    known.seconds = live.seconds;
    known.calls = (double)live.calls;
    known.tokens = (double)live.tokens;
    known.price = (double)live.price;
    estimate_items(&live.left, &known);
    tell_beat(tell, &live);
}

void tell_clear(struct tell *tell)
{
    if (!tell->drawn)
        return;
    (void)fputs("\r\033[K", stderr);
    (void)fflush(stderr);
    tell->drawn = false;
}
