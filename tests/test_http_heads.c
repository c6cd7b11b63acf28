/*
 * test_http_heads.c - what heads.h and proxy.h promise: headers and queries without keys, and the
 * proxy that an environment names.
 */
#include "io/http/heads.h"
#include "io/http/proxy.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect_line(const char *line, int status)
{
    struct crux_error error = {""};

    cr_expect_eq(http_check_headers(&line, 1, NULL, &error), status, "%s: %s", line, error.text);
    if (status != CRUX_OK)
        cr_expect_null(strstr(error.text, "value-of-it"), "%s", error.text);
}

/* A header is a name, a colon and a value in visible ASCII. */
Test(heads, lines)
{
    expect_line("HTTP-Referer: https://example.org", CRUX_OK);
    expect_line("X-Title:sums", CRUX_OK);
    expect_line("X-Title:", CRUX_INVALID);
    expect_line(": value-of-it", CRUX_INVALID);
    expect_line("value-of-it", CRUX_INVALID);
    expect_line("X Title: value-of-it", CRUX_INVALID);
    expect_line("X-Title: value-of-it\r\nX-Evil: 1", CRUX_INVALID);
    expect_line("X-Title: caf\xC3\xA9 value-of-it", CRUX_INVALID);
    expect_line("content-length: 1", CRUX_INVALID);
    expect_line("idempotency-key: value-of-it", CRUX_INVALID);
}

/* Whatever is named like a key is one, and is never quoted. */
Test(heads, keys)
{
    static const char *const keys[] = {"Authorization",   "Proxy-Authorization",
                                       "api-key",         "X-Api-Key",
                                       "X_API_KEY",       "Ocp-Apim-Subscription-Key",
                                       "X-Auth-Token",    "Cookie",
                                       "X-Client-Secret", "token",
                                       "X-Password"};
    char line[100];

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        (void)snprintf(line, sizeof line, "%s: value-of-it", keys[i]);
        expect_line(line, CRUX_INVALID);
    }
    expect_line("X-Trace: Bearer value-of-it", CRUX_INVALID);
    expect_line("X-Trace: sk-value-of-it", CRUX_INVALID);
    cr_expect_not(http_is_key_name("max_tokens", 10));
    cr_expect_not(http_is_key_name("tokenizer", 9));
    cr_expect(http_is_key_name("access_token", 12));
}

/* Too many, and names for the key's own header. */
Test(heads, limits)
{
    const char *lines[HTTP_HEADS + 1];

    for (int i = 0; i <= HTTP_HEADS; i++)
        lines[i] = "A: b";
    cr_expect_eq(http_check_headers(lines, HTTP_HEADS, "api-key", NULL), CRUX_OK);
    cr_expect_eq(http_check_headers(lines, HTTP_HEADS + 1, NULL, NULL), CRUX_INVALID);
    cr_expect_eq(http_check_headers(lines, 0, "api key", NULL), CRUX_INVALID);
    cr_expect_eq(http_check_headers(lines, 0, "", NULL), CRUX_INVALID);
    cr_expect_eq(http_check_headers(lines, 0, "Host", NULL), CRUX_INVALID);
}

/* A query may say a version, and no key. */
Test(heads, queries)
{
    cr_expect_eq(http_heads_check_query("", NULL), CRUX_OK);
    cr_expect_eq(http_heads_check_query("api-version=2024-10-21&x", NULL), CRUX_OK);
    cr_expect_eq(http_heads_check_query("x=1&key=abc", NULL), CRUX_INVALID);
    cr_expect_eq(http_heads_check_query("sig=abc", NULL), CRUX_INVALID);
}

static void expect_proxy(bool tls, const char *host, const char *expected)
{
    char proxy[128];

    http_proxy_of(proxy, sizeof proxy, tls, host, strlen(host));
    cr_expect_str_eq(proxy, expected, "%s: %s", host, proxy);
}

/* The proxy of the scheme, else that for all, unless no_proxy has the host; never with a password.
 */
Test(proxy, of_the_environment)
{
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY",  "no_proxy",    "NO_PROXY"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)unsetenv(names[i]);
    expect_proxy(false, "example.org", "");
    (void)setenv("http_proxy", "http://me:secret@proxy:3128/", 1);
    (void)setenv("ALL_PROXY", "socks5://all:1080", 1);
    expect_proxy(false, "example.org", "proxy:3128");
    expect_proxy(true, "example.org", "all:1080");
    (void)setenv("no_proxy", "local, .example.org,10.0.0.0/8", 1);
    expect_proxy(false, "example.org", "");
    expect_proxy(false, "api.EXAMPLE.org", "");
    expect_proxy(false, "notexample.org", "proxy:3128");
    expect_proxy(false, "10.1.2.3", "");
    expect_proxy(false, "11.1.2.3", "proxy:3128");
    (void)setenv("no_proxy", "*", 1);
    expect_proxy(false, "anything", "");
}
