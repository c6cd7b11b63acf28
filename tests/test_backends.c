/*
 * test_backends.c - what crux_io.h promises of backends: names, limits, accounts, and a judge
 * beside a policy.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "policies/crux_policies.h"
#include "tests/world/court.h"

static struct crux_backends *backends;

static void open_none(void)
{
    const struct crux_paying paying = {.store = NULL};

    cr_assert_eq(crux_backends_open(&backends, &paying, NULL), CRUX_OK);
}

static void close_backends(void)
{
    crux_backends_close(backends);
}

/* One of which nothing is open, so that nobody is asked. */
static struct crux_backend backend_of(const char *name)
{
    static const struct crux_endpoint nowhere = {.url = "http://127.0.0.1:9/v1"};
    struct crux_backend backend = crux_backend_default();

    backend.name = name;
    backend.endpoints = &nowhere;
    backend.endpoint_count = 1;
    backend.chat.profile = "vllm";
    backend.chat.model = "fake";
    backend.chat.route = "prefill";
    return backend;
}

static void add(const char *name, uint32_t in_flight)
{
    struct crux_backend backend = backend_of(name);
    struct crux_error error = {""};

    backend.in_flight = in_flight;
    cr_assert_eq(crux_backends_add(backends, &backend, &error), CRUX_OK, "%s", error.text);
}

static void assert_not_added(const char *name, const char *sentence)
{
    const struct crux_backend backend = backend_of(name);
    struct crux_error error = {""};

    cr_expect_eq(crux_backends_add(backends, &backend, &error), CRUX_INVALID);
    cr_expect_str_eq(error.text, sentence);
}

TestSuite(backends, .init = open_none, .fini = close_backends, .timeout = 60);

/* --- names ------------------------------------------------------------------------------- */

/* Each name is there once, and not what the ledger calls others. */
Test(backends, names)
{
    add(NULL, 0);
    add("judge", 0);
    assert_not_added("judge", "there are two backends of the name judge");
    assert_not_added("", "there are two backends without a name");
    assert_not_added("chat", "no backend may be named `chat`: the ledger calls the one without a "
                             "name so");
    assert_not_added("process", "no backend may be named `process`: the ledger calls programs so");
    assert_not_added("a:b", "the name of a backend is of letters, digits, - and _, at most 64, not "
                            "`a:b`");
}

/* Who asks for one that is not there hears which there are. */
Test(backends, found_by_name)
{
    struct crux_policy *policy = NULL;
    struct crux_error error = {""};

    add(NULL, 0);
    add("judge", 0);
    cr_assert_eq(crux_policy_open(&policy, "chat:judge", backends, &error), CRUX_OK);
    crux_policy_close(policy);
    policy = NULL;
    cr_assert_eq(crux_policy_open(&policy, "chat:panel", backends, &error), CRUX_INVALID);
    cr_assert_null(policy);
    cr_assert_str_eq(error.text,
                     "there is no backend panel; there are: the one without a name, judge");
    cr_assert_null(crux_backends_chat(backends, "panel"));
}

/* A description says whom its policy asks. */
Test(backends, who_is_asked)
{
    cr_assert_str_eq(crux_policy_backend("chat"), "");
    cr_assert_str_eq(crux_policy_backend("chat:judge"), "judge");
    cr_assert_str_eq(crux_policy_backend("process:cat"), "process");
    cr_assert_null(crux_policy_backend("numbers:2"));
    cr_assert_null(crux_policy_backend("nothing"));
}

/* --- what is found out ---------------------------------------------------------------------- */

/* What is left open the server says. */
Test(backends, found_out)
{
    static const char *const arguments[] = {"--kind", "vllm", NULL};
    struct serving serving;
    struct crux_endpoint endpoint = {.url = NULL};
    struct crux_backend backend = crux_backend_default();
    struct crux_error error = {""};
    char url[80];

    serving_start(&serving, arguments);
    (void)snprintf(url, sizeof url, "%s/v1", serving.url);
    endpoint.url = url;
    backend.endpoints = &endpoint;
    backend.endpoint_count = 1;
    cr_assert_eq(crux_backends_add(backends, &backend, &error), CRUX_OK, "%s", error.text);
    cr_assert_str_eq(crux_backends_chat(backends, NULL)->profile, "vllm");
    cr_assert_str_eq(crux_backends_chat(backends, "")->route, "prefill");
    cr_assert_not_null(crux_backends_chat(backends, NULL)->model);
    serving_stop(&serving);
}

/* A server that is nowhere is reported at once, and so is one that is not named. */
Test(backends, nothing_to_ask)
{
    struct crux_backend backend = crux_backend_default();
    struct crux_error error = {""};

    cr_assert_eq(crux_backends_add(backends, &backend, &error), CRUX_INVALID);
    cr_assert_str_eq(error.text, "a served model needs an endpoint, like http://127.0.0.1:8000/v1");
    backend.endpoints = &(struct crux_endpoint){.url = NULL};
    backend.endpoint_count = 1;
    cr_assert_eq(crux_backends_add(backends, &backend, &error), CRUX_INVALID);
    cr_assert_str_eq(error.text, "endpoint 0 of a backend has no url");
    backend.endpoints = backend_of(NULL).endpoints;
    backend.endpoint_count = 1;
    cr_assert_eq(crux_backends_add(backends, &backend, &error), CRUX_INVALID);
    cr_assert_not_null(strstr(error.text, "127.0.0.1:9"), "%s", error.text);
}

/* --- a search ------------------------------------------------------------------------------- */

/* A search gets the places of all of them; what has no limit of its own shares the setup's. Of
 * servers it has a fourth more and four, which wait in the client. */
Test(backends, places_in_flight)
{
    struct crux_setup setup = crux_setup_default();

    setup.in_flight = 100;
    add("judge", 2);
    cr_assert_eq(crux_backends_prepare(backends, &setup, NULL), CRUX_OK);
    cr_assert_eq(setup.in_flight, 2 + 4);
    setup.in_flight = 100;
    add(NULL, 0);
    add("annotator", 0);
    cr_assert_eq(crux_backends_prepare(backends, &setup, NULL), CRUX_OK);
    cr_assert_eq(setup.in_flight, 6 + 100 + 25 + 4);
    cr_assert_not_null(setup.arrivals);
}

static const struct court_plan small_court = {.in_flight = {24, 2},
                                              .every = 10,
                                              .problems = 12,
                                              .simulations = 40,
                                              .per_tree = 8,
                                              .latency = "constant:5"};

static void look_at(const struct court *court, struct crux_backend_view sides[COURT_SIDES],
                    struct crux_backend_view *sum)
{
    struct crux_backend_view none;

    for (size_t i = 0; i < COURT_SIDES; i++)
        cr_assert(crux_backends_look(court->backends, i, &sides[i]));
    cr_assert_not(crux_backends_look(court->backends, COURT_SIDES, &none));
    crux_backends_sum(court->backends, sum);
}

/* A judge beside a policy: the account keeps them apart and adds them up, each at its own price,
 * and neither server ever has more requests before it than its limit. */
Test(backends, a_judge_beside_a_policy)
{
    struct crux_backend_view sides[COURT_SIDES], sum;
    struct court_log logs[COURT_SIDES];
    struct court court;

    court_open(&court, &small_court);
    court_run(&court);
    cr_assert_eq(court.status, CRUX_OK, "%s", court.error.text);
    cr_assert_eq(court.trees, small_court.problems);
    cr_assert_eq(court.failed + court.withdrawn, 0);
    look_at(&court, sides, &sum);
    for (int side = 0; side < COURT_SIDES; side++) {
        court_read_log(&court, side, &logs[side]);
        cr_expect_leq(logs[side].most, small_court.in_flight[side]);
        cr_expect_eq(sides[side].calls, logs[side].requests, "%s", sides[side].name);
        cr_expect_eq(sides[side].in_flight, 0);
        cr_expect_eq(sides[side].price,
                     (int64_t)(sides[side].prompt_tokens + 2 * sides[side].completion_tokens) *
                         (side == COURT_POLICY ? 1000 : 30000));
    }
    cr_expect_str_eq(sides[COURT_POLICY].name, "chat");
    cr_expect_str_eq(sides[COURT_JUDGE].name, "judge");
    cr_expect_gt(sides[COURT_JUDGE].calls, 10);
    cr_expect_eq(sum.calls, sides[0].calls + sides[1].calls);
    cr_expect_eq(sum.price, sides[0].price + sides[1].price);
    cr_expect_eq(sum.questions, sides[0].questions + sides[1].questions);
    court_close(&court);
}

/* A limit is one over all of them, and the reason why the search ended. */
Test(backends, one_limit_over_all)
{
    struct court_plan plan = small_court;
    struct crux_backend_view sides[COURT_SIDES], sum;
    struct court court;

    plan.limit_calls = 100;
    court_open(&court, &plan);
    court_run(&court);
    cr_assert_eq(court.status, CRUX_LIMIT);
    cr_assert_str_eq(court.error.text, "the limit of 100 calls was reached");
    look_at(&court, sides, &sum);
    cr_assert_eq(sum.calls, 100);
    cr_assert_gt(sides[COURT_JUDGE].calls, 0);
    court_close(&court);
}
