/*
 * bench_retrieve.c - looks queries up with policy retrieve, one after the other.
 *
 * Question   How long does a call for three documents wait?
 * Workload   Queries are the lines of standard input; the index is made by bench_retrieve.py, which
 *            also says what comes out.
 * Clock      CLOCK_MONOTONIC, from before crux_ask() to after answered(): with the pool's wake-ups.
 * Left out   Opening the index, and one query before the first line that warms nothing but SQLite's
 *            own tables.
 * Output     A line for each query: milliseconds, milliseconds of processor time (all that counts
 *            where others use the machine, too), then the ids that came.
 *
 *     bench_retrieve CORPUS.db[,SETTING...] < queries
 */
#include "policies/crux_policies.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/clock.h"

struct lookup {
    struct crux_asking asking; /* first */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done;
    int status;
};

static void lookup_answered(struct crux_asking *asking, int status)
{
    struct lookup *lookup = (struct lookup *)(void *)asking;

    (void)pthread_mutex_lock(&lookup->lock);
    lookup->done = true;
    lookup->status = status;
    (void)pthread_cond_signal(&lookup->changed);
    (void)pthread_mutex_unlock(&lookup->lock);
}

static int lookup_ask(struct lookup *lookup, struct crux_policy *policy)
{
    int status;

    lookup->done = false;
    status = crux_ask(&policy->port, &lookup->asking);
    if (status != CRUX_PENDING)
        return status;
    (void)pthread_mutex_lock(&lookup->lock);
    while (!lookup->done)
        (void)pthread_cond_wait(&lookup->changed, &lookup->lock);
    (void)pthread_mutex_unlock(&lookup->lock);
    return lookup->status;
}

/* Of all threads. */
static int64_t lookup_processor_ns(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * CLOCK_SECOND_NS + now.tv_nsec;
}

static int lookup_line(struct lookup *lookup, struct crux_policy *policy, const char *query,
                       bool print)
{
    static const struct crux_problem problem = {.id = "q", .prompt = "?", .line = "{}"};
    const struct crux_step step = {
        .text = query, .length = (uint32_t)strlen(query), .depth = 2, .kind = CRUX_QUERY};
    int64_t began, work;
    int status;

    lookup->asking.answered = lookup_answered;
    lookup->asking.call.verb = CRUX_PROPOSE;
    lookup->asking.call.kind = CRUX_DOC;
    lookup->asking.call.count = 3;
    lookup->asking.call.state = (struct crux_state){.problem = &problem, .last = &step, .depth = 2};
    work = lookup_processor_ns();
    began = clock_now_ns();
    status = lookup_ask(lookup, policy);
    if (status != CRUX_DONE)
        return status;
    if (print)
        (void)printf("%.3f %.3f", (double)(clock_now_ns() - began) / 1e6,
                     (double)(lookup_processor_ns() - work) / 1e6);
    for (uint32_t i = 0; i < lookup->asking.call.reply.count && print; i++) {
        const char *text = lookup->asking.call.reply.proposals[i].text;

        (void)printf(" %.*s", (int)strcspn(text + 1, "]"), text + 1);
    }
    if (print)
        (void)printf("\n");
    crux_release(&lookup->asking);
    return CRUX_DONE;
}

int main(int count, char **words)
{
    struct lookup lookup = {.done = false};
    struct crux_policy *policy = NULL;
    struct crux_error error;
    char description[4096], *line = NULL;
    size_t room = 0;
    ssize_t length;
    int status = CRUX_DONE;

    (void)snprintf(description, sizeof description, "retrieve:%s", count > 1 ? words[1] : "");
    if (crux_policy_open(&policy, description, NULL, &error) != CRUX_OK) {
        (void)fprintf(stderr, "bench_retrieve: %s\n", error.text);
        return 2;
    }
    (void)pthread_mutex_init(&lookup.lock, NULL);
    (void)pthread_cond_init(&lookup.changed, NULL);
    (void)lookup_line(&lookup, policy, "warm", false);
    while (status == CRUX_DONE && (length = getline(&line, &room, stdin)) > 0) {
        line[strcspn(line, "\n")] = '\0';
        status = lookup_line(&lookup, policy, line, true);
    }
    if (status != CRUX_DONE)
        (void)fprintf(stderr, "bench_retrieve: %s\n", lookup.asking.call.reply.sentence);
    free(line);
    crux_policy_close(policy);
    return status == CRUX_DONE ? 0 : 1;
}
