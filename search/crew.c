/*
 * crew.c - places for trees, workers that run whichever lane is ready.
 *
 * No worker owns a tree. A lane with something to do is in the ready set, and the
 * next free worker takes it; so two workers keep any number of trees going, and a
 * reply that comes in costs one bit and one post of a semaphore.
 */
#include "search/lane.h"
#include "search/rng.h"
#include "search/setup.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WATCH_NS 20000000 /* how often a limit in seconds is looked at while all wait */

/* --- halting ------------------------------------------------------------------ */

void crew_halt(struct crew *crew, enum halt why)
{
    int no = HALT_NO;

    /* relaxed: the word is all there is to see; an error's sentence is read after the join. */
    (void)atomic_compare_exchange_strong_explicit(&crew->halt, &no, (int)why, memory_order_relaxed,
                                                  memory_order_relaxed);
}

void crew_halt_error(struct crew *crew, int status, const struct crux_error *error)
{
    (void)pthread_mutex_lock(&crew->source_lock);
    if (crew->error_status == CRUX_OK) {
        crew->error_status = status;
        crew->error = *error;
    }
    (void)pthread_mutex_unlock(&crew->source_lock);
    crew_halt(crew, HALT_ERROR);
}

enum halt crew_halted(const struct crew *crew)
{
    /* relaxed: seen late, a simulation more is begun. */
    return (enum halt)atomic_load_explicit(&crew->halt, memory_order_relaxed);
}

int64_t crew_now(const struct crew *crew)
{
    struct timespec now;

    if (crew->setup.clock != NULL)
        return crew->setup.clock->now_ns(crew->setup.clock);
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* --- who has something to do ---------------------------------------------------- */

static void make_ready(struct crew *crew, struct lane *lane)
{
    /* A lane is queued once at a time, so every number added has its own post. */
    bool added = ready_add(&crew->ready, lane->number);

    assert(added);
    (void)added;
    (void)sem_post(&crew->work);
}

bool crew_notify(struct crew *crew, struct lane *lane)
{
    /* seq_cst: comes after what is told of; pairs with run_lane(), which sets RUNNING and
     * then looks. acquire below: pairs with the release in let_go(). */
    int state = atomic_load_explicit(&lane->state, memory_order_seq_cst);

    for (;;) {
        if (state == LANE_CLOSED)
            return false;
        if (state == LANE_QUEUED || state == LANE_AGAIN)
            return true;
        if (state == LANE_IDLE) {
            if (atomic_compare_exchange_weak_explicit(&lane->state, &state, LANE_QUEUED,
                                                      memory_order_acquire, memory_order_relaxed)) {
                make_ready(crew, lane);
                return true;
            }
        } else if (atomic_compare_exchange_weak_explicit(&lane->state, &state, LANE_AGAIN,
                                                         memory_order_relaxed,
                                                         memory_order_relaxed)) {
            return true;
        }
    }
}

/* Whoever ran the lane lets go of it: to sleep, unless somebody called meanwhile. */
static void let_go(struct crew *crew, struct lane *lane, bool more)
{
    int running = LANE_RUNNING;

    /* release: who queues the lane next hands on all that was done in it. */

    if (!more && atomic_compare_exchange_strong_explicit(
                     &lane->state, &running, LANE_IDLE, memory_order_release, memory_order_relaxed))
        return;
    atomic_store_explicit(&lane->state, LANE_QUEUED, memory_order_relaxed); /* ready_add() orders */
    make_ready(crew, lane);
}

/* --- places among the calls in flight --------------------------------------------- */

void crew_pass_on(struct crew *crew)
{
    while (atomic_load_explicit(&crew->starving, memory_order_seq_cst) != 0 &&
           atomic_load_explicit(&crew->in_flight, memory_order_seq_cst) < crew->setup.in_flight) {
        uint32_t number = ready_take(&crew->starved);

        if (number == READY_NONE)
            return;
        atomic_fetch_sub_explicit(&crew->starving, 1, memory_order_relaxed);
        if (crew_notify(crew, &crew->lanes[number]))
            return;
    }
}

bool crew_admit(struct crew *crew, struct lane *lane)
{
    uint64_t flying = atomic_load_explicit(&crew->in_flight, memory_order_relaxed);

    while (flying < crew->setup.in_flight)
        if (atomic_compare_exchange_weak_explicit(&crew->in_flight, &flying, flying + 1,
                                                  memory_order_relaxed, memory_order_relaxed))
            return true;
    atomic_fetch_add_explicit(&crew->starving, 1, memory_order_seq_cst);
    if (!ready_add(&crew->starved, lane->number))
        atomic_fetch_sub_explicit(&crew->starving, 1, memory_order_relaxed);
    /* A place may have come free before we stood in the queue: look again. seq_cst
     * here, in crew_done() and in crew_pass_on() makes one of the two see the other; the
     * other changes of both numbers only count. */
    crew_pass_on(crew);
    return false;
}

void crew_done(struct crew *crew)
{
    atomic_fetch_sub_explicit(&crew->in_flight, 1, memory_order_seq_cst);
    crew_pass_on(crew);
}

bool crew_spend(struct crew *crew)
{
    uint64_t limit = crew->setup.limit_calls;

    if (limit == 0)
        return true;
    /* relaxed: the number alone counts. */
    if (atomic_fetch_add_explicit(&crew->calls, 1, memory_order_relaxed) < limit)
        return true;
    crew_halt(crew, HALT_CALLS);
    return false;
}

/* --- lanes that share a tree ---------------------------------------------------------- */

void crew_turn(struct open_tree *open)
{
    uint32_t lanes = open->crew->setup.lanes;

    if (lanes == 1 || open->instant)
        return;
    /* seq_cst with crew_park(): either we see it parked, or it sees our turn. What is
     * exchanged below only decides who tells. */
    atomic_fetch_add_explicit(&open->turns, 1, memory_order_seq_cst);
    if (atomic_load_explicit(&open->parked, memory_order_seq_cst) == 0)
        return;
    for (uint32_t i = 0; i < lanes; i++) {
        if (atomic_exchange_explicit(&open->lanes[i].parked, false, memory_order_relaxed)) {
            atomic_fetch_sub_explicit(&open->parked, 1, memory_order_relaxed);
            (void)crew_notify(open->crew, &open->lanes[i]);
        }
    }
}

bool crew_park(struct lane *lane, uint64_t turns)
{
    struct open_tree *open = lane->open;

    atomic_fetch_add_explicit(&open->parked, 1, memory_order_seq_cst);
    atomic_store_explicit(&lane->parked, true, memory_order_relaxed);
    if (atomic_load_explicit(&open->turns, memory_order_seq_cst) == turns)
        return true;
    if (atomic_exchange_explicit(&lane->parked, false, memory_order_relaxed))
        atomic_fetch_sub_explicit(&open->parked, 1, memory_order_relaxed);
    return false;
}

/* --- opening and finishing trees --------------------------------------------------------- */

static int make_place(struct open_tree *open)
{
    struct crew *crew = open->crew;

    open->made = true;
    if (!tree_open(&open->tree, &crew->setup))
        return CRUX_MEMORY;
    if (crew->setup.root == CRUX_ROOT_GUMBEL && !gumbel_open(&open->gumbel, &crew->setup))
        return CRUX_MEMORY;
    if (crew->setup.transpositions && !same_open(&open->same, crew->setup.simulations))
        return CRUX_MEMORY;
    for (uint32_t i = 0; i < crew->setup.lanes; i++) {
        uint32_t number = (uint32_t)(open - crew->open) * crew->setup.lanes + i;

        if (!lane_make(&open->lanes[i], open, number))
            return CRUX_MEMORY;
    }
    return CRUX_OK;
}

/* A sample costs one policy call; without a limit in calls it may have as many as
 * mcts could make at most: a proposal and an answer for each simulation. */
static uint64_t simulation_limit(const struct crux_setup *setup)
{
    uint64_t limit = setup->simulations;

    if (setup->strategy == CRUX_SAMPLE)
        limit = setup->calls > 0 ? setup->calls : 2 * limit;
    return limit < TREE_VISITS_MOST ? limit : TREE_VISITS_MOST;
}

static void begin_tree(struct open_tree *open)
{
    struct crew *crew = open->crew;
    const struct crux_setup *setup = &crew->setup;
    const char *id = open->problem->id;

    tree_reset(&open->tree);
    if (setup->transpositions)
        same_reset(&open->same);
    answers_reset(&open->answers);
    open->key = rng_join(rng_mix(setup->seed), rng_text(id, strlen(id)));
    open->root.path = rng_mix(1);
    open->root.score = -1.0F;
    open->root.prior = 1.0F;
    /* relaxed, all of it: nobody looks before the lanes are told. */
    atomic_store_explicit(&open->root.rollouts, NULL, memory_order_relaxed);
    atomic_store_explicit(&open->root.own_visits, 0, memory_order_relaxed);
    atomic_store_explicit(&open->root.own_sum, 0, memory_order_relaxed);
    atomic_store_explicit(&open->begun, 0, memory_order_relaxed);
    atomic_store_explicit(&open->reserved, 0, memory_order_relaxed);
    atomic_store_explicit(&open->rollouts, 0, memory_order_relaxed);
    atomic_store_explicit(&open->ended, -1, memory_order_relaxed);
    atomic_store_explicit(&open->lanes_left, setup->lanes, memory_order_relaxed);
    atomic_store_explicit(&open->cut, false, memory_order_relaxed);
    atomic_store_explicit(&open->failure, NULL, memory_order_relaxed);
    open->simulation_limit = simulation_limit(setup);
    open->began_ns = crew_now(crew);
    for (uint32_t i = 0; i < setup->lanes; i++)
        lane_open(&open->lanes[i]);
    for (uint32_t i = 0; i < setup->lanes; i++) {
        atomic_store_explicit(&open->lanes[i].state, LANE_IDLE, memory_order_relaxed);
        (void)crew_notify(crew, &open->lanes[i]);
    }
}

/* The next problem; CRUX_END also when the run is halted. */
static int next_problem(struct crew *crew, const struct crux_problem **out)
{
    struct crux_error error = {""};
    int status = CRUX_END;

    (void)pthread_mutex_lock(&crew->source_lock);
    if (!crew->source_ended && crew_halted(crew) == HALT_NO) {
        status = crew->source->next(crew->source, out, &error);
        crew->source_ended = status != CRUX_OK;
    }
    (void)pthread_mutex_unlock(&crew->source_lock);
    if (status < 0)
        crew_halt_error(crew, status, &error);
    return status;
}

static void close_place(struct crew *crew)
{
    /* relaxed: it only counts; what the places held is read after the join. */
    if (atomic_fetch_sub_explicit(&crew->trees_left, 1, memory_order_relaxed) != 1)
        return;
    atomic_store_explicit(&crew->over, true, memory_order_relaxed); /* the semaphore orders */
    for (uint32_t i = 0; i < crew->setup.workers; i++)
        (void)sem_post(&crew->work);
}

/* Is there an order to settle in? */
static int begin_settling(struct open_tree *open, struct crux_error *error)
{
    struct crux_settling *settling = open->crew->setup.settling;
    uint64_t *order = NULL;
    size_t count = 0;
    int status;

    if (settling == NULL)
        return CRUX_OK;
    status = settling->begin(settling, open->problem, &order, &count, error);
    if (status == CRUX_OK)
        lane_follow(&open->lanes[0], order, count);
    return status;
}

static void open_next(struct open_tree *open)
{
    struct crew *crew = open->crew;
    struct crux_error error = {""};
    int status = next_problem(crew, &open->problem);

    if (status == CRUX_OK && !open->made && make_place(open) != CRUX_OK)
        status = crux_fail(&error, CRUX_MEMORY, "no memory to open another problem");
    if (status == CRUX_OK)
        status = begin_settling(open, &error);
    if (status == CRUX_OK) {
        begin_tree(open);
        return;
    }
    if (error.text[0] != '\0')
        crew_halt_error(crew, status, &error);
    close_place(crew);
}

static void finish(struct open_tree *open)
{
    struct crux_error error = {""};
    int status = finish_tree(open, &error);

    if (status < 0)
        crew_halt_error(open->crew, status, &error);
    open_next(open);
}

/* --- workers ------------------------------------------------------------------------------- */

static void notify_all(struct crew *crew)
{
    for (uint32_t i = 0; i < crew->open_count * crew->setup.lanes; i++)
        (void)crew_notify(crew, &crew->lanes[i]);
}

static bool has_deadlines(const struct crew *crew)
{
    return crew->deadline_ns != 0 || crew->setup.deadline_ns != 0;
}

/* Is it this worker's turn to have lanes look at their calls? */
static bool look_is_due(struct crew *crew, int64_t now_ns)
{
    /* relaxed: it only decides who looks. */
    int64_t next_ns = atomic_load_explicit(&crew->next_look_ns, memory_order_relaxed);

    return crew->setup.deadline_ns != 0 && now_ns >= next_ns &&
           atomic_compare_exchange_strong_explicit(&crew->next_look_ns, &next_ns, now_ns + WATCH_NS,
                                                   memory_order_relaxed, memory_order_relaxed);
}

static void watch_the_clock(struct crew *crew)
{
    int64_t now_ns;

    if (!has_deadlines(crew) || crew_halted(crew) != HALT_NO)
        return;
    now_ns = crew_now(crew);
    if (crew->deadline_ns != 0 && now_ns >= crew->deadline_ns) {
        crew_halt(crew, HALT_TIME);
        notify_all(crew);
    } else if (look_is_due(crew, now_ns)) {
        notify_all(crew);
    }
}

/* Work without waiting: what is there, or what a clock of the caller's jumps to. */
static bool find_work(struct crew *crew)
{
    struct crux_clock *clock = crew->setup.clock;

    if (clock == NULL || clock->idle == NULL)
        return false;
    do {
        watch_the_clock(crew);
        if (sem_trywait(&crew->work) == 0)
            return true;
    } while (clock->idle(clock));
    return false;
}

/* Until there is work; looks at the clock in between when there is a limit. */
static void wait_for_work(struct crew *crew)
{
    struct timespec until;

    watch_the_clock(crew);
    if (find_work(crew))
        return;
    if (!has_deadlines(crew)) {
        while (sem_wait(&crew->work) != 0 && errno == EINTR)
            continue;
        return;
    }
    do {
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += WATCH_NS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        watch_the_clock(crew);
    } while (sem_clockwait(&crew->work, CLOCK_MONOTONIC, &until) != 0);
}

static void run_lane(struct crew *crew, struct lane *lane)
{
    struct open_tree *open = lane->open;
    enum lane_end end;

    /* seq_cst: before the lane looks at its mailbox; pairs with crew_notify(). */
    atomic_store_explicit(&lane->state, LANE_RUNNING, memory_order_seq_cst);
    end = lane_run(lane);
    if (end != LANE_DONE) {
        let_go(crew, lane, end == LANE_MORE);
        return;
    }
    /* Closed, no notice queues it before its next tree; the last one may have been of
     * a place that somebody else waits for. relaxed: the count below hands the lane on. */
    if (atomic_exchange_explicit(&lane->state, LANE_CLOSED, memory_order_relaxed) == LANE_AGAIN)
        crew_pass_on(crew);
    /* acq_rel: the last one sees all that the others did. */
    if (atomic_fetch_sub_explicit(&open->lanes_left, 1, memory_order_acq_rel) == 1)
        finish(open);
}

static void *work(void *context)
{
    struct crew *crew = context;

    for (;;) {
        uint32_t number;

        wait_for_work(crew);
        if (atomic_load_explicit(&crew->over, memory_order_relaxed)) /* as in close_place() */
            return NULL;
        /* There is one for every post; another worker may be a step ahead of us
         * in the same word, so a round can find none. */
        while ((number = ready_take(&crew->ready)) == READY_NONE)
            (void)sched_yield();
        run_lane(crew, &crew->lanes[number]);
    }
}

static int start_workers(struct crew *crew, pthread_t *threads, uint32_t *started,
                         struct crux_error *error)
{
    for (*started = 0; *started < crew->setup.workers; (*started)++) {
        int cause = pthread_create(&threads[*started], NULL, work, crew);

        if (cause != 0 && *started == 0)
            return crux_fail(error, CRUX_MEMORY, "cannot start a worker: %s", strerror(cause));
        if (cause != 0)
            break; /* fewer workers do the same work */
    }
    return CRUX_OK;
}

/* --- the run -----------------------------------------------------------------------------------
 */

/* What is left of the limit; at least 1. */
static int64_t time_left(const struct crew *crew)
{
    int64_t limit = crew->setup.limit_ns, spent = crew->setup.spent_ns;

    return limit > spent ? limit - spent : 1;
}

static void begin_run(struct crew *crew)
{
    crew->source_ended = false;
    crew->error_status = CRUX_OK;
    crew->deadline_ns = crew->setup.limit_ns > 0 ? crew_now(crew) + time_left(crew) : 0;
    atomic_store_explicit(&crew->over, false, memory_order_relaxed);
    atomic_store_explicit(&crew->next_look_ns, 0, memory_order_relaxed);
    atomic_store_explicit(&crew->calls, 0, memory_order_relaxed);
    atomic_store_explicit(&crew->trees_left, crew->open_count, memory_order_relaxed);
    for (uint32_t i = 0; i < crew->open_count; i++)
        open_next(&crew->open[i]);
}

static int end_run(struct crew *crew, struct crux_error *error)
{
    while (sem_trywait(&crew->work) == 0)
        continue;                      /* posts for workers that were never started */
    if (crew->error_status != CRUX_OK) /* also when it came after a stop */
        return crux_fail(error, crew->error_status, "%s", crew->error.text);
    switch (crew_halted(crew)) {
    case HALT_NO:
    case HALT_ERROR:
        return CRUX_OK;
    case HALT_STOP:
        return crux_fail(error, CRUX_STOPPED, "the search was stopped");
    case HALT_CALLS:
        return crux_fail(error, CRUX_LIMIT, "the limit of %llu calls was reached",
                         (unsigned long long)crew->setup.limit_calls);
    case HALT_TIME:
        return crux_fail(error, CRUX_LIMIT, "the limit of %.3g seconds was reached",
                         (double)crew->setup.limit_ns * 1e-9);
    }
    return CRUX_OK;
}

int crew_run(struct crew *crew, struct crux_error *error)
{
    pthread_t *threads = calloc(crew->setup.workers, sizeof *threads);
    uint32_t started = 0;
    int status;

    if (threads == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for %u workers", crew->setup.workers);
    begin_run(crew);
    status = start_workers(crew, threads, &started, error);
    for (uint32_t i = 0; i < started; i++)
        (void)pthread_join(threads[i], NULL);
    free(threads);
    /* Ports' threads may still be on their way out of crux_complete(). */
    /* acquire: pairs with the release in lane_deliver(). */
    while (atomic_load_explicit(&crew->completing, memory_order_acquire) != 0)
        (void)sched_yield();
    return status == CRUX_OK ? end_run(crew, error) : status;
}

/* --- open and close -------------------------------------------------------------------------- */

int crew_open(struct crew *crew, const struct crux_setup *setup, struct crux_error *error)
{
    uint32_t lanes;

    crew->setup = *setup;
    simulate_ports(setup, crew->ports);
    crew->open_count = crux_open_trees(setup);
    lanes = crew->open_count * setup->lanes;
    (void)pthread_mutex_init(&crew->source_lock, NULL);
    (void)sem_init(&crew->work, 0, 0);
    crew->open = calloc(crew->open_count, sizeof *crew->open);
    crew->lanes = aligned_alloc(64, lanes * sizeof *crew->lanes);
    if (crew->open == NULL || crew->lanes == NULL || !ready_open(&crew->ready, lanes) ||
        !ready_open(&crew->starved, lanes)) {
        free(crew->lanes);
        crew->lanes = NULL;
        return crux_fail(error, CRUX_MEMORY, "no memory for %u open problems", crew->open_count);
    }
    memset(crew->lanes, 0, lanes * sizeof *crew->lanes);
    for (uint32_t i = 0; i < lanes; i++)
        atomic_init(&crew->lanes[i].state, LANE_CLOSED);
    for (uint32_t i = 0; i < crew->open_count; i++) {
        crew->open[i].crew = crew;
        crew->open[i].lanes = &crew->lanes[i * setup->lanes];
        crew->open[i].instant = setup_is_instant(setup);
    }
    return CRUX_OK;
}

void crew_close(struct crew *crew)
{
    for (uint32_t i = 0; crew->lanes != NULL && i < crew->open_count; i++) {
        if (!crew->open[i].made)
            continue;
        for (uint32_t j = 0; j < crew->setup.lanes; j++)
            lane_close(&crew->open[i].lanes[j]);
        answers_close(&crew->open[i].answers);
        same_close(&crew->open[i].same);
        gumbel_close(&crew->open[i].gumbel);
        tree_close(&crew->open[i].tree);
    }
    ready_close(&crew->ready);
    ready_close(&crew->starved);
    free(crew->lanes);
    free(crew->open);
    (void)sem_destroy(&crew->work);
    (void)pthread_mutex_destroy(&crew->source_lock);
}
