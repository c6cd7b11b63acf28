/*
 * bench_backends.c - does a small backend take places from a big one?
 *
 * Question   A policy has 254 requests in flight on one server; a judge has a backend of its own,
 *            with another price and a limit of 2 in flight, and is asked once in 200 calls of the
 *            policy. Do the policy's 254 places stay full? Are the limits held, the accounts
 *            apart?
 * Workload   Fake model servers on loopback (processes of their own), latency log-normal with a
 *            mean of LATENCY_MS. MCTS with two children per call and one rollout per leaf, 400
 *            simulations per problem, 8 per tree in flight, so two calls of the policy for each
 *            answer that is judged; of 100 answers the judge asks its server about one. SECONDS
 *            long, then the search is stopped.
 * Clock      The servers' own logs (CLOCK_MONOTONIC): a place is taken from the coming of a
 *            request to its end. Time counts from the first moment when all 254 were taken until
 *            the stop.
 * Left out   The beginning and the end of the run.
 * Check      No limit overstepped, calls of each account those of its server's log, their sum
 *            the sum, and the policy's places at least 97 % full; exit 1 otherwise.
 * Output     A row for each backend, then one for the sum.
 *
 *     bench_backends [SECONDS [LATENCY_MS]]        bench_backends 20 300
 */
#include "tests/world/court.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define FILL_LEAST 0.97

static bool bench_backends_hold(bool kept, const char *promise)
{
    if (!kept)
        (void)printf("broken: %s\n", promise);
    return kept;
}

static void print_backend(const struct crux_backend_view *view, const struct court_log *log,
                          uint32_t places)
{
    (void)printf("%-8s %9" PRIu64 " %9" PRIu64 " %11" PRIu64 " %11" PRIu64 " %11.6f", view->name,
                 view->calls, view->samples, view->prompt_tokens, view->completion_tokens,
                 (double)view->price / 1e9);
    if (log != NULL)
        (void)printf(" %7u %7u %7.2f %%", places, log->most, 100 * log->fill);
    (void)putchar('\n');
}

/* Calls that were broken off by the stop are in the server's log and in no account. */
static bool hold_side(const struct crux_backend_view *view, const struct court_log *log,
                      uint32_t places)
{
    bool kept =
        bench_backends_hold(log->most <= places, "a backend stays within its own limit in flight");

    return bench_backends_hold(view->calls <= log->requests &&
                                   view->calls + places >= log->requests,
                               "the account has the requests of the server's log") &&
           kept;
}

int main(int count, char **words)
{
    const char *latency = count > 2 ? words[2] : "300";
    char law[64];
    struct court_plan plan = {.in_flight = {254, 2},
                              .every = 140,
                              .problems = 100000,
                              .simulations = 400,
                              .per_tree = 8,
                              .open_trees = 512,
                              .latency = law,
                              .seconds = count > 1 ? strtod(words[1], NULL) : 20};
    struct crux_backend_view sides[COURT_SIDES], sum;
    struct court_log logs[COURT_SIDES];
    struct court court;
    bool kept;

    (void)snprintf(law, sizeof law, "lognormal:%s", latency);
    court_open(&court, &plan);
    court_run(&court);
    kept =
        bench_backends_hold(court.status == CRUX_STOPPED, "the search goes on until it is stopped");
    (void)printf("%-8s %9s %9s %11s %11s %11s %7s %7s %9s\n", "backend", "calls", "samples",
                 "prompt", "completion", "price", "places", "most", "full");
    for (int side = 0; side < COURT_SIDES; side++) {
        kept &= bench_backends_hold(crux_backends_look(court.backends, (size_t)side, &sides[side]),
                                    "each backend has an account");
        court_read_log(&court, side, &logs[side]);
        print_backend(&sides[side], &logs[side], plan.in_flight[side]);
        kept &= hold_side(&sides[side], &logs[side], plan.in_flight[side]);
    }
    crux_backends_sum(court.backends, &sum);
    sum.name = "in all";
    print_backend(&sum, NULL, 0);
    (void)printf("%.1f seconds, one call of the judge for %.0f of the policy\n",
                 logs[COURT_POLICY].seconds,
                 (double)sides[COURT_POLICY].calls / (double)(sides[COURT_JUDGE].calls + 1));
    kept &= bench_backends_hold(sum.calls == sides[0].calls + sides[1].calls &&
                                    sum.price == sides[0].price + sides[1].price,
                                "the accounts add up");
    kept &= bench_backends_hold(logs[COURT_POLICY].fill >= FILL_LEAST,
                                "the policy's places stay 97 % full");
    court_close(&court);
    return kept ? 0 : 1;
}
