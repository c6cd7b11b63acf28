/*
 * test_http_servers.c - what http.h promises of several servers: calls stay with theirs, and go
 * elsewhere when it is behind, dead, or asks for too much patience.
 */
#include "io/http/http.h"
#include "tests/world/http_fixture.h"
#include "tests/world/serving.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define SECOND_NS INT64_C(1000000000)

static const struct http_request any = {.endpoint = HTTP_ANY_ENDPOINT};

#define start_with(server, ...) serving_start(server, (const char *const[]){__VA_ARGS__, NULL})

static void expect_all(struct http_fixture *fixture, enum http_class class)
{
    const char *odd = http_fixture_odd(fixture, class);

    cr_expect(odd == NULL, "%s", odd == NULL ? "" : odd);
}

TestSuite(servers, .timeout = 60);

static void open_two(struct http_fixture *fixture, const struct serving *servers, uint32_t room)
{
    http_fixture_open(fixture, http_fixture_options(),
                      (const char *const[]){servers[0].url, servers[1].url, NULL}, room);
}

/* Calls with the same sticky key go to one server, and different keys to different ones. */
Test(servers, a_sticky_key_has_one_server)
{
    struct serving servers[2];
    struct http_fixture fixture;
    uint32_t homes[2] = {0, 0};

    start_with(&servers[0], "--latency", "constant:1");
    start_with(&servers[1], "--latency", "constant:1");
    open_two(&fixture, servers, 400);
    for (uint32_t i = 0; i < 400; i++) {
        struct http_request request = any;

        request.sticky = 1 + i % 40;
        (void)http_fixture_ask(&fixture, request, "hello");
        if (i % 8 == 7) /* not more at a time than keeps one from falling behind */
            cr_assert(http_fixture_wait(&fixture, i + 1));
    }
    cr_assert(http_fixture_wait(&fixture, 400));
    expect_all(&fixture, HTTP_DONE);
    for (uint32_t i = 0; i < 400; i++) {
        cr_expect_eq(fixture.calls[i].endpoint, fixture.calls[i % 40].endpoint);
        homes[fixture.calls[i].endpoint]++;
    }
    cr_expect(homes[0] > 50 && homes[1] > 50, "%u and %u", homes[0], homes[1]);
    http_fixture_free(&fixture);
    serving_stop(&servers[0]);
    serving_stop(&servers[1]);
}

/* When a server is far behind, another one takes over some of its calls. */
Test(servers, the_idle_one_helps_the_one_behind)
{
    struct serving servers[2];
    struct http_fixture fixture;
    struct http_request request = any;
    uint32_t at[2] = {0, 0};

    start_with(&servers[0], "--latency", "constant:50");
    start_with(&servers[1], "--latency", "constant:50");
    open_two(&fixture, servers, 600);
    request.sticky = 7;
    for (int i = 0; i < 600; i++)
        (void)http_fixture_ask(&fixture, request, "hello");
    cr_assert(http_fixture_wait(&fixture, 600));
    expect_all(&fixture, HTTP_DONE);
    for (int i = 0; i < 600; i++)
        at[fixture.calls[i].endpoint]++;
    cr_expect(at[0] > 60 && at[1] > 60, "%u and %u", at[0], at[1]);
    http_fixture_free(&fixture);
    serving_stop(&servers[0]);
    serving_stop(&servers[1]);
}

/* A server dies in the middle of it: the other one answers everything. */
Test(servers, a_dead_one_is_left)
{
    struct serving servers[2];
    struct http_fixture fixture;

    start_with(&servers[0], "--latency", "constant:20");
    start_with(&servers[1], "--latency", "constant:20");
    open_two(&fixture, servers, 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        struct http_request request = any;

        request.sticky = 1 + i;
        (void)http_fixture_ask(&fixture, request, "hello");
    }
    cr_assert(http_fixture_wait(&fixture, 100));
    serving_kill(&servers[0]);
    cr_assert(http_fixture_wait(&fixture, 1000));
    expect_all(&fixture, HTTP_DONE);
    http_fixture_free(&fixture);
    serving_stop(&servers[0]);
    serving_stop(&servers[1]);
}

/* A server that was down is asked again when it is back. */
Test(servers, one_that_comes_back_is_used_again)
{
    struct serving server;
    struct http_fixture fixture;
    struct visit *visits;
    size_t count;
    int64_t down_ns = 0, back_ns = 0;

    start_with(&server, "--latency", "constant:5", "--faults",
               "[{\"fault\":\"down\",\"from_s\":0.2,\"to_s\":1.5}]");
    http_fixture_open(&fixture, http_fixture_options(), (const char *const[]){server.url, NULL},
                      4000);
    for (int i = 0; i < 4000; i++)
        (void)http_fixture_ask(&fixture, any, "hello");
    cr_assert(http_fixture_wait(&fixture, 4000));
    expect_all(&fixture, HTTP_DONE);
    http_fixture_close(&fixture);
    count = serving_visits(&server, &visits);
    for (size_t i = 1; i < count; i++)
        if (visits[i].in_ns - visits[i - 1].in_ns > back_ns - down_ns) {
            down_ns = visits[i - 1].in_ns;
            back_ns = visits[i].in_ns;
        }
    cr_expect_gt(back_ns - down_ns, SECOND_NS / 2, "it was never down");
    free(visits);
    http_fixture_free(&fixture);
    serving_stop(&server);
}

/* A server that asks for more patience than there is gets no more calls; the other one does. */
Test(servers, one_that_asks_for_too_much_patience_is_left)
{
    struct serving servers[2];
    struct http_fixture fixture;
    struct visit *visits;
    size_t count;

    start_with(&servers[0], "--faults",
               "[{\"fault\":\"reply\",\"status\":429,\"retry_after\":\"86400\"}]");
    start_with(&servers[1], "--latency", "constant:1");
    open_two(&fixture, servers, 300);
    for (uint32_t i = 0; i < 300; i++) {
        struct http_request request = any;

        request.sticky = 1 + i;
        (void)http_fixture_ask(&fixture, request, "hello");
        if (i % 8 == 7)
            cr_assert(http_fixture_wait(&fixture, i + 1));
    }
    cr_assert(http_fixture_wait(&fixture, 300));
    expect_all(&fixture, HTTP_DONE);
    http_fixture_close(&fixture);
    count = serving_visits(&servers[0], &visits);
    cr_expect(count > 0 && count <= 8, "asked %zu times", count);
    free(visits);
    http_fixture_free(&fixture);
    serving_stop(&servers[0]);
    serving_stop(&servers[1]);
}

/* A call for one server waits for that one, whatever the others do. */
Test(servers, a_call_for_one_goes_to_no_other)
{
    struct serving servers[2];
    struct http_fixture fixture;

    start_with(&servers[0], "--latency", "constant:30");
    start_with(&servers[1], "--latency", "constant:1");
    open_two(&fixture, servers, 300);
    for (int i = 0; i < 300; i++)
        (void)http_fixture_ask(&fixture, (struct http_request){.endpoint = 0}, "hello");
    cr_assert(http_fixture_wait(&fixture, 300));
    expect_all(&fixture, HTTP_DONE);
    for (int i = 0; i < 300; i++)
        cr_expect_eq(fixture.calls[i].endpoint, 0);
    http_fixture_free(&fixture);
    serving_stop(&servers[0]);
    serving_stop(&servers[1]);
}
