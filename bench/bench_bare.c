/*
 * bench_bare.c - program for `crux bench slots`: what does a request cost a bare curl loop?
 *
 * Question   CPU time of this process per request to a server, by the loop of
 *            tests/world/curl_loop.h.
 * Workload   CALLS requests with one body to one address, IN_FLIGHT at a time.
 * Clock      getrusage() of this process, user and system, from before the first request to after
 *            the last reply.
 * Check      Every request was answered with 200; exit 1 otherwise.
 * Output     One number: microseconds per request.
 *
 *     bench_bare URL CALLS IN_FLIGHT BODY
 */
#include "tests/world/curl_loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

/* A connection is a file. */
static void raise_files(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
}

static double bench_bare_cpu_us(void)
{
    struct rusage used;

    (void)getrusage(RUSAGE_SELF, &used);
    return 1e6 * (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

int main(int count, char **arguments)
{
    struct curl_loop loop;
    double before;
    uint64_t good;

    if (count != 5) {
        (void)fputs("usage: bench_bare URL CALLS IN_FLIGHT BODY\n", stderr);
        return 2;
    }
    loop = (struct curl_loop){.url = arguments[1],
                              .body = arguments[4],
                              .in_flight = (uint32_t)strtoul(arguments[3], NULL, 10),
                              .count = strtoull(arguments[2], NULL, 10)};
    raise_files();
    before = bench_bare_cpu_us();
    good = curl_loop_run(&loop);
    (void)printf("%.3f\n", (bench_bare_cpu_us() - before) / (double)loop.count);
    return good == loop.count ? 0 : 1;
}
