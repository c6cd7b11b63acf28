/*
 * bench_retrieve.c - looks queries up with policy retrieve, one after the other.
 *
 * Question   How long does a call for three documents wait?
 * Workload   Queries are the lines of standard input; the index is made by bench_retrieve.py, which
 *            also says what comes out.
 * Clock      CLOCK_MONOTONIC, from before the call to its answer: with the pool's wake-ups.
 * Left out   Opening the index. What a connection reads for its first query counts.
 * Output     A line for each query: milliseconds, milliseconds of processor time (all that counts
 *            where others use the machine, too), then the ids that came.
 *
 *     bench_retrieve CORPUS.db[,SETTING...] < queries
 */
#include "policies/crux_policies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/clock.h"
#include "tests/world/port_fixture.h"

/* Of all threads. */
static int64_t lookup_processor_ns(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * CLOCK_SECOND_NS + now.tv_nsec;
}

static int lookup_line(struct port_fixture *asker, struct crux_policy *policy, const char *query)
{
    static const struct crux_problem problem = {.id = "q", .prompt = "?", .line = "{}"};
    const struct crux_step step = {
        .text = query, .length = (uint32_t)strlen(query), .depth = 2, .kind = CRUX_QUERY};
    const struct crux_call call = {.verb = CRUX_PROPOSE,
                                   .kind = CRUX_DOC,
                                   .count = 3,
                                   .state = {.problem = &problem, .last = &step, .depth = 2}};
    int64_t work = lookup_processor_ns(), began = clock_now_ns();
    int status = port_fixture_ask(asker, &policy->port, &call);
    const struct crux_reply *reply = &port_fixture_call(asker)->reply;

    if (status != CRUX_DONE) {
        (void)fprintf(stderr, "bench_retrieve: %s\n", reply->sentence);
        return status;
    }
    (void)printf("%.3f %.3f", (double)(clock_now_ns() - began) / 1e6,
                 (double)(lookup_processor_ns() - work) / 1e6);
    for (uint32_t i = 0; i < reply->count; i++) {
        const char *text = reply->proposals[i].text;

        (void)printf(" %.*s", (int)strcspn(text + 1, "]"), text + 1);
    }
    (void)printf("\n");
    port_fixture_release(asker);
    return status;
}

int main(int count, char **words)
{
    struct port_fixture *asker = port_fixture_open();
    struct crux_policy *policy = NULL;
    struct crux_error error;
    char description[4096], *line = NULL;
    size_t room = 0;
    int status = CRUX_DONE;

    (void)snprintf(description, sizeof description, "retrieve:%s", count > 1 ? words[1] : "");
    if (crux_policy_open(&policy, description, NULL, &error) != CRUX_OK) {
        (void)fprintf(stderr, "bench_retrieve: %s\n", error.text);
        return 2;
    }
    while (status == CRUX_DONE && getline(&line, &room, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        status = lookup_line(asker, policy, line);
    }
    free(line);
    port_fixture_close(asker);
    crux_policy_close(policy);
    return status == CRUX_DONE ? 0 : 1;
}
