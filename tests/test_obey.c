/*
 * test_obey.c - what a run makes of requests: of one that pays for nothing, that is ending, whose
 * store records nothing, that is changed again and again.
 *
 * Runs that are steered while they work are tests/cli/test_ctl.py.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "io/cli/obey.h"
#include "io/control/control.h"
#include "io/store/store.h"
#include "tests/world/contains.h"
#include "tests/world/heap.h"
#include "tests/world/json_heap.h"
#include "tests/world/store_fixture.h"

#define OBEY_PATIENCE_NS (120 * CLOCK_SECOND_NS)

enum { KEPT = 1000 /* changes, as a store keeps */ };

static struct {
    struct passes *passes;
    struct steered steered;
    struct crux_store *store;
    struct obey *obey;
    struct crux_error why;
} ruled;

static int open_obey(void)
{
    const struct obey_setup setup = {&ruled.steered, ruled.store, "locate", NULL};

    return obey_open(&ruled.obey, &setup, &ruled.why);
}

/* A pass without a backend. */
static void ruled_set_up(void)
{
    const struct passes_setup setup = {.in_flight = 4};

    store_fixture_set_up();
    ruled.store = store_fixture_open(true);
    cr_assert_eq(passes_open(&ruled.passes, &setup, &ruled.why), CRUX_OK, "%s", ruled.why.text);
    ruled.steered.passes = ruled.passes;
    cr_assert_eq(open_obey(), CRUX_OK, "%s", ruled.why.text);
}

static void ruled_tear_down(void)
{
    obey_close(ruled.obey);
    passes_close(ruled.passes);
    crux_store_close(ruled.store);
    store_fixture_tear_down();
}

TestSuite(obey, .init = ruled_set_up, .fini = ruled_tear_down, .timeout = 240);

static int say(const char *text, struct json **answer)
{
    struct json *request = NULL;
    int status = json_parse(&request, text, strlen(text), &ruled.why);

    *answer = NULL;
    cr_assert_eq(status, CRUX_OK, "%s", ruled.why.text);
    status = control_ask(answer, store_fixture.path, request, OBEY_PATIENCE_NS, &ruled.why);
    json_free(request);
    return status;
}

static void assert_refused(const char *request, int status, const char *part)
{
    struct json *answer = NULL;

    cr_assert_eq(say(request, &answer), status, "%s: %s", request, ruled.why.text);
    cr_assert_null(answer);
    assert_contains(ruled.why.text, part);
}

/* The caller frees. */
static struct json *said(const char *request)
{
    struct json *answer = NULL;

    cr_assert_eq(say(request, &answer), CRUX_OK, "%s: %s", request, ruled.why.text);
    return answer;
}

static void begin_run(void)
{
    cr_assert_eq(crux_store_begin(ruled.store, &store_fixture_run, &store_fixture.problems, NULL,
                                  NULL, &ruled.why),
                 CRUX_OK, "%s", ruled.why.text);
}

/* Its limits are of time alone, and there is no backend with a name. */
Test(obey, a_run_that_pays_for_nothing)
{
    struct json *answer;

    begin_run();
    assert_refused("{\"do\": \"limits\", \"calls\": 3}", CRUX_INVALID,
                   "nothing in this run is paid");
    assert_refused("{\"do\": \"limits\", \"tokens\": 3, \"seconds\": 9}", CRUX_INVALID,
                   "nothing in this run is paid");
    assert_refused("{\"do\": \"limits\", \"price\": 0.5}", CRUX_INVALID, "of its limits only that");
    assert_refused("{\"do\": \"in-flight\", \"n\": 3, \"backend\": \"chat\"}", CRUX_INVALID,
                   "there is no backend chat: this run has none");
    assert_refused("{\"do\": \"requeue\"}", CRUX_INVALID, "crux locate takes nothing again");
    answer = said("{\"do\": \"limits\"}"); /* are told, and are no change */
    cr_assert_eq(json_count(json_get(answer, CRUX_CHANGES)), 0);
    cr_assert_null(json_get(answer, "recorded"));
    cr_assert_float_eq(json_as_real(json_get(json_get(answer, "limits"), "seconds")), 0, 0);
    json_free(answer);
    answer = said("{\"do\": \"limits\", \"seconds\": 3600.5}");
    cr_assert_float_eq(json_as_real(json_get(json_get(answer, "limits"), "seconds")), 3600.5, 0);
    cr_assert_eq(json_as_integer(json_get(json_get(answer, "spent"), "calls")), 0);
    cr_assert(json_as_bool(json_get(answer, "recorded")));
    json_free(answer);
    answer = said("{\"do\": \"in-flight\", \"n\": 3}");
    cr_assert_eq(json_as_integer(json_get(answer, "in_flight_most")), 3);
    json_free(answer);
}

/* Each number of each limit is read for itself. */
Test(obey, numbers_that_are_none)
{
    static const char *const names[] = {"calls", "tokens", "price", "seconds"};
    static const char *const values[] = {"-1", "\"3\"", "true", "[]", "1e300", "null"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
            char request[80], part[40];

            (void)snprintf(request, sizeof request, "{\"do\": \"limits\", \"%s\": %s}", names[i],
                           values[k]);
            (void)snprintf(part, sizeof part, "`%s` is a%s number from 0 to", names[i],
                           i < 2 ? " whole" : "");
            assert_refused(request, CRUX_INVALID, part);
        }
}

/* What ends is not steered any more; how it is doing is told all the same. */
Test(obey, a_run_that_is_ending)
{
    static const char *const requests[] = {"{\"do\": \"pause\"}", "{\"do\": \"resume\"}",
                                           "{\"do\": \"stop\"}",
                                           "{\"do\": \"limits\", \"seconds\": 3}"};
    struct json *answer;

    begin_run();
    passes_stop(ruled.passes);
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        assert_refused(requests[i], CRUX_STORE, "the run is ending already");
    answer = said("{\"do\": \"limits\"}");
    cr_assert(json_as_bool(json_get(answer, "stopping")));
    cr_assert_eq(json_count(json_get(answer, CRUX_CHANGES)), 0);
    json_free(answer);
}

/* A change that cannot be recorded is one; and of any number of changes the last are told, so that
 * a run that is steered for weeks still has answers that clients take. */
Test(obey, changes_without_end)
{
    struct json *answer = NULL;
    const struct json *changes;

    for (int i = 0; i < KEPT + 20; i++) {
        json_free(answer);
        answer = said(i % 2 == 0 ? "{\"do\": \"pause\"}" : "{\"do\": \"resume\"}");
    }
    cr_assert(!json_as_bool(json_get(answer, "recorded")));
    assert_contains(json_as_string(json_get(answer, "unrecorded")), "no run is recorded");
    changes = json_get(answer, CRUX_CHANGES);
    cr_assert_eq(json_count(changes), KEPT, "%zu", json_count(changes));
    for (size_t i = 1; i < KEPT; i++)
        cr_assert_lt(json_as_integer(json_get(json_at(changes, i - 1), "at_ns")),
                     json_as_integer(json_get(json_at(changes, i), "at_ns")));
    cr_assert_str_eq(json_as_string(json_get(json_at(changes, KEPT - 1), "change")), "resume");
    json_free(answer);
}

Test(obey, without_memory)
{
    uint32_t failures = 0;

    if (!heap_can_fail())
        cr_skip_test("the sanitizer's heap does not fail");
    json_heap_fails_too();
    obey_close(ruled.obey);
    for (int status = CRUX_MEMORY; status != CRUX_OK; failures++) {
        ruled.obey = NULL;
        heap_fail(failures + 1);
        status = open_obey();
        heap_fail(0);
        cr_assert(status == CRUX_OK || status == CRUX_MEMORY, "%s", ruled.why.text);
    }
    cr_assert_gt(failures, 2);
}
