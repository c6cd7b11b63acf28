/*
 * bench_http.c - what does a call through io/http cost, against the least that libcurl costs?
 *
 * Question   CPU time of this process per request: io/http with its queue, retries, deadlines
 *            and checks, and a bare curl multi loop, at the same number in flight.
 * Workload   CALLS requests for one completion to the fake model server (another process)
 *            on loopback, IN_FLIGHT at a time, latency as given. Calls are submitted by one
 *            thread as they end, a batch at a time. First the bare loop, then io/http,
 *            then both again.
 * Clock      getrusage() of this process, user and system, all threads; seconds by
 *            CLOCK_MONOTONIC for the rate.
 * Left out   The server's work. Making bodies and reading replies: they are the same in both.
 * Check      Every request was answered with 200 and every call ended DONE; exit 1 otherwise.
 * Output     A row per run; then the ratio of the better of two runs each.
 *
 *     bench_http [CALLS [IN_FLIGHT [LATENCY]]]        bench_http 20000 256 lognormal:100
 */
#include "io/http/http.h"
#include "io/clock.h"
#include "tests/world/curl_loop.h"
#include "tests/world/serving.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const char body[] =
    "{\"model\":\"fake\",\"prompt\":\"Mia starts with 12 marbles. Mia finds 7 more. Mia gives 4 "
    "away. How many marbles does Mia have now?\",\"n\":1,\"seed\":7,\"max_tokens\":64,"
    "\"temperature\":0.8,\"stop\":[\"\\n\\n\"]}";

struct measure {
    double cpu_us, per_second;
    uint64_t good, count;
};

struct run {
    struct http_client *client;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t ended, good;
};

static double bench_http_cpu_us(void)
{
    struct rusage used;

    (void)getrusage(RUSAGE_SELF, &used);
    return 1e6 * (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

/* --- the two sides ------------------------------------------------------------------------ */

static void ask_bare(const char *url, uint64_t count, uint32_t in_flight, struct measure *out)
{
    char address[128];
    struct curl_loop bare = {address, body, in_flight, count};

    (void)snprintf(address, sizeof address, "%s/v1/completions", url);
    out->good = curl_loop_run(&bare);
}

static void on_done(void *context, struct http_reply *reply)
{
    struct run *run = context;

    (void)pthread_mutex_lock(&run->lock);
    run->ended++;
    run->good += reply->class == HTTP_DONE && reply->status == 200;
    (void)pthread_cond_signal(&run->changed);
    (void)pthread_mutex_unlock(&run->lock);
}

/* Keep twice as many calls under way as can be in flight, as a search does. */
static void submit_all(struct run *run, uint64_t count, uint32_t in_flight)
{
    struct http_request request = {.path = "/v1/completions",
                                   .pieces = {{body, sizeof body - 1}},
                                   .piece_count = 1,
                                   .endpoint = HTTP_ANY_ENDPOINT,
                                   .done = on_done,
                                   .context = run};
    http_ticket ticket;
    uint64_t begun = 0, ended = 0;

    while (ended < count) {
        for (; begun < count && begun - ended < 2 * (uint64_t)in_flight; begun++)
            if (http_submit(run->client, &request, &ticket) != CRUX_OK)
                exit(1);
        (void)pthread_mutex_lock(&run->lock);
        while (run->ended == ended)
            (void)pthread_cond_wait(&run->changed, &run->lock);
        ended = run->ended;
        (void)pthread_mutex_unlock(&run->lock);
    }
}

static void ask_http(const char *url, uint64_t count, uint32_t in_flight, struct measure *out)
{
    struct http_server server = {.url = url};
    struct http_options options = http_options_default();
    struct run run = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    struct crux_error error;

    options.servers = &server;
    options.server_count = 1;
    options.in_flight = in_flight;
    if (http_open(&run.client, &options, &error) != CRUX_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    submit_all(&run, count, in_flight);
    http_close(run.client);
    out->good = run.good;
}

static struct measure bench_http_measure(const char *name, const char *url, uint64_t count,
                                         uint32_t in_flight)
{
    struct measure out = {.count = count};
    double before = bench_http_cpu_us();
    int64_t begin_ns = clock_now_ns();

    if (strcmp(name, "bare") == 0)
        ask_bare(url, count, in_flight, &out);
    else
        ask_http(url, count, in_flight, &out);
    out.cpu_us = (bench_http_cpu_us() - before) / (double)count;
    out.per_second = (double)count / ((double)(clock_now_ns() - begin_ns) / 1e9);
    (void)printf("%-8s %8llu calls, %4u in flight: %6.1f us of CPU a call, %6.0f calls/s\n", name,
                 (unsigned long long)count, in_flight, out.cpu_us, out.per_second);
    (void)fflush(stdout);
    return out;
}

int main(int argument_count, char **arguments)
{
    uint64_t count = argument_count > 1 ? strtoull(arguments[1], NULL, 10) : 10000;
    uint32_t in_flight = argument_count > 2 ? (uint32_t)strtoul(arguments[2], NULL, 10) : 256;
    const char *latency = argument_count > 3 ? arguments[3] : "lognormal:100";
    const char *const server[] = {"--slots", "65536", "--latency", latency, NULL};
    static const char *const sides[] = {"bare", "io/http", "bare", "io/http"};
    double best[2] = {1e300, 1e300};
    struct serving serving;
    bool good = true;
    struct rusage used;

    serving_start(&serving, server);
    for (int i = 0; i < 4; i++) {
        struct measure one = bench_http_measure(sides[i], serving.url, count, in_flight);

        best[i % 2] = one.cpu_us < best[i % 2] ? one.cpu_us : best[i % 2];
        good = good && one.good == count;
    }
    serving_stop(&serving);
    (void)getrusage(RUSAGE_SELF, &used);
    (void)printf("ratio %.2f, resident %.1f MB%s\n", best[1] / best[0],
                 (double)used.ru_maxrss / 1024.0, good ? "" : "; NOT EVERY CALL WAS ANSWERED");
    return good ? 0 : 1;
}
