/*
 * run.c - what all workers of a run share: its setup, its clock, and the word that halts it.
 */
#include "search/run.h"

#include "search/strategies/strategy.h"

#include <assert.h>
#include <time.h>

#define RUN_SECOND_NS INT64_C(1000000000)

/* The critic that a grammar's row names; of the execution critics the one for its kind. */
static struct crux_port *run_scorer_of(const struct crux_setup *setup,
                                       const struct grammar_row *row)
{
    struct crux_critic *critic = setup->critics[row->critic];

    assert(!row->ends); /* what ends a path is judged */
    if (row->critic == CRUX_ROLE_EXECUTION && setup->executions[row->kind] != NULL)
        critic = setup->executions[row->kind];
    return critic != NULL ? &critic->port : NULL;
}

void run_make(struct run *run, const struct crux_setup *setup, const struct strategy *strategy)
{
    assert(strategy != NULL); /* setup_check() saw to it */
    run->setup = *setup;
    atomic_init(&run->limit_ns, setup->limit_ns);
    run->strategy = strategy;
    run->grammar = strategy->grammar != NULL ? strategy->grammar : grammar_of(setup);
    for (int kind = 0; kind < CRUX_KINDS; kind++) {
        const struct grammar_row *row = grammar_find(run->grammar, (enum crux_kind)kind);
        struct crux_policy *policy = row != NULL ? setup->policies[row->policy] : NULL;

        if (policy == NULL)
            policy = setup->policies[CRUX_STEP];
        run->policies[kind] = policy != NULL ? &policy->port : NULL;
        run->scorers[kind] = row != NULL && !row->ends ? run_scorer_of(setup, row) : NULL;
    }
    for (int kind = 0; kind <= GRAMMAR_ROOT; kind++) {
        const struct crux_step last = {.kind = (uint8_t)kind};

        run->next[kind] = grammar_next(run->grammar, kind < GRAMMAR_ROOT ? &last : NULL);
        run->end[kind] = grammar_end(run->grammar, kind < GRAMMAR_ROOT ? &last : NULL);
    }
    for (int role = 0; role < CRUX_ROLES; role++)
        run->critics[role] = setup->critics[role] != NULL ? &setup->critics[role]->port : NULL;
    (void)pthread_mutex_init(&run->error_lock, NULL);
}

void run_free(struct run *run)
{
    (void)pthread_mutex_destroy(&run->error_lock);
}

void run_begin(struct run *run)
{
    if (run_halted(run) != HALT_ERROR)
        run->error_status = CRUX_OK;
    atomic_store_explicit(&run->began_ns, run_now(run), memory_order_relaxed);
    atomic_store_explicit(&run->calls, 0, memory_order_relaxed); /* no worker runs yet */
}

/* relaxed, here and below: each number alone counts. */
int64_t run_deadline(const struct run *run)
{
    int64_t limit = atomic_load_explicit(&run->limit_ns, memory_order_relaxed);
    int64_t began = atomic_load_explicit(&run->began_ns, memory_order_relaxed);
    int64_t spent = run->setup.spent_ns;

    if (limit == 0)
        return 0;
    return began + (limit > spent ? limit - spent : 1);
}

void run_limit(struct run *run, int64_t limit_ns)
{
    assert(limit_ns >= 0);
    atomic_store_explicit(&run->limit_ns, limit_ns, memory_order_relaxed);
}

int64_t run_now(const struct run *run)
{
    struct timespec now;

    if (run->setup.clock != NULL)
        return run->setup.clock->now_ns(run->setup.clock);
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * RUN_SECOND_NS + now.tv_nsec;
}

void run_halt(struct run *run, enum halt why)
{
    int no = HALT_NO;

    assert(why != HALT_NO);
    /* relaxed: the word is all there is to see; an error's sentence is read after the join. */
    (void)atomic_compare_exchange_strong_explicit(&run->halt, &no, (int)why, memory_order_relaxed,
                                                  memory_order_relaxed);
}

void run_halt_error(struct run *run, int status, const struct crux_error *error)
{
    assert(status < 0);
    assert(error != NULL);
    (void)pthread_mutex_lock(&run->error_lock);
    if (run->error_status == CRUX_OK) {
        run->error_status = status;
        run->error = *error;
    }
    (void)pthread_mutex_unlock(&run->error_lock);
    run_halt(run, HALT_ERROR);
}

enum halt run_halted(const struct run *run)
{
    /* relaxed: seen late, one simulation more is begun. */
    return (enum halt)atomic_load_explicit(&run->halt, memory_order_relaxed);
}

bool run_hurries(const struct run *run)
{
    enum halt halt = run_halted(run);

    /* relaxed: seen late, a call is waited for that need not be. */
    return halt == HALT_TIME ||
           (halt != HALT_NO && atomic_load_explicit(&run->hurries, memory_order_relaxed));
}

int run_verdict(const struct run *run, struct crux_error *error)
{
    assert(run->error_status <= 0);
    if (run->error_status != CRUX_OK) /* also when it came after a stop */
        return crux_fail(error, run->error_status, "%s", run->error.text);
    switch (run_halted(run)) {
    case HALT_NO:
    case HALT_ERROR:
        return CRUX_OK;
    case HALT_STOP:
        return crux_fail(error, CRUX_STOPPED, "the search was stopped");
    case HALT_CALLS:
        return crux_fail(error, CRUX_LIMIT, "the limit of %llu calls was reached",
                         (unsigned long long)run->setup.limit_calls);
    case HALT_TIME:
        return crux_fail(error, CRUX_LIMIT, "the limit of %.3g seconds was reached",
                         (double)atomic_load_explicit(&run->limit_ns, memory_order_relaxed) * 1e-9);
    }
    return CRUX_OK;
}
