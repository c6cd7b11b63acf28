/*
 * search_fixture.c - one search of a scripted world, set up, run and closed in one function, so
 * that no test can forget a part of it.
 *
 * crux_run() calls the sink from its workers, where a test must not assert. So the run
 * has a thread of its own, and the caller's thread stands at a window and looks.
 */
#include "tests/world/late_port.h"
#include "tests/world/search_fixture.h"

#include <stdlib.h>

#define THREADS 2u

/* A critic whose port passes everything on to threads. */
struct late_critic {
    struct crux_critic critic;
    struct crux_port *port;
    struct late_port *late;
};

struct ports {
    struct late_port *late_policy;
    struct late_critic outcome, value, execution;
};

/* Everything that a run needs; the sink shows trees to the caller's thread. */
struct stage {
    struct crux_sink sink;
    struct search_fixture *fixture;
    struct crux_setup setup;
    struct crux_source *source;
    struct ports ports;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    const struct crux_tree *shown; /* NULL: nothing to look at */
    bool over;
};

const char *search_fixture_pace_name(enum search_fixture_pace pace)
{
    return pace == WORLD_LATE ? "late" : "instant";
}

struct search_fixture search_fixture_of(enum search_fixture_pace pace)
{
    struct search_fixture fixture = {
        .script = {.branching = 6, .depth = 5, .right_of = 7},
        .setup = crux_setup_default(),
        .pace = pace,
        .problems = 6,
    };

    fixture.setup.children = 6;
    fixture.setup.simulations = 60;
    fixture.setup.in_flight = 16;
    fixture.setup.open_trees = 4;
    return fixture;
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
    self->late = late_port_open(&inner->port, THREADS, seed);
    self->port = late_port_of(self->late);
    self->critic = *inner;
    self->critic.port.instant = false;
    self->critic.port.ask = ask_late;
    self->critic.port.release = release_late;
    return &self->critic;
}

/* --- ports ----------------------------------------------------------------------------- */

static struct crux_critic *use(struct search_fixture *fixture, struct late_critic *late,
                               struct crux_critic *inner, uint64_t seed)
{
    return fixture->pace == WORLD_LATE ? make_late(late, inner, seed) : inner;
}

static void open_ports(struct search_fixture *fixture, struct crux_setup *setup,
                       struct ports *ports)
{
    struct world *world = &fixture->world;

    world->policy.port.instant = !fixture->wait_for_instant;
    if (setup->policies[CRUX_STEP] == NULL) {
        setup->policies[CRUX_STEP] = &world->policy;
        if (fixture->pace == WORLD_LATE) {
            ports->late_policy = late_port_open(&world->policy.port, THREADS, 5);
            setup->policies[CRUX_STEP] =
                (struct crux_policy *)(void *)late_port_of(ports->late_policy);
        }
    }
    if (setup->critics[CRUX_ROLE_OUTCOME] == NULL && setup->rollouts > 0)
        setup->critics[CRUX_ROLE_OUTCOME] = use(fixture, &ports->outcome, &world->outcome, 6);
    if (setup->critics[CRUX_ROLE_VALUE] == NULL && fixture->value)
        setup->critics[CRUX_ROLE_VALUE] = use(fixture, &ports->value, &world->value, 7);
    if (setup->critics[CRUX_ROLE_EXECUTION] == NULL && fixture->execution)
        setup->critics[CRUX_ROLE_EXECUTION] = use(fixture, &ports->execution, &world->execution, 8);
}

static void close_ports(struct search_fixture *fixture, struct ports *ports)
{
    struct late_port *lates[] = {ports->late_policy, ports->outcome.late, ports->value.late,
                                 ports->execution.late};

    for (size_t i = 0; i < sizeof lates / sizeof *lates; i++) {
        if (lates[i] == NULL)
            continue;
        fixture->refused += late_port_refused(lates[i]);
        late_port_close(lates[i]);
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
    struct crux_sink *world = &stage->fixture->sink.sink;

    if (stage->fixture->look != NULL)
        show(stage, tree);
    return world->finished(world, tree, error);
}

static void *search(void *context)
{
    struct stage *stage = context;
    struct search_fixture *fixture = stage->fixture;

    fixture->status = crux_open(&fixture->search, &stage->setup, &fixture->error);
    if (fixture->status == CRUX_OK) {
        fixture->status = crux_run(fixture->search, stage->source, &stage->sink, &fixture->error);
        crux_look(fixture->search, &fixture->view);
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
        stage->fixture->look(stage->fixture, stage->shown);
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

void search_fixture_run(struct search_fixture *fixture)
{
    struct stage *stage = calloc(1, sizeof *stage);
    struct world_source source;

    world_open(&fixture->world, &fixture->script);
    world_sink_open(&fixture->sink);
    world_source_open(&source, fixture->problems);
    fixture->sink.answer = fixture->sink_answer;
    fixture->refused = 0;
    fixture->search = NULL;
    *stage = (struct stage){.sink = {finished}, .fixture = fixture, .setup = fixture->setup};
    stage->source = fixture->source != NULL ? fixture->source : &source.source;
    open_ports(fixture, &stage->setup, &stage->ports);
    perform(stage);
    if (fixture->helper != NULL)
        (void)pthread_join(*fixture->helper, NULL);
    crux_close(fixture->search);
    close_ports(fixture, &stage->ports);
    world_source_close(&source);
    free(stage);
}

const char *search_fixture_fault(const struct search_fixture *fixture)
{
    const struct world_sink *sink = &fixture->sink;
    const struct crux_view *view = &fixture->view;

    if (sink->violations != 0)
        return "an audit found marks, claims or sums that do not fit";
    if (fixture->world.outstanding != 0)
        return "a reply was not released exactly once";
    if (view->in_flight != 0)
        return "calls are left in flight";
    if (view->simulations != sink->simulations)
        return "the trees' simulations are not those of the run";
    if (view->calls != sink->calls)
        return "the trees' calls are not those of the run";
    if (fixture->setup.policies[CRUX_STEP] == NULL && view->calls != fixture->world.proposals)
        return "a policy call was not counted, or counted twice";
    return NULL;
}
