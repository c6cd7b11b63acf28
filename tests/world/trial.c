/*
 * trial.c - a run is set up, made and taken down in one function, so that no test can
 * forget a part of it.
 */
#include "tests/world/trial.h"

#include <pthread.h>
#include <stdlib.h>

#define THREADS 2u

/* A critic whose port passes everything on to threads. */
struct late_critic {
    struct crux_critic critic;
    struct crux_port *port;
    struct world_late *late;
};

struct ports {
    struct world_late *late_policy;
    struct late_critic outcome, value, execution;
};

/* The world's sink, and behind it the trial's look. */
struct trial_sink {
    struct crux_sink sink;
    struct trial *trial;
    pthread_mutex_t lock;
};

const char *trial_pace_name(enum trial_pace pace)
{
    return pace == WORLD_LATE ? "late" : "instant";
}

struct trial trial_of(enum trial_pace pace)
{
    struct trial trial = {
        .script = {.branching = 6, .depth = 5, .right_of = 7},
        .setup = crux_setup_default(),
        .pace = pace,
        .problems = 6,
    };

    trial.setup.children = 6;
    trial.setup.simulations = 60;
    trial.setup.in_flight = 16;
    trial.setup.open_trees = 4;
    return trial;
}

/* --- late critics -------------------------------------------------------------------- */

static int ask_late(struct crux_port *port, struct crux_call *call)
{
    struct late_critic *self = (struct late_critic *)(void *)port;

    return self->port->ask(self->port, call);
}

static void release_late(struct crux_port *port, struct crux_reply *reply)
{
    struct late_critic *self = (struct late_critic *)(void *)port;

    self->port->release(self->port, reply);
}

static struct crux_critic *make_late(struct late_critic *self, struct crux_critic *inner,
                                     uint64_t seed)
{
    self->late = world_late_open(&inner->port, THREADS, seed);
    self->port = world_late_port(self->late);
    self->critic = *inner;
    self->critic.port.instant = false;
    self->critic.port.ask = ask_late;
    self->critic.port.release = release_late;
    return &self->critic;
}

/* --- ports ----------------------------------------------------------------------------- */

static struct crux_critic *use(struct trial *trial, struct late_critic *late,
                               struct crux_critic *inner, uint64_t seed)
{
    return trial->pace == WORLD_LATE ? make_late(late, inner, seed) : inner;
}

static void open_ports(struct trial *trial, struct crux_setup *setup, struct ports *ports)
{
    struct world *world = &trial->world;

    if (setup->policies[CRUX_STEP] == NULL) {
        setup->policies[CRUX_STEP] = &world->policy;
        if (trial->pace == WORLD_LATE) {
            ports->late_policy = world_late_open(&world->policy.port, THREADS, 5);
            setup->policies[CRUX_STEP] =
                (struct crux_policy *)(void *)world_late_port(ports->late_policy);
        }
    }
    if (setup->outcome == NULL && setup->rollouts > 0)
        setup->outcome = use(trial, &ports->outcome, &world->outcome, 6);
    if (setup->value == NULL && trial->value)
        setup->value = use(trial, &ports->value, &world->value, 7);
    if (setup->execution == NULL && trial->execution)
        setup->execution = use(trial, &ports->execution, &world->execution, 8);
}

static void close_ports(struct trial *trial, struct ports *ports)
{
    struct world_late *lates[] = {ports->late_policy, ports->outcome.late, ports->value.late,
                                  ports->execution.late};

    for (size_t i = 0; i < sizeof lates / sizeof *lates; i++) {
        if (lates[i] == NULL)
            continue;
        trial->refused += world_late_refused(lates[i]);
        world_late_close(lates[i]);
    }
}

/* --- the run ------------------------------------------------------------------------------ */

static int finished(struct crux_sink *self, const struct crux_tree *tree, struct crux_error *error)
{
    struct trial_sink *sink = (struct trial_sink *)(void *)self;
    struct trial *trial = sink->trial;
    struct crux_sink *world = &trial->sink.sink;

    if (trial->look != NULL) {
        (void)pthread_mutex_lock(&sink->lock);
        trial->look(trial, tree);
        (void)pthread_mutex_unlock(&sink->lock);
    }
    return world->finished(world, tree, error);
}

static void search(struct trial *trial, const struct crux_setup *setup, struct crux_source *source)
{
    struct trial_sink sink = {.sink = {finished}, .trial = trial};

    (void)pthread_mutex_init(&sink.lock, NULL);
    trial->status = crux_open(&trial->search, setup, &trial->error);
    if (trial->status == CRUX_OK) {
        trial->status = crux_run(trial->search, source, &sink.sink, &trial->error);
        crux_look(trial->search, &trial->view);
        crux_close(trial->search);
    }
    trial->search = NULL;
    (void)pthread_mutex_destroy(&sink.lock);
}

void trial_run(struct trial *trial)
{
    struct ports *ports = calloc(1, sizeof *ports);
    struct crux_setup setup = trial->setup;
    struct world_source source;

    world_open(&trial->world, &trial->script);
    world_sink_open(&trial->sink);
    world_source_open(&source, trial->problems);
    trial->sink.answer = trial->sink_answer;
    trial->refused = 0;
    open_ports(trial, &setup, ports);
    search(trial, &setup, trial->source != NULL ? trial->source : &source.source);
    close_ports(trial, ports);
    world_source_close(&source);
    free(ports);
}

const char *trial_fault(const struct trial *trial)
{
    const struct world_sink *sink = &trial->sink;
    const struct crux_view *view = &trial->view;

    if (sink->violations != 0)
        return "an audit found marks, claims or sums that do not fit";
    if (trial->world.outstanding != 0)
        return "a reply was not released exactly once";
    if (view->in_flight != 0)
        return "calls are left in flight";
    if (view->simulations != sink->simulations)
        return "the trees' simulations are not those of the run";
    if (view->calls != sink->calls)
        return "the trees' calls are not those of the run";
    if (trial->setup.policies[CRUX_STEP] == NULL && view->calls != trial->world.proposals)
        return "a policy call was not counted, or counted twice";
    return NULL;
}
