/*
 * court.c - opens servers, backends, ports and search of two backends, in that order.
 */
#include "tests/world/court.h"

#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "critics/crux_critics.h"
#include "policies/crux_policies.h"
#include "tests/world/judge.h"

#define JUDGE "judge"

enum { PROMPT = 256 };

static const char *const names[COURT_SIDES] = {NULL, JUDGE};

/* In billionths per million tokens. */
static const int64_t prices[COURT_SIDES] = {1000000000, 30000000000};

static void court_insist(int status, const struct crux_error *error)
{
    if (status != CRUX_OK)
        (void)fprintf(stderr, "court: %s\n", error->text);
    assert(status == CRUX_OK);
}

static int64_t court_now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* --- opening ----------------------------------------------------------------------------- */

static void add_side(struct court *court, int side)
{
    const char *arguments[] = {"--kind",  "vllm", "--latency", court->plan.latency,
                               "--slots", "4096", NULL};
    struct crux_backend backend = crux_backend_default();
    struct crux_endpoint endpoint;
    char url[80];

    serving_start(&court->servers[side], arguments);
    (void)snprintf(url, sizeof url, "%s/v1", court->servers[side].url);
    endpoint = (struct crux_endpoint){.url = url};
    backend.name = names[side];
    backend.endpoints = &endpoint;
    backend.endpoint_count = 1;
    backend.in_flight = court->plan.in_flight[side];
    backend.price_prompt = prices[side];
    backend.price_completion = 2 * prices[side];
    court_insist(crux_backends_add(court->backends, &backend, &court->error), &court->error);
}

void court_open(struct court *court, const struct court_plan *plan)
{
    const struct crux_paying paying = {.limit_calls = plan->limit_calls};
    struct crux_setup *setup = &court->setup;
    struct crux_error *error = &court->error;

    *court = (struct court){.plan = *plan, .setup = crux_setup_default()};
    court_insist(crux_backends_open(&court->backends, &paying, error), error);
    for (int side = 0; side < COURT_SIDES; side++)
        add_side(court, side);
    court_insist(crux_policy_open(&setup->policies[CRUX_STEP], "chat", court->backends, error),
                 error);
    court_insist(
        judge_open(&setup->critics[CRUX_ROLE_OUTCOME], court->backends, JUDGE, plan->every, error),
        error);
    setup->simulations = plan->simulations;
    setup->per_tree = plan->per_tree;
    setup->open_trees = plan->open_trees;
    setup->children = 2;
    setup->rollouts = 1;
    setup->depth = 8;
    setup->workers = 2;
    court_insist(crux_backends_prepare(court->backends, setup, error), error);
    court_insist(crux_open(&court->search, setup, error), error);
    crux_backends_watch(court->backends, court->search);
}

void court_close(struct court *court)
{
    crux_close(court->search);
    crux_policy_close(court->setup.policies[CRUX_STEP]);
    crux_critic_close(court->setup.critics[CRUX_ROLE_OUTCOME]);
    crux_backends_close(court->backends);
    for (int side = 0; side < COURT_SIDES; side++)
        serving_stop(&court->servers[side]);
}

/* --- running ------------------------------------------------------------------------------- */

struct docket {
    struct crux_source source; /* first */
    struct crux_sink sink;
    struct court *court;
    struct crux_problem *problems;
    char (*texts)[2][PROMPT]; /* id and prompt of each */
    uint32_t next;
    pthread_mutex_t lock;
};

static int next_case(struct crux_source *self, const struct crux_problem **out,
                     struct crux_error *error)
{
    struct docket *docket = (struct docket *)(void *)self;

    (void)error;
    if (docket->next == docket->court->plan.problems)
        return CRUX_END;
    *out = &docket->problems[docket->next++];
    return CRUX_OK;
}

static int close_case(struct crux_sink *self, const struct crux_tree *tree,
                      struct crux_error *error)
{
    struct docket *docket = (struct docket *)(void *)((char *)self - offsetof(struct docket, sink));

    (void)pthread_mutex_lock(&docket->lock);
    docket->court->trees++;
    docket->court->failed += tree->reason == CRUX_REASON_FAILED;
    docket->court->withdrawn += tree->withdrawn;
    (void)pthread_mutex_unlock(&docket->lock);
    return crux_backends_keep(docket->court->backends, tree, error);
}

static void write_cases(struct docket *docket)
{
    uint32_t count = docket->court->plan.problems;

    docket->problems = calloc(count, sizeof *docket->problems);
    docket->texts = calloc(count, sizeof *docket->texts);
    assert(docket->problems != NULL && docket->texts != NULL);
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(docket->texts[i][0], PROMPT, "case-%u", i);
        (void)snprintf(
            docket->texts[i][1], PROMPT,
            "Mia starts with %u marbles. Mia finds 7 more. Mia gives 4 away. Mia finds 5 "
            "more. How many marbles does Mia have now?",
            i + 4);
        docket->problems[i] = (struct crux_problem){
            .id = docket->texts[i][0], .prompt = docket->texts[i][1], .ordinal = i};
    }
}

static void *stop_later(void *context)
{
    struct court *court = context;
    const struct timespec pause = {(time_t)court->plan.seconds, 0};

    (void)nanosleep(&pause, NULL);
    court->stopped_ns = court_now_ns();
    crux_stop(court->search);
    return NULL;
}

void court_run(struct court *court)
{
    struct docket docket = {.source = {next_case},
                            .sink = {close_case},
                            .court = court,
                            .lock = PTHREAD_MUTEX_INITIALIZER};
    bool timed = court->plan.seconds > 0;
    pthread_t stopper;

    write_cases(&docket);
    if (timed)
        assert(pthread_create(&stopper, NULL, stop_later, court) == 0);
    court->status = crux_run(court->search, &docket.source, &docket.sink, &court->error);
    court->status = crux_backends_status(court->backends, court->status, &court->error);
    if (timed)
        (void)pthread_join(stopper, NULL);
    else
        court->stopped_ns = court_now_ns();
    free(docket.problems);
    free(docket.texts);
}

/* --- what the servers say -----------------------------------------------------------------------
 */

struct edge {
    int64_t at_ns;
    int change;
};

/* Ends before beginnings of the same instant. */
static int compare_edges(const void *a, const void *b)
{
    const struct edge *left = a, *right = b;

    if (left->at_ns != right->at_ns)
        return left->at_ns < right->at_ns ? -1 : 1;
    return left->change - right->change;
}

static void walk_edges(const struct edge *edges, size_t count, uint32_t places, int64_t until_ns,
                       struct court_log *out)
{
    int64_t full_ns = 0, taken_ns = 0;
    uint32_t taken = 0;

    for (size_t i = 0; i < count; i++) {
        if (full_ns > 0 && edges[i].at_ns <= until_ns)
            taken_ns += (edges[i].at_ns - edges[i - 1].at_ns) * taken;
        if (edges[i].at_ns <= until_ns)
            out->seconds = full_ns > 0 ? (double)(edges[i].at_ns - full_ns) / 1e9 : 0.0;
        taken += (uint32_t)edges[i].change;
        out->most = taken > out->most ? taken : out->most;
        if (taken == places && full_ns == 0)
            full_ns = edges[i].at_ns;
    }
    if (out->seconds > 0)
        out->fill = (double)taken_ns / 1e9 / out->seconds / places;
}

void court_read_log(struct court *court, int side, struct court_log *out)
{
    struct visit *visits;
    size_t count = serving_visits(&court->servers[side], &visits), edge = 0;
    struct edge *edges = calloc(2 * count + 1, sizeof *edges);

    assert(edges != NULL);
    *out = (struct court_log){.requests = 0};
    for (size_t i = 0; i < count; i++) {
        if (visits[i].key[0] == '\0') /* it was asked what it is */
            continue;
        out->requests++;
        edges[edge++] = (struct edge){visits[i].in_ns, 1};
        edges[edge++] = (struct edge){visits[i].out_ns, -1};
    }
    qsort(edges, edge, sizeof *edges, compare_edges);
    walk_edges(edges, edge, court->plan.in_flight[side], court->stopped_ns, out);
    free(edges);
    free(visits);
}
