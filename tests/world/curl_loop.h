/*
 * curl_loop.h - the least that libcurl takes to ask a server many times: what io/http is measured
 * against.
 *
 * A multi handle, as many easy handles as requests are in flight, each used again for the
 * next request with the same address and body. No queue, no retries, no deadlines, no
 * headers but the content type; replies are counted and thrown away.
 */
#ifndef TESTS_WORLD_CURL_LOOP_H
#define TESTS_WORLD_CURL_LOOP_H

#include <stdint.h>

struct curl_loop {
    const char *url, *body;
    uint32_t in_flight;
    uint64_t count; /* requests in all */
};

/* How many were answered with 200. */
uint64_t curl_loop_run(const struct curl_loop *loop);

#endif
