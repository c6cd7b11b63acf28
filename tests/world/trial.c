/*
 * trial.c - a run is set up, made and taken down in one function, so that no test can
 * forget a part of it.
 *
 * crux_run() calls the sink from its workers, where a test must not assert. So the run
 * has a thread of its own, and the caller's thread stands at a window and looks.
 */
#include "tests/world/trial.h"

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

/* Everything that a run needs; the sink shows trees to the caller's thread. */
struct stage {
    struct crux_sink sink;
    struct trial *trial;
    struct crux_setup setup;
    struct crux_source *source;
    struct ports ports;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    const struct crux_tree *shown; /* NULL: nothing to look at */
    bool over;
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

    world->policy.port.instant = !trial->wait_for_instant;
    if (setup->policies[CRUX_STEP] == NULL) {
        setup->policies[CRUX_STEP] = &world->policy;
        if (trial->pace == WORLD_LATE) {
            ports->late_policy = world_late_open(&world->policy.port, THREADS, 5);
            setup->policies[CRUX_STEP] =
                (struct crux_policy *)(void *)world_late_port(ports->late_policy);
        }
    }
    if (setup->critics[CRUX_ROLE_OUTCOME] == NULL && setup->rollouts > 0)
        setup->critics[CRUX_ROLE_OUTCOME] = use(trial, &ports->outcome, &world->outcome, 6);
    if (setup->critics[CRUX_ROLE_VALUE] == NULL && trial->value)
        setup->critics[CRUX_ROLE_VALUE] = use(trial, &ports->value, &world->value, 7);
    if (setup->critics[CRUX_ROLE_EXECUTION] == NULL && trial->execution)
        setup->critics[CRUX_ROLE_EXECUTION] = use(trial, &ports->execution, &world->execution, 8);
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

/* In a worker: show the tree, and wait until it was looked at. */
static void show(struct stage *stage, const struct crux_tree *tree)
{
    (void)pthread_mutex_lock(&stage->lock);
    while (stage->shown != NULL)
        (void)pthread_cond_wait(&stage->changed, &stage->lock);
    stage->shown = tree;
    (void)pthread_cond_broadcast(&stage->changed);
    while (stage->shown == tree)
        (void)pthread_cond_wait(&stage->changed, &stage->lock);
    (void)pthread_mutex_unlock(&stage->lock);
}

static int finished(struct crux_sink *self, const struct crux_tree *tree, struct crux_error *error)
{
    struct stage *stage = (struct stage *)(void *)self;
    struct crux_sink *world = &stage->trial->sink.sink;

    if (stage->trial->look != NULL)
        show(stage, tree);
    return world->finished(world, tree, error);
}

static void *search(void *context)
{
    struct stage *stage = context;
    struct trial *trial = stage->trial;

    trial->status = crux_open(&trial->search, &stage->setup, &trial->error);
    if (trial->status == CRUX_OK) {
        trial->status = crux_run(trial->search, stage->source, &stage->sink, &trial->error);
        crux_look(trial->search, &trial->view);
    }
    (void)pthread_mutex_lock(&stage->lock);
    stage->over = true;
    (void)pthread_cond_broadcast(&stage->changed);
    (void)pthread_mutex_unlock(&stage->lock);
    return NULL;
}

/* In the caller's thread: look at what is shown until the run is over. */
static void watch(struct stage *stage)
{
    (void)pthread_mutex_lock(&stage->lock);
    while (!stage->over) {
        if (stage->shown == NULL) {
            (void)pthread_cond_wait(&stage->changed, &stage->lock);
            continue;
        }
        stage->trial->look(stage->trial, stage->shown);
        stage->shown = NULL;
        (void)pthread_cond_broadcast(&stage->changed);
    }
    (void)pthread_mutex_unlock(&stage->lock);
}

static void perform(struct stage *stage)
{
    pthread_t thread;

    (void)pthread_mutex_init(&stage->lock, NULL);
    (void)pthread_cond_init(&stage->changed, NULL);
    (void)pthread_create(&thread, NULL, search, stage);
    watch(stage);
    (void)pthread_join(thread, NULL);
    (void)pthread_cond_destroy(&stage->changed);
    (void)pthread_mutex_destroy(&stage->lock);
}

void trial_run(struct trial *trial)
{
    struct stage *stage = calloc(1, sizeof *stage);
    struct world_source source;

    world_open(&trial->world, &trial->script);
    world_sink_open(&trial->sink);
    world_source_open(&source, trial->problems);
    trial->sink.answer = trial->sink_answer;
    trial->refused = 0;
    trial->search = NULL;
    *stage = (struct stage){.sink = {finished}, .trial = trial, .setup = trial->setup};
    stage->source = trial->source != NULL ? trial->source : &source.source;
    open_ports(trial, &stage->setup, &stage->ports);
    perform(stage);
    if (trial->helper != NULL)
        (void)pthread_join(*trial->helper, NULL);
    crux_close(trial->search);
    close_ports(trial, &stage->ports);
    world_source_close(&source);
    free(stage);
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
