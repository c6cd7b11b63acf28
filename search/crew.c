/*
 * crew.c - the worker threads, and the problems they search: open, run, finish, next.
 */
#include "search/crew.h"

#include "search/budget.h"
#include "search/lane.h"
#include "search/rng.h"
#include "search/setup.h"
#include "search/strategies/strategy.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CREW_WATCH_NS 20000000 /* how often a limit in seconds is looked at while all wait */

/* Trees that are open when so many calls may be in flight. */
static uint32_t crew_trees_for(const struct crew *crew, uint32_t in_flight)
{
    struct crux_setup setup = crew->run.setup;

    setup.in_flight = in_flight;
    return crux_open_trees(&setup);
}

/* --- opening and finishing trees --------------------------------------------------------- */

static int crew_make_place(struct crew *crew, struct open_tree *open)
{
    const struct crux_setup *setup = &crew->run.setup;
    const struct strategy *strategy = crew->run.strategy;

    assert(!open->made && open >= crew->open && open < crew->open + crew->places);
    open->made = true;
    if (strategy->needs != NULL) {
        const struct tree_needs needs = strategy->needs(setup);

        if (!tree_open_for(&open->tree, setup, &needs))
            return CRUX_MEMORY;
    } else if (!tree_open(&open->tree, setup)) {
        return CRUX_MEMORY;
    }
    if (strategy->open != NULL && !strategy->open(&open->strategy, setup))
        return CRUX_MEMORY;
    if (setup->transpositions && !transposition_open(&open->transpositions, setup->simulations))
        return CRUX_MEMORY;
    for (uint32_t i = 0; i < setup->lanes; i++) {
        uint32_t number = (uint32_t)(open - crew->open) * setup->lanes + i;

        if (!lane_make(&open->lanes[i], open, &crew->admission, number))
            return CRUX_MEMORY;
    }
    return CRUX_OK;
}

static void crew_close_place(struct crew *crew, struct open_tree *open)
{
    const struct strategy *strategy = crew->run.strategy;

    if (!open->made)
        return;
    for (uint32_t i = 0; i < crew->run.setup.lanes; i++)
        lane_close(&open->lanes[i]);
    answers_close(&open->answers);
    transposition_close(&open->transpositions);
    if (strategy->close != NULL)
        strategy->close(open->strategy);
    open->strategy = NULL;
    tree_close(&open->tree);
    open->made = false;
}

static void crew_begin_root(struct open_tree *open)
{
    struct cold_node *root = &open->root;

    root->path = rng_mix(1);
    root->score = -1.0F;
    root->prior = 1.0F;
    root->scored = root->valued = NULL;
    /* relaxed, all of it: no lane looks before the lanes are notified. */
    atomic_store_explicit(&root->rollouts, NULL, memory_order_relaxed);
    atomic_store_explicit(&root->own_visits, 0, memory_order_relaxed);
    atomic_store_explicit(&root->own_sum, 0, memory_order_relaxed);
}

static void crew_begin_tree(struct open_tree *open)
{
    const struct run *run = open->run;
    const struct crux_setup *setup = &run->setup;
    const char *id = open->problem->id;

    assert(open->made && open->finish == NULL);
    assert(id != NULL);
    tree_reset(&open->tree);
    if (setup->transpositions)
        transposition_reset(&open->transpositions);
    answers_reset(&open->answers);
    open->key = rng_join(rng_mix(setup->seed), rng_text(id, strlen(id)));
    crew_begin_root(open);
    budget_reset(open);
    /* relaxed, as above. */
    atomic_store_explicit(&open->rollouts, 0, memory_order_relaxed);
    atomic_store_explicit(&open->lanes_left, setup->lanes, memory_order_relaxed);
    atomic_store_explicit(&open->cut, false, memory_order_relaxed);
    atomic_store_explicit(&open->failure, NULL, memory_order_relaxed);
    open->began_ns = run_now(run);
    if (run->strategy->begin != NULL)
        run->strategy->begin(open);
    for (uint32_t i = 0; i < setup->lanes; i++)
        lane_open(&open->lanes[i]);
    for (uint32_t i = 0; i < setup->lanes; i++)
        schedule_open_lane(&open->lanes[i]);
}

/* With the lock of the source. */
static void crew_retire_place(struct crew *crew, struct open_tree *open)
{
    /* relaxed: it only counts; what the places held is read after the join. */
    uint32_t left = atomic_fetch_sub_explicit(&crew->trees_left, 1, memory_order_relaxed);

    assert(left > 0 && !open->retired);
    open->retired = true;
    if (left != 1)
        return;
    atomic_store_explicit(&crew->over, true, memory_order_relaxed); /* the semaphore orders */
    for (uint32_t i = 0; i < crew->run.setup.workers; i++)
        (void)sem_post(&crew->schedule.work);
}

/* The next problem; CRUX_END also when the run is halted. With no problem more the place retires in
 * the same step, so that crew_more() finds it. */
static int crew_next_problem(struct crew *crew, struct open_tree *open)
{
    struct crux_error error = {""};
    int status = CRUX_END;

    (void)pthread_mutex_lock(&crew->source_lock);
    if (!crew->source_ended && run_halted(&crew->run) == HALT_NO) {
        status = crew->source->next(crew->source, &open->problem, &error);
        crew->source_ended = status != CRUX_OK;
    }
    if (status < 0)
        run_halt_error(&crew->run, status, &error);
    if (status != CRUX_OK)
        crew_retire_place(crew, open);
    (void)pthread_mutex_unlock(&crew->source_lock);
    return status;
}

/* One thread takes back a place that crew_more() has found. */
static bool crew_takes_back(struct crew *crew, struct open_tree *open)
{
    bool returns;

    (void)pthread_mutex_lock(&crew->source_lock);
    returns = open->returns;
    open->returns = false;
    (void)pthread_mutex_unlock(&crew->source_lock);
    return returns;
}

/* Is there an order to settle in? */
static int crew_begin_arrivals(struct open_tree *open, struct crux_error *error)
{
    struct crux_arrivals *arrivals = open->run->setup.arrivals;
    struct crux_arrival *order = NULL;
    size_t count = 0;
    int status;

    assert(arrivals == NULL || open->run->setup.lanes == 1);
    if (arrivals == NULL)
        return CRUX_OK;
    status = arrivals->begin(arrivals, open->problem, &order, &count, error);
    if (status == CRUX_OK)
        lane_follow(&open->lanes[0], order, count);
    return status;
}

/* Addresses that are reserved and not used count where a process's memory is limited. */
static int crew_refuse_place(struct crew *crew, struct crux_error *error)
{
    const struct crux_setup *setup = &crew->run.setup;
    uint32_t count;

    (void)pthread_mutex_lock(&crew->source_lock);
    count = crew->open_count;
    (void)pthread_mutex_unlock(&crew->source_lock);
    return crux_fail(error, CRUX_MEMORY,
                     "no memory to open another problem: %u open at a time each reserve addresses "
                     "for %u simulations and %u children, which limits of a process count (ulimit "
                     "-d, -v) though little of it is used; fewer open trees, simulations or "
                     "children need less",
                     count, setup->simulations, setup->children);
}

static void crew_open_next(struct crew *crew, struct open_tree *open)
{
    struct crux_error error = {""};
    int status = crew_next_problem(crew, open);

    assert(open->finish == NULL);
    if (status != CRUX_OK)
        return;
    if (!open->made && crew_make_place(crew, open) != CRUX_OK)
        status = crew_refuse_place(crew, &error);
    if (status == CRUX_OK)
        status = crew_begin_arrivals(open, &error);
    if (status == CRUX_OK) {
        crew_begin_tree(open);
        return;
    }
    run_halt_error(&crew->run, status, &error);
    (void)pthread_mutex_lock(&crew->source_lock);
    crew_retire_place(crew, open);
    (void)pthread_mutex_unlock(&crew->source_lock);
}

/* With the lock of the source. A place that is not in use yet and has its memory; NULL: there is
 * none, or nothing to search there. */
static struct open_tree *crew_use_place(struct crew *crew, uint32_t wanted)
{
    struct open_tree *open = &crew->open[crew->open_count];

    if (crew->open_count >= wanted || crew->open_count >= crew->open_most || crew->source_ended ||
        run_halted(&crew->run) != HALT_NO ||
        atomic_load_explicit(&crew->trees_left, memory_order_relaxed) == 0)
        return NULL;
    if (crew_make_place(crew, open) != CRUX_OK) { /* it goes on with those that it has */
        crew_close_place(crew, open);             /* which need memory, too */
        crew->open_most = crew->open_count;
        return NULL;
    }
    crew->open_count++;
    atomic_fetch_add_explicit(&crew->trees_left, 1, memory_order_relaxed);
    return open;
}

/* As many trees as the calls want that may be in flight now. A run does not end while somebody is
 * in here: its last place may retire here, which tells all workers. */
static void crew_grow(struct crew *crew)
{
    uint32_t wanted = crew_trees_for(crew, admission_look(&crew->admission).most);
    struct open_tree *open;

    schedule_enter_delivery(&crew->schedule);
    do {
        (void)pthread_mutex_lock(&crew->source_lock);
        open = crew_use_place(crew, wanted);
        (void)pthread_mutex_unlock(&crew->source_lock);
        if (open != NULL)
            crew_open_next(crew, open);
    } while (open != NULL);
    if (run_halted(&crew->run) != HALT_NO) /* by the source: the workers may all be asleep */
        crew_resume(crew);
    schedule_leave_delivery(&crew->schedule);
}

bool crew_more(struct crew *crew)
{
    uint32_t count;
    bool goes_on;

    schedule_enter_delivery(&crew->schedule); /* as in crew_grow() */
    (void)pthread_mutex_lock(&crew->source_lock);
    count = crew->open_count;
    goes_on = run_halted(&crew->run) == HALT_NO &&
              atomic_load_explicit(&crew->trees_left, memory_order_relaxed) > 0;
    if (goes_on)
        crew->source_ended = false;
    for (uint32_t i = 0; goes_on && i < count; i++)
        if (crew->open[i].retired) {
            crew->open[i].retired = false;
            crew->open[i].returns = true;
            atomic_fetch_add_explicit(&crew->trees_left, 1, memory_order_relaxed);
        }
    (void)pthread_mutex_unlock(&crew->source_lock);
    for (uint32_t i = 0; goes_on && i < count; i++)
        if (crew_takes_back(crew, &crew->open[i]))
            crew_open_next(crew, &crew->open[i]);
    crew_grow(crew); /* more calls may have been allowed while there was nothing to open */
    schedule_leave_delivery(&crew->schedule);
    return goes_on;
}

/* All lanes are done and closed. While answers about the finished tree are pending, lane 0 is open
 * again: the worker that runs it comes back here. */
static int crew_finish(struct crew *crew, struct open_tree *open)
{
    struct crux_error error = {""};
    int status = finish_tree(open, crew->sink, &crew->counts, &error);

    assert(atomic_load_explicit(&open->lanes_left, memory_order_relaxed) == 0);
    if (status < 0)
        run_halt_error(&crew->run, status, &error);
    return status;
}

/* --- steering ------------------------------------------------------------------------------ */

void crew_pause(struct crew *crew)
{
    admission_pause(&crew->admission);
    if (run_halted(&crew->run) != HALT_NO) /* what is held back would never end */
        crew_resume(crew);
}

void crew_resume(struct crew *crew)
{
    schedule_enter_delivery(&crew->schedule);
    if (admission_resume(&crew->admission)) /* instant ports have no lanes that starve */
        schedule_notify_all(&crew->schedule);
    schedule_leave_delivery(&crew->schedule);
}

void crew_set_in_flight(struct crew *crew, uint32_t most)
{
    schedule_enter_delivery(&crew->schedule);
    admission_set_most(&crew->admission, most);
    schedule_leave_delivery(&crew->schedule);
    crew_grow(crew); /* a run that begins now has seen the number */
}

void crew_wake_all(struct crew *crew)
{
    schedule_enter_delivery(&crew->schedule);
    schedule_notify_all(&crew->schedule);
    schedule_leave_delivery(&crew->schedule);
}

/* --- workers ------------------------------------------------------------------------------- */

static bool crew_has_deadlines(const struct crew *crew)
{
    return run_deadline(&crew->run) != 0 || crew->run.setup.deadline_ns != 0;
}

/* Is it this worker's turn to have lanes look at their calls? */
static bool crew_look_is_due(struct crew *crew, int64_t now_ns)
{
    /* relaxed: it only decides which worker looks. */
    int64_t next_ns = atomic_load_explicit(&crew->next_look_ns, memory_order_relaxed);

    return crew->run.setup.deadline_ns != 0 && now_ns >= next_ns &&
           atomic_compare_exchange_strong_explicit(&crew->next_look_ns, &next_ns,
                                                   now_ns + CREW_WATCH_NS, memory_order_relaxed,
                                                   memory_order_relaxed);
}

static void crew_watch_the_clock(struct crew *crew)
{
    int64_t now_ns, deadline_ns = run_deadline(&crew->run);

    if (!crew_has_deadlines(crew) || run_halted(&crew->run) != HALT_NO)
        return;
    now_ns = run_now(&crew->run);
    if (deadline_ns != 0 && now_ns >= deadline_ns) {
        run_halt(&crew->run, HALT_TIME);
        schedule_notify_all(&crew->schedule);
    } else if (crew_look_is_due(crew, now_ns)) {
        schedule_notify_all(&crew->schedule);
    }
}

/* Work without waiting: what is there, or what a clock of the caller's jumps to. */
static bool crew_find_work(struct crew *crew)
{
    struct crux_clock *clock = crew->run.setup.clock;

    if (clock == NULL || clock->idle == NULL)
        return false;
    do {
        crew_watch_the_clock(crew);
        if (sem_trywait(&crew->schedule.work) == 0)
            return true;
    } while (clock->idle(clock));
    return false;
}

/* Until there is work; looks at the clock in between when there is a limit. */
static void crew_wait_for_work(struct crew *crew)
{
    struct timespec until;

    crew_watch_the_clock(crew);
    if (run_halted(&crew->run) != HALT_NO)
        crew_resume(crew); /* what is held back ends */
    if (crew_find_work(crew))
        return;
    if (!crew_has_deadlines(crew)) {
        while (sem_wait(&crew->schedule.work) != 0 && errno == EINTR)
            continue;
        return;
    }
    do {
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += CREW_WATCH_NS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        crew_watch_the_clock(crew);
    } while (sem_clockwait(&crew->schedule.work, CLOCK_MONOTONIC, &until) != 0);
}

static void crew_run_finishing(struct crew *crew, struct lane *lane)
{
    assert(lane == &lane->open->lanes[0]);
    if (crew_finish(crew, lane->open) == CRUX_PENDING) {
        schedule_let_go(lane, false);
        return;
    }
    (void)schedule_close_lane(lane); /* it holds and wants no place any more */
    crew_open_next(crew, lane->open);
}

static void crew_run_searching(struct crew *crew, struct lane *lane)
{
    struct open_tree *open = lane->open;
    enum lane_end end;
    uint32_t left;

    /* Calls that nobody waits for take no place, so they are held back here. */
    if (open->instant && admission_look(&crew->admission).paused &&
        run_halted(&crew->run) == HALT_NO) {
        schedule_let_go(lane, false);
        return;
    }
    end = lane_run(lane);
    if (end != LANE_DONE) {
        schedule_let_go(lane, end == LANE_MORE);
        return;
    }
    if (schedule_close_lane(lane))
        admission_pass_on(&crew->admission);
    /* acq_rel: the last one sees all that the others did. */
    left = atomic_fetch_sub_explicit(&open->lanes_left, 1, memory_order_acq_rel);
    assert(left > 0 && left <= crew->run.setup.lanes);
    if (left != 1)
        return;
    if (crew_finish(crew, open) == CRUX_PENDING)
        schedule_open_lane(&open->lanes[0]);
    else
        crew_open_next(crew, open);
}

static void *crew_work(void *context)
{
    struct crew *crew = context;

    for (;;) {
        struct lane *lane;

        crew_wait_for_work(crew);
        if (atomic_load_explicit(&crew->over, memory_order_relaxed)) /* as in crew_retire_place() */
            return NULL;
        lane = schedule_next(&crew->schedule);
        if (lane->open->finish != NULL)
            crew_run_finishing(crew, lane);
        else
            crew_run_searching(crew, lane);
    }
}

static int crew_start_workers(struct crew *crew, pthread_t *threads, uint32_t *started,
                              struct crux_error *error)
{
    assert(crew->run.setup.workers > 0);
    for (*started = 0; *started < crew->run.setup.workers; (*started)++) {
        int cause = pthread_create(&threads[*started], NULL, crew_work, crew);

        if (cause != 0 && *started == 0)
            return crux_fail(error, CRUX_MEMORY, "cannot start a worker: %s", strerror(cause));
        if (cause != 0)
            break; /* fewer workers do the same work */
    }
    return CRUX_OK;
}

/* --- the run ------------------------------------------------------------------------------- */

static void crew_begin_run(struct crew *crew)
{
    uint32_t count;

    (void)pthread_mutex_lock(&crew->source_lock);
    count = crew->open_count;
    crew->source_ended = false;
    run_begin(&crew->run);
    atomic_store_explicit(&crew->over, false, memory_order_relaxed);
    atomic_store_explicit(&crew->next_look_ns, 0, memory_order_relaxed);
    atomic_store_explicit(&crew->trees_left, count, memory_order_relaxed);
    for (uint32_t i = 0; i < count; i++)
        crew->open[i].retired = crew->open[i].returns = false;
    (void)pthread_mutex_unlock(&crew->source_lock);
    for (uint32_t i = 0; i < count; i++)
        crew_open_next(crew, &crew->open[i]);
    crew_grow(crew);
}

/* Nobody works: who steers asks the source for nothing any more, and no run comes after this. */
static void crew_give_up(struct crew *crew, int status, const struct crux_error *error)
{
    (void)pthread_mutex_lock(&crew->source_lock);
    run_halt_error(&crew->run, status, error);
    (void)pthread_mutex_unlock(&crew->source_lock);
}

int crew_run(struct crew *crew, struct crux_error *error)
{
    pthread_t *threads = calloc(crew->run.setup.workers, sizeof *threads);
    struct crux_error why = {""};
    uint32_t started = 0;
    int status;

    if (threads == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for %u workers", crew->run.setup.workers);
    crew_begin_run(crew);
    status = crew_start_workers(crew, threads, &started, &why);
    if (status != CRUX_OK)
        crew_give_up(crew, status, &why);
    for (uint32_t i = 0; i < started; i++)
        (void)pthread_join(threads[i], NULL);
    free(threads);
    /* Ports' threads may still be on their way out of crux_complete(). */
    schedule_wait_for_deliveries(&crew->schedule);
    while (sem_trywait(&crew->schedule.work) == 0)
        continue; /* posts for workers that were never started */
    return run_verdict(&crew->run, error);
}

/* --- open and close -------------------------------------------------------------------------- */

int crew_open(struct crew *crew, const struct crux_setup *setup, struct crux_error *error)
{
    uint32_t trees = crux_open_trees(setup), places = trees;

    assert(trees > 0 && setup->lanes > 0);
    run_make(&crew->run, setup, strategy_row((unsigned)setup->strategy));
    (void)pthread_mutex_init(&crew->source_lock, NULL);
    if (!setup_is_instant(setup)) /* else nothing is in flight */
        places = crew_trees_for(crew, CREW_GROWS * setup->in_flight);
    assert(places >= trees);
    crew->open_count = trees;
    crew->places = crew->open_most = places;
    crew->open = calloc(places, sizeof *crew->open);
    if (!schedule_open(&crew->schedule, places * setup->lanes) || crew->open == NULL ||
        !admission_open(&crew->admission, &crew->schedule, setup->in_flight))
        return crux_fail(error, CRUX_MEMORY, "no memory for %u open problems", trees);
    for (uint32_t i = 0; i < places; i++) {
        struct open_tree *open = &crew->open[i];

        open->run = &crew->run;
        open->schedule = &crew->schedule;
        open->lanes = &crew->schedule.lanes[i * setup->lanes];
        open->instant = setup_is_instant(setup);
        for (uint32_t j = 0; j < setup->lanes; j++)
            open->lanes[j].open = open;
    }
    return CRUX_OK;
}

void crew_close(struct crew *crew)
{
    for (uint32_t i = 0; crew->open != NULL && i < crew->places; i++)
        crew_close_place(crew, &crew->open[i]);
    admission_close(&crew->admission);
    schedule_close(&crew->schedule);
    free(crew->open);
    run_free(&crew->run);
    (void)pthread_mutex_destroy(&crew->source_lock);
}
