/*
 * test_http_members.c - endpoints that come and go while calls are under way: none is lost, none is
 * answered twice.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/clock.h"
#include "tests/world/http_fixture.h"
#include "tests/world/serving.h"

static const struct http_request anywhere = {.endpoint = HTTP_ANY_ENDPOINT};

static void open_empty(struct http_fixture *fixture, struct http_options options, uint32_t room)
{
    options.joins = true;
    http_fixture_open_servers(fixture, options, NULL, 0, room);
}

static uint32_t join(struct http_fixture *fixture, const char *url, uint32_t slots)
{
    const struct http_server server = {.url = url, .slots = slots};
    struct crux_error error = {""};
    uint32_t number = UINT32_MAX;

    cr_assert_eq(http_join(fixture->client, &server, &number, &error), CRUX_OK, "%s", error.text);
    return number;
}

static void ask_some(struct http_fixture *fixture, uint32_t count)
{
    char prompt[40];

    for (uint32_t i = 0; i < count; i++) {
        struct http_request request = anywhere;

        request.sticky = 1 + i % 7;
        (void)snprintf(prompt, sizeof prompt, "question %u", i);
        (void)http_fixture_ask(fixture, request, prompt);
    }
}

/* Calls wait for the first endpoint, and go on at the second when the first has left. */
Test(members, come_and_go)
{
    static const char *const slow[] = {"--latency", "constant:20", "--slots", "2", NULL};
    struct serving one, two;
    struct http_fixture fixture;
    struct http_view view;
    uint32_t first, there = 0;

    serving_start(&one, slow);
    serving_start(&two, slow);
    open_empty(&fixture, http_fixture_options(), 40);
    ask_some(&fixture, 40);
    do
        http_look(fixture.client, &view);
    while (view.waiting < 40);
    cr_expect_eq(view.requests, 0);
    first = join(&fixture, one.url, 0);
    cr_assert(http_fixture_wait(&fixture, 4));
    cr_expect_neq(join(&fixture, two.url, 2), first);
    http_part(fixture.client, first);
    http_part(fixture.client, first); /* again: nothing */
    cr_assert(http_fixture_wait(&fixture, 40));
    cr_expect_null(http_fixture_odd(&fixture, HTTP_DONE), "%s", fixture.odd);
    for (uint32_t i = 0; i < 40; i++)
        there += fixture.calls[i].endpoint == first;
    cr_expect_geq(there, 4);
    http_fixture_free(&fixture);
    serving_stop(&one);
    serving_stop(&two);
}

/* One that has left and comes back has the place that it had; others have their own. */
Test(members, places)
{
    struct http_fixture fixture;
    struct http_server server = {.url = "http://127.0.0.1:1/v1"};
    struct http_endpoint_view view;
    struct crux_error error = {""};
    char url[64];
    uint32_t number = 77;

    open_empty(&fixture, http_fixture_options(), 1);
    cr_expect_eq(join(&fixture, "http://127.0.0.1:1", 5), 0);
    cr_expect_eq(http_join(fixture.client, &server, &number, &error), CRUX_INVALID);
    cr_expect_not_null(strstr(error.text, "one already"), "%s", error.text);
    server.url = "ftp://x";
    cr_expect_eq(http_join(fixture.client, &server, &number, &error), CRUX_INVALID);
    cr_expect_eq(number, 77);
    for (uint32_t i = 1; i < HTTP_ENDPOINTS_MOST; i++) {
        (void)snprintf(url, sizeof url, "http://127.0.0.1:%u", 1 + i);
        cr_assert_eq(join(&fixture, url, 0), i);
    }
    server.url = "http://127.0.0.1:9999";
    cr_expect_eq(http_join(fixture.client, &server, &number, &error), CRUX_INVALID);
    cr_expect_not_null(strstr(error.text, "there are 256"), "%s", error.text);
    http_part(fixture.client, 0);
    http_part(fixture.client, 100);
    cr_expect_eq(join(&fixture, "http://127.0.0.1:101/v1", 9), 100, "its own place");
    cr_expect_eq(join(&fixture, "http://127.0.0.1:9999", 3), 0, "the only one that is free");
    do
        http_look_at(fixture.client, 0, &view);
    while (view.slots != 3);
    http_fixture_free(&fixture);
}

/* Only so long does anybody wait for an endpoint; then no other call will do better. */
Test(members, patience_for_the_first)
{
    struct http_options options = http_fixture_options();
    struct http_fixture fixture;
    struct http_request request = anywhere;

    options.client.patience_ns = CLOCK_SECOND_NS / 5;
    open_empty(&fixture, options, 3);
    (void)http_fixture_ask(&fixture, request, "a");
    request.deadline_ns = clock_now_ns() + 1;
    (void)http_fixture_ask(&fixture, request, "b");
    request = anywhere;
    (void)http_fixture_ask(&fixture, request, "c");
    http_cancel(fixture.client, fixture.calls[2].ticket);
    cr_assert(http_fixture_wait(&fixture, 3));
    cr_expect_eq(fixture.calls[0].class, HTTP_FAULTY);
    cr_expect_not_null(strstr(fixture.calls[0].sentence, "no endpoint for 0.2 seconds"), "%s",
                       fixture.calls[0].sentence);
    cr_expect_eq(fixture.calls[1].class, HTTP_LATE);
    cr_expect_eq(fixture.calls[2].class, HTTP_CANCELLED);
    http_fixture_free(&fixture);
}

/* A call for one endpoint alone ends when that leaves, and is not taken where it has left. */
Test(members, a_call_for_one_that_leaves)
{
    static const char *const slow[] = {"--latency", "constant:100", "--slots", "1", NULL};
    struct serving one;
    struct http_options options = http_fixture_options();
    struct http_request request = {.endpoint = 0};
    struct http_fixture fixture;

    serving_start(&one, slow);
    options.in_flight = 1;
    open_empty(&fixture, options, 3);
    (void)join(&fixture, one.url, 0);
    (void)http_fixture_ask(&fixture, request, "flies");
    (void)http_fixture_ask(&fixture, request, "waits");
    for (struct http_view view = {.in_flight = 0}; view.in_flight == 0 || view.waiting == 0;)
        http_look(fixture.client, &view);
    http_part(fixture.client, 0);
    (void)http_fixture_ask(&fixture, request, "comes late");
    cr_assert(http_fixture_wait(&fixture, 3));
    cr_expect_eq(fixture.calls[0].class, HTTP_DONE, "%s", fixture.calls[0].sentence);
    cr_expect_eq(fixture.calls[1].class, HTTP_FATAL);
    cr_expect_eq(fixture.calls[2].class, HTTP_FATAL);
    http_fixture_free(&fixture);
    serving_stop(&one);
}

/* What is in flight at one that leaves and dies goes to the others. */
Test(members, one_leaves_and_dies)
{
    static const char *const slow[] = {"--latency", "constant:300", NULL};
    struct serving one, two;
    struct http_fixture fixture;

    serving_start(&one, slow);
    serving_start(&two, slow);
    open_empty(&fixture, http_fixture_options(), 10);
    (void)join(&fixture, one.url, 0);
    ask_some(&fixture, 10);
    for (struct http_view view = {.in_flight = 0}; view.in_flight < 10;)
        http_look(fixture.client, &view);
    (void)join(&fixture, two.url, 0);
    http_part(fixture.client, 0);
    serving_stop(&one);
    cr_assert(http_fixture_wait(&fixture, 10));
    cr_expect_null(http_fixture_odd(&fixture, HTTP_DONE), "%s", fixture.odd);
    http_fixture_free(&fixture);
    serving_stop(&two);
}

static void *join_late(void *context)
{
    struct http_fixture *fixture = context;
    const struct http_server server = {.url = "http://127.0.0.1:1"};
    struct crux_error error = {""};
    uint32_t number;
    int status;

    do
        status = http_join(fixture->client, &server, &number, &error);
    while (status == CRUX_OK || status == CRUX_INVALID);
    cr_expect_eq(status, CRUX_CANCELLED);
    http_part(fixture->client, 0); /* nobody takes it any more: it returns */
    return NULL;
}

/* Who joins while the client stops is told, and does not wait for ever. */
Test(members, a_client_that_stops)
{
    struct http_fixture fixture;
    pthread_t thread;

    open_empty(&fixture, http_fixture_options(), 1);
    cr_assert_eq(pthread_create(&thread, NULL, join_late, &fixture), 0);
    http_stop(fixture.client, 0);
    (void)pthread_join(thread, NULL);
    http_fixture_free(&fixture);
}
