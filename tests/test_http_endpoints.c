/*
 * test_http_endpoints.c - what http/endpoints.h promises: addresses, gates and homes.
 */
#include "io/http/endpoints.h"
#include "io/http/http.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)

static struct http_endpoints open_them(const char *const *urls, uint32_t count)
{
    struct http_server servers[8] = {{.url = NULL}};
    struct http_endpoints endpoints;
    struct crux_error error = {""};

    for (uint32_t i = 0; i < count; i++)
        servers[i].url = urls[i];
    cr_assert_eq(http_endpoints_open(&endpoints, servers, count, count, 100, &error), CRUX_OK, "%s",
                 error.text);
    endpoints.retry_after_max_ns = 60 * SECOND_NS;
    return endpoints;
}

/* --- addresses -------------------------------------------------------------------------- */

static const struct {
    const char *url, *path, *whole;
    bool loopback;
} addresses[] = {
    {"http://127.0.0.1:8000", "completions", "http://127.0.0.1:8000/v1/completions", true},
    {"http://127.0.0.1:8000/", "/health", "http://127.0.0.1:8000/health", true},
    {"http://localhost/v1", "/health", "http://localhost/health", true},
    {"http://[::1]:80/v1/", "models", "http://[::1]:80/v1/models", true},
    {"https://api.example.org/v1", "chat/completions",
     "https://api.example.org/v1/chat/completions", false},
    {"https://example.org/paas/v4", "completions", "https://example.org/paas/v4/completions",
     false},
    {"https://example.org/paas/v4", "/health", "https://example.org/paas/v4/health", false},
    {"http://127.example.org", "models", "http://127.example.org/v1/models", false},
    {"http://localhost.example.org", "models", "http://localhost.example.org/v1/models", false},
};

/* A path goes below the base or the root; loopback is distinguished from what only looks like it.
 */
Test(addresses, paths_go_below_base_or_root)
{
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct http_endpoints endpoints = open_them(&addresses[i].url, 1);
        char url[200];

        cr_expect(http_endpoints_url(&endpoints.items[0], addresses[i].path, url, sizeof url));
        cr_expect_str_eq(url, addresses[i].whole);
        cr_expect_eq(endpoints.items[0].loopback, addresses[i].loopback, "%s", addresses[i].url);
        cr_expect_not(http_endpoints_url(&endpoints.items[0], addresses[i].path, url, 10));
        http_endpoints_close(&endpoints);
    }
}

/* What is no address is refused; a password in it is not repeated. */
Test(addresses, what_is_no_address_is_refused)
{
    static const char *const wrong[] = {"",
                                        "127.0.0.1:8000",
                                        "ftp://127.0.0.1",
                                        "file:///etc/passwd",
                                        "http://",
                                        "http:///v1",
                                        "http://:80",
                                        "http://user:hunter2@127.0.0.1/",
                                        "http://127.0.0.1/v1?key=hunter2",
                                        "http://127.0.0.1/#x",
                                        "http://127.0.0.1/a b",
                                        "http://127.0.0.1/\r\nX: y"};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct http_server server = {.url = wrong[i]};
        struct http_endpoints endpoints;
        struct crux_error error = {""};

        cr_expect_eq(http_endpoints_open(&endpoints, &server, 1, 1, 1, &error), CRUX_INVALID, "%s",
                     wrong[i]);
        cr_expect(*error.text != '\0' && strstr(error.text, "user:hunter2") == NULL, "%s",
                  error.text);
    }
}

/* A server has many ways to be written, and is given once; with another key it may be another
 * account. */
Test(addresses, the_same_one)
{
    static const struct {
        const char *one, *other;
        bool same;
    } cases[] = {
        {"http://a:1", "http://a:1", true},
        {"http://a:1", "http://a:1//", true},
        {"http://a:1/", "http://a:1/v1", true},
        {"http://a:1/v1/", "http://a:1", true},
        {"https://a/b/v1", "https://a/b/v1/", true},
        {"https://a/?x=1", "https://a/v1?x=1", true},
        {"http://a.b:1", "HTTP://A.B:1", true},
        {"http://a", "http://a:80/v1", true},
        {"https://a:443", "https://a/", true},
        {"http://[::1]:80", "http://[::1]", true},
        {"http://a:443", "https://a:443", false},
        {"http://a:443", "http://a", false},
        {"http://a:1/b", "http://a:1/B", false},
        {"http://a:1", "http://a:11", false},
        {"http://a", "https://a", false},
        {"https://a/b/v1", "https://a/b", false},
        {"https://a/v11", "https://a", false},
        {"https://a/v1/v1", "https://a/v1", false},
        {"https://a/v1?x=1", "https://a/v1?x=2", false},
        {"http://v1", "http://", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct http_server servers[] = {{.url = cases[i].one}, {.url = cases[i].other}},
                                 keys[] = {{.url = cases[i].one, .key_env = "ONE"},
                                           {.url = cases[i].one, .key_env = "OTHER"}};
        struct http_endpoints endpoints = {.items = NULL};
        struct crux_error error = {""};

        cr_expect_eq(http_same_address(cases[i].one, cases[i].other), cases[i].same, "%zu", i);
        cr_expect_eq(http_same_address(cases[i].other, cases[i].one), cases[i].same, "%zu", i);
        (void)http_endpoints_open(&endpoints, servers, 2, 2, 1, &error);
        cr_expect_eq(strstr(error.text, "it is given twice") != NULL, cases[i].same, "%zu: %s", i,
                     error.text);
        http_endpoints_close(&endpoints);
        (void)setenv("ONE", "key-one", 1);
        (void)setenv("OTHER", "key-two", 1);
        cr_expect_eq(http_endpoints_open(&endpoints, keys, 2, 2, 1, &error), CRUX_OK, "%zu: %s", i,
                     error.text);
        http_endpoints_close(&endpoints);
    }
}

/* An address that is asked as it stands has the path that it has. */
Test(addresses, the_same_one_as_it_stands)
{
    static const struct {
        const char *one, *other;
        bool same;
    } cases[] = {
        {"http://a:1/rank", "http://A:1/rank/", true},
        {"http://a:1", "http://a:1/v1", false},
        {"http://a:1/one", "http://a:1/two", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct http_server servers[] = {{.url = cases[i].one, .bare = true},
                                              {.url = cases[i].other, .bare = true}};
        struct http_endpoints endpoints = {.items = NULL};
        struct crux_error error = {""};

        cr_expect_eq(http_endpoints_open(&endpoints, servers, 2, 2, 1, &error),
                     cases[i].same ? CRUX_INVALID : CRUX_OK, "%zu: %s", i, error.text);
        http_endpoints_close(&endpoints);
    }
}

/* A key goes unencrypted through no proxy; encrypted it may, and nothing goes where no_proxy names
 * the host or the host is this one. */
Test(addresses, a_key_and_a_proxy)
{
    static const struct {
        const char *url, *key, *variable, *proxy;
        int status;
    } cases[] = {
        {"http://models.example/v1", "KEY", "http_proxy", "http://me:hunter2@proxy:3128",
         CRUX_INVALID},
        {"http://models.example/v1", "KEY", "all_proxy", "socks5://proxy:1080", CRUX_INVALID},
        {"HTTP://MODELS.EXAMPLE:80", "KEY", "ALL_PROXY", "proxy:3128", CRUX_INVALID},
        {"http://models.example/v1", NULL, "http_proxy", "http://proxy:3128", CRUX_OK},
        {"http://models.example/v1", "KEY", "https_proxy", "http://proxy:3128", CRUX_OK},
        {"https://models.example/v1", "KEY", "https_proxy", "http://proxy:3128", CRUX_OK},
        {"http://127.0.0.1:8000/v1", "KEY", "http_proxy", "http://proxy:3128", CRUX_OK},
        {"http://spared.example/v1", "KEY", "http_proxy", "http://proxy:3128", CRUX_OK},
    };

    (void)setenv("KEY", "sk-value-of-it", 1);
    (void)setenv("no_proxy", "spared.example", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_server server = {.url = cases[i].url, .key_env = cases[i].key};
        struct http_endpoints endpoints = {.items = NULL};
        struct crux_error error = {""};

        (void)setenv(cases[i].variable, cases[i].proxy, 1);
        cr_expect_eq(http_endpoints_open(&endpoints, &server, 1, 1, 1, &error), cases[i].status,
                     "%zu: %s", i, error.text);
        cr_expect_eq(strstr(error.text, "through the proxy proxy:") != NULL,
                     cases[i].status != CRUX_OK, "%s", error.text);
        cr_expect_null(strstr(error.text, "hunter2"), "%s", error.text);
        (void)unsetenv(cases[i].variable);
        http_endpoints_close(&endpoints);
    }
}

/* --- homes ---------------------------------------------------------------------------------- */

/* A key has one home; when an endpoint goes, only its own keys move; all have some. */
Test(homes, an_endpoint_less_moves_only_its_own)
{
    static const char *const urls[] = {"http://127.0.0.1:1", "http://127.0.0.1:2",
                                       "http://127.0.0.1:3", "http://127.0.0.1:4"};
    struct http_endpoints four = open_them(urls, 4), three = open_them(urls, 3);
    uint32_t at[4] = {0};

    for (uint64_t key = 1; key <= 1000; key++) {
        uint32_t home = http_endpoints_home(&four, key);

        cr_expect_eq(home, http_endpoints_home(&four, key));
        if (home != 3)
            cr_expect_eq(http_endpoints_home(&three, key), home);
        at[home]++;
    }
    for (int i = 0; i < 4; i++)
        cr_expect(at[i] > 180 && at[i] < 320, "endpoint %d has %u", i, at[i]);
    http_endpoints_close(&four);
    http_endpoints_close(&three);
}

/* Again means: elsewhere, unless there is nowhere else that is open. */
Test(homes, again_is_elsewhere)
{
    static const char *const urls[] = {"http://127.0.0.1:1", "http://127.0.0.1:2"};
    struct http_endpoints two = open_them(urls, 2);
    uint32_t home = http_endpoints_home(&two, 7);

    cr_expect_eq(http_endpoints_again(&two, 7, home, 100), 1 - home);
    two.items[1 - home].open_ns = 200;
    cr_expect_eq(http_endpoints_again(&two, 7, home, 100), home);
    http_endpoints_close(&two);
}

/* --- gates ---------------------------------------------------------------------------------- */

/* What a Retry-After asks for is waited for, by all; then one goes first. */
Test(gates, a_wait_holds_for_all)
{
    static const char *const url = "http://127.0.0.1:1";
    struct http_endpoints one = open_them(&url, 1);
    struct http_endpoint *endpoint = &one.items[0];
    int64_t now = SECOND_NS;

    cr_expect(http_endpoints_ready(endpoint, 1, now));
    http_endpoints_busy(&one, endpoint, now - 10, 2 * SECOND_NS, now);
    cr_expect_not(http_endpoints_ready(endpoint, 1, now + 2 * SECOND_NS - 1));
    cr_expect(http_endpoints_ready(endpoint, 1, now + 3 * SECOND_NS));
    http_endpoints_busy(&one, endpoint, now - 10, 5 * SECOND_NS, now + 1); /* of the same burst */
    cr_expect_not(http_endpoints_ready(endpoint, 1, now + 5 * SECOND_NS));
    cr_expect_eq(endpoint->rounds, 1);
    now += 10 * SECOND_NS;
    http_endpoints_busy(&one, endpoint, now - 10, -1, now);
    endpoint->in_flight = 1;
    cr_expect_not(http_endpoints_ready(endpoint, 1, now + 100 * SECOND_NS), "one at a time");
    http_endpoints_good(endpoint);
    cr_expect(http_endpoints_ready(endpoint, 1, now + 100 * SECOND_NS));
    cr_expect_eq(endpoint->rounds, 0);
    http_endpoints_close(&one);
}

/* A single broken connection says nothing; three in a row do. */
Test(gates, nobody_there_is_believed_the_third_time)
{
    static const char *const url = "http://127.0.0.1:1";
    struct http_endpoints one = open_them(&url, 1);
    struct http_endpoint *endpoint = &one.items[0];

    for (int i = 0; i < 10; i++) {
        http_endpoints_lost(&one, endpoint, 10, 100);
        http_endpoints_lost(&one, endpoint, 10, 100);
        http_endpoints_good(endpoint);
    }
    cr_expect_eq(endpoint->trouble_ns, 0);
    for (int i = 0; i < 3; i++)
        http_endpoints_lost(&one, endpoint, 10, 100);
    cr_expect_eq(endpoint->trouble_ns, 100);
    cr_expect_eq(endpoint->rounds, 1);
    endpoint->waiting = 1;
    cr_expect(http_endpoints_behind(endpoint, SECOND_NS), "others may take its calls");
    http_endpoints_close(&one);
}

/* An endpoint that asks for more than there is patience for is left. */
Test(gates, too_long_a_wait_is_left)
{
    static const char *const url = "http://127.0.0.1:1";
    struct http_endpoints one = open_them(&url, 1);
    struct http_endpoint *endpoint = &one.items[0];

    http_endpoints_busy(&one, endpoint, 10, 30 * SECOND_NS, 100);
    cr_expect_not(http_endpoints_left(&one, endpoint, 100));
    http_endpoints_busy(&one, endpoint, 10, 3600 * SECOND_NS, 100);
    cr_expect(http_endpoints_left(&one, endpoint, 100));
    cr_expect_not(http_endpoints_left(&one, endpoint, 4100 * SECOND_NS));
    http_endpoints_close(&one);
}

/* An endpoint is behind when more wait for it than it will soon have done. */
Test(gates, behind_is_more_than_a_few)
{
    static const char *const url = "http://127.0.0.1:1";
    struct http_endpoints one = open_them(&url, 1);

    one.items[0].waiting = 25;
    cr_expect_not(http_endpoints_behind(&one.items[0], 100));
    one.items[0].waiting = 26;
    cr_expect(http_endpoints_behind(&one.items[0], 100), "a quarter of its limit");
    one.items[0].adapt = http_adapt_open(1000);
    one.items[0].waiting = 42;
    cr_expect_not(http_endpoints_behind(&one.items[0], 100));
    one.items[0].slots = 40;
    cr_expect_not(http_endpoints_behind(&one.items[0], 100));
    one.items[0].waiting = 43;
    cr_expect(http_endpoints_behind(&one.items[0], 100), "a quarter of what it is sent");
    http_endpoints_close(&one);
}
