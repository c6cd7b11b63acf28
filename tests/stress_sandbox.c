/*
 * stress_sandbox.c - many threads submit, cancel, hold and let go at once; every request ends
 * exactly once, whatever became of it.
 *
 * The programs are short, since what is looked at is who may end a request: a supervisor, a cancel,
 * a hold. Where no jail starts there is nothing to see, and it fails.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/sandbox/sandbox.h"
#include "tests/world/deep.h"

enum { ASKERS = 4, REQUESTS = 12, REQUESTS_DEEP = 200 };

static const char line[] =
    "{\"language\": \"python\", \"code\": \"print(1)\", \"runs\": [[\"\", \"1\"]]}";

static struct sandbox *sandbox;
static atomic_uint ends[SANDBOX_CANCELLED + 1];
static atomic_uint submitted, refused, twice;

struct one {
    atomic_uint ended;
};

static void count_end(void *context, const struct sandbox_answer *answer)
{
    struct one *one = context;

    if (atomic_fetch_add(&one->ended, 1) != 0)
        atomic_fetch_add(&twice, 1);
    atomic_fetch_add(&ends[answer->end], 1);
}

static void *ask(void *context)
{
    struct one *ones = context;
    unsigned count = is_deep() ? REQUESTS_DEEP : REQUESTS;

    for (unsigned i = 0; i < count; i++) {
        const struct sandbox_request request = {
            .line = line, .length = sizeof line - 1, .done = count_end, .context = &ones[i]};
        const struct timespec moment = {.tv_nsec = (long)(i % 7) * 3000000};
        struct crux_error error;
        uint64_t number = 0;

        if (sandbox_submit(sandbox, &request, &number, &error) != CRUX_OK) {
            atomic_fetch_add(&refused, 1);
            continue;
        }
        atomic_fetch_add(&submitted, 1);
        if (i % 3 != 0) {
            (void)nanosleep(&moment, NULL);
            sandbox_cancel(sandbox, number);
        }
        if (i % 5 == 4)
            sandbox_hold(sandbox, i % 2 != 0 ? SANDBOX_HELD : SANDBOX_DROPS);
        sandbox_hold(sandbox, SANDBOX_GOES);
    }
    return NULL;
}

static void wait_for_all(void)
{
    const struct timespec moment = {.tv_nsec = 5000000};

    while (ends[0] + ends[1] + ends[2] < submitted)
        (void)nanosleep(&moment, NULL);
}

int main(void)
{
    const struct sandbox_options options = {
        .level = SANDBOX_STRICT, .limits = sandbox_limits_default(), .at_once = 3};
    static struct one ones[ASKERS][REQUESTS_DEEP];
    pthread_t threads[ASKERS];
    struct crux_error error;

    if (sandbox_open(&sandbox, &options, &error) != CRUX_OK) {
        (void)fprintf(stderr, "stress_sandbox: %s\n", error.text);
        return 1;
    }
    for (int i = 0; i < ASKERS; i++)
        if (pthread_create(&threads[i], NULL, ask, ones[i]) != 0)
            abort();
    for (int i = 0; i < ASKERS; i++)
        (void)pthread_join(threads[i], NULL);
    wait_for_all();
    sandbox_close(sandbox);
    (void)printf("stress_sandbox: %u submitted, %u answered, %u cancelled, %u refused, %u ended "
                 "twice\n",
                 submitted, ends[SANDBOX_ANSWERED], ends[SANDBOX_CANCELLED], refused, twice);
    return twice == 0 && ends[0] + ends[1] + ends[2] == submitted ? 0 : 1;
}
