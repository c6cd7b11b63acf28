/*
 * stress_process.c - many threads ask a program that dies all the time.
 *
 * Runs under ThreadSanitizer. The program answers some forty questions and ends; each
 * thread keeps several calls out, cancels one in four at whatever moment it is, and waits.
 * Every call must complete exactly once, with its own answer, as cancelled, or, if it was
 * out at two ends, as failed; and most must be answered.
 *
 *     stress_process [ROUNDS]
 */
#include "policies/crux_policies.h"
#include "tests/world/port_fixture.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, OUT = 3 };

/* The problem's prompt is its answer: `"problem": "word"` becomes `"steps": ["word"]`. */
#define PROGRAM                                                                                    \
    "exec sed -u -E -e "                                                                           \
    "'s/^(.\"id\": [0-9]+).*\"problem\": (\"[^\"]*\")[^[]*\"steps\": .*/\\1, \"steps\": [\\2]}/' " \
    "-e 40q"

static struct crux_policy *policy;
static _Atomic uint64_t answered, cancelled, failed, wrong;
static uint32_t rounds;

static void count(struct port_fixture *fixture, const char *word, int status)
{
    const struct crux_reply *reply = &port_fixture_call(fixture)->reply;

    if (status == CRUX_DONE) {
        wrong += reply->count != 1 || strcmp(reply->proposals[0].text, word) != 0;
        answered++;
        port_fixture_release(fixture);
    } else if (status == CRUX_CANCELLED) {
        cancelled++;
    } else {
        wrong += reply->sentence == NULL;
        failed++;
    }
}

static void *work(void *context)
{
    uint32_t thread = (uint32_t)(uintptr_t)context;
    struct port_fixture *askers[OUT];

    for (uint32_t i = 0; i < OUT; i++)
        askers[i] = port_fixture_open();
    for (uint32_t round = 0; round < rounds; round++) {
        struct crux_problem problem = {.id = "p"};
        int sent[OUT];
        char word[32];

        (void)snprintf(word, sizeof word, "%u-%u", thread, round);
        problem.prompt = word;
        for (uint32_t i = 0; i < OUT; i++) {
            struct crux_call call = {.verb = CRUX_PROPOSE,
                                     .kind = CRUX_STEP,
                                     .count = 1,
                                     .seed = (uint64_t)(i / 2) << 11, /* two ask the same */
                                     .state = {.problem = &problem}};

            sent[i] = port_fixture_send(askers[i], &policy->port, &call);
        }
        for (uint32_t i = 0; i < round % 7; i++)
            (void)sched_yield();
        if (round % 4 == 0 && sent[round % OUT] == CRUX_PENDING)
            policy->port.cancel(&policy->port, port_fixture_call(askers[round % OUT]));
        for (uint32_t i = 0; i < OUT; i++)
            count(askers[i], word,
                  sent[i] == CRUX_PENDING ? port_fixture_wait(askers[i]) : sent[i]);
    }
    for (uint32_t i = 0; i < OUT; i++)
        port_fixture_close(askers[i]);
    return NULL;
}

int main(int arguments, char **argument)
{
    struct crux_error error = {""};
    pthread_t threads[THREADS];
    uint64_t all;

    rounds = arguments > 1 ? (uint32_t)atoi(argument[1]) : 100;
    if (crux_policy_open(&policy, "process:timeout=60:" PROGRAM, NULL, &error) != CRUX_OK) {
        (void)printf("%s\n", error.text);
        return 1;
    }
    for (uintptr_t i = 0; i < THREADS; i++)
        (void)pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    crux_policy_close(policy);
    all = (uint64_t)THREADS * OUT * rounds;
    (void)printf("%llu asked, %llu answered, %llu cancelled, %llu failed, %llu wrong\n",
                 (unsigned long long)all, (unsigned long long)answered,
                 (unsigned long long)cancelled, (unsigned long long)failed,
                 (unsigned long long)wrong);
    return wrong == 0 && answered + cancelled + failed == all && answered > all / 2 ? 0 : 1;
}
