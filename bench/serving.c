/*
 * serving.c - keeps a number of questions out at a served model, and counts what comes.
 */
#include "bench/serving.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/process.h"
#include "io/clock.h"

enum {
    SERVING_STEPS = 2,
    SERVING_LOOK_NS = 200000000 /* the client's counts are up to 0.1 s old */
};
#define SERVING_SILENCE_NS (10 * CLOCK_SECOND_NS)

/* A question and what became of it. */
struct serving_call {
    int64_t asked_ns, ended_ns;
    uint32_t prompt, completion;
    bool answered;
};

struct serving_seat {
    struct crux_asking asking; /* first: a question is its seat */
    struct serving_floor *floor;
    struct serving_seat *next; /* of those that have come */
    struct crux_problem problem;
    struct crux_step steps[SERVING_STEPS];
    char id[32], prompt[400];
    size_t number;
    int status;
    bool out; /* asked, and not taken back by who asked */
};

/* One rung. */
struct serving_floor {
    struct serving *serving;
    struct serving_rung *rung;
    struct serving_seat *seats, *come;
    struct serving_call *calls;
    size_t asked, out;
    int64_t heard_ns;         /* when the last reply was taken */
    bool told, off;           /* of the silence; what is out was called off */
    struct http_client *http; /* NULL: there is none to look at */
    pthread_mutex_t mutex;    /* over what has come */
    pthread_cond_t signal;
};

/* --- what is asked ---------------------------------------------------------------------------- */

static void serving_write(struct serving_seat *seat, uint64_t number)
{
    static const char *const steps[SERVING_STEPS] = {
        "First I write down what is there at the beginning.\n\n",
        "Then I go through what happens, one thing after the other.\n\n"};
    uint64_t problem = number / (2 * SERVING_SIBLINGS);

    (void)snprintf(seat->id, sizeof seat->id, "bench-%llu", (unsigned long long)problem);
    (void)snprintf(
        seat->prompt, sizeof seat->prompt,
        "Problem %llu. A shop has %llu boxes of pencils, and each box has %llu pencils in "
        "it. In the morning %llu of the boxes are sold, in the afternoon %llu single "
        "pencils more. Then %llu new boxes of the same kind are brought. How many pencils "
        "does the shop have in the evening? Think step by step.",
        (unsigned long long)problem, (unsigned long long)(11 + problem % 17),
        (unsigned long long)(6 + problem % 13), (unsigned long long)(2 + problem % 7),
        (unsigned long long)(1 + problem % 5), (unsigned long long)(3 + problem % 11));
    seat->problem = (struct crux_problem){.id = seat->id, .prompt = seat->prompt};
    for (size_t i = 0; i < SERVING_STEPS; i++)
        seat->steps[i] = (struct crux_step){.previous = i > 0 ? &seat->steps[i - 1] : NULL,
                                            .text = steps[i],
                                            .length = (uint32_t)strlen(steps[i]),
                                            .depth = (uint32_t)i + 1,
                                            .kind = CRUX_STEP};
}

static void serving_came(struct crux_asking *asking, int status)
{
    struct serving_seat *seat = (struct serving_seat *)(void *)asking;
    struct serving_floor *floor = seat->floor;

    (void)pthread_mutex_lock(&floor->mutex);
    floor->calls[seat->number].ended_ns = clock_now_ns();
    seat->status = status;
    seat->next = floor->come;
    floor->come = seat;
    (void)pthread_cond_signal(&floor->signal);
    (void)pthread_mutex_unlock(&floor->mutex);
}

static void serving_ask(struct serving_seat *seat)
{
    struct serving_floor *floor = seat->floor;
    uint64_t number = floor->serving->next++;
    bool answer = number % (2 * SERVING_SIBLINGS) >= SERVING_SIBLINGS;
    struct crux_call *call = &seat->asking.call;
    int status;

    serving_write(seat, number);
    seat->number = floor->asked++;
    call->verb = CRUX_PROPOSE;
    call->kind = answer ? CRUX_ANSWER : CRUX_STEP;
    call->count = 1;
    call->sample = (uint32_t)(number % SERVING_SIBLINGS);
    call->seed = floor->serving->seed + number;
    call->state = (struct crux_state){.problem = &seat->problem,
                                      .last = answer ? NULL : &seat->steps[SERVING_STEPS - 1],
                                      .depth = answer ? 0 : SERVING_STEPS,
                                      .key = floor->serving->seed + number};
    floor->calls[seat->number].asked_ns = clock_now_ns();
    seat->out = true;
    floor->out++;
    status = crux_ask(&floor->serving->policy->port, &seat->asking);
    if (status != CRUX_PENDING)
        serving_came(&seat->asking, status);
}

/* --- while nothing comes ------------------------------------------------------------- */

/* What is wrong with the first endpoint that is in trouble; false: none is. */
static bool serving_trouble(const struct serving_floor *floor, char trouble[SERVING_WHY])
{
    for (uint32_t i = 0; floor->http != NULL && i < floor->serving->endpoints; i++) {
        struct http_endpoint_view view = {.well = true};

        http_look_at(floor->http, i, &view);
        (void)snprintf(trouble, SERVING_WHY, "%s", view.trouble);
        if (!view.well && trouble[0] != '\0')
            return true;
    }
    return false;
}

/* A slow model is silent for minutes, and nothing is wrong with it. */
static void serving_tell_silence(struct serving_floor *floor)
{
    char trouble[SERVING_WHY] = "";

    if (floor->told || clock_now_ns() - floor->heard_ns < SERVING_SILENCE_NS ||
        !serving_trouble(floor, trouble))
        return;
    floor->told = true;
    (void)fprintf(stderr,
                  "crux: with %" PRIu32 " in flight nothing has come for %d seconds: %s; it is "
                  "tried for a while yet, and Ctrl-C ends it\n",
                  floor->rung->in_flight, (int)(SERVING_SILENCE_NS / CLOCK_SECOND_NS), trouble);
}

static void serving_call_off(struct serving_floor *floor)
{
    if (floor->off || !bench_is_ended())
        return;
    floor->off = true;
    backends_leave(floor->serving->backends);
    for (size_t i = 0; i < floor->rung->in_flight; i++)
        if (floor->seats[i].out)
            crux_cancel(&floor->seats[i].asking);
}

/* --- what came ----------------------------------------------------------------------- */

/* The first that has come, after a moment at most; NULL: none has. */
static struct serving_seat *serving_wait_a_moment(struct serving_floor *floor)
{
    int64_t until_ns = clock_now_ns() + SERVING_LOOK_NS;
    const struct timespec until = {(time_t)(until_ns / CLOCK_SECOND_NS),
                                   (long)(until_ns % CLOCK_SECOND_NS)};
    struct serving_seat *seat;
    int waited = 0;

    (void)pthread_mutex_lock(&floor->mutex);
    while (floor->come == NULL && waited == 0)
        waited = pthread_cond_timedwait(&floor->signal, &floor->mutex, &until);
    seat = floor->come;
    if (seat != NULL)
        floor->come = seat->next;
    (void)pthread_mutex_unlock(&floor->mutex);
    return seat;
}

static struct serving_seat *serving_wait(struct serving_floor *floor)
{
    struct serving_seat *seat;

    do {
        seat = serving_wait_a_moment(floor);
        serving_call_off(floor);
        if (seat == NULL)
            serving_tell_silence(floor);
    } while (seat == NULL);
    seat->out = false;
    floor->out--;
    return seat;
}

static void serving_note(struct serving_floor *floor, struct serving_seat *seat)
{
    const struct crux_reply *reply = &seat->asking.call.reply;
    struct serving_call *call = &floor->calls[seat->number];

    if (seat->status != CRUX_DONE) {
        floor->rung->failed++;
        (void)snprintf(floor->rung->why, sizeof floor->rung->why, "%s",
                       reply->sentence != NULL ? reply->sentence : "a call failed");
        return;
    }
    floor->heard_ns = clock_now_ns();
    call->answered = true;
    call->prompt = reply->prompt_tokens;
    call->completion = reply->completion_tokens;
    crux_release(&seat->asking);
}

static void serving_run(struct serving_floor *floor)
{
    struct serving_rung *rung = floor->rung;

    floor->heard_ns = clock_now_ns();
    while (floor->out < rung->in_flight && floor->asked < rung->calls) {
        struct serving_seat *seat = &floor->seats[floor->asked];

        seat->floor = floor;
        seat->asking.answered = serving_came;
        serving_ask(seat);
    }
    while (floor->out > 0) {
        struct serving_seat *seat = serving_wait(floor);

        serving_note(floor, seat);
        if (floor->asked < rung->calls && !floor->off)
            serving_ask(seat);
    }
}

/* --- figures ------------------------------------------------------------------------- */

static int serving_by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static int serving_quantiles(struct serving_rung *rung, const struct serving_call *calls,
                             struct crux_error *error)
{
    int64_t *took = calloc(rung->calls + 1, sizeof *took);
    size_t count = 0;

    if (took == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for figures");
    for (size_t i = 0; i < rung->calls; i++)
        if (calls[i].answered)
            took[count++] = calls[i].ended_ns - calls[i].asked_ns;
    qsort(took, count, sizeof *took, serving_by_size);
    if (count > 0) {
        rung->median_ns = took[(count - 1) / 2];
        rung->nearly_ns = took[(count * 95 + 99) / 100 - 1];
        rung->most_ns = took[count - 1];
    }
    free(took);
    return CRUX_OK;
}

static double serving_within(const struct serving_call *call, int64_t from, int64_t until)
{
    int64_t begin = call->asked_ns > from ? call->asked_ns : from;
    int64_t end = call->ended_ns < until ? call->ended_ns : until;

    return end > begin ? (double)(end - begin) : 0.0;
}

static void serving_rates(struct serving_rung *rung, const struct serving_call *calls)
{
    bool more = rung->calls > rung->in_flight;
    int64_t from = calls[more ? rung->in_flight - 1 : 0].asked_ns, until = from;
    double window, out = 0.0, prompt = 0.0, completion = 0.0;

    if (more)
        until = calls[rung->calls - 1].asked_ns;
    for (size_t i = 0; !more && i < rung->calls; i++)
        until = calls[i].ended_ns > until ? calls[i].ended_ns : until;
    window = until > from ? (double)(until - from) : 1.0;
    for (size_t i = 0; i < rung->calls; i++) {
        double within = serving_within(&calls[i], from, until);
        double took = (double)(calls[i].ended_ns - calls[i].asked_ns);
        double part = took > 0.0 ? within / took : 0.0;

        out += within;
        prompt += part * calls[i].prompt;
        completion += part * calls[i].completion;
    }
    rung->seconds = window / 1e9;
    rung->out = out / window;
    rung->prompt_rate = prompt / rung->seconds;
    rung->completion_rate = completion / rung->seconds;
}

/* What is in a reply is nothing to a bench: one whose words are no step is as good as another, and
 * a run of none but such would be ended as barren. */
static int serving_take_all(struct serving_floor *floor, struct crux_error *error)
{
    struct served *served = NULL;
    int status = backends_find(&served, floor->serving->backends, NULL, error);

    for (int way = 0; status == CRUX_OK && way < SERVED_WAYS; way++)
        served_used(served, (enum served_way)way);
    if (status == CRUX_OK)
        floor->http = served_http(served);
    return status;
}

/* What the client has counted until now. */
static uint64_t serving_busy(const struct serving_floor *floor)
{
    const struct timespec nap = {0, SERVING_LOOK_NS};
    struct http_view view = {.requests = 0};

    if (floor->http == NULL)
        return 0;
    (void)nanosleep(&nap, NULL);
    http_look(floor->http, &view);
    return view.tried[HTTP_BUSY];
}

static int serving_count(struct serving_floor *floor, struct crux_error *error)
{
    struct serving_rung *rung = floor->rung;

    if (rung->failed == rung->calls)
        return crux_fail(error, CRUX_FAILED, "with %u in flight no call was answered: %.300s",
                         rung->in_flight, rung->why);
    serving_rates(rung, floor->calls);
    return serving_quantiles(rung, floor->calls, error);
}

static int serving_floor_run(struct serving_floor *floor, struct crux_error *error)
{
    struct crux_backend_view before, after;
    struct serving_rung *rung = floor->rung;
    uint64_t busy = serving_busy(floor);

    crux_backends_sum(floor->serving->backends, &before);
    serving_run(floor);
    if (bench_ended(CRUX_OK, error) != CRUX_OK)
        return CRUX_FAILED;
    rung->busy = serving_busy(floor) - busy;
    crux_backends_sum(floor->serving->backends, &after);
    rung->prompt = after.prompt_tokens - before.prompt_tokens;
    rung->cached = after.cached_tokens - before.cached_tokens;
    rung->completion = after.completion_tokens - before.completion_tokens;
    return serving_count(floor, error);
}

static void serving_open_signal(pthread_cond_t *signal)
{
    pthread_condattr_t attributes;

    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(signal, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

int serving_measure(struct serving *serving, struct serving_rung *rung, struct crux_error *error)
{
    struct serving_floor floor = {.serving = serving,
                                  .rung = rung,
                                  .seats = calloc(rung->in_flight, sizeof *floor.seats),
                                  .calls = calloc(rung->calls, sizeof *floor.calls)};
    int status;

    (void)pthread_mutex_init(&floor.mutex, NULL);
    serving_open_signal(&floor.signal);
    status =
        floor.seats == NULL || floor.calls == NULL
            ? crux_fail(error, CRUX_MEMORY, "no memory for %u calls in flight", rung->in_flight)
            : serving_take_all(&floor, error);
    if (status == CRUX_OK)
        status = serving_floor_run(&floor, error);
    (void)pthread_cond_destroy(&floor.signal);
    (void)pthread_mutex_destroy(&floor.mutex);
    free(floor.seats);
    free(floor.calls);
    return status;
}

/* --- the ladder ---------------------------------------------------------------------- */

size_t serving_best(const struct serving_rung *rungs, size_t count)
{
    double best = 0.0;
    size_t first = 0;

    for (size_t i = 0; i < count; i++)
        best = rungs[i].completion_rate > best ? rungs[i].completion_rate : best;
    while (first + 1 < count && rungs[first].completion_rate < 0.95 * best)
        first++;
    return first;
}

size_t serving_ladder(struct serving_rung rungs[SERVING_RUNGS], uint32_t most, uint64_t calls)
{
    uint64_t places = 0;
    size_t count = 0;

    for (uint32_t at = 1; at < most; at *= 2)
        rungs[count++] = (struct serving_rung){.in_flight = at};
    rungs[count++] = (struct serving_rung){.in_flight = most};
    for (size_t i = 0; i < count; i++)
        places += rungs[i].in_flight;
    for (size_t i = 0; i < count; i++) {
        uint64_t least = UINT64_C(2) * rungs[i].in_flight;

        rungs[i].calls = calls * rungs[i].in_flight / places;
        rungs[i].calls = rungs[i].calls > least ? rungs[i].calls : least;
    }
    return count;
}
